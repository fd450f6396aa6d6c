//! The persisted state: objects by key in sled, with the position and link of the entry they stand
//! at, under a code that only who has the key can make. A kill at any moment leaves an older position with
//! its objects, or a mark that says "build again"; the log is asked whether the position is still one of
//! its own. Objects whose sum the code does not fit are never taken up.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use crate::domain::state::Key;
use crate::domain::{Instant, State};
use crate::log::Link;
use crate::log::sum::{Sum, SumKey};

use super::{Error, Result};

/// Most keys of one batch: larger ones cost sled memory out of proportion.
pub(super) const BATCH_KEYS: usize = 256;
/// sled's page cache. Objects are written often and read once, on opening.
const CACHE_BYTES: u64 = 16 << 20;
/// Raised when objects are written in another form or judged by other rules: what was written before is
/// built again.
const VERSION: u8 = 5;
/// How often a database is tried that is still locked, and the pause between.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// Key of the position; object keys stand behind their own prefix.
const POSITION: &[u8] = b"p";
/// Present while a set of several batches is being written.
const TORN: &[u8] = b"t";
const OBJECT: u8 = b'o';
/// The file that says why everything was built again the last time; sled has none of this name.
const REBUILT: &str = "rebuilt";

/// At which entry the persisted objects stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) size: u64,
    pub(super) at: Instant,
    pub(super) link: Link,
}

/// Length of a position as bytes, and of its code.
const POSITION_BYTES: usize = 49;
const CODE_BYTES: usize = 32;

impl Position {
    fn encode(&self) -> [u8; POSITION_BYTES] {
        let mut bytes = [VERSION; POSITION_BYTES];
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

    fn code(&self, key: &SumKey, sum: &Sum) -> [u8; CODE_BYTES] {
        key.code(&self.encode(), &self.link, sum)
    }
}

/// What a store held when it was opened.
pub(super) struct Loaded {
    pub(super) position: Position,
    pub(super) state: State,
    pub(super) sum: Sum,
}

/// What an object is to be, by the bytes of its key; `None` where it is to be there no more.
pub(super) type Written = (Vec<u8>, Option<Vec<u8>>);

/// The store. Owned by the thread that persists.
#[derive(Debug)]
pub(super) struct Store {
    db: sled::Db,
}

impl Store {
    /// Opens `views/` and reads what is there; makes it anew when it cannot be read.
    pub(super) fn open(dir: &Path, key: &SumKey) -> Result<(Self, Option<Loaded>)> {
        // Derived state may be damaged in any way; a panic inside sled is one of them.
        let read = guarded(|| {
            let store = Self { db: database(dir)? };
            let loaded = store.load(key);
            Ok((store, loaded))
        });
        match read {
            Ok(opened) => Ok(opened),
            Err(why) => Self::anew(dir, &why.to_string()).map(|store| (store, None)),
        }
    }

    /// An empty store in the place of the one that is there, which says why.
    pub(super) fn anew(dir: &Path, why: &str) -> Result<Self> {
        tracing::warn!(why, "the views are built again from the log");
        remove(dir)?;
        let store = guarded(|| Ok(Self { db: database(dir)? })).map_err(Error::Store)?;
        std::fs::write(dir.join(REBUILT), why).map_err(Error::Store)?;
        Ok(store)
    }

    /// Everything, when a whole set was the last to be written, every object can be read, and the code fits
    /// them.
    fn load(&self, key: &SumKey) -> Option<Loaded> {
        if self.db.get(TORN).ok()?.is_some() {
            return None;
        }
        let stored = self.db.get(POSITION).ok()??;
        let (position, code) = stored.split_last_chunk::<CODE_BYTES>()?;
        let position = Position::decode(position)?;
        let (mut whole, mut sum) = (true, Sum::default());
        let objects = self.db.scan_prefix([OBJECT]).map_while(|read| {
            let object = read.ok().and_then(|(name, value)| {
                let name = name.get(1..)?;
                sum.add(key, name, &value);
                Some((Key::decode(name)?, value.to_vec()))
            });
            whole &= object.is_some();
            object
        });
        let state = State::load(position.size, position.at, objects).ok()?;
        let fits = whole && position.code(key, &sum) == *code;
        fits.then_some(Loaded { position, state, sum })
    }

    /// Forgets everything; the position first, so that what a kill leaves behind does not count.
    pub(super) fn clear(&self) -> Result<()> {
        guarded(|| {
            self.db.remove(POSITION)?;
            self.db.flush()?;
            Ok(self.db.clear()?)
        })
        .map_err(Error::Store)
    }

    /// Writes objects, and with the last of them the position at which they stand, with its code.
    pub(super) fn write(
        &self,
        position: &Position,
        (key, sum): (&SumKey, &Sum),
        objects: &[Written],
    ) -> Result<()> {
        guarded(|| {
            // The position has a place in the last batch, which alone makes the set count.
            let (first, last) = objects.split_at(objects.len() - objects.len() % (BATCH_KEYS - 2));
            if !first.is_empty() {
                self.db.insert(TORN, &[])?;
                self.db.flush()?;
            }
            for piece in first.chunks(BATCH_KEYS - 2) {
                self.db.apply_batch(batch(piece))?;
            }
            let mut last = batch(last);
            let mut stands = position.encode().to_vec();
            stands.extend(position.code(key, sum));
            last.insert(POSITION, stands);
            last.remove(TORN);
            self.db.apply_batch(last)?;
            self.db.flush()?;
            Ok(())
        })
        .map_err(Error::Store)
    }

    /// What it holds, where all of it is whole and the code fits; nothing is made anew.
    pub(super) fn peek(dir: &Path, key: &SumKey) -> Result<Option<Loaded>> {
        guarded(|| Ok(Self { db: database(dir)? }.load(key))).map_err(Error::Store)
    }

    /// What who writes the disk without the key can do: a word of the first object of a kind is another.
    #[cfg(test)]
    pub(super) fn forge(&self, kind: &str, word: &str, another: &str) {
        let Some(Ok((key, value))) = self.db.scan_prefix(format!("o{kind}:")).next() else { return };
        let forged = String::from_utf8_lossy(&value).replace(word, another);
        let _ = self.db.insert(key, forged.as_bytes());
        let _ = self.db.flush();
    }

    /// What a kill between two batches of a set leaves behind.
    #[cfg(test)]
    pub(super) fn tear(&self) {
        let _ = self.db.insert(TORN, &[]);
        let _ = self.db.flush();
    }
}

/// Why the store of a directory was built again from the log the last time, if it was.
pub(super) fn rebuilt(dir: &Path) -> Option<String> {
    std::fs::read_to_string(dir.join(REBUILT)).ok()
}

/// What sled does, a panic of its own being an error.
fn guarded<T>(run: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let panicked = |_| Err(io::Error::other("sled panicked"));
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(panicked)
}

fn batch(objects: &[Written]) -> sled::Batch {
    let mut batch = sled::Batch::default();
    for (key, object) in objects {
        let mut name = vec![OBJECT];
        name.extend(key);
        match object {
            Some(object) => batch.insert(name, object.as_slice()),
            None => batch.remove(name),
        }
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
