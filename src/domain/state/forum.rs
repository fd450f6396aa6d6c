//! A forum as the record has it.

use serde::{Deserialize, Serialize};

use super::super::basis::Basis;
use super::super::event::forum::{ForumChanged, ForumFormed, ForumMet, VotingRule};
use super::super::{AgencyId, Seq};
use super::dated::{Told, Upto};
use super::fact::Fact;

/// A standing coordination body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forum {
    /// How it began.
    pub formed: Fact<ForumFormed>,
    /// What changed, by place.
    pub changed: Vec<Fact<ForumChanged>>,
    /// Its meetings, by place.
    pub met: Vec<Fact<ForumMet>>,
}

impl Told for Forum {
    fn upto(&self, upto: Upto) -> Self {
        Self { formed: self.formed.clone(), changed: upto.all(&self.changed), met: upto.all(&self.met) }
    }
}

impl Forum {
    /// A forum just formed.
    #[must_use]
    pub fn new(formed: Fact<ForumFormed>) -> Self {
        Self { formed, changed: Vec::new(), met: Vec::new() }
    }

    /// What was said last of a field.
    fn last<'a, T>(&'a self, of: impl Fn(&'a ForumChanged) -> Option<T>) -> Option<T> {
        self.changed.iter().rev().find_map(|fact| of(&fact.data))
    }

    /// Who leads it.
    #[must_use]
    pub fn convener(&self) -> &AgencyId {
        self.last(|data| data.convener.as_ref()).unwrap_or(&self.formed.data.convener)
    }

    /// Who votes in it.
    #[must_use]
    pub fn members(&self) -> &[AgencyId] {
        self.last(|data| data.members.as_deref()).unwrap_or(&self.formed.data.members)
    }

    /// What carries a decision.
    #[must_use]
    pub fn rule(&self) -> VotingRule {
        self.last(|data| data.rule).or(self.formed.data.rule).unwrap_or_default()
    }

    /// The quorum that was said, if one was.
    #[must_use]
    pub fn said_quorum(&self) -> Option<u64> {
        self.last(|data| data.quorum).or(self.formed.data.quorum)
    }

    /// Members that must vote: what was said, by default more than half.
    #[must_use]
    pub fn quorum(&self) -> u64 {
        self.said_quorum().unwrap_or(self.members().len() as u64 / 2 + 1)
    }

    /// Legal basis: what was said last.
    #[must_use]
    pub fn basis(&self) -> Option<&Basis> {
        self.last(|data| data.basis.as_ref()).or(self.formed.data.basis.as_ref())
    }

    /// The entries about it.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seq> {
        let mut seqs: Vec<_> = self.formed.evidence().collect();
        seqs.extend(self.changed.iter().flat_map(Fact::evidence));
        seqs.extend(self.met.iter().flat_map(Fact::evidence));
        seqs.sort_unstable();
        seqs
    }
}
