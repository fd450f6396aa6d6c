//! A responsibility at a time of a day (DOMAIN section 6, "Days" 5 and 6).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::super::state::State;
use super::super::state::fold::{Moment, Point, is_timed};
use super::super::{Date, ResponsibilityId, Seq, Time};
use super::when::When;
use super::{OnDay, WALK_MAX, at, resolve, via};

/// What an answer about a time goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The times of the day's changes.
    Time,
    /// The day's end: a change of the day has no time, or one that contradicts the order of the day.
    Day,
}

/// A responsibility at a time, whose date as written is the day; `None` when there is none of that id.
#[must_use]
pub fn at_time(state: &State, id: &ResponsibilityId, time: &Time) -> Option<(OnDay, By)> {
    let day = time.date();
    // all that is said of this very time has come about
    let point = Point { time: time.instant, seq: Seq(u64::MAX) };
    let on = at(state, id, When::At(Moment { day, point: Some(point) }))?;
    if rested_on(state, id, &on, day).iter().all(|id| is_timed(state, id, day)) {
        return Some((on, By::Time));
    }
    Some((at(state, id, When::Day(day))?, By::Day))
}

/// The responsibilities whose changes of the day an answer rests on: those asked who answers, and those under
/// whose holdings holdings of theirs begin or end that day.
fn rested_on(state: &State, id: &ResponsibilityId, on: &OnDay, day: Date) -> BTreeSet<ResponsibilityId> {
    let mut all = BTreeSet::from([id.clone()]);
    let via = on.accountable.iter().find_map(|held| held.via.as_ref());
    if on.accountable.is_empty() || via.is_some() {
        let above = state.responsibilities.get(id).into_iter().flat_map(|of| via::above(state, of, day));
        let above: Vec<_> = above.collect();
        let last = above.iter().position(|above| Some(above.id()) == via).unwrap_or(above.len());
        all.extend(above.iter().take(last.saturating_add(1)).map(|above| above.id().clone()));
    }
    for id in all.clone() {
        let fold = state.fold(&id);
        let turns = fold.around(day).filter(|h| h.spans.iter().any(|s| s.from == day || s.until == day));
        for holding in turns {
            let (mut of, mut at) = (id.clone(), Arc::clone(holding));
            for _ in 0..WALK_MAX {
                let Some(under) = &at.under else { break };
                let stands = resolve(state, under, day, at.below(&of));
                all.extend(
                    [under, &stands].into_iter().filter_map(|id| state.responsibility_of(id)).cloned(),
                );
                let Some((next, holding)) = state.holding(&stands) else { break };
                (of, at) = (next.id().clone(), holding);
            }
        }
    }
    all
}
