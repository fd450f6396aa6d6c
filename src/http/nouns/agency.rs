//! `/v1/agencies`.

use axum::response::Response;

use crate::domain::AgencyId;
use crate::views::answer::agency;
use crate::views::answer::compare::Compared;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    super::list(ask, ("agencies", "/v1/agencies"), agency::page).await
}

/// One.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(AgencyId::parse)?;
    let compared = Compared::agency(&id);
    super::single(ask, compared, move |known, day| agency::one(known, day, &id)).await
}
