//! The faulty twin, for tests: real files whose n-th operation of a kind fails, and which remember
//! every operation that was asked of them.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{RealFiles, Storage};

/// A kind of operation of [`Storage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the method of Storage of that name")]
pub enum Kind {
    Open,
    Create,
    ReadAt,
    WriteAt,
    Reserve,
    SyncData,
    SyncAll,
    SyncDir,
    Rename,
    Link,
    Remove,
    List,
    Len,
    SetLen,
    Mkdir,
    Lock,
}

/// What happens to an operation that is told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is not done, and fails.
    Lost,
    /// It is done, and reported as failed.
    DoneButFailed,
    /// What it read differs in one bit (reads only).
    Flipped,
}

/// One failure to come.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// Which kind of operation; `None` counts operations of every kind.
    pub kind: Option<Kind>,
    /// Which one, counted from 0 at the moment the failure is scripted.
    pub nth: usize,
    /// Whether it is done.
    pub mode: Mode,
    /// Error number the caller gets, such as 5 (EIO) or 28 (ENOSPC).
    pub errno: i32,
}

#[derive(Debug, Default)]
struct Script {
    trace: Vec<Kind>,
    failures: Vec<(usize, Failure)>,
    struck: usize,
}

/// Real files that fail on command. For tests; thread-safe, shared by `Arc`.
#[derive(Debug, Default)]
pub struct FaultyFiles {
    script: Mutex<Script>,
}

impl FaultyFiles {
    /// Files that do not fail yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Scripts a failure, counted from now.
    pub fn fail(&self, failure: Failure) {
        let mut script = self.script();
        let from = script.trace.len();
        script.failures.push((from, failure));
    }

    /// Forgets the failures to come.
    pub fn heal(&self) {
        self.script().failures.clear();
    }

    /// Every operation asked so far, in order.
    #[must_use]
    pub fn trace(&self) -> Vec<Kind> {
        self.script().trace.clone()
    }

    /// How many failures have struck.
    #[must_use]
    pub fn struck(&self) -> usize {
        self.script().struck
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn strikes(&self, kind: Kind) -> Option<Failure> {
        let mut script = self.script();
        let place = script.failures.iter().position(|(from, failure)| {
            let since = script.trace.iter().skip(*from);
            let before = since.filter(|done| failure.kind.is_none_or(|kind| kind == **done)).count();
            failure.kind.is_none_or(|wanted| wanted == kind) && before == failure.nth
        });
        script.trace.push(kind);
        let (_, failure) = script.failures.swap_remove(place?);
        script.struck += 1;
        Some(failure)
    }

    fn run<T>(&self, kind: Kind, operation: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.strikes(kind) {
            None => operation(),
            Some(Failure { mode: Mode::DoneButFailed, errno, .. }) => {
                operation()?;
                Err(io::Error::from_raw_os_error(errno))
            }
            Some(Failure { errno, .. }) => Err(io::Error::from_raw_os_error(errno)),
        }
    }
}

impl Storage for FaultyFiles {
    fn open(&self, path: &Path, writable: bool) -> io::Result<File> {
        self.run(Kind::Open, || RealFiles.open(path, writable))
    }
    fn create(&self, path: &Path, permissions: u32) -> io::Result<File> {
        self.run(Kind::Create, || RealFiles.create(path, permissions))
    }
    fn read_at(&self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match self.strikes(Kind::ReadAt) {
            None => RealFiles.read_at(file, buffer, offset),
            Some(Failure { mode: Mode::Flipped, .. }) => {
                RealFiles.read_at(file, buffer, offset)?;
                let middle = buffer.len() / 2;
                if let Some(byte) = buffer.get_mut(middle) {
                    *byte ^= 1;
                }
                Ok(())
            }
            Some(failure) => Err(io::Error::from_raw_os_error(failure.errno)),
        }
    }
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.run(Kind::WriteAt, || RealFiles.write_at(file, bytes, offset))
    }
    fn reserve(&self, file: &File, from: u64, to: u64) -> io::Result<()> {
        self.run(Kind::Reserve, || RealFiles.reserve(file, from, to))
    }
    fn sync_data(&self, file: &File) -> io::Result<()> {
        self.run(Kind::SyncData, || RealFiles.sync_data(file))
    }
    fn sync_all(&self, file: &File) -> io::Result<()> {
        self.run(Kind::SyncAll, || RealFiles.sync_all(file))
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.run(Kind::SyncDir, || RealFiles.sync_dir(path))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.run(Kind::Rename, || RealFiles.rename(from, to))
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.run(Kind::Link, || RealFiles.link(from, to))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.run(Kind::Remove, || RealFiles.remove(path))
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.run(Kind::Remove, || RealFiles.remove_folder(path))
    }
    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        self.run(Kind::List, || RealFiles.list(path))
    }
    fn len(&self, file: &File) -> io::Result<u64> {
        self.run(Kind::Len, || RealFiles.len(file))
    }
    fn set_len(&self, file: &File, length: u64) -> io::Result<()> {
        self.run(Kind::SetLen, || RealFiles.set_len(file, length))
    }
    fn mkdir(&self, path: &Path) -> io::Result<()> {
        self.run(Kind::Mkdir, || RealFiles.mkdir(path))
    }
    fn lock(&self, path: &Path) -> io::Result<Option<File>> {
        self.run(Kind::Lock, || RealFiles.lock(path))
    }
}
