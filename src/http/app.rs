//! What every route works with: the ledger, its readers, the limits and the counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::event::ledger::Public;
use crate::domain::{Date, Instant, Seq};
use crate::ledger::Ledger;
use crate::log::Reader;
use crate::peer::cosign::Published;
use crate::views::{Known, KnownAt, Scope, Snapshot};

use super::Config;
use super::metrics::Metrics;
use super::problem::Problem;

/// Cheap to clone: one for each request.
#[derive(Clone)]
pub(super) struct App(Arc<Inner>);

pub(super) struct Inner {
    pub(super) ledger: Ledger,
    pub(super) config: Config,
    pub(super) metrics: Metrics,
    /// Request ids: when this process began to serve, and a count.
    begun: Instant,
    requests: AtomicU64,
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    pub(super) fn new(ledger: Ledger, config: Config) -> Self {
        let (begun, requests) = (ledger.now(), AtomicU64::new(0));
        Self(Arc::new(Inner { ledger, config, metrics: Metrics::new(), begun, requests }))
    }

    pub(super) fn next_request_id(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{count:x}", self.begun.micros)
    }

    /// The newest durable state.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.ledger.views().current()
    }

    /// The checkpoint that outsiders are shown.
    pub(super) fn published(&self, snapshot: &Snapshot) -> Published {
        let cosigning = self.config.cosigning.as_ref();
        cosigning.map_or_else(|| Published::newest(snapshot), |cosigning| cosigning.published(snapshot))
    }

    /// The newest checkpoint that met the quorum and holds an entry, with its size.
    pub(super) fn covering(&self, snapshot: &Snapshot, seq: Seq) -> Option<(u64, Arc<str>)> {
        self.config.cosigning.as_ref()?.covering(snapshot, seq)
    }

    pub(super) fn reader(&self) -> Reader {
        self.ledger.reader().clone()
    }

    /// What anonymous readers see.
    pub(super) fn public(&self) -> Public {
        self.snapshot().state.policy().public
    }

    /// Answers from the state as known at K. Reading the past may take as long as a replay, so it
    /// does not hold up a thread that serves others; the present is answered at once.
    pub(super) async fn answer<T: Send + 'static>(
        &self,
        at: KnownAt,
        scope: OwnedScope,
        answer: impl FnOnce(Known) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let app = self.clone();
        let work = move || {
            let now = app.ledger.now();
            answer(app.ledger.views().known(&at, scope.borrow(), now)?)
        };
        if at == KnownAt::Newest { work() } else { blocking(work).await }
    }
}

/// A [`Scope`] that can move to another thread.
#[derive(Clone, Debug)]
pub(super) enum OwnedScope {
    All,
    Responsibility(crate::domain::ResponsibilityId),
}

impl From<Scope<'_>> for OwnedScope {
    fn from(scope: Scope<'_>) -> Self {
        match scope {
            Scope::All => Self::All,
            Scope::Responsibility(id) => Self::Responsibility(id.clone()),
        }
    }
}

impl OwnedScope {
    fn borrow(&self) -> Scope<'_> {
        match self {
            Self::All => Scope::All,
            Self::Responsibility(id) => Scope::Responsibility(id),
        }
    }
}

/// Runs what reads much on a thread that may wait.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(Problem::internal(&e)))
}

/// The day an answer is about: the one asked for, else the civil date of K.
pub(super) fn day(valid_at: Option<Date>, known: &Known) -> Date {
    valid_at.unwrap_or(known.day)
}
