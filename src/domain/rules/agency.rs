//! Rules of agencies (DOMAIN rules 1 and 10).

use std::collections::BTreeSet;

use super::super::event::agency::{AgencyChanged, AgencyClosed, AgencyRegistered, Power};
use super::super::{AgencyId, Code, Speaker};
use super::require::wrong;
use super::{Case, Refusal};

pub(in crate::domain) fn registered(case: &Case<'_>, data: &AgencyRegistered) -> Result<(), Refusal> {
    data.parents.iter().try_for_each(|parent| case.agency_known(parent, "data.parents"))?;
    case.territory_known(data.territory.as_ref(), "data.territory")?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()?;
    if !data.powers.is_empty() && !matches!(case.speaker, Speaker::Ledger(_)) {
        case.approved_by_overseer(&parties(case, &data.agency))?;
    }
    case.after()?;
    case.free(case.state.agencies.contains_key(&data.agency), data.agency.as_str(), "data.agency")
}

pub(in crate::domain) fn changed(case: &Case<'_>, data: &AgencyChanged) -> Result<(), Refusal> {
    case.agency_known(&data.agency, "data.agency")?;
    data.parents.iter().flatten().try_for_each(|parent| case.agency_known(parent, "data.parents"))?;
    case.territory_known(data.territory.as_ref(), "data.territory")?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()?;
    if data.powers.is_some() {
        case.approved_by_overseer(&parties(case, &data.agency))?;
    }
    case.after()?;
    case.seen_on(data.on)?;
    match &data.powers {
        Some(powers) if !powers.contains(&Power::Registrar) => not_last_registrar(case, &data.agency),
        _ => Ok(()),
    }
}

pub(in crate::domain) fn closed(case: &Case<'_>, data: &AgencyClosed) -> Result<(), Refusal> {
    case.agency_known(&data.agency, "data.agency")?;
    data.successors.iter().try_for_each(|id| case.agency_known(id, "data.successors"))?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()?;
    let Some(agency) = case.state.agencies.get(&data.agency) else { return Ok(()) };
    if !agency.powers().is_empty() {
        let last = agency.powers().contains(&Power::Overseer) && overseers(case) == 1;
        let own = last && case.approvers().any(|by| *by == data.agency);
        if !own {
            case.approved_by_overseer(&parties(case, &data.agency))?;
        }
    }
    case.after()?;
    not_last_registrar(case, &data.agency)?;
    case.basis(data.basis.as_ref())?;
    if let Some(fact) = &agency.closed {
        return Err(wrong(format!("{} is closed already", data.agency)).seq(fact.by));
    }
    case.seen_on(data.on)?;
    if data.winding_up_until.is_some_and(|until| until < case.counts_from(data.effective, data.on)) {
        let refusal = Refusal::new(Code::BadDate, "winding up ends before the agency does");
        return Err(refusal.field("data.winding_up_until"));
    }
    Ok(())
}

fn parties<'a>(case: &'a Case<'_>, agency: &'a AgencyId) -> BTreeSet<&'a AgencyId> {
    case.agency().into_iter().chain([agency]).collect()
}

fn overseers(case: &Case<'_>) -> usize {
    let all = case.state.agencies.values();
    all.filter(|a| a.powers().contains(&Power::Overseer) && a.exists_on(case.today)).count()
}

fn not_last_registrar(case: &Case<'_>, leaving: &AgencyId) -> Result<(), Refusal> {
    let is = |agency: &AgencyId| case.state.has_power(agency, Power::Registrar);
    let other = case.state.agencies.iter().any(|(id, a)| id != leaving && is(id) && a.exists_on(case.today));
    if !is(leaving) || other {
        return Ok(());
    }
    let detail = format!("{leaving} is the last registrar; give the power to another agency first");
    Err(Refusal::new(Code::LastRegistrar, detail))
}
