//! The thread that persists: it takes what was touched since it last wrote, and writes those objects
//! as the newest state has them. It falls behind rather than hold up the writer.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::domain::state::Key;

use super::store::Store;
use super::{Error, Result, Snapshot};

/// Pause between two sets: objects touched often are written once in it.
const PAUSE: Duration = Duration::from_millis(250);
/// Longest wait for sled: after a failed write of its own it may never answer, and views are derived.
const PATIENCE: Duration = Duration::from_secs(60);
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

/// Says that the thread is gone, however it goes.
struct Gone<'a>(&'a Shared);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.desk().gone = true;
        self.0.changed.notify_all();
    }
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
    /// The thread has ended.
    gone: bool,
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
        let desk = Desk { newest, touched, written, hurry: false, closing: false, gone: false, failed: None };
        let shared = Arc::new(Shared { desk: Mutex::new(desk), changed: Condvar::new() });
        let thread = {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("views".to_owned()).spawn(move || {
                let _gone = Gone(&shared);
                run(&shared, &store);
                drop(store);
            })
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
        desk.hurry = true;
        self.shared.changed.notify_all();
        let waits = |desk: &mut Desk| desk.written < size && desk.failed.is_none() && !desk.gone;
        let waited = self.shared.changed.wait_timeout_while(desk, PATIENCE, waits);
        let (desk, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if desk.written >= size {
            return Ok(());
        }
        let why = desk.failed.clone().unwrap_or_else(|| "sled does not answer".to_owned());
        Err(Error::Store(std::io::Error::other(why)))
    }

    pub(super) fn close(&self) -> Result<()> {
        let flushed = self.flush();
        self.end();
        flushed
    }

    fn end(&self) {
        let mut desk = self.shared.desk();
        desk.closing = true;
        self.shared.changed.notify_all();
        let waited = self.shared.changed.wait_timeout_while(desk, PATIENCE, |desk| !desk.gone);
        let (desk, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !desk.gone {
            tracing::error!("sled does not close; views will be built again on opening");
            return;
        }
        drop(desk);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
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
