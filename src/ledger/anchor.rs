//! The newest checkpoint in a file outside the data directory, so that a directory that was rolled back is
//! known when it is opened (FORMAT section 3).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::log::{self, RealFiles, Seen, Storage, backup};

use super::{Config, lock};

/// How long the end waits for a disk that does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Refuses a directory that may not be written, without opening it for writing: beside its server, too.
///
/// # Errors
/// [`log::Error::Copied`], [`log::Error::RolledBack`], [`log::Error::NotKept`], and those of reading it.
pub fn may_write(dir: &Path, config: &Config) -> log::Result<()> {
    // a server writes the anchor after `head`: read before it, it is never ahead
    let anchor = config.anchor.as_deref().map(Anchor::new).transpose()?;
    let kept = anchor.as_ref().map(|anchor| anchor.read(&RealFiles)).transpose()?.flatten();
    let seen: Vec<Seen> = config.seen.iter().cloned().chain(kept).collect();
    backup::allows_writing(&RealFiles, dir, &seen)
}

/// The file.
#[derive(Clone, Debug)]
pub(super) struct Anchor(PathBuf);

impl Anchor {
    /// The file at a path, which names one.
    pub(super) fn new(path: &Path) -> log::Result<Self> {
        let failed = |source| log::Error::Io { op: "name", path: path.to_owned(), source };
        let whole = std::path::absolute(path).map_err(failed)?;
        match whole.file_name().and_then(|name| name.to_str()) {
            Some(_) => Ok(Self(whole)),
            None => Err(failed(io::ErrorKind::InvalidFilename.into())),
        }
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

/// The thread that writes the file: a disk that hangs, best another one, holds up nothing but itself.
pub(super) struct Keeping {
    newest: Arc<Mutex<Option<Arc<str>>>>,
    wake: SyncSender<()>,
    ended: Receiver<()>,
}

impl Keeping {
    pub(super) fn start<S: Storage>(anchor: Anchor, files: Arc<S>) -> io::Result<Self> {
        let newest: Arc<Mutex<Option<Arc<str>>>> = Arc::default();
        let (wake, woken) = sync_channel(1);
        let (end, ended) = channel();
        let kept = Arc::clone(&newest);
        let run = move || {
            while let Ok(()) = woken.recv() {
                let checkpoint = lock(&kept).take();
                if let Some(checkpoint) = checkpoint {
                    anchor.keep(&*files, &checkpoint);
                }
            }
            drop(end);
        };
        std::thread::Builder::new().name("anchor".to_owned()).spawn(run)?;
        Ok(Self { newest, wake, ended })
    }

    /// Has a checkpoint kept, now or with those after it.
    pub(super) fn keep(&self, checkpoint: &str) {
        *lock(&self.newest) = Some(checkpoint.into());
        // one that is woken already finds it
        let _ = self.wake.try_send(());
    }

    /// Ends once the last one is kept, or the disk has not answered for long.
    pub(super) fn close(self) {
        let Self { wake, ended, .. } = self;
        drop(wake);
        if let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PATIENCE) {
            tracing::error!("the anchor's disk does not answer: the newest checkpoint may not be kept there");
        }
    }
}
