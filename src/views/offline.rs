//! Answers from a data directory without a server: no lock, nothing written, no database.

use std::path::{Path, PathBuf};

use crate::domain::state::words::Words;
use crate::domain::{Instant, Seq};
use crate::log::Reader;

use super::answer::details::Look;
use super::{History, Known, KnownAt, Result, Scope, closure};

/// A data directory opened for questions, up to its `head`.
#[derive(Debug)]
pub struct Offline {
    dir: PathBuf,
    reader: Reader,
    history: History,
}

impl Offline {
    /// Opens a data directory beside a running server or none.
    ///
    /// # Errors
    /// Those of [`Reader::open`]; [`super::Error::Zone`].
    pub fn open(dir: &Path) -> Result<Self> {
        let reader = Reader::open(dir)?;
        Ok(Self { dir: dir.to_owned(), history: History::new(reader.clone())?, reader })
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The entries.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// A look at the details.
    #[must_use]
    pub fn look(&self) -> Look {
        Look::anybody(&self.dir)
    }

    /// What became of the words of an entry, as of the newest one.
    ///
    /// # Errors
    /// Those of the log.
    pub fn words(&self, seq: Seq) -> Result<Words> {
        Ok(closure::of_entry(&self.reader, seq)?.words(seq))
    }

    /// The zone civil dates are judged in.
    #[must_use]
    pub fn zone(&self) -> &crate::domain::Zone {
        self.history.zone()
    }

    /// The state as known at K, folded from what the scope needs.
    ///
    /// # Errors
    /// As [`super::Views::known`].
    pub fn known(&self, at: &KnownAt, scope: Scope<'_>, now: Instant) -> Result<Known> {
        self.history.known(None, at, scope, now)
    }
}
