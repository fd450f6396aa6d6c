//! Which entry used a jti, and which is a subject's last: one sorted file per sealed segment, maps in
//! memory for the segment being written. Derived, so memory follows living things.

mod sealed;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::Seq;

use super::entry::{Entry, LinkTriple};
use super::error::Result;

pub(crate) use sealed::{Record, Sealed};

/// A truncated BLAKE3 of what is looked up. Two things with the same key are not expected to exist;
/// the caller confirms by reading the entry.
pub(crate) type Key = u128;

/// Key of a speaker's jti.
pub(crate) fn jti_key(speaker: &str, jti: &str) -> Key {
    let mut hash = blake3::Hasher::new();
    hash.update(speaker.as_bytes()).update(&[0]).update(jti.as_bytes()).update(&[1]);
    shorten(&hash.finalize())
}

/// Key of a subject.
pub(crate) fn subject_key(subject: &str) -> Key {
    shorten(&blake3::hash(subject.as_bytes()))
}

fn shorten(hash: &blake3::Hash) -> Key {
    hash.as_bytes().first_chunk::<16>().map_or(0, |bytes| u128::from_le_bytes(*bytes))
}

/// A subject's newest entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectLast {
    /// Its ordinal in the subject's history, from 1.
    pub ordinal: u64,
    /// Its number in the log.
    pub seq: Seq,
}

/// A subject's last ordinal `o`, and the seqs of `o`, `o & (o-1)`, and so on (newest last): all that
/// the links of later entries can ever point to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    pub(crate) ordinal: u64,
    pub(crate) stack: Vec<u64>,
}

impl History {
    /// From the newest entry's own link; the older part of the stack may be missing.
    pub(crate) fn from_link(seq: Seq, [ordinal, _, skip]: LinkTriple) -> Self {
        let ordinal = u64::try_from(ordinal).unwrap_or(0);
        let mut stack = vec![seq.0];
        if let (2, Ok(skip)) = (ordinal.count_ones(), u64::try_from(skip)) {
            stack.insert(0, skip);
        }
        Self { ordinal, stack }
    }

    pub(crate) fn last(&self) -> Option<SubjectLast> {
        self.stack.last().map(|seq| SubjectLast { ordinal: self.ordinal, seq: Seq(*seq) })
    }

    /// Whether the stack reaches down to the subject's first power of two.
    pub(crate) fn is_complete(&self) -> bool {
        u64::try_from(self.stack.len()) == Ok(u64::from(self.ordinal.count_ones()))
    }

    /// The link of the subject's next entry.
    pub(crate) fn next(&self) -> LinkTriple {
        let signed = |seq: Option<&u64>| seq.and_then(|seq| i64::try_from(*seq).ok()).unwrap_or(-1);
        let kept = self.stack.len().saturating_sub(self.dropped());
        let skip = kept.checked_sub(1).and_then(|place| self.stack.get(place));
        [i64::try_from(self.ordinal + 1).unwrap_or(i64::MAX), signed(self.stack.last()), signed(skip)]
    }

    /// How many of the stack the next entry makes unreachable: the trailing ones of the ordinal.
    fn dropped(&self) -> usize {
        usize::try_from(self.ordinal.trailing_ones()).unwrap_or(0)
    }

    /// Adds the subject's next entry; what it makes unreachable is moved to `dropped`.
    pub(crate) fn push(&mut self, seq: Seq, dropped: &mut Vec<u64>) -> usize {
        let kept = self.stack.len().saturating_sub(self.dropped());
        let count = self.stack.len() - kept;
        dropped.extend(self.stack.drain(kept..));
        self.stack.push(seq.0);
        self.ordinal += 1;
        count
    }

    /// Takes the newest entry away again.
    pub(crate) fn pop(&mut self, dropped: &[u64]) {
        self.stack.pop();
        self.stack.extend_from_slice(dropped);
        self.ordinal -= 1;
    }
}

/// Keys are hashes already.
#[derive(Default)]
pub(crate) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk::<8>().map_or(self.0, |part| u64::from_le_bytes(*part));
    }
    fn write_u128(&mut self, key: u128) {
        self.0 = u64::try_from(key & u128::from(u64::MAX)).unwrap_or(0);
    }
}

pub(crate) type Map<V> = HashMap<Key, V, BuildHasherDefault<KeyHasher>>;

/// The maps of one segment.
#[derive(Debug, Default)]
pub(crate) struct Active {
    pub(crate) jtis: Map<u64>,
    pub(crate) subjects: Map<History>,
}

