//! `/v1/assignments`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::domain::AssignmentId;
use crate::views::answer::assignment;
use crate::views::answer::compare::Compared;

use super::super::app::App;
use super::super::params::{Params, Segment};
use super::super::problem::Problem;

/// All, sorted by id.
pub(in super::super) async fn list(
    State(app): State<App>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    super::list(app, params, headers, ("assignments", "/v1/assignments"), assignment::page).await
}

/// One.
pub(in super::super) async fn one(
    State(app): State<App>,
    segment: Segment,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = segment.id(AssignmentId::parse)?;
    let snapshot = app.snapshot();
    let compared = Compared::assignment(&id, snapshot.state.holdings.get(&id));
    super::single(app, params, headers, compared, move |known, day| assignment::one(known, day, &id)).await
}
