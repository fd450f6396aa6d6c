//! Rules of acts (DOMAIN section 4, rules 6 and 9).

use super::super::event::act::ActRecorded;
use super::super::event::agency::Power;
use super::super::event::decision::Capacity;
use super::super::{AgencyId, Code, Date};
use super::decision::{Acting, capacity};
use super::require::wrong;
use super::{Case, Refusal};

/// An act outside the responsibility's period is admitted, and may lack authority (DOMAIN section 7).
pub(in crate::domain) fn recorded(case: &Case<'_>, data: &ActRecorded) -> Result<(), Refusal> {
    if data.capacity == Capacity::Deemed {
        let detail =
            "only a decision is deemed; an act is done as own, mandate, delegated, acting or automated";
        return Err(Refusal::new(Code::Malformed, detail).field("data.capacity"));
    }
    case.responsibility(&data.responsibility, "data.responsibility")?;
    case.agency_known(&data.agency, "data.agency")?;
    data.officer.iter().try_for_each(|id| case.agency_known(id, "data.officer"))?;
    data.on_behalf_of.iter().try_for_each(|id| case.agency_known(id, "data.on_behalf_of"))?;
    let under = data.under.as_ref().map(|id| case.assignment(id, "data.under")).transpose()?;
    let imported = case.has(Power::Registrar) && data.source.is_some();
    case.party(case.is(&data.agency) || imported, "the agency that acted, or the registrar with a source")?;
    case.after()?;
    let acting = Acting {
        capacity: data.capacity,
        actor: Some(&data.agency),
        on_behalf_of: data.on_behalf_of.as_ref(),
        day: data.on,
    };
    capacity(case, &acting, under.as_ref())?;
    data.officer.iter().try_for_each(|id| post(case, id))?;
    case.on(Some(data.on), Date::MIN)?;
    case.free(case.state.acts.contains_key(&data.act), data.act.as_str(), "data.act")
}

/// An officer is an agency of kind `post`.
fn post(case: &Case<'_>, id: &AgencyId) -> Result<(), Refusal> {
    let Some(there) = case.state.agencies.get(id).filter(|there| there.kind().as_str() != "post") else {
        return Ok(());
    };
    let detail = format!("{id} is no post but of kind {}; name the post that acted", there.kind());
    Err(wrong(detail).seq(there.registered.by).field("data.officer"))
}
