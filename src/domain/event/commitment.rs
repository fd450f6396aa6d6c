//! Commitments: promised actions with a due date (DOMAIN section 4).

use super::super::{AgencyId, CommitmentId, Date, Digest, Subject, Time};
use super::data;

data! {
    /// An action is promised, or laid upon somebody.
    CommitmentMade {
        /// Its id.
        commitment: CommitmentId,
        /// Who is to act.
        by: AgencyId,
        /// `f:`, `d:` or `p:` it was made under.
        under: Subject,
        /// Last day.
        due: Date,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

data! {
    /// Who is to act agrees.
    CommitmentConfirmed {
        /// The commitment.
        commitment: CommitmentId,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

data! {
    /// It is due on another day.
    CommitmentChanged {
        /// The commitment.
        commitment: CommitmentId,
        /// Last day.
        due: Date,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

data! {
    /// It is done.
    CommitmentFulfilled {
        /// The commitment.
        commitment: CommitmentId,
        /// Digests of what shows it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Digest>,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

data! {
    /// Its maker lets it go.
    CommitmentDropped {
        /// The commitment.
        commitment: CommitmentId,
        /// When it happened; the record day when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}
