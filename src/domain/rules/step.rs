//! Rules of a handoff's steps and reservations (DOMAIN sections 4 and 6).

use super::super::Name;
use super::super::event::agency::Power;
use super::super::event::handoff::{
    HandoffReservationLifted, HandoffStepAdded, HandoffStepConfirmed, HandoffStepDone,
};
use super::super::state::handoff::{HandoffState, Standing, StepOn};
use super::handoff::{state, there};
use super::require::{missing, wrong};
use super::{Case, Refusal};

const ALIVE: &[HandoffState] = &[HandoffState::Proposed, HandoffState::Accepted, HandoffState::Effective];

fn find<'s>(standing: &'s Standing, name: &Name) -> Result<&'s StepOn, Refusal> {
    let found = standing.steps.iter().find(|s| s.step.step == *name);
    found.ok_or_else(|| missing("step", name.as_str(), "data.step"))
}

pub(in crate::domain) fn added(case: &Case<'_>, data: &HandoffStepAdded) -> Result<(), Refusal> {
    let (there, standing) = there(case, &data.handoff)?;
    case.agency_known(&data.by, "data.by")?;
    case.basis_known(data.basis.as_ref())?;
    let parties = &there.proposed.data;
    let may = case.is(&parties.from) || case.is(&parties.to) || case.has(Power::Registrar);
    case.party(may, "a party or the registrar")?;
    case.after()?;
    case.on(data.on, there.own_date())?;
    state(&standing, ALIVE)?;
    let taken = standing.steps.iter().any(|s| s.step.step == data.step);
    case.free(taken, data.step.as_str(), "data.step")
}

pub(in crate::domain) fn done(case: &Case<'_>, data: &HandoffStepDone) -> Result<(), Refusal> {
    let (there, standing) = there(case, &data.handoff)?;
    let step = find(&standing, &data.step)?;
    case.party(case.is(&step.step.by), "who does the step")?;
    case.after()?;
    case.on(data.on, there.own_date())?;
    state(&standing, ALIVE)?;
    let open = |name: &&Name| {
        standing.steps.iter().any(|s| s.step.step == **name && s.done.is_none() && s.dropped.is_none())
    };
    match (step.step.after.iter().find(open), step.done.or(step.dropped)) {
        (_, Some((seq, _))) => Err(wrong("the step is done or dropped already").seq(seq)),
        (Some(name), None) => Err(wrong(format!("step {name} comes first"))),
        (None, None) => Ok(()),
    }
}

pub(in crate::domain) fn confirmed(case: &Case<'_>, data: &HandoffStepConfirmed) -> Result<(), Refusal> {
    let (there, standing) = there(case, &data.handoff)?;
    let step = find(&standing, &data.step)?;
    case.party(case.is(&there.proposed.data.to), "the receiver")?;
    case.after()?;
    case.on(data.on, step.done.map_or(there.own_date(), |(_, day)| day))?;
    state(&standing, ALIVE)?;
    match (step.done, step.confirmed.or(step.dropped)) {
        (_, Some((seq, _))) => Err(wrong("the step is confirmed or dropped already").seq(seq)),
        (None, None) => Err(wrong("the step is not done yet")),
        (Some(_), None) => Ok(()),
    }
}

pub(in crate::domain) fn lifted(case: &Case<'_>, data: &HandoffReservationLifted) -> Result<(), Refusal> {
    let (there, standing) = there(case, &data.handoff)?;
    let found = standing.reservations.iter().find(|one| one.reservation.reservation == data.reservation);
    let reserved =
        found.ok_or_else(|| missing("reservation", data.reservation.as_str(), "data.reservation"))?;
    case.party(case.is(&there.proposed.data.to), "the receiver")?;
    case.after()?;
    case.on(data.on, there.own_date())?;
    state(&standing, ALIVE)?;
    reserved.lifted.map_or(Ok(()), |(seq, _)| Err(wrong("the reservation is lifted already").seq(seq)))
}
