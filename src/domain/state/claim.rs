//! A claim as the record has it.

use serde::{Deserialize, Serialize};

use super::super::event::claim::{ClaimAnswered, ClaimRaised, ClaimReferred, ClaimResolved, ClaimWithdrawn};
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
