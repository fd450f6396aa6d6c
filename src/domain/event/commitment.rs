//! Commitments: promised actions with a due date (DOMAIN section 4).

use super::super::{AgencyId, CommitmentId, Date, Digest, Subject, Time};
use super::data;
use super::saying::{Holdings, nowhere, saying};
use crate::domain::rules::commitment;
use crate::domain::state::commitment::Commitment;

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

saying! {
    CommitmentMade of Commitment by commitment;
    kept: first made begins |made, _, _| Commitment::new(made);
    dated: |data| data.on;
    corrected: |_| KeepsSpeaker;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.extend([Subject::commitment(&data.commitment), Subject::agency(&data.by), data.under.clone()]);
    };
    leads: nowhere;
    judged: commitment::made;
}

saying! {
    CommitmentConfirmed of Commitment by commitment;
    kept: one confirmed;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Winding;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::commitment(&data.commitment)]);
    leads: nowhere;
    judged: commitment::confirmed;
}

saying! {
    CommitmentChanged of Commitment by commitment;
    kept: list changed;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::commitment(&data.commitment)]);
    leads: nowhere;
    judged: commitment::changed;
}

saying! {
    CommitmentFulfilled of Commitment by commitment;
    kept: one fulfilled;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Winding;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::commitment(&data.commitment)]);
    leads: nowhere;
    judged: commitment::fulfilled;
}

saying! {
    CommitmentDropped of Commitment by commitment;
    kept: one dropped;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::commitment(&data.commitment)]);
    leads: nowhere;
    judged: commitment::dropped;
}
