//! The registers of territories and legal instruments (DOMAIN section 4).

use serde::{Deserialize, Serialize};

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
        repeals: Vec<InstrumentRef>,
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
    leads: nowhere;
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
    leads: nowhere;
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
        links.extend(data.repeals.iter().chain([&data.reference]).map(Subject::instrument));
    };
    leads: nowhere;
    judged: register::instrument;
}
