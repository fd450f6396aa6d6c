//! The readers' handle: durable entries, their proofs and their histories. It never blocks the
//! writer, and never hands out a byte that is not what the tree says it was.

pub(super) mod named;
mod open;
mod receipt;

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::{Instant, Seq};

use super::committed::Committed;
use super::entry::{ENTRY_BYTES_MAX, Entry, LinkTriple};
use super::error::{Damage, Error, Result};
use super::index::{Index, SubjectLast, subject_key};
use super::link::Link;
use super::manifest::Manifest;
use super::note::{Signer, Vkey};
use super::offsets::Offsets;
use super::subjects::Cache;
use super::tree::{TreeSnapshot, leaf_hash};

/// Bytes of one sequential read.
const READ_BYTES: usize = 1 << 20;
/// Bytes read for one entry at first; most are shorter.
const GUESS_BYTES: usize = 1024;

/// An open segment.
#[derive(Debug)]
pub(crate) struct SegmentFile {
    pub(crate) first: Seq,
    /// Relative to the data directory.
    pub(crate) name: PathBuf,
    pub(crate) file: File,
}

/// What readers see: replaced as a whole after each commit.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) committed: Arc<Committed>,
    pub(crate) segments: Arc<Vec<Arc<SegmentFile>>>,
}

/// What the writer and its readers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) manifest: Manifest,
    /// Of the keys that are there, the newest first, and behind them the others that the log names.
    pub(crate) vkeys: Vec<Vkey>,
    /// The writer's; `None` where only is read.
    pub(super) signer: Option<Signer>,
    pub(crate) offsets: Offsets,
    pub(crate) index: Index,
    pub(crate) subjects: Cache,
    pub(crate) now: RwLock<Arc<Published>>,
}

impl Shared {
    pub(crate) fn now(&self) -> Arc<Published> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn publish(&self, next: Published) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
    }
}

/// Reads durable entries. Cheap to clone, shared between threads.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(crate) shared: Arc<Shared>,
}

