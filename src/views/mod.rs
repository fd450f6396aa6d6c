//! Derived state that answers questions: the newest fold of the log in memory, persisted with its
//! position so that opening is quick, and the fold as it was known at an earlier entry.
//! Views never write the log; whatever is in doubt is built again from it.

pub mod answer;
pub mod bundle;
pub mod known;

mod closure;
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

use crate::domain::state::Key;
use crate::domain::{Instant, State};
use crate::log;

pub use closure::{of_ledger, seqs, walk};
pub use error::{BadKnownAt, Error, Result};
pub use fold::into as fold;
pub use history::History;
pub use known::{Known, KnownAt, Scope};
pub use offline::Offline;
pub use snapshot::Snapshot;

use persist::Persist;
use store::Store;

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
    /// builds everything again where it does not agree or cannot be read.
    ///
    /// # Errors
    /// Those of the log; [`Error::Entry`] for an entry that is no event; [`Error::Store`] when
    /// `views/` can be neither read nor made.
    pub fn open(dir: &Path, reader: log::Reader) -> Result<(Self, State)> {
        let (store, loaded) = Store::open(&dir.join("views"))?;
        let history = History::new(reader.clone())?;
        let committed = reader.committed();
        let mut state = match loaded {
            Some(loaded) if fits(&reader, committed.size, &loaded.position)? => loaded.state,
            _ => {
                store.clear()?;
                State::default()
            }
        };
        let mut touched = persist::Touched::default();
        fold::into(&mut state, &reader, committed.size, &mut |keys| touched.add(keys))?;
        let current = Arc::new(Snapshot::new(state.clone(), &committed));
        let persist = Persist::start(store, Arc::clone(&current), touched)?;
        Ok((Self { current: ArcSwap::new(current), history, persist }, state))
    }

    /// Makes a durable state the one that is answered from, and hands the keys it touched to the
    /// thread that persists them. Called by the writer; waits for nobody.
    pub fn publish(&self, next: Arc<Snapshot>, touched: Vec<Key>) {
        self.current.store(Arc::clone(&next));
        self.persist.add(next, touched);
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

/// Whether a persisted position is one of this log: its size is reached, its link the same.
fn fits(reader: &log::Reader, size: u64, position: &store::Position) -> Result<bool> {
    if position.size == 0 || position.size > size {
        return Ok(false);
    }
    let bytes = reader.entry(crate::domain::Seq(position.size - 1))?;
    Ok(log::Link::of(&bytes) == position.link)
}
