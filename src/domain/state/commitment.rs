//! A commitment as the record has it.

use serde::{Deserialize, Serialize};

use super::super::event::commitment::{
    CommitmentChanged, CommitmentConfirmed, CommitmentDropped, CommitmentFulfilled, CommitmentMade,
};
use super::super::{Date, Seq};
use super::dated::{Told, Upto};
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

/// Where a commitment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum CommitmentState {
    Open,
    Fulfilled,
    Dropped,
}

impl Told for Commitment {
    fn upto(&self, upto: Upto) -> Self {
        Self {
            made: self.made.clone(),
            confirmed: upto.one(self.confirmed.as_ref()),
            changed: upto.all(&self.changed),
            fulfilled: upto.one(self.fulfilled.as_ref()),
            dropped: upto.one(self.dropped.as_ref()),
        }
    }
}

impl Commitment {
    /// A commitment just made.
    #[must_use]
    pub fn new(made: Fact<CommitmentMade>) -> Self {
        Self { made, confirmed: None, changed: Vec::new(), fulfilled: None, dropped: None }
    }

    /// When it was made.
    #[must_use]
    pub fn own_date(&self) -> Date {
        self.made.own_date()
    }

    /// Where it stands, by all that is said here.
    #[must_use]
    pub fn state(&self) -> CommitmentState {
        if self.dropped.is_some() {
            CommitmentState::Dropped
        } else if self.fulfilled.is_some() {
            CommitmentState::Fulfilled
        } else {
            CommitmentState::Open
        }
    }

    /// The entry in which who is to act agreed: its confirmation, or its own promise.
    #[must_use]
    pub fn agreed(&self) -> Option<Seq> {
        let own = self.made.agency.as_ref() == Some(&self.made.data.by);
        self.confirmed.as_ref().map(|fact| fact.by).or(own.then_some(self.made.by))
    }

    /// Its last day: what was said last, by own date.
    #[must_use]
    pub fn due(&self) -> Date {
        let last = self.changed.iter().max_by_key(|fact| (fact.own_date(), fact.seq));
        last.map_or(self.made.data.due, |fact| fact.data.due)
    }

    /// Whether it is open past its due day; what nobody agreed to is not.
    #[must_use]
    pub fn is_overdue(&self, day: Date) -> bool {
        self.state() == CommitmentState::Open && self.agreed().is_some() && self.due() < day
    }

    /// The entry that ended it.
    #[must_use]
    pub fn ended(&self) -> Option<Seq> {
        let dropped = self.dropped.as_ref().map(|fact| fact.by);
        dropped.or(self.fulfilled.as_ref().map(|fact| fact.by))
    }

    /// The entries about it.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seq> {
        let mut seqs: Vec<_> = self.made.evidence().collect();
        seqs.extend(self.confirmed.iter().flat_map(Fact::evidence));
        seqs.extend(self.changed.iter().flat_map(Fact::evidence));
        seqs.extend(self.fulfilled.iter().flat_map(Fact::evidence));
        seqs.extend(self.dropped.iter().flat_map(Fact::evidence));
        seqs.sort_unstable();
        seqs
    }
}
