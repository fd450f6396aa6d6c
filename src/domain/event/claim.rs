//! Claims: an agency says that a state of affairs is disputed (DOMAIN section 4).

use serde::{Deserialize, Serialize};

use super::super::{AgencyId, ClaimId, Date, DecisionId, FindingKey, ForumId, Subject, Time, basis::Basis};
use super::data;
use super::saying::{Holdings, agencies, basis, saying};
use crate::domain::rules::claim;
use crate::domain::state::claim::Claim;

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

/// A claim on a responsibility is told by its own history: what was said of it before it was about this one
/// stands only there.
fn of_claim(id: &ClaimId, subject: &Subject) -> Option<Subject> {
    subject.is_a("r").then(|| Subject::claim(id))
}

saying! {
    ClaimRaised of Claim by claim;
    kept: first raised begins |raised, _, _| Claim::new(raised);
    dated: |data| data.on;
    corrected: |_| KeepsSpeaker;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::claim(&data.claim));
        links.extend(data.about.iter().cloned());
        agencies(links, &data.against);
        basis(links, data.basis.as_ref());
    };
    leads: |data, subject, _, found| found.extend(of_claim(&data.claim, subject));
    judged: claim::raised;
}

saying! {
    ClaimAnswered of Claim by claim;
    kept: list answered;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::claim(&data.claim)]);
    leads: |data, subject, _, found| found.extend(of_claim(&data.claim, subject));
    judged: claim::answered;
}

saying! {
    ClaimReferred of Claim by claim;
    kept: list referred;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::claim(&data.claim), Subject::forum(&data.forum)]);
    leads: |data, subject, _, found| found.extend(of_claim(&data.claim, subject));
    judged: claim::referred;
}

saying! {
    ClaimWithdrawn of Claim by claim;
    kept: one withdrawn;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::claim(&data.claim)]);
    leads: |data, subject, _, found| found.extend(of_claim(&data.claim, subject));
    judged: claim::withdrawn;
}

saying! {
    ClaimResolved of Claim by claim;
    kept: one resolved;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::claim(&data.claim));
        agencies(links, &data.keeps);
        links.extend(data.decision.iter().map(Subject::decision));
    };
    leads: |data, subject, _, found| found.extend(of_claim(&data.claim, subject));
    judged: claim::resolved;
}
