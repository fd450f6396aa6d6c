//! The file operations truth is written with: the real ones, and twins that fail on command.

mod faulty;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

pub use faulty::{Failure, FaultyFiles, Kind, Mode};

/// Every operation the writer touches truth with. An implementation adds no meaning: an error means
/// that the operation may have been done, partly done or not done.
pub trait Storage: Send + Sync + 'static {
    /// Opens an existing file for reading, and for writing too where `writable`.
    ///
    /// # Errors
    /// What the system answers.
    fn open(&self, path: &Path, writable: bool) -> io::Result<File>;
    /// Creates a file, or empties it, with these permission bits.
    ///
    /// # Errors
    /// What the system answers.
    fn create(&self, path: &Path, permissions: u32) -> io::Result<File>;
    /// Fills the buffer from an offset in bytes.
    ///
    /// # Errors
    /// What the system answers; `UnexpectedEof` when the file ends before.
    fn read_at(&self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()>;
    /// Writes all bytes at an offset.
    ///
    /// # Errors
    /// What the system answers.
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Writes zeros over `from..to`, so that no later write in there needs space.
    ///
    /// # Errors
    /// What the system answers.
    fn reserve(&self, file: &File, from: u64, to: u64) -> io::Result<()>;
    /// Makes the file's bytes durable (`fdatasync`).
    ///
    /// # Errors
    /// What the system answers.
    fn sync_data(&self, file: &File) -> io::Result<()>;
    /// Makes the file's bytes and all its metadata durable (`fsync`).
    ///
    /// # Errors
    /// What the system answers.
    fn sync_all(&self, file: &File) -> io::Result<()>;
    /// Makes a directory's names durable.
    ///
    /// # Errors
    /// What the system answers.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Gives a file another name, over one that may exist.
    ///
    /// # Errors
    /// What the system answers.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name that must not exist yet.
    ///
    /// # Errors
    /// What the system answers.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// What the system answers.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder and everything in it.
    ///
    /// # Errors
    /// What the system answers.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Names in a directory, sorted; names that are not UTF-8 appear with replacement characters.
    ///
    /// # Errors
    /// What the system answers.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
    /// Length of a file, in bytes.
    ///
    /// # Errors
    /// What the system answers.
    fn len(&self, file: &File) -> io::Result<u64>;
    /// Cuts or extends a file to a length, in bytes.
    ///
    /// # Errors
    /// What the system answers.
    fn set_len(&self, file: &File, length: u64) -> io::Result<()>;
    /// Makes a directory and those above it; one that exists is fine.
    ///
    /// # Errors
    /// What the system answers.
    fn mkdir(&self, path: &Path) -> io::Result<()>;
    /// Locks a directory for this process until the file is dropped; `None` when another holds it.
    ///
    /// # Errors
    /// What the system answers.
    fn lock(&self, path: &Path) -> io::Result<Option<File>>;
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFiles;

/// Zeros are written this many bytes at a time.
static ZEROS: [u8; 65_536] = [0; 65_536];

impl Storage for RealFiles {
    fn open(&self, path: &Path, writable: bool) -> io::Result<File> {
        OpenOptions::new().read(true).write(writable).open(path)
    }

    fn create(&self, path: &Path, permissions: u32) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(permissions).open(path)
    }

    fn read_at(&self, file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        file.read_exact_at(buffer, offset)
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    fn reserve(&self, file: &File, from: u64, to: u64) -> io::Result<()> {
        let mut at = from;
        while at < to {
            let step = usize::try_from(to - at).map_or(ZEROS.len(), |left| left.min(ZEROS.len()));
            file.write_all_at(ZEROS.get(..step).unwrap_or_default(), at)?;
            at += step as u64;
        }
        Ok(())
    }

    fn sync_data(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn sync_all(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for found in fs::read_dir(path)? {
            names.push(found?.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn len(&self, file: &File) -> io::Result<u64> {
        file.metadata().map(|data| data.len())
    }

    fn set_len(&self, file: &File, length: u64) -> io::Result<()> {
        file.set_len(length)
    }

    fn mkdir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<File>> {
        let dir = File::open(path)?;
        match rustix::fs::flock(&dir, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(dir)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }
}
