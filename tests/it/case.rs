//! The real case of docs/cases/idn-cabinet-2024: October 2024, one regulation, 25 functions. It is
//! imported, and the record answers as the sources do, now and as known before the last entries.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::kit::{Done, Ledger, Server, check, root, skipped, text};

fn folder() -> PathBuf {
    root().join("docs/cases/idn-cabinet-2024")
}

fn imported() -> (Ledger, Done) {
    let ledger = Ledger::new();
    let file = folder().join("statements.jsonl");
    let done = check(&["import", "jsonl", text(&file), "--data", text(&ledger.dir()), "--json"], 0);
    (ledger, done)
}

/// What the directory answers.
fn who(ledger: &Ledger, responsibility: &str, day: &str, known_at: Option<u64>) -> Value {
    let (dir, known_at) = (ledger.dir(), known_at.map(|seq| seq.to_string()));
    let mut arguments = vec!["who", responsibility, "--data", text(&dir), "--valid-at", day, "--json"];
    arguments.extend(known_at.iter().flat_map(|seq| ["--known-at", seq]));
    check(&arguments, 0).json()
}

/// Status, and the agencies that answer for it.
fn holder(answer: &Value) -> (String, Vec<String>) {
    let agencies = answer["accountable"].as_array().expect("a list").iter();
    let agencies = agencies.map(|holding| holding["agency"].as_str().expect("an agency").to_owned());
    (answer["status"].as_str().expect("a status").to_owned(), agencies.collect())
}

fn check_holder(
    ledger: &Ledger,
    responsibility: &str,
    day: &str,
    known_at: Option<u64>,
    expected: Option<&str>,
) {
    let answer = who(ledger, responsibility, day, known_at);
    let status = if expected.is_some() { "held" } else { "orphan" };
    let expected = (status.to_owned(), expected.map(str::to_owned).into_iter().collect());
    assert_eq!(holder(&answer), expected, "{responsibility} on {day} as known at {known_at:?}: {answer:#}");
}

/// Seq of the first entry of a type that a subject links.
fn first(ledger: &Ledger, subject: &str, type_name: &str) -> u64 {
    let dir = ledger.dir();
    let done = check(&["log", "--data", text(&dir), "--subject", subject, "--type", type_name, "--json"], 0);
    let line = done.stdout.lines().next().expect("an entry");
    serde_json::from_str::<Value>(line).expect("JSON")["seq"].as_u64().expect("a seq")
}

#[test]
fn october_2024_is_answered_as_the_sources_do() {
    let (ledger, done) = imported();
    let report = done.json();
    let lines =
        fs::read_to_string(folder().join("statements.jsonl")).expect("the statements").lines().count();
    assert_eq!(report["admitted"], lines);
    for (responsibility, day, agency) in [
        ("housing", "2024-10-20", Some("kemenpupr")),
        ("housing", "2024-10-21", Some("kemenpkp")),
        ("housing", "2024-10-22", Some("kemenpkp")),
        ("public-works", "2024-10-20", Some("kemenpupr")),
        ("public-works", "2024-10-21", Some("kemenpu")),
        ("coordination-maritime-investment", "2024-10-20", Some("kemenko-marves")),
        ("coordination-maritime-investment", "2024-10-21", None),
        ("coordination-human-development", "2024-10-21", Some("kemenko-pmk")),
        ("coordination-community", "2024-10-21", Some("kemenko-pm")),
        ("communications-digital", "2024-10-21", Some("kemkomdigi")),
        ("hajj", "2024-10-22", Some("kemenag")),
    ] {
        check_holder(&ledger, responsibility, day, None, agency);
    }
}

#[test]
fn the_record_says_what_it_knew_before_its_last_entries() {
    let (ledger, _) = imported();
    let moved = first(&ledger, "r:housing", "handoff.proposed");
    check_holder(&ledger, "housing", "2024-10-22", Some(moved - 1), Some("kemenpupr"));
    check_holder(&ledger, "housing", "2024-10-22", Some(moved), Some("kemenpkp"));
    let closed = first(&ledger, "a:kemenko-marves", "agency.closed");
    let coordination = "coordination-maritime-investment";
    check_holder(&ledger, coordination, "2024-10-21", Some(closed - 1), Some("kemenko-marves"));
    check_holder(&ledger, coordination, "2024-10-21", Some(closed), None);
}

#[test]
fn somebody_takes_care_of_the_budget_until_the_audit() {
    let (ledger, _) = imported();
    let answer = who(&ledger, "environment", "2024-12-01", None);
    assert_eq!(holder(&answer).1, ["klh-bplh"]);
    let others = answer["others"].as_array().expect("a list");
    let caretaker = others.iter().find(|holding| holding["role"] == "caretaker").expect("a caretaker");
    assert_eq!(caretaker["agency"], "klhk");
    let components = caretaker["components"].as_array().expect("components");
    assert!(components.contains(&Value::from("budget")), "{caretaker}");
    assert!(caretaker["unverified"].as_array().is_some_and(|fields| fields.contains(&Value::from("agency"))));
}

