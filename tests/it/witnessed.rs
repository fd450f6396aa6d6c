//! A ledger with witnesses of its own, on the binaries: what it publishes, what it says of them, and
//! that it goes on without them.

mod interop;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use estafet::log::{CosignerVkey, note};
use serde_json::{Value, json};

use super::kit::{Ledger, Server, beginning, check, text};
use super::witness::kit::{Witness, send};

/// What a ledger publishes.
fn published(server: &Server) -> String {
    send(&server.address, "GET", "/checkpoint", b"").body
}

fn audit(server: &Server) -> Value {
    server.request("GET", "/v1/audit", None, None).1
}

/// One entry more; the size then.
fn grow(server: &Server, token: &str, n: usize) -> u64 {
    let data = json!({"agency": format!("office-{n}"), "name": {"en": "Office"}, "kind": "office"});
    let body = json!({"type": "agency.registered", "jti": format!("office {n}"), "data": data}).to_string();
    let (status, receipt) = server.request("POST", "/v1/events", Some(token), Some(&body));
    assert_eq!(status, 201, "{receipt}");
    receipt["seq"].as_u64().expect("a seq") + 1
}

/// Waits until what is published is cosigned at a size, or above; the note.
fn cosigned(server: &Server, size: u64, vkey: &str) -> String {
    let vkey = CosignerVkey::parse(vkey).expect("a witness's key");
    let begun = Instant::now();
    loop {
        let note = published(server);
        if note::cosigned(&note, &vkey).is_ok_and(|(checkpoint, _)| checkpoint.size >= size) {
            return note;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "not cosigned at {size}: {note}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The quorum that the registrar asks for from here on.
fn quorum(ledger: &Ledger, of: u64) {
    let said =
        json!({"type": "policy.changed", "jti": format!("quorum {of}"), "data": {"witness_quorum": of}});
    assert_eq!(ledger.import(&[said]).exit, 0);
}

fn verify(ledger: &Ledger, more: &[&str], exit: i32) -> Value {
    let dir = ledger.dir();
    check(&[&["verify", text(&dir), "--vkey", &ledger.vkey, "--json"], more].concat(), exit).json()
}

/// The check of witnesses in a report.
fn judged(report: &Value) -> (String, String) {
    let checks = report["checks"].as_array().expect("checks");
    let found = checks.iter().find(|check| check["check"] == "witnesses").expect("the check");
    (
        found["result"].as_str().unwrap_or_default().to_owned(),
        found["detail"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn witnesses_are_registered_asked_published_and_retired() {
    let ledger = Ledger::new();
    let folder = tempfile::tempdir().expect("a folder");
    let start = |n: u8| {
        let name = format!("witness.example/w{n}");
        Witness::start_for(&folder.path().join(format!("w{n}")), &[&ledger.vkey], Some(&name))
    };
    let (one, two) = (start(1), start(2));
    assert_eq!(ledger.import(&beginning()).exit, 0);
    // by the operator's hand, and once more
    let url = format!("http://{}", one.address);
    for _ in 0..2 {
        let dir = ledger.dir();
        let done =
            check(&["witness", "register", "--vkey", &one.vkey, "--at", &url, "--data", text(&dir)], 0);
        assert_eq!(done.stdout, "witness.example/w1 registered by entry 6\n");
    }
    quorum(&ledger, 1);
    let token = ledger.token("recorder", Some("registrar"));
    let server = Server::start(&ledger.dir());
    let size = grow(&server, &token, 0);
    let note = cosigned(&server, size, &one.vkey);
    assert_eq!(note::text(&note).expect("a note").1, 2);
    let told = audit(&server);
    assert_eq!((&told["quorum"], &told["unwitnessed_since"]), (&json!(1), &Value::Null));
    assert_eq!(
        (&told["witnesses"][0]["name"], &told["witnesses"][0]["size"]),
        (&json!("witness.example/w1"), &json!(size))
    );
    assert!(told["witnesses"][0]["age_s"].as_i64().is_some_and(|age| age < 60), "{told}");
    // the second, under the registrar's token at the server
    let (at, url) = (format!("http://{}", server.address), format!("http://{}", two.address));
    let register = |vkey: &str, at_url: &str, token: &str, exit: i32| {
        check(
            &[
                "witness", "register", "--vkey", vkey, "--at", at_url, "--url", &at, "--token", token,
                "--json",
            ],
            exit,
        )
    };
    let made = register(&two.vkey, &url, &token, 0).json();
    assert_eq!(made["name"], "witness.example/w2");
    register(&two.vkey, "http://elsewhere.example", &token, 5);
    register(&two.vkey, "ftp://elsewhere.example", &token, 2);
    register(&ledger.vkey, &url, &token, 2);
    let other = ledger.token("recorder", Some("kemen-pu"));
    register(&two.vkey.replace("w2", "w3"), &url, &other, 2);
    register(&two.vkey, &url, &other, 1);
    let size = made["seq"].as_u64().expect("a seq") + 1;
    cosigned(&server, size, &two.vkey);
    // a receipt rests on what was cosigned; that of a POST on the newest
    let (_, receipt) = server.request("GET", "/v1/events/3/proof", None, None);
    let note = receipt["checkpoint"].as_str().expect("a note");
    assert!(note::text(note).expect("a note").1 >= 2, "{note}");
    let kept = ledger.beside("receipt.json");
    fs::write(&kept, receipt.to_string()).expect("written");
    verify(&ledger, &["--receipt", text(&kept)], 0);
    // one is let go: its lines count no longer
    check(&["witness", "retire", "witness.example/w2", "--url", &at, "--token", &token], 0);
    check(&["witness", "retire", "witness.example/w2", "--url", &at, "--token", &token], 0);
    check(&["witness", "retire", "witness.example/w9", "--url", &at, "--token", &token], 1);
    let size = grow(&server, &token, 1);
    let note = cosigned(&server, size, &one.vkey);
    assert_eq!(note::text(&note).expect("a note").1, 2, "{note}");
    assert_eq!(audit(&server)["witnesses"].as_array().map(Vec::len), Some(1));
    // over its tiles the same is found of what it publishes
    let report = check(&["verify", &at, "--vkey", &ledger.vkey, "--vkey", &one.vkey, "--json"], 0).json();
    assert_eq!(judged(&report).0, "ok", "{report}");
    check(&["verify", &at, "--vkey", &ledger.vkey, "--vkey", &two.vkey], 3);
    assert_eq!(server.stop(), Some(0));
    let (result, detail) = judged(&verify(&ledger, &[], 0));
    assert_eq!(result, "ok", "{detail}");
    assert!(detail.contains(&format!("size {size}")) && detail.contains("witness.example/w1"), "{detail}");
}

#[test]
fn writing_goes_on_while_witnesses_are_away_and_they_catch_up() {
    let ledger = Ledger::new();
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("w");
    let witness = Witness::start_for(&dir, &[&ledger.vkey], Some("witness.example/w1"));
    let (address, vkey) = (witness.address.clone(), witness.vkey.clone());
    let data = ledger.dir();
    let url = format!("http://{address}");
    check(&["witness", "register", "--vkey", &vkey, "--at", &url, "--data", text(&data)], 0);
    quorum(&ledger, 1);
    let token = ledger.token("recorder", Some("registrar"));
    let server = Server::start(&ledger.dir());
    let before = cosigned(&server, grow(&server, &token, 0), &vkey);
    drop(witness);
    let mut size = 0;
    for n in 1..40 {
        size = grow(&server, &token, n);
    }
    assert_eq!(published(&server), before, "what was cosigned last, for a minute");
    // an export shows the same, and a later one goes on from there
    let out = ledger.beside("tiles");
    let export = || {
        check(&["export", "tiles", "--data", text(&data), "--out", text(&out)], 0);
        fs::read_to_string(out.join("checkpoint")).expect("a checkpoint")
    };
    assert_eq!(export(), before);
    assert_eq!(server.stop(), Some(0));
    // a start with nobody to ask waits for nobody for long, and publishes what was cosigned
    let begun = Instant::now();
    let server = Server::start(&ledger.dir());
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    assert_eq!(published(&server), before);
    let witness = at(&dir, &ledger, &address);
    assert_eq!(witness.vkey, vkey);
    cosigned(&server, size, &vkey);
    assert_eq!(server.stop(), Some(0));
    assert_eq!(note::peek(&export()).expect("a checkpoint").size, size);
    drop(witness);
}

#[test]
fn a_directory_rolled_back_behind_what_a_witness_saw_is_not_written() {
    let ledger = Ledger::new();
    let folder = tempfile::tempdir().expect("a folder");
    let witness = Witness::start_for(&folder.path().join("w"), &[&ledger.vkey], Some("witness.example/w1"));
    let (data, old) = (ledger.dir(), ledger.beside("old"));
    let url = format!("http://{}", witness.address);
    check(&["witness", "register", "--vkey", &witness.vkey, "--at", &url, "--data", text(&data)], 0);
    quorum(&ledger, 1);
    let token = ledger.token("recorder", Some("registrar"));
    let server = Server::start(&data);
    cosigned(&server, grow(&server, &token, 0), &witness.vkey);
    assert_eq!(server.stop(), Some(0));
    copy(&data, &old);
    let server = Server::start(&data);
    let size = grow(&server, &token, 1);
    cosigned(&server, size, &witness.vkey);
    assert_eq!(server.stop(), Some(0));
    // the copy has everything but the last entry, its cosignatures too: only the witness knows better
    let again = json!({"type": "agency.registered", "jti": "forked", "data": {"agency": "forked",
        "name": {"en": "F"}, "kind": "office"}});
    let file = ledger.beside("forked.jsonl");
    fs::write(&file, again.to_string()).expect("a file");
    let done = check(&["import", "jsonl", text(&file), "--data", text(&old)], 9);
    assert!(done.stderr.contains("witness.example/w1"), "{}", done.stderr);
    let server = Server::start(&old);
    assert_eq!(audit(&server)["mode"], "read-only");
    let (status, _) = server.request("POST", "/v1/events", Some(&token), Some(&again.to_string()));
    assert_eq!(status, 503);
    assert_eq!(server.stop(), Some(9));
    // without the witness the copy passes for whole: the limit
    drop(witness);
    check(&["import", "jsonl", text(&file), "--data", text(&old)], 0);
    // what the newer directory keeps of its witness tells as well
    fs::copy(data.join("cosigned/published"), old.join("cosigned/published")).expect("copied");
    check(&["import", "jsonl", text(&file), "--data", text(&old)], 9);
    let report = check(&["verify", text(&old), "--vkey", &ledger.vkey, "--json"], 3).json();
    assert_eq!(report["first_bad"]["check"], "witnesses", "{report}");
}

fn copy(from: &Path, to: &Path) {
    let done = std::process::Command::new("cp").args(["-a", text(from), text(to)]).status();
    assert!(done.expect("cp").success());
}

/// A witness on an address of its own.
fn at(dir: &Path, ledger: &Ledger, address: &str) -> Witness {
    let command = super::kit::estafet(&[
        "witness",
        "serve",
        "--data",
        text(dir),
        "--listen",
        address,
        "--log",
        &ledger.vkey,
    ]);
    Witness::run(command).expect("the witness starts")
}
