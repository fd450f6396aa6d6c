//! The persisted state: objects by key in sled, with the position and link of the entry they stand
//! at. A kill at any moment leaves an older position with its objects, or a mark that says "build
//! again"; the log is asked whether the position is still one of its own.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use crate::domain::state::Key;
use crate::domain::{Instant, State};
use crate::log::Link;

use super::{Error, Result, Snapshot};

/// Most keys of one batch: larger ones cost sled memory out of proportion.
pub(super) const BATCH_KEYS: usize = 256;
/// sled's page cache. Objects are written often and read once, on opening.
const CACHE_BYTES: u64 = 16 << 20;
/// Raised when objects are written in another form or judged by other rules: what was written before is
/// built again.
const VERSION: u8 = 3;
/// How often a database is tried that is still locked, and the pause between.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// Key of the position; object keys stand behind their own prefix.
const POSITION: &[u8] = b"p";
/// Present while a set of several batches is being written.
const TORN: &[u8] = b"t";
const OBJECT: u8 = b'o';

/// At which entry the persisted objects stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) size: u64,
    pub(super) at: Instant,
    pub(super) link: Link,
}

impl Position {
    fn encode(&self) -> [u8; 49] {
        let mut bytes = [VERSION; 49];
        let fields = self.size.to_be_bytes().into_iter().chain(self.at.micros.to_be_bytes());
        for (place, byte) in bytes.iter_mut().skip(1).zip(fields.chain(self.link.0)) {
            *place = byte;
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (size, rest) = rest.split_first_chunk::<8>()?;
        let (at, link) = rest.split_first_chunk::<8>()?;
        let at = Instant { micros: i64::from_be_bytes(*at) };
        let link = Link(link.try_into().ok()?);
        (*version == VERSION).then_some(Self { size: u64::from_be_bytes(*size), at, link })
    }
}

/// What a store held when it was opened.
pub(super) struct Loaded {
    pub(super) position: Position,
    pub(super) state: State,
}

/// The store. Owned by the thread that persists.
#[derive(Debug)]
pub(super) struct Store {
    db: sled::Db,
}

impl Store {
    /// Opens `views/` and reads what is there; makes it anew when it cannot be read.
    pub(super) fn open(dir: &Path) -> Result<(Self, Option<Loaded>)> {
        // Derived state may be damaged in any way; a panic inside sled is one of them.
        let read = catch_unwind(AssertUnwindSafe(|| -> io::Result<_> {
            let store = Self { db: database(dir)? };
            let loaded = store.load();
            Ok((store, loaded))
        }));
        match read {
            Ok(Ok(opened)) => Ok(opened),
            Ok(Err(_)) | Err(_) => {
                remove(dir)?;
                Ok((Self { db: database(dir).map_err(Error::Store)? }, None))
            }
        }
    }

    /// Everything, when a whole set was the last to be written and every object can be read.
    fn load(&self) -> Option<Loaded> {
        if self.db.get(TORN).ok()?.is_some() {
            return None;
        }
        let position = Position::decode(&self.db.get(POSITION).ok()??)?;
        let mut whole = true;
        let objects = self.db.scan_prefix([OBJECT]).map_while(|read| {
            let object =
                read.ok().and_then(|(key, value)| Some((Key::decode(key.get(1..)?)?, value.to_vec())));
            whole &= object.is_some();
            object
        });
        let state = State::load(position.size, position.at, objects).ok()?;
        whole.then_some(Loaded { position, state })
    }

    /// Forgets everything; the position first, so that what a kill leaves behind does not count.
    pub(super) fn clear(&self) -> Result<()> {
        let cleared = self.db.remove(POSITION).and_then(|_| self.db.flush()).and_then(|_| self.db.clear());
        cleared.map_err(|e| Error::Store(e.into()))
    }

    /// Writes the objects of these keys as the snapshot has them, and its position with the last.
    pub(super) fn write(&self, snapshot: &Snapshot, keys: &[Key]) -> Result<()> {
        self.batches(snapshot, keys).map_err(|e| Error::Store(e.into()))
    }

    fn batches(&self, snapshot: &Snapshot, keys: &[Key]) -> sled::Result<()> {
        let position = Position { size: snapshot.size, at: snapshot.at, link: snapshot.link };
        // The position has a place in the last batch, which alone makes the set count.
        let (first, last) = keys.split_at(keys.len() - keys.len() % (BATCH_KEYS - 2));
        if !first.is_empty() {
            self.db.insert(TORN, &[])?;
            self.db.flush()?;
        }
        for piece in first.chunks(BATCH_KEYS - 2) {
            self.db.apply_batch(batch(snapshot, piece, None))?;
        }
        self.db.apply_batch(batch(snapshot, last, Some(&position)))
    }

    /// What a kill between two batches of a set leaves behind.
    #[cfg(test)]
    pub(super) fn tear(&self) {
        let _ = self.db.insert(TORN, &[]);
        let _ = self.db.flush();
    }

    /// Gives what was written to the disk.
    pub(super) fn flush(&self) -> Result<()> {
        self.db.flush().map(|_| ()).map_err(|e| Error::Store(e.into()))
    }
}

fn batch(snapshot: &Snapshot, keys: &[Key], position: Option<&Position>) -> sled::Batch {
    let mut batch = sled::Batch::default();
    for key in keys {
        let mut name = vec![OBJECT];
        name.extend(key.encode());
        match snapshot.state.object(key) {
            Some(object) => batch.insert(name, object),
            None => batch.remove(name),
        }
    }
    if let Some(position) = position {
        batch.insert(POSITION, position.encode().as_slice());
        batch.remove(TORN);
    }
    batch
}

fn database(dir: &Path) -> io::Result<sled::Db> {
    let mut tries = 0;
    loop {
        match sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE_BYTES)
            .mode(sled::Mode::HighThroughput)
            .flush_every_ms(None)
            .open()
        {
            Ok(db) => return Ok(db),
            // The ledger's own lock says that nobody else writes here: it is this process, whose
            // last handle of the database is still being given up by its threads.
            Err(sled::Error::Io(e)) if e.to_string().contains("acquire lock") && tries < LOCK_TRIES => {
                tries += 1;
                std::thread::sleep(LOCK_PAUSE);
            }
            Err(e) => return Err(e.into()),
        }
    }
}

fn remove(dir: &Path) -> Result<()> {
    match std::fs::remove_dir_all(dir) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Error::Store(e)),
    }
}
