//! Opening a ledger to write into it: what it signed before is asked for first, wherever it was kept.

use std::path::Path;

use crate::ledger::{self, Ledger};

use super::settings::Settings;
use super::{Error, Result};

/// How settings have a directory opened.
pub(super) fn config(settings: &Settings, dir: &Path) -> Result<ledger::Config> {
    let anchor = settings.anchor.clone();
    if let Some(anchor) = &anchor {
        outside(anchor, dir)?;
    }
    Ok(ledger::Config { anchor, ..ledger::Config::default() })
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
