//! The one writer, and the handle everybody else has of it.

mod anchor;
mod backup;
mod clock;
mod erasure;
mod error;
mod head;
mod indexing;
mod init;
mod judging;
mod past;
mod queue;
mod random;
mod reading;
mod receipt;
mod recheck;
mod rotate;
mod status;
pub mod tokens;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::domain::{Instant, Refusal, Seq, State};
use crate::log::access::Access;
use crate::log::details::{self, Details};
use crate::log::{self, Entry, Log, Reader, RealFiles, Seen, Stop, Storage};
use crate::seal::{self, Submission};
use crate::views::{self, Views};

pub use anchor::may_write;
pub use backup::{Copied, CopyError, backup, restore};
pub use clock::{Clock, SystemClock};
pub use error::{Error, OpenError};
pub use indexing::IndexRoot;
pub use init::{Founding, init};
pub use judging::Judging;
pub use random::{random, views};
pub use receipt::{Outcome, Receipt};
pub use rotate::{RotateError, rotate};
pub use status::Status;
pub use tokens::{Token, Tokens};

use anchor::Anchor;
use clock::Agreed;
use indexing::{Indexing, Work};
use queue::{Answer, Asked, Queue, Unqueued};
use receipt::Durable;
use recheck::Recheck;
use writer::Writer;

/// Most repeats that are read again by who waits for them: another thread costs more than a few.
const AGAIN_MAX: usize = 16;

/// The answer to queued statements, still to come.
#[derive(Debug)]
pub struct Pending {
    answer: Answer,
    durable: Durable,
}

impl Pending {
    /// Waits for it; the thread must be one that may block.
    ///
    /// # Errors
    /// As [`Ledger::submit`].
    pub fn wait(self) -> Result<Outcome, Error> {
        self.answer.blocking_recv().unwrap_or(Err(Error::ReadOnly))?.outcome(&self.durable)
    }

    /// Waits for it.
    ///
    /// # Errors
    /// As [`Ledger::submit`].
    pub async fn arrive(self) -> Result<Outcome, Error> {
        let recorded = self.answer.await.unwrap_or(Err(Error::ReadOnly))?;
        if !recorded.repeated || recorded.stand.len() <= AGAIN_MAX {
            return recorded.outcome(&self.durable);
        }
        // what was recorded before is read again
        let again = tokio::task::spawn_blocking(move || recorded.outcome(&self.durable));
        again.await.unwrap_or(Err(Error::ReadOnly))
    }
}

/// How a ledger is opened.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// How files are laid out.
    pub log: log::Options,
    /// Accept a clock that jumped, once.
    pub confirm_clock: bool,
    /// A file outside the directory with the newest checkpoint: read on opening, written after `head`.
    pub anchor: Option<PathBuf>,
    /// Checkpoints that others kept: a directory that does not extend them is not opened.
    pub seen: Vec<Seen>,
    /// Where commits beyond `head` go that nobody shows to be this ledger's; without it they keep it from
    /// being opened.
    pub set_aside: Option<PathBuf>,
}

/// A handle of the running ledger; clones share it.
#[derive(Clone, Debug)]
pub struct Ledger(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    views: Arc<Views>,
    durable: Durable,
    tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
    status: Arc<Mutex<Status>>,
    /// Taken away when the ledger closes; the writer ends when it is gone.
    queue: Mutex<Option<Arc<Queue>>>,
    indexing: Mutex<Option<Indexing>>,
    writer: Mutex<Option<JoinHandle<log::Result<()>>>>,
    confirmed: Arc<AtomicBool>,
    access: Access,
    stop: Stop,
    /// The directory's lock, where no writer holds it.
    held: Mutex<Option<std::fs::File>>,
}

impl Ledger {
    /// Opens a data directory for writing and starts the writer.
    ///
    /// # Errors
    /// Those of the log (in use, other version, missing key, corrupt, rolled back) and of the views.
    pub fn open(dir: &Path, config: &Config) -> Result<(Self, log::Opened), OpenError> {
        Self::open_on(Arc::new(RealFiles), Arc::new(SystemClock), dir, config)
    }

