//! What witnesses gave a ledger: notes in a folder of its directory, each its checkpoint with the line
//! of one witness, and the one that was published last with all of them (docs/FORMAT.md, section 3).
//! Derived: a lost file is asked for again.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The folder.
pub const FOLDER: &str = "cosigned";
/// The file of the checkpoint that met the quorum last; every other is named by a witness's hash.
pub const PUBLISHED: &str = "published";
/// Longest note that is looked at, in bytes; one with all lines of 64 witnesses is shorter.
const NOTE_BYTES_MAX: u64 = 64 << 10;

/// The notes kept in a data directory, each with its file, relative to the directory, in their order.
/// A file that is no text is given as an empty one: that it is damaged is for its reader to say.
///
/// # Errors
/// What keeps the folder from being read; one that is not there holds none.
pub fn notes(dir: &Path) -> io::Result<Vec<(String, String)>> {
    let folder = match std::fs::read_dir(dir.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        found => found?,
    };
    let mut notes = Vec::new();
    for file in folder {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        if is_note(&name)
            && let Some(text) = read(&file.path())?
        {
            notes.push((format!("{FOLDER}/{name}"), text));
        }
    }
    notes.sort_unstable();
    Ok(notes)
}

/// The note that was published last.
///
/// # Errors
/// What keeps the file from being read; `None` where there is none.
pub fn published(dir: &Path) -> io::Result<Option<String>> {
    read(&dir.join(FOLDER).join(PUBLISHED))
}

/// Names that are given to whole files.
fn is_note(name: &str) -> bool {
    name == PUBLISHED || name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

/// `None` when it is gone meanwhile.
fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut bytes = Vec::new();
    file.take(NOTE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8(bytes).unwrap_or_default()))
}
