//! What is said about the record itself: findings tolerated, records withdrawn, details restricted,
//! held and released (DOMAIN section 4).

use super::super::{Date, FindingKey, Seq, basis::Basis, text::Text};
use super::data;

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
