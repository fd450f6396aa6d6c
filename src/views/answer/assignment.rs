//! Assignments: holdings by their ids, alive on the day or not.

use serde::Serialize;

use crate::domain::timeline;
use crate::domain::{AssignmentId, Date, ResponsibilityId};

use super::super::Known;
use super::Items;
use super::holding::HoldingShape;

/// A holding, and what it is a holding of.
#[derive(Debug, Serialize)]
pub struct Answer {
    responsibility: ResponsibilityId,
    state: HoldingState,
    #[serde(flatten)]
    holding: HoldingShape,
}

/// Where a holding stands on a day (DOMAIN section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum HoldingState {
    /// Not begun yet.
    Planned,
    Active,
    /// Delegated to another.
    Dormant,
    Ended,
}

/// Holdings after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = known.state.holdings_after(after);
    Items::take(limit, all.filter_map(|id| Some((id.to_string(), one(known, day, id)?))))
}

/// One.
#[must_use]
pub fn one(known: &Known, day: Date, id: &AssignmentId) -> Option<Answer> {
    let (of, holding) = known.state.holding(id)?;
    let responsibility = of.id().clone();
    let alive = holding.is_alive_on(day).then(|| timeline::on(&known.state, &responsibility, day)).flatten();
    let alive = alive.and_then(|on| {
        let mut all = on.accountable.into_iter().chain(on.executors).chain(on.others);
        all.find(|held| held.holding.assignment == *id)
    });
    if let Some(held) = alive {
        let state = if held.dormant { HoldingState::Dormant } else { HoldingState::Active };
        return Some(Answer { responsibility, state, holding: HoldingShape::of(&held, day) });
    }
    // Outside its spans: the last that had begun, else the first to come.
    let begun = holding.spans.iter().rev().find(|span| span.from <= day);
    let state = if begun.is_some() { HoldingState::Ended } else { HoldingState::Planned };
    let span = begun.or_else(|| holding.spans.first())?;
    let below = holding.below(&responsibility);
    let under = holding.under.as_ref().map(|under| timeline::resolve(&known.state, under, day, below));
    let shape = HoldingShape::in_span(&holding, (span, day), under);
    Some(Answer { responsibility, state, holding: shape })
}
