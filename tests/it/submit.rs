//! `keygen` and `submit`: an agency's own key, its statements through the pipe, stopped and begun again.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::{Value, json};

use super::kit::{Ledger, Server, check, estafet, run, text};

/// Statements of the long run; each kill comes in the middle of what is left.
const COUNT: usize = 4_000;

/// A ledger with an agency and its key, registered.
fn house(alg: &str) -> (Ledger, String) {
    let ledger = Ledger::new();
    let agency = json!({"type": "agency.registered", "jti": "a", "data": {"agency": "dinas", "name": {"en": "Office"}, "kind": "office"}});
    assert_eq!(ledger.import(&[agency]).exit, 0);
    let key = ledger.beside("dinas.jwk");
    let made = check(&["keygen", text(&key), "--alg", alg, "--json"], 0).json();
    let private = fs::read_to_string(&key).expect("the key");
    assert!(private.contains("\"d\"") && !made.to_string().contains("\"d\""));
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).expect("the key").permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(run(&["keygen", text(&key)]).exit, 2, "nobody's key is written over");
    let line = json!({"type": "key.registered", "data": {"agency": "dinas", "kid": made["kid"], "jwk": made["jwk"]}});
    let file = ledger.beside("key.jsonl");
    fs::write(&file, line.to_string()).expect("a file");
    let token = ledger.token("recorder", Some("dinas"));
    let done = check(&["submit", text(&file), "--data", text(&ledger.dir()), "--token", &token], 0);
    assert!(done.json()["receipt"]["seq"].is_number(), "{}", done.stdout);
    (ledger, text(&key).to_owned())
}

fn approvals(count: usize) -> String {
    let line = |n: usize| {
        json!({"type": "approval.given", "data": {"approves": format!("sha-256:{n:064x}")}}).to_string()
    };
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_was_stopped_goes_on_and_every_statement_is_recorded_once() {
    let (ledger, key) = house("Ed25519");
    let file = ledger.beside("many.jsonl");
    fs::write(&file, approvals(COUNT)).expect("a file");
    let server = Server::start(&ledger.dir());
    let url = format!("http://{}", server.address);
    let arguments = ["submit", text(&file), "--url", &url, "--key", &key, "--iss", "dinas"];
    for stop in [COUNT / 4, COUNT / 2] {
        let mut child =
            estafet(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a process");
        let lines = BufReader::new(child.stdout.take().expect("its stdout")).lines();
        assert_eq!(lines.take(stop).count(), stop);
        child.kill().expect("killed");
        child.wait().expect("gone");
    }
    let done = check(&arguments, 0);
    let answers: Vec<Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), COUNT);
    let mut seqs: Vec<_> =
        answers.iter().map(|answer| answer["receipt"]["seq"].as_u64().expect("a seq")).collect();
    seqs.sort_unstable();
    seqs.dedup();
    assert_eq!(seqs.len(), COUNT, "each has an entry of its own");
    assert!(
        answers.iter().enumerate().all(|(n, answer)| answer["line"] == n + 1),
        "in the order of the file"
    );
    assert_eq!(server.stop(), Some(0));
    let report = check(&["verify", text(&ledger.dir()), "--vkey", &ledger.vkey, "--json"], 0).json();
    assert_eq!(report["signed"], COUNT, "{report}");
}

#[test]
fn a_file_that_changed_after_it_was_signed_is_not_sent() {
    let (ledger, key) = house("ES256");
    let file = ledger.beside("few.jsonl");
    let dir = ledger.dir();
    let arguments = ["submit", text(&file), "--data", text(&dir), "--key", &key, "--iss", "dinas"];
    fs::write(&file, approvals(3)).expect("a file");
    assert_eq!(check(&arguments, 0).stdout.lines().count(), 3);
    // more behind it is signed and sent, what stands already is answered again
    let mut more = fs::OpenOptions::new().append(true).open(&file).expect("the file");
    writeln!(
        more,
        "\n{}",
        json!({"type": "approval.given", "data": {"approves": format!("sha-256:{:064x}", 9)}})
    )
    .expect("written");
    let again = check(&arguments, 0);
    assert_eq!(again.stdout.lines().count(), 4);
    // another first line is not what was signed
    fs::write(&file, approvals(5).replace("00001", "00007")).expect("a file");
    let changed = run(&arguments);
    assert_eq!(changed.exit, 2, "{}", changed.stderr);
    assert!(changed.stderr.contains("line 2") && changed.stderr.contains("hint:"), "{}", changed.stderr);
}

#[test]
fn a_refused_line_says_why_and_the_others_stand() {
    let (ledger, key) = house("Ed25519");
    let file = ledger.beside("mixed.jsonl");
    let lines =
        [approvals(1), json!({"type": "policy.changed", "data": {"late_days": 3}}).to_string(), approvals(2)];
    fs::write(&file, lines.join("\n")).expect("a file");
    let server = Server::start(&ledger.dir());
    let url = format!("http://{}", server.address);
    let done = check(&["submit", text(&file), "--url", &url, "--key", &key, "--iss", "dinas"], 1);
    let answers: Vec<Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kinds: Vec<_> =
        answers.iter().map(|answer| answer["problem"]["code"].as_str().unwrap_or("recorded")).collect();
    assert_eq!(kinds, ["recorded", "not-entitled", "recorded", "recorded"]);
    let bad = ledger.beside("bad.jsonl");
    fs::write(&bad, "{\"type\":\"approval.given\"").expect("a file");
    let done = run(&["submit", text(&bad), "--url", &url, "--key", &key, "--iss", "dinas"]);
    assert_eq!(done.exit, 2);
    assert!(done.stderr.contains("line 1"), "{}", done.stderr);
}

