//! Handoffs: what passes, where it stands on a day, whom it waits on.

use serde::Serialize;

use crate::domain::event::assignment::HoldingRole;
use crate::domain::event::handoff::{Regime, StepKind};
use crate::domain::state::handoff::{Handoff, HandoffState, Standing, StepOn};
use crate::domain::{AgencyId, Date, HandoffId, Name, ResponsibilityId, Seq};

use super::super::Known;
use super::Items;
use super::holding::basis;

/// A handoff on a day.
#[derive(Debug, Serialize)]
pub struct Answer {
    handoff: HandoffId,
    responsibilities: Vec<ResponsibilityId>,
    from: AgencyId,
    to: AgencyId,
    role: HoldingRole,
    regime: Regime,
    instead_of: Option<Seq>,
    state: HandoffState,
    unverified: Vec<Name>,
    acknowledged: Option<Seq>,
    effective: Date,
    due: Option<Date>,
    steps: Vec<StepShape>,
    reservations: Vec<ReservationShape>,
    waiting_on: Option<AgencyId>,
    age_days: i64,
    basis: Vec<serde_json::Value>,
    evidence: Vec<Seq>,
}

#[derive(Debug, Serialize)]
struct StepShape {
    step: Name,
    kind: StepKind,
    by: AgencyId,
    due: Option<Date>,
    done: Option<Seq>,
    confirmed: Option<Seq>,
}

#[derive(Debug, Serialize)]
struct ReservationShape {
    reservation: Name,
    lifted: Option<Seq>,
}

/// Handoffs that were proposed by a day, after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.handoffs, after);
    Items::take(limit, all.filter_map(|(id, handoff)| Some((id.to_string(), answer(handoff, day)?))))
}

/// One, if it was proposed by that day.
#[must_use]
pub fn one(known: &Known, day: Date, id: &HandoffId) -> Option<Answer> {
    answer(known.state.handoffs.get(id)?, day)
}

/// Whether it is under way on a day: proposed, accepted, or in effect and not closed.
pub(super) fn is_open(handoff: &Handoff, day: Date) -> bool {
    let open = [HandoffState::Proposed, HandoffState::Accepted, HandoffState::Effective];
    day >= handoff.own_date() && open.contains(&state(handoff, &handoff.standing(day)))
}

/// What is observed is closed by its own entry (DOMAIN rule 3).
fn state(handoff: &Handoff, standing: &Standing) -> HandoffState {
    match (handoff.proposed.data.regime, standing.state) {
        (Regime::Observed, HandoffState::Effective | HandoffState::Proposed) => HandoffState::Closed,
        (_, state) => state,
    }
}

fn answer(handoff: &Handoff, day: Date) -> Option<Answer> {
    if day < handoff.own_date() {
        return None;
    }
    let data = &handoff.proposed.data;
    let standing = handoff.standing(day);
    let last_day = standing.void.or(standing.closed).or(standing.reversed).map_or(day, |(_, ended)| ended);
    let steps = standing.steps.iter().filter(|on| on.dropped.is_none()).map(|on| StepShape {
        step: on.step.step.clone(),
        kind: on.step.kind,
        by: on.step.by.clone(),
        due: on.step.due,
        done: on.done.map(|(seq, _)| seq),
        confirmed: on.confirmed.map(|(seq, _)| seq),
    });
    let reservations = standing.reservations.iter().map(|(reservation, lifted)| ReservationShape {
        reservation: reservation.reservation.clone(),
        lifted: *lifted,
    });
    Some(Answer {
        handoff: handoff.id().clone(),
        responsibilities: data.responsibilities.clone(),
        from: data.from.clone(),
        to: data.to.clone(),
        role: handoff.role(),
        regime: data.regime,
        instead_of: data.instead_of,
        state: state(handoff, &standing),
        unverified: handoff.unverified(day),
        acknowledged: standing.acknowledged.map(|(seq, _)| seq),
        effective: standing.effective,
        due: standing.due,
        steps: steps.collect(),
        reservations: reservations.collect(),
        waiting_on: waiting_on(handoff, &standing),
        age_days: last_day.days_since(handoff.own_date()).max(0),
        basis: basis(handoff.basis()),
        evidence: standing.evidence,
    })
}

/// Whom the next thing to do is left to; nobody when it has ended or only its day must come.
fn waiting_on(handoff: &Handoff, standing: &Standing) -> Option<AgencyId> {
    let data = &handoff.proposed.data;
    let to = Some(data.to.clone());
    match (standing.state, data.regime) {
        (HandoffState::Declined | HandoffState::Withdrawn | HandoffState::Lapsed, _)
        | (HandoffState::Closed | HandoffState::Reversed, _)
        | (_, Regime::Observed) => return None,
        (HandoffState::Proposed, Regime::ByAgreement) => return to,
        (_, Regime::ByLaw) if standing.acknowledged.is_none() => return to,
        _ => {}
    }
    let open = |step: &&StepOn| step.confirmed.is_none() && step.dropped.is_none();
    let may_start = |step: &&StepOn| {
        let ready = |name: &Name| {
            standing
                .steps
                .iter()
                .all(|other| other.step.step != *name || other.done.is_some() || other.dropped.is_some())
        };
        step.step.after.iter().all(ready)
    };
    match standing.steps.iter().filter(open).find(may_start) {
        Some(step) if step.done.is_none() => Some(step.step.by.clone()),
        Some(_) => to,
        // Lifting reservations and closing are left to the receiver, once it has taken effect.
        None if standing.open_reservation().is_some() || standing.state == HandoffState::Effective => to,
        None => None,
    }
}
