//! What waits for the writer: bounded in number and in bytes, so that memory stays flat and the
//! excess is told to come back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use crate::domain::{Data, Voice};
use crate::log::Signer;
use crate::seal::Submission;

use super::Error;
use super::receipt::Recorded;

/// Most jobs that wait.
const JOBS_MAX: usize = 4096;
/// Most bytes of statements that wait; one job is taken whatever its size.
const BYTES_MAX: usize = 64 << 20;

/// What is asked of the writer, and where the answer goes.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) asked: Asked,
    pub(super) reply: tokio::sync::oneshot::Sender<Result<Recorded, Error>>,
}

/// What is to be recorded.
#[derive(Debug)]
pub(super) enum Asked {
    /// Statements, whole or not at all.
    Statements(Vec<Submission>),
    /// What the ledger says itself.
    Own(Voice, Box<Data>),
    /// That another key follows, and that key.
    Rotation(Box<Data>, Box<Signer>),
}

impl Asked {
    fn bytes(&self) -> usize {
        match self {
            Self::Statements(all) => all.iter().map(|one| one.canonical.len() + one.details.bytes()).sum(),
            Self::Own(..) | Self::Rotation(..) => 0,
        }
    }
}

/// A job that waits, and counts as long as it does.
#[derive(Debug)]
pub(super) struct Queued {
    job: Job,
    bytes: usize,
    waiting: Arc<AtomicUsize>,
}

impl Queued {
    /// Bytes of its statements.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes it out of what waits; answers how many bytes wait behind it, too.
    pub(super) fn job(self) -> (Job, usize) {
        let before = self.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
        (self.job, before.saturating_sub(self.bytes))
    }
}

/// The answer, still to come.
pub(super) type Answer = tokio::sync::oneshot::Receiver<Result<Recorded, Error>>;

/// Why nothing is queued.
#[derive(Debug)]
pub(super) enum Unqueued {
    /// Enough waits already.
    Full(Asked),
    /// The writer has ended.
    Ended,
}

impl From<Unqueued> for Error {
    fn from(why: Unqueued) -> Self {
        match why {
            Unqueued::Full(_) => Self::Busy,
            Unqueued::Ended => Self::ReadOnly,
        }
    }
}

/// The way in.
#[derive(Debug)]
pub(super) struct Queue {
    jobs: mpsc::SyncSender<Queued>,
    waiting: Arc<AtomicUsize>,
}

impl Queue {
    pub(super) fn new() -> (Self, mpsc::Receiver<Queued>) {
        let (jobs, queue) = mpsc::sync_channel(JOBS_MAX);
        (Self { jobs, waiting: Arc::default() }, queue)
    }

    /// Adds what is asked behind what waits; gives it back when there is too much.
    pub(super) fn add(&self, asked: Asked) -> Result<Answer, Unqueued> {
        let bytes = asked.bytes();
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        let (reply, answer) = tokio::sync::oneshot::channel();
        let queued = Queued { job: Job { asked, reply }, bytes, waiting: Arc::clone(&self.waiting) };
        let added = if before > 0 && before.saturating_add(bytes) > BYTES_MAX {
            Err(mpsc::TrySendError::Full(queued))
        } else {
            self.jobs.try_send(queued)
        };
        added.map(|()| answer).map_err(|error| match error {
            mpsc::TrySendError::Full(queued) => Unqueued::Full(queued.job().0.asked),
            mpsc::TrySendError::Disconnected(_) => Unqueued::Ended,
        })
    }
}
