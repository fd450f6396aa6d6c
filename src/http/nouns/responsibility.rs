//! `/v1/responsibilities`, and the timeline of one.

use axum::response::Response;

use crate::domain::ResponsibilityId;
use crate::views::Known;
use crate::views::answer::compare::Compared;
use crate::views::answer::responsibility;

use super::super::params::Segment;
use super::super::problem::Problem;
use super::Ask;

/// All, sorted by id.
pub(in super::super) async fn list(ask: Ask) -> Result<Response, Problem> {
    let names = ("responsibilities", "/v1/responsibilities");
    super::list(ask, names, responsibility::page).await
}

/// Who answers for one, on a day or at a time of it.
pub(in super::super) async fn one(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(ResponsibilityId::parse)?;
    let compared = Compared::Responsibility(id.clone());
    ask.params.only(&["valid_at", "time", "known_at", "compare"])?;
    let time = ask.params.time()?;
    let valid_at = time.as_ref().map_or_else(|| ask.params.valid_at(), |time| Ok(Some(time.date())))?;
    let object = move |known: &Known, day| match &time {
        Some(time) => responsibility::at_time(known, time, &id),
        None => responsibility::one(known, day, &id),
    };
    super::on_day(ask, valid_at, compared, object).await
}

/// Who answered for one, from its first day to its last.
pub(in super::super) async fn timeline(segment: Segment, ask: Ask) -> Result<Response, Problem> {
    let id = segment.id(ResponsibilityId::parse)?;
    let compared = Compared::Responsibility(id.clone());
    super::single(ask, compared, move |known, _| responsibility::timeline(known, &id)).await
}
