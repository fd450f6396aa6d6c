//! A programme as the record has it.

use serde::{Deserialize, Serialize};

use super::super::event::programme::{ProgrammeChanged, ProgrammeEnded, ProgrammeReported, ProgrammeStarted};
use super::fact::Fact;

/// A joint undertaking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Programme {
    /// How it began.
    pub started: Fact<ProgrammeStarted>,
    /// What changed, by place.
    pub changed: Vec<Fact<ProgrammeChanged>>,
    /// Reports on its goals, by place.
    pub reported: Vec<Fact<ProgrammeReported>>,
    /// How it ended.
    pub ended: Option<Fact<ProgrammeEnded>>,
}
