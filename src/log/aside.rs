//! Setting aside what stands beyond `head` and is not proved to be this ledger's, so that it can go on from
//! what it signed (FORMAT section 3, "Opening"). Nothing is destroyed: it is copied elsewhere first.

use std::path::{Path, PathBuf};

use crate::domain::Seq;

use super::error::{Damage, Error, Result};
use super::proven::{Beyond, Proof};
use super::reader::Reader;
use super::recover;
use super::seen::Seen;
use super::segment::CommitHeader;
use super::source::{LOG, Source, fault, io};
use super::storage::Storage;
use super::writer::{lock, put};

/// What was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// The first entry that the log does not hold any more.
    pub from: Seq,
    /// Bytes, without the zeros of reserved space.
    pub bytes: u64,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// Moves the first commit beyond `head` that is not proved to be this ledger's, and all behind it, to a
/// folder. Nothing where there is none.
///
/// # Errors
/// [`Error::RolledBack`] where something that was kept elsewhere covers such an entry; [`Error::Exists`] where
/// the folder holds a file of that name; as [`super::Log::open`].
pub fn set_aside(storage: &dyn Storage, dir: &Path, seen: &[Seen], to: &Path) -> Result<Option<Aside>> {
    let _lock = lock(storage, dir)?;
    let source = Source { storage, dir, writable: false };
    let manifest = source.manifest()?;
    let signers = source.signers(&manifest.origin)?;
    let head = source.head(&manifest.origin, Some(&signers.vkeys()))?;
    let beyond = Beyond::Proven(Proof::new(source, &signers, &head.note)?);
    let loaded = recover::load(source, &manifest, (&head, beyond), &|_| None, &mut |_, _| Ok(()));
    let (file, offset, from) = match loaded {
        Err(Error::Corrupt { file, offset, seq: Some(seq), what: Damage::Unproven }) => (file, offset, seq),
        Err(other) => return Err(other),
        Ok(_) => return Ok(None),
    };
    let keys = Reader::open(dir)?.vkeys().to_vec();
    for seen in seen {
        let size = seen.signed_by(&manifest.origin, &keys)?.size;
        if size > from.0 {
            let why = format!("what would be set aside, from entry {from} on, it signed up to {size}");
            return Err(Error::RolledBack { from: seen.from.clone(), why });
        }
    }
    let segments = Source { writable: true, ..source }.segments(&manifest)?;
    let touched = segments.iter().filter(|(segment, _)| segment.name >= file);
    let (mut bytes, mut files) = (0, Vec::new());
    for (segment, _) in touched.clone() {
        let start = if segment.name == file { offset } else { 0 };
        let mut whole = source.read_all(&segment.file, &segment.name)?;
        whole.truncate(whole.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
        if segment.name == file && commit_at(&whole, offset).is_none_or(|commit| commit.first != from) {
            // `head` lies within a commit: what it covers stays
            return Err(fault(&file, offset, Some(from), Damage::Unproven).into());
        }
        let moved =
            whole.split_off(usize::try_from(start).map_or(whole.len(), |start| start.min(whole.len())));
        let name = segment.name.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{name}.from-{start}");
        let target = to.join(&name);
        if target.exists() {
            return Err(Error::Exists { path: target });
        }
        put(storage, to, &name, &moved, 0o600)?;
        bytes += moved.len() as u64;
        files.push(target);
    }
    // the last first: what is left between two steps is a log
    for (segment, _) in touched.rev() {
        if segment.name == file {
            let length = storage.len(&segment.file).map_err(io("measure", &file))?;
            let zeros = vec![0; usize::try_from(length.saturating_sub(offset)).unwrap_or(0)];
            storage.write_at(&segment.file, &zeros, offset).map_err(io("write", &file))?;
            storage.sync_all(&segment.file).map_err(io("sync", &file))?;
        } else {
            storage.remove(&dir.join(&segment.name)).map_err(io("remove", &segment.name))?;
        }
    }
    storage.sync_dir(&dir.join(LOG)).map_err(io("sync", Path::new(LOG)))?;
    Ok(Some(Aside { from, bytes, files }))
}

fn commit_at(segment: &[u8], offset: u64) -> Option<CommitHeader> {
    CommitHeader::parse(segment.get(usize::try_from(offset).ok()?..)?).ok()
}
