//! A commitment as the record has it.

use serde::{Deserialize, Serialize};

use super::super::event::commitment::{
    CommitmentChanged, CommitmentConfirmed, CommitmentDropped, CommitmentFulfilled, CommitmentMade,
};
use super::fact::Fact;

/// A promised action and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commitment {
    /// How it began.
    pub made: Fact<CommitmentMade>,
    /// Who is to act agreed.
    pub confirmed: Option<Fact<CommitmentConfirmed>>,
    /// Other due days, by place.
    pub changed: Vec<Fact<CommitmentChanged>>,
    /// It was done.
    pub fulfilled: Option<Fact<CommitmentFulfilled>>,
    /// It was let go.
    pub dropped: Option<Fact<CommitmentDropped>>,
}
