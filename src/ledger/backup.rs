//! Backup and restore: a copy of the files of truth that verifies before it gets its name, and the way
//! back into an empty place (FORMAT section 3, "Backup").

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::log::backup::{self, BACKUP, Copying, RESTORED};
use crate::log::{self, Reader, RealFiles, Seen, Storage, Vkey};
use crate::verify::{self, CheckName, FirstBad, Report, Verdict};

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
    #[error("{}: the copy does not verify: {}: {}", from.display(), bad.file, bad.detail)]
    Damaged {
        /// What was copied.
        from: PathBuf,
        /// The first thing that is bad.
        bad: FirstBad,
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
/// every check, before it is there.
///
/// # Errors
/// [`CopyError`]; then nothing is there.
pub fn backup(dir: &Path, to: &Path) -> Result<Copied, CopyError> {
    let vkeys = Reader::open(dir)?.vkeys().to_vec();
    let mut copying = Copying::begin(&RealFiles, dir, to)?;
    let mut rounds = 0..ROUNDS;
    let (mut size, mut details);
    loop {
        size = copying.log()?;
        details = copying.details()?;
        let quick = verify::Options { no_rules: true, no_signatures: true, ..verify::Options::default() };
        let lacks = |report: &Report| {
            report.check(CheckName::Details).is_some_and(|check| check.result == Verdict::Failed)
        };
        // an erasure is there before the entry that says so stands below `head`
        let again = details_can_lack(dir) && lacks(&verify::directory(copying.part(), &quick)?);
        if !again || rounds.next().is_none() || !grows(&copying, size)? {
            break;
        }
    }
    copying.access()?;
    copying.file(tokens::FILE)?;
    let checkpoint = checked(&copying, dir, &vkeys)?;
    copying.end(Some(BACKUP))?;
    Ok(Copied { size, details, checkpoint })
}

/// Puts a backup into a place where nothing is. It is verified before and after. Without the keys of its
/// details it is restored only where `without_details` says that they are given up.
///
/// What is `shown` must not be newer. It is marked as restored, and not written before the newest
/// checkpoint is shown to it: here, if `shown` has one that is as new as the backup.
///
/// # Errors
/// [`CopyError`]; then nothing is there.
pub fn restore(from: &Path, to: &Path, shown: &[Seen], without_details: bool) -> Result<Copied, CopyError> {
    if !backup::is_backup(from) {
        return Err(CopyError::NoBackup { from: from.to_owned() });
    }
    let with_keys = backup::has_keys(from);
    if !with_keys && !without_details {
        return Err(CopyError::NoKeys { from: from.to_owned() });
    }
    let mut copying = Copying::begin(&RealFiles, from, to)?;
    // damage is named where it stands; what lacks its key is no damage here
    sound(&verify::directory(from, &verify::Options::default())?, from, !with_keys)?;
    let reader = Reader::open(from)?;
    let extended = |seen: &Seen| seen.extended(reader.origin(), reader.vkeys(), &reader.tree());
    let newest = shown.iter().map(extended).collect::<Result<Vec<_>, _>>()?.into_iter().max();
    let size = copying.log()?;
    copying.details_back(with_keys)?;
    copying.access()?;
    copying.file(tokens::FILE)?;
    let report = verify::directory(copying.part(), &verify::Options::default())?;
    sound(&report, from, !with_keys)?;
    let checkpoint = reader.checkpoint();
    let files: Arc<dyn Storage> = Arc::new(RealFiles);
    let details = log::details::Reader::open(files, copying.part())?.count();
    copying.end((newest != Some(size)).then_some(RESTORED))?;
    Ok(Copied { size, details, checkpoint })
}

/// Whether details are kept at all.
fn details_can_lack(dir: &Path) -> bool {
    dir.join("details").is_dir()
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

/// Verifies a copy with every check; its checkpoint.
fn checked(copying: &Copying<'_>, from: &Path, vkeys: &[Vkey]) -> Result<String, CopyError> {
    let options = verify::Options { vkeys: vkeys.to_vec(), ..verify::Options::default() };
    sound(&verify::directory(copying.part(), &options)?, from, false)?;
    Ok(Reader::open(copying.part())?.checkpoint())
}

/// Whether a report finds nothing bad; or nothing but details that are not there.
fn sound(report: &Report, from: &Path, without_details: bool) -> Result<(), CopyError> {
    let failed = |name: CheckName| {
        report.checks.iter().any(|check| check.check == name && check.result == Verdict::Failed)
    };
    let others = report.checks.iter().filter(|check| check.result == Verdict::Failed).count();
    if report.is_intact() || (without_details && others == 1 && failed(CheckName::Details)) {
        return Ok(());
    }
    let none = || FirstBad {
        seq: None,
        file: "ledger.toml".to_owned(),
        check: CheckName::Entries,
        detail: "a check failed".to_owned(),
    };
    Err(CopyError::Damaged { from: from.to_owned(), bad: report.first_bad.clone().unwrap_or_else(none) })
}
