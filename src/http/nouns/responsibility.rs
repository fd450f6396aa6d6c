//! `/v1/responsibilities`, and the timeline of one.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::domain::ResponsibilityId;
use crate::views::answer::compare::Compared;
use crate::views::answer::responsibility;

use super::super::app::App;
use super::super::params::{Params, Segment};
use super::super::problem::Problem;

/// All, sorted by id.
pub(in super::super) async fn list(
    State(app): State<App>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let names = ("responsibilities", "/v1/responsibilities");
    super::list(app, params, headers, names, responsibility::page).await
}

/// Who answers for one.
pub(in super::super) async fn one(
    State(app): State<App>,
    segment: Segment,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = segment.id(ResponsibilityId::parse)?;
    let compared = Compared::Responsibility(id.clone());
    super::single(app, params, headers, compared, move |known, day| responsibility::one(known, day, &id))
        .await
}

/// Who answered for one, from its first day to its last.
pub(in super::super) async fn timeline(
    State(app): State<App>,
    segment: Segment,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = segment.id(ResponsibilityId::parse)?;
    let compared = Compared::Responsibility(id.clone());
    super::single(app, params, headers, compared, move |known, _| responsibility::timeline(known, &id)).await
}
