//! The group being staged: entries encoded one after the other into the bytes of the coming commit,
//! and what must be undone when a batch is refused.

use std::collections::hash_map::Entry as Slot;
use std::path::Path;

use crate::domain::{Instant, Seq, Subject};

use super::entry::{Body, ENTRY_BYTES_MAX, Entry, LinkTriple, SUBJECTS_MAX};
use super::error::{Damage, Error, Fault, Result};
use super::index::{History, Key, Map, jti_key, subject_key};
use super::link::Link;
use super::reader::Reader;
use super::segment::{COMMIT_BODY_MAX, COMMIT_HEADER_BYTES, CommitHeader, CommitKey};
use super::source::{LOG, fault};
use super::tree::{Hash, leaf_hash};
use super::walk::Position;

/// An entry that is encoded and not durable yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staged {
    /// Its number, if the group is committed.
    pub seq: Seq,
    /// Its link.
    pub link: Link,
    /// Its leaf.
    pub leaf: Hash,
}

/// A point of the group to go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(usize);

/// What is kept of each staged entry.
#[derive(Debug)]
struct Item {
    /// Where its record begins in the commit, in bytes.
    from: usize,
    /// Where its statement begins in the commit, and its length.
    statement: (usize, usize),
    statement_sha256: [u8; 32],
    leaf: Hash,
    /// State before it.
    link_before: Link,
    at_before: Instant,
    jti: Key,
    /// Length of the undo list before it.
    undo_from: usize,
}

/// One subject's history that an entry continued.
#[derive(Debug)]
struct Undo {
    key: Key,
    dropped: usize,
}

/// The group.
#[derive(Debug)]
pub(super) struct Group {
    /// The commit: header, then records.
    bytes: Vec<u8>,
    items: Vec<Item>,
    first: Seq,
    link: Link,
    at: Instant,
    pub(super) jtis: Map<u64>,
    pub(super) histories: Map<History>,
    undo: Vec<Undo>,
    /// Seqs that left stacks, in the order of `undo`.
    dropped: Vec<u64>,
}

impl Group {
    /// An empty group after the durable entries.
    pub(super) fn new(first: Seq, link: Link, at: Instant) -> Self {
        Self {
            bytes: vec![0; COMMIT_HEADER_BYTES],
            items: Vec::new(),
            first,
            link,
            at,
            jtis: Map::default(),
            histories: Map::default(),
            undo: Vec::new(),
            dropped: Vec::new(),
        }
    }

    pub(super) fn first(&self) -> Seq {
        self.first
    }

    pub(super) fn count(&self) -> usize {
        self.items.len()
    }

    pub(super) fn next_seq(&self) -> Seq {
        Seq(self.first.0 + self.items.len() as u64)
    }

    pub(super) fn link(&self) -> Link {
        self.link
    }

    pub(super) fn at(&self) -> Instant {
        self.at
    }

    /// Bytes of the body so far.
    pub(super) fn body_bytes(&self) -> usize {
        self.bytes.len() - COMMIT_HEADER_BYTES
    }

