//! Responsibilities (DOMAIN section 4).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::id::text_from;
use super::super::scope::{CarveOut, SchemeCode};
use super::super::{
    AssignmentId, Date, Period, ResponsibilityId, TerritoryId, Time, basis::Basis, text::Names,
};
use super::data;
use super::saying::{Holdings, basis, nowhere, saying};
use crate::domain::Subject;
use crate::domain::rules::responsibility;
use crate::domain::state::responsibility::Responsibility;

data! {
    /// Something somebody must answer for.
    ResponsibilityDefined {
        /// Its id.
        responsibility: ResponsibilityId,
        /// Its name.
        name: Names,
        /// What it is about.
        code: SchemeCode,
        /// Where; absent = the whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        territory: Option<TerritoryId>,
        /// The responsibility it is a part of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<ResponsibilityId>,
        /// What it does not cover.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        carve_outs: Vec<CarveOut>,
        /// Standing (default) or a case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nature: Option<Nature>,
        /// When a case is due.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Due>,
        /// When it exists; absent = always.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid: Option<Period>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// Its scope, name or due date changes.
    ResponsibilityChanged {
        /// Its id.
        responsibility: ResponsibilityId,
        /// New name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Names>,
        /// New code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<SchemeCode>,
        /// New territory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        territory: Option<TerritoryId>,
        /// The responsibility it is a part of from then on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<ResponsibilityId>,
        /// New carve-outs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carve_outs: Option<Vec<CarveOut>>,
        /// New due date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Due>,
        /// From when.
        effective: Date,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// It is divided; its holdings pass to the parts.
    ResponsibilitySplit {
        /// Its id.
        responsibility: ResponsibilityId,
        /// The parts, at least one.
        into: Vec<ResponsibilityId>,
        /// What becomes of the rest.
        remainder: Remainder,
        /// Under which part a holding of another responsibility stands afterwards, where several fit.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        carries: BTreeMap<ResponsibilityId, Vec<AssignmentId>>,
        /// From when.
        effective: Date,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// It ends, and its holdings with it.
    ResponsibilityRetired {
        /// Its id.
        responsibility: ResponsibilityId,
        /// What it was merged into.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        into: Vec<ResponsibilityId>,
        /// First day it does not exist.
        effective: Date,
        /// When exactly.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

impl ResponsibilitySplit {
    /// The responsibilities that holdings pass on to: the parts, and the one that takes the rest.
    pub fn parts(&self) -> impl Iterator<Item = &ResponsibilityId> {
        let rest = match &self.remainder {
            Remainder::Into(id) => Some(id),
            Remainder::None | Remainder::Unassigned => None,
        };
        self.into.iter().chain(rest)
    }

    /// The part that `carries` names for a holding.
    pub fn carried(&self, holding: &AssignmentId) -> Option<&ResponsibilityId> {
        self.carries.iter().find(|(_, named)| named.contains(holding)).map(|(part, _)| part)
    }
}

/// What becomes of what a split leaves over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remainder {
    /// Nothing is left.
    None,
    /// The parent lives on, held by nobody.
    Unassigned,
    /// This responsibility takes it, and the holdings.
    Into(ResponsibilityId),
}

impl Remainder {
    fn parse(text: &str) -> Result<Self, super::super::id::BadId> {
        match text {
            "none" => Ok(Self::None),
            "unassigned" => Ok(Self::Unassigned),
            id => ResponsibilityId::parse(id).map(Self::Into),
        }
    }
}

impl fmt::Display for Remainder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Unassigned => f.write_str("unassigned"),
            Self::Into(id) => id.fmt(f),
        }
    }
}

impl Serialize for Remainder {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Remainder {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// Standing duty or single case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nature {
    /// Goes on until retired.
    #[default]
    Standing,
    /// One matter.
    Case,
}

/// A due date or instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// By the end of the day.
    Day(Date),
    /// By the instant.
    At(Time),
}

impl Serialize for Due {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Day(date) => date.serialize(to),
            Self::At(time) => time.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Due {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, |text| {
            if text.len() == 10 { Date::parse(text).map(Self::Day) } else { Time::parse(text).map(Self::At) }
        })
    }
}

saying! {
    ResponsibilityDefined of Responsibility by responsibility;
    kept: first defined begins |defined, _, _| Responsibility::new(defined);
    dated: |data| data.valid.as_ref().map(Period::start);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.extend(data.parent.iter().chain([&data.responsibility]).map(Subject::responsibility));
        let carved = data.carve_outs.iter().filter_map(|out| out.territory.as_ref());
        links.extend(data.territory.iter().chain(carved).map(Subject::territory));
        basis(links, data.basis.as_ref());
    };
    leads: |data, subject, _, found| {
        let own = *subject == Subject::responsibility(&data.responsibility);
        found.extend(data.parent.iter().filter(|_| own).map(Subject::responsibility));
    };
    judged: responsibility::defined;
}

saying! {
    ResponsibilityChanged of Responsibility by responsibility;
    kept: list changed;
    dated: |data| Some(data.effective);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.extend(data.parent.iter().chain([&data.responsibility]).map(Subject::responsibility));
        let carved = data.carve_outs.iter().flatten().filter_map(|out| out.territory.as_ref());
        links.extend(data.territory.iter().chain(carved).map(Subject::territory));
        basis(links, data.basis.as_ref());
    };
    leads: |data, subject, _, found| {
        let own = *subject == Subject::responsibility(&data.responsibility);
        found.extend(data.parent.iter().filter(|_| own).map(Subject::responsibility));
    };
    judged: responsibility::changed;
}

saying! {
    ResponsibilitySplit of Responsibility by responsibility;
    kept: one split;
    dated: |data| Some(data.effective);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: |data, _, _| Holdings { of: data.parts().cloned().collect(), ..Holdings::default() };
    names: |data, links| {
        let all = data.parts().chain(data.carries.keys()).chain([&data.responsibility]);
        links.extend(all.map(Subject::responsibility));
        links.extend(data.carries.values().flatten().map(Subject::assignment));
        basis(links, data.basis.as_ref());
    };
    // what came out of it inherits its holdings, which are named across all parts, and which what stood
    // under them stands under now: parts and whole are folded together
    leads: |data, subject, _, found| {
        let all = || data.parts().chain([&data.responsibility]).map(Subject::responsibility);
        if all().any(|one| one == *subject) {
            found.extend(all());
        }
    };
    judged: responsibility::split;
}

saying! {
    ResponsibilityRetired of Responsibility by responsibility;
    kept: one retired;
    dated: |data| Some(data.effective);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.extend(data.into.iter().chain([&data.responsibility]).map(Subject::responsibility));
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: responsibility::retired;
}
