//! Every subject below an entry, with its count of entries and the last of them: what an index root is
//! over (FORMAT section 7). It shows that nothing about a subject is left out, without the log.

mod file;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::Seq;

use super::entry::Entry;
use super::error::Result;
use super::index::SubjectLast;
use super::reader::Reader;
use super::tree::{Hash, Nodes as _, Whole, leaf_hash};

/// Kept in memory: the newest, and the one before it until the newest is recorded.
const CACHED: usize = 2;

/// The lines of an index root and the tree over them; immutable.
#[derive(Debug)]
pub struct Subjects {
    size: u64,
    /// `subject LF count LF last seq LF` of each, sorted bytewise by subject.
    lines: String,
    /// Where each line begins, and the end of the last.
    begins: Vec<usize>,
    tree: Whole,
}

/// A subject's line with the proof that it stands under the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its count of entries, and the last of them.
    pub last: SubjectLast,
    /// Place of the line, from 0.
    pub index: u64,
    /// Inclusion proof of the line.
    pub proof: Vec<Hash>,
}

/// The line of a subject, as it is hashed.
#[must_use]
pub fn line(subject: &str, last: SubjectLast) -> String {
    format!("{subject}\n{}\n{}\n", last.ordinal, last.seq)
}

impl Subjects {
    /// The lines of subjects that come sorted bytewise, each once, below entry `size`.
    pub fn sorted<'a>(size: u64, subjects: impl IntoIterator<Item = (&'a str, SubjectLast)>) -> Self {
        let (mut lines, mut begins, mut leaves) = (String::new(), vec![0], Vec::new());
        for (subject, last) in subjects {
            let begin = lines.len();
            // writing to a string does not fail
            let _ = write!(lines, "{subject}\n{}\n{}\n", last.ordinal, last.seq);
            leaves.push(leaf_hash(lines.get(begin..).unwrap_or_default().as_bytes()));
            begins.push(lines.len());
        }
        Self { size, lines, begins, tree: Whole::new(leaves) }
    }

    /// Entries it covers.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Subjects there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.tree.size()
    }

    /// RFC 6962 root over the lines.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// A subject's line, proved; `None` when no entry below is about it.
    ///
    /// # Errors
    /// `BadProof` by a defect of this program only.
    pub fn find(&self, subject: &str) -> Result<Option<Line>> {
        let name = |begin: &usize| self.lines.get(*begin..)?.split('\n').next();
        let begins = self.begins.split_last().map_or(&[][..], |(_, begins)| begins);
        let Ok(place) = begins.binary_search_by(|begin| name(begin).cmp(&Some(subject))) else {
            return Ok(None);
        };
        let Some((_, last)) = self.at(place) else { return Ok(None) };
        let index = place as u64;
        Ok(Some(Line { last, index, proof: self.tree.inclusion(index, self.count())? }))
    }

    fn at(&self, place: usize) -> Option<(&str, SubjectLast)> {
        let line = self.lines.get(*self.begins.get(place)?..*self.begins.get(place + 1)?)?;
        parse(line)
    }

    fn iter(&self) -> impl Iterator<Item = (&str, SubjectLast)> {
        (0..self.begins.len()).filter_map(|place| self.at(place))
    }

    /// These, and what entries up to `size` say; each carries its ordinal.
    fn further(&self, reader: &Reader, size: u64, go_on: &dyn Fn() -> bool) -> Result<Option<Self>> {
        let mut newer: BTreeMap<Box<str>, SubjectLast> = BTreeMap::new();
        for entry in reader.entries(Seq(self.size), Seq(size)) {
            let (seq, bytes) = entry?;
            if !go_on() {
                return Ok(None);
            }
            for (subject, [ordinal, ..]) in Entry::decode(&bytes)?.links {
                let last = SubjectLast { ordinal: u64::try_from(ordinal).unwrap_or(0), seq };
                match newer.get_mut(subject) {
                    Some(known) => *known = last,
                    None => drop(newer.insert(subject.into(), last)),
                }
            }
        }
        let mut newer = newer.iter().map(|(subject, last)| (&**subject, *last)).peekable();
        let mut older = self.iter().peekable();
        let merged = std::iter::from_fn(|| match (older.peek(), newer.peek()) {
            (Some((old, _)), Some((new, _))) => match old.cmp(new) {
                std::cmp::Ordering::Less => older.next(),
                std::cmp::Ordering::Greater => newer.next(),
                std::cmp::Ordering::Equal => older.next().and(newer.next()),
            },
            (Some(_), None) => older.next(),
            (None, _) => newer.next(),
        });
        Ok(Some(Self::sorted(size, merged)))
    }
}

/// Takes a line apart.
fn parse(line: &str) -> Option<(&str, SubjectLast)> {
    let mut parts = line.strip_suffix('\n')?.split('\n');
    let (subject, ordinal, seq) = (parts.next()?, parts.next()?, parts.next()?);
    Some((subject, SubjectLast { ordinal: ordinal.parse().ok()?, seq: Seq(seq.parse().ok()?) }))
}

/// The newest ones that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    known: Mutex<Vec<Arc<Subjects>>>,
    /// Held while some are computed: of many who ask at once one reads the log.
    computing: Mutex<()>,
}

impl Cache {
    fn get(&self, fits: impl Fn(u64) -> bool) -> Option<Arc<Subjects>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter(|known| fits(known.size)).max_by_key(|known| known.size).map(Arc::clone)
    }

    fn put(&self, new: &Arc<Subjects>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|known| known.size != new.size);
        if known.len() >= CACHED {
            known.remove(0);
        }
        known.push(Arc::clone(new));
    }
}

impl Reader {
    /// The subjects of the first `size` entries. What was computed before is gone on from: in memory, or
    /// in the data directory at `dir` where an entry has recorded its size and root, `indexed`. Ends
    /// early, with `None`, once `go_on` says no.
    ///
    /// # Errors
    /// As [`Reader::entry`].
    pub fn subjects(
        &self,
        dir: &Path,
        size: u64,
        indexed: Option<(u64, Hash)>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Arc<Subjects>>> {
        let cache = &self.shared.subjects;
        if let Some(known) = cache.get(|known| known == size) {
            return Ok(Some(known));
        }
        let _alone = cache.computing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cache.get(|known| known == size) {
            return Ok(Some(known));
        }
        let indexed = indexed.filter(|(indexed, _)| *indexed <= size);
        let kept = || file::read(dir, indexed?).map(Arc::new);
        let none = || Arc::new(Subjects::sorted(0, []));
        let found = cache.get(|known| known < size).or_else(kept).unwrap_or_else(none);
        let found =
            if found.size == size { Some(found) } else { found.further(self, size, go_on)?.map(Arc::new) };
        if let Some(found) = &found {
            cache.put(found);
        }
        Ok(found)
    }
}
