//! The states of the past: found by walking links where the question is narrow, by replay where it
//! is wide. Replays go one at a time, and the last one is kept for the next question.

use std::sync::{Mutex, PoisonError};

use crate::domain::{Instant, Seq, State, Zone};
use crate::log::Reader;

use super::known::{Place, Times};
use super::{Error, Known, KnownAt, Result, Scope, Snapshot, closure, fold};

/// Reads what was known at earlier entries.
#[derive(Debug)]
pub struct History {
    reader: Reader,
    zone: Zone,
    /// The last replayed state; a replay holds the lock, so that two never run side by side.
    replayed: Mutex<State>,
}

impl History {
    /// Over the entries of a log.
    ///
    /// # Errors
    /// [`Error::Zone`] when the ledger's zone is not in the bundled database.
    pub fn new(reader: Reader) -> Result<Self> {
        let zone = Zone::parse(reader.zone()).map_err(|bad| Error::Zone { found: bad.found })?;
        Ok(Self { reader, zone, replayed: Mutex::default() })
    }

    /// The zone civil dates are judged in.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The state as known at K; from `current` where K is its newest entry.
    ///
    /// # Errors
    /// [`Error::BadKnownAt`], or those of the log.
    pub fn known(
        &self,
        current: Option<&Snapshot>,
        at: &KnownAt,
        scope: Scope<'_>,
        now: Instant,
    ) -> Result<Known> {
        let tree = current.map_or_else(|| self.reader.tree(), |current| current.tree.clone());
        let log = Bounded { reader: &self.reader, size: tree.size() };
        let Place { seq, at, day, final_ } = at.place(&log, &self.zone, now)?;
        let size = seq.0 + 1;
        let state = match (current, scope) {
            (Some(current), _) if current.size == size => current.state.clone(),
            (_, Scope::Responsibility(id)) => closure::walk(&self.reader, id, seq)?,
            (_, Scope::All) => self.replay(size)?,
        };
        Ok(Known { state, seq, at, day, final_, root: tree.root_at(size)?, size })
    }

    fn replay(&self, size: u64) -> Result<State> {
        let mut kept = self.replayed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = if kept.size <= size { kept.clone() } else { State::default() };
        // Nobody persists this state: what it touched is of no use.
        fold::into(&mut state, &self.reader, size, &mut drop)?;
        *kept = state.clone();
        Ok(state)
    }
}

/// The first entries of a log that may have grown since.
struct Bounded<'a> {
    reader: &'a Reader,
    size: u64,
}

impl Times for Bounded<'_> {
    type Error = Error;

    fn size(&self) -> u64 {
        self.size
    }

    fn at(&self, seq: Seq) -> Result<Instant> {
        Ok(self.reader.at(seq)?)
    }

    fn seq_at(&self, instant: Instant) -> Result<Option<Seq>> {
        let found = self.reader.seq_at(instant)?;
        Ok(found.map(|seq| Seq(seq.0.min(self.size.saturating_sub(1)))))
    }
}
