//! Directories that cannot be written: of another version, on a full disk, on a read-only one.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::kit::{Ledger, ORIGIN, beginning, check, run, skipped, text};

#[test]
fn a_directory_of_another_version_is_left_alone() {
    let ledger = Ledger::new();
    let dir = ledger.dir();
    let named = fs::read_to_string(dir.join("ledger.toml")).unwrap();
    fs::write(dir.join("ledger.toml"), named.replace("format = 2", "format = 3")).unwrap();
    let segment =
        fs::OpenOptions::new().read(true).write(true).open(dir.join("log/00000000000000000000.seg")).unwrap();
    let mut header = [0; 120];
    segment.read_exact_at(&mut header, 0).unwrap();
    header[8..12].copy_from_slice(&3_u32.to_le_bytes());
    segment.write_all_at(&header, 0).unwrap();
    segment.write_all_at(&crc32c::crc32c(&header).to_le_bytes(), 120).unwrap();
    for arguments in [
        &["serve", "--data", text(&dir), "--listen", "127.0.0.1:0"][..],
        &["verify", text(&dir)],
        &["who", "housing", "--data", text(&dir)],
    ] {
        let done = check(arguments, 10);
        assert!(done.stderr.contains("version 3") || done.stderr.contains("format 3"), "{}", done.stderr);
        assert!(done.stderr.lines().any(|line| line.starts_with("hint: ")), "{}", done.stderr);
    }
}

/// A file system of a few megabytes, gone when dropped.
struct Small {
    at: PathBuf,
    _folder: tempfile::TempDir,
}

fn mount(arguments: &[&str]) -> bool {
    let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet(Command::new("mount").args(arguments)).is_ok_and(|status| status.success())
}

impl Small {
    /// `None` where this user may not mount.
    fn new(mebibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_owned();
        let size = format!("size={mebibytes}m");
        mount(&["-t", "tmpfs", "-o", &size, "tmpfs", text(&at)]).then_some(Self { at, _folder: folder })
    }

    fn again(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}"), text(&self.at)]), "{options}");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.at).status();
    }
}

fn init(dir: &Path) -> String {
    check(&["init", text(dir), "--origin", ORIGIN], 0).stdout.trim().to_owned()
}

#[test]
fn a_full_disk_loses_nothing_and_is_said() {
    let Some(disk) = Small::new(12) else { return skipped("a full disk: this user may not mount one") };
    let dir = disk.at.join("data");
    let vkey = init(&dir);
    let line = |n: u32| {
        json!({"type": "instrument.recorded", "jti": format!("i {n}"),
            "data": {"ref": format!("id/test/{n}"), "status": "unverified"}})
    };
    let lines: Vec<_> = (0..40_000).map(|n| line(n).to_string()).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.jsonl");
    fs::write(&file, lines.join("\n")).unwrap();
    let import = ["import", "jsonl", text(&file), "--data", text(&dir), "--json"];
    let full = run(&import);
    assert_eq!(full.exit, 6, "{}", full.stderr);
    assert!(full.stderr.contains("error: no space"), "{}", full.stderr);
    assert!(full.stderr.contains("hint: make room"), "{}", full.stderr);
    let kept = check(&["verify", text(&dir), "--vkey", &vkey, "--json"], 0).json();
    let kept = kept["attested"].as_u64().unwrap();
    assert!(kept < 40_000, "{kept} entries");
    // room is made: what was there is there, the rest is taken
    disk.again("size=128m");
    let done = check(&import, 0).json();
    assert_eq!((&done["repeated"], &done["admitted"]), (&json!(kept), &json!(40_000 - kept)));
    check(&["verify", text(&dir), "--vkey", &vkey], 0);
}

#[test]
fn a_read_only_disk_is_read_and_not_served() {
    let Some(disk) = Small::new(32) else { return skipped("a read-only disk: this user may not mount one") };
    let dir = disk.at.join("data");
    let vkey = init(&dir);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("beginning.jsonl");
    let lines: Vec<_> = beginning().iter().map(ToString::to_string).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    check(&["import", "jsonl", text(&file), "--data", text(&dir)], 0);
    disk.again("ro");
    let served = check(&["serve", "--data", text(&dir), "--listen", "127.0.0.1:0"], 6);
    assert!(served.stderr.contains("Read-only") && served.stderr.contains("hint: look at the disk"));
    check(&["who", "housing", "--data", text(&dir)], 0);
    check(&["verify", text(&dir), "--vkey", &vkey], 0);
}
