//! `handoff.lapsed`: what the ledger's clock must say before a statement is decided (DOMAIN section 6,
//! "Lapse"). That a handoff lapses follows from the record; the entry is evidence of it.

use std::collections::BTreeSet;

use super::super::event::handoff::HandoffLapsed;
use super::super::state::handoff::Handoff;
use super::super::subjects::about;
use super::super::{Date, HandoffId, Instant, Past, ResponsibilityId, State, Statement};

/// The first handoff of which the ledger must say that it has lapsed before this statement is decided: its
/// day has come, no entry says that day and rule, and the statement links the handoff or one of its
/// responsibilities. Asked again once that entry is written.
#[must_use]
pub fn lapse(state: &State, statement: &Statement, at: Instant, past: &dyn Past) -> Option<HandoffLapsed> {
    if state.says_every_lapse() {
        return None;
    }
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
                let of = ResponsibilityId::parse(id).ok();
                ids.extend(of.into_iter().flat_map(|of| state.unsaid_of(&of, today)).cloned());
            }
            _ => {}
        }
    }
    ids.into_iter().find_map(|id| due(state.handoffs.get(&id)?, today))
}

/// What is to be said of a handoff that has lapsed by a day, be it long ago: it is of its own day (`on`).
pub(super) fn due(handoff: &Handoff, today: Date) -> Option<HandoffLapsed> {
    let lapse = handoff.unsaid_lapse().filter(|lapse| lapse.day <= today)?;
    Some(HandoffLapsed {
        handoff: handoff.id().clone(),
        rule: lapse.rule,
        on: Some(lapse.day),
        time: None,
        approvals: Vec::new(),
        source: None,
        unverified: Vec::new(),
    })
}
