//! Details in a backup: the records that can be read, their keys in a file of their own beside them, so
//! that it may have a shorter life (FORMAT section 8). What was destroyed is not copied.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::super::backup::whole;
use super::super::error::{Error, Result};
use super::super::source::{Source, io};
use super::super::storage::{RealFiles, Storage};
use super::keys::{self, COPIED, KEYS};
use super::records::{self, RECORDS};
use super::replace::PERMISSIONS;
use super::{ERASED_THROUGH, FOLDER, Kept, Reader};

/// Bytes that are gathered before they are written.
const CHUNK: usize = 1 << 20;

/// Writes what is kept of a ledger's details into a backup: slots are numbered anew, from 0. One that
/// is damaged, or goes meanwhile, is left out; verifying the backup shows it. Answers how many there are.
pub(crate) fn into_backup(storage: &dyn Storage, from: &Path, to: &Path) -> Result<u64> {
    storage.mkdir(&to.join(FOLDER)).map_err(io("make", Path::new(FOLDER)))?;
    // read before the records: what it says is done is not among them
    whole(storage, from, to, Path::new(ERASED_THROUGH))?;
    let reader = Reader::open(Arc::new(RealFiles), from)?;
    let mut places: Vec<(u64, [u8; 32])> =
        reader.shared.index().places.iter().map(|(digest, place)| (place.offset, *digest)).collect();
    places.sort_unstable();
    let (mut records, mut slots) =
        (Appending::begin(storage, to, RECORDS)?, Appending::begin(storage, to, COPIED)?);
    let mut count = 0;
    for (_, digest) in places {
        match reader.get(&digest) {
            Ok(Kept::Present(sealed)) => {
                records::encode(&sealed, count, &mut records.waiting);
                slots.waiting.extend(keys::used(&sealed.key));
                count += 1;
            }
            Ok(Kept::Erased | Kept::Absent) | Err(Error::Corrupt { .. }) => {}
            Err(error) => return Err(error),
        }
        if records.waiting.len() > CHUNK {
            records.write()?;
            slots.write()?;
        }
    }
    records.end()?;
    slots.end()?;
    storage.sync_dir(&to.join(FOLDER)).map_err(io("sync", Path::new(FOLDER)))?;
    Ok(count)
}

/// Puts the details of a backup where a ledger has them; without the keys, none.
pub(crate) fn out_of_backup(storage: &dyn Storage, from: &Path, to: &Path, with_keys: bool) -> Result<()> {
    storage.mkdir(&to.join(KEYS)).map_err(io("make", Path::new(KEYS)))?;
    whole(storage, from, to, Path::new(ERASED_THROUGH))?;
    if with_keys {
        whole(storage, from, to, Path::new(RECORDS))?;
        keys::spread(Source { storage, dir: from, writable: false }, to, storage)?;
    }
    storage.sync_dir(&to.join(FOLDER)).map_err(io("sync", Path::new(FOLDER)))
}

/// Whether the keys of a backup's details are with it; a backup without details has an empty file.
pub(crate) fn has_keys(dir: &Path) -> bool {
    dir.join(COPIED).is_file()
}

/// A file that grows.
struct Appending<'a> {
    storage: &'a dyn Storage,
    name: &'static str,
    file: File,
    at: u64,
    waiting: Vec<u8>,
}

impl<'a> Appending<'a> {
    fn begin(storage: &'a dyn Storage, dir: &Path, name: &'static str) -> Result<Self> {
        let file = storage.create(&dir.join(name), PERMISSIONS).map_err(io("create", Path::new(name)))?;
        Ok(Self { storage, name, file, at: 0, waiting: Vec::new() })
    }

    fn write(&mut self) -> Result<()> {
        let written = self.storage.write_at(&self.file, &self.waiting, self.at);
        written.map_err(io("write", Path::new(self.name)))?;
        self.at += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    fn end(mut self) -> Result<()> {
        self.write()?;
        self.storage.sync_all(&self.file).map_err(io("sync", Path::new(self.name)))
    }
}
