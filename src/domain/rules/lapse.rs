//! `handoff.lapsed`: what the ledger's clock must say before a statement is decided (DOMAIN section 4).

use std::collections::BTreeSet;

use super::super::event::handoff::{HandoffLapsed, LapseRule, Regime};
use super::super::state::fold::Ended;
use super::super::state::handoff::{Handoff, HandoffState};
use super::super::subjects::mentioned;
use super::super::{Date, Event, HandoffId, Instant, Seq, Speaker, State, Statement, Voice};

/// The handoffs that lapse before this statement is decided, in the order their entries are
/// written: its day has come, and the statement links the handoff or one of its responsibilities.
#[must_use]
pub fn lapses(state: &State, statement: &Statement, at: Instant) -> Vec<HandoffLapsed> {
    let event = Event {
        seq: Seq(state.size),
        at,
        speaker: Speaker::Ledger(Voice::Clock),
        statement: statement.clone(),
    };
    let today = state.today(at);
    let mut ids: BTreeSet<HandoffId> = BTreeSet::new();
    for subject in mentioned(state, &event) {
        match subject.as_str().split_once(':') {
            Some(("h", id)) => ids.extend(HandoffId::parse(id).ok()),
            Some(("r", id)) => {
                if let Some(there) = state.responsibilities.get(id) {
                    ids.extend(there.handoffs.iter().cloned());
                }
            }
            _ => {}
        }
    }
    let due = |id: HandoffId| due(state, state.handoffs.get(&id)?, today);
    ids.into_iter().filter_map(due).collect()
}

/// The lapse of a handoff whose day has come.
pub(super) fn due(state: &State, handoff: &Handoff, today: Date) -> Option<HandoffLapsed> {
    if handoff.proposed.data.regime != Regime::ByAgreement {
        return None;
    }
    let standing = handoff.standing(today);
    if !standing.is_open() {
        return None;
    }
    let grace = i64::try_from(state.policy().lapse_days_after_due).unwrap_or(i64::MAX);
    let expired = standing.state == HandoffState::Proposed
        && standing.due.is_some_and(|due| due.plus_days(grace) <= today);
    let rule = if expired {
        LapseRule::Expired
    } else if overtaken(state, handoff, today) {
        LapseRule::Overtaken
    } else {
        return None;
    };
    Some(HandoffLapsed {
        handoff: handoff.id().clone(),
        rule,
        on: None,
        time: None,
        approvals: Vec::new(),
        source: None,
        unverified: Vec::new(),
    })
}

/// Whether anything else has ended the giver's holding of the role since the proposal.
fn overtaken(state: &State, handoff: &Handoff, today: Date) -> bool {
    let (data, role) = (&handoff.proposed.data, handoff.role());
    let moved_by = handoff.moves().map(|moves| moves.seq);
    data.responsibilities.iter().any(|id| {
        let fold = state.fold(id);
        let of_giver =
            |h: &&std::sync::Arc<super::super::state::fold::Holding>| h.agency == data.from && h.role == role;
        let holdings: Vec<_> = fold.holdings.iter().filter(of_giver).collect();
        let alive = holdings.iter().any(|holding| holding.is_alive_on(today));
        let ended = holdings.iter().flat_map(|holding| &holding.spans).any(|span| {
            span.until <= today
                && span.until >= handoff.own_date()
                && span.ended.is_some_and(|end| Some(end.by) != moved_by || end.reason != Ended::Transferred)
        });
        ended && !alive
    })
}
