//! Responsibilities that handoffs by agreement move together on a day have one order of that day: by time
//! where all of their changes have one, else by place (DOMAIN section 5, "Order within a day"). Otherwise one
//! handoff could come before another here and after it there, and neither be decided first.

use std::collections::BTreeSet;

use super::super::super::{Date, ResponsibilityId};
use super::super::State;
use super::super::responsibility::Responsibility;

/// Whether the changes of a day have a time in all responsibilities that handoffs moving that day join to
/// one. `beside` gets the others that were asked.
pub(super) fn is_timed_together(
    state: &State,
    of: &ResponsibilityId,
    day: Date,
    beside: &mut BTreeSet<ResponsibilityId>,
) -> bool {
    let (mut seen, mut waiting) = (BTreeSet::from([of.clone()]), vec![of.clone()]);
    while let Some(id) = waiting.pop() {
        if id != *of {
            beside.insert(id.clone());
        }
        let handoffs = state.handoffs_of(&id).filter_map(|handoff| state.handoffs.get(handoff));
        for moved in handoffs.filter_map(|handoff| handoff.planned()) {
            let undone = moved.reversed.filter(|reversed| reversed.2 == day);
            if moved.day == day && moved.time.is_none() || undone.is_some_and(|undone| undone.3.is_none()) {
                return false;
            }
            if moved.day == day && moved.handoff.is_of_several() {
                let others = moved.handoff.proposed.data.responsibilities.iter();
                waiting.extend(others.filter(|other| seen.insert((*other).clone())).cloned());
            }
        }
        if state.responsibilities.get(&id).is_some_and(|there| !is_timed(there, day)) {
            return false;
        }
    }
    true
}

/// Whether all assignments made and ended on a day have a time.
fn is_timed(there: &Responsibility, day: Date) -> bool {
    let begins = |fact: &super::Fact<super::AssignmentEnded>| {
        let id = fact.data.assignment.as_ref()?;
        let made = there.made.iter().find(|made| made.data.assignment.as_ref() == Some(id))?;
        Some(made.data.valid.start())
    };
    let made = there.made.iter().filter(|fact| fact.data.valid.start() == day);
    let ended = there.ended.iter().filter(|fact| {
        let effective = fact.own_date();
        begins(fact).map_or(effective, |begins| effective.max(begins)) == day
    });
    made.into_iter().all(|fact| fact.data.time.is_some())
        && ended.into_iter().all(|fact| fact.data.time.is_some() && fact.own_date() == day)
}
