//! The log told again from its beginning, entry by entry: links, jtis and rules.

use std::collections::HashSet;
use std::mem;

use crate::domain::statement::Unreadable;
use crate::domain::{Earlier, Past, Seq, State, Subject};
use crate::log::{Body, Entry, index};
use crate::seal::{self, Signature, Submission};

use super::index::Roots;
use super::judge::{Broken, judge};
use super::links::Links;
use super::pipeline::Wanted;
use super::report::CheckName;
use super::signatures::Keys;
use super::source::{Place, Source};

/// Owned by the one thread that replays.
pub(super) struct Replay<'a> {
    source: &'a dyn Source,
    wanted: Wanted,
    keys: &'a Keys,
    state: State,
    links: Links,
    /// Index roots that hold.
    pub(super) index: Roots,
    jtis: HashSet<u128>,
    places: Vec<Place>,
    /// Entries the rules admitted again.
    pub(super) replayed: u64,
    /// A rule refused: what follows rests on it and is not judged by rules.
    stopped: bool,
}

impl<'a> Replay<'a> {
    pub(super) fn new(source: &'a dyn Source, wanted: Wanted, keys: &'a Keys) -> Self {
        Self {
            source,
            wanted,
            keys,
            state: State::default(),
            links: Links::default(),
            index: Roots::default(),
            jtis: HashSet::new(),
            places: Vec::new(),
            replayed: 0,
            stopped: false,
        }
    }

    /// Subjects met.
    pub(super) fn subjects(&self) -> usize {
        self.links.count()
    }

    /// Entries looked at.
    pub(super) fn taken(&self) -> u64 {
        self.places.len() as u64
    }

    /// The next entry; what is wrong with it goes to `broken`.
    pub(super) fn take(
        &mut self,
        entry: &Entry<'_>,
        place: Place,
        said: Option<Result<Submission, Unreadable>>,
        broken: &mut Vec<(Seq, Broken)>,
    ) {
        if self.wanted.signatures
            && let Some(said) = &said
            && let Err(why) = self.signature(entry, said)
        {
            broken.push((entry.seq, why));
        }
        if self.wanted.rules
            && !self.stopped
            && let Some(said) = said
            && let Err(why) = self.rule(entry, said)
        {
            self.stopped = true;
            broken.push((entry.seq, why));
        }
        let Self { index, links, source, places, .. } = self;
        let again = |seq: Seq| source.entry(*places.get(usize::try_from(seq.0).ok()?)?);
        if let Err(why) = index.take(entry, links, again) {
            broken.push((entry.seq, why));
        }
        if let Err((subject, [ordinal, prev, skip])) =
            self.links.take(entry.seq, entry.links.iter().map(|(subject, link)| (*subject, *link)))
        {
            let detail = format!("{subject} must stand at [{ordinal},{prev},{skip}]");
            broken.push((entry.seq, Broken::new(CheckName::Links, detail)));
        }
        self.places.push(place);
    }

    /// What the thread that read it could not check is checked now.
    fn signature(&self, entry: &Entry<'_>, said: &Result<Submission, Unreadable>) -> Result<(), Broken> {
        let checked = match said {
            Ok(said) if said.signature == Signature::Checked => Ok(()),
            Ok(said) => self.keys.check(entry.seq, said),
            Err(why) if matches!(entry.body, Body::Signed { .. }) => Err(why.clone()),
            // No statement, and no signature: the rules say so.
            Err(_) => Ok(()),
        };
        checked.map_err(|why| Broken {
            check: CheckName::Signatures,
            detail: why.to_string(),
            code: Some(why.code),
        })
    }

    fn rule(&mut self, entry: &Entry<'_>, said: Result<Submission, Unreadable>) -> Result<(), Broken> {
        let said = said.map_err(|why| Broken {
            check: CheckName::Rules,
            detail: format!("no statement: {why}"),
            code: Some(why.code),
        })?;
        if !self.jtis.insert(index::jti_key(said.speaker.key(), said.statement.jti.as_str())) {
            let detail =
                format!("the jti {} of {} stands in an entry before", said.statement.jti, said.speaker.key());
            return Err(Broken::new(CheckName::Rules, detail));
        }
        // what is past is asked of `self`, which has no need of the state
        let mut state = mem::take(&mut self.state);
        let judged = judge(&mut state, entry, &said, &*self);
        self.state = state;
        drop(judged?);
        self.replayed += 1;
        Ok(())
    }
}

impl Past for Replay<'_> {
    fn last(&self, subject: &Subject) -> Option<(u64, Seq)> {
        self.links.last(subject.as_str())
    }

    fn entry(&self, seq: Seq) -> Option<Earlier> {
        let place = self.places.get(usize::try_from(seq.0).ok()?)?;
        let bytes = self.source.entry(*place)?;
        seal::earlier_in(&bytes)
    }
}
