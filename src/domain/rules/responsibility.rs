//! Rules of responsibilities (DOMAIN section 4, rules 5 and 9).

use std::collections::BTreeSet;

use super::super::event::responsibility::{
    Remainder, ResponsibilityChanged, ResponsibilityDefined, ResponsibilityRetired, ResponsibilitySplit,
};
use super::super::scope::CarveOut;
use super::super::state::responsibility::ResponsibilityOn;
use super::super::{Code, Date, Period, ResponsibilityId};
use super::require::wrong;
use super::{Case, Refusal};

pub(in crate::domain) fn defined(case: &Case<'_>, data: &ResponsibilityDefined) -> Result<(), Refusal> {
    if let Some(parent) = &data.parent {
        case.responsibility(parent, "data.parent")?;
    }
    case.territory_known(data.territory.as_ref(), "data.territory")?;
    carved(case, &data.carve_outs)?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()?;
    case.after()?;
    inside_parent(case, data)?;
    let taken = case.state.responsibilities.contains_key(&data.responsibility);
    case.free(taken, data.responsibility.as_str(), "data.responsibility")
}

/// A child is defined inside its parent, on the first day of the child, or on the record day where nobody says
/// which that is. What was said of it since counts for a correction.
fn inside_parent(case: &Case<'_>, data: &ResponsibilityDefined) -> Result<(), Refusal> {
    let Some(parent) = &data.parent else { return Ok(()) };
    let first = data.valid.as_ref().map(Period::start).filter(|first| *first > Date::MIN);
    let day = first.unwrap_or(case.today);
    let there = case.whole.responsibilities.get(&data.responsibility);
    let there = there.filter(|_| case.statement.corrects.is_some());
    let changed = there.map(|there| there.changed.as_slice()).unwrap_or_default();
    let scope = ResponsibilityOn::of(data, changed, day);
    let above = case.responsibility(parent, "data.parent")?.on(day);
    if case.state.lies_inside(&scope, &above, day, &mut drop) {
        return Ok(());
    }
    let detail = format!(
        "{} lies outside the scope of {parent} on {day}; choose a parent that contains its code and territory and does not leave them out",
        data.responsibility
    );
    Err(Refusal::new(Code::ExceedsParent, detail).field("data.parent"))
}

pub(in crate::domain) fn changed(case: &Case<'_>, data: &ResponsibilityChanged) -> Result<(), Refusal> {
    case.responsibility(&data.responsibility, "data.responsibility")?;
    if let Some(parent) = &data.parent {
        case.responsibility(parent, "data.parent")?;
    }
    case.territory_known(data.territory.as_ref(), "data.territory")?;
    carved(case, data.carve_outs.as_deref().unwrap_or_default())?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()?;
    case.after()?;
    case.basis(data.basis.as_ref())?;
    alive(case, &data.responsibility)
}

pub(in crate::domain) fn retired(case: &Case<'_>, data: &ResponsibilityRetired) -> Result<(), Refusal> {
    case.responsibility(&data.responsibility, "data.responsibility")?;
    data.into.iter().try_for_each(|id| case.responsibility(id, "data.into").map(drop))?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()?;
    case.after()?;
    if data.into.contains(&data.responsibility) {
        let detail = format!("{} is not merged into itself", data.responsibility);
        return Err(wrong(detail).field("data.into"));
    }
    alive(case, &data.responsibility)
}

/// Territories that carve-outs name are registered.
fn carved(case: &Case<'_>, carve_outs: &[CarveOut]) -> Result<(), Refusal> {
    let mut territories = carve_outs.iter().map(|out| out.territory.as_ref());
    territories.try_for_each(|id| case.territory_known(id, "data.carve_outs"))
}

fn alive(case: &Case<'_>, id: &ResponsibilityId) -> Result<(), Refusal> {
    let there = case.responsibility(id, "data.responsibility")?;
    if let Some(fact) = &there.retired {
        return Err(wrong(format!("{id} was retired on {}", fact.data.effective)).seq(fact.by));
    }
    match &there.split {
        Some(fact) if fact.data.remainder != Remainder::Unassigned => {
            Err(wrong(format!("{id} was split on {}", fact.data.effective)).seq(fact.by))
        }
        _ => Ok(()),
    }
}

pub(in crate::domain) fn split(case: &Case<'_>, data: &ResponsibilitySplit) -> Result<(), Refusal> {
    if data.into.is_empty() {
        return Err(Refusal::new(Code::Malformed, "a split has at least one part").field("data.into"));
    }
    let parent = case.responsibility(&data.responsibility, "data.responsibility")?;
    let parts = || data.parts();
    parts().try_for_each(|id| case.responsibility(id, "data.into").map(drop))?;
    data.carries.values().flatten().try_for_each(|id| case.assignment(id, "data.carries").map(drop))?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()?;
    case.after()?;
    let mut seen = BTreeSet::new();
    let origins = case.state.origins(&data.responsibility, &mut drop);
    for id in parts() {
        if !seen.insert(id) || origins.contains(id) {
            return Err(wrong(format!("{id} cannot be a part of {}", data.responsibility)).field("data.into"));
        }
        let inside = case.state.is_inside(id, &data.responsibility, data.effective, &mut drop);
        if !inside {
            let detail = format!("{id} lies outside the scope of {}", data.responsibility);
            return Err(Refusal::new(Code::ExceedsParent, detail).field("data.into"));
        }
    }
    case.basis(data.basis.as_ref())?;
    alive(case, &data.responsibility)?;
    if let Some(fact) = &parent.split {
        return Err(wrong(format!("{} was split already", data.responsibility)).seq(fact.by));
    }
    let day = (data.effective, data.effective.plus_days(1));
    case.in_period(parent, day, "data.effective")?;
    parts().try_for_each(|id| case.in_period(case.responsibility(id, "data.into")?, day, "data.into"))
}
