//! Files that commands write for their users: keys and signed statements, never the ledger's own.

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

/// A file that takes another's place only when it is complete.
#[derive(Debug)]
pub(super) struct Replacing {
    to: BufWriter<File>,
    new: PathBuf,
    path: PathBuf,
}

impl Replacing {
    /// Begins beside the file.
    pub(super) fn begin(path: &Path) -> io::Result<Self> {
        let mut new = path.as_os_str().to_owned();
        new.push(".tmp");
        let new = PathBuf::from(new);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        Ok(Self { to: BufWriter::with_capacity(1 << 20, file), new, path: path.to_owned() })
    }

    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.to.write_all(line)?;
        self.to.write_all(b"\n")
    }

    /// Makes it durable, then puts it in the other's place.
    pub(super) fn end(self) -> io::Result<()> {
        let file = self.to.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(&self.new, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}
