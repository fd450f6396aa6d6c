//! Claims: an agency says that a state of affairs is disputed (DOMAIN section 4).

use serde::{Deserialize, Serialize};

use super::super::{AgencyId, ClaimId, Date, DecisionId, FindingKey, ForumId, Subject, Time, basis::Basis};
use super::data;

data! {
    /// A state of affairs is disputed.
    ClaimRaised {
        /// Its id.
        claim: ClaimId,
        /// What kind of dispute.
        kind: ClaimKind,
        /// What it is about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        about: Vec<Subject>,
        /// Against whom.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        against: Vec<AgencyId>,
        /// The finding it rests on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        finding: Option<FindingKey>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

data! {
    /// A party answers.
    ClaimAnswered {
        /// The claim.
        claim: ClaimId,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

data! {
    /// A forum is to resolve it.
    ClaimReferred {
        /// The claim.
        claim: ClaimId,
        /// The forum.
        forum: ForumId,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

data! {
    /// Its raiser takes it back.
    ClaimWithdrawn {
        /// The claim.
        claim: ClaimId,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

data! {
    /// It is settled, one way or another. Moves nothing by itself.
    ClaimResolved {
        /// The claim.
        claim: ClaimId,
        /// How.
        outcome: Outcome,
        /// Who keeps what was disputed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keeps: Option<AgencyId>,
        /// The decision that resolves it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<DecisionId>,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

/// What kind of dispute a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum ClaimKind {
    Overlap,
    Duplication,
    Gap,
    Authority,
    Handoff,
    Decision,
}

/// How a claim was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Outcome {
    Upheld,
    Rejected,
    Settled,
    Moot,
}
