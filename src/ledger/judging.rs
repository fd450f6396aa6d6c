//! Entries that others wrote, judged one after the other on the log before them: signatures, rules and
//! links, by the judge of `verify`.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use crate::domain::state::Change;
use crate::domain::{Code, Earlier, Past, Seq, State, Subject};
use crate::log::{Entry, Reader};
use crate::seal;
use crate::verify::{Broken, CheckName, judge};

/// The judge, on a log up to an entry and what it has admitted since.
#[derive(Debug)]
pub struct Judging {
    reader: Reader,
    /// Entries of the reader that are judged already.
    base: u64,
    state: State,
    judged: BTreeMap<Seq, Earlier>,
    /// Ordinal and seq of the last judged entry that links a subject.
    lasts: HashMap<Subject, (u64, Seq)>,
}

/// A subject, the ordinal of its last entry, and that entry.
type Last = (Subject, (u64, Seq));

impl Judging {
    /// Goes on from the first `state.size` entries of a log, which made that state.
    #[must_use]
    pub fn new(reader: Reader, state: State) -> Self {
        let base = state.size;
        Self { reader, base, state, judged: BTreeMap::new(), lasts: HashMap::new() }
    }

    /// The state that the judged entries made.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Judges the next entry; gives what it changed.
    ///
    /// # Errors
    /// [`Broken`]: why it may not stand. The state is as it was.
    pub fn judge(&mut self, entry: &Entry<'_>) -> Result<Vec<Change>, Broken> {
        let signature =
            |detail: String, code| Broken { check: CheckName::Signatures, detail, code: Some(code) };
        let said = seal::again(entry).map_err(|why| signature(why.to_string(), why.code))?;
        if !said.holds(&self.state).map_err(|why| signature(why.to_string(), why.code))? {
            let detail = "its key is not registered for its agency".to_owned();
            return Err(signature(detail, Code::KeyNotValid));
        }
        let earlier = seal::earlier(entry).map_err(|why| signature(why.to_string(), why.code))?;
        // what is past is asked of `self`, which has no need of the state
        let mut state = mem::take(&mut self.state);
        let admitted = judge(&mut state, entry, &said, &*self);
        self.state = state;
        let admitted = admitted?;
        match self.lasts(&earlier, entry) {
            Ok(lasts) => self.lasts.extend(lasts),
            Err(broken) => {
                self.state.undo(admitted.evolved);
                return Err(broken);
            }
        }
        self.judged.insert(entry.seq, earlier);
        Ok(admitted.evolved.changes)
    }

    /// Where each subject of an entry stands with it, if its links say so.
    fn lasts(&self, earlier: &Earlier, entry: &Entry<'_>) -> Result<Vec<Last>, Broken> {
        let mut lasts = Vec::with_capacity(entry.links.len());
        for ((subject, _), (name, [found, prev, _])) in earlier.links.iter().zip(&entry.links) {
            let last = self.last(subject);
            let expected = last.map_or(0, |(ordinal, _)| ordinal) + 1;
            let before = last.map_or(-1, |(_, seq)| i64::try_from(seq.0).unwrap_or(i64::MAX));
            if u64::try_from(*found) != Ok(expected) || *prev != before {
                let detail = format!("{name} must stand at [{expected},{before},..]");
                return Err(Broken { check: CheckName::Links, detail, code: Some(Code::Conflict) });
            }
            lasts.push((subject.clone(), (expected, entry.seq)));
        }
        Ok(lasts)
    }

    /// What was judged is in the log now, and is found there.
    pub fn settled(&mut self) {
        self.base = self.state.size;
        self.judged.clear();
        self.lasts.clear();
    }
}

impl Past for Judging {
    fn last(&self, subject: &Subject) -> Option<(u64, Seq)> {
        let upto = self.base.checked_sub(1).map(Seq);
        let before = || self.reader.last(subject.as_str(), Some(upto?)).ok().flatten();
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
