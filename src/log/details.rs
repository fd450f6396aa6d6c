//! Details: truth that can be erased (FORMAT section 8). One writer, any number of readers beside it;
//! the store keeps ciphertexts and never sees what they say (`seal::aead` opens them).
//!
//! What FORMAT leaves open. All integers are little endian.
//! - `details/records`: records one behind the other, nothing before, between or behind them.
//!   `length` counts the ciphertext, its 16-byte tag included (16 to 16,384); the crc32c covers all
//!   of the record that stands before it.
//! - `details/keys/<n>`, n decimal: slots 4,096 n to 4,096 n + 4,095 of 40 bytes each; slot numbers
//!   count through all files. A file has its whole length from the beginning. State 0 is free (all 40
//!   bytes are zero), 1 used, 2 destroyed (the key is zeros). The crc32c covers the key and then the
//!   state, which stands behind it. A slot is used once: a destroyed one is not used again.
//! - `<file>.new` is a file being written, `<file>.old` one that was replaced and is not overwritten
//!   yet; both are ended on opening.
//!
//! What was destroyed leaves no trace: that a detail was erased, and not lost, is said by the log.

mod copy;
mod keys;
mod reader;
mod records;
mod replace;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, RwLock};

use crate::domain::Seq;

use super::error::{Damage, Error, Fault, Result};
use super::slots::Stop;
use super::source::{Source, fault, io, no_space};
use super::storage::Storage;
use keys::{KEYS, Key, State, Table};
use reader::{Index, Shared};
use records::{Place, RECORDS, Scan, Shift};

pub(crate) use copy::{has_keys, into_backup, out_of_backup};
pub use reader::Reader;
pub use records::CIPHERTEXT_BYTES_MAX;

/// Folder of the details.
pub(crate) const FOLDER: &str = "details";
/// File of the last erasure that is done: its seq in digits, and a line feed.
const ERASED_THROUGH: &str = "details/erased-through";

/// A detail under its key. `Debug` shows its digest only.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// SHA-256 of the disclosure: what the entry says of it.
    pub digest: [u8; 32],
    /// Random, of this detail alone.
    pub key: [u8; 32],
    /// Random.
    pub nonce: [u8; 24],
    /// The disclosure, encrypted.
    pub ciphertext: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// What is kept of a detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of it.
    Present(Sealed),
    /// Its key is destroyed; the ciphertext is about to be.
    Erased,
    /// Nothing: it was never stored, or is destroyed.
    Absent,
}

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Details that entries refer to.
    pub kept: usize,
    /// Details that no entry refers to: they were destroyed.
    pub orphans: usize,
    /// Bytes of records that were not whole, and never acknowledged: they were taken away.
    pub cut_bytes: u64,
    /// Damage. Nothing that may belong to it was touched; the rest is kept and read.
    pub faults: Vec<Fault>,
    /// The last entry whose erasures are done.
    pub erased_through: Option<Seq>,
}

/// The writer. The caller holds the lock of the data directory.
#[derive(Debug)]
pub struct Details {
    shared: Arc<Shared>,
    stop: Stop,
    pending: Vec<Sealed>,
    /// Where each digest stands in them.
    waits: HashMap<[u8; 32], usize>,
    /// First slot that was never used.
    next_slot: u64,
    /// Where the next record goes, in bytes.
    end: u64,
}

impl Details {
    /// Opens the store for writing: ends what a crash left half done, then destroys what no entry
    /// refers to.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when there are keys and no records, [`Error::Io`].
    pub fn open(
        storage: Arc<dyn Storage>,
        dir: &Path,
        referred: impl FnMut(&[u8; 32]) -> bool,
    ) -> Result<(Self, Opened)> {
        let index = RwLock::default();
        let shared = Shared { storage, dir: dir.to_owned(), live: true, index };
        let source = shared.source();
        prepare(source)?;
        let table = Table::load(source)?;
        let file = open_records(source, &table)?;
        let found = records::scan(source, &file)?;
        let plan = Plan::new(&found, &table, referred);
        keys::destroy(source, table.files(), |slot| plan.doomed(slot))?;

        let taken = table.slots().last().map(|(slot, _)| slot);
        let named = found.records.iter().map(|(_, place)| place.slot).max();
        let next_slot = taken.max(named).map_or(0, |slot| slot.saturating_add(1));
        let Plan { places, lost, drops, opened, .. } = plan;
        let gaps = found.gaps.into_iter().filter(|gap| !drops.contains(&gap.range)).collect();
        let file = Some(Arc::new(file));
        *shared.index_mut() = Index { file, places, lost, gaps, ..Index::default() };
        let (stop, end) = (Stop::default(), found.length);
        let (pending, waits) = (Vec::new(), HashMap::new());
        let mut details = Self { shared: Arc::new(shared), stop, pending, waits, next_slot, end };
        details.take_away(&drops)?;
        let erased_through = details.erased_through()?;
        Ok((details, Opened { erased_through, ..opened }))
    }

