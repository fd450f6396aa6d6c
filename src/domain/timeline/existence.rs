//! From when to when a responsibility exists, for answers and findings (DOMAIN section 3, "Case"). The rules
//! that refuse ask [`Responsibility::period`]: to them what has no period is always there.

use super::super::event::responsibility::{Nature, Remainder};
use super::super::state::State;
use super::super::state::fold::Place;
use super::super::state::responsibility::Responsibility;
use super::super::{Date, Period, Time};
use super::when::When;

/// Its first day and the first day after it.
#[must_use]
pub fn period(state: &State, of: &Responsibility) -> (Date, Date) {
    let (from, to) = of.period();
    let data = &of.defined.data;
    if data.valid.is_some() || data.nature != Some(Nature::Case) {
        return (from, to);
    }
    // a case is there from its first holding on
    let first = state.fold(of.id()).holdings.iter().map(|holding| holding.from()).min();
    (first.unwrap_or(of.defined.day), to)
}

/// Whether the day lies within its period.
#[must_use]
pub fn exists_on(state: &State, of: &Responsibility, day: Date) -> bool {
    exists(state, of, When::Day(day))
}

/// Whether it exists at a point of a day: on its last day until the split or retirement that ends it.
pub(super) fn exists(state: &State, of: &Responsibility, when: When) -> bool {
    let (from, to) = period(state, of);
    let day = when.day();
    from <= day && (day < to || day == to && ends_later(of, when))
}

fn ends_later(of: &Responsibility, when: When) -> bool {
    let day = when.day();
    if of.defined.data.valid.as_ref().is_some_and(|valid| Period::end(valid) <= day) {
        return false;
    }
    let split = of.split.as_ref().filter(|fact| fact.data.remainder != Remainder::Unassigned);
    let split = split.map(|fact| (Place::of_split(fact.data.effective, fact.seq), fact.data.time.as_ref()));
    let retired = of.retired.as_ref();
    let retired =
        retired.map(|fact| (Place::of_closing(fact.data.effective, fact.seq), fact.data.time.as_ref()));
    let later = |(place, time): (Place, Option<&Time>)| match when {
        When::Day(_) => false,
        When::At(moment) => time.zip(moment.point).is_some_and(|(time, at)| time.instant > at.time),
        When::After(change) => !place.is_upto(change),
    };
    split.into_iter().chain(retired).filter(|(place, _)| place.day == day).all(later)
}
