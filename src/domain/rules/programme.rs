//! Rules of programmes (DOMAIN sections 4 and 6).

use std::collections::BTreeSet;

use super::super::event::programme::{
    Goal, ProgrammeChanged, ProgrammeEnded, ProgrammeReported, ProgrammeStarted,
};
use super::super::state::dated::Told as _;
use super::super::state::programme::Programme;
use super::super::{AgencyId, Code, Date, ProgrammeId, ResponsibilityId};
use super::require::{missing, wrong};
use super::{Case, Refusal};

/// A programme as the record stands.
fn there(case: &Case<'_>, id: &ProgrammeId) -> Result<Programme, Refusal> {
    let there = case.state.programmes.get(id);
    let there = there.ok_or_else(|| missing("programme", id.as_str(), "data.programme"))?;
    Ok(there.before(case.place()))
}

/// At least one responsibility; goals by ids of their own.
fn form(responsibilities: Option<&[ResponsibilityId]>, goals: &[Goal]) -> Result<(), Refusal> {
    if responsibilities.is_some_and(<[_]>::is_empty) {
        let detail = "a programme names at least one responsibility it is in discharge of";
        return Err(Refusal::new(Code::Malformed, detail).field("data.responsibilities"));
    }
    let unique: BTreeSet<_> = goals.iter().map(|goal| &goal.goal).collect();
    if unique.len() != goals.len() {
        let detail = "goal ids are unique within a programme";
        return Err(Refusal::new(Code::Malformed, detail).field("data.goals"));
    }
    Ok(())
}

/// Whom and what a programme names is there.
fn named(
    case: &Case<'_>,
    coordinator: Option<&AgencyId>,
    members: &[AgencyId],
    responsibilities: &[ResponsibilityId],
    goals: &[Goal],
) -> Result<(), Refusal> {
    coordinator.map_or(Ok(()), |id| case.agency_known(id, "data.coordinator"))?;
    members.iter().try_for_each(|id| case.agency_known(id, "data.members"))?;
    responsibilities.iter().try_for_each(|id| case.responsibility(id, "data.responsibilities").map(drop))?;
    goals.iter().try_for_each(|goal| case.agency_known(&goal.by, "data.goals"))
}

fn coordinates(case: &Case<'_>, coordinator: &AgencyId) -> Result<(), Refusal> {
    case.party(case.is(coordinator), "the coordinator")
}

pub(in crate::domain) fn started(case: &Case<'_>, data: &ProgrammeStarted) -> Result<(), Refusal> {
    form(Some(&data.responsibilities), &data.goals)?;
    named(case, Some(&data.coordinator), &data.members, &data.responsibilities, &data.goals)?;
    case.basis_known(data.basis.as_ref())?;
    coordinates(case, &data.coordinator)?;
    case.after()?;
    let taken = case.state.programmes.contains_key(&data.programme);
    case.free(taken, data.programme.as_str(), "data.programme")
}

pub(in crate::domain) fn changed(case: &Case<'_>, data: &ProgrammeChanged) -> Result<(), Refusal> {
    let goals = data.goals.as_deref().unwrap_or_default();
    form(data.responsibilities.as_deref(), goals)?;
    let there = there(case, &data.programme)?;
    let (members, of) = (data.members.as_deref(), data.responsibilities.as_deref());
    let coordinator = data.coordinator.as_ref();
    named(case, coordinator, members.unwrap_or_default(), of.unwrap_or_default(), goals)?;
    case.basis_known(data.basis.as_ref())?;
    coordinates(case, there.coordinator())?;
    case.after()?;
    runs(&there, case.today)
}

pub(in crate::domain) fn reported(case: &Case<'_>, data: &ProgrammeReported) -> Result<(), Refusal> {
    let there = there(case, &data.programme)?;
    let goal = there.goals().iter().find(|goal| goal.goal == data.goal);
    let goal = goal.ok_or_else(|| missing("goal", data.goal.as_str(), "data.goal"))?;
    case.party(case.is(&goal.by), "who the goal says reports on it")?;
    case.after()?;
    case.on(Some(data.on), Date::MIN)?;
    runs(&there, data.on)
}

pub(in crate::domain) fn ended(case: &Case<'_>, data: &ProgrammeEnded) -> Result<(), Refusal> {
    let there = there(case, &data.programme)?;
    coordinates(case, there.coordinator())?;
    case.after()?;
    runs(&there, Date::MAX)
}

/// The programme has not ended by a day.
fn runs(there: &Programme, day: Date) -> Result<(), Refusal> {
    match there.ended_by(day) {
        Some(fact) => {
            let detail = format!("the programme ended on {}; start another", fact.data.effective);
            Err(wrong(detail).seq(fact.by))
        }
        None => Ok(()),
    }
}
