//! A directory that is older than what it signed: it answers, and signs nothing.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::kit::{Ledger, ORIGIN, Server, beginning, check, estafet, text};

fn instruments(count: u64) -> Vec<Value> {
    let one = |n: u64| {
        json!({"type": "instrument.recorded", "jti": format!("i {n}"),
            "data": {"ref": format!("id/test/{n}"), "status": "unverified"}})
    };
    (0..count).map(one).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("made");
    for file in fs::read_dir(from).expect("read").flatten() {
        let (from, to) = (file.path(), to.join(file.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("copied");
        }
    }
}

/// A ledger of some entries, and an older copy of its directory.
struct Rolled {
    ledger: Ledger,
    old: PathBuf,
    /// A receipt of an entry that the copy lacks.
    receipt: PathBuf,
}

impl Rolled {
    fn new(anchor: bool) -> Self {
        let ledger = Ledger::new();
        assert_eq!(ledger.import(&beginning()).exit, 0);
        let (dir, old) = (ledger.dir(), ledger.beside("old"));
        copy(&dir, &old);
        let file = ledger.beside("more.jsonl");
        let lines: Vec<_> = instruments(3).iter().map(Value::to_string).collect();
        fs::write(&file, lines.join("\n")).expect("written");
        let mut import = estafet(&["import", "jsonl", text(&file), "--data", text(&dir)]);
        if anchor {
            import.args(["--anchor", text(&ledger.beside("anchor"))]);
        }
        assert!(import.output().expect("runs").status.success());
        let shown = check(&["show", "8", "--data", text(&dir), "--json"], 0).json();
        let receipt = ledger.beside("receipt.json");
        fs::write(&receipt, shown["receipt"].to_string()).expect("written");
        Self { ledger, old, receipt }
    }

    /// The copy answers what it holds, and records nothing.
    fn must_only_read(&self, more: &[&str]) {
        let token = self.ledger.token("recorder", Some("kemen-pu"));
        fs::copy(self.ledger.dir().join("tokens.json"), self.old.join("tokens.json")).expect("copied");
        let before = fs::read(self.old.join("head")).expect("head");
        let server = Server::start_with(&self.old, more);
        let (status, audit) = server.request("GET", "/v1/audit", None, None);
        assert_eq!((status, &audit["mode"], &audit["size"]), (200, &json!("read-only"), &json!(6)));
        let why = audit["why"].as_str().expect("why");
        assert!(why.contains("rolled back") && why.contains("holds 6 entries, and once signed 9"), "{why}");
        assert_eq!(server.request("GET", "/readyz", None, None).0, 503);
        let (status, housing) = server.request("GET", "/v1/responsibilities/housing", None, None);
        assert_eq!((status, &housing["accountable"][0]["agency"]), (200, &json!("kemen-pu")));
        assert_eq!(server.request("GET", "/v1/events/3/proof", None, None).0, 200);
        let said = json!({"type": "act.recorded", "jti": "a", "data": {"act": "a", "agency": "kemen-pu",
            "responsibility": "housing", "capacity": "own", "on": "2024-01-01", "code": {"scheme": "s", "value": "x"}}});
        let (status, problem) = server.request("POST", "/v1/events", Some(&token), Some(&said.to_string()));
        assert_eq!((status, &problem["code"]), (503, &json!("read-only")));
        assert_eq!(server.stop(), Some(9));
        assert_eq!(fs::read(self.old.join("head")).expect("head"), before, "nothing was signed");
    }
}

#[test]
fn a_directory_older_than_a_receipt_is_served_read_only() {
    let rolled = Rolled::new(false);
    rolled.must_only_read(&["--seen", text(&rolled.receipt)]);
    // the newest directory has nothing to fear
    let server = Server::start_with(&rolled.ledger.dir(), &["--seen", text(&rolled.receipt)]);
    assert_eq!(server.request("GET", "/readyz", None, None).0, 200);
    assert_eq!(server.stop(), Some(0));
    let noise = rolled.ledger.beside("noise");
    fs::write(&noise, "no checkpoint").expect("written");
    let done = check(&["serve", "--data", text(&rolled.old), "--seen", text(&noise)], 2);
    assert!(done.stderr.contains("no signed checkpoint"), "{}", done.stderr);
}

#[test]
fn a_directory_older_than_its_anchor_is_not_written() {
    let rolled = Rolled::new(true);
    let anchor = rolled.ledger.beside("anchor");
    assert!(fs::read_to_string(&anchor).expect("the anchor").starts_with(&format!("{ORIGIN}\n9\n")));
    rolled.must_only_read(&["--anchor", text(&anchor)]);
    let file = rolled.ledger.beside("more.jsonl");
    let anchored = ["--data", text(&rolled.old), "--anchor", text(&anchor)];
    for command in [
        vec!["import", "jsonl", text(&file)],
        vec!["import", "jsonl", "--atomic", text(&file)],
        vec!["key", "rotate"],
        vec!["token", "create", "--role", "auditor"],
        vec!["erase", "3", "--field", "title", "--basis", "id/uu/1"],
    ] {
        let done = check(&[command, anchored.to_vec()].concat(), 9);
        assert_eq!(done.stdout, "");
        assert!(done.stderr.contains("rolled back") && done.stderr.contains("hint: "), "{}", done.stderr);
    }
    // the anchor is written beside every server, too, and never inside the directory
    let token = rolled.ledger.token("recorder", Some("kemen-pu"));
    let server = Server::start_with(&rolled.ledger.dir(), &["--anchor", text(&anchor)]);
    let said = json!({"type": "act.recorded", "jti": "a", "data": {"act": "a", "agency": "kemen-pu",
        "responsibility": "housing", "capacity": "own", "on": "2024-01-01", "code": {"scheme": "s", "value": "x"}}});
    let (status, told) = server.request("POST", "/v1/events", Some(&token), Some(&said.to_string()));
    assert_eq!(status, 201, "{told}");
    assert_eq!(server.stop(), Some(0));
    assert!(fs::read_to_string(&anchor).expect("the anchor").starts_with(&format!("{ORIGIN}\n11\n")));
    let inside = rolled.ledger.dir().join("anchor");
    check(&["serve", "--data", text(&rolled.ledger.dir()), "--anchor", text(&inside)], 2);
}

#[test]
fn a_receipt_beyond_head_is_no_rollback_after_a_kill() {
    let ledger = Ledger::new();
    assert_eq!(ledger.import(&beginning()).exit, 0);
    let token = ledger.token("recorder", Some("kemen-pu"));
    for n in 0..10 {
        let server = Server::start(&ledger.dir());
        let said = json!({"type": "act.recorded", "jti": n.to_string(), "data": {"act": n.to_string(), "agency": "kemen-pu",
            "responsibility": "housing", "capacity": "own", "on": "2024-01-01", "code": {"scheme": "s", "value": "x"}}});
        let (status, receipt) = server.request("POST", "/v1/events", Some(&token), Some(&said.to_string()));
        assert_eq!(status, 201, "{receipt}");
        server.kill();
        let kept = ledger.beside("receipt.json");
        fs::write(&kept, receipt.to_string()).expect("written");
        let server = Server::start_with(&ledger.dir(), &["--seen", text(&kept)]);
        assert_eq!(server.request("GET", "/readyz", None, None).0, 200);
        server.kill();
    }
}

#[test]
fn a_new_log_goes_on_from_one_that_cannot_be_written() {
    let rolled = Rolled::new(false);
    let (old, new) = (text(&rolled.old), rolled.ledger.beside("new"));
    check(&["reopen", old, text(&new), "--origin", ORIGIN], 2);
    assert!(!new.exists());
    let made = check(&["reopen", old, text(&new), "--origin", "ledger.example/second"], 0);
    let vkey = made.stdout.trim();
    assert!(vkey.starts_with("ledger.example/second+"));
    let opened = check(&["show", "0", "--data", text(&new), "--json"], 0).json();
    let continues = &opened["event"]["data"]["continues"];
    let root = check(&["verify", old, "--json"], 0).json()["root"].clone();
    assert_eq!(*continues, json!({"origin": ORIGIN, "size": 6, "root": root}));
    check(&["verify", text(&new), "--vkey", vkey], 0);
    check(&["verify", old, "--vkey", &rolled.ledger.vkey], 0);
}
