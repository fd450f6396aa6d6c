//! `/v1/assignments`.

use axum::response::Response;

use crate::domain::AssignmentId;
use crate::views::answer::assignment;
use crate::views::answer::compare::Compared;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("assignments", "/v1/assignments"), assignment::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(AssignmentId::parse)?;
    let snapshot = ask.app.snapshot();
    let compared = Compared::assignment(&id, snapshot.state.responsibility_of(&id));
    super::single(ask, compared, move |known, day| assignment::one(known, day, &id)).await
}
