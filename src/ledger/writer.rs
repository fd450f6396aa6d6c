//! The writer: takes what waits, decides each statement on the state the ones before it left, commits
//! them together, and answers when what the answers rest on is durable (FORMAT section 3).

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, mpsc};

use crate::domain::event::handoff::HandoffLapsed;
use crate::domain::event::ledger::{TokenRegistered, TokenRevoked};
use crate::domain::state::Evolved;
use crate::domain::state::record::DetailsNow;
use crate::domain::{
    Admitted, Code, Context, Data, Instant, Refusal, Seq, Speaker, State, Statement, Subject, TokenId, Voice,
    admit, heard, lapse,
};
use crate::log::details::Details;
use crate::log::{self, Body, Entry, Log, Mark, Reader, Storage};
use crate::seal::{self, Disclosure, Submission};
use crate::views::{Snapshot, Views};

use super::anchor::Anchor;
use super::clock::{Agreed, Clock};
use super::erasure;
use super::head::HeadThread;
use super::indexing::Wake;
use super::past::Looking;
use super::queue::{Asked, Job, Queued};
use super::receipt::{New, Recorded, Stands};
use super::{Error, Status, Tokens, lock};

/// Most jobs decided before a commit: bounds how long the first of them waits.
const GROUP_MAX: usize = 1024;
/// A group that took longer than this is committed when no more than it holds is left waiting.
const GATHER_US: i64 = 1_000;
/// Most bytes staged before a commit: the rest of what a commit holds is room for one batch.
const GROUP_BYTES_MAX: usize = 4 << 20;

/// What was decided of a job: where its statements stand, and whether all were repeats.
type Decided = Result<(Vec<Stands>, bool), Error>;

/// Where answers go.
type Reply = tokio::sync::oneshot::Sender<Result<Recorded, Error>>;

/// What the writer shares with the handle.
pub(super) struct Shared {
    pub(super) views: Arc<Views>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) status: Arc<Mutex<Status>>,
    pub(super) confirmed: Arc<AtomicBool>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) wake: Wake,
    /// Taken by the thread that writes `head`.
    pub(super) anchor: Option<Anchor>,
}

/// Owned by the writer thread.
pub(super) struct Writer<S: Storage> {
    log: Log<S>,
    /// With those of everything staged.
    details: Details,
    reader: Reader,
    /// With everything staged.
    state: State,
    /// What each staged entry has changed.
    evolved: Vec<Evolved>,
    shared: Shared,
    agreed: Agreed,
    /// Whether a repeat brought details back that were lost.
    restores: bool,
    /// Details that entries of the group erase.
    doomed: Vec<[u8; 32]>,
    /// Jobs decided and not answered.
    decided: Vec<(Reply, Decided)>,
    /// The empty group.
    empty: Mark,
    /// Which reading of the tokens file revocations were taken from.
    tokens_read: u64,
}

/// Where to go back to when a job is refused.
struct Undo {
    mark: Mark,
    /// Details pending, and to be destroyed.
    details: (usize, usize),
    /// How many entries are staged.
    evolved: usize,
}

impl<S: Storage> Writer<S> {
    pub(super) fn new(log: Log<S>, details: Details, state: State, agreed: Agreed, shared: Shared) -> Self {
        let (reader, empty) = (log.reader(), log.mark());
        let (evolved, decided) = (Vec::new(), Vec::new());
        let (restores, doomed, tokens_read) = (false, Vec::new(), 0);
        Self {
            log,
            details,
            reader,
            state,
            evolved,
            shared,
            agreed,
            restores,
            doomed,
            decided,
            empty,
            tokens_read,
        }
    }

    /// Runs until every sender is gone, then writes `head` and ends.
    pub(super) fn run(mut self, jobs: &mpsc::Receiver<Queued>) -> log::Result<()> {
        let anchor = self.shared.anchor.take();
        let head = self
            .log
            .head_writer()
            .map(|head| HeadThread::start(head, Arc::clone(&self.shared.status), anchor));
        let head = head.and_then(|started| {
            started
                .map_err(|error| tracing::error!(%error, "no thread for head: it is written at the end"))
                .ok()
        });
        while let Ok(first) = jobs.recv() {
            self.revocations();
            self.gather(first, jobs);
            self.commit();
            if let Some(head) = &head {
                head.write(&self.log.committed());
            }
        }
        if let Some(head) = head {
            head.close();
        }
        self.log.close()
    }

