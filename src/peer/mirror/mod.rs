//! A mirror: follows a ledger by its tiles, judges everything before it keeps it, and stops with evidence
//! when the ledger shows another face. What it keeps is an ordinary data directory without a key; its
//! `head` holds the ledger's own checkpoint (FORMAT section 3, "A mirror").

mod copying;
mod cosign;
mod error;
mod open;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::state::Change;
use crate::ledger::{Judging, Ledger, OpenError};
use crate::log::{Hash, Log, RealFiles, Vkey, note};
use crate::seal::{hex, sha256};
use crate::verify::LedgerKeys;
use crate::views::Views;

use super::files::Files;
use super::fork;
use super::remote::Remote;
use super::tiles::Server;

pub use error::MirrorError;

use copying::Seen;

/// Folder of what shows another face.
const EVIDENCE: &str = "evidence";
/// The newest checkpoint that was shown, which the entries may not have reached yet.
const SEEN: &str = "seen";

/// What one look at the ledger found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Nothing new.
    Same {
        /// Entries there are.
        size: u64,
    },
    /// An older checkpoint that this mirror has the entries of: the server is behind, or a copy is.
    Older {
        /// Entries of it.
        size: u64,
    },
    /// New entries, verified and kept.
    Grown {
        /// Entries before.
        from: u64,
        /// Entries now.
        to: u64,
    },
}

/// A mirror of one ledger; the only process that writes its directory.
pub struct Mirror {
    dir: PathBuf,
    server: Server,
    /// Keys the ledger was known by at the start.
    trusted: Vec<Vkey>,
    keys: LedgerKeys,
    files: Files,
    log: Log<RealFiles>,
    judging: Judging,
    /// Absent until the first checkpoint is reached.
    views: Option<Arc<Views>>,
    changes: Vec<Change>,
    /// The newest checkpoint that was shown.
    seen: Option<Seen>,
    /// Who signs what is served, where somebody does.
    signing: Option<cosign::Signing>,
}

impl std::fmt::Debug for Mirror {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mirror").field("dir", &self.dir).field("size", &self.size()).finish_non_exhaustive()
    }
}

impl Mirror {
    /// Entries under the newest checkpoint that was reached.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.views.as_ref().map_or(0, |views| views.current().size)
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Why nothing is written here.
    #[must_use]
    pub fn why(&self) -> String {
        format!("this is a mirror; statements go to {}", self.server.base())
    }

    /// The ledger as it is served here: questions are answered, statements are not taken. `None` before
    /// the first checkpoint is reached.
    ///
    /// # Errors
    /// As [`Ledger::following`].
    pub fn ledger(&self) -> Result<Option<Ledger>, OpenError> {
        let why = self.why();
        let following = |views| Ledger::following(&self.dir, self.log.reader(), Arc::clone(views), &why);
        self.views.as_ref().map(following).transpose()
    }

    /// Looks at the ledger once, and keeps what is new and holds.
    ///
    /// # Errors
    /// [`MirrorError`]; after one that [`MirrorError::ends`] nothing more is to be kept.
    pub fn round(&mut self) -> Result<Round, MirrorError> {
        let shown = self.shown()?;
        let (size, have) = (shown.checkpoint.size, self.log.size());
        if let Some(seen) = &self.seen
            && seen.checkpoint.size == size
            && seen.checkpoint.root != shown.checkpoint.root
        {
            let seen = seen.clone();
            return Err(self.forked(&seen, &shown, &[]));
        }
        let reached = self.head().map_or(0, |head| head.checkpoint.size);
        if size <= have {
            self.agrees(&shown)?;
        }
        if size == reached {
            return Ok(Round::Same { size });
        }
        if size < have {
            return Ok(Round::Older { size });
        }
        self.extends(&shown)?;
        self.note(&shown)?;
        self.copy(&shown)?;
        Ok(Round::Grown { from: reached, to: size })
    }

