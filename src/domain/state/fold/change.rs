//! What moves the holdings of a responsibility, in the order in which it counts (DOMAIN section 5,
//! "The fold").

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::super::super::event::assignment::{AssignmentEnded, AssignmentMade, HoldingRole};
use super::super::super::event::responsibility::{ResponsibilityRetired, ResponsibilitySplit};
use super::super::super::{AgencyId, AssignmentId, Date, Instant, Period, ResponsibilityId, Seq, Time};
use super::super::State;
use super::super::agency::Agency;
use super::super::fact::Fact;
use super::super::handoff::Move;
use super::super::responsibility::Responsibility;
use super::super::sure::Sure as _;
use super::together::is_timed_together;
use super::{Fold, New, Point};

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

impl Change<'_> {
    /// Whether its day is known and verified.
    pub(super) fn is_sure(&self) -> bool {
        match self {
            Change::Split(fact) | Change::Inherited(_, fact) => fact.data.is_sure(),
            Change::Made(fact) => fact.data.is_sure(),
            Change::Ended(fact) => fact.data.is_sure(),
            Change::Moved(moved) => moved.handoff.is_sure(),
            Change::Reversed(moved) => moved.handoff.reversal_is_sure(),
            Change::Closed(agency) | Change::WoundUp(agency) => {
                agency.closed.as_ref().is_none_or(|fact| fact.data.is_sure())
            }
            Change::Retired(fact) => fact.data.is_sure(),
        }
    }
}

/// Where a change stands among the others: by day, then splits before and closings after the rest,
/// then `time` where the whole day has it, then seq.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The day.
    pub day: Date,
    class: u8,
    time: Option<Instant>,
    seq: Seq,
}

impl Place {
    /// The place of a split, before other changes of the day.
    pub(crate) fn of_split(day: Date, seq: Seq) -> Self {
        Self { day, class: 0, time: None, seq }
    }

    /// The place of a move, with no time.
    pub(super) fn of_move(day: Date, seq: Seq) -> Self {
        Self { day, class: 1, time: None, seq }
    }

    /// The place of a closing or retirement, after other changes of the day.
    pub(crate) fn of_closing(day: Date, seq: Seq) -> Self {
        Self { day, class: 2, time: None, seq }
    }

    /// Whether it comes before another one, maybe of another responsibility, or is that one. Times count where
    /// both have one.
    #[must_use]
    pub fn is_upto(self, other: Self) -> bool {
        let times = self.time.zip(other.time);
        let order = (self.day, self.class).cmp(&(other.day, other.class));
        let timed = times.map_or(Ordering::Equal, |(one, other)| one.cmp(&other));
        order.then(timed).then(self.seq.cmp(&other.seq)).is_le()
    }
}

/// A change and its place.
pub(super) struct Placed<'a> {
    pub(super) place: Place,
    /// When that day, where all changes of the day have a time and it does not contradict their order.
    pub(super) at: Option<Point>,
    pub(super) change: Change<'a>,
}

impl<'a> Placed<'a> {
    /// A change whose place in its day no time decides.
    fn untimed(day: Date, class: u8, time: Option<&Time>, seq: Seq, change: Change<'a>) -> Self {
        let at = time.map(|time| Point { time: time.instant, seq });
        Self { place: Place { day, class, time: None, seq }, at, change }
    }

    /// A change among others of its day.
    fn within(day: Date, time: Option<Instant>, seq: Seq, change: Change<'a>) -> Self {
        let at = time.map(|time| Point { time, seq });
        Self { place: Place { day, class: 1, time, seq }, at, change }
    }

    fn made(fact: &'a Fact<AssignmentMade>) -> Self {
        let time = fact.data.time.as_ref().map(|time| time.instant);
        Self::within(fact.data.valid.start(), time, fact.seq, Change::Made(fact))
    }

    /// A holding annulled from before it began ends where it begins; the time said of the day before
    /// then orders nothing.
    fn ended(fact: &'a Fact<AssignmentEnded>, begins: Option<Date>) -> Self {
        let effective = fact.own_date();
        let day = begins.map_or(effective, |begins| effective.max(begins));
        let time = fact.data.time.as_ref().filter(|_| day == effective).map(|time| time.instant);
        Self::within(day, time, fact.seq, Change::Ended(fact))
    }

    fn moved(moved: Move<'a>) -> Self {
        Self::within(moved.day, moved.time, moved.seq, Change::Moved(moved))
    }
}

