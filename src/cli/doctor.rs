//! `doctor DIR`: looks a data directory over, changes nothing, and says what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::domain::Seq;
use crate::ledger::Tokens;
use crate::log::{Reader, RealFiles, Storage, backup};
use crate::views::{self, Deep, Offline};

use super::arguments::{self, Doctor};
use super::output::Output;
use super::question::now;
use super::settings::Settings;
use super::text::plain;
use super::{Error, OK, Result};

/// Below this, the next segments may not find room.
const DISK_LOW_BYTES: u64 = 1 << 30;
/// How far the newest entry may lie ahead of the clock before statements wait (FORMAT section 2).
const AHEAD_MICROS: i64 = 2_000_000;
/// Exit code where the views that are kept are not what the log says: corruption.
const DIFFERS: u8 = 7;

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    result: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, result: "ok", detail: detail.into(), hint: None }
    }
    fn warn(check: &'static str, detail: impl Into<String>, hint: &str) -> Self {
        Self { check, result: "warn", detail: detail.into(), hint: Some(hint.to_owned()) }
    }
}

pub(super) fn run(arguments: &Doctor, settings: &Settings, output: &mut Output) -> Result<u8> {
    let given = arguments::Data { data: arguments.dir.clone() };
    let dir = settings.data(&given)?;
    fs::read_dir(&dir).map_err(Error::file(&dir))?;
    let (findings, exit) = look(&dir, arguments.deep);
    if output.json {
        output.value(&findings)?;
        return Ok(exit);
    }
    for Finding { check, result, detail, hint } in &findings {
        output.line(&plain(&format!("{check:<10} {result:<5} {detail}")))?;
        if let Some(hint) = hint {
            output.line(&plain(&format!("{:<10} hint: {hint}", "")))?;
        }
    }
    Ok(exit)
}

/// What is found, and the exit code of the worst of it.
fn look(dir: &Path, deep: bool) -> (Vec<Finding>, u8) {
    let mut findings = vec![space(dir), in_use(dir), secrets(dir), tokens(dir)];
    findings.extend(copied(dir));
    let offline = match Offline::open(dir) {
        Ok(offline) => offline,
        Err(error) => {
            let error = Error::from(error);
            let (detail, hint) = (error.to_string(), error.hint());
            findings.push(Finding { check: "log", result: "bad", detail, hint });
            return (findings, error.exit());
        }
    };
    findings.push(log(offline.reader()));
    findings.push(clock(offline.reader()));
    findings.push(derived(dir));
    if deep {
        let (finding, exit) = folded_anew(dir, &offline);
        findings.push(finding);
        return (findings, exit);
    }
    (findings, OK)
}

/// The views that are kept, held against the whole log.
fn folded_anew(dir: &Path, offline: &Offline) -> (Finding, u8) {
    let again = "nothing to do: the views are built again from the log when the ledger opens";
    match views::deep(dir, offline.reader()) {
        Ok(Deep::Equal { size, objects }) => {
            let said = format!(
                "{objects} objects at entry {size}: those kept, those loaded and the log folded anew have one sum"
            );
            (Finding::ok("deep", said), OK)
        }
        Ok(Deep::None) => (Finding::ok("deep", "no views are kept; the log could be folded"), OK),
        Ok(Deep::Unfit { why }) => (Finding::warn("deep", why, again), OK),
        Ok(Deep::Differs { size, key }) => {
            let said = format!(
                "the views at entry {size} are not what the log says, first in {key}; both fit the key"
            );
            let hint =
                "stop the ledger, keep a copy of the directory, remove views/, start it, and report this";
            (Finding { check: "deep", result: "bad", detail: said, hint: Some(hint.to_owned()) }, DIFFERS)
        }
        Err(error) => {
            let error = Error::from(error);
            let (detail, hint) = (error.to_string(), error.hint());
            (Finding { check: "deep", result: "bad", detail, hint }, error.exit())
        }
    }
}

fn log(reader: &Reader) -> Finding {
    let committed = reader.committed();
    let said = format!("{} holds {} entries, root {}", reader.origin(), committed.size, committed.root);
    Finding {
        hint: Some("this looked at head only; `estafet verify` reads every byte".to_owned()),
        ..Finding::ok("log", said)
    }
}

fn clock(reader: &Reader) -> Finding {
    let newest = reader.size().checked_sub(1).and_then(|last| reader.at(Seq(last)).ok()).unwrap_or_default();
    if newest.micros > now().micros + AHEAD_MICROS {
        let hint = "set the clock of this machine; statements wait until it has caught up";
        return Finding::warn(
            "clock",
            format!("the newest entry is of {newest}, after this machine's clock"),
            hint,
        );
    }
    Finding::ok("clock", format!("the newest entry is of {newest}"))
}

fn space(dir: &Path) -> Finding {
    match rustix::fs::statvfs(dir) {
        Ok(space) => {
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            let said = format!("{} MiB free", free >> 20);
            if free < DISK_LOW_BYTES {
                Finding::warn(
                    "disk",
                    said,
                    "make room: without it statements are answered 507 and nothing is lost",
                )
            } else {
                Finding::ok("disk", said)
            }
        }
        Err(error) => {
            Finding::warn("disk", error.to_string(), "the file system does not say how much room there is")
        }
    }
}

fn in_use(dir: &Path) -> Finding {
    match RealFiles.lock(dir) {
        Ok(Some(_lock)) => Finding::ok("in use", "by nobody"),
        Ok(None) => Finding::ok("in use", "by a process that writes"),
        Err(error) => Finding::warn("in use", error.to_string(), "run as the user who owns the directory"),
    }
}

/// What a copy lacks before it may be written.
fn copied(dir: &Path) -> Option<Finding> {
    if backup::is_backup(dir) {
        let said = "this is a backup: it is never written";
        return Some(Finding::warn("copy", said, "`estafet restore` makes a ledger of it"));
    }
    let hint = "show it the newest checkpoint that anybody has: `estafet serve --seen FILE`";
    let said = "restored, and not shown the newest checkpoint since: it is not written";
    dir.join(backup::RESTORED).exists().then(|| Finding::warn("copy", said, hint))
}

fn secrets(dir: &Path) -> Finding {
    let keys = dir.join("keys");
    let open: Vec<PathBuf> = fs::read_dir(&keys)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|file| file.metadata().is_ok_and(|file| file.permissions().mode() & 0o077 != 0))
        .map(|file| file.path())
        .collect();
    match open.first() {
        None if keys.is_dir() => Finding::ok("keys", "readable by their owner only"),
        None => Finding::warn("keys", "not there", "the ledger can be read and verified, not written"),
        Some(file) => Finding::warn("keys", format!("{} is open to others", file.display()), "chmod 600 it"),
    }
}

fn tokens(dir: &Path) -> Finding {
    let tokens = Tokens::open(dir).list();
    let live = tokens.iter().filter(|token| !token.revoked).count();
    Finding::ok("tokens", format!("{live} live of {}", tokens.len()))
}

fn derived(dir: &Path) -> Finding {
    // tree/ and index/ begin with the first full tile and the first sealed segment
    let missing: Vec<_> = ["offsets", "views"].into_iter().filter(|name| !dir.join(name).exists()).collect();
    if let Some(why) = views::rebuilt(dir) {
        let hint = "nothing to do; if it comes again, look at the disk";
        Finding::warn("derived", format!("the views were built again from the log: {why}"), hint)
    } else if missing.is_empty() {
        Finding::ok("derived", "offsets and views are there")
    } else {
        Finding::warn(
            "derived",
            format!("without {}", missing.join(", ")),
            "nothing to do: built again from log/ when needed",
        )
    }
}
