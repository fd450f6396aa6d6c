//! A forum as the record has it.

use serde::{Deserialize, Serialize};

use super::super::event::forum::{ForumChanged, ForumFormed, ForumMet};
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
