//! The writer's files: the lock, room for a commit, the next segment.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::super::error::{Error, Result};
use super::super::reader::{Published, SegmentFile};
use super::super::segment::{SECTOR, SegmentHeader, align, file_name};
use super::super::source::{LOG, io, no_space};
use super::super::storage::{RealFiles, Storage};
use super::{Log, Tail};

/// Takes the directory for this process, until the file is closed.
///
/// # Errors
/// [`Error::InUse`], [`Error::Io`].
pub fn lock(storage: &dyn Storage, dir: &Path) -> Result<File> {
    let found = storage.lock(dir).map_err(io("lock", Path::new(".")))?;
    found.ok_or_else(|| Error::InUse { dir: dir.to_owned() })
}

/// Whether a process writes the directory now.
#[must_use]
pub fn is_written(dir: &Path) -> bool {
    matches!(RealFiles.lock(dir), Ok(None))
}

impl<S: Storage> Log<S> {
    /// Makes sure that a commit of this length has a place whose space is reserved.
    pub(super) fn make_room(&mut self, length: usize) -> Result<()> {
        let length = length as u64;
        let roll = match &self.tail {
            None => true,
            Some(tail) => tail.next > SECTOR && tail.next + length > self.options.segment_bytes,
        };
        if roll {
            self.roll()?;
        }
        let options = self.options;
        let Some(tail) = &mut self.tail else { return Err(Error::Stopped) };
        let end = align(tail.next + length);
        if end > tail.reserved {
            let limit = options.segment_bytes.max(end);
            let to = end.max(tail.reserved + options.reserve_bytes).min(limit);
            let full = no_space(to - tail.reserved, "reserve", &tail.segment.name);
            self.storage.reserve(&tail.segment.file, tail.reserved, to).map_err(full)?;
            tail.reserved = to;
        }
        Ok(())
    }

    /// Closes the last segment and begins the next: written aside, durable, then named.
    fn roll(&mut self) -> Result<()> {
        let (first, link) = (self.group.first(), self.committed.link);
        let dir = self.dir.join(LOG);
        let name = Path::new(LOG).join(file_name(first));
        let (part, whole) = (dir.join(format!("{}.tmp", file_name(first))), self.dir.join(&name));
        let mut bytes = [0; SECTOR as usize];
        let header = SegmentHeader::new(first, link, &self.shared.manifest.origin).encode();
        if let Some(place) = bytes.first_chunk_mut() {
            *place = header;
        }
        let full = |op| no_space(SECTOR, op, &name);
        let file = self.storage.create(&part, 0o644).map_err(full("create"))?;
        self.storage.write_at(&file, &bytes, 0).map_err(full("write"))?;
        self.storage.sync_all(&file).map_err(io("sync", &name))?;
        self.storage.rename(&part, &whole).map_err(io("rename", &name))?;
        self.storage.sync_dir(&dir).map_err(io("sync", Path::new(LOG)))?;

        let segment = Arc::new(SegmentFile { first, name: name.clone(), file });
        let now = self.shared.now();
        if let Some(last) = now.segments.last() {
            let index_dir = self.dir.join("index");
            self.shared.index.seal(last.first, first.0 - last.first.0, |sealed| sealed.store(&index_dir));
        }
        let mut segments = Vec::clone(&now.segments);
        segments.push(Arc::clone(&segment));
        self.shared
            .publish(Published { committed: Arc::clone(&now.committed), segments: Arc::new(segments) });
        self.tail = Some(Tail { segment, next: SECTOR, reserved: SECTOR });
        Ok(())
    }
}
