//! Territories, as they were on a day.

use serde::Serialize;

use crate::domain::basis::Basis;
use crate::domain::state::fact::Fact;
use crate::domain::state::register::Territory;
use crate::domain::text::Names;
use crate::domain::{Date, Period, Seq, TerritoryId};

use super::super::Known;
use super::Items;

/// A territory on a day.
#[derive(Debug, Serialize)]
pub struct Answer {
    territory: TerritoryId,
    name: Names,
    within: Option<TerritoryId>,
    valid: Option<Period>,
    basis: Option<Basis>,
    /// `active` or, outside its period, `outside`.
    state: &'static str,
    evidence: Vec<Seq>,
}

/// Territories after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.territories, after);
    Items::take(limit, all.map(|(id, territory)| (id.to_string(), answer(territory, day))))
}

/// One.
#[must_use]
pub fn one(known: &Known, day: Date, id: &TerritoryId) -> Option<Answer> {
    Some(answer(known.state.territories.get(id)?, day))
}

fn answer(territory: &Territory, day: Date) -> Answer {
    let data = &territory.registered.data;
    let (name, within) = territory.on(day);
    let mut evidence: Vec<Seq> = territory.registered.evidence().collect();
    let changed = territory.changed.iter().filter(|fact| fact.data.effective <= day);
    evidence.extend(changed.flat_map(Fact::evidence));
    evidence.sort_unstable();
    let inside = data.valid.as_ref().is_none_or(|period| period.contains(day));
    Answer {
        territory: data.territory.clone(),
        name: name.clone(),
        within: within.cloned(),
        valid: data.valid.clone(),
        basis: data.basis.clone(),
        state: if inside { "active" } else { "outside" },
        evidence,
    }
}
