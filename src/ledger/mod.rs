//! The one writer, and the handle everybody else has of it.

mod clock;
mod error;
mod head;
mod init;
pub mod tokens;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use crate::domain::{Instant, Seq};
use crate::log::{self, Hash, Log, Reader, RealFiles};
use crate::seal::{self, Submission};
use crate::views::Views;

pub use clock::{Clock, SystemClock};
pub use error::{Error, OpenError};
pub use init::{Founding, init};
pub use tokens::{Token, Tokens};
use writer::{Job, Writer};

/// Most requests that wait for the writer; more are refused as `busy`.
const QUEUE_MAX: usize = 4096;

/// The proof that a statement is recorded (FORMAT section 6).
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its number.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Instant,
    /// Merkle leaf hash.
    pub leaf: Hash,
    /// The stored bytes.
    pub entry: Vec<u8>,
    /// Inclusion proof to the checkpoint's root.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Arc<str>,
}

/// What became of a submission that was not refused.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One for each statement, in order.
    pub receipts: Vec<Receipt>,
    /// Whether all of them were recorded before.
    pub repeated: bool,
}

/// The answer to queued statements, still to come.
#[derive(Debug)]
pub struct Pending(tokio::sync::oneshot::Receiver<Result<Outcome, Error>>);

impl Pending {
    /// Waits for it; the thread must be one that may block.
    ///
    /// # Errors
    /// As [`Ledger::submit`].
    pub fn wait(self) -> Result<Outcome, Error> {
        self.0.blocking_recv().unwrap_or(Err(Error::ReadOnly))
    }
}

/// Whether the ledger writes.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Why it does not.
    pub why: Option<String>,
}

/// How a ledger is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Config {
    /// How files are laid out.
    pub log: log::Options,
    /// Accept a clock that jumped, once.
    pub confirm_clock: bool,
}

/// A handle of the running ledger; clones share it.
#[derive(Clone, Debug)]
pub struct Ledger(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    views: Arc<Views>,
    reader: Reader,
    tokens: Arc<Tokens>,
    clock: SystemClock,
    status: Arc<Mutex<Status>>,
    /// Taken away when the ledger closes; the writer ends when it is gone.
    queue: Mutex<Option<mpsc::SyncSender<Job>>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    confirmed: Arc<AtomicBool>,
}

impl Ledger {
    /// Opens a data directory for writing and starts the writer.
    ///
    /// # Errors
    /// Those of the log (in use, other version, missing key, corrupt) and of the views.
    pub fn open(dir: &Path, config: Config) -> Result<(Self, log::Opened), OpenError> {
        let ids = |entry: &log::Entry<'_>| {
            let event = seal::event(entry).ok()?;
            Some((event.speaker.key().to_owned(), event.statement.jti.to_string()))
        };
        // what `head` did not cover is judged by the same code that reads every entry
        let mut recheck = |entry: &log::Entry<'_>, _: &[u8]| {
            seal::event(entry).map(drop).map_err(|unreadable| unreadable.code)
        };
        let (log, opened) = Log::open(Arc::new(RealFiles::default()), dir, config.log, &ids, &mut recheck)?;
        let reader = log.reader();
        let (views, state) = Views::open(dir, reader.clone())?;
        let shared = Shared {
            dir: dir.to_owned(),
            views: Arc::new(views),
            reader,
            tokens: Arc::new(Tokens::open(dir)),
            clock: SystemClock::default(),
            status: Arc::default(),
            queue: Mutex::default(),
            writer: Mutex::default(),
            confirmed: Arc::new(AtomicBool::new(config.confirm_clock)),
        };
        let (queue, jobs) = mpsc::sync_channel(QUEUE_MAX);
        let writer = Writer::new(
            log,
            state,
            Arc::clone(&shared.views),
            Arc::clone(&shared.tokens),
            Arc::clone(&shared.status),
            Arc::clone(&shared.confirmed),
            Box::new(shared.clock),
        );
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || writer.run(&jobs));
        *lock(&shared.writer) = Some(thread.map_err(OpenError::Thread)?);
        *lock(&shared.queue) = Some(queue);
        Ok((Self(Arc::new(shared)), opened))
    }

    /// Submits statements, whole or not at all, and waits until what the answer rests on is durable.
    ///
    /// # Errors
    /// [`Error`]: refused, busy, or not writing.
    pub async fn submit(&self, statements: Vec<Submission>) -> Result<Outcome, Error> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.queue(Job { statements, reply })?;
        answer.await.unwrap_or(Err(Error::ReadOnly))
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
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.queue(Job { statements, reply })?;
        Ok(Pending(answer))
    }

    fn queue(&self, job: Job) -> Result<(), Error> {
        let queue = lock(&self.0.queue);
        let queue = queue.as_ref().ok_or(Error::ReadOnly)?;
        queue.try_send(job).map_err(|error| match error {
            mpsc::TrySendError::Full(_) => Error::Busy,
            mpsc::TrySendError::Disconnected(_) => Error::ReadOnly,
        })
    }

    /// What is answered from.
    #[must_use]
    pub fn views(&self) -> &Views {
        &self.0.views
    }

    /// The durable entries.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.0.reader
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

    /// Accepts a clock that jumped, once.
    pub fn confirm_clock(&self) {
        self.0.confirmed.store(true, Ordering::Relaxed);
    }

    /// Lets the writer finish what is queued, writes `head` and the views, and ends it.
    ///
    /// # Errors
    /// Those of the views.
    pub fn close(&self) -> Result<(), OpenError> {
        drop(lock(&self.0.queue).take());
        if let Some(writer) = lock(&self.0.writer).take() {
            // a writer that panicked has said so; nothing it acknowledged is lost
            drop(writer.join());
        }
        Ok(self.0.views.close()?)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
