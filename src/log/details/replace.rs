//! A file rewritten as a whole, so that nothing of the old one is left on the disk: the new one
//! written aside and synced, the old one given a second name, the new one renamed over it, the old one
//! overwritten and removed (FORMAT section 8). At every point the name stands for the old file or for
//! the new one, and what is left of either has a name by which [`recover`] finds it.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::super::error::{Damage, Result};
use super::super::source::{Source, fault, io};

/// Ends the name of the file that is being written.
const NEW: &str = "new";
/// Ends the second name of the file that is being replaced.
const OLD: &str = "old";
/// Keys and details are nobody else's to read.
pub(super) const PERMISSIONS: u32 = 0o600;

/// Which file an open one is, whatever its name. Numbers of files are given again to new ones: the time at which it
/// was made tells them apart, where the file system knows it.
pub(super) type Identity = (u64, u64, Option<SystemTime>);

/// Which file this is.
pub(super) fn identity(file: &File, name: &Path) -> Result<Identity> {
    file.metadata().map(|data| (data.dev(), data.ino(), data.created().ok())).map_err(io("measure", name))
}

/// The folder of a name.
fn folder(name: &Path) -> &Path {
    name.parent().unwrap_or(Path::new(""))
}

/// Makes the names in a folder durable.
pub(super) fn sync_dir(source: Source<'_>, folder: &Path) -> Result<()> {
    source.storage.sync_dir(&source.dir.join(folder)).map_err(io("sync", folder))
}

/// Makes a file that does not exist yet: written aside and synced, then named.
pub(super) fn create(
    source: Source<'_>,
    name: &Path,
    fill: impl FnOnce(&File) -> Result<()>,
) -> Result<File> {
    let (storage, new) = (source.storage, name.with_extension(NEW));
    let file = storage.create(&source.dir.join(&new), PERMISSIONS).map_err(io("create", &new))?;
    fill(&file)?;
    storage.sync_all(&file).map_err(io("sync", &new))?;
    storage.rename(&source.dir.join(&new), &source.dir.join(name)).map_err(io("rename", name))?;
    sync_dir(source, folder(name))?;
    Ok(file)
}

/// Puts a new file in the place of one. The old one keeps a second name until [`scrub_old`].
pub(super) fn replace(
    source: Source<'_>,
    name: &Path,
    fill: impl FnOnce(&File) -> Result<()>,
) -> Result<File> {
    let old = name.with_extension(OLD);
    source.storage.link(&source.dir.join(name), &source.dir.join(&old)).map_err(io("link", &old))?;
    // the second name is durable before the first stands for another file
    sync_dir(source, folder(name))?;
    create(source, name, fill)
}

/// Overwrites and removes the file that was replaced.
pub(super) fn scrub_old(source: Source<'_>, name: &Path) -> Result<()> {
    scrub(source, &name.with_extension(OLD))
}

fn scrub(source: Source<'_>, name: &Path) -> Result<()> {
    let storage = source.storage;
    let file = source.open(name)?;
    let length = storage.len(&file).map_err(io("measure", name))?;
    storage.reserve(&file, 0, length).map_err(io("overwrite", name))?;
    storage.sync_data(&file).map_err(io("sync", name))?;
    unname(source, name)
}

fn unname(source: Source<'_>, name: &Path) -> Result<()> {
    source.storage.remove(&source.dir.join(name)).map_err(io("remove", name))?;
    sync_dir(source, folder(name))
}

/// Ends what a crash left half done in a folder: a file that was replaced is overwritten and removed,
/// one that was never named too.
pub(super) fn recover(source: Source<'_>, folder: &Path) -> Result<()> {
    let names = source.storage.list(&source.dir.join(folder)).map_err(io("list", folder))?;
    let left: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    let ends = |name: &Path, end: &str| name.extension().is_some_and(|found| found == end);
    for old in left.iter().filter(|name| ends(name, OLD)) {
        if is_current(source, old)? {
            unname(source, old)?;
        } else {
            scrub(source, old)?;
        }
    }
    left.iter().filter(|name| ends(name, NEW)).try_for_each(|new| scrub(source, new))
}

/// Whether a second name is still that of the file itself: it has not been replaced yet.
fn is_current(source: Source<'_>, old: &Path) -> Result<bool> {
    let name = old.with_extension("");
    match source.storage.open(&source.dir.join(&name), false) {
        Ok(file) => Ok(identity(&file, &name)? == identity(&source.open(old)?, old)?),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(fault(&name, 0, None, Damage::Missing).into()),
        Err(e) => Err(io("open", &name)(e)),
    }
}
