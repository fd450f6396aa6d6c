//! What the rules look back at while the writer decides: durable entries, and those staged since.

use std::cell::{Cell, RefCell};

use crate::domain::{Earlier, Past, Seq, Subject};
use crate::log::{self, Log, Reader, Storage};
use crate::seal;

/// The entries before a statement, staged ones included.
pub(super) struct Looking<'a, S: Storage> {
    /// Shared by calls that follow one another; none is inside another.
    log: RefCell<&'a mut Log<S>>,
    reader: &'a Reader,
    /// Something could not be read.
    failed: Cell<bool>,
}

impl<'a, S: Storage> Looking<'a, S> {
    pub(super) fn new(log: &'a mut Log<S>, reader: &'a Reader) -> Self {
        Self { log: RefCell::new(log), reader, failed: Cell::new(false) }
    }

    /// Whether something could not be read: then nothing may rest on the answers.
    pub(super) fn failed(&self) -> bool {
        self.failed.get()
    }

    fn fails(&self, error: &log::Error) {
        tracing::error!(%error, "the entries before cannot be read");
        self.failed.set(true);
    }
}

impl<S: Storage> Past for Looking<'_, S> {
    fn last(&self, subject: &Subject) -> Option<(u64, Seq)> {
        match self.log.borrow_mut().next_links(std::slice::from_ref(subject)) {
            Ok(links) => {
                let [next, last, _] = *links.first()?;
                Some((u64::try_from(next - 1).ok()?, Seq(u64::try_from(last).ok()?)))
            }
            Err(error) => {
                self.fails(&error);
                None
            }
        }
    }

    fn entry(&self, seq: Seq) -> Option<Earlier> {
        let log = self.log.borrow();
        if let Some(bytes) = log.staged_entry(seq) {
            return seal::earlier_in(bytes);
        }
        match self.reader.entry(seq) {
            Ok(bytes) => seal::earlier_in(&bytes),
            Err(log::Error::NotFound { .. }) => None,
            Err(error) => {
                self.fails(&error);
                None
            }
        }
    }
}
