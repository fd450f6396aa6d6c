//! The thread that persists: it takes what was touched since it last wrote, and writes those objects
//! as the newest state has them. It falls behind rather than hold up the writer.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::domain::state::Key;

use super::store::Store;
use super::{Error, Result, Snapshot};

/// How long a closing ledger waits for the database of the views.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks.
const END_PAUSE: Duration = Duration::from_millis(5);
/// Pause between two sets: objects touched often are written once in it.
const PAUSE: Duration = Duration::from_secs(1);
/// Touched keys are thinned out when there are this many, so that memory follows living things.
const KEYS_MAX: usize = 1 << 20;

/// Keys of objects that were touched, some more than once.
#[derive(Debug, Default)]
pub(super) struct Touched {
    keys: Vec<Key>,
    /// How many there were after the last thinning.
    thin: usize,
}

impl Touched {
    /// Adds keys.
    pub(super) fn add(&mut self, mut keys: Vec<Key>) {
        self.keys.append(&mut keys);
        // Doubling before each thinning keeps its cost in proportion to what was added.
        if self.keys.len() > KEYS_MAX.max(2 * self.thin) {
            self.thin_out();
            self.thin = self.keys.len();
        }
    }

    fn thin_out(&mut self) {
        self.keys.sort_unstable();
        self.keys.dedup();
    }

    /// Every key once, in order.
    fn into_keys(mut self) -> Vec<Key> {
        self.thin_out();
        self.keys
    }
}

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Persist {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

/// What waits to be written. Locked only to put something down or to take it away.
#[derive(Debug)]
struct Desk {
    newest: Arc<Snapshot>,
    touched: Touched,
    /// Size up to which everything is on disk.
    written: u64,
    /// Somebody waits: no pause.
    hurry: bool,
    closing: bool,
    /// Why the thread writes no more; views are derived, so the ledger goes on without.
    failed: Option<String>,
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Persist {
    pub(super) fn start(store: Store, newest: Arc<Snapshot>, touched: Touched) -> Result<Self> {
        // What was loaded is on disk already; anything folded in since has touched something.
        let written = if touched.keys.is_empty() { newest.size } else { 0 };
        let desk = Desk { newest, touched, written, hurry: false, closing: false, failed: None };
        let shared = Arc::new(Shared { desk: Mutex::new(desk), changed: Condvar::new() });
        let thread = {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("views".to_owned()).spawn(move || run(&shared, &store))
        };
        Ok(Self { shared, thread: Mutex::new(Some(thread.map_err(Error::Store)?)) })
    }

    pub(super) fn add(&self, newest: Arc<Snapshot>, touched: Vec<Key>) {
        let mut desk = self.shared.desk();
        desk.newest = newest;
        if desk.failed.is_some() {
            return;
        }
        desk.touched.add(touched);
        drop(desk);
        self.shared.changed.notify_all();
    }

    pub(super) fn flush(&self) -> Result<()> {
        let mut desk = self.shared.desk();
        let size = desk.newest.size;
        while desk.written < size {
            if let Some(why) = &desk.failed {
                return Err(Error::Store(std::io::Error::other(why.clone())));
            }
            desk.hurry = true;
            self.shared.changed.notify_all();
            let before = desk.written;
            let waited = self.shared.changed.wait_timeout(desk, PATIENCE);
            let (found, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            desk = found;
            if timeout.timed_out() && desk.written == before {
                let what = "the database of the views does not answer; they are built again on opening";
                return Err(Error::Store(std::io::Error::other(what)));
            }
        }
        Ok(())
    }

    pub(super) fn close(&self) -> Result<()> {
        let flushed = self.flush();
        self.end();
        flushed
    }

    fn end(&self) {
        self.shared.desk().closing = true;
        self.shared.changed.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        // sled waits for ever when its file went away under it; a ledger that closes does not
        let tries = PATIENCE.as_millis() / END_PAUSE.as_millis();
        if (0..tries).any(|_| {
            thread.is_finished() || {
                thread::sleep(END_PAUSE);
                false
            }
        }) {
            // A panic in the thread has been reported by the panic hook; views are derived.
            let _ = thread.join();
        }
    }
}

impl Drop for Persist {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(shared: &Shared, store: &Store) {
    loop {
        let mut desk = shared.desk();
        while !desk.closing && desk.written >= desk.newest.size {
            desk = shared.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        if desk.closing {
            return;
        }
        if !desk.hurry {
            let pause = shared.changed.wait_timeout_while(desk, PAUSE, |desk| !desk.hurry && !desk.closing);
            desk = pause.unwrap_or_else(PoisonError::into_inner).0;
        }
        desk.hurry = false;
        let (snapshot, touched) = (Arc::clone(&desk.newest), mem::take(&mut desk.touched));
        drop(desk);
        let done = store.write(&snapshot, &touched.into_keys()).and_then(|()| store.flush());
        let mut desk = shared.desk();
        match done {
            Ok(()) => desk.written = snapshot.size,
            Err(e) => {
                tracing::error!(error = %e, "views are no longer persisted; they will be built again on opening");
                desk.failed = Some(e.to_string());
                desk.written = desk.written.min(snapshot.size.saturating_sub(1));
            }
        }
        let stop = desk.failed.is_some();
        drop(desk);
        shared.changed.notify_all();
        if stop {
            return;
        }
    }
}
