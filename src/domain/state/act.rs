//! An act as the record has it.

use serde::{Deserialize, Serialize};

use super::super::event::act::ActRecorded;
use super::decision::Authority;
use super::fact::Fact;
use super::{State, authority};

/// Something that was done, or omitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// What was done.
    pub recorded: Fact<ActRecorded>,
    /// Whether its authority was alive, as known when it was recorded.
    pub authority_then: Authority,
}

impl Act {
    /// An act just recorded, with what the state before it knows of its authority.
    #[must_use]
    pub fn new(recorded: Fact<ActRecorded>, state: &State) -> Self {
        let authority_then = authority::of_act(state, &recorded.data, recorded.seq);
        Self { recorded, authority_then }
    }
}
