//! Rules of responsibilities (DOMAIN section 4, rules 5 and 9).

use super::super::event::responsibility::{Remainder, ResponsibilitySplit};
use super::super::{Code, Data, ResponsibilityId};
use super::require::wrong;
use super::{Case, Refusal};

pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    match &case.statement.data {
        Data::ResponsibilityDefined(data) => {
            if let Some(parent) = &data.parent {
                case.responsibility(parent, "data.parent")?;
            }
            case.territory_known(data.territory.as_ref(), "data.territory")?;
            case.registrar()?;
            case.basis_known(data.basis.as_ref())?;
            let taken = case.state.responsibilities.contains_key(&data.responsibility);
            case.free(taken, data.responsibility.as_str(), "data.responsibility")
        }
        Data::ResponsibilityChanged(data) => {
            alive(case, &data.responsibility)?;
            case.territory_known(data.territory.as_ref(), "data.territory")?;
            case.registrar()?;
            case.basis(data.basis.as_ref())
        }
        Data::ResponsibilitySplit(data) => split(case, data),
        Data::ResponsibilityRetired(data) => {
            alive(case, &data.responsibility)?;
            data.into.iter().try_for_each(|id| case.responsibility(id, "data.into").map(drop))?;
            case.registrar()?;
            case.basis_known(data.basis.as_ref())
        }
        _ => Ok(()),
    }
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

fn split(case: &Case<'_>, data: &ResponsibilitySplit) -> Result<(), Refusal> {
    alive(case, &data.responsibility)?;
    let parent = case.responsibility(&data.responsibility, "data.responsibility")?;
    let rest = match &data.remainder {
        Remainder::Into(id) => Some(id),
        Remainder::None | Remainder::Unassigned => None,
    };
    let mut seen = std::collections::BTreeSet::new();
    for id in data.into.iter().chain(rest) {
        let part = case.responsibility(id, "data.into")?;
        if *id == data.responsibility || !seen.insert(id) || descends(case, &data.responsibility, id) {
            return Err(wrong(format!("{id} cannot be a part of {}", data.responsibility)).field("data.into"));
        }
        let (whole, part) = (parent.on(data.effective), part.on(data.effective));
        let inside = whole.code.contains(part.code)
            && (whole.territory.is_none() || whole.territory == part.territory);
        if !inside {
            let detail = format!("{id} lies outside the scope of {}", data.responsibility);
            return Err(Refusal::new(Code::ExceedsParent, detail).field("data.into"));
        }
    }
    case.registrar()?;
    case.basis(data.basis.as_ref())?;
    if data.into.is_empty() {
        return Err(Refusal::new(Code::Malformed, "a split has at least one part").field("data.into"));
    }
    if let Some(fact) = &parent.split {
        return Err(wrong(format!("{} was split already", data.responsibility)).seq(fact.by));
    }
    Ok(())
}

/// Whether the responsibility came out of the other by splits.
fn descends(case: &Case<'_>, id: &ResponsibilityId, from: &ResponsibilityId) -> bool {
    let mut waiting = vec![id.clone()];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if id == *from {
            return true;
        }
        if seen.insert(id.clone())
            && let Some(there) = case.state.responsibilities.get(&id)
        {
            waiting.extend(there.split_from.iter().cloned());
        }
    }
    false
}
