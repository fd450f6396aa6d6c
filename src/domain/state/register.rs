//! Territories and legal instruments as the record has them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::event::register::{InstrumentRecorded, Repeal, TerritoryChanged, TerritoryRegistered};
use super::super::text::Names;
use super::super::{Date, InstrumentRef, TerritoryId};
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

/// That an instrument is repealed, as what was recorded last of the repealing one says.
#[derive(Clone, Copy, Debug)]
pub struct Repealed<'a> {
    /// The repealing instrument, as it was recorded last.
    pub by: &'a Fact<InstrumentRecorded>,
    /// What of this one.
    pub what: &'a Repeal,
}

impl Repealed<'_> {
    /// The day from which it counts: that on which the repealing instrument is in force, else promulgated,
    /// else signed, as far as one of these is known.
    #[must_use]
    pub fn from(&self) -> Option<Date> {
        let by = &self.by.data;
        by.in_force.or(by.promulgated).or(by.signed)
    }
}

impl State {
    /// What repeals an instrument, recorded itself or not.
    pub fn repeals_of<'a>(&'a self, id: &'a InstrumentRef) -> impl Iterator<Item = Repealed<'a>> {
        let latest = self.repealing(id).filter_map(|by| self.instruments.get(by)?.recorded.last());
        latest.flat_map(move |by| {
            let of_this = by.data.repeals.iter().filter(move |what| what.reference == *id);
            of_this.map(move |what| Repealed { by, what })
        })
    }
}
