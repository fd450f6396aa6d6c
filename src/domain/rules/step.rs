//! Rules of a handoff's steps and reservations (DOMAIN sections 4 and 6).

use super::super::event::agency::Power;
use super::super::state::handoff::{Handoff, HandoffState, Standing};
use super::super::{AgencyId, Data, Name};
use super::handoff::state;
use super::require::{missing, wrong};
use super::{Case, Refusal};

pub(super) fn check(
    case: &Case<'_>,
    (from, to): (&AgencyId, &AgencyId),
    there: &Handoff,
    standing: &Standing,
) -> Result<(), Refusal> {
    let find = |name: &Name| {
        let found = standing.steps.iter().find(|s| s.step.step == *name);
        found.ok_or_else(|| missing("step", name.as_str(), "data.step"))
    };
    let follows = there.own_date();
    let alive = [HandoffState::Proposed, HandoffState::Accepted, HandoffState::Effective];
    match &case.statement.data {
        Data::HandoffStepAdded(data) => {
            case.agency_known(&data.by, "data.by")?;
            case.basis_known(data.basis.as_ref())?;
            let may = case.is(from) || case.is(to) || case.has(Power::Registrar);
            case.party(may, "a party or the registrar")?;
            case.after()?;
            case.on(data.on, follows)?;
            state(standing, &alive)?;
            let taken = standing.steps.iter().any(|s| s.step.step == data.step);
            case.free(taken, data.step.as_str(), "data.step")
        }
        Data::HandoffStepDone(data) => {
            let step = find(&data.step)?;
            case.party(case.is(&step.step.by), "who does the step")?;
            case.after()?;
            case.on(data.on, follows)?;
            state(standing, &alive)?;
            let waits = step.step.after.iter().find(|name| {
                standing
                    .steps
                    .iter()
                    .any(|s| s.step.step == **name && s.done.is_none() && s.dropped.is_none())
            });
            match (waits, step.done.or(step.dropped)) {
                (_, Some((seq, _))) => Err(wrong("the step is done or dropped already").seq(seq)),
                (Some(name), None) => Err(wrong(format!("step {name} comes first"))),
                (None, None) => Ok(()),
            }
        }
        Data::HandoffStepConfirmed(data) => {
            let step = find(&data.step)?;
            case.party(case.is(to), "the receiver")?;
            case.after()?;
            case.on(data.on, step.done.map_or(follows, |(_, day)| day))?;
            state(standing, &alive)?;
            match (step.done, step.confirmed.or(step.dropped)) {
                (_, Some((seq, _))) => Err(wrong("the step is confirmed or dropped already").seq(seq)),
                (None, None) => Err(wrong("the step is not done yet")),
                (Some(_), None) => Ok(()),
            }
        }
        Data::HandoffReservationLifted(data) => {
            let found = standing.reservations.iter().find(|(r, _)| r.reservation == data.reservation);
            let (_, lifted) =
                found.ok_or_else(|| missing("reservation", data.reservation.as_str(), "data.reservation"))?;
            case.party(case.is(to), "the receiver")?;
            case.after()?;
            case.on(data.on, follows)?;
            state(standing, &alive)?;
            lifted.map_or(Ok(()), |seq| Err(wrong("the reservation is lifted already").seq(seq)))
        }
        _ => Ok(()),
    }
}
