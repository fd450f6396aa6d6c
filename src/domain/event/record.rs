//! What is said about the record itself: findings tolerated, records withdrawn, details restricted,
//! held and released (DOMAIN section 4).

use super::super::{Date, FindingKey, Seq, basis::Basis, text::Text};
use super::data;
use super::saying::{Holdings, basis, nowhere, saying};
use crate::domain::rules::record;
use crate::domain::state::record::{Details, DetailsSaid, Tolerated, Withdrawn};

data! {
    /// A finding is known and borne with for a time.
    FindingTolerated {
        /// Its key.
        finding: FindingKey,
        /// First day it is no longer tolerated.
        until: Date,
        /// Why it may be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// An entry is taken back without replacement (rule 8).
    RecordWithdrawn {
        /// The entry.
        seq: Seq,
    }
}

data! {
    /// Details are read only by who gives a cause.
    DetailsRestricted {
        /// The entry they belong to.
        seq: Seq,
        /// Their names.
        fields: Vec<Text>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// Details may not be erased.
    DetailsHeld {
        /// The entry they belong to.
        seq: Seq,
        /// Their names.
        fields: Vec<Text>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// Details are destroyed.
    DetailsErased {
        /// The entry they belong to.
        seq: Seq,
        /// Their names.
        fields: Vec<Text>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// Details are no longer restricted or held.
    DetailsReleased {
        /// The entry they belong to.
        seq: Seq,
        /// Their names.
        fields: Vec<Text>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

saying! {
    FindingTolerated of Tolerated by finding;
    kept: list tolerated begins |fact, _, _| Tolerated { tolerated: vec![fact] };
    dated: |_| None;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| basis(links, data.basis.as_ref());
    leads: nowhere;
    judged: record::tolerated;
}

saying! {
    RecordWithdrawn of Withdrawn at |data, _, _| Some(data.seq), of entry seq;
    kept: first withdrawn begins Withdrawn::new;
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |_, _| {};
    leads: nowhere;
    judged: record::withdrawn;
}

saying! {
    DetailsRestricted of Details at |data, _, _| Some(data.seq), of entry seq;
    kept: list said as DetailsSaid::Restricted begins |fact, _, _| Details { said: vec![fact] };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| basis(links, data.basis.as_ref());
    leads: nowhere;
    judged: record::restricted;
}

saying! {
    DetailsHeld of Details at |data, _, _| Some(data.seq), of entry seq;
    kept: list said as DetailsSaid::Held begins |fact, _, _| Details { said: vec![fact] };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| basis(links, data.basis.as_ref());
    leads: nowhere;
    judged: record::held;
}

saying! {
    DetailsReleased of Details at |data, _, _| Some(data.seq), of entry seq;
    kept: list said as DetailsSaid::Released begins |fact, _, _| Details { said: vec![fact] };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| basis(links, data.basis.as_ref());
    leads: nowhere;
    judged: record::released;
}

saying! {
    DetailsErased of Details at |data, _, _| Some(data.seq), of entry seq;
    kept: list said as DetailsSaid::Erased begins |fact, _, _| Details { said: vec![fact] };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| basis(links, data.basis.as_ref());
    leads: nowhere;
    judged: record::erased;
}
