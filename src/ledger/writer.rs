//! The writer: takes what waits, decides each statement on the state the ones before it left, commits
//! them together, and answers when what the answers rest on is durable (FORMAT section 3).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use crate::domain::event::ledger::TokenRegistered;
use crate::domain::{
    Code, Context, Data, Event, Instant, Refusal, Seq, Speaker, State, Subject, Voice, admit, lapses,
};
use crate::log::tree::leaf_hash;
use crate::log::{self, Body, Committed, Entry, Log, Storage};
use crate::seal::{self, Submission};
use crate::views::{Snapshot, Views};

use super::clock::{Agreed, Clock};
use super::{Error, Outcome, Receipt, Status, Tokens, lock};

/// Most statements decided before a commit: bounds how long the first of them waits.
const GROUP_MAX: usize = 1024;
/// Most bytes staged before a commit; leaves room for one batch below the commit's limit.
const GROUP_BYTES_MAX: usize = 4 << 20;

/// Statements and where their answer goes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) statements: Vec<Submission>,
    pub(super) reply: tokio::sync::oneshot::Sender<Result<Outcome, Error>>,
}

/// What was decided of a job: seqs of its statements, and whether all were repeats.
type Decided = Result<(Vec<Seq>, bool), Error>;

/// Owned by the writer thread.
pub(super) struct Writer<S: Storage> {
    log: Log<S>,
    /// With everything staged.
    state: State,
    views: Arc<Views>,
    tokens: Arc<Tokens>,
    status: Arc<Mutex<Status>>,
    confirmed: Arc<AtomicBool>,
    clock: Box<dyn Clock>,
    agreed: Agreed,
    /// What is staged and not durable: the event and its canonical statement.
    pending: BTreeMap<Seq, (Event, Box<str>)>,
}

impl<S: Storage> Writer<S> {
    pub(super) fn new(
        log: Log<S>,
        state: State,
        views: Arc<Views>,
        tokens: Arc<Tokens>,
        status: Arc<Mutex<Status>>,
        confirmed: Arc<AtomicBool>,
        clock: Box<dyn Clock>,
    ) -> Self {
        let agreed = Agreed::now(&*clock);
        Self { log, state, views, tokens, status, confirmed, clock, agreed, pending: BTreeMap::new() }
    }

    /// Runs until every sender is gone, then writes `head` and ends.
    pub(super) fn run(mut self, jobs: &mpsc::Receiver<Job>) {
        let head =
            self.log.head_writer().map(super::head::start).and_then(|started| {
                started.map_err(|error| tracing::error!(%error, "no thread for head")).ok()
            });
        while let Ok(first) = jobs.recv() {
            let mut decided = Vec::new();
            let mut next = Some(first);
            while let Some(job) = next {
                let outcome = self.decide(&job.statements);
                decided.push((job.reply, outcome));
                let room = decided.len() < GROUP_MAX && self.log.staged_bytes() < GROUP_BYTES_MAX;
                next = if room { jobs.try_recv().ok() } else { None };
            }
            let committed = self.commit();
            if let (Ok(Some(committed)), Some((head, _))) = (&committed, &head) {
                // gone only when head cannot be written, which has stopped the log
                drop(head.send(Arc::clone(committed)));
            }
            for (reply, outcome) in decided {
                let answer =
                    committed.clone().and(outcome).and_then(|(seqs, repeated)| self.answer(&seqs, repeated));
                // nobody waits any more: the statement is recorded all the same
                drop(reply.send(answer));
            }
        }
        if let Some((sender, thread)) = head {
            drop(sender);
            drop(thread.join());
        }
        if let Err(error) = self.log.close() {
            tracing::error!(%error, "the log did not close cleanly");
        }
    }

    /// Decides one job on the working state; what it staged is undone when one statement is refused.
    fn decide(&mut self, statements: &[Submission]) -> Decided {
        if self.log.is_stopped() {
            return Err(Error::ReadOnly);
        }
        let (mark, state, next) = (self.log.mark(), self.state.clone(), self.log.next_seq());
        let mut seqs = Vec::with_capacity(statements.len());
        let mut repeated = true;
        for (index, statement) in statements.iter().enumerate() {
            match self.one(statement) {
                Ok((seq, repeat)) => {
                    seqs.push(seq);
                    repeated &= repeat;
                }
                Err(error) => {
                    self.log.rollback(mark);
                    self.state = state;
                    self.pending.split_off(&next);
                    return Err(match error {
                        Error::Refused { refusal, .. } => Error::Refused { refusal, index },
                        other => other,
                    });
                }
            }
        }
        Ok((seqs, repeated))
    }

    /// One statement: a repeat of what is recorded, or a new entry. Answers its seq.
    fn one(&mut self, statement: &Submission) -> Result<(Seq, bool), Error> {
        let repeat = self.log.lookup_jti(statement.speaker.key(), statement.statement.jti.as_str());
        if let Some(seq) = repeat.map_err(fatal)? {
            return self.repeat(seq, statement).map(|()| (seq, true));
        }
        let confirmed = self.confirmed.load(Ordering::Relaxed);
        let at = self.agreed.next(&*self.clock, self.log.last_at(), confirmed)?;
        self.confirmed.store(false, Ordering::Relaxed);
        self.introduce(statement, at)?;
        for lapse in lapses(&self.state, &statement.statement, at) {
            self.own(Voice::Clock, &Data::HandoffLapsed(lapse), at)?;
        }
        self.stage(statement, at).map(|seq| (seq, false))
    }

