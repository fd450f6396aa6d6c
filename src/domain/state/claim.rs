//! A claim as the record has it.

use serde::{Deserialize, Serialize};

use super::super::event::claim::{ClaimAnswered, ClaimRaised, ClaimReferred, ClaimResolved, ClaimWithdrawn};
use super::super::{AgencyId, Date, Seq};
use super::dated::{Told, Upto};
use super::fact::Fact;

/// A dispute and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// How it began.
    pub raised: Fact<ClaimRaised>,
    /// Answers of parties, by place.
    pub answered: Vec<Fact<ClaimAnswered>>,
    /// Forums it was referred to, by place; the last counts.
    pub referred: Vec<Fact<ClaimReferred>>,
    /// How it was resolved.
    pub resolved: Option<Fact<ClaimResolved>>,
    /// How it was taken back.
    pub withdrawn: Option<Fact<ClaimWithdrawn>>,
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum ClaimState {
    Raised,
    Answered,
    Referred,
    Resolved,
    Withdrawn,
}

impl Told for Claim {
    fn upto(&self, upto: Upto) -> Self {
        Self {
            raised: self.raised.clone(),
            answered: upto.all(&self.answered),
            referred: upto.all(&self.referred),
            resolved: upto.one(self.resolved.as_ref()),
            withdrawn: upto.one(self.withdrawn.as_ref()),
        }
    }
}

impl Claim {
    /// A claim just raised.
    #[must_use]
    pub fn new(raised: Fact<ClaimRaised>) -> Self {
        Self { raised, answered: Vec::new(), referred: Vec::new(), resolved: None, withdrawn: None }
    }

    /// When it was raised.
    #[must_use]
    pub fn own_date(&self) -> Date {
        self.raised.own_date()
    }

    /// Its parties: who raised it, and against whom.
    pub fn parties(&self) -> impl Iterator<Item = &AgencyId> {
        self.raised.agency.iter().chain(&self.raised.data.against)
    }

    /// Where it stands, by all that is said here.
    #[must_use]
    pub fn state(&self) -> ClaimState {
        if self.withdrawn.is_some() {
            ClaimState::Withdrawn
        } else if self.resolved.is_some() {
            ClaimState::Resolved
        } else if !self.referred.is_empty() {
            ClaimState::Referred
        } else if !self.answered.is_empty() {
            ClaimState::Answered
        } else {
            ClaimState::Raised
        }
    }

    /// The entry that ended it.
    #[must_use]
    pub fn ended(&self) -> Option<Seq> {
        let resolved = self.resolved.as_ref().map(|fact| fact.by);
        resolved.or(self.withdrawn.as_ref().map(|fact| fact.by))
    }

    /// The entries about it.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seq> {
        let mut seqs: Vec<_> = self.raised.evidence().collect();
        seqs.extend(self.answered.iter().flat_map(Fact::evidence));
        seqs.extend(self.referred.iter().flat_map(Fact::evidence));
        seqs.extend(self.resolved.iter().flat_map(Fact::evidence));
        seqs.extend(self.withdrawn.iter().flat_map(Fact::evidence));
        seqs.sort_unstable();
        seqs
    }
}
