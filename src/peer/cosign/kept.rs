//! What witnesses gave, in memory: pure, so that every order in which they answer can be tried.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{State, WitnessName};

/// Checkpoints held while none meets the quorum: enough for witnesses that are far apart, and no more.
const HEADS_MAX: usize = 64;
/// How long all witnesses are asked for one checkpoint, in beats: with two of them that each sign what
/// is newest when they have time, no checkpoint might ever have two cosignatures.
const PATIENCE: u32 = 50;

/// A signed checkpoint of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) size: u64,
    /// As the log signed it.
    pub(super) note: Arc<str>,
}

/// A checkpoint with the lines of witnesses that have signed it.
#[derive(Clone, Debug)]
pub(super) struct Cosigned {
    pub(super) head: Head,
    lines: BTreeMap<WitnessName, Arc<str>>,
}

impl Cosigned {
    /// Lines that count by a state's witnesses.
    fn counting<'a>(&'a self, state: &'a State) -> impl Iterator<Item = &'a Arc<str>> {
        let counts = |name: &WitnessName| {
            let witness = state.witnesses.get(name);
            witness.is_some_and(|there| there.retired.is_none() && there.counts_at(self.head.size))
        };
        self.lines.iter().filter(move |(name, _)| counts(name)).map(|(_, line)| line)
    }

    /// The note with every line that counts.
    pub(super) fn whole(&self, state: &State) -> String {
        let mut note = self.head.note.to_string();
        note.extend(self.counting(state).map(|line| &**line));
        note
    }
}

/// The newest that a witness signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// Entries of the checkpoint.
    pub size: u64,
    /// When, by the witness's clock, in POSIX seconds.
    pub time_s: u64,
}

/// A checkpoint that all witnesses are asked for.
#[derive(Debug)]
struct Round {
    head: Head,
    beats: u32,
}

/// Everything that is held.
#[derive(Debug, Default)]
pub(super) struct Kept {
    heads: BTreeMap<u64, Cosigned>,
    last: BTreeMap<WitnessName, Last>,
    round: Option<Round>,
}

impl Kept {
    /// Takes a witness's line under a checkpoint; the line has been checked.
    pub(super) fn put(&mut self, head: &Head, name: &WitnessName, (line, time_s): (String, u64)) {
        let there = self.heads.entry(head.size);
        let there = there.or_insert_with(|| Cosigned { head: head.clone(), lines: BTreeMap::new() });
        there.lines.insert(name.clone(), line.into());
        let last = Last { size: head.size, time_s };
        self.last.entry(name.clone()).and_modify(|known| *known = later(*known, last)).or_insert(last);
        // the smallest may be the one that is published
        while self.heads.len() > HEADS_MAX
            && let Some(second) = self.heads.keys().nth(1).copied()
        {
            self.heads.remove(&second);
        }
    }

    /// What a witness signed last.
    pub(super) fn last(&self, name: &WitnessName) -> Option<Last> {
        self.last.get(name).copied()
    }

    /// The newest checkpoint that the quorum has signed; a quorum of nobody is none.
    pub(super) fn met(&self, state: &State) -> Option<&Cosigned> {
        let quorum = usize::try_from(state.policy().witness_quorum).unwrap_or(usize::MAX);
        if quorum == 0 {
            return None;
        }
        self.heads.values().rev().find(|there| there.counting(state).count() >= quorum)
    }

    /// What was signed of a size.
    pub(super) fn of(&self, size: u64) -> Option<&Cosigned> {
        self.heads.get(&size)
    }

    /// Forgets what is older than what is published.
    pub(super) fn settle(&mut self, state: &State) {
        if let Some(size) = self.met(state).map(|there| there.head.size) {
            self.heads = self.heads.split_off(&size);
        }
    }

    /// A beat: the round goes on to the newest checkpoint once its own has met the quorum, or patience
    /// is at its end.
    pub(super) fn beat(&mut self, newest: &Head, state: &State) {
        let done = self.round.as_ref().is_none_or(|round| {
            let met = self.met(state).is_some_and(|there| there.head.size >= round.head.size);
            met || state.policy().witness_quorum == 0 || round.beats >= PATIENCE
        });
        match &mut self.round {
            Some(round) if !done || round.head.size == newest.size => {
                round.beats = round.beats.saturating_add(1);
            }
            round => *round = Some(Round { head: newest.clone(), beats: 0 }),
        }
    }

    /// What a witness is asked for next: the round's checkpoint where it can still sign it, else the
    /// newest, unless it has signed that. `stands` is the size it has signed by its own word, which may
    /// be more than is kept.
    pub(super) fn wanted(&self, name: &WitnessName, newest: &Head, stands: u64) -> Option<Head> {
        let signed = self.last(name).map_or(0, |last| last.size);
        let round = self.round.as_ref().map(|round| &round.head);
        let next = round.filter(|head| head.size > signed && head.size >= stands).unwrap_or(newest);
        (next.size > signed).then(|| next.clone())
    }
}

fn later(a: Last, b: Last) -> Last {
    if (b.size, b.time_s) >= (a.size, a.time_s) { b } else { a }
}
