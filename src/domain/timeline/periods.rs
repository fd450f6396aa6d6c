//! A responsibility over all days, in periods in which nothing about its holders changes (DOMAIN section 6,
//! "Days").

use std::collections::BTreeSet;

use super::super::event::assignment::HoldingRole;
use super::super::state::State;
use super::super::state::fold::{Fold, Holding, Place};
use super::super::state::responsibility::Responsibility;
use super::super::{AssignmentId, Date, ResponsibilityId};
use super::when::When;
use super::{Held, OnDay, Status, at, period, via};

/// Days on which nothing about the holders changes: `from` included, `to` not. One of zero days shows who held
/// right after a change that was overtaken the same day.
#[derive(Clone, Debug, PartialEq)]
pub struct PeriodOn {
    /// First day; [`Date::MIN`] where it reaches back without end.
    pub from: Date,
    /// First day after; [`Date::MAX`] where it reaches forward without end.
    pub to: Date,
    /// How it is held.
    pub status: Status,
    /// Who answers, the dormant too.
    pub accountable: Vec<Held>,
    /// Who acts on behalf.
    pub executors: Vec<Held>,
}

impl PeriodOn {
    fn of(on: OnDay, from: Date, to: Date) -> Self {
        Self { from, to, status: on.status, accountable: on.accountable, executors: on.executors }
    }

    /// Whether it shows a holding of zero days.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from == self.to
    }

    /// Its days; `None` where it has no end.
    #[must_use]
    pub fn days(&self) -> Option<i64> {
        (self.from > Date::MIN && self.to < Date::MAX).then(|| self.to.days_since(self.from))
    }
}

/// The periods of a responsibility, from the first day to the last, whether it exists or not.
#[must_use]
pub fn periods(state: &State, id: &ResponsibilityId) -> Vec<PeriodOn> {
    let Some(of) = state.responsibilities.get(id) else { return Vec::new() };
    let mut cuts = BTreeSet::from([Date::MIN]);
    for one in std::iter::once(of).chain(via::ever_above(state, of)) {
        turning_days(state, one, &mut cuts);
    }
    cuts.extend(via::days(state, of));
    cuts.remove(&Date::MAX);
    let ends = cuts.iter().skip(1).copied().chain([Date::MAX]);
    let mut all: Vec<PeriodOn> = Vec::new();
    for (start, end) in cuts.iter().copied().zip(ends) {
        let passing = passing(state, of, start);
        for place in &passing {
            all.extend(at(state, id, When::After(*place)).map(|on| PeriodOn::of(on, start, start)));
        }
        let Some(on) = at(state, id, When::Day(start)) else { continue };
        let next = PeriodOn::of(on, start, end);
        match all.last_mut().filter(|last| passing.is_empty() && is_same(last, &next)) {
            Some(last) => last.to = end,
            None => all.push(next),
        }
    }
    all
}

fn is_same(one: &PeriodOn, next: &PeriodOn) -> bool {
    // the basis of a holding is that of the day
    let mut held = one.accountable.iter().chain(&one.executors).map(|held| &held.holding);
    (one.status, &one.accountable, &one.executors) == (next.status, &next.accountable, &next.executors)
        && held.all(|holding| holding.basis_on(one.from) == holding.basis_on(next.from))
}

/// Adds the days on which what is said of a responsibility's holders may become another thing.
fn turning_days(state: &State, of: &Responsibility, cuts: &mut BTreeSet<Date>) {
    let (from, to) = period(state, of);
    cuts.extend([from, to]);
    let fold = state.fold(of.id());
    for holding in &fold.holdings {
        cuts.extend(
            holding.spans.iter().flat_map(|span| [span.from, span.until]).chain(holding.rebased_on()),
        );
    }
    // what they stand under passes on, too
    let mut waiting: Vec<AssignmentId> = fold.holdings.iter().filter_map(|h| h.under.clone()).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        let Some((_, holding)) = state.holding(&id) else { continue };
        if seen.insert(id) {
            cuts.extend(holding.heirs.iter().flat_map(|heir| [heir.from, heir.until]));
            waiting.extend(holding.heirs.iter().map(|heir| heir.assignment.clone()));
        }
    }
}

/// The changes of a day by which holdings of zero days begin, in their order: accountable and executor ones of
/// the responsibility, and accountable ones of those that answer for it.
fn passing(state: &State, of: &Responsibility, day: Date) -> BTreeSet<Place> {
    let mut all = BTreeSet::new();
    if day == Date::MIN {
        return all;
    }
    let fold = state.fold(of.id());
    all.extend(zero_days(&fold, day, |role| {
        matches!(role, HoldingRole::Accountable | HoldingRole::Executor)
    }));
    let mut answered = is_answered(&fold, day);
    for above in via::above(state, of, day) {
        if answered {
            break;
        }
        let fold = state.fold(above.id());
        all.extend(zero_days(&fold, day, |role| role == HoldingRole::Accountable));
        answered = is_answered(&fold, day) && super::exists_on(state, above, day);
    }
    all
}

fn is_answered(fold: &Fold, day: Date) -> bool {
    fold.alive_on(day).any(|holding| holding.role == HoldingRole::Accountable)
}

fn zero_days(fold: &Fold, day: Date, role: impl Fn(HoldingRole) -> bool) -> impl Iterator<Item = Place> {
    let begun = move |holding: &Holding| {
        let spans = holding.spans.iter().filter(|span| span.from == day && span.until == day);
        spans.filter_map(|span| span.turn).collect::<Vec<_>>()
    };
    fold.around(day).filter(move |holding| role(holding.role)).flat_map(move |holding| begun(holding))
}
