//! `handoff.lapsed`: what the ledger's clock must say before a statement is decided (DOMAIN section 4).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::event::handoff::{HandoffLapsed, LapseRule, Regime};
use super::super::state::fold::{Ended, Holding};
use super::super::state::handoff::{Handoff, HandoffState};
use super::super::subjects::about;
use super::super::{Date, HandoffId, Instant, Past, State, Statement};

/// The first handoff that lapses before this statement is decided: its day has come, and the statement
/// links the handoff or one of its responsibilities. Asked again once its entry is written: what one
/// lapse takes back may be what another rests on.
#[must_use]
pub fn lapse(state: &State, statement: &Statement, at: Instant, past: &dyn Past) -> Option<HandoffLapsed> {
    let today = state.today(at);
    let mut ids: BTreeSet<HandoffId> = BTreeSet::new();
    let mut links = BTreeSet::new();
    about(&mut links, state, &statement.data);
    let named = statement.about_entry().and_then(|seq| past.entry(seq));
    links.extend(named.into_iter().flat_map(|earlier| earlier.links.into_keys()));
    for subject in links {
        match subject.as_str().split_once(':') {
            Some(("h", id)) => ids.extend(HandoffId::parse(id).ok()),
            Some(("r", id)) => {
                if let Some(there) = state.responsibilities.get(id) {
                    ids.extend(state.open_of(there.id()).cloned());
                }
            }
            _ => {}
        }
    }
    let due = |id: HandoffId| due(state, state.handoffs.get(&id)?, today);
    ids.into_iter().find_map(due)
}

/// The lapse of a handoff whose day has come, be it long ago: it is of that day (`on`).
pub(super) fn due(state: &State, handoff: &Handoff, today: Date) -> Option<HandoffLapsed> {
    if handoff.proposed.data.regime != Regime::ByAgreement || handoff.is_ended() {
        return None;
    }
    let now = handoff.standing(today);
    let grace = i64::try_from(state.policy().lapse_days_after_due).unwrap_or(i64::MAX);
    let expired = now
        .due
        .filter(|_| now.accepted.is_none())
        .map(|due| due.plus_days(grace).max(handoff.proposed_on()))
        .filter(|day| handoff.standing(*day).state == HandoffState::Proposed)
        .map(|day| (day, LapseRule::Expired));
    let overtaken = overtaken(state, handoff)
        .filter(|day| handoff.standing(*day).is_open())
        .map(|day| (day, LapseRule::Overtaken));
    let (day, rule) = expired.into_iter().chain(overtaken).min_by_key(|(day, _)| *day)?;
    (day <= today).then(|| HandoffLapsed {
        handoff: handoff.id().clone(),
        rule,
        on: Some(day),
        time: None,
        approvals: Vec::new(),
        source: None,
        unverified: Vec::new(),
    })
}

/// The first day since the proposal on which anything else has ended the giver's holding of the role
/// and left it none.
fn overtaken(state: &State, handoff: &Handoff) -> Option<Date> {
    let (data, role) = (&handoff.proposed.data, handoff.role());
    let moved_by = handoff.moves().map(|moves| moves.seq);
    let first = |id| {
        let fold = state.fold(id);
        let of_giver = |h: &&Arc<Holding>| h.agency == data.from && h.role == role;
        let holdings: Vec<_> = fold.beyond(handoff.own_date().plus_days(-1)).filter(of_giver).collect();
        let ends = holdings.iter().flat_map(|holding| &holding.spans).filter(|span| {
            span.until >= handoff.own_date()
                && span.until < Date::MAX
                && span.ended.is_some_and(|end| Some(end.by) != moved_by || end.reason != Ended::Transferred)
        });
        ends.map(|span| span.until).filter(|day| !holdings.iter().any(|h| h.is_alive_on(*day))).min()
    };
    data.responsibilities.iter().filter_map(first).min()
}
