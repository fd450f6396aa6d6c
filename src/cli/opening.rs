//! Opening a ledger to write into it: what it signed before is asked for first, wherever it was kept.

use std::path::Path;

use crate::ledger::{self, Ledger};
use crate::log::{Reader, Seen};
use crate::peer::cosign::newest_heads;

use super::settings::Settings;
use super::{Error, Result};

/// How settings have a directory opened.
pub(super) fn config(settings: &Settings, dir: &Path) -> Result<ledger::Config> {
    Ok(ledger::Config { seen: seen(dir)?, ..anchored(settings, dir)? })
}

/// Refuses a directory that may not be written, beside a server of it, too. Witnesses are not asked: one
/// may have what the server signed a moment ago, and `head` does not cover yet.
pub(super) fn may_write(settings: &Settings, dir: &Path) -> Result<()> {
    Ok(ledger::may_write(dir, &anchored(settings, dir)?)?)
}

fn anchored(settings: &Settings, dir: &Path) -> Result<ledger::Config> {
    let anchor = settings.anchor.clone();
    if let Some(anchor) = &anchor {
        outside(anchor, dir)?;
    }
    Ok(ledger::Config { anchor, ..ledger::Config::default() })
}

/// The newest checkpoints that the ledger's witnesses have, and those they gave before. A directory that
/// cannot be read says so when it is opened; a witness that is away is not waited for.
fn seen(dir: &Path) -> Result<Vec<Seen>> {
    Reader::open(dir).map_or(Ok(Vec::new()), |reader| Ok(newest_heads(dir, &reader)?))
}

/// An anchor inside the directory would be rolled back with it.
fn outside(anchor: &Path, dir: &Path) -> Result<()> {
    if is_inside(anchor, dir)? {
        let hint = "best on another disk or machine, where a restored copy of the directory does not reach";
        return Err(Error::hinted("anchor", "it lies inside the data directory", hint));
    }
    Ok(())
}

/// Whether a path, whose folder must be there, lies inside a directory.
pub(super) fn is_inside(path: &Path, dir: &Path) -> Result<bool> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = parent.canonicalize().map_err(Error::file(parent))?;
    Ok(dir.canonicalize().is_ok_and(|dir| folder.starts_with(dir)))
}

/// Opens the ledger.
pub(super) fn open(settings: &Settings, dir: &Path) -> Result<Ledger> {
    Ok(Ledger::open(dir, &config(settings, dir)?)?.0)
}
