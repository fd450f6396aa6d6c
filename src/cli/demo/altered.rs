//! A copy of a directory in which one bit of one entry is another: what an auditor must find.

use std::fs;
use std::path::Path;

use crate::log::Reader;

use super::super::{Error, Result, file};

/// Copies the directory and flips a bit in the middle of an entry.
pub(super) fn copy(from: &Path, to: &Path, seq: crate::domain::Seq) -> Result<()> {
    let entry = Reader::open(from)?.entry(seq)?;
    folder(from, to, &entry)
}

fn folder(from: &Path, to: &Path, entry: &[u8]) -> Result<()> {
    fs::create_dir_all(to).map_err(Error::file(to))?;
    for item in fs::read_dir(from).map_err(Error::file(from))? {
        let item = item.map_err(Error::file(from))?;
        let (path, copy) = (item.path(), to.join(item.file_name()));
        if path.is_dir() {
            folder(&path, &copy, entry)?;
            continue;
        }
        let mut bytes = fs::read(&path).map_err(Error::file(&path))?;
        if let Some(at) = bytes.windows(entry.len()).position(|there| there == entry)
            && let Some(byte) = bytes.get_mut(at + entry.len() / 2)
        {
            *byte ^= 1;
        }
        file::create(&copy, &bytes).map_err(Error::file(&copy))?;
    }
    Ok(())
}