    /// [`Ledger::open`] on files and clocks that are handed in.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_on<S: Storage>(
        storage: Arc<S>,
        clock: Arc<dyn Clock>,
        dir: &Path,
        config: &Config,
    ) -> Result<(Self, log::Opened), OpenError> {
        let mut recheck = Recheck::new(dir);
        let mut judge = |entry: &log::Entry<'_>, _: &[u8]| recheck.judge(entry);
        let files = Arc::clone(&storage);
        let anchor = config.anchor.as_deref().map(Anchor::new).transpose()?;
        let kept = anchor.as_ref().map(|anchor| anchor.read(&*files)).transpose()?.flatten();
        let seen: Vec<Seen> = config.seen.iter().cloned().chain(kept).collect();
        if let Some(to) = &config.set_aside {
            set_aside(&*files, dir, &seen, to)?;
        }
        let opened = Log::open(storage, dir, config.log, &seal::ids, &mut judge, &seen);
        let (log, opened) = match opened {
            Err(log::Error::TakenUp) => return Self::open_on(files, clock, dir, config),
            opened => opened?,
        };
        let (reader, stop) = (log.reader(), log.stop());
        let (views, state) = random::views(dir, reader.clone())?;
        if let Some(anchor) = &anchor {
            anchor.keep(&*files, &log.committed().checkpoint);
        }
        let (views, tokens) = (Arc::new(views), Arc::new(Tokens::served(dir, Arc::clone(&clock))));
        let (status, confirmed) = (Arc::default(), Arc::new(AtomicBool::new(config.confirm_clock)));
        let (queue, jobs) = Queue::new();
        let queue = Arc::new(queue);
        let work = Work {
            dir: dir.to_owned(),
            reader: reader.clone(),
            views: Arc::clone(&views),
            queue: Arc::downgrade(&queue),
        };
        let (indexing, wake) = Indexing::start(work).map_err(OpenError::Thread)?;
        let shared = writer::Shared {
            wake,
            anchor,
            views: Arc::clone(&views),
            tokens: Arc::clone(&tokens),
            status: Arc::clone(&status),
            confirmed: Arc::clone(&confirmed),
            clock: Arc::clone(&clock),
        };
        let details = opened_details(&log, &reader, &state)?;
        let durable = Durable { log: reader, details: details.reader() };
        let access = Access::open(files, dir)?;
        let writer = Writer::new(log, details, state, Agreed::open(dir, &*clock), shared);
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || writer.run(&jobs));
        let shared = Shared {
            dir: dir.to_owned(),
            views,
            durable,
            tokens,
            clock,
            status,
            queue: Mutex::new(Some(queue)),
            indexing: Mutex::new(Some(indexing)),
            writer: Mutex::new(Some(thread.map_err(OpenError::Thread)?)),
            confirmed,
            access,
            stop,
            held: Mutex::default(),
        };
        Ok((Self(Arc::new(shared)), opened))
    }

    /// Submits statements, whole or not at all, and waits until what the answer rests on is durable.
    ///
    /// # Errors
    /// [`Error`]: refused, busy, or not writing.
    pub async fn submit(&self, statements: Vec<Submission>) -> Result<Outcome, Error> {
        self.enqueue(statements)?.arrive().await
    }

    /// [`Ledger::submit`] for a thread that may block.
    ///
    /// # Errors
    /// As [`Ledger::submit`].
    pub fn submit_blocking(&self, statements: Vec<Submission>) -> Result<Outcome, Error> {
        self.enqueue(statements)?.wait()
    }

    /// Queues statements behind those queued before, for a thread that has more to queue before it
    /// waits.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::ReadOnly`].
    pub fn enqueue(&self, statements: Vec<Submission>) -> Result<Pending, Error> {
        self.offer(statements).unwrap_or(Err(Error::Busy))
    }

    /// [`Ledger::enqueue`] for who tries again with the same statements.
    ///
    /// # Errors
    /// The statements, when enough waits already; inside, [`Error::ReadOnly`].
    pub fn offer(&self, mut statements: Vec<Submission>) -> Result<Result<Pending, Error>, Vec<Submission>> {
        for (index, statement) in statements.iter_mut().enumerate() {
            if let Err(why) = statement.details.seal(random) {
                let refusal = Refusal::new(why.code, why.detail);
                return Ok(Err(Error::Refused { refusal, index }));
            }
        }
        match self.add(Asked::Statements(statements)) {
            Ok(answer) => Ok(Ok(Pending { answer, durable: self.0.durable.clone() })),
            Err(Unqueued::Full(Asked::Statements(statements))) => Err(statements),
            Err(Unqueued::Full(Asked::Own(..) | Asked::Rotation(..))) => Ok(Err(Error::Busy)),
            Err(Unqueued::Ended) => Ok(Err(Error::ReadOnly)),
        }
    }

    fn add(&self, asked: Asked) -> Result<Answer, Unqueued> {
        let queue = lock(&self.0.queue).clone().ok_or(Unqueued::Ended)?;
        queue.add(asked)
    }

    /// Has an index root recorded that covers everything said by now; the newest one where it does.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many ask; else as [`Ledger::submit`].
    pub async fn index(&self) -> Result<IndexRoot, Error> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        lock(&self.0.indexing).as_ref().map_or(Err(Error::ReadOnly), |indexing| indexing.ask(reply))?;
        answer.await.unwrap_or(Err(Error::ReadOnly))
    }

    /// What is answered from.
    #[must_use]
    pub fn views(&self) -> &Views {
        &self.0.views
    }

    /// The durable entries.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.0.durable.log
    }

    /// The details that are kept.
    #[must_use]
    pub fn details(&self) -> &details::Reader {
        &self.0.durable.details
    }

    /// Who read details, and who was refused.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.0.access
    }

    /// The data directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    /// The wall clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// The token of a secret, if it counts today.
    #[must_use]
    pub fn authenticate(&self, secret: &str) -> Option<Token> {
        let today = self.0.views.current().state.today(self.now());
        self.0.tokens.find(secret, today)
    }

    /// Whether the ledger writes.
    #[must_use]
    pub fn status(&self) -> Status {
        lock(&self.0.status).clone()
    }

    /// A checkpoint of this ledger that comes back from outside: where the log does not extend it, nothing
    /// is written from here on.
    pub fn shown(&self, seen: &Seen) {
        let (reader, tree) = (self.reader(), self.reader().tree());
        match seen.extended(reader.origin(), reader.vkeys(), &tree) {
            Ok(_) => {}
            Err(error @ log::Error::RolledBack { .. }) => {
                tracing::error!(%error, "writing has stopped");
                self.0.stop.set();
                lock(&self.0.status).stop(&error);
            }
            Err(error) => tracing::warn!(%error, "what was shown is no checkpoint of this ledger"),
        }
    }

    /// Accepts a clock that jumped, once.
    pub fn confirm_clock(&self) {
        self.0.confirmed.store(true, Ordering::SeqCst);
    }

    /// Lets the writer finish what is queued, writes `head` and the views, and ends it.
    ///
    /// # Errors
    /// [`log::Error::Stopped`] when a write or sync had failed; those of the views.
    pub fn close(&self) -> Result<(), OpenError> {
        let written = self.0.end();
        self.0.views.close()?;
        Ok(written?)
    }
}

