//! The ledger's witnesses as the record has them.

use serde::{Deserialize, Serialize};

use super::super::Seq;
use super::super::event::ledger::{WitnessRegistered, WitnessRetired};
use super::State;
use super::fact::Fact;

/// A witness and what was said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Witness {
    /// How it began.
    pub registered: Fact<WitnessRegistered>,
    /// How it ended.
    pub retired: Option<Fact<WitnessRetired>>,
}

impl Witness {
    /// Whether its cosignature of a checkpoint of that many entries counts: it was registered by one
    /// of them, and retired by none.
    #[must_use]
    pub fn counts_at(&self, size: u64) -> bool {
        let within = |seq: Seq| seq.0 < size;
        within(self.registered.by) && !self.retired.as_ref().is_some_and(|fact| within(fact.by))
    }
}

impl State {
    /// How many witnesses must sign a checkpoint of that many entries, by the policy among them.
    #[must_use]
    pub fn quorum_at(&self, size: u64) -> u64 {
        let said = self.ledger.policy.iter().rev().filter(|fact| fact.by.0 < size);
        let first = self.ledger.opened.iter().map(|fact| &fact.data.policy);
        let patches = said.map(|fact| &*fact.data).chain(first);
        patches.filter_map(|patch| patch.witness_quorum).next().unwrap_or(0)
    }

    /// The witnesses that are asked: registered and not retired.
    pub fn live_witnesses(&self) -> impl Iterator<Item = &Witness> {
        self.witnesses.values().map(|witness| &**witness).filter(|witness| witness.retired.is_none())
    }
}
