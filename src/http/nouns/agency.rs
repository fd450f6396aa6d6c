//! `/v1/agencies`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::domain::AgencyId;
use crate::views::answer::agency;
use crate::views::answer::compare::Compared;

use super::super::app::App;
use super::super::params::{Params, Segment};
use super::super::problem::Problem;

/// All, sorted by id.
pub(in super::super) async fn list(
    State(app): State<App>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    super::list(app, params, headers, ("agencies", "/v1/agencies"), agency::page).await
}

/// One.
pub(in super::super) async fn one(
    State(app): State<App>,
    segment: Segment,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = segment.id(AgencyId::parse)?;
    let compared = Compared::agency(&id);
    super::single(app, params, headers, compared, move |known, day| agency::one(known, day, &id)).await
}
