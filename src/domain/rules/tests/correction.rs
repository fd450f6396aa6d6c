//! Rule 8, as tables: what takes the place of what, who may, who must agree.

use serde_json::{Value, json};

use super::super::super::timeline::{self, Status};
use super::super::super::*;
use super::told::{Line, Told, agency, check, decided, defined, line, made, proposed, with};

/// `a` holds housing by entry 8 of [`Told::held`].
fn held() -> (Told, Seq) {
    let told = Told::held();
    let seq = Seq(told.events.len() as u64 - 1);
    (told, seq)
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn housing() -> ResponsibilityId {
    ResponsibilityId::parse("housing").unwrap()
}

/// Who answers for housing on a day, and how it is held.
fn answers(told: &Told, on: &str) -> (Vec<String>, Status) {
    let on = timeline::on(&told.state, &housing(), day(on)).unwrap();
    let held = on.accountable.iter().filter(|held| !held.dormant);
    (held.map(|held| held.holding.agency.to_string()).collect(), on.status)
}

fn correcting(seq: Seq, data: Value) -> Value {
    with(data, json!({"corrects": seq}))
}

#[test]
fn d8_a_correction_takes_the_place_of_what_it_corrects() {
    let (mut told, first) = held();
    let second = told.ok(line(
        "2024-02-01",
        "reg",
        "assignment.made",
        correcting(first, made("as_a", "housing", "b", json!({}))),
    ));
    assert_eq!(answers(&told, "2024-01-15"), (vec!["b".to_owned()], Status::Held));
    let fold = told.state.fold(&housing());
    let holding = fold.holdings.front().unwrap();
    assert_eq!((holding.made, holding.evidence()), (first, vec![first, second]));
    // its entry links what the corrected one links
    let links = told.past_links(second);
    for subject in told.past_links(first) {
        assert!(links.contains(&subject), "{subject}");
    }
    told.loads();
}

#[test]
fn d8_an_entry_is_corrected_once_and_a_correction_again() {
    let (mut told, first) = held();
    let to = |agency: &str, seq: Seq| -> Line {
        line(
            "2024-02-01",
            "reg",
            "assignment.made",
            correcting(seq, made("as_a", "housing", agency, json!({}))),
        )
    };
    let second = told.ok(to("b", first));
    check("twice", &told, vec![to("c", first)], "wrong-state");
    told.ok(to("c", second));
    assert_eq!(answers(&told, "2024-01-15").0, ["c"]);
    check("the middle one", &told, vec![to("a", second)], "wrong-state");
    told.loads();
}

#[test]
fn d8_the_same_type_and_object_by_the_same_author() {
    let (told, first) = held();
    let (reg, day) = ("reg", "2024-02-01");
    let as_b = made("as_b", "housing", "b", json!({}));
    let ended = json!({"assignment": "as_a", "effective": "2024-03-01", "reason": "revoked", "basis": {"unknown": true}});
    let other = correcting(first, made("as_a", "housing", "b", json!({})));
    check(
        "another object",
        &told,
        vec![(day, reg, "assignment.made", correcting(first, as_b))],
        "wrong-state",
    );
    check(
        "another type",
        &told,
        vec![(day, reg, "assignment.ended", correcting(first, ended))],
        "wrong-state",
    );
    check("not its author", &told, vec![(day, "b", "assignment.made", other.clone())], "not-entitled");
    check(
        "no such entry",
        &told,
        vec![(day, reg, "assignment.made", correcting(Seq(999), other))],
        "not-found",
    );
    let registered = correcting(Seq(2), agency("a", &[]));
    check("a registration", &told, vec![(day, reg, "agency.registered", registered)], "wrong-state");
}

#[test]
fn d8_powers_are_not_corrected() {
    let (mut told, _) = held();
    let changed =
        json!({"agency": "c", "powers": ["court"], "effective": "2024-02-01", "approved_by": ["over"]});
    let seq = told.ok(line("2024-02-01", "reg", "agency.changed", changed));
    let again = json!({"agency": "c", "name": {"en": "C"}, "effective": "2024-02-01", "corrects": seq});
    check("powers", &told, vec![line("2024-02-02", "reg", "agency.changed", again)], "wrong-state");
}

#[test]
fn d8_each_other_agency_concerned_approves_or_one_overseer() {
    let (mut told, first) = held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({}))));
    told.ok(line("2024-02-02", "b", "handoff.accepted", json!({"handoff": "ho"})));
    let corrected = |approved_by: Value| -> Line {
        let data = made(
            "as_a",
            "housing",
            "a",
            json!({"valid": {"from": "2023-12-01"}, "approved_by": approved_by}),
        );
        line("2024-02-03", "reg", "assignment.made", correcting(first, data))
    };
    check("nobody agrees", &told, vec![corrected(json!([]))], "approval-missing");
    check("one of two agrees", &told, vec![corrected(json!(["a"]))], "approval-missing");
    check("both agree", &told, vec![corrected(json!(["a", "b"]))], "ok");
    check("an overseer agrees", &told, vec![corrected(json!(["over"]))], "ok");
    // c has said nothing that rests on it
    check("somebody else agrees", &told, vec![corrected(json!(["c"]))], "approval-missing");
}

