//! Backup and restore: a copy of the files of truth that verifies before it gets its name, and the way
//! back into an empty place (FORMAT section 3, "Backup").

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::log::backup::{self, BACKUP, Copying, RESTORED};
use crate::log::{self, Reader, RealFiles, Seen, Storage};
use crate::verify::{self, CheckName, Report, Verdict};

use super::tokens;

/// Times a backup is looked at again for an erasure that `head` does not cover yet.
const ROUNDS: usize = 40;
/// How long it waits in between: `head` follows within a second.
const WAIT: Duration = Duration::from_millis(100);
/// Times it looks for a newer `head`.
const LOOKS: usize = 25;

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Entries.
    pub size: u64,
    /// Details that are in the copy.
    pub details: u64,
    /// The checkpoint it goes up to, as a signed note.
    pub checkpoint: String,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Files could not be read or written.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The copy does not verify: what it was made of is damaged.
    #[error("{}: the copy does not verify: {said}", from.display())]
    Damaged {
        /// What was copied.
        from: PathBuf,
        /// The first thing that is bad.
        said: String,
    },
    /// Details are not there, and nobody erased them.
    #[error("{}: details are lost: {said}", from.display())]
    Lost {
        /// What was copied.
        from: PathBuf,
        /// The first of them.
        said: String,
    },
    /// What is to be restored is none of `backup`'s copies, or one that was not completed.
    #[error("{} is no complete backup", from.display())]
    NoBackup {
        /// What was named.
        from: PathBuf,
    },
    /// The keys of the details are not with the backup.
    #[error("{} has details and not their keys", from.display())]
    NoKeys {
        /// The backup.
        from: PathBuf,
    },
}

/// Copies a ledger, beside its server or without one, into a place where nothing is. It is verified,
/// every check, before it is there. Where the ledger lacks details that nobody erased, there is a copy of
/// what it has only if that is `lost` by consent.
///
/// # Errors
/// [`CopyError`]; then nothing is there.
pub fn backup(dir: &Path, to: &Path, lost: bool) -> Result<Copied, CopyError> {
    let options =
        verify::Options { vkeys: Reader::open(dir)?.vkeys().to_vec(), ..verify::Options::default() };
    let mut copying = Copying::begin(&RealFiles, dir, to)?;
    let mut rounds = 0..ROUNDS;
    let (size, details, report) = loop {
        let size = copying.log()?;
        let details = copying.details()?;
        copying.access()?;
        copying.file(tokens::FILE)?;
        let report = verify::directory(copying.part(), &options)?;
        // what was erased meanwhile is gone before the entry that says so stands below `head`
        let again = lacks_details(&report) && rounds.next().is_some() && grows(&copying, size)?;
        if !again {
            break (size, details, report);
        }
    };
    sound(&report, dir, lost)?;
    let checkpoint = Reader::open(copying.part())?.checkpoint();
    copying.end(Some(BACKUP))?;
    Ok(Copied { size, details, checkpoint })
}

/// Puts a backup into a place where nothing is. It is verified before and after. Without the keys of its
/// details, or some of these, it is restored only where they are `lost` by consent.
///
/// What is `shown` must not be newer. It is marked as restored, and not written before the newest
/// checkpoint is shown to it: here, if `shown` has one that is as new as the backup.
///
/// # Errors
/// [`CopyError`]; then nothing is there.
pub fn restore(from: &Path, to: &Path, shown: &[Seen], lost: bool) -> Result<Copied, CopyError> {
    if !backup::is_backup(from) || backup::is_part(from) {
        return Err(CopyError::NoBackup { from: from.to_owned() });
    }
    let with_keys = backup::has_keys(from);
    if !with_keys && !lost {
        return Err(CopyError::NoKeys { from: from.to_owned() });
    }
    let mut copying = Copying::begin(&RealFiles, from, to)?;
    // damage is named where it stands
    sound(&verify::directory(from, &verify::Options::default())?, from, lost)?;
    let reader = Reader::open(from)?;
    let extended = |seen: &Seen| seen.extended(reader.origin(), reader.vkeys(), &reader.tree());
    let newest = shown.iter().map(extended).collect::<Result<Vec<_>, _>>()?.into_iter().max();
    let size = copying.log()?;
    copying.details_back(with_keys)?;
    copying.access()?;
    copying.file(tokens::FILE)?;
    sound(&verify::directory(copying.part(), &verify::Options::default())?, from, lost)?;
    let checkpoint = reader.checkpoint();
    let files: Arc<dyn Storage> = Arc::new(RealFiles);
    let details = log::details::Reader::open(files, copying.part())?.count();
    copying.end((newest != Some(size)).then_some(RESTORED))?;
    Ok(Copied { size, details, checkpoint })
}

/// Waits until `head` covers more.
fn grows(copying: &Copying<'_>, size: u64) -> Result<bool, log::Error> {
    for _ in 0..LOOKS {
        std::thread::sleep(WAIT);
        if copying.covered()? > size {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether all that is bad is that details are not there.
fn lacks_details(report: &Report) -> bool {
    let mut failed = report.checks.iter().filter(|check| check.result == Verdict::Failed).peekable();
    failed.peek().is_some() && failed.all(|check| check.check == CheckName::Details)
}

/// Whether a report finds nothing bad; or nothing but details that are not there, where they are lost by
/// consent.
fn sound(report: &Report, from: &Path, lost: bool) -> Result<(), CopyError> {
    if report.is_intact() || (lost && lacks_details(report)) {
        return Ok(());
    }
    let (from, bad) = (from.to_owned(), report.first_bad.as_ref());
    let said = bad.map_or_else(String::new, |bad| format!("{}: {}", bad.file, bad.detail));
    Err(if lacks_details(report) {
        CopyError::Lost { from, said }
    } else {
        CopyError::Damaged { from, said }
    })
}
