//! Histories of subjects as the links of the entries tell them: ordinals without gaps, each entry
//! pointing to the one before and to the one the binary form of its ordinal names (FORMAT section 2).

use std::collections::HashMap;

use crate::domain::Seq;
use crate::log::{LinkTriple, SubjectLast};

/// Every subject's history so far.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Seqs of the newest ordinal, of that ordinal with its lowest bit off, and so on, newest last.
    of: HashMap<Box<str>, History>,
}

/// One subject's history so far.
#[derive(Debug, Default)]
pub(super) struct History {
    ordinal: u64,
    stack: Vec<u64>,
}

impl History {
    /// What the next entry must carry; takes it to be the newest.
    pub(super) fn take(&mut self, seq: Seq) -> LinkTriple {
        let prev = self.stack.last().copied();
        self.ordinal += 1;
        let cleared = usize::try_from(self.ordinal.trailing_zeros()).unwrap_or(usize::MAX);
        self.stack.truncate(self.stack.len().saturating_sub(cleared));
        let skip = self.stack.last().copied();
        self.stack.push(seq.0);
        let signed = |seq: Option<u64>| seq.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(-1);
        [i64::try_from(self.ordinal).unwrap_or(i64::MAX), signed(prev), signed(skip)]
    }
}

impl Links {
    /// Takes an entry's links; the first subject whose place is not what it must be, and what it must.
    pub(super) fn take<'a>(
        &mut self,
        seq: Seq,
        links: impl IntoIterator<Item = (&'a str, LinkTriple)>,
    ) -> Result<(), (&'a str, LinkTriple)> {
        let mut wrong = None;
        for (subject, found) in links {
            let history = match self.of.get_mut(subject) {
                Some(history) => history,
                None => self.of.entry(subject.into()).or_default(),
            };
            let expected = history.take(seq);
            if expected != found {
                wrong.get_or_insert((subject, expected));
            }
        }
        wrong.map_or(Ok(()), Err)
    }

    /// A subject's present ordinal and the entry that has it.
    pub(super) fn last(&self, subject: &str) -> Option<(u64, Seq)> {
        let history = self.of.get(subject)?;
        Some((history.ordinal, Seq(*history.stack.last()?)))
    }

    /// Every subject with its present ordinal and the entry that has it, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, SubjectLast)> {
        let last = |history: &History| {
            let seq = Seq(*history.stack.last()?);
            Some(SubjectLast { ordinal: history.ordinal, seq })
        };
        self.of.iter().filter_map(move |(subject, history)| Some((&**subject, last(history)?)))
    }

    /// Subjects there are.
    pub(super) fn count(&self) -> usize {
        self.of.len()
    }
}