#[test]
fn what_waits_too_long_is_counted_from_the_day_of_the_law() {
    let (ledger, _) = imported();
    let dir = ledger.dir();
    for (day, count) in [
        ("2024-10-21", 0),
        ("2024-10-22", 3),
        ("2024-10-23", 5),
        ("2024-11-20", 5),
        ("2024-11-21", 22),
        ("2024-12-31", 22),
    ] {
        let arguments = ["findings", "--kind", "stalled", "--valid-at", day, "--data", text(&dir), "--json"];
        let found = check(&arguments, 0).json();
        let found = found["findings"].as_array().expect("a list");
        assert_eq!(found.len(), count, "{day}: {found:#?}");
    }
}

#[test]
fn the_claim_of_the_new_body_on_hajj_is_open() {
    let (ledger, _) = imported();
    let answer = who(&ledger, "hajj", "2024-10-22", None);
    assert_eq!(holder(&answer).1, ["kemenag"]);
    assert_eq!(
        (&answer["claims"], &answer["disputed"]),
        (&Value::from(vec!["hajj-2024"]), &Value::from(true))
    );
    let dir = ledger.dir();
    let found = check(
        &["findings", "--kind", "dispute", "--valid-at", "2024-10-22", "--data", text(&dir), "--json"],
        0,
    );
    let found = found.json();
    let dispute = found["findings"].as_array().and_then(|all| all.first()).expect("a finding");
    assert_eq!(dispute["finding"], "dispute:hajj-2024");
    let agencies: Vec<_> =
        dispute["agencies"].as_array().expect("agencies").iter().filter_map(Value::as_str).collect();
    assert_eq!(agencies, ["bp-haji", "kemenag"]);
}

#[test]
fn nobody_holds_what_was_carved_out_of_public_works() {
    let (ledger, _) = imported();
    let reader = estafet::views::Offline::open(&ledger.dir()).expect("opens");
    let newest = estafet::views::KnownAt::Newest;
    let known = reader.known(&newest, estafet::views::Scope::All, far()).expect("a state");
    let day = estafet::domain::Date::parse("2024-10-21").expect("a date");
    let keys: Vec<_> = estafet::domain::findings::findings(&known.state, day)
        .into_iter()
        .map(|finding| finding.key)
        .collect();
    let orphan = "orphan:public-works/public-works.settlement-development";
    assert!(keys.iter().any(|key| key == orphan), "{keys:?}");
    assert!(keys.iter().any(|key| key == "orphan:coordination-maritime-investment"), "{keys:?}");
    assert!(!keys.iter().any(|key| key.starts_with("orphan:coordination-human-development")), "{keys:?}");
}

fn far() -> estafet::domain::Instant {
    estafet::domain::Instant::parse("2100-01-01T00:00:00Z").expect("an instant")
}

#[test]
fn unverified_instruments_stay_unverified() {
    let (ledger, _) = imported();
    let server = Server::start(&ledger.dir());
    let status = |reference: &str| {
        let (status, answer) = server.request("GET", &format!("/v1/instruments/{reference}"), None, None);
        assert_eq!(status, 200, "{answer}");
        answer["status"].clone()
    };
    assert_eq!(status("id%2Fperpres%2F2024%2F139"), "verified");
    assert_eq!(status("id%2Fperpres%2F2024%2F170"), "unverified");
}

#[test]
fn the_case_answers_over_http_as_from_the_directory() {
    let (ledger, _) = imported();
    let known = first(&ledger, "r:housing", "handoff.proposed") - 1;
    let day = "2024-10-21";
    let dir = ledger.dir();
    let server = Server::start(&dir);
    let url = format!("http://{}", server.address);
    for responsibility in ["housing", "public-works", "environment", "coordination-maritime-investment"] {
        for known in [None, Some(known.to_string())] {
            let ask = |place: &[&str]| {
                let mut arguments = vec!["who", responsibility, "--valid-at", day, "--json"];
                arguments.extend(known.iter().flat_map(|seq| ["--known-at", seq]));
                arguments.extend(place);
                check(&arguments, 0).stdout
            };
            assert_eq!(ask(&["--url", &url]), ask(&["--data", text(&dir)]), "{responsibility} {known:?}");
        }
    }
}

#[test]
fn importing_again_adds_nothing() {
    let (ledger, done) = imported();
    let size = done.json()["size"].clone();
    let file = folder().join("statements.jsonl");
    let again = check(&["import", "jsonl", text(&file), "--data", text(&ledger.dir()), "--json"], 0).json();
    assert_eq!((&again["size"], &again["admitted"]), (&size, &Value::from(0)));
    check(&["verify", text(&ledger.dir()), "--vkey", &ledger.vkey], 0);
}

#[test]
fn the_statements_are_those_the_script_makes() {
    let Ok(data) = std::env::var("ESTAFET_REAL_DATA") else {
        return skipped("making docs/cases/idn-cabinet-2024 again: ESTAFET_REAL_DATA is not set");
    };
    let script = folder().join("generate.py");
    let made = Command::new("python3").arg(&script).arg(format!("{data}/idn-cabinet-2024")).output();
    let Ok(made) = made else { return skipped("making docs/cases/idn-cabinet-2024 again: no python3") };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let committed = fs::read(folder().join("statements.jsonl")).expect("the statements");
    assert!(made.stdout == committed, "run generate.py again and commit what it makes");
}
