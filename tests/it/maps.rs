//! Tables and logs imported with a map: a real process log comes to the counts it is known for, and a
//! bad file is told where it is wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use estafet::domain::Instant;
use serde_json::Value;

use super::kit::{Done, Ledger, check, root, run, skipped, text};

/// Columns of docs/maps/coselog.toml.
const HEADER: &str = "case:channel,case:concept:name,case:deadline,case:department,case:enddate,case:group,case:responsible,\
case:startdate,concept:instance,concept:name,org:group,org:resource,time:timestamp\n";

fn map() -> PathBuf {
    root().join("docs/maps/coselog.toml")
}

fn row(case: &str, group: &str, officer: &str, time: &str) -> String {
    format!(
        "Desk,{case},2011-12-06 13:41:31+01:00,General,2011-12-05 10:00:00+01:00,Group 2,R1,\
         2011-10-11 13:42:22+02:00,t,Check,{group},{officer},{time}\n"
    )
}

fn import(ledger: &Ledger, format: &str, file: &str, more: &[&str]) -> Done {
    let (map, dir) = (map(), ledger.dir());
    let mut arguments = vec!["import", format, "--map", text(&map), file, "--data", text(&dir), "--json"];
    arguments.extend(more);
    run(&arguments)
}

/// Data of the entries of a type.
fn recorded(ledger: &Ledger, type_name: &str) -> Vec<Value> {
    let done = check(&["log", "--data", text(&ledger.dir()), "--type", type_name, "--json"], 0);
    let event = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["data"].take();
    done.stdout.lines().map(event).collect()
}

fn instant(value: &Value) -> Option<Instant> {
    value.as_str().map(|text| Instant::parse(text).expect("an instant"))
}

#[test]
fn a_real_process_log_comes_to_the_counts_it_is_known_for() {
    let Ok(data) = std::env::var("ESTAFET_REAL_DATA") else {
        return skipped("importing coselog-receipt: ESTAFET_REAL_DATA is not set");
    };
    let file = format!("{data}/coselog-receipt/receipt.csv");
    let ledger = Ledger::new();
    let done = import(&ledger, "csv", &file, &[]);
    assert_eq!(done.exit, 0, "{}", done.stderr);
    let report = done.json();
    println!("{} rows/s", report["rows_per_s"]);
    assert_eq!((&report["rows"], &report["refused"]), (&8_577.into(), &Value::Array(vec![])));
    assert_eq!(recorded(&ledger, "act.recorded").len(), 8_577);

    let handoffs = recorded(&ledger, "handoff.proposed");
    let mut pairs: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for handoff in &handoffs {
        let side = |name: &str| handoff[name].as_str().expect("an agency");
        *pairs.entry((side("from"), side("to"))).or_default() += 1;
    }
    let mut pairs: Vec<_> = pairs.into_iter().map(|(pair, count)| (count, pair)).collect();
    pairs.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(handoffs.len(), 5_440);
    let top = [(992, ("group-3", "group-2")), (857, ("group-4", "group-3")), (800, ("group-2", "group-1"))];
    assert_eq!(pairs[..3], top);

    let cases = recorded(&ledger, "responsibility.defined");
    let due: BTreeMap<_, _> =
        cases.iter().map(|case| (case["responsibility"].as_str(), instant(&case["due"]))).collect();
    let retired = recorded(&ledger, "responsibility.retired");
    let late = retired.iter().filter(|case| instant(&case["time"]) > due[&case["responsibility"].as_str()]);
    assert_eq!((cases.len(), retired.len(), late.count()), (1_434, 1_329, 377));

    let agencies = recorded(&ledger, "agency.registered");
    let kind = |kind: &str| agencies.iter().filter(|agency| agency["kind"] == kind).count();
    assert_eq!((kind("post"), kind("unrecorded")), (48, 2));
    assert!(agencies.iter().any(|agency| agency["name"]["en"] == "Group 12"));

    // no permit is there before somebody has it, so that none lacks an owner
    let dir = ledger.dir();
    let orphans = ["findings", "--data", text(&dir), "--kind", "orphan", "--valid-at"];
    let early = check(&[&orphans[..], &["2010-01-01", "--json"]].concat(), 0).json();
    assert_eq!(early["findings"], Value::Array(vec![]));

    check(&["verify", text(&ledger.dir()), "--vkey", &ledger.vkey], 0);
    let again = import(&ledger, "csv", &file, &[]);
    let (exit, again) = (again.exit, again.json());
    assert_eq!((exit, &again["admitted"], &again["size"]), (0, &0.into(), &report["size"]));
}

