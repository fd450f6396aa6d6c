//! Why the ledger does not record a statement, or does not open.

use crate::domain::{Code, Refusal};
use crate::{log, views};

/// Why statements were not recorded. Nothing of them was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The rules refuse one: the caller changes something.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// Which statement of the batch, from 0.
        index: usize,
    },
    /// Too many wait: retry.
    #[error("more statements wait than the writer can take; try again in a second")]
    Busy,
    /// A write or sync failed, or the ledger is closing: nothing is written until a restart.
    #[error("the ledger does not write; reads go on")]
    ReadOnly,
    /// The clock is behind the last entry.
    #[error("the clock is {wait_ms} ms behind the last entry; writing waits until it has caught up")]
    ClockBehind {
        /// How long, in milliseconds.
        wait_ms: u64,
    },
    /// The clock jumped ahead by more than an hour.
    #[error("the clock jumped ahead by more than an hour; the operator confirms it with --confirm-clock")]
    ClockJumped,
    /// No space could be reserved; retried with the next statement.
    #[error("no space could be reserved on disk; nothing was written")]
    DiskLow,
    /// An entry or batch above the limits.
    #[error("larger than one entry or one commit may be; send less in one piece")]
    TooLarge,
}

impl Error {
    /// The same, for a statement at this place of a batch.
    pub(super) fn at(self, index: usize) -> Self {
        match self {
            Self::Refused { refusal, .. } => Self::Refused { refusal, index },
            other => other,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Refused { refusal, .. } => refusal.code,
            Self::Busy => Code::Busy,
            Self::ReadOnly => Code::ReadOnly,
            Self::ClockBehind { .. } => Code::ClockBehind,
            Self::ClockJumped => Code::ClockJumped,
            Self::DiskLow => Code::DiskLow,
            Self::TooLarge => Code::TooLarge,
        }
    }
}

/// Why a data directory does not open, or cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The log.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The views.
    #[error(transparent)]
    Views(#[from] views::Error),
    /// The founding statements are refused.
    #[error("{0}")]
    Refused(Refusal),
    /// They cannot be read.
    #[error("{0}")]
    Unreadable(#[from] crate::domain::statement::Unreadable),
    /// No thread for the writer.
    #[error("no thread for the writer: {0}")]
    Thread(std::io::Error),
}