    /// A readers' handle, which sees what is durable.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { shared: Arc::clone(&self.shared) }
    }

    /// Whether a failed write or sync has stopped writing for good.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.is_set()
    }

    /// Stops with somebody else from now on: whoever fails first stops both.
    pub(crate) fn stops_with(&mut self, other: &Stop) {
        self.stop = other.clone();
    }

    /// What is kept of a detail, those not durable yet among them.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub fn get(&self, digest: &[u8; 32]) -> Result<Kept> {
        match self.waits.get(digest).and_then(|place| self.pending.get(*place)) {
            Some(item) => Ok(Kept::Present(item.clone())),
            None => self.reader().get(digest),
        }
    }

    /// Whether a detail is kept, or about to be.
    #[must_use]
    pub fn contains(&self, digest: &[u8; 32]) -> bool {
        self.waits.contains_key(digest) || self.shared.index().places.contains_key(digest)
    }

    /// Details that are to be made durable.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Takes details to be made durable by the next [`Details::sync`]. One that is there already
    /// stays as it is.
    ///
    /// # Errors
    /// [`Error::Stopped`]; [`Error::TooLarge`] for a ciphertext that is none of a detail, and none of
    /// them is taken then.
    pub fn append<'a>(&mut self, items: impl IntoIterator<Item = &'a Sealed, IntoIter: Clone>) -> Result<()> {
        self.stop.check()?;
        let items = items.into_iter();
        if let Some(item) = items.clone().find(|item| !records::fits(item.ciphertext.len())) {
            return Err(Error::TooLarge { found: item.ciphertext.len(), max: CIPHERTEXT_BYTES_MAX });
        }
        let shared = Arc::clone(&self.shared);
        let index = shared.index();
        for item in items {
            if !index.places.contains_key(&item.digest) && !self.waits.contains_key(&item.digest) {
                self.waits.insert(item.digest, self.pending.len());
                self.pending.push(item.clone());
            }
        }
        Ok(())
    }

    /// Forgets what was appended since there were so many [pending](Details::pending).
    pub fn rollback(&mut self, pending: usize) {
        for item in self.pending.drain(pending.min(self.pending.len())..) {
            self.waits.remove(&item.digest);
        }
    }

    /// Makes what was appended durable: keys and records are written, then the keys are synced, then
    /// the records. Nothing is acknowledged before both are, so the order holds no promise; keys come
    /// first so that whoever finds a record finds its key.
    ///
    /// # Errors
    /// [`Error::Full`] when no space can be reserved: nothing counts as written, and it may be tried
    /// again. Any other error stops writing for good.
    pub fn sync(&mut self) -> Result<()> {
        self.stop.check()?;
        if self.pending.is_empty() {
            return Ok(());
        }
        match self.try_sync() {
            Err(full @ Error::Full { .. }) => Err(full),
            other => self.stop.guard(other),
        }
    }

    fn try_sync(&mut self) -> Result<()> {
        let (name, source) = (Path::new(RECORDS), self.shared.source());
        let Some(file) = self.shared.index().file.clone() else { return Err(Error::Stopped) };
        let next_slot = self.next_slot.checked_add(self.pending.len() as u64);
        let Some(next_slot) = next_slot else { return Err(keys::keyless(u64::MAX).into()) };
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for (slot, item) in (self.next_slot..next_slot).zip(&self.pending) {
            let offset = self.end + bytes.len() as u64;
            places.push((item.digest, Place { offset, bytes: records::bytes(&item.ciphertext), slot }));
            records::encode(item, slot, &mut bytes);
        }
        let needed = bytes.len() as u64;
        keys::make_room(source, self.next_slot..next_slot)?;
        let full = no_space(needed, "reserve", name);
        source.storage.reserve(&file, self.end, self.end + needed).map_err(full)?;

        let keys: Vec<Key> = self.pending.iter().map(|item| item.key).collect();
        let written = keys::write(source, self.next_slot, &keys)?;
        source.storage.write_at(&file, &bytes, self.end).map_err(io("write", name))?;
        for (name, file) in &written {
            source.storage.sync_data(file).map_err(io("sync", name))?;
        }
        source.storage.sync_data(&file).map_err(io("sync", name))?;

        self.shared.index_mut().places.extend(places);
        (self.next_slot, self.end) = (next_slot, self.end + needed);
        self.rollback(0);
        Ok(())
    }

    /// Destroys details: their keys, then their ciphertexts, durably. Those that are not there are
    /// destroyed already. Where there is damage that may be one of them, it goes too, with every key
    /// that no record names.
    ///
    /// # Errors
    /// [`Error::Stopped`]; any other error stops writing for good, and opening ends what was begun
    /// once no entry refers to them, or their key is gone.
    pub fn destroy(&mut self, digests: &[[u8; 32]]) -> Result<()> {
        self.stop.check()?;
        self.pending.retain(|item| !digests.contains(&item.digest));
        self.waits = self.pending.iter().map(|item| item.digest).zip(0..).collect();
        let result = self.try_destroy(digests);
        self.stop.guard(result)
    }

    /// Notes, durably, that the erasures up to an entry are done.
    ///
    /// # Errors
    /// [`Error::Stopped`]; any other error stops writing for good.
    pub fn erased(&mut self, through: Seq) -> Result<()> {
        self.stop.check()?;
        let (name, source) = (Path::new(ERASED_THROUGH), self.shared.source());
        let fill = |file: &File| {
            source.storage.write_at(file, format!("{through}\n").as_bytes(), 0).map_err(io("write", name))
        };
        self.stop.guard(replace::create(source, name, fill).map(drop))
    }

    /// What [`Details::erased`] noted last. A file that says nothing has every erasure done again.
    fn erased_through(&self) -> Result<Option<Seq>> {
        let (name, source) = (Path::new(ERASED_THROUGH), self.shared.source());
        let (folder, file) = (Path::new(FOLDER), name.file_name().and_then(|file| file.to_str()));
        let names = source.storage.list(&source.dir.join(folder)).map_err(io("list", folder))?;
        if !names.iter().any(|found| Some(found.as_str()) == file) {
            return Ok(None);
        }
        let bytes = source.read(name)?;
        let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix('\n'));
        Ok(text.and_then(|text| text.parse().ok()).map(Seq))
    }

    fn try_destroy(&mut self, digests: &[[u8; 32]]) -> Result<()> {
        let (mut drops, mut doomed, mut kept) = (Vec::new(), HashSet::new(), HashSet::new());
        let blind = {
            let index = self.shared.index();
            let lost = index.lost.iter().map(|(digest, place)| (digest, place));
            for (digest, place) in index.places.iter().chain(lost) {
                if digests.contains(digest) {
                    doomed.insert(place.slot);
                    drops.push(place.range());
                } else {
                    kept.insert(place.slot);
                }
            }
            let blind = !index.gaps.is_empty() && !digests.iter().all(|d| index.places.contains_key(d));
            if blind {
                drops.extend(index.gaps.iter().map(|gap| gap.range.clone()));
            }
            blind
        };
        if drops.is_empty() {
            return Ok(());
        }
        let source = self.shared.source();
        if blind {
            let files = Table::load(source)?;
            keys::destroy(source, files.files(), |slot| !kept.contains(&slot))?;
        } else {
            let files: HashSet<u64> = doomed.iter().map(|slot| keys::place(*slot).0).collect();
            keys::destroy(source, files.into_iter(), |slot| doomed.contains(&slot))?;
        }
        drops.sort_unstable_by_key(|range| range.start);
        self.take_away(&drops)
    }

    /// Rewrites the records without some ranges of bytes, which are sorted.
    fn take_away(&mut self, drops: &[Range<u64>]) -> Result<()> {
        if drops.is_empty() {
            return Ok(());
        }
        let (name, source) = (Path::new(RECORDS), self.shared.source());
        let Some(old) = self.shared.index().file.clone() else { return Err(Error::Stopped) };
        let copy = |new: &File| records::copy_without(source, &old, new, self.end, drops);
        let new = replace::replace(source, name, copy)?;
        {
            let mut index = self.shared.index_mut();
            index.file = Some(Arc::new(new));
            index.generation = index.generation.wrapping_add(1);
            let starts: HashSet<u64> = drops.iter().map(|range| range.start).collect();
            index.places.retain(|_, place| !starts.contains(&place.offset));
            index.gaps.retain(|gap| !starts.contains(&gap.range.start));
            index.lost.retain(|(_, place)| !starts.contains(&place.offset));
            index.shift(drops);
        }
        self.end = Shift::new(drops).of(self.end);
        // readers have the new file: the old one may go
        replace::scrub_old(source, name)
    }
}

