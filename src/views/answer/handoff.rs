//! Handoffs: what passes, where it stands on a day, whom it waits on.

use serde::Serialize;

use crate::domain::event::assignment::HoldingRole;
use crate::domain::event::handoff::{Regime, StepKind};
use crate::domain::state::handoff::{Handoff, HandoffState, Standing};
use crate::domain::waiting::{self, For, Wait};
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
    waits: Vec<WaitShape>,
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

/// What is waited for.
#[derive(Debug, Serialize)]
struct WaitShape {
    #[serde(rename = "for")]
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservation: Option<Name>,
    on: AgencyId,
    since: Date,
    too_late: Option<Date>,
}

/// Handoffs that were proposed by a day, after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.handoffs, after);
    Items::take(limit, all.filter_map(|(id, handoff)| Some((id.to_string(), answer(known, handoff, day)?))))
}

/// One, if it was proposed by that day.
#[must_use]
pub fn one(known: &Known, day: Date, id: &HandoffId) -> Option<Answer> {
    answer(known, known.state.handoffs.get(id)?, day)
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

fn answer(known: &Known, handoff: &Handoff, day: Date) -> Option<Answer> {
    if day < handoff.own_date() {
        return None;
    }
    let data = &handoff.proposed.data;
    let standing = handoff.standing(day);
    let waits = waiting::waits(handoff, &standing, day, known.state.policy().stalled_days);
    let steps = standing.steps.iter().filter(|on| on.dropped.is_none()).map(|on| StepShape {
        step: on.step.step.clone(),
        kind: on.step.kind,
        by: on.step.by.clone(),
        due: on.step.due,
        done: on.done.map(|(seq, _)| seq),
        confirmed: on.confirmed.map(|(seq, _)| seq),
    });
    let reservations = standing.reservations.iter().map(|reserved| ReservationShape {
        reservation: reserved.reservation.reservation.clone(),
        lifted: reserved.lifted.map(|(seq, _)| seq),
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
        waiting_on: waits.first().map(|wait| wait.on.clone()),
        waits: waits.iter().map(shape).collect(),
        age_days: waiting::age(handoff, &standing, day),
        basis: basis(handoff.basis()),
        evidence: standing.evidence,
    })
}

fn shape(wait: &Wait) -> WaitShape {
    let (what, step, reservation) = match &wait.what {
        For::Acceptance => ("acceptance", None, None),
        For::Acknowledgement => ("acknowledgement", None, None),
        For::Step(step) => ("step", Some(step.clone()), None),
        For::Reservation(reservation) => ("reservation", None, Some(reservation.clone())),
        For::Closing => ("closing", None, None),
    };
    WaitShape { what, step, reservation, on: wait.on.clone(), since: wait.since, too_late: wait.too_late }
}