    /// Decides what waits, until a commit is due. Of many who say one thing after the other, half are
    /// answered while the other half is decided: nobody's core stands still.
    fn gather(&mut self, first: Queued, jobs: &mpsc::Receiver<Queued>) {
        let clock = Arc::clone(&self.shared.clock);
        let (begun, mut bytes, mut next) = (clock.boot_us(), 0, Some(first));
        while let Some(queued) = next {
            bytes += queued.bytes();
            let (job, waiting) = queued.job();
            self.take(job);
            let due = waiting <= bytes && clock.boot_us() - begun > GATHER_US;
            next = if self.has_room() && !due { jobs.try_recv().ok() } else { None };
        }
    }

    fn has_room(&self) -> bool {
        self.decided.len() < GROUP_MAX && self.log.staged_bytes() < GROUP_BYTES_MAX
    }

    fn take(&mut self, job: Job) {
        let mut decided = self.asked(&job.asked);
        if matches!(decided, Err(Error::TooLarge)) && self.log.staged() > 0 {
            // It may be too large only for what the group has left.
            self.commit();
            decided = self.asked(&job.asked);
        }
        self.decided.push((job.reply, decided));
    }

    fn asked(&mut self, asked: &Asked) -> Decided {
        match asked {
            Asked::Statements(statements) => self.decide(statements),
            Asked::Own(voice, data) => self.said(*voice, data),
            Asked::Rotation(data, next) => {
                let decided = self.said(Voice::Rotate, data)?;
                self.log.rotates((**next).clone());
                Ok(decided)
            }
        }
    }

    /// What the ledger says itself.
    fn said(&mut self, voice: Voice, data: &Data) -> Decided {
        if self.log.is_stopped() {
            return Err(Error::ReadOnly);
        }
        let at = self.agreed.next(&*self.shared.clock, self.log.last_at(), &self.shared.confirmed)?;
        let seq = self.own(voice, data, at)?;
        Ok((vec![Stands { seq, new: self.new_at(seq, at, Vec::new()) }], false))
    }

    /// What was staged now.
    fn new_at(&self, seq: Seq, at: Instant, disclosures: Vec<Disclosure>) -> Option<New> {
        self.log.staged_entry(seq).map(|entry| New { at, entry: entry.to_vec(), disclosures })
    }

    /// Decides one job on the working state; what it staged is undone when one statement is refused.
    /// Lapses that were due before its first statement stay: they stand whatever becomes of it.
    fn decide(&mut self, statements: &[Submission]) -> Decided {
        let mut stand = Vec::with_capacity(statements.len());
        let (mut repeated, mut undo) = (true, None);
        for (index, statement) in statements.iter().enumerate() {
            match self.one(statement, statements.len() > 1, &mut undo) {
                Ok((stands, repeat)) => {
                    stand.push(stands);
                    repeated &= repeat;
                }
                Err(error) => {
                    if let Some(undo) = undo {
                        self.undo(undo);
                    }
                    return Err(error.at(index));
                }
            }
        }
        Ok((stand, repeated))
    }

    fn undo(&mut self, undo: Undo) {
        self.log.rollback(undo.mark);
        let (pending, doomed) = undo.details;
        self.details.rollback(pending);
        self.doomed.truncate(doomed);
        for evolved in self.evolved.drain(undo.evolved..).rev() {
            self.state.undo(evolved);
        }
    }

    /// One statement: a repeat of what is recorded, or a new entry. Answers where
    /// it stands.
    fn one(
        &mut self,
        statement: &Submission,
        batch: bool,
        undo: &mut Option<Undo>,
    ) -> Result<(Stands, bool), Error> {
        let repeat = self.log.lookup_jti(statement.speaker.key(), statement.statement.jti.as_str());
        if let Some(seq) = repeat.map_err(unwritten)? {
            return self.repeat(seq, statement).map(|()| (Stands { seq, new: None }, true));
        }
        if self.log.is_stopped() {
            return Err(Error::ReadOnly);
        }
        self.signed(statement)?;
        let at = self.agreed.next(&*self.shared.clock, self.log.last_at(), &self.shared.confirmed)?;
        while let Some(lapsed) = self.lapse(&statement.statement, at)? {
            self.own(Voice::Clock, &Data::HandoffLapsed(lapsed), at)?;
        }
        let stranger = match &statement.speaker {
            Speaker::Token { token, .. } if !self.state.tokens.contains_key(token) => Some(token),
            _ => None,
        };
        // a statement that is refused leaves nothing by itself
        if batch || stranger.is_some() {
            undo.get_or_insert_with(|| self.here());
        }
        if let Some(token) = stranger {
            self.introduce(token, at)?;
        }
        let seq = self.stage(statement, at)?;
        let told = if statement.is_signed() { Vec::new() } else { statement.details.disclosures.clone() };
        Ok((Stands { seq, new: self.new_at(seq, at, told) }, false))
    }

