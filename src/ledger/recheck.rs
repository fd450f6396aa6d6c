//! Entries that `head` did not cover are judged again before anything is signed or answered: whoever
//! wrote them after the last `head` may not have been this program.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::domain::{Code, Event, Seq, State, Subject};
use crate::log::{self, Entry, Reader};
use crate::seal;
use crate::verify::{Past, judge};

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
    judged: BTreeMap<Seq, Event>,
    /// Ordinals of subjects that judged entries link.
    ordinals: HashMap<String, u64>,
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
        for read in reader.entries(Seq(0), Seq(reader.size())) {
            let (_, bytes) = read.map_err(unread)?;
            state.evolve(&event(&bytes)?);
            drop(state.take_touched());
        }
        Ok(Self { reader, state, judged: BTreeMap::new(), ordinals: HashMap::new() })
    }

    fn judge(&mut self, entry: &Entry<'_>) -> Result<(), Code> {
        let said = seal::again(entry).map_err(|why| why.code)?;
        let admitted = {
            let ordinal = |subject: &Subject| self.ordinal(subject.as_str());
            let earlier = |seq: Seq| match self.judged.get(&seq) {
                Some(event) => Some(event.clone()),
                None => self.reader.entry(seq).ok().and_then(|bytes| event(&bytes).ok()),
            };
            judge(&self.state, entry, &said, &Past { ordinal: &ordinal, entry: &earlier }).map_err(
                |broken| {
                    tracing::error!(
                        seq = entry.seq.0,
                        detail = broken.detail,
                        "an entry beyond head is refused"
                    );
                    broken.code.unwrap_or(Code::Malformed)
                },
            )?
        };
        for (subject, [found, ..]) in &entry.links {
            let expected = self.ordinal(subject) + 1;
            if u64::try_from(*found) != Ok(expected) {
                return Err(Code::Conflict);
            }
            self.ordinals.insert((*subject).to_owned(), expected);
        }
        self.state = admitted.state;
        self.judged.insert(entry.seq, admitted.event);
        Ok(())
    }

    fn ordinal(&self, subject: &str) -> u64 {
        let before = || self.reader.last(subject, None).ok().flatten().map_or(0, |last| last.ordinal);
        self.ordinals.get(subject).copied().unwrap_or_else(before)
    }
}

fn event(bytes: &[u8]) -> Result<Event, Code> {
    let entry = Entry::decode(bytes).map_err(|_| Code::Malformed)?;
    seal::event(&entry).map_err(|why| why.code)
}
