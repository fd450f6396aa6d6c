//! A checkpoint of this ledger that was kept outside its directory. A log that does not extend it has been
//! rolled back, and must sign nothing: two histories would stand under one key.

use super::error::{Error, Result};
use super::note::{self, Checkpoint, Vkey};
use super::tree::TreeSnapshot;

/// What was kept, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The signed note.
    pub note: String,
    /// A file's name, or who answered it.
    pub from: String,
}

impl Seen {
    /// What a text holds: a checkpoint, or a receipt with one inside.
    #[must_use]
    pub fn of(text: &str, from: impl Into<String>) -> Self {
        #[derive(serde::Deserialize)]
        struct Receipt {
            checkpoint: String,
        }
        let receipt: Option<Receipt> = serde_json::from_str(text).ok();
        let note = receipt.map_or_else(|| text.to_owned(), |receipt| receipt.checkpoint);
        Self { note, from: from.into() }
    }

    /// What it says, signed by one of the keys; where none is there, whatever it says.
    ///
    /// # Errors
    /// [`Error::NotKept`] for a text that is no checkpoint of this ledger.
    pub(super) fn signed_by(&self, origin: &str, vkeys: &[Vkey]) -> Result<Checkpoint> {
        let bad = |why: String| Error::NotKept { from: self.from.clone(), why };
        let opened =
            if vkeys.is_empty() { note::peek(&self.note) } else { note::open_any(&self.note, vkeys) };
        let kept = opened.map_err(|why| bad(why.to_string()))?;
        if kept.origin != origin {
            return Err(bad(format!("it is of {:?}, and this is {origin:?}", kept.origin)));
        }
        Ok(kept)
    }

    /// Its size, where the tree extends it. One of the keys must have signed it; where none is there, its
    /// root alone must tell.
    ///
    /// # Errors
    /// [`Error::NotKept`] for a text that is no checkpoint of this ledger, [`Error::RolledBack`]; those of
    /// the tree.
    pub fn extended(&self, origin: &str, vkeys: &[Vkey], tree: &TreeSnapshot) -> Result<u64> {
        let kept = self.signed_by(origin, vkeys)?;
        let rolled_back = |why: String| Error::RolledBack { from: self.from.clone(), why };
        let size = tree.size();
        if kept.size > size {
            return Err(rolled_back(format!("it holds {size} entries, and once signed {}", kept.size)));
        }
        if tree.root_at(kept.size)? != kept.root {
            let why = format!("its first {} entries are not those it once signed", kept.size);
            return Err(rolled_back(why));
        }
        Ok(kept.size)
    }
}
