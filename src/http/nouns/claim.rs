//! `/v1/claims`.

use axum::response::Response;

use crate::domain::ClaimId;
use crate::views::answer::claim;
use crate::views::answer::compare::Compared;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("claims", "/v1/claims"), claim::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(ClaimId::parse)?;
    let compared = Compared::claim(&id);
    super::single(ask, compared, move |known, day| claim::one(known, day, &id)).await
}
