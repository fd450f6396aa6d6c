//! Why a command failed: one closed enum, each with its exit code and, where there is something to
//! do about it, a hint.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::Code;
use crate::ledger::{CopyError, OpenError};
use crate::peer::tiles::ReadError;
use crate::{ledger, log, views};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody reads stdout any more: no failure.
    #[error("stdout is closed")]
    BrokenPipe,
    /// An option or setting of the wrong form, or one that is missing.
    #[error("{what}: {why}")]
    Usage {
        /// The option.
        what: String,
        /// What is wrong with it.
        why: String,
        /// What to do.
        hint: Option<&'static str>,
    },
    /// A file that could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The log refused or failed.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// There is no answer.
    #[error(transparent)]
    Views(#[from] views::Error),
    /// The ledger refused or failed.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The ledger does not open, or cannot be made.
    #[error(transparent)]
    Open(#[from] ledger::OpenError),
    /// What was asked for is not there.
    #[error("not-found: {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// A server answered with a problem.
    #[error("{code}: {detail}")]
    Problem {
        /// Its stable code.
        code: String,
        /// Its sentence.
        detail: String,
        /// Exit code that belongs to the code.
        exit: u8,
    },
    /// A server did not answer as a ledger does.
    #[error("{url}: {why}")]
    Server {
        /// The server.
        url: String,
        /// What happened.
        why: String,
    },
    /// Somebody's ledger cannot be read.
    #[error(transparent)]
    Remote(#[from] crate::peer::tiles::ReadError),
    /// A mirror does not go on.
    #[error(transparent)]
    Mirror(Box<crate::peer::mirror::MirrorError>),
    /// There is no backup, or none was restored.
    #[error(transparent)]
    Copy(#[from] CopyError),
}

impl Error {
    pub(super) fn usage(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), why: why.into(), hint: None }
    }

    pub(super) fn hinted(what: impl Into<String>, why: impl Into<String>, hint: &'static str) -> Self {
        Self::Usage { what: what.into(), why: why.into(), hint: Some(hint) }
    }

    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }

    /// Writing to stdout failed: a closed pipe is no failure.
    pub(super) fn stdout(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::File { path: "stdout".into(), source },
        }
    }

    /// The exit code (API section 1).
    #[must_use]
    pub fn exit(&self) -> u8 {
        match self {
            Self::BrokenPipe => 0,
            Self::Remote(ReadError::OtherRules { .. }) => 10,
            Self::Usage { .. } | Self::Remote(_) => 2,
            Self::File { source, .. } if is_input(source.kind()) => 2,
            Self::File { .. } | Self::Server { .. } => 1,
            Self::Log(error) => error.exit(),
            Self::Mirror(error) => super::mirror::exit(error),
            Self::Views(error) | Self::Open(OpenError::Views(error)) => views_exit(error),
            Self::Open(OpenError::Log(error)) => error.exit(),
            Self::Open(OpenError::Refused(refusal)) => refusal.code.statement_exit(),
            Self::Open(OpenError::Unreadable(why)) => why.code.exit(),
            Self::Open(OpenError::Thread(_)) => 1,
            Self::Ledger(error) => error.code().statement_exit(),
            Self::NotFound { .. } => Code::NotFound.exit(),
            Self::Problem { exit, .. } => *exit,
            Self::Copy(CopyError::Log(error)) => error.exit(),
            Self::Copy(CopyError::Damaged { .. } | CopyError::Lost { .. }) => 3,
            Self::Copy(CopyError::NoBackup { .. } | CopyError::NoKeys { .. }) => 2,
        }
    }

    /// What the reader can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Usage { hint, .. } => (*hint)?,
            Self::File { source, .. } if source.kind() == io::ErrorKind::NotFound => "check the path",
            Self::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "run as the user who owns the file"
            }
            Self::NotFound { .. } => "ids are written exactly; `estafet log` shows what is recorded",
            Self::Server { .. } => "check the address; the ledger listens where `estafet serve` says",
            Self::Problem { code, .. } if code == Code::Unauthenticated.as_str() => {
                "give a token with --token or ESTAFET_TOKEN; `estafet token create` makes one"
            }
            Self::Remote(ReadError::OtherRules { .. }) => "use a version of estafet that knows these rules",
            Self::Views(views::Error::BadKnownAt(_)) => "`estafet log` shows the seqs there are",
            Self::Views(views::Error::Log(error))
            | Self::Open(OpenError::Log(error) | OpenError::Views(views::Error::Log(error)))
            | Self::Copy(CopyError::Log(error))
            | Self::Log(error) => return log_hint(error),
            Self::Copy(error) => copy_hint(error),
            Self::Ledger(error) => return ledger_hint(error),
            _ => return None,
        };
        Some(text.to_owned())
    }
}

