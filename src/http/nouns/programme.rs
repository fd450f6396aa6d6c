//! `/v1/programmes`.

use axum::response::Response;

use crate::domain::ProgrammeId;
use crate::views::answer::compare::Compared;
use crate::views::answer::programme;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("programmes", "/v1/programmes"), programme::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(ProgrammeId::parse)?;
    let compared = Compared::programme(&id);
    super::single(ask, compared, move |known, day| programme::one(known, day, &id)).await
}
