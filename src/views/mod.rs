//! Derived state that answers questions: the newest fold of the log in memory, persisted with its
//! position so that opening is quick, and the fold as it was known at an earlier entry.
//! Views never write the log; whatever is in doubt is built again from it.

pub mod answer;
pub mod bundle;
pub mod known;

mod closure;
mod deep;
mod error;
mod fold;
mod history;
mod offline;
mod persist;
mod snapshot;
mod store;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::domain::state::Change;
use crate::domain::{Instant, State};
use crate::log;
use crate::log::sum::{Sum, SumKey};

pub use closure::{of_ledger, seqs, walk};
pub use deep::{Deep, deep};
pub use error::{BadKnownAt, Error, Result};
pub use fold::into as fold;
pub use history::History;
pub use known::{Known, KnownAt, Scope};
pub use offline::Offline;
pub use snapshot::Snapshot;

use persist::Persist;
use store::Store;

/// Folder of the persisted state.
const FOLDER: &str = "views";

/// The newest answers, and the way to older ones. The writer publishes, everybody reads.
#[derive(Debug)]
pub struct Views {
    /// Replaced as a whole after each durable commit.
    current: ArcSwap<Snapshot>,
    history: History,
    persist: Persist,
}

impl Views {
    /// Takes up the persisted state where it agrees with the log, folds in what is newer, and
    /// builds everything again where it does not agree or cannot be read. Where `views/` can be neither read
    /// nor made, nothing is persisted, and the views are those of the log all the same. `seed` is random: a
    /// directory without a signing key gets a key of its own from it.
    ///
    /// # Errors
    /// Those of the log; [`Error::Entry`] for an entry that is no event.
    pub fn open(dir: &Path, reader: log::Reader, seed: [u8; 32]) -> Result<(Self, State)> {
        let key = SumKey::of_directory(dir, reader.origin(), seed);
        let dir = dir.join(FOLDER);
        let history = History::new(reader.clone())?;
        let committed = reader.committed();
        let (store, loaded) = match Store::open(&dir, &key) {
            Ok((store, loaded)) => (Some(store), loaded),
            Err(error) => {
                tracing::warn!(%error, "views/ cannot be written; the views are built from the log each time");
                (None, None)
            }
        };
        let fits = match &loaded {
            Some(loaded) => fits(&reader, committed.size, &loaded.position)?,
            None => false,
        };
        let (mut state, sum) = match loaded.filter(|_| fits) {
            Some(loaded) => (loaded.state, loaded.sum),
            None => (State::default(), Sum::default()),
        };
        let store = match store {
            Some(store) if state.size == 0 && store.clear().is_err() => {
                drop(store);
                Store::anew(&dir, "it could not be emptied").ok()
            }
            other => other,
        };
        let mut changes = persist::Changes::default();
        fold::into(&mut state, &reader, committed.size, &mut |new| changes.add(new))?;
        let current = Arc::new(Snapshot::new(state.clone(), &committed));
        let kept = store.map(|store| persist::Kept { dir, store, key, sum });
        let persist = Persist::start(kept, Arc::clone(&current), changes)?;
        Ok((Self { current: ArcSwap::new(current), history, persist }, state))
    }

    /// Makes a durable state the one that is answered from, and hands what it changed to the
    /// thread that persists it. Called by the writer; waits for nobody.
    pub fn publish(&self, next: Arc<Snapshot>, changes: Vec<Change>) {
        self.current.store(Arc::clone(&next));
        self.persist.add(next, changes);
    }

    /// The newest durable state.
    #[must_use]
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The state as known at K, folded from what the scope needs.
    ///
    /// # Errors
    /// [`Error::BadKnownAt`] when K names nothing the ledger could know at `now`; those of the log.
    pub fn known(&self, at: &KnownAt, scope: Scope<'_>, now: Instant) -> Result<Known> {
        self.history.known(Some(&self.current()), at, scope, now)
    }

    /// Waits until everything published so far is persisted.
    ///
    /// # Errors
    /// [`Error::Store`] when it could not be.
    pub fn flush(&self) -> Result<()> {
        self.persist.flush()
    }

    /// Persists what is left and ends the thread.
    ///
    /// # Errors
    /// As [`Self::flush`].
    pub fn close(&self) -> Result<()> {
        self.persist.close()
    }
}

/// Why the views of a data directory were built again from the log the last time, if they were.
#[must_use]
pub fn rebuilt(dir: &Path) -> Option<String> {
    store::rebuilt(&dir.join(FOLDER))
}

/// Whether a persisted position is one of this log: its size is reached, its link the same.
fn fits(reader: &log::Reader, size: u64, position: &store::Position) -> Result<bool> {
    if position.size == 0 || position.size > size {
        return Ok(false);
    }
    let bytes = reader.entry(crate::domain::Seq(position.size - 1))?;
    Ok(log::Link::of(&bytes) == position.link)
}