impl Shared {
    /// Ends the writer, after what is queued.
    fn end(&self) -> Result<(), log::Error> {
        drop(lock(&self.queue).take());
        let writer = lock(&self.writer).take();
        // A writer that panicked has said so; nothing it acknowledged is lost.
        let written = writer.map_or(Ok(()), |writer| writer.join().unwrap_or(Err(log::Error::Stopped)));
        if let Some(indexing) = lock(&self.indexing).take() {
            indexing.end();
        }
        written
    }
}

impl Drop for Shared {
    /// A ledger that was not closed leaves no thread at work behind it, either.
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(%error, "the log did not close cleanly");
        }
    }
}

/// Moves what nobody shows to be this ledger's out of its way.
fn set_aside(files: &dyn Storage, dir: &Path, seen: &[Seen], to: &Path) -> log::Result<()> {
    if let Some(log::Aside { from, bytes, files }) = log::set_aside(files, dir, seen, to)? {
        tracing::warn!(%from, bytes, ?files, "set aside: nobody shows that this ledger wrote it");
    }
    Ok(())
}

/// The details beside the log. Which of them entries refer to is read from the log, if any are kept.
fn opened_details<S: Storage>(log: &Log<S>, reader: &Reader, state: &State) -> views::Result<Details> {
    let (mut referred, mut failed) = (None, None);
    let (mut details, found) = log.details(|digest| {
        let known = referred.get_or_insert_with(|| match digests(reader) {
            Ok(digests) => Some(digests),
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        // what cannot be told is kept
        known.as_ref().is_none_or(|digests| digests.contains(digest))
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    let details::Opened { orphans, cut_bytes, .. } = found;
    if orphans > 0 || cut_bytes > 0 {
        tracing::warn!(orphans, cut_bytes, "details that were never acknowledged are destroyed");
    }
    for fault in &found.faults {
        tracing::error!(
            file = %fault.file.display(), offset = fault.offset, what = %fault.what, "a detail is damaged"
        );
    }
    erasure::finish(&mut details, &found, state, reader)?;
    Ok(details)
}

/// Every digest that an entry commits to.
fn digests(reader: &Reader) -> views::Result<HashSet<[u8; 32]>> {
    let mut all = HashSet::new();
    for entry in reader.entries(Seq(0), Seq(reader.size())) {
        let (seq, bytes) = entry?;
        let entry = Entry::decode(&bytes).map_err(log::Error::from)?;
        all.extend(seal::digests(&entry).map_err(|why| views::Error::Entry { seq, why })?);
    }
    Ok(all)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
