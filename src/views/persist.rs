//! The thread that persists: it takes what changed since it last wrote, and writes those objects as the
//! newest state has them, and their sum. It falls behind rather than hold up the writer. What the database
//! cannot do is no fault of the ledger: then the database is made anew, once, and after that the ledger goes
//! on without it.

use std::collections::BTreeMap;
use std::mem;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::domain::State;
use crate::domain::state::{Change, Key, Object};
use crate::log::sum::{Sum, SumKey};

use super::store::{Position, Store, Written};
use super::{Error, Result, Snapshot};

/// How long a closing ledger waits for the database of the views.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks.
const END_PAUSE: Duration = Duration::from_millis(5);
/// Pause between two sets: objects changed often are written once in it.
const PAUSE: Duration = Duration::from_secs(1);
/// Changes are thinned out when there are this many, so that memory follows living things.
const CHANGES_MAX: usize = 1 << 20;

/// What changed, some objects more than once.
#[derive(Debug, Default)]
pub(super) struct Changes {
    all: Vec<Change>,
    /// How many there were after the last thinning.
    thin: usize,
}

/// What each object was first, and what it is at last.
type Net = BTreeMap<Key, (Option<Object>, Option<Object>)>;

impl Changes {
    /// Adds changes, which come after those that are here.
    pub(super) fn add(&mut self, mut changes: Vec<Change>) {
        self.all.append(&mut changes);
        // Doubling before each thinning keeps its cost in proportion to what was added.
        if self.all.len() > CHANGES_MAX.max(2 * self.thin) {
            let net = mem::take(self).net();
            let change = |(key, (before, after))| Change { key, before, after };
            self.all = net.into_iter().map(change).collect();
            self.thin = self.all.len();
        }
    }

    fn net(self) -> Net {
        let mut net = Net::new();
        for Change { key, before, after } in self.all {
            net.entry(key).and_modify(|(_, last)| last.clone_from(&after)).or_insert((before, after));
        }
        net
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
    changes: Changes,
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
    /// Starts the thread on a store that holds objects of a sum; without a store nothing is persisted.
    pub(super) fn start(kept: Option<Kept>, newest: Arc<Snapshot>, changes: Changes) -> Result<Self> {
        // What was loaded is on disk already; anything folded in since has changed something.
        let written = if changes.all.is_empty() { newest.size } else { 0 };
        let failed = kept.is_none().then(|| "views/ cannot be written".to_owned());
        let desk = Desk { newest, changes, written, hurry: false, closing: false, failed };
        let shared = Arc::new(Shared { desk: Mutex::new(desk), changed: Condvar::new() });
        let thread = kept.map(|kept| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("views".to_owned()).spawn(move || run(&shared, kept))
        });
        Ok(Self { shared, thread: Mutex::new(thread.transpose().map_err(Error::Store)?) })
    }

    pub(super) fn add(&self, newest: Arc<Snapshot>, changes: Vec<Change>) {
        let mut desk = self.shared.desk();
        desk.newest = newest;
        if desk.failed.is_some() {
            return;
        }
        desk.changes.add(changes);
        drop(desk);
        self.shared.changed.notify_all();
    }

    pub(super) fn flush(&self) -> Result<()> {
        let mut desk = self.shared.desk();
        let size = desk.newest.size;
        // a ledger without persisted views has nothing to wait for; they are built again on opening
        while desk.written < size && desk.failed.is_none() {
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

/// The database, and what it holds.
pub(super) struct Kept {
    pub(super) dir: PathBuf,
    pub(super) store: Store,
    pub(super) key: SumKey,
    pub(super) sum: Sum,
}

impl Kept {
    /// Writes what changed, and the position of the snapshot.
    fn write(&mut self, snapshot: &Snapshot, changes: Changes) -> Result<()> {
        let mut sum = self.sum;
        let mut objects: Vec<Written> = Vec::new();
        let encoded = |object: &Object| object.encode().map_err(|e| Error::Store(e.into()));
        for (key, (before, after)) in changes.net() {
            let name = key.encode();
            if let Some(before) = &before {
                sum.subtract(&self.key, &name, &encoded(before)?);
            }
            let after = after.as_ref().map(encoded).transpose()?;
            if let Some(after) = &after {
                sum.add(&self.key, &name, after);
            }
            objects.push((name, after));
        }
        let position = Position { size: snapshot.size, at: snapshot.at, link: snapshot.link };
        self.store.write(&position, (&self.key, &sum), &objects)?;
        self.sum = sum;
        Ok(())
    }

    /// Writes everything into a database made anew.
    fn anew(&mut self, snapshot: &Snapshot, why: &str) -> Result<()> {
        self.store = Store::anew(&self.dir, why)?;
        self.sum = Sum::default();
        self.write(snapshot, everything(&snapshot.state))
    }
}

/// Every object of a state, as if it had just come.
fn everything(state: &State) -> Changes {
    let change = |key: Key| Change { before: None, after: state.object(&key), key };
    Changes { all: state.keys().into_iter().map(change).collect(), thin: 0 }
}

fn run(shared: &Shared, mut kept: Kept) {
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
        let (snapshot, changes) = (Arc::clone(&desk.newest), mem::take(&mut desk.changes));
        drop(desk);
        let done = kept.write(&snapshot, changes).or_else(|why| kept.anew(&snapshot, &why.to_string()));
        let mut desk = shared.desk();
        match done {
            Ok(()) => desk.written = snapshot.size,
            Err(e) => {
                tracing::error!(error = %e, "views are no longer persisted; they will be built again on opening");
                desk.failed = Some(e.to_string());
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
