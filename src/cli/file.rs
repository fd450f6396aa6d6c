//! Files that commands write for their users: keys, signed statements, exports; never the ledger's own.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Writes a file that was not there, for its owner alone.
///
/// # Errors
/// `AlreadyExists` where there is one: nobody's key is written over.
pub(super) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A file that takes another's place only when it is complete. Until then it stands under a name of its own,
/// which is made anew: what somebody put there is neither followed nor written into.
#[derive(Debug)]
pub(super) struct Replacing {
    to: BufWriter<File>,
    new: Unfinished,
    path: PathBuf,
}

/// A file that is removed when it is not finished.
#[derive(Debug)]
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // it has another name by now, or is nobody's
        drop(std::fs::remove_file(&self.0));
    }
}

/// How many names are tried.
const NAMES: u32 = 1000;

impl Replacing {
    /// Begins beside the file.
    pub(super) fn begin(path: &Path) -> io::Result<Self> {
        for number in 0..NAMES {
            let mut new = path.as_os_str().to_owned();
            new.push(format!(".{}-{number}.tmp", std::process::id()));
            let new = PathBuf::from(new);
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(file) => {
                    let to = BufWriter::with_capacity(1 << 20, file);
                    return Ok(Self { to, new: Unfinished(new), path: path.to_owned() });
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)
    }

    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.bytes(line)?;
        self.to.write_all(b"\n")
    }

    /// Makes it durable, then puts it in the other's place.
    pub(super) fn end(self) -> io::Result<()> {
        let file = self.to.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(&self.new.0, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// A folder of files for others to fetch. A file is there whole or not at all, and is not written over
/// by a second command meanwhile.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Holds the lock.
    handle: File,
}

impl Folder {
    /// What is not finished yet stands under this name.
    const NEW: &str = ".new";

    /// Makes the folder where it is missing.
    ///
    /// # Errors
    /// `WouldBlock` when another command writes here.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        let handle = File::open(path)?;
        rustix::fs::flock(&handle, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self { path: path.to_owned(), handle })
    }

    /// A file's bytes; `None` where there is none.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<String>> {
        match std::fs::read_to_string(self.path.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// Whether a file of that name is there.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.path.join(name).is_file()
    }

    /// Puts a file in its place. It is durable after [`Folder::settle`].
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (new, path) = (self.path.join(Self::NEW), self.path.join(name));
        // whatever stands there is nobody's: neither followed nor written into
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        File::create_new(&new)?.write_all(bytes)?;
        match std::fs::rename(&new, &path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(path.parent().unwrap_or(&self.path))?;
                std::fs::rename(&new, &path)
            }
            moved => moved,
        }
    }

    /// Waits until everything that was put here is durable.
    pub(super) fn settle(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.handle)?)
    }
}