    /// Where to come back to.
    fn here(&self) -> Undo {
        let details = (self.details.pending(), self.doomed.len());
        Undo { mark: self.log.mark(), details, evolved: self.evolved.len() }
    }

    /// Who could not find the key leaves the signature to be checked here: its registration may have
    /// been queued, too.
    fn signed(&self, statement: &Submission) -> Result<(), Error> {
        match statement.holds(&self.state) {
            Ok(true) => Ok(()),
            Ok(false) => {
                let detail = "the key is not registered for this agency; register it first";
                Err(refused(Refusal::new(Code::KeyNotValid, detail)))
            }
            Err(why) => Err(refused(Refusal::new(why.code, why.detail))),
        }
    }

    /// Whether a statement is the one recorded at a seq. Details that are missing are kept again: only
    /// a signed one says them under the same salts.
    fn repeat(&mut self, seq: Seq, statement: &Submission) -> Result<(), Error> {
        let same = match self.log.staged_entry(seq) {
            Some(bytes) => self.stands(bytes, statement),
            None => self.stands(&self.reader.entry(seq).map_err(unwritten)?, statement),
        };
        if same? {
            // it stands, and what it erases may not be gone: opening finishes that
            if self.details.is_stopped() && matches!(statement.statement.data, Data::DetailsErased(_)) {
                return Err(Error::ReadOnly);
            }
            if statement.is_signed() && !self.details.is_stopped() {
                self.restore(seq, statement)?;
            }
            return Ok(());
        }
        self.signed(statement)?;
        let now = self.shared.clock.now().max(self.log.last_at());
        heard(&self.state, &statement.speaker, now).map_err(refused)?;
        let detail = "this jti stands for another statement of the same speaker; take a new one";
        Err(refused(Refusal::new(Code::JtiReused, detail).seq(seq).field("jti")))
    }

    /// Keeps what is missing of a statement's details again, but for what was erased.
    fn restore(&mut self, seq: Seq, statement: &Submission) -> Result<(), Error> {
        let erased = self.state.details_now(seq).erased;
        let details = statement.details.disclosures.iter().zip(&statement.details.sealed);
        let kept = details.filter(|(told, _)| !erased.contains_key(&told.name)).map(|(_, sealed)| sealed);
        let before = self.details.pending();
        self.details.append(kept).map_err(unwritten)?;
        self.restores |= self.details.pending() > before;
        Ok(())
    }

    fn stands(&self, bytes: &[u8], statement: &Submission) -> Result<bool, Error> {
        let Ok(entry) = Entry::decode(bytes) else { return Ok(false) };
        let stored = entry.body.statement();
        if *stored == *statement.canonical {
            return Ok(true);
        }
        if !matches!(entry.body, Body::Attested { .. }) || statement.is_signed() {
            return Ok(false);
        }
        let open = |digest: &[u8; 32]| seal::details::known(entry.seq, self.details.get(digest));
        seal::details::same(stored, statement, open).map_err(unwritten)
    }

    /// The first statement under a token is preceded by the token's registration.
    fn introduce(&mut self, token: &TokenId, at: Instant) -> Result<(), Error> {
        let Some(known) = self.shared.tokens.named(token) else { return Ok(()) };
        let data = TokenRegistered {
            token: known.token,
            role: known.role,
            agency: known.agency,
            approvals: Vec::new(),
            source: None,
            unverified: Vec::new(),
        };
        self.own(Voice::Token, &Data::TokenRegistered(data), at).map(drop)
    }

