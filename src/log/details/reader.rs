//! Reading details beside the one who writes them, in this process or another.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::super::error::{Damage, Error, Fault, Result};
use super::super::source::{Source, fault, io};
use super::super::storage::Storage;
use super::keys::{self, State};
use super::records::{self, Gap, Place, RECORDS, Shift};
use super::replace::{Identity, identity};
use super::{Kept, Sealed};

/// Times the records are read again when they are replaced meanwhile: a writer that replaces them all the time, on
/// a loaded machine, is met so often.
const TRIES: usize = 32;

/// Where the records stand, in the file they were found in.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// `None` before there are any.
    pub(super) file: Option<Arc<File>>,
    pub(super) places: HashMap<[u8; 32], Place>,
    /// Records whose keys are damaged; known to the writer.
    pub(super) lost: Vec<([u8; 32], Place)>,
    pub(super) gaps: Vec<Gap>,
    /// Which file it was, and where its records ended, when it was read.
    pub(super) seen: Option<(Identity, u64)>,
    /// Counts the files.
    pub(super) generation: u64,
}

impl Index {
    /// Bytes that are no record, before one that is.
    fn inner_gaps(&self) -> impl Iterator<Item = &Gap> {
        let last = self.places.values().map(|place| place.offset).max().unwrap_or(0);
        self.gaps.iter().filter(move |gap| gap.range.start < last)
    }

    /// Follows a rewrite of the file without these ranges, of which it names nothing any more.
    pub(super) fn shift(&mut self, without: &[Range<u64>]) {
        let lost = self.lost.iter_mut().map(|(_, place)| place);
        let mut places: Vec<&mut Place> = self.places.values_mut().chain(lost).collect();
        places.sort_unstable_by_key(|place| place.offset);
        let mut shift = Shift::new(without);
        places.into_iter().for_each(|place| place.offset = shift.of(place.offset));
        let mut shift = Shift::new(without);
        for gap in &mut self.gaps {
            let start = shift.of(gap.range.start);
            gap.range = start..start + (gap.range.end - gap.range.start);
        }
    }
}

/// What a writer and its readers share; or the readers of a directory that somebody else writes.
pub(super) struct Shared {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) dir: PathBuf,
    /// Whether the writer is here and keeps the index up to date.
    pub(super) live: bool,
    /// Guarded: read by every reader, changed by the writer after each sync.
    pub(super) index: RwLock<Index>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn source(&self) -> Source<'_> {
        Source { storage: &*self.storage, dir: &self.dir, writable: self.live }
    }

    pub(super) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands at a place.
    fn read(&self, file: &File, place: &Place, digest: &[u8; 32]) -> Result<Kept> {
        let name = Path::new(RECORDS);
        let mut bytes = vec![0; usize::try_from(place.bytes).unwrap_or(0)];
        match self.storage.read_at(file, &mut bytes, place.offset) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => bytes.clear(),
            other => other.map_err(io("read", name))?,
        }
        let record = records::decode(&bytes);
        let record = record.filter(|record| record.digest == *digest && record.slot == place.slot);
        let Some(record) = record else {
            return Err(fault(name, place.offset, None, Damage::Detail).into());
        };
        match keys::read(self.source(), record.slot)? {
            (State::Used, key) => {
                let ciphertext = record.ciphertext.to_vec();
                Ok(Kept::Present(Sealed { digest: *digest, key, nonce: record.nonce, ciphertext }))
            }
            (State::Destroyed, _) => Ok(Kept::Erased),
            (State::Free | State::Bad, _) => Err(keys::keyless(record.slot).into()),
        }
    }

    /// Which file has the name of the records, and how long it is.
    fn now(&self) -> Result<Option<(File, (Identity, u64))>> {
        let name = Path::new(RECORDS);
        match self.storage.open(&self.dir.join(name), false) {
            Ok(file) => {
                let length = self.storage.len(&file).map_err(io("measure", name))?;
                let seen = (identity(&file, name)?, length);
                Ok(Some((file, seen)))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(io("open", name)(e)),
        }
    }

    /// Reads the records of a directory that somebody else may be writing.
    fn scan(&self, generation: u64) -> Result<Index> {
        let mut index = Index { generation, ..Index::default() };
        let mut before: Option<Vec<Gap>> = None;
        for _ in 0..TRIES {
            let Some((file, seen)) = self.now()? else { return Ok(index) };
            let found = records::scan(self.source(), &file)?;
            // the last of a digest counts: it was stored again when the first was lost
            index.places = found.records.into_iter().collect();
            index.gaps = found.gaps;
            // an end that is no record may be one that is just being written
            let torn = index.gaps.last().filter(|gap| gap.range.end == found.length);
            index.seen = Some((seen.0, torn.map_or(found.length, |gap| gap.range.start)));
            index.file = Some(Arc::new(file));
            // what is being written may be met as a gap before records: damage is there the next time, too
            let gaps: Vec<Gap> = index.inner_gaps().cloned().collect();
            let is_damage = gaps.is_empty() || before.as_ref() == Some(&gaps);
            before = Some(gaps);
            // a file that is being overwritten has given its name to another
            if is_damage && self.now()?.is_some_and(|(_, now)| now.0 == seen.0) {
                break;
            }
        }
        Ok(index)
    }

    /// Whether there is something newer than what was looked at; it is read then.
    fn moved_on(&self, generation: u64) -> Result<bool> {
        let (current, seen) = {
            let index = self.index();
            (index.generation, index.seen)
        };
        if current != generation {
            return Ok(true);
        }
        if self.live || self.now()?.map(|(_, now)| now) == seen {
            return Ok(false);
        }
        let new = self.scan(generation.wrapping_add(1))?;
        let changed = new.seen != seen;
        *self.index_mut() = new;
        Ok(changed)
    }
}

/// A readers' handle; clones share what they know.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(super) shared: Arc<Shared>,
}

impl Reader {
    /// Reads the details of a data directory, without its lock and without changing anything. A
    /// directory without details has none.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(storage: Arc<dyn Storage>, dir: &Path) -> Result<Self> {
        let index = RwLock::default();
        let shared = Shared { storage, dir: dir.to_owned(), live: false, index };
        let found = shared.scan(0)?;
        *shared.index_mut() = found;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What is kept of a detail. Whoever reads beside a writer sees each detail as it was before or
    /// after what the writer does.
    ///
    /// # Errors
    /// [`Error::Corrupt`] with the place where its record or its key is damaged, [`Error::Io`].
    pub fn get(&self, digest: &[u8; 32]) -> Result<Kept> {
        let mut tries = 0;
        loop {
            let (generation, found) = {
                let index = self.shared.index();
                let place = index.places.get(digest).copied();
                (index.generation, place.and_then(|place| Some((index.file.clone()?, place))))
            };
            let kept = match found {
                Some((file, place)) => self.shared.read(&file, &place, digest),
                None => Ok(Kept::Absent),
            };
            let doubtful = matches!(kept, Ok(Kept::Absent) | Err(Error::Corrupt { .. }));
            if !doubtful || tries == TRIES || !self.shared.moved_on(generation)? {
                return kept;
            }
            tries += 1;
        }
    }

    /// How many details there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.shared.index().places.len() as u64
    }

    /// Damage among the records: bytes that are none, before one that is. What is no record at the end
    /// of the file was never acknowledged, or the entry that refers to it will be found without it.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.index().inner_gaps().map(Gap::fault).collect()
    }
}
