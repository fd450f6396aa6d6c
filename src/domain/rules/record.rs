//! Rules of what is said about the record: findings tolerated, records withdrawn, details restricted,
//! held and released (DOMAIN section 4, rules 7 and 8).

use super::super::basis::Basis;
use super::super::event::agency::Power;
use super::super::event::record::{
    DetailsErased, DetailsHeld, DetailsReleased, DetailsRestricted, FindingTolerated, RecordWithdrawn,
};
use super::super::findings::party;
use super::super::state::record::DetailsNow;
use super::super::text::Text;
use super::super::{Code, Seq};
use super::require::{missing, wrong};
use super::{Case, Refusal};

pub(in crate::domain) fn restricted(case: &Case<'_>, data: &DetailsRestricted) -> Result<(), Refusal> {
    let now = details(case, data.seq, &data.fields, data.basis.as_ref())?;
    let twice = |field: &&Text| now.restricted.contains_key(field.as_str());
    none(data.fields.iter().find(twice), "is restricted already")
}

pub(in crate::domain) fn held(case: &Case<'_>, data: &DetailsHeld) -> Result<(), Refusal> {
    let now = details(case, data.seq, &data.fields, data.basis.as_ref())?;
    let twice = |field: &&Text| now.held.contains_key(field.as_str());
    none(data.fields.iter().find(twice), "is held already")
}

pub(in crate::domain) fn released(case: &Case<'_>, data: &DetailsReleased) -> Result<(), Refusal> {
    let now = details(case, data.seq, &data.fields, data.basis.as_ref())?;
    let said = |name: &str| now.restricted.contains_key(name) || now.held.contains_key(name);
    none(data.fields.iter().find(|field| !said(field.as_str())), "is neither restricted nor held")
}

pub(in crate::domain) fn erased(case: &Case<'_>, data: &DetailsErased) -> Result<(), Refusal> {
    let now = details(case, data.seq, &data.fields, data.basis.as_ref())?;
    case.approved_by_overseer(&case.agency().into_iter().collect())?;
    match data.fields.iter().find_map(|field| now.held.get(field.as_str()).map(|by| (field, by))) {
        None => Ok(()),
        Some((field, by)) => {
            let detail = format!("the field {:?} is held; release it first", field.as_str());
            Err(Refusal::new(Code::Held, detail).seq(*by).field("data.fields"))
        }
    }
}

/// An overseer bears with a finding that it is no party to, up to a day to come.
pub(in crate::domain) fn tolerated(case: &Case<'_>, data: &FindingTolerated) -> Result<(), Refusal> {
    let parties = party::of(case.state, &data.finding, case.today);
    let parties = parties.ok_or_else(|| missing("finding", data.finding.as_str(), "data.finding"))?;
    case.basis_known(data.basis.as_ref())?;
    let party = case.agency().is_some_and(|agency| parties.contains(agency));
    case.entitled(case.has(Power::Overseer) && !party, "an overseer that is no party to the finding")?;
    case.after()?;
    case.basis(data.basis.as_ref())?;
    if data.until <= case.today {
        let detail = format!("{} is not after the record day {}; name a later day", data.until, case.today);
        return Err(Refusal::new(Code::BadDate, detail).field("data.until"));
    }
    Ok(())
}

/// What rule 8 asks of a correction has been asked. A part of what was split goes with the split.
pub(in crate::domain) fn withdrawn(case: &Case<'_>, data: &RecordWithdrawn) -> Result<(), Refusal> {
    case.after()?;
    let gone = case.context.past.entry(data.seq).and_then(|gone| gone.event.statement.data.makes());
    let of = gone.as_deref().and_then(|id| case.state.responsibilities.get(id.strip_prefix("r:")?));
    let Some(of) = of else { return Ok(()) };
    let whole = case.state.split_from(of.id()).find_map(|id| case.state.responsibilities.get(id));
    let Some(split) = whole.and_then(|whole| whole.split.as_ref()) else { return Ok(()) };
    let detail = format!("{} came out of a split; withdraw the split first", of.id());
    Err(wrong(detail).seq(split.by).field("data.seq"))
}

/// What stands of the details of an entry, where something may be said of them.
fn details(case: &Case<'_>, seq: Seq, fields: &[Text], basis: Option<&Basis>) -> Result<DetailsNow, Refusal> {
    if fields.is_empty() {
        let detail = "name the fields of the details, at least one";
        return Err(Refusal::new(Code::Malformed, detail).field("data.fields"));
    }
    if case.context.past.entry(seq).is_none() {
        return Err(missing("entry", &seq.to_string(), "data.seq"));
    }
    case.basis_known(basis)?;
    case.registrar()?;
    case.after()?;
    case.basis(basis)?;
    let now = case.state.details_now(seq);
    none(fields.iter().find(|field| now.erased.contains_key(field.as_str())), "is erased")?;
    Ok(now)
}

/// Refuses the first field of which something else is said.
fn none(found: Option<&Text>, what: &str) -> Result<(), Refusal> {
    match found {
        None => Ok(()),
        Some(field) => Err(wrong(format!("the field {:?} {what}", field.as_str())).field("data.fields")),
    }
}
