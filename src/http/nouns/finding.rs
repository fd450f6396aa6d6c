//! `/v1/findings`.

use axum::response::Response;

use crate::domain::AgencyId;
use crate::domain::findings::Kind;
use crate::views::Scope;
use crate::views::answer::{List, finding};

use super::super::app::{blocking, day};
use super::super::page;
use super::super::problem::Problem;
use super::Ask;

/// All of a day, sorted by key. To find them reads the whole state, so it holds up nobody else.
pub(in super::super) async fn list(Ask { app, params, headers }: Ask) -> Result<Response, Problem> {
    params.only(&["kind", "agency", "valid_at", "known_at", "limit", "cursor"])?;
    let (valid_at, limit) = (params.valid_at()?, params.limit()?);
    let known_at = params.known_at("known_at")?;
    let kind = |text: &str| Kind::parse(text).ok_or(());
    let filter = finding::Filter {
        kind: params.read("kind", "a kind of finding that is reported, such as orphan", kind)?,
        agency: params.read("agency", "an agency's id", AgencyId::parse)?,
    };
    blocking(move || {
        let known = app.ledger.views().known(&known_at, Scope::All, app.ledger.now())?;
        page::tagged(&headers, &page::tag(known.root, known.final_), || {
            let day = day(valid_at, &known);
            let items = finding::page(&known, day, &filter, params.get("cursor"), limit);
            let list = List::new("findings", items, &known, day);
            let mut response = page::json(&list)?;
            if let Some(next) = &list.items.next {
                page::link_next(&mut response, "/v1/findings", &params.with("cursor", next));
            }
            Ok(response)
        })
    })
    .await
}
