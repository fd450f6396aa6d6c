//! Writes `head` beside the write path, delaying no answer (FORMAT section 3).

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::log::{Committed, HeadWriter, Storage};

use super::anchor::{Anchor, Keeping};
use super::{Status, lock};

/// Pause after which the queue counts as empty: a sync of `head` would hold up the next commit's.
const IDLE: Duration = Duration::from_millis(20);
/// Most pauses of the first commit that is not in `head`: with commits in all of them, under a second.
const PAUSES_MAX: u32 = 40;

/// The thread that writes `head`.
pub(super) struct HeadThread {
    commits: Sender<Arc<Committed>>,
    thread: JoinHandle<()>,
}

impl HeadThread {
    pub(super) fn start<S: Storage>(
        head: HeadWriter<S>,
        status: Arc<Mutex<Status>>,
        anchor: Option<Anchor>,
    ) -> std::io::Result<Self> {
        let (commits, queue) = channel();
        let files = Arc::clone(&head.storage);
        let keeping = anchor.map(|anchor| Keeping::start(anchor, files)).transpose()?;
        let run = move || {
            run(&head, &queue, &status, keeping.as_ref());
            if let Some(keeping) = keeping {
                keeping.close();
            }
        };
        let thread = std::thread::Builder::new().name("head".to_owned()).spawn(run)?;
        Ok(Self { commits, thread })
    }

    /// Has a commit written, now or with those after it.
    pub(super) fn write(&self, committed: &Arc<Committed>) {
        // The thread is gone only when `head` could not be written, which has stopped the log.
        drop(self.commits.send(Arc::clone(committed)));
    }

    /// Ends once the last commit is in `head`.
    pub(super) fn close(self) {
        drop(self.commits);
        drop(self.thread.join());
    }
}

fn run<S: Storage>(
    head: &HeadWriter<S>,
    commits: &Receiver<Arc<Committed>>,
    status: &Mutex<Status>,
    keeping: Option<&Keeping>,
) {
    while let Ok(first) = commits.recv() {
        let newest = settle(first, commits);
        if let Err(error) = head.write(&newest) {
            tracing::error!(%error, "head cannot be written: writing has stopped");
            lock(status).stop(&error);
            return;
        }
        if let Some(keeping) = keeping {
            keeping.keep(&newest.checkpoint);
        }
    }
}

/// Waits for a pause, or long enough; gives the newest commit.
fn settle(mut newest: Arc<Committed>, commits: &Receiver<Arc<Committed>>) -> Arc<Committed> {
    for _ in 0..PAUSES_MAX {
        std::thread::sleep(IDLE);
        let mut paused = true;
        loop {
            match commits.recv_timeout(Duration::ZERO) {
                Ok(next) => (newest, paused) = (next, false),
                Err(RecvTimeoutError::Disconnected) => return newest,
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        if paused {
            break;
        }
    }
    newest
}
