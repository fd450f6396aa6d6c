//! Entries that `head` did not cover are judged again before anything is signed or answered: whoever
//! wrote them after the last `head` may not have been this program.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::domain::{Code, Earlier, Past, Seq, State, Subject};
use crate::log::{self, Entry, Reader};
use crate::seal;
use crate::verify::judge;
use crate::views;

/// The judge, and what it needs to know: read from the log only when there is something to judge.
#[derive(Debug)]
pub(super) struct Recheck<'a> {
    dir: &'a Path,
    base: Option<Base>,
}

/// The log up to `head`, and what was judged since.
#[derive(Debug)]
struct Base {
    reader: Reader,
    state: State,
    judged: BTreeMap<Seq, Earlier>,
    /// Ordinal and seq of the last judged entry that links a subject.
    lasts: HashMap<Subject, (u64, Seq)>,
}

impl<'a> Recheck<'a> {
    pub(super) fn new(dir: &'a Path) -> Self {
        Self { dir, base: None }
    }

    /// Judges the next entry that `head` did not cover.
    pub(super) fn judge(&mut self, entry: &Entry<'_>) -> Result<(), Code> {
        let base = match &mut self.base {
            Some(base) => base,
            none => none.insert(Base::read(self.dir)?),
        };
        base.judge(entry)
    }
}

impl Base {
    fn read(dir: &Path) -> Result<Self, Code> {
        let unread = |error: log::Error| {
            tracing::error!(%error, "the entries before cannot be read");
            Code::ReadOnly
        };
        let reader = Reader::open(dir).map_err(unread)?;
        let mut state = State::default();
        views::fold(&mut state, &reader, reader.size(), &mut drop).map_err(|error| match error {
            views::Error::Log(error) => unread(error),
            views::Error::Entry { why, .. } => why.code,
            _ => Code::Malformed,
        })?;
        Ok(Self { reader, state, judged: BTreeMap::new(), lasts: HashMap::new() })
    }

    fn judge(&mut self, entry: &Entry<'_>) -> Result<(), Code> {
        let said = seal::again(entry).map_err(|why| why.code)?;
        if !said.holds(&self.state).map_err(|why| why.code)? {
            return Err(Code::KeyNotValid);
        }
        let admitted = judge(&self.state, entry, &said, &*self).map_err(|broken| {
            tracing::error!(seq = entry.seq.0, detail = broken.detail, "an entry beyond head is refused");
            broken.code.unwrap_or(Code::Malformed)
        })?;
        let earlier = seal::earlier(entry).map_err(|why| why.code)?;
        for ((subject, _), (_, [found, ..])) in earlier.links.iter().zip(&entry.links) {
            let expected = self.last(subject).map_or(0, |(ordinal, _)| ordinal) + 1;
            if u64::try_from(*found) != Ok(expected) {
                return Err(Code::Conflict);
            }
            self.lasts.insert(subject.clone(), (expected, entry.seq));
        }
        self.state = admitted.state;
        self.judged.insert(entry.seq, earlier);
        Ok(())
    }
}

impl Past for Base {
    fn last(&self, subject: &Subject) -> Option<(u64, Seq)> {
        let before = || self.reader.last(subject.as_str(), None).ok().flatten();
        let judged = self.lasts.get(subject).copied();
        judged.or_else(|| before().map(|last| (last.ordinal, last.seq)))
    }

    fn entry(&self, seq: Seq) -> Option<Earlier> {
        if let Some(judged) = self.judged.get(&seq) {
            return Some(judged.clone());
        }
        let bytes = self.reader.entry(seq).ok()?;
        seal::earlier_in(&bytes)
    }
}
