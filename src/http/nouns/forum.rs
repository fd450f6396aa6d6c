//! `/v1/forums`.

use axum::response::Response;

use crate::domain::ForumId;
use crate::views::answer::compare::Compared;
use crate::views::answer::forum;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("forums", "/v1/forums"), forum::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(ForumId::parse)?;
    let compared = Compared::forum(&id);
    super::single(ask, compared, move |known, day| forum::one(known, day, &id)).await
}
