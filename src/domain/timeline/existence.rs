//! From when to when a responsibility exists, for answers and findings (DOMAIN section 3, "Case"). The rules
//! that refuse ask [`Responsibility::period`]: to them what has no period is always there.

use super::super::Date;
use super::super::event::responsibility::Nature;
use super::super::state::State;
use super::super::state::responsibility::Responsibility;

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
    let (from, to) = period(state, of);
    from <= day && day < to
}
