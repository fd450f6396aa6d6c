//! Decisions: determinations with basis, evidence, effect and relations (DOMAIN section 4).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::id::{BadId, text_from};
use super::super::{
    AgencyId, AssignmentId, Bound, Date, DecisionId, Digest, ForumId, Period, Subject, Time, basis::Basis,
    text::Text,
};
use super::data;
use super::saying::{Holdings, agencies, basis, nowhere, saying};
use crate::domain::rules::decision;
use crate::domain::state::decision::Decision;

data! {
    /// A decision was taken.
    DecisionRecorded {
        /// Its id.
        decision: DecisionId,
        /// Its number on paper.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<Text>,
        /// `r:`, `h:`, `c:`, `p:` it is about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        about: Vec<Subject>,
        /// Who decided.
        decided_by: Decider,
        /// The post that signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        officer: Option<AgencyId>,
        /// When.
        decided_on: Bound,
        /// When it was seen to be so, beside an unknown date; absent = the record day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// As what.
        capacity: Capacity,
        /// For whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<AgencyId>,
        /// The holding acted under.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        under: Option<AssignmentId>,
        /// Name of the automated rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<Text>,
        /// Legal basis (rule 7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
        /// Digests of what it rests on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Digest>,
        /// Votes as recorded.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        votes: Vec<Vote>,
        /// When it is in force.
        in_force: Period,
        /// What it does to earlier decisions.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        relations: Vec<Relation>,
    }
}

data! {
    /// A member says how it voted.
    DecisionVoted {
        /// The decision.
        decision: DecisionId,
        /// The vote.
        vote: VoteValue,
    }
}

data! {
    /// A decision reached somebody.
    DecisionDelivered {
        /// The decision.
        decision: DecisionId,
        /// Whom.
        to: AgencyId,
        /// When.
        on: Date,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

/// Who decides: an agency, or a forum (`f:<forum>`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decider {
    /// An agency.
    Agency(AgencyId),
    /// A forum.
    Forum(ForumId),
}

impl Decider {
    /// The subject that it is.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::Agency(id) => Subject::agency(id),
            Self::Forum(id) => Subject::forum(id),
        }
    }

    fn parse(text: &str) -> Result<Self, BadId> {
        match text.strip_prefix("f:") {
            Some(id) => ForumId::parse(id).map(Self::Forum),
            None => AgencyId::parse(text).map(Self::Agency),
        }
    }
}

impl fmt::Display for Decider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agency(id) => id.fmt(f),
            Self::Forum(id) => write!(f, "f:{id}"),
        }
    }
}

impl Serialize for Decider {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decider {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// As what a decider acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Capacity {
    Own,
    Delegated,
    Mandate,
    Acting,
    Automated,
    Deemed,
}

/// A vote as the convener recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// The voter.
    pub agency: AgencyId,
    /// The vote.
    pub vote: VoteValue,
}

/// How somebody voted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum VoteValue {
    For,
    Against,
    Abstain,
    Recused,
}

/// What a decision does to an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// What it does.
    pub verb: Verb,
    /// To which.
    pub decision: DecisionId,
    /// From when an annulment counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Why it is annulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
}

/// What a decision does to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Verb {
    Supersedes,
    PartlySupersedes,
    Amends,
    Revokes,
    Annuls,
    Suspends,
    Reinstates,
    Implements,
    Cites,
}

/// From when an annulment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Effect {
    FromNow,
    FromStart,
}

/// Why a decision is annulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Ground {
    Authority,
    Procedure,
    Substance,
}

saying! {
    DecisionRecorded of Decision by decision;
    kept: first recorded begins |recorded, state, _| Decision::new(recorded, state);
    dated: |data| data.decided_on.known().or(data.on);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::decision(&data.decision));
        links.extend(data.about.iter().cloned());
        links.insert(data.decided_by.subject());
        agencies(links, data.officer.iter().chain(&data.on_behalf_of));
        agencies(links, data.votes.iter().map(|vote| &vote.agency));
        links.extend(data.under.iter().map(Subject::assignment));
        links.extend(data.relations.iter().map(|relation| Subject::decision(&relation.decision)));
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: decision::recorded;
}

saying! {
    DecisionVoted of Decision by decision;
    kept: list voted;
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::decision(&data.decision)]);
    leads: nowhere;
    judged: decision::voted;
}

saying! {
    DecisionDelivered of Decision by decision and to;
    kept: list delivered;
    dated: |data| Some(data.on);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::decision(&data.decision), Subject::agency(&data.to)]);
    leads: nowhere;
    judged: decision::delivered;
}
