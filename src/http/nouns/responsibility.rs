//! `/v1/responsibilities`, and the timeline of one.

use axum::response::Response;

use crate::domain::ResponsibilityId;
use crate::views::answer::compare::Compared;
use crate::views::answer::responsibility;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    let names = ("responsibilities", "/v1/responsibilities");
    super::list(ask, names, responsibility::page).await
}

/// Who answers for one.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(ResponsibilityId::parse)?;
    let compared = Compared::Responsibility(id.clone());
    super::single(ask, compared, move |known, day| responsibility::one(known, day, &id)).await
}

/// Who answered for one, from its first day to its last.
pub(in super::super) async fn timeline(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(ResponsibilityId::parse)?;
    let compared = Compared::Responsibility(id.clone());
    super::single(ask, compared, move |known, _| responsibility::timeline(known, &id)).await
}