impl Reader {
    /// Count of durable entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.shared.now().committed.size
    }

    /// The newest commit: size, root, link, checkpoint and tree, which belong together.
    #[must_use]
    pub fn committed(&self) -> Arc<Committed> {
        Arc::clone(&self.shared.now().committed)
    }

    /// The newest checkpoint as a signed note.
    #[must_use]
    pub fn checkpoint(&self) -> String {
        self.shared.now().committed.checkpoint.clone()
    }

    /// The tree over the durable entries.
    #[must_use]
    pub fn tree(&self) -> TreeSnapshot {
        self.shared.now().committed.tree.clone()
    }

    /// The ledger's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.shared.manifest.origin
    }

    /// The zone civil dates are judged in, an IANA name.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.shared.manifest.zone
    }

    /// The newest key that signs checkpoints; `None` for a reader that may not read the key files.
    #[must_use]
    pub fn vkey(&self) -> Option<&Vkey> {
        self.shared.vkeys.first()
    }

    /// The key that signs; `None` for a reader that no writer gave.
    #[must_use]
    pub fn signer(&self) -> Option<&Signer> {
        self.shared.signer.as_ref()
    }

    /// The keys that sign checkpoints, the newest first, and behind them those that did before.
    #[must_use]
    pub fn vkeys(&self) -> &[Vkey] {
        &self.shared.vkeys
    }

    /// The index over the durable entries.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.shared.index
    }

    /// Bytes of an entry, as stored. They are compared with the tree's leaf, and where its tile is
    /// lost with the chain value that the next entry carries.
    ///
    /// # Errors
    /// [`Error::NotFound`] beyond the size, [`Error::Corrupt`] for damaged bytes, [`Error::Io`].
    pub fn entry(&self, seq: Seq) -> Result<Vec<u8>> {
        let now = self.shared.now();
        let bytes = self.raw(&now, seq)?;
        self.check(&now, seq, &bytes)?;
        Ok(bytes)
    }

    /// Entries `from..to` in order, read in large pieces, each compared with the tree's leaf.
    #[must_use]
    pub fn entries(&self, from: Seq, to: Seq) -> Entries {
        let now = self.shared.now();
        let to = to.0.min(now.committed.size);
        Entries { reader: self.clone(), now, next: from.0, to, piece: Vec::new(), base: 0, segment: None }
    }

    /// When an entry was recorded.
    ///
    /// # Errors
    /// As [`Self::entry`].
    pub fn at(&self, seq: Seq) -> Result<Instant> {
        let bytes = self.entry(seq)?;
        Ok(self.decode(seq, &bytes)?.at)
    }

    /// The last entry recorded at or before an instant.
    ///
    /// # Errors
    /// As [`Self::entry`].
    pub fn seq_at(&self, instant: Instant) -> Result<Option<Seq>> {
        let (mut low, mut high) = (0, self.size());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(Seq(middle))? <= instant {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low.checked_sub(1).map(Seq))
    }

    /// The subject's newest entry among those up to and including `upto`. From the newest entry it
    /// goes back along the third values of the links, in O(log^2) steps.
    ///
    /// # Errors
    /// As [`Self::entry`]; [`Error::Corrupt`] when the links do not lead where they should.
    pub fn last(&self, subject: &str, upto: Option<Seq>) -> Result<Option<SubjectLast>> {
        let size = self.size();
        let Some(last) = upto.map_or(size.checked_sub(1), |upto| upto.0.min(size.saturating_sub(1)).into())
        else {
            return Ok(None);
        };
        let Some(mut here) = self.shared.index.last(subject)? else { return Ok(None) };
        while here.seq.0 > last {
            let [ordinal, prev, skip] = self.link_of(subject, here)?;
            let go = |ordinal: i64, seq: i64| {
                let (ordinal, seq) = (u64::try_from(ordinal).ok()?, u64::try_from(seq).ok()?);
                Some(SubjectLast { ordinal, seq: Seq(seq) })
            };
            let skipped = go(ordinal & (ordinal - 1), skip).filter(|skip| skip.seq.0 > last);
            match skipped.or_else(|| go(ordinal - 1, prev)) {
                Some(next) => here = next,
                None => return Ok(None),
            }
        }
        Ok(Some(here))
    }

    /// Numbers of all entries of a subject up to and including `upto`, oldest first.
    ///
    /// # Errors
    /// As [`Self::last`].
    pub fn history(&self, subject: &str, upto: Option<Seq>) -> Result<Vec<Seq>> {
        let mut found = Vec::new();
        let mut here = self.last(subject, upto)?;
        while let Some(place) = here {
            found.push(place.seq);
            let [_, prev, _] = self.link_of(subject, place)?;
            here = u64::try_from(prev)
                .ok()
                .map(|prev| SubjectLast { ordinal: place.ordinal - 1, seq: Seq(prev) });
        }
        found.reverse();
        Ok(found)
    }

    /// The link by which an entry stands in a subject's history, which must be at this ordinal.
    pub(crate) fn link_of(&self, subject: &str, place: SubjectLast) -> Result<LinkTriple> {
        let bytes = self.entry(place.seq)?;
        let entry = self.decode(place.seq, &bytes)?;
        match entry.link(subject) {
            Some(link) if u64::try_from(link[0]) == Ok(place.ordinal) && link[1] < signed(place.seq) => {
                Ok(link)
            }
            _ => Err(self.corrupt(place.seq, Damage::Links)),
        }
    }

    /// Completes what is known of a subject by following third values.
    pub(crate) fn complete(&self, subject: &str, history: &mut super::index::History) -> Result<()> {
        while !history.is_complete() {
            let known = history.stack.len();
            // Ordinal of the oldest entry on the stack: the newest with its lowest bits taken off.
            let ordinal = (1..known).fold(history.ordinal, |ordinal, _| ordinal & ordinal.wrapping_sub(1));
            let Some(seq) = history.stack.first().copied() else { return Ok(()) };
            let [_, _, skip] = self.link_of(subject, SubjectLast { ordinal, seq: Seq(seq) })?;
            let skip = u64::try_from(skip).map_err(|_| self.corrupt(Seq(seq), Damage::Links))?;
            history.stack.insert(0, skip);
        }
        Ok(())
    }

    /// What the newest durable entries say of a subject, fit to continue its history.
    pub(crate) fn history_state(&self, subject: &str) -> Result<super::index::History> {
        let mut history = self.shared.index.history(subject_key(subject))?.unwrap_or_default();
        self.complete(subject, &mut history)?;
        Ok(history)
    }

    fn decode<'a>(&self, seq: Seq, bytes: &'a [u8]) -> Result<Entry<'a>> {
        Entry::decode(bytes).map_err(|_| self.corrupt(seq, Damage::Entry))
    }

    fn place(&self, now: &Published, seq: Seq) -> Result<(Arc<SegmentFile>, u64)> {
        let not_found = Error::NotFound { seq, size: now.committed.size };
        if seq.0 >= now.committed.size {
            return Err(not_found);
        }
        let segment = now.segments.partition_point(|segment| segment.first <= seq).checked_sub(1);
        let segment = segment.and_then(|number| now.segments.get(number)).cloned();
        match (segment, self.shared.offsets.get(seq)) {
            (Some(segment), Some(offset)) => Ok((segment, offset)),
            _ => Err(not_found),
        }
    }

    /// An entry's bytes, unchecked.
    fn raw(&self, now: &Published, seq: Seq) -> Result<Vec<u8>> {
        let (segment, offset) = self.place(now, seq)?;
        let io = |source| Error::Io { op: "read", path: segment.name.clone(), source };
        let mut bytes = vec![0; GUESS_BYTES];
        let got = read_some(&segment.file, &mut bytes, offset).map_err(io)?;
        bytes.truncate(got);
        let length = bytes.first_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length));
        let length = usize::try_from(length).unwrap_or(0);
        if !(1..=ENTRY_BYTES_MAX).contains(&length) {
            return Err(self.corrupt(seq, Damage::CommitRecords));
        }
        let known = bytes.len();
        bytes.resize(length + 4, 0);
        if let Some(rest) = bytes.get_mut(known..) {
            segment.file.read_exact_at(rest, offset + known as u64).map_err(io)?;
        }
        bytes.drain(..4);
        Ok(bytes)
    }

    fn check(&self, now: &Published, seq: Seq, bytes: &[u8]) -> Result<()> {
        let sound = match now.committed.tree.holds(seq.0, &leaf_hash(bytes)) {
            Ok(sound) => sound,
            Err(_) => self.follows(now, seq)? == Link::of(bytes),
        };
        if sound { Ok(()) } else { Err(self.corrupt(seq, Damage::Leaf)) }
    }

    /// The link that the entry after this one carries, or that was committed.
    fn follows(&self, now: &Published, seq: Seq) -> Result<Link> {
        let next = Seq(seq.0 + 1);
        if next.0 == now.committed.size {
            return Ok(now.committed.link);
        }
        let bytes = self.raw(now, next)?;
        Ok(self.decode(next, &bytes)?.prev)
    }

    fn corrupt(&self, seq: Seq, what: Damage) -> Error {
        let place = self.place(&self.shared.now(), seq);
        let (file, offset) =
            place.map(|(segment, offset)| (segment.name.clone(), offset)).unwrap_or_default();
        Error::Corrupt { file, offset, seq: Some(seq), what }
    }
}