    /// Records that tokens the log knows were revoked, once the file says so.
    fn revocations(&mut self) {
        let read = self.shared.tokens.times_read();
        if read == self.tokens_read || self.log.is_stopped() {
            return;
        }
        for token in self.shared.tokens.revoked() {
            if self.state.tokens.get(&token).is_none_or(|known| known.revoked.is_some()) {
                continue;
            }
            let data = TokenRevoked { token, approvals: Vec::new(), source: None, unverified: Vec::new() };
            let at = self.agreed.next(&*self.shared.clock, self.log.last_at(), &self.shared.confirmed);
            // Tried again with the next job: the file itself already keeps the token out.
            let Ok(at) = at else { return };
            if let Err(error) = self.own(Voice::Token, &Data::TokenRevoked(data), at) {
                tracing::error!(%error, "a token's end cannot be recorded");
                return;
            }
        }
        self.tokens_read = read;
    }

    fn own(&mut self, voice: Voice, data: &Data, at: Instant) -> Result<Seq, Error> {
        let own = seal::own(voice, data, self.log.next_seq())
            .map_err(|unreadable| refused(Refusal::new(unreadable.code, unreadable.detail)))?;
        self.stage(&own, at)
    }

    fn stage(&mut self, statement: &Submission, at: Instant) -> Result<Seq, Error> {
        if !statement.details.are_sealed() {
            let refusal = Refusal::new(Code::Malformed, "each digest in details comes with its disclosure");
            return Err(refused(refusal.field("details")));
        }
        // what one statement says is erased without touching another's
        if statement.details.digests.iter().any(|digest| self.details.contains(digest)) {
            let detail = "a disclosure of another statement; take new salts";
            return Err(refused(Refusal::new(Code::Malformed, detail).field("details")));
        }
        let details = statement.statement.about_entry().map(|seq| self.state.details_now(seq));
        let Admitted { evolved, subjects, .. } = self.admit(statement, at)?;
        match self.stage_admitted(statement, at, &subjects, &details.unwrap_or_default()) {
            Ok(seq) => {
                self.evolved.push(evolved);
                Ok(seq)
            }
            Err(error) => {
                self.state.undo(evolved);
                Err(error)
            }
        }
    }

    /// Stages the entry of a statement that the state has folded in. `details` is what stood before it of those
    /// that it is about.
    fn stage_admitted(
        &mut self,
        statement: &Submission,
        at: Instant,
        subjects: &[Subject],
        details: &DetailsNow,
    ) -> Result<Seq, Error> {
        let via;
        let mut doomed = self.erases(&statement.statement.data, details)?;
        let body = match &statement.speaker {
            Speaker::Token { agency, token } => {
                via = format!("token:{token}");
                Body::Attested { agency: agency.as_str(), via: &via, statement: &statement.canonical }
            }
            Speaker::Signed { .. } => Body::Signed { jwt: &statement.canonical },
            Speaker::Import { agency } => {
                Body::Attested { agency: agency.as_str(), via: "import", statement: &statement.canonical }
            }
            Speaker::Ledger(voice) => Body::Ledger { voice: voice.as_str(), statement: &statement.canonical },
            Speaker::Nobody => return Err(refused(Refusal::new(Code::Unauthenticated, "nobody speaks"))),
        };
        let (speaker, jti) = (statement.speaker.key(), statement.statement.jti.as_str());
        let before = self.log.mark();
        let staged = self.log.stage(at, subjects, body, speaker, jti, statement.sha256).map_err(unwritten)?;
        if let Err(error) = self.details.append(&statement.details.sealed) {
            self.log.rollback(before);
            return Err(unwritten(error));
        }
        self.doomed.append(&mut doomed);
        Ok(staged.seq)
    }

    /// The details that a statement erases of those that stood before it.
    fn erases(&self, data: &Data, before: &DetailsNow) -> Result<Vec<[u8; 32]>, Error> {
        let Data::DetailsErased(data) = data else { return Ok(Vec::new()) };
        let bytes = match self.log.staged_entry(data.seq) {
            Some(bytes) => bytes.to_vec(),
            None => self.reader.entry(data.seq).map_err(unwritten)?,
        };
        let entry = Entry::decode(&bytes).map_err(|error| unwritten(error.into()))?;
        let named = erasure::named(&entry, &data.fields, before, &self.details).map_err(unwritten)?;
        named.map_err(|name| {
            let detail = format!("entry {} has no detail {name:?}", data.seq);
            refused(Refusal::new(Code::NotFound, detail).field("data.fields"))
        })
    }

