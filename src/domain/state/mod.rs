//! The fold of all events: everything the rules and the answers need to know.

use super::{Event, Instant, Seq};

/// Everything admitted so far, folded. Cheap to clone: maps share their structure.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Entries folded in; the next seq.
    pub size: u64,
    /// Instant of the last entry.
    pub at: Instant,
}

impl State {
    /// Folds an admitted event in. Total: what it names and the state lacks is passed over, so
    /// that a state of a few subjects can be folded from their entries alone.
    pub fn evolve(&mut self, event: &Event) {
        self.size = event.seq.0 + 1;
        self.at = event.at;
        let _ = Seq(0);
    }
}
