//! Why a mirror does not go on.

use std::path::PathBuf;

use crate::domain::Seq;
use crate::log::{self, NoteError};
use crate::verify::Broken;
use crate::{ledger, views};

use super::super::remote::TreeError;
use super::super::tiles::ReadError;

/// Why a mirror does not go on, or not now.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The mirror's own directory.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// What answers questions here.
    #[error(transparent)]
    Open(#[from] ledger::OpenError),
    /// The directory holds something else.
    #[error("{} holds something that is no mirror; give a directory that does not exist yet", dir.display())]
    NoMirror {
        /// The directory.
        dir: PathBuf,
    },
    /// A name that the mirror cannot sign under.
    #[error(
        "this mirror cannot sign under the name {name:?}: a key's name has 1 to 255 bytes without spaces and +, and is kept"
    )]
    BadName {
        /// The name.
        name: String,
    },
    /// A checkpoint that none of the keys signed.
    #[error(
        "{url} is not signed by the ledger's key ({why}); if its key has changed meanwhile, give the new one with --vkey too"
    )]
    Unsigned {
        /// Where it stands.
        url: String,
        /// Why it is not.
        why: NoteError,
    },
    /// Another ledger is served there.
    #[error("the ledger that is served there is {found}; this mirror is of {expected}")]
    Other {
        /// Origin of the mirror.
        expected: String,
        /// Origin of what is served.
        found: String,
    },
    /// What is served does not fit the checkpoint that is served with it.
    #[error(
        "what is served does not fit the signed checkpoint of {size} entries: {why}; nothing of it was kept"
    )]
    Unfit {
        /// Size of the checkpoint.
        size: u64,
        /// What does not fit.
        why: &'static str,
    },
    /// Signed by the ledger, and not to be taken all the same.
    #[error("entry {seq}, under a checkpoint that the ledger signed, may not stand where it stands: {}", why.detail)]
    Refused {
        /// The entry.
        seq: Seq,
        /// Why.
        why: Broken,
    },
    /// The ledger signed two faces.
    #[error(
        "THE LEDGER HAS FORKED: it signed {now} entries that do not go together with the {before} it signed before; {}",
        kept(evidence.as_ref())
    )]
    Forked {
        /// Size of the checkpoint known before.
        before: u64,
        /// Size of the one that is shown now.
        now: u64,
        /// Where both are kept.
        evidence: Option<PathBuf>,
    },
    /// The ledger shows another face, and two checkpoints alone do not prove it.
    #[error(
        "THE LEDGER SHOWS ANOTHER FACE: its checkpoint of {size} entries does not go together with the entries it gave before; {}",
        kept(note.as_ref())
    )]
    Unproved {
        /// Size of the checkpoint that is shown now.
        size: u64,
        /// Where it is kept.
        note: Option<PathBuf>,
    },
}

fn kept(file: Option<&PathBuf>) -> String {
    file.map_or_else(
        || "the evidence could not be written".to_owned(),
        |file| format!("the evidence is in {}", file.display()),
    )
}

impl From<views::Error> for MirrorError {
    fn from(error: views::Error) -> Self {
        Self::Open(error.into())
    }
}

impl MirrorError {
    /// Of the tree of a checkpoint of that size.
    pub(super) fn of(error: TreeError, size: u64) -> Self {
        match error {
            TreeError::Read(error) => Self::Read(error),
            TreeError::Unfit(why) => Self::Unfit { size, why },
            TreeError::Log(error) => Self::Log(error),
        }
    }

    /// Whether following ends: the ledger signed what may not stand, or this machine fails. What is not
    /// signed by it, or does not fit what it signed, is not kept and looked at again: whoever is in between
    /// can make a server answer so, or files that are on their way.
    #[must_use]
    pub fn ends(&self) -> bool {
        match self {
            Self::Read(error) => !error.may_pass(),
            Self::Unsigned { .. } | Self::Other { .. } | Self::Unfit { .. } => false,
            _ => true,
        }
    }

    /// Whether the ledger, and not this machine or the way to it, is what does not hold.
    #[must_use]
    pub fn accuses(&self) -> bool {
        matches!(
            self,
            Self::Unsigned { .. }
                | Self::Other { .. }
                | Self::Unfit { .. }
                | Self::Refused { .. }
                | Self::Forked { .. }
                | Self::Unproved { .. }
        )
    }
}
