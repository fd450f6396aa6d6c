//! The domain rules, as far as the entries of a bundle allow: they make a state of their own, folded from
//! nothing else, and a statement is refused only for what that state decides whatever else the ledger
//! holds. What it does not decide is counted as not judged.
//!
//! Decided are: who speaks (the histories of keys and of the ledger are carried whole), what the ledger
//! itself may say, a jti or an id that is used a second time, the subjects that a statement names, and a
//! second accountable agency where everything is carried that an answer about the responsibility is
//! folded from.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::mem;
use std::sync::Arc;

use crate::domain::statement::Unreadable;
use crate::domain::subjects::{folded_from, stated};
use crate::domain::{Code, Context, Earlier, Event, Past, Refusal, Seq, State, Subject, admit, speaks};
use crate::log::{Entry, index};
use crate::seal::{self, Submission};

use super::super::judge;
use super::super::report::CheckName;

/// What was judged of statements.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Judged {
    /// Admitted again by every rule, on what is carried.
    admitted: u64,
    /// They rest on more than is carried.
    unjudged: u64,
}

impl Judged {
    pub(super) fn told(self) -> String {
        let Self { admitted, unjudged } = self;
        let all = format!("{admitted} statements admitted again on what is carried");
        let rest = "rest on more than is carried: of them speaker, jti, ids and subjects were judged";
        if unjudged == 0 { all } else { format!("{all}; {unjudged} {rest}") }
    }
}

/// What the rules need to know of an entry beyond the state.
fn context<'a>(entry: &Entry<'_>, said: &Submission, past: &'a dyn Past) -> Context<'a> {
    Context { seq: entry.seq, at: entry.at, digest: said.approval.clone(), past }
}

/// Judges the statements of a bundle, in their order.
pub(super) struct Judge<'a> {
    state: State,
    jtis: HashSet<u128>,
    told: &'a [Entry<'a>],
    names: &'a BTreeSet<&'a str>,
    /// The last entry of each subject met: its ordinal, and its number.
    last: BTreeMap<&'a str, (u64, Seq)>,
    judged: Judged,
    /// A rule refused: what follows rests on it and is not judged.
    stopped: bool,
}

type Refused = Result<(), (CheckName, String)>;

impl<'a> Judge<'a> {
    pub(super) fn new(told: &'a [Entry<'a>], names: &'a BTreeSet<&'a str>) -> Self {
        Self {
            state: State::default(),
            jtis: HashSet::new(),
            told,
            names,
            last: BTreeMap::new(),
            judged: Judged::default(),
            stopped: false,
        }
    }

    pub(super) fn finish(self) -> Judged {
        self.judged
    }

    /// The next entry, and what it says.
    pub(super) fn take(&mut self, entry: &'a Entry<'a>, said: Result<&Submission, &Unreadable>) -> Refused {
        if self.stopped {
            return Ok(());
        }
        let judged = match said {
            Ok(said) => self.judge(entry, said),
            Err(why) => Err((CheckName::Rules, format!("no statement: {why}"))),
        };
        self.stopped = judged.is_err();
        let links = entry.links.iter();
        self.last.extend(links.map(|(name, [n, ..])| (*name, (u64::try_from(*n).unwrap_or(0), entry.seq))));
        judged
    }

    fn judge(&mut self, entry: &Entry<'_>, said: &Submission) -> Refused {
        let rules = |why: String| Err((CheckName::Rules, why));
        let Submission { speaker, statement, .. } = said;
        if !self.jtis.insert(index::jti_key(speaker.key(), statement.jti.as_str())) {
            return rules(format!(
                "the jti {} of {} stands in an entry before",
                statement.jti,
                speaker.key()
            ));
        }
        judge::voice(entry.seq, said).map_err(|broken| (broken.check, broken.detail))?;
        if let Err(refusal) = speaks(&self.state, speaker, statement, &context(entry, said, &*self)) {
            return rules(format!("refused: {refusal}"));
        }
        let stated = stated(speaker, &statement.data);
        if let Some(missing) = stated.iter().find(|subject| entry.link(subject.as_str()).is_none()) {
            return Err((CheckName::Links, format!("does not link {missing}; must link what it names")));
        }
        // what is past is asked of `self`, which has no need of the state
        let mut state = mem::take(&mut self.state);
        let admitted = admit(&mut state, speaker, statement, &context(entry, said, &*self));
        self.state = state;
        match admitted {
            Ok(_) => self.judged.admitted += 1,
            Err(refusal) if self.decides(entry, &refusal) => return rules(format!("refused: {refusal}")),
            Err(_) => {
                self.judged.unjudged += 1;
                if let Some(event) = self.event(entry) {
                    drop(self.state.evolve(&event));
                }
            }
        }
        Ok(())
    }

    /// The event an entry records, with what it takes back where that is carried.
    fn event(&self, entry: &Entry<'_>) -> Option<Event> {
        let mut event = seal::event(entry).ok()?;
        event.withdraws = event.takes_back().and_then(|seq| Some(Arc::new(self.entry(seq)?.event)));
        Some(event)
    }

    /// Whether a refusal on the state of what is carried is one on the ledger's state too.
    fn decides(&self, entry: &Entry<'_>, refusal: &Refusal) -> bool {
        match refusal.code {
            // an id that is taken here is taken there
            Code::IdTaken => true,
            Code::AlreadyAccountable => {
                let links = entry.links.iter().map(|(name, _)| *name);
                links.filter(|name| name.starts_with("r:")).all(|name| self.can_answer(name, entry.seq))
            }
            _ => false,
        }
    }

    /// Whether every subject is carried that an answer about a responsibility is folded from, as known
    /// before an entry.
    fn can_answer(&self, responsibility: &str, before: Seq) -> bool {
        let Ok(first) = Subject::parse(responsibility) else { return false };
        let (mut seen, mut open) = (BTreeSet::from([first.clone()]), vec![first]);
        while let Some(subject) = open.pop() {
            if !self.names.contains(subject.as_str()) {
                return false;
            }
            let earlier = self.told.iter().take_while(|entry| entry.seq < before);
            let mut history = Vec::new();
            for entry in earlier.filter(|entry| entry.link(subject.as_str()).is_some()) {
                let Ok(event) = seal::event(entry) else { return false };
                let links = entry.links.iter().filter_map(|(name, _)| Subject::parse(name).ok());
                history.push((event, links.collect::<Vec<_>>()));
            }
            let history: Vec<_> = history.iter().map(|(event, links)| (event, links.as_slice())).collect();
            let mut found = Vec::new();
            folded_from(&subject, &history, &mut found);
            open.extend(found.into_iter().filter(|subject| seen.insert(subject.clone())));
        }
        true
    }
}

impl Past for Judge<'_> {
    fn last(&self, subject: &Subject) -> Option<(u64, Seq)> {
        self.last.get(subject.as_str()).copied()
    }

    fn entry(&self, seq: Seq) -> Option<Earlier> {
        let place = self.told.binary_search_by_key(&seq, |entry| entry.seq).ok()?;
        seal::earlier(self.told.get(place)?).ok()
    }
}
