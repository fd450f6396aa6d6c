//! How often an append waits for the disk: once, measured from outside with strace.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;

use super::kit::{Connection, ESTAFET, Ledger, end_traced, skipped, text};

const APPENDS: u64 = 1_000;

#[test]
fn an_append_syncs_the_log_once() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return skipped("syncs per append: strace is not installed");
    }
    let ledger = Ledger::new();
    let token = ledger.token("recorder", Some("registrar"));
    let (dir, traced) = (ledger.dir(), ledger.beside("strace"));
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-e", "trace=fdatasync,fsync,sync_file_range", "-o", text(&traced), ESTAFET]);
    command.args(["serve", "--data", text(&dir), "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("strace starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
    let Some(address) = line.trim().strip_prefix("http://") else {
        let _ = child.kill();
        child.wait().expect("gone");
        return skipped("syncs per append: strace may not trace here");
    };
    let before = syncs(&fs::read_to_string(&traced).expect("the trace"));
    let mut connection = Connection::open(address).expect("a connection");
    for n in 0..APPENDS {
        let body = json!({"type": "instrument.recorded", "jti": format!("sync {n}"),
            "data": {"ref": format!("id/sync/{n}"), "status": "unverified"}});
        let answer = connection.request("POST", "/v1/events", Some(&token), Some(&body.to_string()));
        assert_eq!(answer.expect("an answer").0, 201);
    }
    let after = syncs(&fs::read_to_string(&traced).expect("the trace"));
    end_traced(child.id());
    child.wait().expect("gone");
    let each = (after - before) as f64 / APPENDS as f64;
    println!("{each} syncs on files in log/ per append");
    assert!((1.0..=1.1).contains(&each), "{each} syncs on files in log/ per append");
}

/// Syncs of files in log/ that a trace shows.
fn syncs(trace: &str) -> u64 {
    trace.lines().filter(|line| line.contains("sync") && line.contains("/log/")).count() as u64
}
