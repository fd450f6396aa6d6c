//! The witness driven by a feeder that other people wrote (tests/interop/witness.py), and its
//! cosignatures read by Go's signed notes (tests/interop/cosigned.go).

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::super::kit::{Ledger, Server, beginning, root, skipped};
use super::kit::{NAME, PATH, TestLog, Witness, request};

const SCRIPT: &str = "tests/interop/witness.py";
/// Where Debian keeps Go sources of others (golang-golang-x-mod-dev).
const GO_PATH: &str = "/usr/share/gocode";

/// What the script printed.
fn script(python: &str, arguments: &[&str]) -> String {
    let done = Command::new(python).arg(root().join(SCRIPT)).args(arguments).output().expect("it starts");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

#[test]
fn a_feeder_of_others_is_cosigned_and_refused_as_it_expects() {
    let Ok(python) = std::env::var("ESTAFET_WITNESS_PYTHON") else {
        return skipped(
            "aics-witness drives our witness: ESTAFET_WITNESS_PYTHON is set by tests/run where it can be had",
        );
    };
    let vkey = script(&python, &["vkey"]);
    let ledger = Ledger::new();
    let folder = tempfile::tempdir().expect("a folder");
    let witness = Witness::start_for(&folder.path().join("w"), &[vkey.trim(), &ledger.vkey], Some(NAME));
    let url = format!("http://{}", witness.address);
    let told = script(&python, &["drive", &url, &witness.vkey]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    println!("{told}");
    assert_eq!(told["cosigned"], 12, "{told}");
    assert_eq!(told["refused"], 8, "{told}");
    // and it feeds a ledger of ours
    assert_eq!(ledger.import(&beginning()).exit, 0);
    let server = Server::start(&ledger.dir());
    let told =
        script(&python, &["feed", &format!("http://{}", server.address), &ledger.vkey, &url, &witness.vkey]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["size"], 6, "{told}");
}

#[test]
fn evidence_of_a_fork_convinces_the_second_verifier_and_garbage_does_not() {
    let Ok(python) = std::env::var("ESTAFET_PYTHON") else {
        return skipped(
            "the second verifier on a witness's evidence: ESTAFET_PYTHON is set by tests/run where it can be had",
        );
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (log, fork) = (TestLog::new(300, 300), TestLog::new(300, 50));
    let witness = Witness::start(&folder.path().join("w"), &[&log]);
    assert_eq!(witness.add(log.request(0, 100).as_bytes()).status, 200);
    for refused in
        [fork.request(100, 200), request(100, &[], &fork.note(100)), request(100, &[], &log.note(300))]
    {
        assert_eq!(witness.add(refused.as_bytes()).status, 422);
    }
    let mut told = Vec::new();
    for file in std::fs::read_dir(folder.path().join("w/evidence")).expect("evidence").flatten() {
        let mut command = Command::new(&python);
        command.arg(root().join("docs/verify.py")).arg(file.path());
        let done = command.args(["--vkey", &log.signer.vkey().to_string()]).output().expect("Python starts");
        told.push((file.file_name().to_string_lossy().contains("-fork-"), done.status.code()));
    }
    told.sort_unstable();
    assert_eq!(told, [(false, Some(3)), (true, Some(0)), (true, Some(0))]);
}

#[test]
fn cosigned_heads_open_as_signed_notes_in_go() {
    let there = Path::new(GO_PATH).join("src/golang.org/x/mod/sumdb/note").is_dir();
    let go = Command::new("go").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !there || go.is_err() {
        return skipped(
            "Go's signed notes read our cosignatures: golang-go and golang-golang-x-mod-dev are not here",
        );
    }
    let folder = tempfile::tempdir().expect("a folder");
    let log = TestLog::new(300, 300);
    let witness = Witness::start(&folder.path().join("w"), &[&log]);
    assert_eq!(witness.add(log.request(0, 300).as_bytes()).status, 200);
    let note = witness.get(PATH).body;
    let mut command = Command::new("go");
    command.args(["run", "tests/interop/cosigned.go", &log.signer.vkey().to_string(), &witness.vkey]);
    command.env("GO111MODULE", "off").env("GOPATH", GO_PATH).env("GOFLAGS", "").current_dir(root());
    command.env("GOCACHE", folder.path().join("cache"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("go starts");
    child.stdin.take().expect("stdin").write_all(note.as_bytes()).expect("written");
    let done = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{told}");
    let expected = format!("opened with 2 signatures; {} alterations refused\n", note.len());
    assert_eq!(told, expected);
}