    fn repeat(&self, seq: Seq, statement: &Submission) -> Result<(), Error> {
        let same = match self.pending.get(&seq) {
            Some((_, canonical)) => *canonical == statement.canonical,
            None => {
                let bytes = self.log.reader().entry(seq).map_err(fatal)?;
                Entry::decode(&bytes).is_ok_and(|entry| entry.body.statement() == &*statement.canonical)
            }
        };
        if same {
            return Ok(());
        }
        let detail = "this jti stands for another statement of the same speaker; take a new one";
        Err(refused(Refusal::new(Code::JtiReused, detail).seq(seq).field("jti")))
    }

    /// The first statement under a token is preceded by the token's registration.
    fn introduce(&mut self, statement: &Submission, at: Instant) -> Result<(), Error> {
        let Speaker::Token { token, .. } = &statement.speaker else { return Ok(()) };
        if self.state.tokens.contains_key(token) {
            return Ok(());
        }
        let Some(known) = self.tokens.named(token) else { return Ok(()) };
        let data = TokenRegistered {
            token: known.token,
            role: known.role,
            agency: known.agency,
            approvals: Vec::new(),
            source: None,
            unverified: Vec::new(),
        };
        self.own(Voice::Token, &Data::TokenRegistered(data), at)
    }

    fn own(&mut self, voice: Voice, data: &Data, at: Instant) -> Result<(), Error> {
        let own = seal::own(voice, data, self.log.next_seq())
            .map_err(|unreadable| refused(Refusal::new(unreadable.code, unreadable.detail)))?;
        self.stage(&own, at).map(drop)
    }

    fn stage(&mut self, statement: &Submission, at: Instant) -> Result<Seq, Error> {
        let admitted = {
            let ordinal = |subject: &Subject| {
                self.log.index().last(subject.as_str()).ok().flatten().map_or(0, |last| last.ordinal)
            };
            let entry = |seq: Seq| self.event(seq);
            let context = Context {
                seq: self.log.next_seq(),
                at,
                digest: statement.approval.clone(),
                ordinal: &ordinal,
                entry: &entry,
            };
            admit(&self.state, &statement.speaker, &statement.statement, &context).map_err(refused)?
        };
        let via;
        let body = match &statement.speaker {
            Speaker::Token { agency, token } => {
                via = format!("token:{token}");
                Body::Attested { agency: agency.as_str(), via: &via, statement: &statement.canonical }
            }
            Speaker::Import { agency } => {
                Body::Attested { agency: agency.as_str(), via: "import", statement: &statement.canonical }
            }
            Speaker::Ledger(voice) => Body::Ledger { voice: voice.as_str(), statement: &statement.canonical },
        };
        let (speaker, jti) = (statement.speaker.key(), statement.statement.jti.as_str());
        let staged =
            self.log.stage(at, &admitted.subjects, body, speaker, jti, statement.sha256).map_err(fatal)?;
        self.state = admitted.state;
        self.pending.insert(staged.seq, (admitted.event, statement.canonical.clone()));
        Ok(staged.seq)
    }

    fn event(&self, seq: Seq) -> Option<Event> {
        if let Some((event, _)) = self.pending.get(&seq) {
            return Some(event.clone());
        }
        let bytes = self.log.reader().entry(seq).ok()?;
        seal::event(&Entry::decode(&bytes).ok()?).ok()
    }

    /// Makes what is staged durable, and publishes it. `None` when nothing was staged.
    fn commit(&mut self) -> Result<Option<Arc<Committed>>, Error> {
        if self.log.staged() == 0 {
            return Ok(None);
        }
        match self.log.commit() {
            Ok(committed) => {
                self.pending.clear();
                let touched = self.state.take_touched();
                self.views.publish(Arc::new(Snapshot::new(self.state.clone(), &committed)), touched);
                Ok(Some(committed))
            }
            Err(error) => {
                tracing::error!(%error, "the commit failed");
                // what was staged is gone: the state of the last commit is that of the views
                self.pending.clear();
                self.state = self.views.current().state.clone();
                if self.log.is_stopped() {
                    lock(&self.status).why = Some(error.to_string());
                }
                Err(fatal(error))
            }
        }
    }

    fn answer(&self, seqs: &[Seq], repeated: bool) -> Result<Outcome, Error> {
        let (reader, current) = (self.log.reader(), self.views.current());
        let receipt = |seq: &Seq| -> Result<Receipt, log::Error> {
            let entry = reader.entry(*seq)?;
            let at = reader.at(*seq)?;
            let proof = current.tree.inclusion_proof(seq.0, current.size)?;
            let leaf = leaf_hash(&entry);
            Ok(Receipt { seq: *seq, at, leaf, entry, proof, checkpoint: Arc::clone(&current.checkpoint) })
        };
        let receipts = seqs.iter().map(receipt).collect::<Result<_, _>>().map_err(fatal)?;
        Ok(Outcome { receipts, repeated })
    }
}

fn refused(refusal: Refusal) -> Error {
    Error::Refused { refusal, index: 0 }
}

fn fatal(error: log::Error) -> Error {
    match error {
        log::Error::Full { .. } => Error::DiskLow,
        log::Error::TooLarge { .. } | log::Error::GroupFull { .. } => Error::TooLarge,
        _ => Error::ReadOnly,
    }
}
