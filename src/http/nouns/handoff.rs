//! `/v1/handoffs`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::domain::HandoffId;
use crate::views::answer::compare::Compared;
use crate::views::answer::handoff;

use super::super::app::App;
use super::super::params::{Params, Segment};
use super::super::problem::Problem;

/// All, sorted by id.
pub(in super::super) async fn list(
    State(app): State<App>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    super::list(app, params, headers, ("handoffs", "/v1/handoffs"), handoff::page).await
}

/// One.
pub(in super::super) async fn one(
    State(app): State<App>,
    segment: Segment,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = segment.id(HandoffId::parse)?;
    let compared = Compared::handoff(&id);
    super::single(app, params, headers, compared, move |known, day| handoff::one(known, day, &id)).await
}
