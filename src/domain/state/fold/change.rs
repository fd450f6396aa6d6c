//! What moves the holdings of a responsibility, in the order in which it counts (DOMAIN section 5,
//! "The fold").

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::event::assignment::{AssignmentEnded, AssignmentMade, HoldingRole};
use super::super::super::event::responsibility::{ResponsibilityRetired, ResponsibilitySplit};
use super::super::super::{AgencyId, Date, Instant, Period, ResponsibilityId, Seq};
use super::super::State;
use super::super::agency::Agency;
use super::super::fact::Fact;
use super::super::handoff::Move;
use super::super::responsibility::Responsibility;

/// One change.
pub(super) enum Change<'a> {
    /// The responsibility is divided.
    Split(&'a Fact<ResponsibilitySplit>),
    /// It came out of the division of another.
    Inherited(&'a ResponsibilityId, &'a Fact<ResponsibilitySplit>),
    Made(&'a Fact<AssignmentMade>),
    Ended(&'a Fact<AssignmentEnded>),
    Moved(Move<'a>),
    Reversed(Move<'a>),
    /// An agency ends: all holdings but those as caretaker.
    Closed(&'a Agency),
    /// Its winding-up is over: those as caretaker.
    WoundUp(&'a Agency),
    Retired(&'a Fact<ResponsibilityRetired>),
}

/// A change and its place.
pub(super) struct Placed<'a> {
    pub(super) day: Date,
    class: u8,
    time: Option<Instant>,
    seq: Seq,
    pub(super) change: Change<'a>,
}

impl<'a> Placed<'a> {
    /// A change that no time of day orders.
    fn untimed(day: Date, class: u8, seq: Seq, change: Change<'a>) -> Self {
        Self { day, class, time: None, seq, change }
    }
}

/// The day an agency's holdings of a role end; [`Date::MAX`] when it is not closed.
pub(super) fn closing(agency: &Agency, role: HoldingRole) -> Date {
    let effective = agency.closing();
    let until = agency.closed.as_ref().and_then(|fact| fact.data.winding_up_until);
    match role {
        HoldingRole::Caretaker => until.map_or(effective, |until| until.max(effective)),
        _ => effective,
    }
}

/// Everything that moves the holdings of a responsibility, in order. `inherited` are the agencies
/// that occur in what it came out of.
pub(super) fn changes<'a>(
    state: &'a State,
    of: &'a Responsibility,
    inherited: impl IntoIterator<Item = AgencyId>,
) -> Vec<Placed<'a>> {
    let mut all = Vec::new();
    let mut agencies: BTreeSet<AgencyId> = inherited.into_iter().collect();
    if let Some(fact) = &of.split {
        all.push(Placed::untimed(fact.data.effective, 0, fact.seq, Change::Split(fact)));
    }
    for parent in &of.split_from {
        if let Some(fact) = state.responsibilities.get(parent).and_then(|parent| parent.split.as_ref()) {
            let change = Change::Inherited(parent, fact);
            all.push(Placed::untimed(fact.data.effective, 0, fact.seq, change));
        }
    }
    let starts: BTreeMap<_, _> =
        of.made.iter().map(|fact| (fact.data.assignment.as_ref(), fact.data.valid.start())).collect();
    for fact in &of.made {
        agencies.insert(fact.data.agency.clone());
        let time = fact.data.time.as_ref().map(|time| time.instant);
        all.push(Placed {
            day: fact.data.valid.start(),
            class: 1,
            time,
            seq: fact.seq,
            change: Change::Made(fact),
        });
    }
    for fact in &of.ended {
        let time = fact.data.time.as_ref().map(|time| time.instant);
        // a holding annulled from before it began ends where it begins
        let start = fact.data.assignment.as_ref().and_then(|id| starts.get(&Some(id)));
        let day = start.map_or(fact.data.effective, |start| fact.data.effective.max(*start));
        all.push(Placed { day, class: 1, time, seq: fact.seq, change: Change::Ended(fact) });
    }
    for moved in
        of.handoffs.iter().filter_map(|id| state.handoffs.get(id)).filter_map(|handoff| handoff.moves())
    {
        agencies.insert(moved.handoff.proposed.data.from.clone());
        agencies.insert(moved.handoff.proposed.data.to.clone());
        if let Some((seq, _, day, time, _)) = moved.reversed {
            all.push(Placed { day, class: 1, time, seq, change: Change::Reversed(moved.clone()) });
        }
        let (day, time, seq) = (moved.day, moved.time, moved.seq);
        all.push(Placed { day, class: 1, time, seq, change: Change::Moved(moved) });
    }
    for agency in agencies.iter().filter_map(|id| state.agencies.get(id)) {
        let Some(fact) = &agency.closed else { continue };
        let last = closing(agency, HoldingRole::Caretaker);
        all.push(Placed::untimed(agency.closing(), 2, fact.seq, Change::Closed(agency)));
        all.push(Placed::untimed(last, 2, fact.seq, Change::WoundUp(agency)));
    }
    if let Some(fact) = &of.retired {
        all.push(Placed::untimed(fact.data.effective, 2, fact.seq, Change::Retired(fact)));
    }
    sort(&mut all);
    all
}

/// Day, then splits before and closings after the rest, then `time` where the whole day has it,
/// then seq.
fn sort(all: &mut [Placed<'_>]) {
    let untimed: BTreeSet<Date> =
        all.iter().filter(|c| c.class == 1 && c.time.is_none()).map(|c| c.day).collect();
    for change in all.iter_mut().filter(|c| untimed.contains(&c.day)) {
        change.time = None;
    }
    all.sort_by_key(|c| (c.day, c.class, c.time, c.seq));
}

/// Whether an end of the period is said to be unknown.
pub(super) fn unknown(period: &Period) -> (bool, bool) {
    use super::super::super::date::Bound;
    (period.from == Bound::Unknown, period.to == Some(Bound::Unknown))
}
