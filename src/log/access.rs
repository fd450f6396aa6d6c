//! The access log: who read details, and who was refused (API section 2). It is the operator's own
//! record and no truth of the ledger; each line carries the hash of the one before it, so that a line
//! changed or taken out between two others shows.
//!
//! What FORMAT leaves open: `access/log` holds one JSON object a line, `{"n","at","prev",..}`; `n`
//! counts from 0, `prev` is BLAKE3.derive_key("estafet 2026-11 access v1", line before, without its
//! end), of an empty line before the first.

#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Instant, Seq, TokenId};

use super::error::{Damage, Error, Fault, Result};
use super::link::Link;
use super::slots::Stop;
use super::source::{Source, fault, io, no_space};
use super::storage::Storage;

/// Folder of the log.
const ACCESS: &str = "access";
/// The log.
const FILE: &str = "access/log";
/// Only its operator reads it.
const PERMISSIONS: u32 = 0o600;
/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Details were shown.
    Read,
    /// Something was not shown or not done.
    Refused,
}

/// Details of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// The entry.
    pub seq: Seq,
    /// Their names.
    pub fields: Vec<String>,
}

/// One access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub at: Instant,
    /// What came of it.
    pub what: What,
    /// Under which token.
    pub token: TokenId,
    /// Its role.
    pub role: Role,
    /// Its agency.
    pub agency: Option<AgencyId>,
    /// Path of the request.
    pub path: String,
    /// The request's id.
    pub request_id: String,
    /// Why, as the reader says.
    pub cause: Option<String>,
    /// Code of the refusal.
    pub code: Option<String>,
    /// The details.
    pub details: Vec<Fields>,
}

/// A record in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number, from 0.
    pub n: u64,
    /// Hash of the line before.
    pub prev: String,
    /// What was recorded.
    #[serde(flatten)]
    pub record: Record,
}

/// Where the log ends.
#[derive(Debug)]
struct End {
    /// Absent before the first line.
    file: Option<File>,
    /// In bytes.
    at: u64,
    n: u64,
    prev: Link,
}

/// The writer. The caller holds the lock of the data directory.
pub struct Access {
    storage: Arc<dyn Storage>,
    dir: PathBuf,
    /// Guarded: written by every reader of details.
    end: Mutex<End>,
    stop: Stop,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Access {
    /// Opens the log for writing behind its last whole line; a torn one was never answered for.
    ///
    /// # Errors
    /// [`super::Error::Io`]. A line that does not continue the one before it is reported by `verify`.
    pub fn open(storage: Arc<dyn Storage>, dir: &Path) -> Result<Self> {
        let source = Source { storage: &*storage, dir, writable: true };
        let file = opened(source)?;
        let mut end = End { file: None, at: 0, n: 0, prev: Link::of_access(b"") };
        if let Some(file) = file {
            scan(source, &file, &mut |_, bytes| {
                (end.at, end.n) = (end.at + bytes.len() as u64 + 1, end.n + 1);
                end.prev = Link::of_access(bytes);
                true
            })?;
            storage.set_len(&file, end.at).map_err(io("cut", Path::new(FILE)))?;
            end.file = Some(file);
        }
        Ok(Self { storage, dir: dir.to_owned(), end: Mutex::new(end), stop: Stop::default() })
    }

    /// Records an access; durably, where details are to be shown: they are not shown unless this
    /// succeeds.
    ///
    /// # Errors
    /// [`super::Error::Full`] when there is no space, and it may be tried again;
    /// [`super::Error::Stopped`]; any other error stops the log for good.
    pub fn record(&self, record: Record, durably: bool) -> Result<()> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        self.stop.check()?;
        match self.write(&mut end, record, durably) {
            Err(full @ Error::Full { .. }) => {
                // nothing of the line may stay
                let cut = end.file.as_ref().map_or(Ok(()), |file| self.storage.set_len(file, end.at));
                self.stop.guard(cut.map_err(io("cut", Path::new(FILE))))?;
                Err(full)
            }
            other => self.stop.guard(other),
        }
    }

    fn write(&self, end: &mut End, record: Record, durably: bool) -> Result<()> {
        let (name, storage) = (Path::new(FILE), &*self.storage);
        let mut bytes = Vec::new();
        let line = Line { n: end.n, prev: end.prev.to_string(), record };
        serde_json::to_writer(&mut bytes, &line).map_err(|error| io("encode", name)(error.into()))?;
        let link = Link::of_access(&bytes);
        bytes.push(b'\n');
        if end.file.is_none() {
            let folder = self.dir.join(ACCESS);
            storage.mkdir(&folder).map_err(io("create", Path::new(ACCESS)))?;
            end.file = Some(storage.create(&self.dir.join(name), PERMISSIONS).map_err(io("create", name))?);
            storage.sync_dir(&folder).map_err(io("sync", Path::new(ACCESS)))?;
            storage.sync_dir(&self.dir).map_err(io("sync", Path::new("")))?;
        }
        if let Some(file) = &end.file {
            let full = no_space(bytes.len() as u64, "write", name);
            storage.write_at(file, &bytes, end.at).map_err(full)?;
            if durably {
                storage.sync_data(file).map_err(io("sync", name))?;
            }
        }
        (end.at, end.n, end.prev) = (end.at + bytes.len() as u64, end.n + 1, link);
        Ok(())
    }