    pub(super) fn leaves(&self) -> impl Iterator<Item = Hash> + '_ {
        self.items.iter().map(|item| item.leaf)
    }

    /// The bytes of a staged entry.
    pub(super) fn entry(&self, seq: Seq) -> Option<&[u8]> {
        let place = usize::try_from(seq.0.checked_sub(self.first.0)?).ok()?;
        let from = self.items.get(place)?.from + 4;
        let to = self.items.get(place + 1).map_or(self.bytes.len(), |next| next.from);
        self.bytes.get(from..to)
    }

    /// Offsets of the records when the commit stands at this place of a segment.
    pub(super) fn places(&self, commit: u64) -> Vec<u32> {
        let place = |item: &Item| u32::try_from(commit + item.from as u64).unwrap_or(u32::MAX);
        self.items.iter().map(place).collect()
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.items.len())
    }

    /// Takes away what was staged after the mark.
    pub(super) fn rollback(&mut self, mark: Mark) {
        while self.items.len() > mark.0 {
            let Some(item) = self.items.pop() else { break };
            self.bytes.truncate(item.from);
            (self.link, self.at) = (item.link_before, item.at_before);
            self.jtis.remove(&item.jti);
            self.undo_to(item.undo_from);
        }
    }

    fn undo_to(&mut self, length: usize) {
        while self.undo.len() > length {
            let Some(undo) = self.undo.pop() else { break };
            let kept = self.dropped.len().saturating_sub(undo.dropped);
            let dropped = self.dropped.split_off(kept);
            if let Some(history) = self.histories.get_mut(&undo.key) {
                history.pop(&dropped);
            }
        }
    }

    /// A subject's history with what is staged taken into account.
    fn history(&mut self, key: Key, subject: &str, reader: &Reader) -> Result<&mut History> {
        match self.histories.entry(key) {
            Slot::Occupied(known) => Ok(known.into_mut()),
            Slot::Vacant(place) => Ok(place.insert(reader.history_state(subject)?)),
        }
    }

    /// The link an entry about the subject would carry if it were staged now.
    pub(super) fn next_link(&mut self, subject: &str, reader: &Reader) -> Result<LinkTriple> {
        Ok(self.history(subject_key(subject), subject, reader)?.next())
    }

    /// Encodes the next entry.
    pub(super) fn stage(
        &mut self,
        at: Instant,
        subjects: &[Subject],
        body: Body<'_>,
        jti: (&str, &str),
        statement_sha256: [u8; 32],
        reader: &Reader,
    ) -> Result<Staged> {
        if at < self.at {
            return Err(Error::Earlier);
        }
        let mut names: Vec<&str> = subjects.iter().map(Subject::as_str).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() > SUBJECTS_MAX {
            return Err(Error::TooLarge { found: names.len(), max: SUBJECTS_MAX });
        }
        let keys: Vec<Key> = names.iter().map(|name| subject_key(name)).collect();
        let mut links = Vec::with_capacity(names.len());
        for (key, name) in keys.iter().zip(names) {
            links.push((name, self.history(*key, name, reader)?.next()));
        }
        let entry = Entry { seq: self.next_seq(), at, prev: self.link, links, body };
        self.put(&entry, |out| entry.encode(out), &keys, jti, statement_sha256)
    }

    /// Takes the next entry as it stands in the log that is copied, which must continue what is here.
    pub(super) fn stage_copy(
        &mut self,
        (entry, bytes): (&Entry<'_>, &[u8]),
        jti: (&str, &str),
        reader: &Reader,
    ) -> Result<Staged> {
        let bad = |what| Error::from(fault(Path::new(LOG), 0, Some(entry.seq), what));
        let mut position = Position { seq: self.next_seq(), link: self.link, at: self.at };
        position.take(bytes).map_err(bad)?;
        let mut keys = Vec::with_capacity(entry.links.len());
        for (subject, link) in &entry.links {
            let key = subject_key(subject);
            if self.history(key, subject, reader)?.next() != *link {
                return Err(bad(Damage::Links));
            }
            keys.push(key);
        }
        let statement_sha256 = sha256(entry.body.statement().as_bytes());
        self.put(entry, |out| out.extend_from_slice(bytes), &keys, jti, statement_sha256)
    }

    fn put(
        &mut self,
        entry: &Entry<'_>,
        write: impl FnOnce(&mut Vec<u8>),
        keys: &[Key],
        jti: (&str, &str),
        statement_sha256: [u8; 32],
    ) -> Result<Staged> {
        let from = self.bytes.len();
        match self.encode(write) {
            Ok((leaf, link)) => {
                let text = entry.body.statement().len();
                let tail = if matches!(entry.body, Body::Signed { .. }) { 2 } else { 1 };
                let item = Item {
                    from,
                    statement: (self.bytes.len() - tail - text, text),
                    statement_sha256,
                    leaf,
                    link_before: self.link,
                    at_before: self.at,
                    jti: jti_key(jti.0, jti.1),
                    undo_from: self.undo.len(),
                };
                self.take(entry, keys, item, link);
                Ok(Staged { seq: entry.seq, link, leaf })
            }
            Err(e) => {
                self.bytes.truncate(from);
                Err(e)
            }
        }
    }

    fn encode(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(Hash, Link)> {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        write(&mut self.bytes);
        let found = self.bytes.len() - from - 4;
        if found > ENTRY_BYTES_MAX {
            return Err(Error::TooLarge { found, max: ENTRY_BYTES_MAX });
        }
        if self.body_bytes() > COMMIT_BODY_MAX {
            return Err(Error::GroupFull { found: self.body_bytes(), max: COMMIT_BODY_MAX });
        }
        let length = u32::try_from(found).unwrap_or(0).to_le_bytes();
        if let Some(place) = self.bytes.get_mut(from..from + 4) {
            place.copy_from_slice(&length);
        }
        let bytes = self.bytes.get(from + 4..).unwrap_or_default();
        // An entry that could not be read again would close the log for good: it must not get in.
        Entry::decode(bytes)?;
        Ok((leaf_hash(bytes), Link::of(bytes)))
    }

    fn take(&mut self, entry: &Entry<'_>, keys: &[Key], item: Item, link: Link) {
        for key in keys.iter().copied() {
            let history = self.histories.entry(key).or_default();
            let dropped = history.push(entry.seq, &mut self.dropped);
            self.undo.push(Undo { key, dropped });
        }
        self.jtis.insert(item.jti, entry.seq.0);
        (self.link, self.at) = (link, entry.at);
        self.items.push(item);
    }

    /// Bytes of the commit so far.
    pub(super) fn commit_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The commit's bytes, its header filled in, with the MAC by a key; a copy has none, and zeros there.
    pub(super) fn seal(&mut self, key: Option<&CommitKey>) -> &[u8] {
        let body = self.bytes.get(COMMIT_HEADER_BYTES..).unwrap_or_default();
        let header = CommitHeader {
            count: u32::try_from(self.items.len()).unwrap_or(0),
            first: self.first,
            length: u32::try_from(body.len()).unwrap_or(0),
            body_crc: crc32c::crc32c(body),
            mac: [0; 32],
        };
        let header = key.map_or(header, |key| header.by(key, self.link));
        if let Some(place) = self.bytes.first_chunk_mut() {
            *place = header.encode();
        }
        &self.bytes
    }

    /// Compares what was read back from the file with what was checked before it was written: each
    /// statement's SHA-256 as taken at its signature check, each leaf as computed at encoding.
    pub(super) fn compare(&self, read: &[u8], file: &std::path::Path, commit: u64) -> Result<()> {
        let ends = self.items.iter().skip(1).map(|item| item.from).chain([self.bytes.len()]);
        let same_head = read.get(..COMMIT_HEADER_BYTES) == self.bytes.get(..COMMIT_HEADER_BYTES);
        for ((number, item), end) in self.items.iter().enumerate().zip(ends) {
            let record = read.get(item.from..end).and_then(|record| record.split_first_chunk::<4>());
            let (from, length) = item.statement;
            let statement = read.get(from..from + length);
            let same = record.is_some_and(|(head, entry)| {
                u32::from_le_bytes(*head) as usize == entry.len() && leaf_hash(entry) == item.leaf
            }) && statement.is_some_and(|statement| sha256(statement) == item.statement_sha256);
            if !same || !same_head {
                let seq = Some(Seq(self.first.0 + number as u64));
                let offset = commit + item.from as u64;
                return Err(Fault { file: file.to_owned(), offset, seq, what: Damage::ReadBack }.into());
            }
        }
        Ok(())
    }

    /// Starts the next group where this one ends.
    pub(super) fn next(&mut self) {
        self.first = self.next_seq();
        self.bytes.truncate(COMMIT_HEADER_BYTES);
        self.items.clear();
        self.jtis.clear();
        self.histories.clear();
        self.undo.clear();
        self.dropped.clear();
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).into()
}
