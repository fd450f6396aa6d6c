//! The newest checkpoint in a file outside the data directory, so that a directory that was rolled back is
//! known when it is opened (FORMAT section 3).

use std::io;
use std::path::{Path, PathBuf};

use crate::log::{self, RealFiles, Seen, Storage, backup};

use super::Config;

/// Refuses a directory that may not be written, without opening it for writing: beside its server, too.
///
/// # Errors
/// [`log::Error::Copied`], [`log::Error::RolledBack`], [`log::Error::NotKept`], and those of reading it.
pub fn may_write(dir: &Path, config: &Config) -> log::Result<()> {
    // a server writes the anchor after `head`: read before it, it is never ahead
    let anchor = config.anchor.clone().map(Anchor::new);
    let kept = anchor.as_ref().map(|anchor| anchor.read(&RealFiles)).transpose()?.flatten();
    let seen: Vec<Seen> = config.seen.iter().cloned().chain(kept).collect();
    backup::allows_writing(&RealFiles, dir, &seen)
}

/// The file.
#[derive(Clone, Debug)]
pub(super) struct Anchor(PathBuf);

impl Anchor {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// What it holds; nothing before the first writing.
    pub(super) fn read(&self, storage: &dyn Storage) -> log::Result<Option<Seen>> {
        let failed = |source| log::Error::Io { op: "read", path: self.0.clone(), source };
        let file = match storage.open(&self.0, false) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                tracing::warn!(anchor = %self.0.display(), "there is no anchor yet: a rollback would not be known");
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        let length = storage.len(&file).map_err(failed)?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        storage.read_at(&file, &mut bytes, 0).map_err(failed)?;
        Ok(Some(Seen::of(&String::from_utf8_lossy(&bytes), self.0.display().to_string())))
    }

    /// Keeps a checkpoint, durably. What fails is said, and tried again with the next one: an older
    /// anchor raises no false alarm.
    pub(super) fn keep(&self, storage: &dyn Storage, checkpoint: &str) {
        let name = self.0.file_name().and_then(|name| name.to_str());
        let (Some(dir), Some(name)) = (self.0.parent(), name) else { return };
        if let Err(error) = log::put(storage, dir, name, checkpoint.as_bytes(), 0o644) {
            tracing::error!(%error, "the anchor is not written: a rollback to before would not be known");
        }
    }
}
