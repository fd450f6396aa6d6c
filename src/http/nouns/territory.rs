//! `/v1/territories`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::domain::TerritoryId;
use crate::views::answer::compare::Compared;
use crate::views::answer::territory;

use super::super::app::App;
use super::super::params::{Params, Segment};
use super::super::problem::Problem;

/// All, sorted by id.
pub(in super::super) async fn list(
    State(app): State<App>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    super::list(app, params, headers, ("territories", "/v1/territories"), territory::page).await
}

/// One.
pub(in super::super) async fn one(
    State(app): State<App>,
    segment: Segment,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = segment.id(TerritoryId::parse)?;
    let compared = Compared::territory(&id);
    super::single(app, params, headers, compared, move |known, day| territory::one(known, day, &id)).await
}
