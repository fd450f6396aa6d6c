//! Whether a finding follows from what is unknown or not verified (DOMAIN section 3, "`unverified` in answers" 4).

use super::super::state::State;
use super::super::state::sure::{Sure as _, names};
use super::super::timeline;
use super::super::{AssignmentId, Date, ResponsibilityId};
use super::{Finding, Kind};

/// Fields of a finding's answer that rest on a date or field that is unknown or not verified.
#[must_use]
pub fn unsure(state: &State, finding: &Finding, day: Date) -> Vec<&'static str> {
    let (itself, since) = match finding.kind {
        Kind::Orphan | Kind::Conflict | Kind::Duplication | Kind::Overlap => by_holders(state, finding, day),
        Kind::Stalled | Kind::Dispute | Kind::BrokenAuthority | Kind::Unplaced => {
            let sure = rests_on_sure(state, finding);
            (!sure, !sure)
        }
    };
    [("finding", itself), ("since", since)]
        .into_iter()
        .filter(|(_, not)| *not)
        .map(|(field, _)| field)
        .collect()
}

/// Whether who answers that day is not sure, and whether what began the finding is not.
fn by_holders(state: &State, finding: &Finding, day: Date) -> (bool, bool) {
    let about = finding.about.iter().filter_map(|subject| subject.as_str().strip_prefix("r:"));
    let about: Vec<ResponsibilityId> = about.filter_map(|id| ResponsibilityId::parse(id).ok()).collect();
    let itself = about.iter().any(|id| {
        let on = timeline::on(state, id, day);
        on.is_some_and(|on| timeline::is_unsure(state, id, (on.status, &on.accountable), day))
    });
    let since =
        finding.since.is_some_and(|since| about.iter().any(|id| timeline::turns_unsure(state, id, since)));
    (itself, since)
}

/// Whether the dates of the object that the key names, and of the holding that it rests on, are sure.
fn rests_on_sure(state: &State, finding: &Finding) -> bool {
    let id = finding.key.split_once(':').map_or("", |(_, id)| id);
    let holding = |id: Option<&AssignmentId>| {
        let held = id.and_then(|id| state.holding(id));
        held.is_none_or(|(_, held)| held.spans.iter().all(|span| !span.unsure && !held.ends_unsure(span)))
    };
    let decision = state.decisions.get(id).map(|of| {
        let data = &of.recorded.data;
        data.is_sure() && holding(data.under.as_ref())
    });
    let act = state.acts.get(id).map(|of| {
        let data = &of.recorded.data;
        !names(&data.unverified, &["on"]) && holding(data.under.as_ref())
    });
    let handoff = state.handoffs.get(id).map(|of| of.is_sure());
    let claim = state.claims.get(id).map(|of| !names(&of.raised.data.unverified, &["on"]));
    let unplaced = AssignmentId::parse(id).ok().filter(|_| finding.kind == Kind::Unplaced);
    let unplaced = unplaced.map(|id| holding(Some(&id)));
    [decision, act, unplaced, handoff.filter(|_| finding.kind == Kind::Stalled), claim]
        .into_iter()
        .flatten()
        .all(|sure| sure)
}
