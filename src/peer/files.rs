//! A directory of small files that must be whole: each is written aside, made durable, and then given
//! its name. A witness keeps its heads, its key and its evidence so; a ledger, what witnesses gave it; a
//! mirror, what it is of, what it was shown, and evidence.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::log::{Error, Result, Storage};

/// Ends the name of a file that is not whole yet.
const PART: &str = ".part";
/// A head with 64 lines is far below this; a longer file is none of ours.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why a file was not put.
#[derive(Debug)]
pub(super) enum NotPut {
    /// The file that has the name is as it was.
    Unchanged(io::Error),
    /// It may be the old one or the new one.
    Unknown(io::Error),
}

/// The directory.
#[derive(Clone)]
pub(super) struct Files {
    storage: Arc<dyn Storage>,
    dir: PathBuf,
}

impl Files {
    /// Makes the directory where it is missing, and takes it for this process.
    pub(super) fn lock(storage: Arc<dyn Storage>, dir: &Path) -> Result<(Self, File)> {
        storage.mkdir(dir).map_err(failed("make", dir))?;
        let lock = storage.lock(dir).map_err(failed("lock", dir))?;
        let lock = lock.ok_or_else(|| Error::InUse { dir: dir.to_owned() })?;
        Ok((Self { storage, dir: dir.to_owned() }, lock))
    }

    /// The directory, made where it is missing, of a process that has the one above for itself.
    pub(super) fn within(storage: Arc<dyn Storage>, dir: &Path) -> Result<Self> {
        storage.mkdir(dir).map_err(failed("make", dir))?;
        Ok(Self { storage, dir: dir.to_owned() })
    }

    /// Makes new folders, durable.
    pub(super) fn found(&self, folders: &[&str]) -> Result<()> {
        for name in folders {
            self.storage.mkdir(&self.dir.join(name)).map_err(failed("make", Path::new(name)))?;
        }
        self.sync("")?;
        let above = self.dir.parent().filter(|above| !above.as_os_str().is_empty());
        above.map_or(Ok(()), |above| self.storage.sync_dir(above).map_err(failed("sync", above)))
    }

    /// Makes the names in a folder durable: those that an earlier process gave, too.
    pub(super) fn sync(&self, folder: &str) -> Result<()> {
        self.storage.sync_dir(&self.dir.join(folder)).map_err(failed("sync", Path::new(folder)))
    }

    /// Names in a folder, sorted; what was left unfinished is removed. `None` when it is not there.
    pub(super) fn names(&self, folder: &str) -> Result<Option<Vec<String>>> {
        let path = self.dir.join(folder);
        let mut names = match self.storage.list(&path) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("list", Path::new(folder))(error)),
        };
        for part in names.iter().filter(|name| name.ends_with(PART)) {
            self.storage.remove(&path.join(part)).map_err(failed("remove", Path::new(part)))?;
        }
        names.retain(|name| !name.ends_with(PART));
        Ok(Some(names))
    }

    /// A file's text; `None` when there is no such file, and "" where it is no text.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>> {
        let path = Path::new(name);
        let file = match self.storage.open(&self.dir.join(name), false) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("open", path)(error)),
        };
        let length = self.storage.len(&file).map_err(failed("measure", path))?;
        let mut bytes = vec![0; usize::try_from(length.min(FILE_BYTES_MAX)).unwrap_or(0)];
        self.storage.read_at(&file, &mut bytes, 0).map_err(failed("read", path))?;
        Ok(Some(String::from_utf8(bytes).unwrap_or_default()))
    }

    /// Writes a file aside, durable, and gives it its name, durable.
    pub(super) fn put(&self, name: &str, text: &str, permissions: u32) -> std::result::Result<(), NotPut> {
        use NotPut::{Unchanged, Unknown};
        let (whole, part) = (self.dir.join(name), self.dir.join(format!("{name}{PART}")));
        let file = self.storage.create(&part, permissions).map_err(Unchanged)?;
        self.storage.write_at(&file, text.as_bytes(), 0).map_err(Unchanged)?;
        self.storage.sync_all(&file).map_err(Unknown)?;
        self.storage.rename(&part, &whole).map_err(Unknown)?;
        self.storage.sync_dir(whole.parent().unwrap_or(&self.dir)).map_err(Unknown)
    }
}

/// What the system answered to an operation.
pub(super) fn failed<'a>(op: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::Io { op, path: path.to_owned(), source }
}

impl NotPut {
    /// As an error of opening.
    pub(super) fn on(self, name: &str) -> Error {
        match self {
            Self::Unchanged(source) | Self::Unknown(source) => failed("write", Path::new(name))(source),
        }
    }
}