    /// The records after a number, at most so many.
    ///
    /// # Errors
    /// [`super::Error::Io`], [`super::Error::Corrupt`] for a line that is none.
    pub fn page(&self, after: Option<u64>, limit: usize) -> Result<Vec<Line>> {
        let source = Source { storage: &*self.storage, dir: &self.dir, writable: false };
        let Some(file) = opened(source)? else { return Ok(Vec::new()) };
        let (first, mut n, mut page) = (after.map_or(0, |after| after.saturating_add(1)), 0, Vec::new());
        let mut bad = None;
        scan(source, &file, &mut |offset, bytes| {
            if n >= first {
                match serde_json::from_slice(bytes) {
                    Ok(line) => page.push(line),
                    Err(_) => bad = Some(offset),
                }
            }
            n += 1;
            bad.is_none() && page.len() < limit
        })?;
        match bad {
            None => Ok(page),
            Some(offset) => Err(broken(offset).into()),
        }
    }
}

/// What is found of an access log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Lines that continue one another.
    pub lines: u64,
    /// The first that does not.
    pub fault: Option<Fault>,
}

/// Checks that each line of the log continues the one before it. A torn line at the end was never
/// answered for, and is no fault.
///
/// # Errors
/// [`super::Error::Io`].
pub fn check(storage: &dyn Storage, dir: &Path) -> Result<Checked> {
    let source = Source { storage, dir, writable: false };
    let mut checked = Checked::default();
    let Some(file) = opened(source)? else { return Ok(checked) };
    let mut prev = Link::of_access(b"");
    scan(source, &file, &mut |offset, bytes| {
        let line: Option<Line> = serde_json::from_slice(bytes).ok();
        if line.is_some_and(|line| line.n == checked.lines && line.prev == prev.to_string()) {
            prev = Link::of_access(bytes);
            checked.lines += 1;
        } else {
            checked.fault = Some(broken(offset));
        }
        checked.fault.is_none()
    })?;
    Ok(checked)
}

/// Copies the log into another directory, up to its last whole line.
pub(super) fn copy(storage: &dyn Storage, from: &Path, to: &Path) -> Result<()> {
    let (source, name) = (Source { storage, dir: from, writable: false }, Path::new(FILE));
    let Some(file) = opened(source)? else { return Ok(()) };
    storage.mkdir(&to.join(ACCESS)).map_err(io("make", Path::new(ACCESS)))?;
    let into = storage.create(&to.join(name), PERMISSIONS).map_err(io("create", name))?;
    let (mut at, mut failed) = (0, Ok(()));
    scan(source, &file, &mut |_, line| {
        let line = [line, b"\n"].concat();
        failed = storage.write_at(&into, &line, at).map_err(io("write", name));
        at += line.len() as u64;
        failed.is_ok()
    })?;
    failed?;
    storage.sync_all(&into).map_err(io("sync", name))?;
    storage.sync_dir(&to.join(ACCESS)).map_err(io("sync", Path::new(ACCESS)))
}

fn broken(offset: u64) -> Fault {
    fault(Path::new(FILE), offset, None, Damage::Access)
}

fn opened(source: Source<'_>) -> Result<Option<File>> {
    let name = Path::new(FILE);
    match source.storage.open(&source.dir.join(name), source.writable) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io("open", name)(error)),
    }
}

/// Hands on each whole line with its offset, until told to stop.
fn scan(source: Source<'_>, file: &File, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<()> {
    let name = Path::new(FILE);
    let length = source.storage.len(file).map_err(io("measure", name))?;
    let (mut read, mut line, mut begin) = (0, Vec::new(), 0);
    while read < length {
        let mut piece = vec![0; usize::try_from(length - read).map_or(CHUNK, |left| left.min(CHUNK))];
        match source.storage.read_at(file, &mut piece, read) {
            // a torn line was cut meanwhile
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            other => other.map_err(io("read", name))?,
        }
        read += piece.len() as u64;
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            line.extend_from_slice(part);
            if line.pop_if(|last| *last == b'\n').is_some() {
                let next = begin + line.len() as u64 + 1;
                if !each(begin, &line) {
                    return Ok(());
                }
                begin = next;
                line.clear();
            }
        }
    }
    Ok(())
}
