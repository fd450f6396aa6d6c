//! An agency as the record has it: registered, changed, closed.

use serde::{Deserialize, Serialize};

use super::super::event::agency::{
    AgencyChanged, AgencyClosed, AgencyRegistered, KeyRegistered, KeyRevoked, Power,
};
use super::super::text::Names;
use super::super::{AgencyId, Date, Name, Seq, TerritoryId};
use super::fact::Fact;
use super::sure::{Sure as _, names};

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

/// Whether a change gives a field.
type Gives = fn(&AgencyChanged) -> bool;

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
        self.closed.as_ref().map_or(Date::MAX, |fact| fact.own_date())
    }

    /// Whether it exists on a day.
    #[must_use]
    pub fn exists_on(&self, day: Date) -> bool {
        let valid =
            self.giving(day, |data| data.valid.as_ref()).map_or(self.registered.data.valid.as_ref(), Some);
        valid.is_none_or(|period| period.contains(day)) && day < self.closing()
    }

    /// What the changes of a field say that count by a day, the last first.
    fn giving<'a, T>(&'a self, day: Date, field: impl Fn(&'a AgencyChanged) -> Option<T>) -> Option<T> {
        let fact = self.giver(day, |data| field(data).is_some())?;
        field(&fact.data)
    }

    /// The change that gives a field its value on a day: changes by effective day, then place.
    fn giver<'a>(
        &'a self,
        day: Date,
        gives: impl Fn(&'a AgencyChanged) -> bool,
    ) -> Option<&'a Fact<AgencyChanged>> {
        let counts = self.changed.iter().filter(|fact| fact.own_date() <= day && gives(&fact.data));
        counts.max_by_key(|fact| (fact.own_date(), fact.seq))
    }

    /// What it was on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> AgencyOn<'_> {
        let first = &self.registered.data;
        AgencyOn {
            name: self.giving(day, |data| data.name.as_ref()).unwrap_or(&first.name),
            parents: self.giving(day, |data| data.parents.as_deref()).unwrap_or(&first.parents),
            territory: self.giving(day, |data| data.territory.as_ref()).or(first.territory.as_ref()),
        }
    }

    /// The fields of an answer about a day that rest on what is unknown or not verified (DOMAIN section 3,
    /// "Unknown dates" 5 and 6).
    #[must_use]
    pub fn unsure_on(&self, day: Date) -> Vec<&'static str> {
        let mut all = Vec::new();
        let fields: [(&str, &str, Gives); 4] = [
            ("name", "name", |data| data.name.is_some()),
            ("parents", "parents", |data| data.parents.is_some()),
            ("territory", "territory", |data| data.territory.is_some()),
            ("state", "valid", |data| data.valid.is_some()),
        ];
        for (shown, said, gives) in fields {
            let giver = self.giver(day, gives);
            let named = giver.map_or(&self.registered.data.unverified, |fact| &fact.data.unverified);
            let begins = giver.is_some_and(|fact| !fact.data.is_sure()) || names(named, &[said]);
            let later = self.changed.iter().filter(|fact| gives(&fact.data) && !fact.data.is_sure());
            if begins || later.into_iter().any(|fact| self.may_have_come(fact.own_date(), day)) {
                all.push(shown);
            }
        }
        let closed = self.closed.as_ref().filter(|fact| !fact.data.is_sure());
        if closed.is_some_and(|fact| fact.own_date() <= day || self.may_have_come(fact.own_date(), day)) {
            all.push("state");
        }
        all.dedup();
        all
    }

    /// Whether what counts from a later day, for want of a sure one, may have happened by a day: since the newest
    /// date before it that is sure.
    fn may_have_come(&self, counts: Date, day: Date) -> bool {
        let first = self.registered.data.valid.as_ref().filter(|_| self.registered.data.is_sure());
        let changed = self.changed.iter().filter(|fact| fact.data.is_sure()).map(|fact| fact.own_date());
        let closed = self.closed.iter().filter(|fact| fact.data.is_sure()).map(|fact| fact.own_date());
        let sure = first.map(super::super::Period::start).into_iter().chain(changed).chain(closed);
        day < counts && sure.filter(|sure| *sure < counts).max().is_none_or(|sure| sure <= day)
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
