//! Whether the authority of a decision or an act is alive on its day (DOMAIN section 7, broken-authority).

use super::super::event::act::ActRecorded;
use super::super::event::agency::Power;
use super::super::event::decision::{Capacity, Decider, DecisionRecorded};
use super::super::{AgencyId, AssignmentId, Date, ResponsibilityId, Subject};
use super::State;
use super::act::Act;
use super::dated::Told as _;
use super::decision::{Authority, Decision};

impl State {
    /// Whether a decision rested on a living authority, as known when it was recorded and by now.
    #[must_use]
    pub fn authority_of_decision(&self, of: &Decision) -> Authority {
        known(of.authority_then, || of_decision(self, &of.recorded.data))
    }

    /// The same of an act.
    #[must_use]
    pub fn authority_of_act(&self, of: &Act) -> Authority {
        known(of.authority_then, || of_act(self, &of.recorded.data))
    }
}

fn known(then: Authority, now: impl FnOnce() -> Authority) -> Authority {
    match then {
        Authority::Alive if now() == Authority::WithoutAuthority => Authority::AnnulledLater,
        then => then,
    }
}

/// What an authority is judged by: who acts, as what, under what, about what, when.
struct Claimed<'a> {
    actor: &'a AgencyId,
    capacity: Capacity,
    under: Option<&'a AssignmentId>,
    about: Vec<ResponsibilityId>,
    day: Date,
}

/// Whether the authority of a decision was alive. Forums, courts and overseers are not judged.
pub(super) fn of_decision(state: &State, data: &DecisionRecorded) -> Authority {
    let Decider::Agency(actor) = &data.decided_by else { return Authority::Unknown };
    if state.has_power(actor, Power::Court) || state.has_power(actor, Power::Overseer) {
        return Authority::Unknown;
    }
    let about = responsibilities(state, &data.about, data.decided_on);
    let (capacity, under, day) = (data.capacity, data.under.as_ref(), data.decided_on);
    judge(state, &Claimed { actor, capacity, under, about, day })
}

/// Whether the authority of an act was alive.
pub(super) fn of_act(state: &State, data: &ActRecorded) -> Authority {
    let about = vec![data.responsibility.clone()];
    let (actor, capacity, under, day) = (&data.agency, data.capacity, data.under.as_ref(), data.on);
    judge(state, &Claimed { actor, capacity, under, about, day })
}

/// Judges by day, zero-day holdings counting: in capacity `own` the actor holds every responsibility
/// it acts on; in another, the holding it acts under is alive.
fn judge(state: &State, claimed: &Claimed<'_>) -> Authority {
    let day = claimed.day;
    let alive = match (claimed.under, claimed.capacity) {
        (Some(under), _) => state.holding(under).is_some_and(|(_, holding)| holding.was_alive_on(day)),
        (None, Capacity::Own) => {
            if claimed.about.is_empty() {
                return Authority::Unknown;
            }
            claimed.about.iter().all(|id| holds(state, id, claimed))
        }
        (None, _) => return Authority::Unknown,
    };
    if alive { Authority::Alive } else { Authority::WithoutAuthority }
}

/// The responsibilities that something is about, directly or by a handoff, a programme as it was
/// that day, or a claim about one of these.
fn responsibilities(state: &State, about: &[Subject], day: Date) -> Vec<ResponsibilityId> {
    let mut ids = Vec::new();
    let claim = |subject: &Subject| state.claims.get(subject.as_str().strip_prefix("c:")?);
    let claimed = about.iter().filter_map(claim).flat_map(|claim| &claim.raised.data.about);
    for subject in about.iter().chain(claimed) {
        match subject.as_str().split_once(':') {
            Some(("r", id)) => ids.extend(ResponsibilityId::parse(id).ok()),
            Some(("h", id)) => {
                if let Some(handoff) = state.handoffs.get(id) {
                    ids.extend(handoff.proposed.data.responsibilities.iter().cloned());
                }
            }
            Some(("p", id)) => {
                if let Some(programme) = state.programmes.get(id) {
                    ids.extend(programme.on(day).responsibilities().iter().cloned());
                }
            }
            _ => {}
        }
    }
    ids
}

fn holds(state: &State, id: &ResponsibilityId, claimed: &Claimed<'_>) -> bool {
    let (actor, day) = (claimed.actor, claimed.day);
    let fold = state.fold(id);
    let own = fold.holdings.iter().any(|holding| holding.agency == *actor && holding.was_alive_on(day));
    own || super::super::timeline::on(state, id, day)
        .is_some_and(|on| on.accountable.iter().any(|held| held.holding.agency == *actor))
}
