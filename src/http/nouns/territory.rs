//! `/v1/territories`.

use axum::response::Response;

use crate::domain::TerritoryId;
use crate::views::answer::compare::Compared;
use crate::views::answer::territory;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("territories", "/v1/territories"), territory::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(TerritoryId::parse)?;
    let compared = Compared::territory(&id);
    super::single(ask, compared, move |known, day| territory::one(known, day, &id)).await
}