impl Placed<'_> {
    /// The agencies whose closing a change brings with it.
    pub(super) fn agencies(&self) -> impl Iterator<Item = &AgencyId> {
        let [one, other] = match &self.change {
            Change::Made(fact) => [Some(&fact.data.agency), None],
            Change::Moved(moved) | Change::Reversed(moved) => {
                let data = &moved.handoff.proposed.data;
                [Some(&data.from), Some(&data.to)]
            }
            Change::Split(_)
            | Change::Inherited(..)
            | Change::Ended(_)
            | Change::Closed(_)
            | Change::WoundUp(_)
            | Change::Retired(_) => [None, None],
        };
        one.into_iter().chain(other)
    }
}

/// A new change, if its place is after that of the last one and nothing else comes with it.
pub(super) fn last<'a>(state: &'a State, fold: &Fold, new: New<'a>) -> Option<Placed<'a>> {
    let last = fold.last;
    // an agency that is closed brings its closing
    let open = |id: &AgencyId| state.agencies.get(id).is_some_and(|agency| agency.closed.is_none());
    let (mut placed, open) = match new {
        New::Moved(handoff) => {
            let moved = handoff.planned().filter(|moved| moved.reversed.is_none())?;
            if handoff.is_of_several() && moved.time.is_some() {
                // its time may order the day of the other responsibilities, too
                return None;
            }
            (Placed::moved(moved), open(&handoff.proposed.data.from) && open(&handoff.proposed.data.to))
        }
        New::Made(fact) => (Placed::made(fact), open(&fact.data.agency)),
        New::Ended(fact) => {
            let begins = fold.get(fact.data.assignment.as_ref()?)?.from();
            (Placed::ended(fact, Some(begins)), true)
        }
    };
    if last.is_some_and(|last| last.day == placed.place.day) {
        // one of the day's changes has no time, or it is not appended
        placed.at = None;
    }
    let follows = last.is_none_or(|last| {
        let (day, untimed) = (placed.place.day, last.time.or(placed.place.time).is_none());
        last.day < day || last.day == day && last.class == 1 && untimed && last.seq < placed.place.seq
    });
    (open && follows).then_some(placed)
}

/// The days on which the holdings of a responsibility begin: those assigned, moved, or inherited.
fn beginnings(state: &State, of: &Responsibility) -> BTreeMap<AssignmentId, Date> {
    let handoffs = state.handoffs_of(of.id()).filter_map(|handoff| state.handoffs.get(handoff));
    let moves = handoffs.filter_map(|handoff| handoff.planned());
    let mut all: BTreeMap<_, _> =
        moves.map(|moved| (moved.handoff.holding(moved.seq, of.id()), moved.day)).collect();
    for whole in state.split_from(of.id()).filter_map(|whole| state.responsibilities.get(whole)) {
        let Some(split) = &whole.split else { continue };
        let here = whole.names().filter(|name| name.part == *of.id());
        all.extend(here.map(|name| (name.new.clone(), split.data.effective)));
    }
    let made =
        of.made.iter().filter_map(|fact| Some((fact.data.assignment.clone()?, fact.data.valid.start())));
    all.extend(made);
    all
}

/// The day an agency's holdings of a role end; [`Date::MAX`] when it is not closed.
pub(super) fn closing(agency: &Agency, role: HoldingRole) -> Date {
    let effective = agency.closing();
    let until = agency.closed.as_ref().and_then(|fact| fact.data.winding_up_until);
    match role {
        HoldingRole::Caretaker => until.map_or(effective, |until| until.max(effective)),
        HoldingRole::Accountable | HoldingRole::Executor | HoldingRole::Supporter => effective,
    }
}

/// Everything that moves the holdings of a responsibility.
pub(super) struct Changes<'a> {
    /// In order.
    pub(super) placed: Vec<Placed<'a>>,
    /// The agencies that occur in it.
    pub(super) agencies: BTreeSet<AgencyId>,
    /// Other responsibilities whose times have a say in the order of a day.
    pub(super) beside: BTreeSet<ResponsibilityId>,
}

