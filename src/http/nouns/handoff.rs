//! `/v1/handoffs`.

use axum::response::Response;

use crate::domain::HandoffId;
use crate::views::answer::compare::Compared;
use crate::views::answer::handoff;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("handoffs", "/v1/handoffs"), handoff::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(HandoffId::parse)?;
    let compared = Compared::handoff(&id);
    super::single(ask, compared, move |known, day| handoff::one(known, day, &id)).await
}