    /// Persists the views. `head` is written already.
    ///
    /// # Errors
    /// Those of the views.
    pub fn close(self) -> Result<(), OpenError> {
        if let Some(views) = &self.views {
            views.close()?;
        }
        Ok(())
    }

    /// The checkpoint that the ledger shows now, signed by it.
    fn shown(&self) -> Result<Seen, MirrorError> {
        let note = self.server.checkpoint()?;
        let url = self.server.base().at("checkpoint");
        let seen = Seen::shown(&note, &self.keys.counting(&self.trusted), url)?;
        let (expected, found) = (self.origin(), &seen.checkpoint.origin);
        if *found != expected {
            return Err(MirrorError::Other { expected, found: found.clone() });
        }
        Ok(seen)
    }

    fn origin(&self) -> String {
        self.log.reader().origin().to_owned()
    }

    /// The checkpoint in `head`.
    fn head(&self) -> Option<Seen> {
        let note = self.log.committed().checkpoint.clone();
        let checkpoint = note::peek(&note).ok()?;
        Some(Seen { note, checkpoint })
    }

    /// Whether a checkpoint is of the entries there are.
    fn agrees(&self, shown: &Seen) -> Result<(), MirrorError> {
        let (tree, size) = (self.log.committed().tree.clone(), shown.checkpoint.size);
        if tree.root_at(size)? == shown.checkpoint.root {
            return Ok(());
        }
        let known = [self.head(), self.seen.clone()].into_iter().flatten();
        let Some(known) = known.into_iter().find(|known| known.checkpoint.size >= size) else {
            return Err(self.unproved(shown));
        };
        if known.checkpoint.size > tree.size() {
            return Err(self.unproved(shown));
        }
        let mut proof = tree.consistency_proof(size, known.checkpoint.size)?;
        if size.is_power_of_two() && size < known.checkpoint.size {
            proof.insert(0, tree.root_at(size)?);
        }
        Err(self.forked(&known, shown, &proof))
    }

    /// Whether a larger checkpoint's tree begins with the entries there are, and with the tree that was
    /// shown before.
    fn extends(&self, shown: &Seen) -> Result<(), MirrorError> {
        let unfit = |error| MirrorError::of(error, shown.checkpoint.size);
        let remote = Remote::at(&self.server, &shown.checkpoint).map_err(unfit)?;
        for known in [self.head(), self.seen.clone()].into_iter().flatten() {
            let size = known.checkpoint.size;
            if (1..shown.checkpoint.size).contains(&size)
                && let Some(proof) = remote.against(&known.checkpoint).map_err(unfit)?
            {
                return Err(self.forked(&known, shown, &proof));
            }
        }
        let own = self.log.committed();
        let begins = remote.root_at(own.size).map_err(unfit)? == own.root;
        if begins { Ok(()) } else { Err(self.unproved(shown)) }
    }

    /// Keeps two checkpoints that contradict each other, and says so.
    fn forked(&self, known: &Seen, shown: &Seen, proof: &[Hash]) -> MirrorError {
        let evidence = fork::evidence(&known.note, &shown.note, proof);
        let name = format!("{EVIDENCE}/fork-{}.json", hex(&sha256(shown.note.as_bytes())));
        let (before, now) = (known.checkpoint.size, shown.checkpoint.size);
        MirrorError::Forked { before, now, evidence: self.keep(&name, &evidence) }
    }

    /// Another face that no two checkpoints prove: the one that was shown is kept.
    fn unproved(&self, shown: &Seen) -> MirrorError {
        let name = format!("{EVIDENCE}/shown-{}.note", hex(&sha256(shown.note.as_bytes())));
        MirrorError::Unproved { size: shown.checkpoint.size, note: self.keep(&name, &shown.note) }
    }

    /// Keeps a file; gives its path, or nothing where it could not be written.
    fn keep(&self, name: &str, text: &str) -> Option<PathBuf> {
        match self.files.put(name, text, 0o644) {
            Ok(()) => Some(self.dir.join(name)),
            Err(why) => {
                tracing::error!(file = name, ?why, "evidence could not be kept");
                None
            }
        }
    }
}
