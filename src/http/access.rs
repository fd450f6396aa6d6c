//! `GET /v1/access`: who read details and who was refused, for auditors.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::domain::Code;
use crate::domain::event::ledger::Role;
use crate::log::access::Line;

use super::app::{App, blocking};
use super::caller::Caller;
use super::page;
use super::params::Params;
use super::problem::Problem;
use super::reading::Reading;

#[derive(Serialize)]
struct Page {
    access: Vec<Line>,
    next: Option<u64>,
}

/// A page of the access log, oldest first.
pub(super) async fn list(
    State(app): State<App>,
    params: Params,
    reading: Reading,
) -> Result<Response, Problem> {
    params.only(&["after", "limit"])?;
    match reading.caller {
        Caller::Bearer { role: Role::Auditor, .. } => {}
        Caller::Bearer { .. } => {
            return Err(Problem::of(Code::NotEntitled, "the access log is for auditors"));
        }
        Caller::Anonymous => {
            return Err(Problem::of(Code::Unauthenticated, "the access log is for auditors: give a token"));
        }
    }
    let (after, limit) = (params.number("after")?, params.limit()?);
    blocking(move || {
        let mut access = app.ledger.access().page(after, limit.saturating_add(1))?;
        let more = access.len() > limit;
        access.truncate(limit);
        let next = if more { access.last().map(|line| line.n) } else { None };
        let mut response = page::json(&Page { access, next })?;
        if let Some(next) = next {
            page::link_next(&mut response, "/v1/access", &params.with("after", &next.to_string()));
        }
        Ok(page::private(response))
    })
    .await
}
