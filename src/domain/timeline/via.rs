//! The walk from a child up to who answers for it (DOMAIN section 2, "Children"): by the `parent` of the day,
//! and from a parent that was split to the part that takes the child. Nothing else follows parents.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::super::state::State;
use super::super::state::fold::Choice;
use super::super::state::responsibility::Responsibility;
use super::super::{Date, ResponsibilityId, TerritoryId};
use super::WALK_MAX;
use super::when::When;

/// A responsibility that the walk comes to.
pub(super) struct Step<'a> {
    /// Which.
    pub(super) of: &'a Arc<Responsibility>,
    /// The walk stands there: who answers for it answers for the child. Otherwise it was only looked at: it
    /// was split and another stands in its place, or what stands below lies outside it.
    pub(super) stands: bool,
}

/// A walk up, step by step; it costs no more than the steps that are taken.
pub(super) struct Up<'a> {
    state: &'a State,
    when: When,
    at: Option<&'a Responsibility>,
    /// Where it has been: a walk that comes back ends.
    seen: BTreeSet<&'a ResponsibilityId>,
    /// What was met on the way to the next place.
    met: VecDeque<Step<'a>>,
}

/// The walk up from a responsibility at a point of a day.
pub(super) fn up<'a>(state: &'a State, of: &'a Responsibility, when: When) -> Up<'a> {
    Up { state, when, at: Some(of), seen: BTreeSet::new(), met: VecDeque::new() }
}

/// Where the walk up from a responsibility stands on a day, the nearest first.
pub(in crate::domain) fn above<'a>(
    state: &'a State,
    of: &'a Responsibility,
    day: Date,
) -> impl Iterator<Item = &'a Arc<Responsibility>> {
    up(state, of, When::Day(day)).filter(|step| step.stands).map(|step| step.of)
}

/// Whether a responsibility is another, or the walk up from it comes to it on a day.
pub(in crate::domain) fn leads_to(
    state: &State,
    from: &ResponsibilityId,
    to: &ResponsibilityId,
    day: Date,
) -> bool {
    let of = state.responsibilities.get(from);
    from == to || of.is_some_and(|of| above(state, of, day).any(|above| above.id() == to))
}

impl<'a> Up<'a> {
    /// Goes up one step.
    fn step(&mut self) -> Option<()> {
        let at = self.at.take()?;
        let day = self.when.day();
        let mut above = self.state.responsibilities.get(at.parent_on(day)?)?;
        if self.seen.len() >= WALK_MAX || !self.seen.insert(at.id()) {
            return None;
        }
        let mut followed = BTreeSet::new();
        while let Some(split) = above.split.as_ref().filter(|split| self.when.is_split(split)) {
            let part = match self.state.part_for(&split.data, at.id(), None, &mut drop) {
                // what is itself the part keeps its parent
                Choice::Part(part) if part == *at.id() => break,
                Choice::Part(part) => self.state.responsibilities.get(&part),
                Choice::None => break,
                Choice::Several => {
                    self.met.push_back(Step { of: above, stands: false });
                    return None;
                }
            };
            let Some(part) = part.filter(|part| followed.insert(part.id())) else { break };
            self.met.push_back(Step { of: above, stands: false });
            above = part;
        }
        let stands = self.state.lies_inside(&at.on(day), &above.on(day), day, &mut drop);
        self.at = Some(&**above).filter(|_| stands);
        self.met.push_back(Step { of: above, stands });
        Some(())
    }
}

impl<'a> Iterator for Up<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        if self.met.is_empty() {
            self.step();
        }
        self.met.pop_front()
    }
}

/// Every responsibility that a walk up from this one may come to on some day.
pub(in crate::domain) fn ever_above<'a>(
    state: &'a State,
    of: &'a Responsibility,
) -> Vec<&'a Arc<Responsibility>> {
    let (mut all, mut seen) = (Vec::new(), BTreeSet::from([of.id()]));
    let mut waiting: Vec<&ResponsibilityId> = of.ever_parents().collect();
    while let Some(id) = waiting.pop() {
        let Some(there) = state.responsibilities.get(id).filter(|_| seen.insert(id)) else { continue };
        waiting.extend(there.ever_parents().chain(there.parts()));
        all.push(there);
    }
    all
}

/// The days on which a walk up from this one may go another way than the day before.
pub(in crate::domain) fn days(state: &State, of: &Responsibility) -> BTreeSet<Date> {
    let above = ever_above(state, of);
    let mut days = BTreeSet::new();
    if above.is_empty() {
        return days;
    }
    let mut territories: Vec<&TerritoryId> = Vec::new();
    for one in above.iter().map(|above| &***above).chain([of]) {
        let (from, to) = super::period(state, one);
        days.extend([from, to]);
        days.extend(one.changed.iter().map(|fact| fact.data.effective));
        days.extend(one.split.iter().map(|fact| fact.data.effective));
        territories.extend(one.ever_territories());
    }
    let mut seen = BTreeSet::new();
    while let Some(id) = territories.pop() {
        let Some(there) = state.territories.get(id).filter(|_| seen.insert(id)) else { continue };
        days.extend(there.changed.iter().map(|fact| fact.data.effective));
        let within = there.changed.iter().filter_map(|fact| fact.data.within.as_ref());
        territories.extend(within.chain(&there.registered.data.within));
    }
    days
}
