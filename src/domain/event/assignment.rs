//! Assignments and the holdings they make (DOMAIN sections 2 and 4).

use serde::{Deserialize, Serialize};

use super::super::{
    AgencyId, AssignmentId, Date, HandoffId, Name, Period, ResponsibilityId, Time, basis::Basis,
};
use super::data;

data! {
    /// An agency begins to hold a responsibility.
    AssignmentMade {
        /// Its id; absent = `as-<seq>`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignment: Option<AssignmentId>,
        /// What is held.
        responsibility: ResponsibilityId,
        /// Who holds it.
        agency: AgencyId,
        /// As what.
        role: HoldingRole,
        /// Of accountable holdings: attribution (default) or delegation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<Mode>,
        /// The holding it derives from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        under: Option<AssignmentId>,
        /// What a caretaker answers for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        components: Vec<Component>,
        /// When.
        valid: Period,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// The step whose confirmation ends it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_when: Option<EndsWhen>,
        /// Whether it may be delegated further.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sub_delegable: Option<bool>,
        /// The assignment that ends when this begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        supersedes: Option<AssignmentId>,
        /// Legal basis (rule 7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// A holding ends.
    AssignmentEnded {
        /// Which; or the three fields below, if exactly one fits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignment: Option<AssignmentId>,
        /// What was held.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        responsibility: Option<ResponsibilityId>,
        /// By whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agency: Option<AgencyId>,
        /// As what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<HoldingRole>,
        /// First day it is not held.
        effective: Date,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// Why.
        reason: EndReason,
        /// Legal basis (rule 7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

/// As what an agency holds a responsibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HoldingRole {
    /// Answers for it.
    Accountable,
    /// Acts on behalf of the accountable, by mandate.
    Executor,
    /// Answers for named components only.
    Caretaker,
    /// Helps.
    Supporter,
}

/// How an accountable holding came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// By law.
    Attribution,
    /// From another holder.
    Delegation,
}

/// What belongs to a responsibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Component {
    Budget,
    Asset,
    Staff,
    Record,
    System,
    Contract,
    Pending,
}

/// A step of a handoff whose confirmation ends a holding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndsWhen {
    /// The handoff.
    pub handoff: HandoffId,
    /// The step in it.
    pub step: Name,
}

/// Why an assignment is ended by statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndReason {
    /// Its time was over.
    Expired,
    /// It was taken back.
    Revoked,
    /// Another took its place.
    Superseded,
    /// Its authority was void.
    Annulled,
}