fn signed(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

/// Reads as much of the buffer as the file has.
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + got as u64) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(got)
}

/// Entries in order. Ends after the first error.
#[derive(Debug)]
pub struct Entries {
    reader: Reader,
    now: Arc<Published>,
    next: u64,
    to: u64,
    piece: Vec<u8>,
    base: u64,
    segment: Option<Seq>,
}

impl Entries {
    fn read(&mut self, seq: Seq) -> Result<Vec<u8>> {
        let (segment, offset) = self.reader.place(&self.now, seq)?;
        if let Some(bytes) = self.cut(&segment, offset) {
            return self.checked(seq, bytes);
        }
        self.piece.resize(READ_BYTES, 0);
        let got = read_some(&segment.file, &mut self.piece, offset).map_err(|source| Error::Io {
            op: "read",
            path: segment.name.clone(),
            source,
        })?;
        self.piece.truncate(got);
        (self.base, self.segment) = (offset, Some(segment.first));
        match self.cut(&segment, offset) {
            Some(bytes) => self.checked(seq, bytes),
            None => Err(self.reader.corrupt(seq, Damage::CommitRecords)),
        }
    }

    /// The record at an offset, when the piece in memory holds it whole.
    fn cut(&self, segment: &SegmentFile, offset: u64) -> Option<Vec<u8>> {
        if self.segment != Some(segment.first) {
            return None;
        }
        let place = usize::try_from(offset.checked_sub(self.base)?).ok()?;
        let (length, rest) = self.piece.get(place..)?.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        rest.get(..length).map(<[u8]>::to_vec)
    }

    fn checked(&self, seq: Seq, bytes: Vec<u8>) -> Result<Vec<u8>> {
        match self.now.committed.tree.leaf(seq.0) {
            Ok(leaf) if leaf == leaf_hash(&bytes) => Ok(bytes),
            _ => self.reader.check(&self.now, seq, &bytes).map(|()| bytes),
        }
    }
}

impl Iterator for Entries {
    type Item = Result<(Seq, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.to {
            return None;
        }
        let seq = Seq(self.next);
        self.next += 1;
        let read = self.read(seq);
        if read.is_err() {
            self.next = self.to;
        }
        Some(read.map(|bytes| (seq, bytes)))
    }
}
