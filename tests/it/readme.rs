//! The README's commands are run as they stand there, one block after the other, in a copy of what
//! a clean clone has; what it says they print is what they print.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use super::kit::{ESTAFET, root, skipped};

/// The blocks of a language in a Markdown text.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.split(&open).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// A folder as a clean clone, where building is over already.
fn clone(folder: &Path) {
    let bin = folder.join("bin");
    fs::create_dir(&bin).expect("a folder");
    let cargo = bin.join("cargo");
    // `cargo run --release -- ARGUMENTS` runs what was built; other commands have been done
    let script = format!(
        "#!/bin/sh\n[ \"$1 $2 $3\" = 'run --release --' ] || exit 0\nshift 3\nexec {ESTAFET} \"$@\"\n"
    );
    fs::write(&cargo, script).expect("written");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("made runnable");
    fs::create_dir_all(folder.join("target/release")).expect("a folder");
    symlink(ESTAFET, folder.join("target/release/estafet")).expect("a link");
    symlink(root().join("docs"), folder.join("docs")).expect("a link");
}

#[test]
fn the_quick_start_does_what_it_says() {
    if Command::new("curl").arg("--version").output().is_err() {
        return skipped("the README's commands: curl is not installed");
    }
    let Some(python) = std::env::var_os("ESTAFET_PYTHON") else {
        return skipped("the README's commands: joserfc for one of them could not be had");
    };
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let commands = blocks(&readme, "sh").concat();
    assert!(commands.contains("cargo build --release") && commands.contains("estafet verify"), "{commands}");
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let commands = commands.replace("127.0.0.1:7878", &format!("127.0.0.1:{port}"));
    // the server is started in the background: it is ended with the script
    let listen = format!("export ESTAFET_LISTEN=127.0.0.1:{port}");
    let script = format!(
        "set -euo pipefail\n{listen}\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n{commands}"
    );
    let folder = tempfile::TempDir::new().expect("a folder");
    clone(folder.path());
    let libraries = Path::new(&python).parent().expect("its folder").display();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{libraries}:{path}", folder.path().join("bin").display());
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(folder.path()).env("PATH", path).env_remove("ESTAFET_DATA");
    let done = bash.output().expect("bash runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{script}\n--\n{stdout}\n--\n{stderr}");
    let promised: Vec<_> = blocks(&readme, "text").concat().lines().map(str::to_owned).collect();
    assert!(promised.len() > 5, "the README shows what the commands print");
    for line in promised.iter().filter(|line| !line.trim().is_empty()) {
        // `..` stands for what differs from run to run
        let found = stdout.lines().any(|printed| fits(printed, line));
        assert!(found, "not printed: {line}\n--\n{stdout}\n--\n{stderr}");
    }
}

/// Whether a printed line is the one shown, where `..` stands for anything.
fn fits(printed: &str, shown: &str) -> bool {
    let mut rest = printed;
    for (n, part) in shown.split("..").enumerate() {
        match rest.find(part) {
            Some(0) => rest = &rest[part.len()..],
            Some(at) if n > 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || shown.ends_with("..")
}

#[test]
fn shown_lines_fit_only_what_was_printed() {
    assert!(fits("size 10, root abc", "size 10, root .."));
    assert!(fits("on 2024-10-20, as known at entry 9: held", "on 2024-10-20, .. held"));
    assert!(!fits("on 2024-10-20: orphan", "on 2024-10-20: held"));
    assert!(!fits("size 100", "size 10"));
}

#[test]
fn every_document_the_readme_names_is_there() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local: Vec<_> = links.filter(|link| !link.starts_with("http") && !link.starts_with('#')).collect();
    assert!(!local.is_empty());
    for link in local {
        let path = link.split('#').next().unwrap_or(link);
        assert!(root().join(path).exists(), "{link}");
    }
}