#[test]
fn good_rows_stay_and_bad_ones_are_told() {
    let ledger = Ledger::new();
    let file = ledger.beside("table.csv");
    let good = |n: usize| row("c 1", ["Group 1", "EMPTY"][n % 2], "test", "2011-10-12 08:00:00+02:00");
    let bad = [
        row("c 1", "Group 1", "TEST", "12-10-2011"),
        row("c 1", "\"Group 1", "R", "2011-10-12 09:00:00+02:00"),
    ];
    fs::write(&file, format!("{HEADER}{}{}{}{}", good(0), bad[0], bad[1], good(1))).expect("a file");
    let refused = |done: &Done| {
        let report = done.json();
        let refused = report["refused"].as_array().expect("a list").clone();
        refused
            .iter()
            .map(|r| (r["line"].as_u64(), r["code"].as_str().map(str::to_owned)))
            .collect::<Vec<_>>()
    };
    let expected = [(Some(3), Some("bad-date".to_owned())), (Some(4), Some("malformed".to_owned()))];
    let atomic = import(&ledger, "csv", text(&file), &["--atomic"]);
    assert_eq!((atomic.exit, refused(&atomic)), (1, expected.to_vec()));
    assert_eq!((&atomic.json()["admitted"], &atomic.json()["size"]), (&0.into(), &2.into()));
    let done = import(&ledger, "csv", text(&file), &[]);
    assert_eq!((done.exit, refused(&done)), (1, expected.to_vec()));
    assert!(done.stderr.contains("line 3: bad-date: time:timestamp: column "), "{}", done.stderr);
    assert_eq!(
        (recorded(&ledger, "act.recorded").len(), recorded(&ledger, "handoff.proposed").len()),
        (2, 1)
    );
    check(&["verify", text(&ledger.dir()), "--vkey", &ledger.vkey], 0);

    let other = Ledger::new();
    fs::write(&file, format!("{HEADER}{}{}", good(0), good(1))).expect("a file");
    assert_eq!(import(&other, "csv", text(&file), &["--atomic"]).exit, 0);
    assert_eq!(recorded(&other, "act.recorded").len(), 2);
}

#[test]
fn a_log_gives_what_its_table_gives() {
    let attribute = |key: &str, value: &str| format!("<string key=\"{key}\" value=\"{value}\"/>");
    let case = [
        ("concept:name", "c 1"),
        ("deadline", "2011-12-06T13:41:31+01:00"),
        ("department", "General"),
        ("enddate", "2011-12-05T10:00:00+01:00"),
        ("group", "Group 2"),
        ("responsible", "R1"),
        ("channel", "Desk"),
        ("startdate", "2011-10-11T13:42:22+02:00"),
    ];
    let event = |group: &str, time: &str| {
        let all = [
            ("org:group", group),
            ("org:resource", "test"),
            ("concept:name", "Check"),
            ("concept:instance", "t"),
            ("time:timestamp", time),
        ];
        format!("<event>{}</event>", all.map(|(key, value)| attribute(key, value)).concat())
    };
    let case: String = case.iter().map(|(key, value)| attribute(key, value)).collect();
    let events = event("Group 1", "2011-10-12T08:00:00+02:00") + &event("EMPTY", "2011-10-13T08:00:00+02:00");
    let (log, table) = (Ledger::new(), Ledger::new());
    let (xes, csv) = (log.beside("log.xes"), table.beside("table.csv"));
    fs::write(&xes, format!("<log><trace>{case}{events}</trace></log>")).expect("a file");
    let rows = row("c 1", "Group 1", "test", "2011-10-12T08:00:00+02:00")
        + &row("c 1", "EMPTY", "test", "2011-10-13T08:00:00+02:00");
    fs::write(&csv, format!("{HEADER}{rows}")).expect("a file");
    assert_eq!(
        (import(&log, "xes", text(&xes), &[]).exit, import(&table, "csv", text(&csv), &[]).exit),
        (0, 0)
    );
    for type_name in [
        "agency.registered",
        "responsibility.defined",
        "assignment.made",
        "handoff.proposed",
        "act.recorded",
        "responsibility.retired",
    ] {
        let plain = |ledger: &Ledger| {
            let mut all = recorded(ledger, type_name);
            all.iter_mut().filter_map(Value::as_object_mut).for_each(|data| drop(data.remove("source")));
            Value::Array(all).to_string().replace(' ', "T")
        };
        assert_eq!(plain(&log), plain(&table), "{type_name}");
    }
}

#[test]
fn a_file_of_which_nothing_can_be_imported_is_usage() {
    let ledger = Ledger::new();
    let file = ledger.beside("file");
    for (format, content, said) in [
        ("csv", HEADER.replace("org:group", "group"), "no column \"org:group\""),
        ("csv", String::new(), "the table is empty"),
        ("xes", "<!DOCTYPE log []><log/>".to_owned(), "a DOCTYPE is not read"),
        ("xes", "<log><trace>".to_owned(), "the log breaks off"),
    ] {
        fs::write(&file, content).expect("a file");
        let done = import(&ledger, format, text(&file), &[]);
        assert!(done.exit == 2 && done.stderr.contains(said), "{said}: {} {}", done.exit, done.stderr);
        assert!(done.stderr.contains("hint: "), "{}", done.stderr);
    }
    assert_eq!(import(&ledger, "csv", "no-such-file", &[]).exit, 2);
    assert_eq!(import(&ledger, "csv", "-", &[]).exit, 2);
    let dir = ledger.dir();
    let map = ["import", "csv", "--map", text(&file), text(&file), "--data", text(&dir)];
    check(&map, 2);
}