#[test]
fn d8_the_registrar_corrects_another_with_an_overseer() {
    let (mut told, _) = held();
    let seq = told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({}))));
    let corrected = |who, approved_by: Value| -> Line {
        let data = proposed(json!({"effective": "2024-03-05", "approved_by": approved_by}));
        line("2024-02-02", who, "handoff.proposed", correcting(seq, data))
    };
    check("the registrar alone", &told, vec![corrected("reg", json!([]))], "approval-missing");
    check("with an overseer", &told, vec![corrected("reg", json!(["over"]))], "ok");
    check("its author", &told, vec![corrected("a", json!([]))], "ok");
}

#[test]
fn d8_rule_2_counts_what_was_recorded_before_its_place_only() {
    let mut told = Told::new();
    let until = |from: &str, to: &str| json!({"valid": {"from": from, "to": to}});
    let first = told.ok(line(
        "2024-01-02",
        "reg",
        "assignment.made",
        made("as_1", "housing", "a", until("2024-01-01", "2024-02-01")),
    ));
    let second = told.ok(line(
        "2024-01-02",
        "reg",
        "assignment.made",
        made("as_2", "housing", "b", until("2024-02-01", "2024-03-01")),
    ));
    let longer = |seq, id, agency, from, to| -> Line {
        line(
            "2024-01-03",
            "reg",
            "assignment.made",
            correcting(seq, made(id, "housing", agency, until(from, to))),
        )
    };
    let into_earlier = longer(second, "as_2", "b", "2024-01-15", "2024-03-01");
    check("meets an earlier one", &told, vec![into_earlier], "already-accountable");
    told.ok(longer(first, "as_1", "a", "2024-01-01", "2024-02-15"));
    assert_eq!(answers(&told, "2024-02-10").1, Status::Conflict);
    told.loads();
}

#[test]
fn d8_a_step_of_a_handoff_is_corrected_in_its_place() {
    let (mut told, _) = held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"effective": "2024-02-05"}))));
    let seq = told.ok(line("2024-02-20", "b", "handoff.accepted", json!({"handoff": "ho"})));
    assert_eq!(answers(&told, "2024-02-15").0, ["a"]);
    let earlier = json!({"handoff": "ho", "on": "2024-02-10", "corrects": seq});
    told.ok(line("2024-02-25", "b", "handoff.accepted", earlier));
    assert_eq!(answers(&told, "2024-02-15").0, ["b"]);
    assert_eq!(answers(&told, "2024-02-09").0, ["a"]);
    // a date after the entry's own record day cannot have been meant
    let again = Seq(told.events.len() as u64 - 1);
    let late = json!({"handoff": "ho", "on": "2024-02-24", "corrects": again});
    check("after its record day", &told, vec![line("2024-02-26", "b", "handoff.accepted", late)], "bad-date");
    told.loads();
}

#[test]
fn d8_a_split_is_corrected_and_names_stay() {
    let (mut told, _) = held();
    for id in ["left", "right", "third"] {
        told.ok(line("2024-01-02", "reg", "responsibility.defined", defined(id, json!({}))));
    }
    let split = |into: Value| {
        json!({"responsibility": "housing", "into": into, "remainder": "none",
        "effective": "2024-02-01", "basis": {"unknown": true}})
    };
    let seq = told.ok(line("2024-01-03", "reg", "responsibility.split", split(json!(["left", "right"]))));
    told.ok(line(
        "2024-01-04",
        "reg",
        "responsibility.split",
        correcting(seq, split(json!(["left", "third"]))),
    ));
    let holder = |id: &str| {
        let on = timeline::on(&told.state, &ResponsibilityId::parse(id).unwrap(), day("2024-02-02")).unwrap();
        on.accountable.iter().map(|held| held.holding.assignment.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(holder("left"), [format!("as-{seq}.1")]);
    assert_eq!(holder("right"), Vec::<String>::new());
    assert_eq!(holder("third").len(), 1);
    assert_ne!(holder("third"), [format!("as-{seq}.2")]);
    told.loads();
}

#[test]
fn d8_a_decision_and_a_closing_are_corrected() {
    let (mut told, _) = held();
    let seq = told.ok(line("2024-02-02", "a", "decision.recorded", decided(json!({}))));
    let number = decided(json!({"number": "7/2024"}));
    told.ok(line("2024-02-03", "a", "decision.recorded", correcting(seq, number)));
    let decision = told.state.decisions.get("de").unwrap();
    assert_eq!((decision.recorded.seq, decision.recorded.data.number.is_some()), (seq, true));
    let closed = |on: &str| {
        json!({"agency": "a", "how": "dissolved", "successors": [], "effective": on,
        "basis": {"unknown": true}})
    };
    let seq = told.ok(line("2024-02-04", "reg", "agency.closed", closed("2024-03-01")));
    assert_eq!(answers(&told, "2024-03-02").1, Status::Orphan);
    told.ok(line("2024-02-05", "reg", "agency.closed", correcting(seq, closed("2024-04-01"))));
    assert_eq!(answers(&told, "2024-03-02").0, ["a"]);
    told.loads();
}
