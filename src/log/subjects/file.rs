//! The lines of the newest index root in the data directory, `index/subjects-<size>`: derived, and
//! believed only where an entry has recorded their root.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::tree::Hash;
use super::{Subjects, parse};

const PREFIX: &str = "subjects-";

fn path(dir: &Path, size: u64) -> PathBuf {
    dir.join("index").join(format!("{PREFIX}{size:020}"))
}

/// What is kept of this size, if it has this root.
pub(super) fn read(dir: &Path, (size, root): (u64, Hash)) -> Option<Subjects> {
    let text = fs::read_to_string(path(dir, size)).ok()?;
    let mut parts = text.split_inclusive('\n');
    let lines = std::iter::from_fn(|| {
        let line: usize = (0..3).map_while(|_| parts.next()).map(str::len).sum();
        (line > 0).then_some(line)
    });
    let mut end = 0;
    let lines = lines.map_while(|length| {
        end += length;
        parse(text.get(end - length..end)?)
    });
    Some(Subjects::sorted(size, lines)).filter(|found| found.root() == root)
}

impl Subjects {
    /// Keeps the lines in a data directory, in place of those kept before, so that the next start need
    /// not read the log for them.
    ///
    /// # Errors
    /// Those of the file system; nothing else rests on the file.
    pub fn keep(&self, dir: &Path) -> io::Result<()> {
        let kept = path(dir, self.size);
        let new = kept.with_extension("tmp");
        fs::create_dir_all(dir.join("index"))?;
        fs::write(&new, &self.lines)?;
        fs::rename(&new, &kept)?;
        for other in fs::read_dir(dir.join("index"))? {
            let other = other?;
            if other.file_name().to_string_lossy().starts_with(PREFIX) && other.path() != kept {
                fs::remove_file(other.path())?;
            }
        }
        Ok(())
    }
}