fn views_exit(error: &views::Error) -> u8 {
    match error {
        views::Error::BadKnownAt(_) => Code::BadKnownAt.exit(),
        views::Error::Log(error) => error.exit(),
        // an entry that this program cannot take as an event: corrupt, or of a later version
        views::Error::Entry { .. } => 7,
        views::Error::TooLarge { .. } => Code::TooLarge.exit(),
        views::Error::Zone { .. } | views::Error::Store(_) => 1,
    }
}

fn copy_hint(error: &CopyError) -> &'static str {
    match error {
        CopyError::Log(_) | CopyError::Damaged { .. } => {
            "change nothing; `estafet verify` says all that is wrong; take another copy, which verifies"
        }
        CopyError::NoBackup { .. } => {
            "`estafet backup --data DIR OUT` makes one; what is called .part was not completed"
        }
        CopyError::NoKeys { .. } => "put details-keys back beside it, or give the details up: --lost-details",
        CopyError::Lost { .. } => {
            "where head is behind an erasure, start the ledger once; what is lost for good is left out by --lost-details"
        }
    }
}

fn is_input(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{InvalidData, IsADirectory, NotADirectory, NotFound, PermissionDenied};
    matches!(kind, NotFound | PermissionDenied | InvalidData | IsADirectory | NotADirectory)
}

fn log_hint(error: &log::Error) -> Option<String> {
    let text = match error {
        log::Error::Corrupt { what: log::Damage::Unproven, .. } => {
            "find out who wrote into the directory; `estafet serve --set-aside DIR` moves that and all behind it there"
        }
        log::Error::Corrupt { .. } | log::Error::BadProof { .. } => {
            "change nothing; copy the directory, run `estafet verify` on the copy, restore from a backup"
        }
        log::Error::RolledBack { .. } => {
            "restore the newest copy of the directory; OPERATING.md says what a rollback means"
        }
        log::Error::Copied { .. } => {
            "show it the newest checkpoint that anybody has: `estafet serve --seen FILE`; OPERATING.md says more"
        }
        log::Error::Exists { path } if path.extension().is_some_and(|end| end == "part") => {
            "an earlier copy was not completed: look at it, and remove it"
        }
        log::Error::InUse { .. } => "stop the other process, or ask it with --url",
        log::Error::OtherVersion { .. } => "use the version of estafet that wrote the directory",
        log::Error::OtherRules { .. } => "use a version of estafet that knows these rules",
        log::Error::MissingKey { .. } => "restore keys/ from the backup of the keys",
        log::Error::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            "check the path; `estafet init DIR --origin O` makes a data directory"
        }
        log::Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            "run as the user who owns the directory"
        }
        log::Error::Full { .. } => "make room on the disk and try again; nothing was written",
        log::Error::Exists { .. } => "choose a directory that does not exist yet",
        log::Error::Io { .. } | log::Error::Stopped => {
            "look at the disk, then start again: nothing acknowledged is lost"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn ledger_hint(error: &ledger::Error) -> Option<String> {
    let text = match error.code() {
        Code::ClockBehind => "set the clock of this machine; writing goes on when it has caught up",
        Code::ClockJumped => "check the clock of this machine, then start once with --confirm-clock",
        Code::DiskLow => "make room on the disk and try again; nothing was written",
        Code::NotFound => "register what the statement names first",
        _ => return None,
    };
    Some(text.to_owned())
}
