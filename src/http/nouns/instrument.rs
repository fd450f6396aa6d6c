//! `/v1/instruments`.

use axum::response::Response;

use crate::domain::InstrumentRef;
use crate::views::answer::compare::Compared;
use crate::views::answer::instrument;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("instruments", "/v1/instruments"), instrument::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(InstrumentRef::parse)?;
    let compared = Compared::instrument(&id);
    super::single(ask, compared, move |known, day| instrument::one(known, day, &id)).await
}
