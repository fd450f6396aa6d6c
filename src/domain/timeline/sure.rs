//! Whether who answers rests on dates that are unknown or not verified (DOMAIN section 3, "`unverified` in
//! answers" 3 and 4).

use super::super::event::assignment::HoldingRole;
use super::super::event::responsibility::Remainder;
use super::super::state::State;
use super::super::state::fold::{Fold, Span};
use super::super::state::responsibility::Responsibility;
use super::super::state::sure::{self, Sure as _};
use super::super::{Bound, Date, ResponsibilityId};
use super::{Held, Status, via};

impl Held {
    /// Whether the day on which it began, or a day until which it is held, is unknown or not verified.
    #[must_use]
    pub fn is_unsure(&self) -> bool {
        self.span.unsure || self.ends_unsure()
    }

    /// Whether its end is.
    #[must_use]
    pub fn ends_unsure(&self) -> bool {
        self.holding.ends_unsure(&self.span)
    }
}

/// Whether a status on a day, held by these, rests on what is unknown or not verified.
#[must_use]
pub fn is_unsure(
    state: &State,
    id: &ResponsibilityId,
    (status, accountable): (Status, &[Held]),
    day: Date,
) -> bool {
    let Some(of) = state.responsibilities.get(id) else { return false };
    if status == Status::Outside {
        return outside(state, of, day);
    }
    if !accountable.is_empty() {
        return accountable.iter().any(Held::is_unsure);
    }
    let mut all = std::iter::once(of).chain(via::above(state, of, day));
    all.any(|of| missed(&state.fold(of.id()), day))
}

/// Whether the last accountable holding that ended by a day, or the first to begin after it, did so on a day that is
/// not sure.
fn missed(fold: &Fold, day: Date) -> bool {
    let accountable = fold.holdings.iter().filter(|holding| holding.role == HoldingRole::Accountable);
    let spans: Vec<&Span> = accountable.flat_map(|holding| &holding.spans).collect();
    let last = spans.iter().map(|span| span.until).filter(|until| *until <= day).max();
    let next = spans.iter().map(|span| span.from).filter(|from| day < *from).min();
    let ended = |span: &&Span| span.ended.is_some_and(|end| end.unsure);
    spans.iter().filter(|span| Some(span.until) == last).any(ended)
        || spans.iter().any(|span| Some(span.from) == next && span.unsure)
}

/// Whether what puts a day outside the period is not sure.
fn outside(state: &State, of: &Responsibility, day: Date) -> bool {
    let (from, to) = super::period(state, of);
    let data = &of.defined.data;
    if day < from {
        let first = state
            .fold(of.id())
            .holdings
            .iter()
            .any(|holding| holding.spans.first().is_some_and(|span| span.from == from && span.unsure));
        return !data.is_sure() || data.valid.is_none() && first;
    }
    let split = of.split.iter().filter(|fact| fact.data.remainder != Remainder::Unassigned);
    let ends = split.map(|fact| (fact.data.effective, fact.data.is_sure()));
    let retired = of.retired.iter().map(|fact| (fact.data.effective, fact.data.is_sure()));
    let valid = data.valid.as_ref().filter(|valid| matches!(valid.to, Some(Bound::On(_))));
    let valid = valid.map(|valid| (valid.end(), sure::ends(Some(valid), &data.unverified)));
    let mut ends = ends.chain(retired).chain(valid);
    ends.any(|(day, sure)| day == to && !sure)
}

/// Whether a change of who answers on a day, of a responsibility or of one above it, is not sure.
#[must_use]
pub fn turns_unsure(state: &State, id: &ResponsibilityId, day: Date) -> bool {
    let Some(of) = state.responsibilities.get(id) else { return false };
    std::iter::once(of).chain(via::above(state, of, day)).any(|of| {
        state.fold(of.id()).holdings.iter().flat_map(|holding| &holding.spans).any(|span| {
            let ended = span.ended.is_some_and(|end| end.unsure);
            span.from == day && span.unsure || span.until == day && ended
        })
    })
}