impl Active {
    /// Takes an entry in, from its own links.
    pub(crate) fn add(&mut self, entry: &Entry<'_>, id: Option<(String, String)>) {
        if let Some((speaker, jti)) = id {
            self.jtis.entry(jti_key(&speaker, &jti)).or_insert(entry.seq.0);
        }
        for (subject, link) in &entry.links {
            let history = self.subjects.entry(subject_key(subject)).or_default();
            if history.ordinal > 0 && history.is_complete() && history.next() == *link {
                history.push(entry.seq, &mut Vec::new());
            } else {
                *history = History::from_link(entry.seq, *link);
            }
        }
    }

    /// Everything, sorted by key.
    fn records(&self) -> Vec<Record> {
        let jtis = self.jtis.iter().map(|(key, seq)| Record { key: *key, ordinal: 0, seq: *seq });
        let subjects = self.subjects.iter().filter_map(|(key, history)| {
            history.last().map(|last| Record { key: *key, ordinal: last.ordinal, seq: last.seq.0 })
        });
        let mut records: Vec<Record> = jtis.chain(subjects).collect();
        records.sort_unstable_by_key(|record| record.key);
        records
    }

    /// The same as a sealed segment's index, in memory.
    pub(crate) fn seal(&self, first: Seq, count: u64) -> Sealed {
        Sealed::build(first, count, &self.records())
    }
}

/// The index over all durable entries; shared by the writer and the readers.
#[derive(Debug, Default)]
pub struct Index {
    active: RwLock<Active>,
    sealed: RwLock<Arc<Vec<Arc<Sealed>>>>,
}

impl Index {
    pub(crate) fn new(active: Active, sealed: Vec<Sealed>) -> Self {
        let sealed = sealed.into_iter().map(Arc::new).collect();
        Self { active: RwLock::new(active), sealed: RwLock::new(Arc::new(sealed)) }
    }

    /// The entry in which the speaker used this jti, found by a 16-byte hash: confirm by reading it.
    ///
    /// # Errors
    /// `Corrupt` when a file of the index is damaged; the file is removed, opening rebuilds it.
    pub fn jti(&self, speaker: &str, jti: &str) -> Result<Option<Seq>> {
        self.jti_by_key(jti_key(speaker, jti))
    }

    pub(crate) fn jti_by_key(&self, key: Key) -> Result<Option<Seq>> {
        if let Some(seq) = self.active().jtis.get(&key) {
            return Ok(Some(Seq(*seq)));
        }
        Ok(self.find(key)?.map(|record| Seq(record.seq)))
    }

    /// The subject's newest durable entry.
    ///
    /// # Errors
    /// As [`Self::jti`].
    pub fn last(&self, subject: &str) -> Result<Option<SubjectLast>> {
        Ok(self.history(subject_key(subject))?.and_then(|history| history.last()))
    }

    /// What is known of a subject without reading entries.
    pub(crate) fn history(&self, key: Key) -> Result<Option<History>> {
        if let Some(history) = self.active().subjects.get(&key) {
            return Ok(Some(history.clone()));
        }
        Ok(self.find(key)?.map(|record| History { ordinal: record.ordinal, stack: vec![record.seq] }))
    }

    fn active(&self) -> std::sync::RwLockReadGuard<'_, Active> {
        self.active.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The record of a key in the newest sealed segment that has it.
    fn find(&self, key: Key) -> Result<Option<Record>> {
        let sealed = Arc::clone(&self.sealed.read().unwrap_or_else(PoisonError::into_inner));
        for segment in sealed.iter().rev() {
            if let Some(record) = segment.find(key)? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Takes what a commit made durable out of the writer's hands, and publishes that commit before
    /// anyone can look: whoever has seen a size finds every entry below it, and whoever finds an
    /// entry can read it.
    pub(crate) fn merge(&self, jtis: &mut Map<u64>, subjects: &mut Map<History>, publish: impl FnOnce()) {
        let mut active = self.active.write().unwrap_or_else(PoisonError::into_inner);
        active.jtis.extend(jtis.drain());
        active.subjects.extend(subjects.drain().filter(|(_, history)| history.ordinal > 0));
        publish();
    }

    /// Closes the segment that was being written: its maps become a sealed index.
    pub(crate) fn seal(&self, first: Seq, count: u64, keep: impl FnOnce(Sealed) -> Sealed) {
        let built = keep(self.active().seal(first, count));
        let mut sealed = self.sealed.write().unwrap_or_else(PoisonError::into_inner);
        let mut list = Vec::clone(&sealed);
        list.push(Arc::new(built));
        *sealed = Arc::new(list);
        drop(sealed);
        // Only now: a reader in between finds the same in both, never in neither.
        *self.active.write().unwrap_or_else(PoisonError::into_inner) = Active::default();
    }
}
