//! Witnesses: who names and retires them, and what their cosignature counts for.

use serde_json::{Value, json};

use super::super::super::{Data, State, Subject, WitnessName};
use super::told::{Line, Told, check, line, with};

fn witness(name: &str) -> Value {
    json!({"name": name, "vkey": format!("{name}+1+key of {name}"), "url": "http://w.example"})
}

fn registers(who: &'static str, name: &str) -> Line {
    line("2024-01-02", who, "witness.registered", witness(name))
}

fn retires(who: &'static str, name: &str) -> Line {
    line("2024-01-03", who, "witness.retired", json!({"name": name}))
}

#[test]
fn d1_the_registrar_names_and_retires_witnesses() {
    let told = Told::held();
    check("named", &told, vec![registers("reg", "w/1")], "ok");
    check("by another", &told, vec![registers("a", "w/1")], "not-entitled");
    check("by an overseer", &told, vec![registers("over", "w/1")], "not-entitled");
    check("retired", &told, vec![registers("reg", "w/1"), retires("reg", "w/1")], "ok");
    check("retired by another", &told, vec![registers("reg", "w/1"), retires("a", "w/1")], "not-entitled");
    let moved = with(witness("w/1"), json!({"after": {"l:ledger": 0}}));
    check("moved on", &told, vec![line("2024-01-02", "reg", "witness.registered", moved)], "conflict");
}

#[test]
fn d9_a_name_is_taken_for_ever_and_a_witness_retires_once() {
    let told = Told::held();
    let both = || vec![registers("reg", "w/1"), retires("reg", "w/1")];
    let then = |last: Line| both().into_iter().chain([last]).collect::<Vec<_>>();
    check("in use", &told, vec![registers("reg", "w/1"), registers("reg", "w/1")], "id-taken");
    check("used once", &told, then(registers("reg", "w/1")), "id-taken");
    let again = with(witness("w/3"), json!({"vkey": "w/3+2+key of w/1"}));
    check(
        "the key of another",
        &told,
        then(line("2024-01-04", "reg", "witness.registered", again)),
        "id-taken",
    );
    check("another", &told, then(registers("reg", "w/2")), "ok");
    check("unknown", &told, vec![retires("reg", "w/1")], "not-found");
    check("twice", &told, then(retires("reg", "w/1")), "wrong-state");
}

#[test]
fn d8_what_was_said_of_witnesses_is_not_corrected() {
    let mut told = Told::held();
    let seq = told.ok(registers("reg", "w/1"));
    let corrected = with(witness("w/1"), json!({"corrects": seq}));
    check(
        "corrected",
        &told,
        vec![line("2024-01-03", "reg", "witness.registered", corrected)],
        "wrong-state",
    );
    let withdrawn = line("2024-01-03", "reg", "record.withdrawn", json!({"seq": seq}));
    check("withdrawn", &told, vec![withdrawn], "wrong-state");
}

#[test]
fn a_witness_counts_from_its_entry_until_that_which_retires_it() {
    let mut told = Told::held();
    let from = told.ok(registers("reg", "w/1"));
    assert_eq!(told.past_links(from), [Subject::parse("a:reg").unwrap(), Subject::ledger()]);
    told.ok(registers("reg", "w/2"));
    let until = told.ok(retires("reg", "w/1"));
    assert_eq!(told.past_links(until), [Subject::parse("a:reg").unwrap(), Subject::ledger()]);
    let counts = |state: &State, name: &str, size: u64| {
        state.witnesses[&WitnessName::parse(name).unwrap()].counts_at(size)
    };
    // an entry is of a checkpoint whose size is above its seq
    let sizes = [(from.0, false), (from.0 + 1, true), (until.0, true), (until.0 + 1, false)];
    for (size, counted) in sizes {
        assert_eq!(counts(&told.state, "w/1", size), counted, "{size}");
    }
    assert!(counts(&told.state, "w/2", until.0 + 1), "the other goes on");
    told.loads();
}

#[test]
fn a_witness_is_read_as_strictly_as_anything() {
    let read = |name: &str, url: &str| {
        let data = json!({"name": name, "vkey": "w+k", "url": url});
        Data::read("witness.registered", data).unwrap().map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(read("w", "https://w.example/x"), Ok(()));
    assert!(read("w w", "https://w.example").unwrap_err().starts_with("bad-id: "));
    assert!(read("w", "https://u@w.example").unwrap_err().starts_with("malformed: "));
}