/// Makes the folders, durably, and ends what a crash left half done in them.
fn prepare(source: Source<'_>) -> Result<()> {
    let (details, keys) = (Path::new(FOLDER), Path::new(KEYS));
    source.storage.mkdir(&source.dir.join(keys)).map_err(io("create", keys))?;
    for folder in [Path::new(""), details, keys] {
        replace::sync_dir(source, folder)?;
    }
    replace::recover(source, details)?;
    replace::recover(source, keys)
}

/// The file of the records; a new one where there is none and never was.
fn open_records(source: Source<'_>, table: &Table) -> Result<File> {
    let name = Path::new(RECORDS);
    match source.storage.open(&source.dir.join(name), true) {
        Ok(file) => Ok(file),
        Err(e) if e.kind() == ErrorKind::NotFound => match table.slots().next() {
            None => replace::create(source, name, |_| Ok(())),
            Some(_) => Err(fault(name, 0, None, Damage::Missing).into()),
        },
        Err(e) => Err(io("open", name)(e)),
    }
}

/// What opening keeps, and what goes.
struct Plan<'a> {
    table: &'a Table,
    places: HashMap<[u8; 32], Place>,
    /// Records that stay without a key.
    lost: Vec<([u8; 32], Place)>,
    /// Slots of the records that stay.
    claimed: HashSet<u64>,
    /// Slots of the records that go.
    orphaned: HashSet<u64>,
    /// Ranges that go, sorted.
    drops: Vec<Range<u64>>,
    /// Bytes that are no record and stay: somebody's damaged detail.
    damaged: bool,
    opened: Opened,
}

