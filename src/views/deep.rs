//! The views that are kept, held against the log: the sum kept with them, the sum of the objects in them, and the
//! sum of the objects of the log folded anew are one. `doctor --deep` asks; nothing in the directory is changed.

use std::fs;
use std::io;
use std::path::Path;

use crate::domain::State;
use crate::log;
use crate::log::sum::{Sum, SumKey};

use super::store::{Loaded, Store};
use super::{Error, FOLDER, Result, fits, fold};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deep {
    /// All three sums are equal.
    Equal {
        /// Entries up to which the views are kept.
        size: u64,
        /// Objects in them.
        objects: usize,
    },
    /// No views are kept.
    None,
    /// The views that are kept are none that a ledger would take up.
    Unfit {
        /// Why.
        why: String,
    },
    /// They bear the code of our key, and are not what the log says.
    Differs {
        /// Entries up to which the views are kept.
        size: u64,
        /// The first object that differs.
        key: String,
    },
}

/// Compares the views kept in a data directory with its log.
///
/// # Errors
/// Those of the log; [`Error::Store`] where no copy can be made in the temporary folder.
pub fn deep(dir: &Path, reader: &log::Reader) -> Result<Deep> {
    let mut state = State::default();
    let kept = dir.join(FOLDER);
    let upto = |state: &mut State, size| fold::into(state, reader, size, &mut drop);
    let unfit = |why: &str| Ok(Deep::Unfit { why: why.to_owned() });
    if !kept.exists() {
        upto(&mut state, reader.size())?;
        return Ok(Deep::None);
    }
    let Some(key) = SumKey::there(dir, reader.origin()) else {
        return unfit("there is no key of the views, so nobody can tell whose they are");
    };
    let copy = tempfile::tempdir().map_err(Error::Store)?;
    copied(&kept, copy.path()).map_err(Error::Store)?;
    let loaded = match Store::peek(copy.path(), &key) {
        Ok(Some(loaded)) => loaded,
        Ok(None) => return unfit("they are not whole, or their code does not fit"),
        Err(error) => return unfit(&format!("they cannot be read: {error}")),
    };
    if !fits(reader, reader.size(), &loaded.position)? {
        return unfit("they stand at an entry that the log does not have");
    }
    let Loaded { position, state: there, sum: stored } = loaded;
    upto(&mut state, position.size)?;
    let (live, anew) = (sum(&there, &key), sum(&state, &key));
    if stored == live && live == anew {
        return Ok(Deep::Equal { size: position.size, objects: there.keys().len() });
    }
    Ok(Deep::Differs { size: position.size, key: first_difference(&there, &state) })
}

/// The sum of all objects of a state.
fn sum(state: &State, key: &SumKey) -> Sum {
    let mut sum = Sum::default();
    for name in state.keys() {
        let object = state.object(&name).and_then(|object| object.encode().ok());
        sum.add(key, &name.encode(), &object.unwrap_or_default());
    }
    sum
}

fn first_difference(one: &State, other: &State) -> String {
    let mut keys = one.keys();
    keys.extend(other.keys());
    let differs = keys.iter().find(|key| one.object(key) != other.object(key));
    differs.map_or_else(|| "their sum alone".to_owned(), crate::domain::state::Key::text)
}

/// Copies a folder of files, and folders in it.
fn copied(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let there = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copied(&entry.path(), &there)?;
        } else {
            fs::copy(entry.path(), there)?;
        }
    }
    Ok(())
}
