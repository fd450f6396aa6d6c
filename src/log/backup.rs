//! Copies of a ledger's files of truth, taken beside its writer or none, and put back (FORMAT section 3,
//! "Backup"). `head` is read first and the log copied up to it; a copy is written under another name and
//! takes its own only when it is complete.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::domain::Seq;

use super::access;
use super::details;
use super::error::{Damage, Error, Result};
use super::head::{HEAD_BYTES, Slot};
use super::manifest::{self, Manifest};
use super::seen::Seen;
use super::segment;
use super::source::{HEAD, HeadState, LOG, Source, fault, io};
use super::storage::Storage;
use super::walk::{Position, walk};
use super::writer::put;
use super::{Reader, note};

/// Marks a backup; holds the checkpoint it goes up to. Nothing is written to a backup.
pub const BACKUP: &str = "backup";
/// Marks a directory that was restored; holds the checkpoint it was restored to. It writes only once a
/// checkpoint that is not older has been shown to it.
pub const RESTORED: &str = "restored";
/// Ends the name of a copy that is not complete.
const PART: &str = ".part";
/// Bytes copied at a time.
const CHUNK: u64 = 1 << 20;

/// A copy that is being made beside the place it is for.
pub struct Copying<'a> {
    storage: &'a dyn Storage,
    from: PathBuf,
    part: PathBuf,
    to: PathBuf,
    /// First entry of the last segment that was copied: those before it are complete.
    last: Option<Seq>,
    /// The checkpoint it goes up to.
    note: String,
    done: bool,
}

impl<'a> Copying<'a> {
    /// Begins a copy for a place where nothing is.
    ///
    /// # Errors
    /// [`Error::Exists`] when something is at the place, or an earlier copy was not completed;
    /// [`Error::Io`].
    pub fn begin(storage: &'a dyn Storage, from: &Path, to: &Path) -> Result<Self> {
        match storage.list(to) {
            Ok(names) if names.is_empty() => {}
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Ok(_) => return Err(Error::Exists { path: to.to_owned() }),
            Err(e) => return Err(io("list", to)(e)),
        }
        let mut part = to.as_os_str().to_owned();
        part.push(PART);
        let part = PathBuf::from(part);
        if part.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: part });
        }
        let (from, to) = (from.to_owned(), to.to_owned());
        let copying = Self { storage, from, part, to, last: None, note: String::new(), done: false };
        storage.mkdir(&copying.part.join(LOG)).map_err(io("make", &copying.part))?;
        Ok(copying)
    }

    /// Where the copy stands until it is complete.
    #[must_use]
    pub fn part(&self) -> &Path {
        &self.part
    }

    fn source(&self) -> Source<'_> {
        Source { storage: self.storage, dir: &self.from, writable: false }
    }

    /// Size that `head` covers.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Io`].
    pub fn covered(&self) -> Result<u64> {
        let manifest = self.source().manifest()?;
        Ok(self.source().head(&manifest.origin, None)?.checkpoint.size)
    }

    /// Takes `head`, and the log up to it; again, what came since.
    ///
    /// # Errors
    /// [`Error::OtherVersion`], [`Error::Corrupt`] with the place, [`Error::Io`].
    pub fn log(&mut self) -> Result<u64> {
        let manifest = self.source().manifest()?;
        let head = self.source().head(&manifest.origin, None)?;
        self.segments(&manifest, &head)?;
        let slot = Slot { counter: head.counter, link: head.link, note: head.note.clone() };
        let bytes = slot.encode().ok_or_else(|| fault(Path::new(HEAD), 0, None, Damage::HeadSlot))?;
        let mut bytes = bytes.to_vec();
        bytes.resize(HEAD_BYTES, 0);
        put(self.storage, &self.part, HEAD, &bytes, 0o644)?;
        put(self.storage, &self.part, manifest::FILE, manifest.encode().as_bytes(), 0o644)?;
        self.note = head.note;
        Ok(head.checkpoint.size)
    }

    fn segments(&mut self, manifest: &Manifest, head: &HeadState) -> Result<()> {
        let size = head.checkpoint.size;
        let mut segments = self.source().segments(manifest)?;
        segments.retain(|(segment, _)| segment.first.0 < size);
        let again = segments.iter().filter(|(segment, _)| self.last.is_none_or(|last| segment.first >= last));
        let mut again = again.peekable();
        while let Some((found, header)) = again.next() {
            let whole = again.peek().is_some();
            if whole {
                let length = self.storage.len(&found.file).map_err(io("measure", &found.name))?;
                stream(self.storage, &found.file, length, &self.part, &found.name, 0o644)?;
                continue;
            }
            let mut bytes = self.source().read_all(&found.file, &found.name)?;
            let mut position = Position::before(found.first, header.prev);
            let walked = walk(&bytes, &mut position, size, &mut |_| Ok(()))?;
            if let Some(bad) = walked.bad.filter(|_| position.seq.0 < size) {
                return Err(fault(&found.name, bad.offset, Some(bad.seq), bad.what).into());
            }
            if position.seq.0 != size {
                let end = segment::align(walked.end);
                return Err(fault(&found.name, end, Some(position.seq), Damage::Short).into());
            }
            // what a live log has behind `head` may be torn, and is of no use without it
            bytes.truncate(usize::try_from(walked.end).unwrap_or(usize::MAX));
            bytes.resize(usize::try_from(segment::align(walked.end)).unwrap_or(bytes.len()), 0);
            put(self.storage, &self.part, found.name.to_string_lossy().as_ref(), &bytes, 0o644)?;
        }
        self.last = segments.last().map(|(segment, _)| segment.first);
        self.storage.sync_dir(&self.part.join(LOG)).map_err(io("sync", Path::new(LOG)))
    }

    /// Takes the details of a ledger into a backup, their keys apart. Answers how many there are.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn details(&self) -> Result<u64> {
        details::into_backup(self.storage, &self.from, &self.part)
    }

    /// Takes the details of a backup to where a ledger has them; without their keys, none.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn details_back(&self, with_keys: bool) -> Result<()> {
        details::out_of_backup(self.storage, &self.from, &self.part, with_keys)
    }

    /// Takes the access log up to its last whole line.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn access(&self) -> Result<()> {
        access::copy(self.storage, &self.from, &self.part)
    }

    /// Takes a file as it is, if it is there.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn file(&self, name: &str) -> Result<()> {
        whole(self.storage, &self.from, &self.part, Path::new(name))
    }

    /// Gives the copy its name, once it is marked and everything of it is durable.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn end(mut self, mark: Option<&str>) -> Result<()> {
        if let Some(mark) = mark {
            put(self.storage, &self.part, mark, self.note.as_bytes(), 0o644)?;
        }
        let here = Path::new(".");
        self.storage.sync_dir(&self.part).map_err(io("sync", &self.part))?;
        self.storage.rename(&self.part, &self.to).map_err(io("rename", &self.to))?;
        self.done = true;
        let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(here);
        self.storage.sync_dir(folder).map_err(io("sync", folder))
    }
}

