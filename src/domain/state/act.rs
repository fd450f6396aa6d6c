//! An act as the record has it.

use serde::{Deserialize, Serialize};

use super::super::event::act::ActRecorded;
use super::decision::Authority;
use super::fact::Fact;

/// Something that was done, or omitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// What was done.
    pub recorded: Fact<ActRecorded>,
    /// Whether its authority was alive, as known when it was recorded.
    pub authority_then: Authority,
}
