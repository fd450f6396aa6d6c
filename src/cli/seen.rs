//! What somebody kept of a ledger (a checkpoint or a receipt), held against its directory: one that
//! is older than what it once signed has been rolled back, and must not write.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::log::{Reader, note};

use super::{Error, Result};

/// Refuses a directory that does not extend the checkpoint in the file.
pub(super) fn not_rolled_back(dir: &Path, kept: &Path) -> Result<()> {
    let text = fs::read_to_string(kept).map_err(Error::file(kept))?;
    let receipt: Option<Value> = serde_json::from_str(&text).ok();
    let inside = receipt.as_ref().and_then(|receipt| receipt.get("checkpoint")?.as_str());
    let reader = Reader::open(dir)?;
    if reader.vkey().is_some() { extended(&reader, kept, inside.unwrap_or(&text)).map(drop) } else { Ok(()) }
}

/// The size of a checkpoint of this ledger, which the directory extends. Where the key is not there, its
/// root alone must tell.
pub(super) fn extended(reader: &Reader, kept: &Path, checkpoint: &str) -> Result<u64> {
    let bad = |why: String| Error::usage(kept.display().to_string(), why);
    let checkpoint =
        reader.vkey().map_or_else(|| note::peek(checkpoint), |vkey| note::open(checkpoint, vkey));
    let checkpoint = checkpoint.map_err(|why| bad(why.to_string()))?;
    if checkpoint.origin != reader.origin() {
        return Err(bad(format!("it is of {:?}, and this is {:?}", checkpoint.origin, reader.origin())));
    }
    let (size, kept_size) = (reader.size(), checkpoint.size);
    if kept_size > size {
        let why = format!("it holds {size} entries, and once signed {kept_size}");
        return Err(Error::RolledBack { why });
    }
    if reader.tree().root_at(kept_size)? != checkpoint.root {
        let why = format!("its first {kept_size} entries are not those it once signed");
        return Err(Error::RolledBack { why });
    }
    Ok(kept_size)
}
