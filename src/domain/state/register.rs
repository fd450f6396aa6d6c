//! Territories and legal instruments as the record has them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::event::register::{InstrumentRecorded, TerritoryChanged, TerritoryRegistered};
use super::super::text::Names;
use super::super::{Date, TerritoryId};
use super::State;
use super::fact::Fact;

/// A territory and what was said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Territory {
    /// How it entered the register.
    pub registered: Fact<TerritoryRegistered>,
    /// What changed, by place.
    pub changed: Vec<Fact<TerritoryChanged>>,
}

impl Territory {
    /// Its name and the territory that contains it, on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> (&Names, Option<&TerritoryId>) {
        let first = &self.registered.data;
        let mut on = (&first.name, first.within.as_ref());
        let mut changes: Vec<_> = self.changed.iter().filter(|fact| fact.data.effective <= day).collect();
        changes.sort_by_key(|fact| (fact.data.effective, fact.seq));
        for fact in changes {
            on = (fact.data.name.as_ref().unwrap_or(on.0), fact.data.within.as_ref().or(on.1));
        }
        on
    }
}

impl State {
    /// A territory and those that contain it, as the register says on a day: the nearest first, each once.
    pub fn territories_around<'a>(
        &'a self,
        id: Option<&'a TerritoryId>,
        day: Date,
    ) -> impl Iterator<Item = &'a TerritoryId> {
        let around = move |id: &&TerritoryId| self.territories.get(*id).and_then(|there| there.on(day).1);
        let mut seen = BTreeSet::new();
        std::iter::successors(id, around).take_while(move |id| seen.insert(*id))
    }

    /// Whether a territory contains another on a day; absent is the whole.
    #[must_use]
    pub fn territory_contains(
        &self,
        outer: Option<&TerritoryId>,
        inner: Option<&TerritoryId>,
        day: Date,
    ) -> bool {
        outer.is_none_or(|outer| self.territories_around(inner, day).any(|id| id == outer))
    }
}

/// A legal instrument: what was recorded of it, by place; the latest wins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instrument {
    /// At least one.
    pub recorded: Vec<Fact<InstrumentRecorded>>,
}
