//! Whether the ledger writes, and why not.

use crate::log;

/// Whether the ledger writes.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Why it does not.
    pub why: Option<String>,
}

impl Status {
    /// A failed write or sync: nothing is written until a restart. The first reason counts.
    pub(super) fn stop(&mut self, error: &log::Error) {
        self.why.get_or_insert_with(|| error.to_string());
    }

    /// The writer is gone.
    pub(super) fn ended(&mut self) {
        self.why.get_or_insert_with(|| "the writer has ended".to_owned());
    }
}
