//! Whether a new checkpoint may be cosigned after the last one: decided from values alone. What holds
//! here holds for the witness: it never cosigns two heads of a log that contradict each other.

use crate::log::{Checkpoint, NoteError, tree};

use super::Request;

/// Why a request was not cosigned, each with its status of tlog-witness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not the form of a request (400).
    #[error("{0}")]
    Malformed(&'static str),
    /// A log that this witness was not told to watch (404).
    #[error("this witness does not know that log")]
    UnknownOrigin,
    /// No line by a key of the log, or one that fails (403).
    #[error("the checkpoint: {0}")]
    Untrusted(NoteError),
    /// The old size is above the new one (400).
    #[error("the old size {old} is above the new one, {new}")]
    OldAbove {
        /// What the log said.
        old: u64,
        /// Of its checkpoint.
        new: u64,
    },
    /// The old size is not that of the last cosigned head (409).
    #[error("the last cosigned size is {last}")]
    OldSize {
        /// Of the last cosigned head, or 0.
        last: u64,
    },
    /// The new tree is not shown to begin with the old one (422).
    #[error("{0}")]
    Inconsistent(&'static str),
    /// The clock is behind the last cosignature (503).
    #[error("the clock of this witness is behind its last cosignature")]
    ClockBehind,
    /// There was no room to write: nothing has changed (507).
    #[error("the witness has no room to write")]
    Full,
    /// A sync failed: nothing is cosigned any more by this process (503).
    #[error("the witness has stopped after a failed write")]
    Stopped,
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::OldAbove { .. } => 400,
            Self::Untrusted(_) => 403,
            Self::UnknownOrigin => 404,
            Self::OldSize { .. } => 409,
            Self::Inconsistent(_) => 422,
            Self::ClockBehind | Self::Stopped => 503,
            Self::Full => 507,
        }
    }
}

/// Whether the request's checkpoint, signed by its log, may be cosigned after `last`.
///
/// # Errors
/// The [`Refusal`], in the order of tlog-witness.
pub fn judge(last: Option<&Checkpoint>, request: &Request<'_>) -> Result<(), Refusal> {
    let Request { old, proof, new, .. } = request;
    let held = last.map_or(0, |last| last.size);
    if *old > new.size {
        return Err(Refusal::OldAbove { old: *old, new: new.size });
    }
    if *old != held {
        return Err(Refusal::OldSize { last: held });
    }
    if new.size == 0 && new.root != tree::empty_root() {
        return Err(Refusal::Inconsistent("the root of a log without entries is another"));
    }
    if last.is_some_and(|last| last.size == new.size && last.root != new.root) {
        return Err(Refusal::Inconsistent("another root was cosigned at this size"));
    }
    // also where nothing was cosigned yet, or the size is the same: then no proof belongs there
    let root = last.map_or_else(tree::empty_root, |last| last.root);
    tree::verify_consistency(*old, &root, new.size, &new.root, proof)
        .map_err(|_| Refusal::Inconsistent("the proof does not show that the log was only added to"))
}

/// Whether the request shows that its log has forked, whoever handed it in: another root at the size of
/// the last head, or a proof that leads to the signed root from another root at that size.
#[must_use]
pub fn forks(last: &Checkpoint, request: &Request<'_>) -> bool {
    tree::forks(last, &request.new, &request.proof)
}
