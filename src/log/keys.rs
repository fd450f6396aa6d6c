//! The ledger's signing keys: `keys/ledger`, and `keys/ledger.<n>` for the n-th after rotations. Every key
//! whose file is there signs, the newest first: while an old one's is, checkpoints carry both lines.

use std::path::{Path, PathBuf};

use super::error::{Error, Result};
use super::note::{Signer, Vkey};
use super::source::{KEY, Source, io};
use super::storage::Storage;
use super::writer::put;

/// Folder of the keys.
const KEYS: &str = "keys";
/// Ends the name of a key that no entry has named yet.
const NEW: &str = "new";

/// The file of the n-th key, from 1.
#[must_use]
pub fn file(number: usize) -> PathBuf {
    if number < 2 { PathBuf::from(KEY) } else { PathBuf::from(format!("{KEY}.{number}")) }
}

fn aside(number: usize) -> String {
    format!("{KEY}.{number}.{NEW}")
}

/// The keys that sign, at least one, the newest first.
#[derive(Clone, Debug)]
pub struct Signers {
    newest: Signer,
    older: Vec<Signer>,
}

impl From<Signer> for Signers {
    fn from(newest: Signer) -> Self {
        Self { newest, older: Vec::new() }
    }
}

impl Signers {
    /// The newest.
    #[must_use]
    pub fn newest(&self) -> &Signer {
        &self.newest
    }

    /// The keys to check their signatures with, the newest first.
    #[must_use]
    pub fn vkeys(&self) -> Vec<Vkey> {
        self.all().map(Signer::vkey).collect()
    }

    /// Another key signs, too, and first.
    pub(crate) fn put_first(&mut self, newest: Signer) {
        let older = std::mem::replace(&mut self.newest, newest);
        self.older.insert(0, older);
    }

    /// All, the newest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Signer> {
        std::iter::once(&self.newest).chain(&self.older)
    }

    /// The note: the text, an empty line, a signature line of each.
    pub(crate) fn sign(&self, text: &str) -> String {
        let note = self.newest.sign(text);
        self.older.iter().fold(note, |note, signer| note + &signer.line(text))
    }
}

impl Source<'_> {
    /// The keys that sign.
    pub(crate) fn signers(&self, origin: &str) -> Result<Signers> {
        let dir = Path::new(KEYS);
        let names = match self.storage.list(&self.dir.join(dir)) {
            Ok(names) => names,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(io("list", dir)(e)),
        };
        let number = |name: &String| name.strip_prefix("ledger.")?.parse::<usize>().ok();
        // one spelling of each number
        let named = |name: &String| number(name).filter(|number| file(*number) == dir.join(name));
        let mut numbers: Vec<usize> = names.iter().filter_map(named).filter(|number| *number > 1).collect();
        if names.iter().any(|name| name == "ledger") || numbers.is_empty() {
            numbers.push(1);
        }
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        let mut signers = numbers.into_iter().map(|number| self.signer(origin, &file(number)));
        let missing = Error::MissingKey { file: KEY.into() };
        let newest = signers.next().unwrap_or(Err(missing))?;
        Ok(Signers { newest, older: signers.collect::<Result<_>>()? })
    }

    /// The keys that were kept aside, for an entry to name.
    pub(crate) fn aside(&self, origin: &str) -> Result<Vec<Signer>> {
        let dir = Path::new(KEYS);
        let names = self.storage.list(&self.dir.join(dir)).map_err(io("list", dir))?;
        let aside = names.iter().filter(|name| name.ends_with(&format!(".{NEW}")));
        let read = aside.map(|name| self.signer(origin, &dir.join(name)));
        // what is no key names none
        read.filter(|read| !matches!(read, Err(Error::MissingKey { .. }))).collect()
    }

    fn signer(&self, origin: &str, file: &Path) -> Result<Signer> {
        let missing = || Error::MissingKey { file: file.to_owned() };
        let bytes = self.read(file).map_err(|e| match e {
            Error::Corrupt { .. } => missing(),
            other => other,
        })?;
        let text = std::str::from_utf8(&bytes).map_err(|_| missing())?;
        Signer::from_secret(origin, text).ok_or_else(missing)
    }
}

/// Keeps the n-th key aside, durably: it signs nothing yet.
///
/// # Errors
/// [`Error::Io`].
pub fn prepare(storage: &dyn Storage, dir: &Path, number: usize, signer: &Signer) -> Result<()> {
    put(storage, dir, &aside(number), signer.secret().as_bytes(), 0o600)
}

/// Forgets the n-th key that was kept aside: no entry will name it.
///
/// # Errors
/// [`Error::Io`].
pub fn forget(storage: &dyn Storage, dir: &Path, number: usize) -> Result<()> {
    let name = PathBuf::from(aside(number));
    storage.remove(&dir.join(&name)).map_err(io("remove", &name))
}

/// Lets the n-th key sign, if it is the one that an entry names: when the ledger is opened again.
/// Answers whether it was kept aside.
///
/// # Errors
/// [`Error::Io`].
pub fn take_up(storage: &dyn Storage, dir: &Path, number: usize, vkey: &str, origin: &str) -> Result<bool> {
    let (aside, name) = (aside(number), file(number));
    let source = Source { storage, dir, writable: true };
    match source.signer(origin, Path::new(&aside)) {
        Ok(signer) if signer.vkey().to_string() == vkey => {}
        Ok(_) | Err(Error::MissingKey { .. }) => return Ok(false),
        Err(error) => return Err(error),
    }
    storage.rename(&dir.join(&aside), &dir.join(&name)).map_err(io("rename", &name))?;
    storage.sync_dir(&dir.join(KEYS)).map_err(io("sync", Path::new(KEYS)))?;
    Ok(true)
}
