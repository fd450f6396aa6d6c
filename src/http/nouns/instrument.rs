//! `/v1/instruments`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::domain::InstrumentRef;
use crate::views::answer::compare::Compared;
use crate::views::answer::instrument;

use super::super::app::App;
use super::super::params::{Params, Segment};
use super::super::problem::Problem;

/// All, sorted by id.
pub(in super::super) async fn list(
    State(app): State<App>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    super::list(app, params, headers, ("instruments", "/v1/instruments"), instrument::page).await
}

/// One.
pub(in super::super) async fn one(
    State(app): State<App>,
    segment: Segment,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = segment.id(InstrumentRef::parse)?;
    let compared = Compared::instrument(&id);
    super::single(app, params, headers, compared, move |known, day| instrument::one(known, day, &id)).await
}
