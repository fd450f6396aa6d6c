//! What an answer about one responsibility is folded from (DOMAIN section 4): its own entries, those
//! of its parents and of what it was split from, of the holdings up its `under` chain, of handoffs
//! that end them, of claims on it, of the agencies met, and of the ledger; found along links, not by
//! reading the log.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::subjects::folded_from;
use crate::domain::{Event, ResponsibilityId, Seq, State, Subject};
use crate::log::Reader;

use super::{Result, fold};

/// Folds the state of one responsibility as known at `upto` (inclusive).
///
/// # Errors
/// Those of the log.
pub fn walk(reader: &Reader, responsibility: &ResponsibilityId, upto: Seq) -> Result<State> {
    let mut state = State::default();
    for (event, _) in events(reader, responsibility, upto)?.values() {
        drop(state.evolve(event));
    }
    // Position is that of K, whatever entry was the last to be folded in.
    (state.size, state.at) = (upto.0 + 1, reader.at(upto)?);
    Ok(state)
}

/// The state of what the ledger says of itself, as of the newest entry: policy, tokens, witnesses, and
/// nothing else.
///
/// # Errors
/// Those of the log.
pub fn of_ledger(reader: &Reader) -> Result<State> {
    let mut state = State::default();
    for seq in reader.history(Subject::ledger().as_str(), None)? {
        let bytes = reader.entry(seq)?;
        drop(state.evolve(&fold::whole(reader, &fold::decode(seq, &bytes)?)?));
    }
    state.size = reader.size();
    Ok(state)
}

/// The state of the histories that an entry stands in, as of the newest entry: enough to say what became of
/// its words. Those of agencies hold everything that an agency says; they are read only where there is no
/// other.
///
/// # Errors
/// Those of the log.
pub(super) fn of_entry(reader: &Reader, seq: Seq) -> Result<State> {
    let bytes = reader.entry(seq)?;
    let links: Vec<&str> = fold::decode(seq, &bytes)?.links.into_iter().map(|(name, _)| name).collect();
    let narrow = |name: &&&str| !name.starts_with("a:");
    let any = if links.iter().any(|name| narrow(&name)) { narrow } else { |_: &&&str| true };
    let mut seqs = BTreeSet::new();
    for subject in links.iter().filter(any) {
        seqs.extend(reader.history(subject, None)?);
    }
    let mut state = State::default();
    for seq in seqs {
        let bytes = reader.entry(seq)?;
        drop(state.evolve(&fold::whole(reader, &fold::decode(seq, &bytes)?)?));
    }
    Ok(state)
}

/// The entries an answer about one responsibility is folded from, oldest first.
///
/// # Errors
/// Those of the log.
pub fn seqs(reader: &Reader, responsibility: &ResponsibilityId, upto: Seq) -> Result<Vec<Seq>> {
    Ok(events(reader, responsibility, upto)?.into_keys().collect())
}

/// The subjects an answer about one responsibility is folded from; of some there may be no entry.
///
/// # Errors
/// Those of the log.
pub(super) fn subjects(
    reader: &Reader,
    responsibility: &ResponsibilityId,
    upto: Seq,
) -> Result<BTreeSet<Subject>> {
    Ok(Walk::all(reader, responsibility, upto)?.seen)
}

type Events = BTreeMap<Seq, (Event, Vec<Subject>)>;

fn events(reader: &Reader, responsibility: &ResponsibilityId, upto: Seq) -> Result<Events> {
    Ok(Walk::all(reader, responsibility, upto)?.events)
}

struct Walk<'a> {
    reader: &'a Reader,
    upto: Seq,
    /// Events met, with the subjects their entries link.
    events: Events,
    seen: BTreeSet<Subject>,
    open: Vec<Subject>,
}

impl<'a> Walk<'a> {
    fn all(reader: &'a Reader, responsibility: &ResponsibilityId, upto: Seq) -> Result<Self> {
        let mut walk =
            Self { reader, upto, events: BTreeMap::new(), seen: BTreeSet::new(), open: Vec::new() };
        walk.want(Subject::responsibility(responsibility));
        walk.want(Subject::ledger());
        while let Some(subject) = walk.open.pop() {
            walk.visit(&subject)?;
        }
        Ok(walk)
    }

    fn want(&mut self, subject: Subject) {
        if self.seen.insert(subject.clone()) {
            self.open.push(subject);
        }
    }

    fn visit(&mut self, subject: &Subject) -> Result<()> {
        let mut seqs = Vec::new();
        for seq in self.reader.history(subject.as_str(), Some(self.upto))? {
            if !self.events.contains_key(&seq) {
                let bytes = self.reader.entry(seq)?;
                let entry = fold::decode(seq, &bytes)?;
                let links = entry.links.iter().filter_map(|(name, _)| Subject::parse(name).ok()).collect();
                self.events.insert(seq, (fold::whole(self.reader, &entry)?, links));
            }
            seqs.push(seq);
        }
        let history = seqs.iter().filter_map(|seq| self.events.get(seq));
        let history: Vec<_> = history.map(|(event, links)| (event, links.as_slice())).collect();
        let mut found = Vec::new();
        folded_from(subject, &history, &mut found);
        found.into_iter().for_each(|subject| self.want(subject));
        Ok(())
    }
}