impl<'a> Plan<'a> {
    fn new(found: &Scan, table: &'a Table, mut referred: impl FnMut(&[u8; 32]) -> bool) -> Self {
        let mut plan = Plan {
            table,
            places: HashMap::new(),
            lost: Vec::new(),
            claimed: HashSet::new(),
            orphaned: HashSet::new(),
            drops: Vec::new(),
            damaged: false,
            opened: Opened::default(),
        };
        // the last of a digest counts: it was stored again when the first was lost
        let whole = |place: &Place| table.state(place.slot) == State::Used;
        let last: HashMap<_, _> = found.records.iter().filter(|(_, place)| whole(place)).copied().collect();
        let mut durable = 0;
        for (digest, place) in &found.records {
            if !referred(digest) {
                plan.opened.orphans += 1;
                plan.go(place);
                continue;
            }
            // details were durable before the entry that refers to them
            durable = place.offset;
            if last.get(digest) == Some(place) {
                plan.places.insert(*digest, *place);
                plan.claimed.insert(place.slot);
            } else if table.state(place.slot) == State::Destroyed || last.contains_key(digest) {
                plan.go(place);
            } else {
                plan.claimed.insert(place.slot);
                plan.lost.push((*digest, *place));
                plan.opened.faults.push(keys::keyless(place.slot));
            }
        }
        for gap in &found.gaps {
            if gap.range.start < durable || gap.digest.as_ref().is_some_and(&mut referred) {
                plan.damaged = true;
                plan.opened.faults.push(gap.fault());
            } else {
                plan.opened.cut_bytes += gap.range.end - gap.range.start;
                plan.drops.push(gap.range.clone());
            }
        }
        plan.drops.sort_unstable_by_key(|range| range.start);
        plan.opened.kept = plan.places.len();
        plan
    }

    fn go(&mut self, place: &Place) {
        self.orphaned.insert(place.slot);
        self.drops.push(place.range());
    }

    /// Whether a key goes: no record that stays has it. Where a record is damaged, the key may be its.
    fn doomed(&self, slot: u64) -> bool {
        let state = self.table.state(slot);
        matches!(state, State::Used | State::Bad)
            && !self.claimed.contains(&slot)
            && (!self.damaged || self.orphaned.contains(&slot))
    }
}
