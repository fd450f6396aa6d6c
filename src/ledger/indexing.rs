//! Index roots, computed beside the write path (FORMAT section 7): once the log has reached policy's
//! `index_every` and has doubled since the last one, and whenever somebody asks.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use crate::domain::event::ledger::LedgerIndex;
use crate::domain::state::fact::Fact;
use crate::domain::text::Text;
use crate::domain::{Data, Seq, State, Voice};
use crate::log::{Hash, Reader};
use crate::views::Views;

use super::Error;
use super::queue::{Asked, Queue};

/// Who may ask at once; one more is told to come back.
const ASKING_MAX: usize = 8;

/// The newest index root: the entry that records it, the entries it covers, the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRoot {
    /// Entry that records it.
    pub by: Seq,
    /// Entries it covers.
    pub size: u64,
    /// Root over the lines of their subjects.
    pub root: Hash,
}

impl IndexRoot {
    /// The newest as a state has it.
    #[must_use]
    pub fn newest(state: &State) -> Option<Self> {
        let Fact { by, data, .. } = state.ledger.index.as_ref()?;
        Some(Self { by: *by, size: data.size, root: Hash::parse(data.root.as_str())? })
    }
}

/// Whether a log of this state should have a new root by now.
fn due(state: &State) -> bool {
    let last = state.ledger.index.as_ref().map_or(0, |fact| fact.data.size);
    state.size >= state.policy().index_every.max(1) && state.size >= last.saturating_mul(2)
}

type Answer = tokio::sync::oneshot::Sender<Result<IndexRoot, Error>>;

/// What the thread works with.
pub(super) struct Work {
    pub(super) dir: PathBuf,
    pub(super) reader: Reader,
    pub(super) views: Arc<Views>,
    /// Not held: the writer ends when nobody does.
    pub(super) queue: Weak<Queue>,
}

/// The thread that computes index roots.
#[derive(Debug)]
pub(super) struct Indexing {
    ask: SyncSender<Option<Answer>>,
    ending: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// With whom the writer says that a root is due.
pub(super) struct Wake {
    ask: SyncSender<Option<Answer>>,
    /// Said, and not looked at yet.
    said: Arc<AtomicBool>,
}

impl Wake {
    /// After a commit: has a root computed where one is due.
    pub(super) fn after(&self, state: &State) {
        if due(state) && !self.said.swap(true, Ordering::SeqCst) && self.ask.try_send(None).is_err() {
            // those who ask bring one about, too
            self.said.store(false, Ordering::SeqCst);
        }
    }
}

impl Indexing {
    pub(super) fn start(work: Work) -> std::io::Result<(Self, Wake)> {
        let (ask, asked) = sync_channel(ASKING_MAX);
        let (ending, said) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let thread = Thread { work, ending: Arc::clone(&ending), said: Arc::clone(&said) };
        let run = move || thread.run(&asked);
        let thread = std::thread::Builder::new().name("index".to_owned()).spawn(run)?;
        let wake = Wake { ask: ask.clone(), said };
        Ok((Self { ask, ending, thread }, wake))
    }

    /// Asks for a root that covers everything said by now.
    pub(super) fn ask(&self, answer: Answer) -> Result<(), Error> {
        self.ask.try_send(Some(answer)).map_err(|_| Error::Busy)
    }

    /// Ends it, whatever it computes. The writer has ended.
    pub(super) fn end(self) {
        self.ending.store(true, Ordering::SeqCst);
        drop(self.ask);
        drop(self.thread.join());
    }
}

struct Thread {
    work: Work,
    ending: Arc<AtomicBool>,
    said: Arc<AtomicBool>,
}

impl Thread {
    fn run(&self, asked: &Receiver<Option<Answer>>) {
        // where it failed last: not tried at every commit
        let mut failed = 0_u64;
        while let Ok(answer) = asked.recv() {
            match answer {
                Some(answer) => drop(answer.send(self.fresh())),
                None => {
                    self.said.store(false, Ordering::SeqCst);
                    let state = self.work.views.current();
                    if due(&state.state)
                        && state.size >= failed.saturating_mul(2)
                        && let Err(error) = self.record(&state.state)
                    {
                        // a queue that is full is another at the next commit
                        if matches!(error, Error::ReadOnly) {
                            failed = state.size;
                        }
                        tracing::warn!(%error, "an index root is not recorded by now");
                    }
                }
            }
        }
    }

    /// The newest root where nothing was said since but itself; else a new one.
    fn fresh(&self) -> Result<IndexRoot, Error> {
        let state = self.work.views.current();
        match IndexRoot::newest(&state.state) {
            Some(newest) if newest.by.0 + 1 == state.size && newest.size == newest.by.0 => Ok(newest),
            _ => self.record(&state.state),
        }
    }

    /// Computes the root over what a state covers, and has it recorded.
    fn record(&self, state: &State) -> Result<IndexRoot, Error> {
        let Work { dir, reader, queue, .. } = &self.work;
        let known = IndexRoot::newest(state).map(|newest| (newest.size, newest.root));
        let go_on = || !self.ending.load(Ordering::Relaxed);
        let subjects = reader.subjects(dir, state.size, known, &go_on).map_err(|error| {
            tracing::error!(%error, "an index root cannot be computed");
            Error::ReadOnly
        })?;
        let subjects = subjects.ok_or(Error::ReadOnly)?;
        let (size, root) = (subjects.size(), subjects.root());
        let by = self.say(queue, size, &root)?;
        if let Err(error) = subjects.keep(dir) {
            tracing::warn!(%error, "the subjects are not kept: they are computed again after a start");
        }
        Ok(IndexRoot { by, size, root })
    }

    fn say(&self, queue: &Weak<Queue>, size: u64, root: &Hash) -> Result<Seq, Error> {
        let root = Text::parse(&root.to_string()).map_err(|_| Error::ReadOnly)?;
        let (approvals, source, unverified) = (Vec::new(), None, Vec::new());
        let data = LedgerIndex { size, root, approvals, source, unverified };
        let asked = Asked::Own(Voice::Index, Box::new(Data::LedgerIndex(data)));
        let answer = queue.upgrade().ok_or(Error::ReadOnly)?.add(asked)?;
        let recorded = answer.blocking_recv().unwrap_or(Err(Error::ReadOnly))?;
        recorded.stand.first().map(|stands| stands.seq).ok_or(Error::ReadOnly)
    }
}