impl Drop for Copying<'_> {
    /// What was not completed goes: it may hold keys of details.
    fn drop(&mut self) {
        if !self.done
            && self.part.exists()
            && let Err(error) = self.storage.remove_folder(&self.part)
        {
            tracing::warn!(%error, part = %self.part.display(), "a copy that is not complete was left");
        }
    }
}

/// Copies a file as it is, for its owner alone, if it is there.
pub(super) fn whole(storage: &dyn Storage, from: &Path, to: &Path, name: &Path) -> Result<()> {
    match storage.open(&from.join(name), false) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(io("open", name)(e)),
        Ok(file) => {
            let length = storage.len(&file).map_err(io("measure", name))?;
            stream(storage, &file, length, to, name, 0o600)
        }
    }
}

fn stream(
    storage: &dyn Storage,
    from: &File,
    length: u64,
    to: &Path,
    name: &Path,
    permissions: u32,
) -> Result<()> {
    let file = storage.create(&to.join(name), permissions).map_err(io("create", name))?;
    let mut at = 0;
    while at < length {
        let mut bytes = vec![0; usize::try_from((length - at).min(CHUNK)).unwrap_or(0)];
        storage.read_at(from, &mut bytes, at).map_err(io("read", name))?;
        storage.write_at(&file, &bytes, at).map_err(io("write", name))?;
        at += bytes.len() as u64;
    }
    storage.sync_all(&file).map_err(io("sync", name))
}

/// Whether a directory is marked as a backup.
#[must_use]
pub fn is_backup(dir: &Path) -> bool {
    dir.join(BACKUP).is_file()
}

/// Whether a directory has the name of a copy that is not complete.
#[must_use]
pub fn is_part(dir: &Path) -> bool {
    dir.as_os_str().as_bytes().ends_with(PART.as_bytes())
}

/// Whether the keys of a backup's details are with it.
#[must_use]
pub fn has_keys(dir: &Path) -> bool {
    details::has_keys(dir)
}

/// Refuses to write to a backup.
pub(super) fn is_none(dir: &Path) -> Result<()> {
    if is_backup(dir) {
        let why = "it is a backup; `estafet restore` makes a ledger of it".to_owned();
        return Err(Error::Copied { why });
    }
    Ok(())
}

/// Refuses a directory that was restored, unless the newest checkpoint that was shown to it is as new as
/// what was restored. Answers whether the mark is to be taken away then.
pub(super) fn may_write(source: Source<'_>, shown: Option<u64>) -> Result<bool> {
    let mark = match source.read(Path::new(RESTORED)) {
        Err(Error::Corrupt { what: Damage::Missing, .. }) => return Ok(false),
        other => other?,
    };
    let size = std::str::from_utf8(&mark).ok().and_then(|note| note::peek(note).ok());
    let size = size.map_or(u64::MAX, |checkpoint| checkpoint.size);
    let why = match shown {
        Some(shown) if shown >= size => return Ok(true),
        Some(shown) => format!("and the newest checkpoint that was shown to it covers {shown}"),
        None => "and the newest checkpoint that is known was not shown to it".to_owned(),
    };
    Err(Error::Copied { why: format!("it was restored with {size} entries, {why}") })
}

/// Takes the mark of what was restored away, durably.
pub(super) fn unmark(source: Source<'_>) -> Result<()> {
    let name = Path::new(RESTORED);
    source.storage.remove(&source.dir.join(name)).map_err(io("remove", name))?;
    source.storage.sync_dir(source.dir).map_err(io("sync", Path::new(".")))
}

/// Refuses a directory that may not be written, without its lock: beside its server, too. What was `seen`
/// must have been read before this is called.
///
/// # Errors
/// [`Error::Copied`], [`Error::RolledBack`], [`Error::NotKept`], and those of [`Reader::open`].
pub fn allows_writing(storage: &dyn Storage, dir: &Path, seen: &[Seen]) -> Result<()> {
    is_none(dir)?;
    let reader = Reader::open(dir)?;
    let extended = |seen: &Seen| seen.extended(reader.origin(), reader.vkeys(), &reader.tree());
    let newest = seen.iter().map(extended).collect::<Result<Vec<_>>>()?.into_iter().max();
    may_write(Source { storage, dir, writable: false }, newest).map(drop)
}
