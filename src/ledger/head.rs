//! Writes `head` beside the write path, delaying no answer (FORMAT section 3).

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::log::{Committed, HeadWriter, Storage};

/// How long a commit may wait for `head` while more arrive.
const HEAD_AFTER: Duration = Duration::from_millis(500);
/// How long the queue is idle before `head` is written.
const IDLE: Duration = Duration::from_millis(20);

/// Starts the thread; it ends when the sender is dropped, after the last commit is in `head`.
/// A failed write of `head` ends it: the log has stopped by then, and says so.
pub(super) fn start<S: Storage>(
    head: HeadWriter<S>,
) -> std::io::Result<(Sender<Arc<Committed>>, std::thread::JoinHandle<()>)> {
    let (sender, commits) = channel();
    let thread = std::thread::Builder::new().name("head".to_owned()).spawn(move || run(&head, &commits))?;
    Ok((sender, thread))
}

fn run<S: Storage>(head: &HeadWriter<S>, commits: &Receiver<Arc<Committed>>) {
    while let Ok(mut newest) = commits.recv() {
        let begun = Instant::now();
        let ended = loop {
            match commits.recv_timeout(IDLE) {
                Ok(next) => newest = next,
                Err(RecvTimeoutError::Timeout) => break false,
                Err(RecvTimeoutError::Disconnected) => break true,
            }
            if begun.elapsed() >= HEAD_AFTER {
                break false;
            }
        };
        if let Err(error) = head.write(&newest) {
            tracing::error!(%error, "head cannot be written");
            return;
        }
        if ended {
            return;
        }
    }
}