    fn lapse(&mut self, statement: &Statement, at: Instant) -> Result<Option<HandoffLapsed>, Error> {
        let Self { log, reader, state, .. } = self;
        let past = Looking::new(log, reader);
        let lapsed = lapse(state, statement, at, &past);
        if past.failed() { Err(Error::ReadOnly) } else { Ok(lapsed) }
    }

    fn admit(&mut self, statement: &Submission, at: Instant) -> Result<Admitted, Error> {
        let seq = self.log.next_seq();
        let Self { log, reader, state, .. } = self;
        let past = Looking::new(log, reader);
        let context = Context { seq, at, digest: statement.approval.clone(), past: &past };
        let admitted = admit(state, &statement.speaker, &statement.statement, &context);
        // What could not be read may not decide anything.
        if past.failed() { Err(Error::ReadOnly) } else { admitted.map_err(refused) }
    }

    /// Makes what is staged durable, publishes it, and answers every job decided so far.
    fn commit(&mut self) {
        let durable = self.log.size();
        let waits = self.log.staged() + self.details.pending() > 0;
        let failed = if waits { self.make_durable().err() } else { None };
        let restores = std::mem::take(&mut self.restores);
        let snapshot = self.shared.views.current();
        for (reply, decided) in self.decided.drain(..) {
            let answer = match (&failed, decided) {
                (None, decided) => decided,
                // A repeat of what was durable before rests on nothing that failed.
                (Some(_), Ok((stand, true))) if !restores && stand.iter().all(|one| one.seq.0 < durable) => {
                    Ok((stand, true))
                }
                (Some(error), _) => Err(error.clone()),
            };
            let snapshot = Arc::clone(&snapshot);
            let answer = answer.map(|(stand, repeated)| Recorded { stand, repeated, snapshot });
            // Nobody may wait any more: the statement is recorded all the same.
            drop(reply.send(answer));
        }
    }

    /// The details first, which no entry may be without; and room for the entries before them, so that
    /// no details are kept without their entry.
    fn written(&mut self) -> log::Result<Arc<log::Committed>> {
        if self.details.pending() > 0 {
            self.log.reserve()?;
            self.details.sync()?;
        }
        self.log.commit()
    }

    /// What entries of the group erase is destroyed, before anybody is answered.
    fn destroy(&mut self, through: u64) -> log::Result<()> {
        if self.doomed.is_empty() {
            return Ok(());
        }
        self.details.destroy(&std::mem::take(&mut self.doomed))?;
        self.details.erased(Seq(through.saturating_sub(1)))
    }

    fn make_durable(&mut self) -> Result<(), Error> {
        match self.written() {
            Ok(committed) => {
                let changes = self.evolved.drain(..).flat_map(|evolved| evolved.changes).collect();
                self.empty = self.log.mark();
                self.shared.views.publish(Arc::new(Snapshot::new(self.state.clone(), &committed)), changes);
                self.shared.wake.after(&self.state);
                self.destroy(committed.size).map_err(|error| {
                    tracing::error!(%error, "an erasure is not finished: opening the ledger finishes it");
                    lock(&self.shared.status).stop(&error);
                    unwritten(error)
                })
            }
            Err(error) => {
                tracing::error!(%error, "the commit failed");
                // Back to the last commit, whose state the views have.
                self.log.rollback(self.empty);
                self.details.rollback(0);
                self.doomed.clear();
                self.evolved.clear();
                self.state = self.shared.views.current().state.clone();
                if self.log.is_stopped() {
                    lock(&self.shared.status).stop(&error);
                }
                Err(unwritten(error))
            }
        }
    }
}

fn refused(refusal: Refusal) -> Error {
    Error::Refused { refusal, index: 0 }
}

fn unwritten(error: log::Error) -> Error {
    match error {
        log::Error::Full { .. } => Error::DiskLow,
        log::Error::TooLarge { .. } | log::Error::GroupFull { .. } => Error::TooLarge,
        other => {
            tracing::error!(error = %other, "nothing is written");
            Error::ReadOnly
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // A defect of this program: whoever asks is told that nothing is written any more.
        if std::thread::panicking() {
            lock(&self.status).ended();
        }
    }
}
