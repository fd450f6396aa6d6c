//! `/v1/acts`.

use axum::response::Response;

use crate::domain::ActId;
use crate::views::answer::act;
use crate::views::answer::compare::Compared;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("acts", "/v1/acts"), act::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(ActId::parse)?;
    let compared = Compared::act(&id, &ask.app.snapshot().state);
    super::single(ask, compared, move |known, day| act::one(known, day, &id)).await
}
