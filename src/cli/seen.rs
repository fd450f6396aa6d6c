//! What somebody kept of a ledger, a checkpoint or a receipt, held against its directory.

use std::fs;
use std::path::Path;

use crate::log::{Reader, Seen};

use super::{Error, Result};

/// What a file holds.
pub(super) fn kept(path: &Path) -> Result<Seen> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    Ok(Seen::of(&text, path.display().to_string()))
}

/// The size of a checkpoint of this ledger, which the directory extends.
pub(super) fn extended(reader: &Reader, kept: &Path, checkpoint: &str) -> Result<u64> {
    let seen = Seen::of(checkpoint, kept.display().to_string());
    Ok(seen.extended(reader.origin(), reader.vkeys(), &reader.tree())?)
}
