//! A ledger of ours cosigned by a witness that other people wrote (aics-witness), and what it publishes
//! accepted by their reader (aics-tlog), while the witness is killed and started again.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::super::kit::{Ledger, ORIGIN, Server, check, root, skipped, text};
use super::{cosigned, grow, published, quorum};

const NAME: &str = "witness.example/theirs";

/// Their witness; killed when dropped.
struct Theirs {
    child: Child,
    url: String,
}

impl Theirs {
    /// Runs it on an address; on the one it had, once more.
    fn start(python: &str, config: &Path, listen: &str) -> Self {
        let mut command = module(python, &["serve", "--config", text(config), "--listen", listen]);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut talk = BufReader::new(child.stderr.take().expect("its stderr"));
        let mut line = String::new();
        let url = loop {
            line.clear();
            assert!(talk.read_line(&mut line).is_ok_and(|read| read > 0), "their witness did not start");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split(' ').next().unwrap_or_default().to_owned();
            }
        };
        std::thread::spawn(move || std::io::copy(&mut talk, &mut std::io::sink()));
        Self { child, url }
    }

    fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn module(python: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(python);
    command
        .args(["-m", "aics_witness"])
        .args(arguments)
        .stdout(Stdio::piped())
        .env_remove("WITNESS_SEED_HEX");
    command
}

/// What their command prints.
fn said(python: &str, arguments: &[&str]) -> String {
    let done = module(python, arguments).output().expect("it starts");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8").trim().to_owned()
}

/// What their reader says of what a ledger publishes.
fn accepted(python: &str, server: &Server, arguments: &[&str]) -> Value {
    let url = format!("http://{}", server.address);
    let mut command = Command::new(python);
    command.arg(root().join("tests/interop/witness.py")).args(["accept", &url]).args(arguments);
    let done = command.output().expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

#[test]
fn v5_a_witness_of_others_cosigns_our_growing_log_and_their_reader_accepts_it() {
    let Ok(python) = std::env::var("ESTAFET_WITNESS_PYTHON") else {
        return skipped(
            "aics-witness cosigns our log: ESTAFET_WITNESS_PYTHON is set by tests/run where it can be had",
        );
    };
    let ledger = Ledger::new();
    let config = ledger.beside("witness.json");
    let vkey = said(&python, &["init", "--config", text(&config), "--name", NAME, "--listen", "127.0.0.1:0"]);
    said(&python, &["add-log", "--config", text(&config), "--origin", ORIGIN, "--vkey", &ledger.vkey]);
    let theirs = Theirs::start(&python, &config, "127.0.0.1:0");
    let address = theirs.address().to_owned();
    let dir = ledger.dir();
    check(&["witness", "register", "--vkey", &vkey, "--at", &theirs.url, "--data", text(&dir)], 0);
    quorum(&ledger, 1);
    let token = ledger.token("recorder", Some("registrar"));
    let server = Server::start(&ledger.dir());
    let mut theirs = Some(theirs);
    let (mut size, mut grown) = (0, 0);
    for round in 0..6 {
        for _ in 0..50 {
            size = grow(&server, &token, grown);
            grown += 1;
        }
        let away = round == 2 || round == 4;
        if away {
            // killed while the log grows, and started again
            drop(theirs.take());
            let before = published(&server);
            size = grow(&server, &token, grown);
            grown += 1;
            assert_eq!(published(&server), before);
            theirs = Some(Theirs::start(&python, &config, &address));
        }
        cosigned(&server, size, &vkey);
        let told = accepted(&python, &server, &[&ledger.vkey, "1", &vkey]);
        assert_eq!((&told["ok"], &told["size"]), (&Value::Bool(true), &Value::from(size)), "{told}");
        assert_eq!(told["witnesses"], serde_json::json!([NAME]), "{told}");
    }
    assert!(size > 300, "{size}");
    // their reader refuses what that quorum has not signed
    let other = said(
        &python,
        &[
            "init",
            "--config",
            text(&ledger.beside("other.json")),
            "--name",
            "witness.example/other",
            "--db",
            "other.db",
            "--key-file",
            "other.key",
        ],
    );
    let told = accepted(&python, &server, &[&ledger.vkey, "2", &vkey, &other]);
    assert_eq!(told["ok"], Value::Bool(false), "{told}");
    assert_eq!(server.stop(), Some(0));
    let done = check(&["verify", text(&dir), "--vkey", &ledger.vkey, "--vkey", &vkey, "--json"], 0);
    assert!(done.stdout.contains(NAME), "{}", done.stdout);
    check(&["verify", text(&dir), "--vkey", &ledger.vkey, "--vkey", &other], 3);
}
