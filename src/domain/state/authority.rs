//! Whether the authority of a decision is alive on its day (DOMAIN section 7, broken-authority).

use super::super::event::agency::Power;
use super::super::event::decision::{Capacity, Decider, DecisionRecorded};
use super::super::{AgencyId, ResponsibilityId, Subject};
use super::State;
use super::decision::Authority;

/// Judges by day, zero-day holdings counting: in capacity `own` the actor holds every responsibility
/// the decision is about, or those of the handoffs it is about; in another, the holding it acts
/// under is alive. Forums, courts and overseers are not judged.
pub(super) fn judge(state: &State, data: &DecisionRecorded) -> Authority {
    let Decider::Agency(actor) = &data.decided_by else { return Authority::Unknown };
    if state.has_power(actor, Power::Court) || state.has_power(actor, Power::Overseer) {
        return Authority::Unknown;
    }
    let day = data.decided_on;
    let alive = match (&data.under, data.capacity) {
        (Some(under), _) => state.holding(under).is_some_and(|(_, holding)| {
            holding.spans.iter().any(|s| s.from <= day && (day < s.until || s.from == day && s.until == day))
        }),
        (None, Capacity::Own) => {
            let about = responsibilities(state, &data.about);
            if about.is_empty() {
                return Authority::Unknown;
            }
            about.iter().all(|id| holds(state, id, actor, data))
        }
        (None, _) => return Authority::Unknown,
    };
    if alive { Authority::Alive } else { Authority::WithoutAuthority }
}

fn responsibilities(state: &State, about: &[Subject]) -> Vec<ResponsibilityId> {
    let mut ids = Vec::new();
    for subject in about {
        match subject.as_str().split_once(':') {
            Some(("r", id)) => ids.extend(ResponsibilityId::parse(id).ok()),
            Some(("h", id)) => {
                if let Some(handoff) = state.handoffs.get(id) {
                    ids.extend(handoff.proposed.data.responsibilities.iter().cloned());
                }
            }
            _ => {}
        }
    }
    ids
}

fn holds(state: &State, id: &ResponsibilityId, actor: &AgencyId, data: &DecisionRecorded) -> bool {
    let day = data.decided_on;
    let own = state.fold(id).holdings.iter().any(|holding| {
        holding.agency == *actor
            && holding
                .spans
                .iter()
                .any(|s| s.from <= day && (day < s.until || s.from == day && s.until == day))
    });
    own || super::super::timeline::on(state, id, day)
        .is_some_and(|on| on.accountable.iter().any(|held| held.holding.agency == *actor))
}
