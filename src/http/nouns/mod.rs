//! The nouns of the domain, one file each; what their routes have in common stands here: a list in
//! pages, one object, and one object compared with what was known at another entry.

pub(super) mod act;
pub(super) mod agency;
pub(super) mod assignment;
pub(super) mod claim;
pub(super) mod commitment;
pub(super) mod decision;
pub(super) mod finding;
pub(super) mod forum;
pub(super) mod handoff;
pub(super) mod instrument;
pub(super) mod programme;
pub(super) mod responsibility;
pub(super) mod territory;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Serialize;

use crate::domain::Date;
use crate::views::answer::compare::{self, Compared};
use crate::views::answer::{Items, List, Single};
use crate::views::{Known, KnownAt, Scope};

use super::app::{App, OwnedScope, blocking, day};
use super::page;
use super::params::Params;
use super::problem::Problem;

/// What is asked, and of whom.
pub(super) struct Ask {
    app: App,
    params: Params,
    headers: HeaderMap,
}

impl FromRequestParts<App> for Ask {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let params = Params::from_request_parts(parts, app).await?;
        Ok(Self { app: app.clone(), params, headers: std::mem::take(&mut parts.headers) })
    }
}

/// A page of objects on a day: those after an id, at most so many.
type Page<T> = fn(&Known, Date, Option<&str>, usize) -> Items<T>;

/// What a list says in common.
pub(super) async fn list<T: Serialize + 'static>(
    Ask { app, params, headers }: Ask,
    (plural, path): (&'static str, &'static str),
    objects: Page<T>,
) -> Result<Response, Problem> {
    params.only(&["valid_at", "known_at", "limit", "cursor"])?;
    let (valid_at, limit) = (params.valid_at()?, params.limit()?);
    let known_at = params.known_at("known_at")?;
    let answer = move |known: Known| {
        page::tagged(&headers, &page::tag(known.root, known.final_), || {
            let day = day(valid_at, &known);
            let items = objects(&known, day, params.get("cursor"), limit);
            let list = List::new(plural, items, &known, day);
            let mut response = page::json(&list)?;
            if let Some(next) = &list.items.next {
                page::link_next(&mut response, path, &params.with("cursor", next));
            }
            Ok(response)
        })
    };
    app.answer(known_at, OwnedScope::All, answer).await
}

/// One object; with `compare`, what K2 says of it beside what K says, and which entries changed it.
pub(super) async fn single<T: Serialize + 'static>(
    ask: Ask,
    compared: Compared,
    object: impl Fn(&Known, Date) -> Option<T> + Send + 'static,
) -> Result<Response, Problem> {
    ask.params.only(&["valid_at", "known_at", "compare"])?;
    let valid_at = ask.params.valid_at()?;
    on_day(ask, valid_at, compared, object).await
}

/// One object on the day asked about, where one is.
async fn on_day<T: Serialize + 'static>(
    Ask { app, params, headers }: Ask,
    valid_at: Option<Date>,
    compared: Compared,
    object: impl Fn(&Known, Date) -> Option<T> + Send + 'static,
) -> Result<Response, Problem> {
    let known_at = params.known_at("known_at")?;
    let scope = OwnedScope::from(compared.scope());
    if params.get("compare").is_some() {
        let other = params.known_at("compare")?;
        return blocking(move || {
            let now = app.ledger.now();
            let ask = |at: &KnownAt, scope: Scope<'_>| app.ledger.views().known(at, scope, now);
            let (reader, both) = (app.reader(), (&known_at, &other));
            let both = compare::answer(&reader, &ask, both, valid_at, &compared, &object)?;
            let Some(both) = both else {
                let known = [ask(&known_at, compared.scope())?, ask(&other, compared.scope())?];
                return Err(absent(&compared, &known));
            };
            page::json(&both)
        })
        .await;
    }
    let answer = move |known: Known| {
        page::tagged(&headers, &page::tag(known.root, known.final_), || {
            let day = day(valid_at, &known);
            let object = object(&known, day).ok_or_else(|| absent(&compared, [&known]))?;
            page::json(&Single::new(object, &known, day))
        })
    };
    app.answer(known_at, scope, answer).await
}

/// What is asked for is not there; where its making was withdrawn, the entry that did so is named.
fn absent<'a>(compared: &Compared, known: impl IntoIterator<Item = &'a Known>) -> Problem {
    let name = compared.name();
    match known.into_iter().find_map(|known| compared.withdrawn(known)) {
        Some(seq) => {
            Problem { seq: Some(seq), ..Problem::not_found(format!("{name} was withdrawn by entry {seq}")) }
        }
        None => Problem::not_found(format!("{name} is not there, on that day and as known then")),
    }
}
