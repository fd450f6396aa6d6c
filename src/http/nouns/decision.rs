//! `/v1/decisions`.

use axum::response::Response;

use crate::domain::DecisionId;
use crate::views::answer::compare::Compared;
use crate::views::answer::decision;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("decisions", "/v1/decisions"), decision::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(DecisionId::parse)?;
    let compared = Compared::decision(&id);
    super::single(ask, compared, move |known, day| decision::one(known, day, &id)).await
}