/// Everything that moves the holdings of a responsibility. `agencies` are those that occur in what it came
/// out of.
pub(super) fn changes<'a>(
    state: &'a State,
    of: &'a Responsibility,
    mut agencies: BTreeSet<AgencyId>,
) -> Changes<'a> {
    let mut all = Vec::new();
    if let Some(fact) = &of.split {
        let time = fact.data.time.as_ref();
        all.push(Placed::untimed(fact.data.effective, 0, time, fact.seq, Change::Split(fact)));
    }
    for parent in state.split_from(of.id()) {
        if let Some(fact) = state.responsibilities.get(parent).and_then(|parent| parent.split.as_ref()) {
            let (time, change) = (fact.data.time.as_ref(), Change::Inherited(parent, fact));
            all.push(Placed::untimed(fact.data.effective, 0, time, fact.seq, change));
        }
    }
    for fact in &of.made {
        all.push(Placed::made(fact));
    }
    let begins = if of.ended.is_empty() { BTreeMap::new() } else { beginnings(state, of) };
    for fact in &of.ended {
        let begins = fact.data.assignment.as_ref().and_then(|id| begins.get(id));
        all.push(Placed::ended(fact, begins.copied()));
    }
    let handoffs = state.handoffs_of(of.id()).filter_map(|id| state.handoffs.get(id));
    for moved in handoffs.filter_map(|handoff| handoff.planned()) {
        if let Some((seq, _, day, time, _)) = moved.reversed {
            all.push(Placed::within(day, time, seq, Change::Reversed(moved.clone())));
        }
        all.push(Placed::moved(moved));
    }
    agencies.extend(all.iter().flat_map(Placed::agencies).cloned());
    for agency in agencies.iter().filter_map(|id| state.agencies.get(id)) {
        let Some(fact) = &agency.closed else { continue };
        let (time, first) = (fact.data.time.as_ref(), agency.closing());
        let last = closing(agency, HoldingRole::Caretaker);
        let wound_up = time.filter(|_| last == first);
        all.push(Placed::untimed(first, 2, time, fact.seq, Change::Closed(agency)));
        all.push(Placed::untimed(last, 2, wound_up, fact.seq, Change::WoundUp(agency)));
    }
    if let Some(fact) = &of.retired {
        let time = fact.data.time.as_ref();
        all.push(Placed::untimed(fact.data.effective, 2, time, fact.seq, Change::Retired(fact)));
    }
    let beside = sort(state, of.id(), &mut all);
    Changes { placed: all, agencies, beside }
}

/// Whether all changes of a responsibility on a day have a time that does not contradict their order.
pub(super) fn is_timed(state: &State, of: &Responsibility, day: Date) -> bool {
    let parents = state.split_from(of.id()).map(|parent| state.fold(parent));
    let met = parents.flat_map(|fold| fold.holdings.iter().map(|h| h.agency.clone()).collect::<Vec<_>>());
    let Changes { placed, .. } = changes(state, of, met.collect());
    placed.iter().filter(|placed| placed.place.day == day).all(|placed| placed.at.is_some())
}

/// Orders by place; a day's times count where all of its changes have one, those of responsibilities that
/// are handed over together that day included. Answers which of these were asked.
fn sort(state: &State, of: &ResponsibilityId, all: &mut [Placed<'_>]) -> BTreeSet<ResponsibilityId> {
    let without = |c: &&Placed<'_>| c.place.class == 1 && c.place.time.is_none();
    let mut untimed: BTreeSet<Date> = all.iter().filter(without).map(|c| c.place.day).collect();
    let shared = |c: &&Placed<'_>| match &c.change {
        Change::Moved(moved) => moved.handoff.is_of_several() && !untimed.contains(&moved.day),
        Change::Split(_)
        | Change::Inherited(..)
        | Change::Made(_)
        | Change::Ended(_)
        | Change::Reversed(_)
        | Change::Closed(_)
        | Change::WoundUp(_)
        | Change::Retired(_) => false,
    };
    let shared: BTreeSet<Date> = all.iter().filter(shared).map(|c| c.place.day).collect();
    let mut beside = BTreeSet::new();
    for day in shared {
        if !is_timed_together(state, of, day, &mut beside) {
            untimed.insert(day);
        }
    }
    for change in all.iter_mut().filter(|c| untimed.contains(&c.place.day)) {
        change.place.time = None;
    }
    all.sort_by_key(|c| c.place);
    for day in all.chunk_by_mut(|one, next| one.place.day == next.place.day) {
        let timed = day.iter().all(|c| c.at.is_some());
        if !(timed && day.is_sorted_by_key(|c| c.at.map(|at| at.time))) {
            day.iter_mut().for_each(|c| c.at = None);
        }
    }
    beside
}

/// Whether an end of the period is said to be unknown.
pub(super) fn unknown(period: &Period) -> (bool, bool) {
    use super::super::super::date::Bound;
    (period.from == Bound::Unknown, period.to == Some(Bound::Unknown))
}
