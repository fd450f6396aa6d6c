//! Whether the authority of a decision or an act is alive when it is done: by time where that and the
//! day's changes have one, else by day (DOMAIN section 7, broken-authority).

#[cfg(test)]
mod tests;

use super::super::event::act::ActRecorded;
use super::super::event::agency::Power;
use super::super::event::decision::{Capacity, Decider, DecisionRecorded};
use super::super::{AgencyId, AssignmentId, Date, ResponsibilityId, Seq, Subject, Time, timeline};
use super::State;
use super::act::Act;
use super::dated::Told as _;
use super::decision::{Authority, Decision};
use super::fact::Fact;
use super::fold::{Moment, Point};

impl State {
    /// Whether a decision rested on a living authority, as known when it was recorded and by now.
    #[must_use]
    pub fn authority_of_decision(&self, of: &Decision) -> Authority {
        known(of.authority_then, || of_decision(self, &of.recorded))
    }

    /// The same of an act.
    #[must_use]
    pub fn authority_of_act(&self, of: &Act) -> Authority {
        known(of.authority_then, || of_act(self, &of.recorded.data, of.recorded.seq))
    }
}

fn known(then: Authority, now: impl FnOnce() -> Authority) -> Authority {
    match then {
        Authority::Alive if now() == Authority::WithoutAuthority => Authority::AnnulledLater,
        then @ (Authority::Alive
        | Authority::WithoutAuthority
        | Authority::AnnulledLater
        | Authority::Unknown) => then,
    }
}

/// What an authority is judged by: who acts, as what, under what, about what, when.
struct Claimed<'a> {
    actor: &'a AgencyId,
    capacity: Capacity,
    under: Option<&'a AssignmentId>,
    about: Vec<ResponsibilityId>,
    when: Moment,
}

/// When something recorded at a place was done.
fn moment(day: Date, time: Option<&Time>, seq: Seq) -> Moment {
    Moment { day, point: time.map(|time| Point { time: time.instant, seq }) }
}

/// Whether the authority of a decision recorded at a place was alive. Forums, courts and overseers are
/// not judged.
pub(super) fn of_decision(state: &State, of: &Fact<DecisionRecorded>) -> Authority {
    let (data, day) = (&of.data, of.own_date());
    let Decider::Agency(actor) = &data.decided_by else { return Authority::Unknown };
    if state.has_power(actor, Power::Court) || state.has_power(actor, Power::Overseer) {
        return Authority::Unknown;
    }
    let about = responsibilities(state, &data.about, day);
    let when = moment(day, data.time.as_ref(), of.seq);
    judge(state, &Claimed { actor, capacity: data.capacity, under: data.under.as_ref(), about, when })
}

/// Whether the authority of an act recorded at a place was alive.
pub(super) fn of_act(state: &State, data: &ActRecorded, seq: Seq) -> Authority {
    let about = vec![data.responsibility.clone()];
    let when = moment(data.on, data.time.as_ref(), seq);
    let (actor, under) = (&data.agency, data.under.as_ref());
    judge(state, &Claimed { actor, capacity: data.capacity, under, about, when })
}

/// In capacity `own` the actor holds every responsibility it acts on; in another, the holding it acts
/// under is alive.
fn judge(state: &State, claimed: &Claimed<'_>) -> Authority {
    let alive = match (claimed.under, claimed.capacity) {
        (Some(under), _) => state.holding(under).is_some_and(|(_, held)| held.was_alive_at(claimed.when)),
        (None, Capacity::Own) => {
            if claimed.about.is_empty() {
                return Authority::Unknown;
            }
            claimed.about.iter().all(|id| holds(state, id, claimed.actor, claimed.when))
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

/// Whether an agency holds a responsibility as anything, or answers for it because nobody is accountable
/// for the responsibility itself.
fn holds(state: &State, id: &ResponsibilityId, agency: &AgencyId, when: Moment) -> bool {
    let Some(of) = state.responsibilities.get(id) else { return false };
    let fold = state.fold(id);
    if fold.around(when.day).any(|held| held.agency == *agency && held.was_alive_at(when)) {
        return true;
    }
    if fold.accountable_at(when).next().is_some() {
        return false;
    }
    let above = timeline::via::above(state, of, when.day);
    for parent in above.filter(|above| timeline::exists_on(state, above, when.day)) {
        let fold = state.fold(parent.id());
        let mut answering = fold.accountable_at(when).peekable();
        if answering.peek().is_some() {
            return answering.any(|held| held.agency == *agency);
        }
    }
    false
}
