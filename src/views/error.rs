//! Why there is no answer: refused (the question names nothing the ledger could know) or failed.

use std::io;

use crate::domain::{Seq, statement::Unreadable};
use crate::log::{self, proof};

/// Result of the views' operations.
pub type Result<T> = std::result::Result<T, Error>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `known_at` names nothing the ledger could know.
    #[error(transparent)]
    BadKnownAt(#[from] BadKnownAt),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// An entry of the log that this program cannot take as an event.
    #[error("entry {seq} is no event: {why}")]
    Entry {
        /// Its number.
        seq: Seq,
        /// What was found and expected.
        why: Unreadable,
    },
    /// `ledger.toml` names a zone that the bundled database does not have.
    #[error("the ledger's zone is not known: {found:?}")]
    Zone {
        /// The name found.
        found: String,
    },
    /// A bundle that nobody would take.
    #[error(
        "the bundle would have {bytes} bytes or more; at most {} are taken, so ask about less",
        proof::BUNDLE_BYTES_MAX
    )]
    TooLarge {
        /// Bytes that were counted.
        bytes: u64,
    },
    /// The persisted views could not be read or written (they may be deleted: they are derived).
    #[error("views/: {0}")]
    Store(#[source] io::Error),
}

/// Why a `known_at` names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKnownAt {
    /// Neither a seq nor an instant nor a date.
    #[error(
        "expected a seq, an RFC 3339 instant with offset (write + as %2B in a URL) or a date, found {found:?}"
    )]
    Form {
        /// The beginning of what was found.
        found: String,
    },
    /// A seq that is not yet written.
    #[error("entry {seq} is not yet written: the newest is {newest}")]
    Unwritten {
        /// The seq asked for.
        seq: Seq,
        /// The newest there is.
        newest: Seq,
    },
    /// Before entry 0.
    #[error("the ledger begins with {first}: nothing was known before")]
    Before {
        /// When entry 0 was recorded.
        first: crate::domain::Instant,
    },
    /// After the ledger's clock, or after today.
    #[error("that is still to come: the ledger's clock is at {now}")]
    Future {
        /// The ledger's clock.
        now: crate::domain::Instant,
    },
    /// Nothing is recorded yet.
    #[error("the ledger has no entries")]
    Empty,
}
