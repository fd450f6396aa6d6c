//! `/v1/commitments`.

use axum::response::Response;

use crate::domain::CommitmentId;
use crate::views::answer::commitment;
use crate::views::answer::compare::Compared;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("commitments", "/v1/commitments"), commitment::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(CommitmentId::parse)?;
    let compared = Compared::commitment(&id);
    super::single(ask, compared, move |known, day| commitment::one(known, day, &id)).await
}
