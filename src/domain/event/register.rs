//! The registers of territories and legal instruments (DOMAIN section 4).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::super::{
    Date, Digest, InstrumentRef, Period, TerritoryId, Time, basis::Basis, text::Names, text::Text,
};
use super::data;
use super::saying::{Holdings, basis, nowhere, saying};
use crate::domain::Subject;
use crate::domain::rules::register;
use crate::domain::state::register::{Instrument, Territory};

data! {
    /// A territory enters the register.
    TerritoryRegistered {
        /// Its id.
        territory: TerritoryId,
        /// Its name.
        name: Names,
        /// The territory that contains it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<TerritoryId>,
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
    /// A territory changes.
    TerritoryChanged {
        /// Its id.
        territory: TerritoryId,
        /// New name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Names>,
        /// New containing territory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within: Option<TerritoryId>,
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
    /// What is known of a legal instrument; the latest wins.
    InstrumentRecorded {
        /// Its reference.
        #[serde(rename = "ref")]
        reference: InstrumentRef,
        /// Its rank.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rank: Option<Text>,
        /// Day of signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signed: Option<Date>,
        /// Day of promulgation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promulgated: Option<Date>,
        /// First day in force.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_force: Option<Date>,
        /// Digest of its text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<Digest>,
        /// Whether its existence is verified.
        status: InstrumentStatus,
        /// Instruments it repeals.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        repeals: Vec<Repeal>,
    }
}

/// What an instrument repeals: another as a whole, or parts of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeal {
    /// The other instrument.
    pub reference: InstrumentRef,
    /// The articles that are repealed; the others stay.
    pub articles: Vec<Text>,
    /// What stays; all else is repealed.
    pub saves: Vec<Text>,
}

impl Repeal {
    /// Whether nothing of the other instrument stays in force.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.articles.is_empty() && self.saves.is_empty()
    }
}

/// As an object: the form that names parts.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RepealOf {
    #[serde(rename = "ref")]
    reference: InstrumentRef,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    articles: Vec<Text>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    saves: Vec<Text>,
}

impl Serialize for Repeal {
    /// A reference alone where the whole is repealed.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { reference, articles, saves } = self.clone();
        if self.is_whole() {
            reference.serialize(to)
        } else {
            RepealOf { reference, articles, saves }.serialize(to)
        }
    }
}

impl<'de> Deserialize<'de> for Repeal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> de::Visitor<'de> for Either {
            type Value = Repeal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the ref of an instrument, or an object with it")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Repeal, E> {
                let reference = InstrumentRef::parse(text).map_err(E::custom)?;
                Ok(Repeal { reference, articles: Vec::new(), saves: Vec::new() })
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Repeal, A::Error> {
                let of = RepealOf::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Repeal { reference: of.reference, articles: of.articles, saves: of.saves })
            }
        }
        from.deserialize_any(Either)
    }
}

/// Whether an instrument is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InstrumentStatus {
    /// Seen.
    Verified,
    /// Not seen.
    Unverified,
}

saying! {
    TerritoryRegistered of Territory by territory;
    kept: first registered begins |registered, _, _| Territory { registered, changed: Vec::new() };
    dated: |_| None;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.extend(data.within.iter().chain([&data.territory]).map(Subject::territory));
        basis(links, data.basis.as_ref());
    };
    leads: |data, subject, _, found| {
        let own = *subject == Subject::territory(&data.territory);
        found.extend(data.within.iter().filter(|_| own).map(Subject::territory));
    };
    judged: register::registered;
}

saying! {
    TerritoryChanged of Territory by territory;
    kept: list changed;
    dated: |data| Some(data.effective);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.extend(data.within.iter().chain([&data.territory]).map(Subject::territory));
        basis(links, data.basis.as_ref());
    };
    leads: |data, subject, _, found| {
        let own = *subject == Subject::territory(&data.territory);
        found.extend(data.within.iter().filter(|_| own).map(Subject::territory));
    };
    judged: register::changed;
}

saying! {
    InstrumentRecorded of Instrument by reference;
    kept: list recorded begins |fact, _, _| Instrument { recorded: vec![fact] };
    dated: |_| None;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        let repealed = data.repeals.iter().map(|repeal| &repeal.reference);
        links.extend(repealed.chain([&data.reference]).map(Subject::instrument));
    };
    leads: nowhere;
    judged: register::instrument;
}
