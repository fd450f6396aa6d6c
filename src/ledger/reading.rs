//! A handle without a writer: questions are answered, nothing is admitted. For a directory that may not
//! be written (rolled back, or a copy), and for what follows a ledger that is written elsewhere.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use crate::log::access::Access;
use crate::log::{self, Reader, RealFiles, Stop, Storage, details};
use crate::views::Views;

use super::clock::{Clock, SystemClock};
use super::receipt::Durable;
use super::{Ledger, OpenError, Shared, Status, Tokens};

impl Ledger {
    /// Opens a data directory for questions, up to its `head`: takes its lock, signs nothing, and tells
    /// whoever writes `why`. Derived state and the access log are written.
    ///
    /// # Errors
    /// Those of the log (in use, other version, corrupt) and of the views.
    pub fn open_to_read(dir: &Path, why: &str) -> Result<Self, OpenError> {
        let lock = log::lock(&RealFiles, dir)?;
        let reader = Reader::open(dir)?;
        let (views, _) = super::random::views(dir, reader.clone())?;
        let ledger = Self::following(dir, reader, Arc::new(views), why)?;
        *super::lock(&ledger.0.held) = Some(lock);
        Ok(ledger)
    }

    /// A handle over entries and views that somebody else moves on, who holds the directory's lock and
    /// publishes to the views what the reader has.
    ///
    /// # Errors
    /// Those of reading details and the access log.
    pub fn following(dir: &Path, log: Reader, views: Arc<Views>, why: &str) -> Result<Self, OpenError> {
        let files: Arc<dyn Storage> = Arc::new(RealFiles);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let details = details::Reader::open(Arc::clone(&files), dir)?;
        Ok(Self(Arc::new(Shared {
            dir: dir.to_owned(),
            views,
            durable: Durable { log, details },
            tokens: Arc::new(Tokens::served(dir, Arc::clone(&clock))),
            clock,
            status: Arc::new(Mutex::new(Status { why: Some(why.to_owned()) })),
            queue: Mutex::default(),
            indexing: Mutex::default(),
            writer: Mutex::default(),
            confirmed: Arc::new(AtomicBool::new(false)),
            access: Access::open(files, dir)?,
            stop: Stop::default(),
            held: Mutex::default(),
        })))
    }

    /// Says another reason why nothing is written; for a handle without a writer.
    pub fn says(&self, why: &str) {
        super::lock(&self.0.status).why = Some(why.to_owned());
    }
}