#[test]
fn details_go_by_every_door_and_come_back_to_whom_they_concern() {
    let (ledger, key) = house("ES256");
    let told = |n: usize| json!({"minutes": format!("Rapat {n}: Ibu Siti"), "people": ["Siti", n]});
    let said = |n: usize| {
        json!({"type": "approval.given", "jti": format!("d{n}"), "details": told(n),
            "data": {"approves": format!("sha-256:{n:064x}")}})
    };
    let file = |name: &str, lines: &[Value]| {
        let path = ledger.beside(name);
        let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
        fs::write(&path, lines.join("\n")).expect("a file");
        path
    };
    // by import, attested; a rerun says the same under other salts
    let by_agency = |n: usize| {
        let mut line = said(n);
        line["agency"] = "dinas".into();
        line
    };
    assert_eq!(ledger.import(&[by_agency(0)]).exit, 0);
    let again = ledger.import(&[by_agency(0)]);
    assert!(again.exit == 0 && again.json()["repeated"] == 1, "{}", again.stdout);
    // signed, into a directory and through a server, each run twice
    let signed = file("signed.jsonl", &[said(1), said(2)]);
    let by_key = ["submit", text(&signed), "--key", &key, "--iss", "dinas"];
    let receipts = |arguments: &[&str]| -> Vec<Value> {
        let done = check(arguments, 0);
        done.stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["receipt"].clone())
            .collect()
    };
    let dir = ledger.dir();
    let first = receipts(&[&by_key[..], &["--data", text(&dir)]].concat());
    let ready = fs::read_to_string(ledger.beside("signed.signed.jsonl")).expect("the signed file");
    assert!(ready.contains("disclosures") && !ready.contains("Siti"));
    let server = Server::start(&dir);
    let url = format!("http://{}", server.address);
    let again = receipts(&[&by_key[..], &["--url", &url]].concat());
    let seqs = |receipts: &[Value]| receipts.iter().map(|one| one["seq"].clone()).collect::<Vec<_>>();
    assert_eq!(seqs(&first), seqs(&again));
    assert!(first.iter().all(|receipt| receipt.get("disclosures").is_none()), "who signed has them");
    // attested, through the pipe
    let attested = file("attested.jsonl", &[said(3)]);
    let token = ledger.token("recorder", Some("dinas"));
    let third = receipts(&["submit", text(&attested), "--token", &token, "--url", &url]);
    assert_eq!(third[0]["disclosures"].as_array().map(Vec::len), Some(2));
    // what was signed is another statement once its details are others
    let mut other = said(2);
    other["details"]["people"] = json!([]);
    file("signed.jsonl", &[said(1), other]);
    let refused = check(&[&by_key[..], &["--url", &url]].concat(), 2);
    assert!(refused.stderr.contains("signed before"), "{}", refused.stderr);

    let auditor = ledger.token("auditor", None);
    let (_, page) = server.request("GET", "/v1/events?type=approval.given", Some(&auditor), None);
    let details: Vec<_> =
        page["events"].as_array().expect("events").iter().map(|e| e["details"].clone()).collect();
    assert_eq!(details, (0..4).map(told).collect::<Vec<_>>());
    let seq = third[0]["seq"].to_string();
    let shown = check(&["show", &seq, "--url", &url, "--token", &auditor], 0).stdout;
    assert!(shown.contains("minutes: Rapat 3: Ibu Siti"), "{shown}");
    assert_eq!(server.stop(), Some(0));
    let shown = check(&["show", &seq, "--data", text(&dir)], 0).stdout;
    assert!(shown.contains("minutes: (hidden)") && !shown.contains("Siti"), "{shown}");
    let verified = check(&["verify", text(&dir), "--vkey", &ledger.vkey], 0).stdout;
    assert!(verified.contains("8 details"), "{verified}");

    // erased by the operator's hand, once an overseer has approved
    let overseer = json!({"type": "agency.registered", "jti": "o", "data": {"agency": "inspektorat",
        "name": {"en": "Inspectorate"}, "kind": "office", "powers": ["overseer"]}});
    assert_eq!(ledger.import(&[overseer]).exit, 0);
    let erase = ["erase", &seq, "--field", "people", "--basis", "id/uu/2022/27", "--data", text(&dir)];
    let refused = check(&erase, 1).stderr;
    let digest = refused.split('"').find(|part| part.starts_with("sha-256:")).expect("what to approve");
    let approval =
        json!({"agency": "inspektorat", "type": "approval.given", "jti": "p", "data": {"approves": digest}});
    let size = ledger.import(&[approval]).json()["size"].as_u64().expect("a size");
    let approval = (size - 1).to_string();
    let erased = check(&[&erase[..], &["--approval", &approval]].concat(), 0).stdout;
    assert_eq!(erased.trim(), format!("erased by entry {size}"));
    let verified = check(&["verify", text(&dir), "--vkey", &ledger.vkey], 0).stdout;
    assert!(verified.contains(&format!("people of entry {seq}, by entry {size}")), "{verified}");
    let server = Server::start(&dir);
    for token in [Some(&*auditor), None] {
        let (_, event) = server.request("GET", &format!("/v1/events/{seq}"), token, None);
        assert_eq!(event["details"]["people"], json!({"state": "erased", "by": size}));
        assert_eq!(event["details"]["minutes"].is_string(), token.is_some());
    }
    assert_eq!(server.stop(), Some(0));
}
