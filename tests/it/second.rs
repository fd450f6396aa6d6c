//! The second verifier (docs/verify.py) beside ours: the same verdict, the same first bad entry and the
//! same check on sound ledgers and on every damaged, forged and rewritten one.

mod bundle;
mod cosigned;
mod damage;
mod forged;
mod mutants;
mod rotated;
mod whole;
mod world;
mod written;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use estafet::log::Vkey;
use estafet::verify::{Options, directory};
use serde_json::Value;

use super::kit::{Ledger, root, skipped};

/// A copy of a ledger with statements that no rule was asked about; where it is.
pub fn unruled(ledger: &Ledger, name: &str, further: &[Value]) -> PathBuf {
    let to = ledger.beside(name);
    written::unruled(&ledger.dir(), &to, further);
    to
}

/// A copy of a ledger in which some statements say something else, chained and signed soundly.
pub fn rewritten(from: &Path, to: &Path, said: &dyn Fn(usize, &str) -> String) {
    let told = written::told(from);
    let told: Vec<_> = told.iter().enumerate().map(|(seq, one)| one.saying(said(seq, &one.text))).collect();
    written::write(from, to, &told);
}

/// Checks that both make in full. `rules` is replayed by ours alone.
const SHARED: [&str; 10] = [
    "entries",
    "chain",
    "tree",
    "checkpoint",
    "witnesses",
    "signatures",
    "links",
    "details",
    "index",
    "access",
];

/// The second verifier as a process that is told paths.
pub struct Second {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Second {
    /// Starts it; `None` where Python or its packages are not here, which is said.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        let Ok(python) = std::env::var("ESTAFET_PYTHON") else {
            skipped(
                "the second verifier: ESTAFET_PYTHON is set by tests/run where blake3 and cryptography can be had",
            );
            return None;
        };
        let mut command = Command::new(python);
        command.arg(root().join("docs/verify.py")).args(arguments).arg("--each");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
        let to = child.stdin.take().expect("its stdin");
        let from = BufReader::new(child.stdout.take().expect("its stdout"));
        Some(Self { child, to, from })
    }

    pub fn ask(&mut self, path: &Path) -> Value {
        self.tell(&path.display().to_string());
        self.hear()
    }

    /// Hands it a line, which it answers while others work.
    fn tell(&mut self, line: &str) {
        writeln!(self.to, "{line}").expect("told");
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("an answer");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What ours says.
fn ours(dir: &Path, options: &Options) -> Value {
    serde_json::to_value(directory(dir, options).expect("a report")).expect("JSON")
}

fn with(vkey: &str) -> Options {
    Options { vkeys: vec![Vkey::parse(vkey).expect("a key")], ..Options::default() }
}

/// Both were asked about one thing and say the same.
fn agree(what: &str, ours: &Value, theirs: &Value) {
    let bad = |report: &Value, member: &str| report["first_bad"][member].clone();
    if ours["result"] == "error" || theirs["result"] == "error" {
        assert_eq!(ours["result"], theirs["result"], "{what}\nours {ours}\ntheirs {theirs}");
        return;
    }
    let told = || format!("{what}\nours {}\ntheirs {}", ours["first_bad"], theirs["first_bad"]);
    assert_eq!(ours["result"], theirs["result"], "{}\n{theirs}", told());
    assert_eq!(bad(ours, "check"), bad(theirs, "check"), "{}", told());
    assert_eq!(bad(ours, "seq"), bad(theirs, "seq"), "{}", told());
    for member in ["trusted", "size", "root", "attested", "signed", "torn_bytes"] {
        assert_eq!(ours[member], theirs[member], "{member}: {}", told());
    }
    for member in ["from", "count"] {
        assert_eq!(ours["unsigned"][member], theirs["unsigned"][member], "unsigned {member}: {}", told());
    }
    for member in ["check", "seq"] {
        let [ours, theirs] = [ours, theirs].map(|report| report["unsigned"]["first_bad"][member].clone());
        assert_eq!(ours, theirs, "unsigned, {member} of the first thing that is bad: {}", told());
    }
    for check in SHARED {
        // which subjects a statement has is a rule, which ours reports under links
        if detail(ours, check).contains("; must link ") {
            continue;
        }
        // what an altered statement still commits to is told as far as each can read it
        let altered =
            ["chain", "signatures", "rules"].iter().any(|check| ours["first_bad"]["check"] == *check);
        if check == "details" && altered {
            continue;
        }
        assert_eq!(result(ours, check), result(theirs, check), "{check}: {}", told());
    }
}

fn result(report: &Value, check: &str) -> String {
    member(report, check, "result")
}

fn detail(report: &Value, check: &str) -> String {
    member(report, check, "detail")
}

fn member(report: &Value, check: &str, name: &str) -> String {
    let checks = report["checks"].as_array().expect("checks");
    let found = checks.iter().find(|one| one["check"] == check).expect("each check");
    found[name].as_str().expect("text").to_owned()
}
