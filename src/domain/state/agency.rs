//! An agency as the record has it: registered, changed, closed.

use serde::{Deserialize, Serialize};

use super::super::event::agency::{
    AgencyChanged, AgencyClosed, AgencyRegistered, KeyRegistered, KeyRevoked, Power,
};
use super::super::text::Names;
use super::super::{AgencyId, Date, Name, Seq, TerritoryId};
use super::fact::Fact;

/// An agency and what was said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agency {
    /// How it entered the register.
    pub registered: Fact<AgencyRegistered>,
    /// What changed, by place.
    pub changed: Vec<Fact<AgencyChanged>>,
    /// How it ended.
    pub closed: Option<Fact<AgencyClosed>>,
}

/// A signing key of an agency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SigningKey {
    /// How it began to count.
    pub registered: Fact<KeyRegistered>,
    /// How it ended.
    pub revoked: Option<Fact<KeyRevoked>>,
}

/// An agency as it was on a day.
#[derive(Clone, Copy, Debug)]
pub struct AgencyOn<'a> {
    /// Its name then.
    pub name: &'a Names,
    /// Bodies above it then.
    pub parents: &'a [AgencyId],
    /// Where it was competent then.
    pub territory: Option<&'a TerritoryId>,
}

impl Agency {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &AgencyId {
        &self.registered.data.agency
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> &Name {
        &self.registered.data.kind
    }

    /// Whether it stands for nobody (DOMAIN section 7: `unrecorded`).
    #[must_use]
    pub fn is_unrecorded(&self) -> bool {
        self.kind().as_str() == "unrecorded"
    }

    /// Its powers, as the record stands: what was said last.
    #[must_use]
    pub fn powers(&self) -> &[Power] {
        let said = self.changed.iter().rev().find_map(|fact| fact.data.powers.as_deref());
        said.unwrap_or(&self.registered.data.powers)
    }

    /// First day it does not exist any more; [`Date::MAX`] when none is known.
    #[must_use]
    pub fn closing(&self) -> Date {
        self.closed.as_ref().map_or(Date::MAX, |fact| fact.data.effective)
    }

    /// Whether it exists on a day.
    #[must_use]
    pub fn exists_on(&self, day: Date) -> bool {
        let said = self.changed.iter().rev().find_map(|fact| fact.data.valid.as_ref());
        let valid = said.or(self.registered.data.valid.as_ref());
        valid.is_none_or(|period| period.contains(day)) && day < self.closing()
    }

    /// What it was on a day: changes by effective day, then place.
    #[must_use]
    pub fn on(&self, day: Date) -> AgencyOn<'_> {
        let first = &self.registered.data;
        let mut on =
            AgencyOn { name: &first.name, parents: &first.parents, territory: first.territory.as_ref() };
        let mut changes: Vec<_> = self.changed.iter().filter(|fact| fact.data.effective <= day).collect();
        changes.sort_by_key(|fact| (fact.data.effective, fact.seq));
        for fact in changes {
            on.name = fact.data.name.as_ref().unwrap_or(on.name);
            on.parents = fact.data.parents.as_deref().unwrap_or(on.parents);
            on.territory = fact.data.territory.as_ref().or(on.territory);
        }
        on
    }

    /// The entries about it.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seq> {
        let mut seqs: Vec<_> = self.registered.evidence().collect();
        seqs.extend(self.changed.iter().flat_map(Fact::evidence));
        seqs.extend(self.closed.iter().flat_map(Fact::evidence));
        seqs.sort_unstable();
        seqs
    }
}
