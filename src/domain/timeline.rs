//! Who holds a responsibility on a day, and over its whole life (DOMAIN sections 2 and 8).

mod existence;
mod periods;
mod sure;
#[cfg(test)]
mod tests;
mod time;
pub(super) mod via;
mod when;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::event::assignment::{HoldingRole, Mode};
use super::state::State;
use super::state::fold::{Below, Fold, Holding, Look as _, Span};
use super::{AgencyId, AssignmentId, Date, ResponsibilityId, Seq};
use existence::exists;
pub use existence::{exists_on, period};
pub use periods::{PeriodOn, periods};
pub use sure::{is_unsure, turns_unsure};
pub use time::{By, at_time};
use when::When;

/// Longest walk up a chain of parents.
const WALK_MAX: usize = 65_536;

/// How a responsibility is held on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// One agency answers for it.
    Held,
    /// Nobody does.
    Orphan,
    /// Several do.
    Conflict,
    /// The day lies outside its period.
    Outside,
}

/// A holding on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The holding.
    pub holding: Arc<Holding>,
    /// What it is a holding of.
    pub responsibility: ResponsibilityId,
    /// The span that contains the day.
    pub span: Span,
    /// It is delegated to another.
    pub dormant: bool,
    /// The responsibility was asked for below this one: its parent answers for it.
    pub via: Option<ResponsibilityId>,
    /// What it stands under on the day.
    pub under: Option<AssignmentId>,
}

/// A responsibility on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct OnDay {
    /// How it is held.
    pub status: Status,
    /// Who answers, the dormant too.
    pub accountable: Vec<Held>,
    /// Who acts on behalf.
    pub executors: Vec<Held>,
    /// Caretakers and supporters.
    pub others: Vec<Held>,
    /// The entries that prove it, in order.
    pub evidence: Vec<Seq>,
}

impl OnDay {
    /// Who answers on the day: agencies that are not dormant and stand for somebody.
    #[must_use]
    pub fn answering(&self, state: &State) -> BTreeSet<AgencyId> {
        let somebody = |held: &&Held| {
            !held.dormant && !state.agencies.get(&held.holding.agency).is_some_and(|a| a.is_unrecorded())
        };
        self.accountable.iter().filter(somebody).map(|held| held.holding.agency.clone()).collect()
    }
}

/// Who stands in the place of a holding on a day; seen from what stands under it, because a split has
/// several heirs.
#[must_use]
pub fn resolve(mut state: &State, id: &AssignmentId, day: Date, below: Below<'_>) -> AssignmentId {
    state.resolve(id, day, below)
}

/// The holdings of a point of a day in one responsibility.
fn held(state: &State, id: &ResponsibilityId, fold: &Fold, when: When) -> Vec<Held> {
    let mut all: Vec<Held> = fold
        .beyond(when.all_after())
        .filter_map(|holding| {
            Some(Held {
                holding: Arc::clone(holding),
                responsibility: id.clone(),
                span: when.span(holding)?.clone(),
                dormant: false,
                via: None,
                under: holding.under.as_ref().map(|under| when.resolve(state, under, holding.below(id))),
            })
        })
        .collect();
    let delegated: BTreeSet<(AssignmentId, AssignmentId)> = all
        .iter()
        .filter(|one| one.holding.mode == Some(Mode::Delegation))
        .filter_map(|one| Some((one.under.clone()?, one.holding.assignment.clone())))
        .collect();
    for one in all.iter_mut().filter(|one| one.holding.role == HoldingRole::Accountable) {
        let id = &one.holding.assignment;
        one.dormant = delegated.iter().any(|(giver, receiver)| giver == id && receiver != id);
    }
    all
}

/// A responsibility on a day; `None` when there is none of that id.
#[must_use]
pub fn on(state: &State, id: &ResponsibilityId, day: Date) -> Option<OnDay> {
    at(state, id, When::Day(day))
}

/// A responsibility at a point of a day.
fn at(state: &State, id: &ResponsibilityId, when: When) -> Option<OnDay> {
    let day = when.day();
    let of = state.responsibilities.get(id)?;
    let fold = state.fold(id);
    let mut evidence: BTreeSet<Seq> = of.evidence().into_iter().collect();
    let (mut accountable, rest): (Vec<_>, Vec<_>) = held(state, id, &fold, when)
        .into_iter()
        .partition(|one| one.holding.role == HoldingRole::Accountable);
    let (executors, others) = rest.into_iter().partition(|one| one.holding.role == HoldingRole::Executor);
    if accountable.is_empty() {
        // nobody of its own: what ended last proves it, and a parent may answer
        evidence.extend(last_ended(&fold, day));
        for via::Step { of: parent, stands } in via::up(state, of, when) {
            evidence.extend(parent.evidence());
            if !stands {
                continue;
            }
            let above = state.fold(parent.id());
            accountable = held(state, parent.id(), &above, when);
            accountable
                .retain(|one| one.holding.role == HoldingRole::Accountable && exists(state, parent, when));
            if !accountable.is_empty() {
                accountable.iter_mut().for_each(|one| one.via = Some(parent.id().clone()));
                break;
            }
            evidence.extend(last_ended(&above, day));
        }
    }
    let mut on = OnDay { status: Status::Outside, accountable, executors, others, evidence: Vec::new() };
    for one in on.accountable.iter().chain(&on.executors).chain(&on.others) {
        evidence.extend(one.holding.evidence());
    }
    on.evidence = evidence.into_iter().collect();
    if exists(state, of, when) {
        on.status = match on.answering(state).len() {
            0 => Status::Orphan,
            1 => Status::Held,
            _ => Status::Conflict,
        };
    }
    Some(on)
}

/// The entries of the accountable holdings that were the last to end on or before the day.
fn last_ended(fold: &Fold, day: Date) -> Vec<Seq> {
    let over = |holding: &&Arc<Holding>| holding.role == HoldingRole::Accountable;
    let ends = fold.holdings.iter().filter(over).flat_map(|holding| {
        holding.spans.iter().filter(|span| span.until <= day).map(move |span| (span.until, holding))
    });
    let all: Vec<_> = ends.collect();
    let last = all.iter().map(|(until, _)| *until).max();
    all.iter().filter(|(until, _)| Some(*until) == last).flat_map(|(_, h)| h.evidence()).collect()
}

/// The holdings of an agency in a role on a day, dormant or not; a move takes all of them.
#[must_use]
pub fn holders(
    state: &State,
    id: &ResponsibilityId,
    role: HoldingRole,
    agency: &AgencyId,
    day: Date,
) -> Vec<Held> {
    let mut all = held(state, id, &state.fold(id), When::Day(day));
    all.retain(|one| one.holding.role == role && one.holding.agency == *agency);
    all
}
