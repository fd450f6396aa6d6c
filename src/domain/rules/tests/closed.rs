//! Rule 10 and the lapses, as tables: what a closed agency leaves behind, and who takes it up.

use serde_json::{Value, json};

use super::super::super::state::handoff::HandoffState;
use super::super::super::*;
use super::told::{Line, Told, check, line, made, proposed};

const UNKNOWN: &str = r#"{"unknown": true}"#;

fn basis() -> Value {
    serde_json::from_str(UNKNOWN).unwrap()
}

fn closed(id: &str, successors: &[&str], effective: &str, until: Option<&str>) -> Line {
    let data = json!({"agency": id, "how": "replaced", "successors": successors, "effective": effective,
        "winding_up_until": until, "basis": basis()});
    line("2024-02-10", "reg", "agency.closed", data)
}

fn standing(told: &Told, on: &str) -> HandoffState {
    told.state.handoffs.get("ho").unwrap().standing(Date::parse(on).unwrap()).state
}

#[test]
fn d10_a_closing_withdraws_what_the_agency_has_only_proposed() {
    let mut told = Told::held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({}))));
    let seq = told.ok(closed("a", &["c"], "2024-02-20", None));
    assert_eq!(standing(&told, "2024-02-19"), HandoffState::Proposed);
    assert_eq!(standing(&told, "2024-02-20"), HandoffState::Withdrawn);
    let late = line("2024-02-25", "b", "handoff.accepted", json!({"handoff": "ho"}));
    check("accepted too late", &told, vec![late], "wrong-state");
    // the closing is corrected: what it withdrew was not withdrawn
    let mut later = closed("a", &["c"], "2024-04-01", None);
    later.3["corrects"] = json!(seq);
    later.3["approved_by"] = json!(["over"]);
    told.ok(later);
    assert_eq!(standing(&told, "2024-02-25"), HandoffState::Proposed);
}

#[test]
fn d10_after_winding_up_successors_and_then_the_registrar_stand_in() {
    let mut told = Told::held();
    let by_law = proposed(json!({"regime": "by_law", "to": "b", "effective": "2024-02-05"}));
    told.ok(line("2024-02-01", "reg", "handoff.proposed", by_law));
    let acknowledged = |day, who, approved_by: Value| -> Line {
        line(day, who, "handoff.acknowledged", json!({"handoff": "ho", "approved_by": approved_by}))
    };
    let mut wound = told.clone();
    wound.ok(closed("b", &["c"], "2024-02-10", Some("2024-02-20")));
    check("winding up", &wound, vec![acknowledged("2024-02-15", "b", json!([]))], "ok");
    check("a successor too early", &wound, vec![acknowledged("2024-02-15", "c", json!([]))], "not-a-party");
    check(
        "the closed one too late",
        &wound,
        vec![acknowledged("2024-02-21", "b", json!([]))],
        "agency-not-active",
    );
    check("its successor", &wound, vec![acknowledged("2024-02-21", "c", json!([]))], "ok");
    check(
        "the registrar beside one",
        &wound,
        vec![acknowledged("2024-02-21", "reg", json!(["over"]))],
        "not-a-party",
    );
    let mut alone = told.clone();
    alone.ok(closed("b", &[], "2024-02-10", None));
    check(
        "the registrar alone",
        &alone,
        vec![acknowledged("2024-02-21", "reg", json!([]))],
        "approval-missing",
    );
    check("the registrar, approved", &alone, vec![acknowledged("2024-02-21", "reg", json!(["over"]))], "ok");
}

#[test]
fn d10_winding_up_is_for_what_began_before() {
    let mut told = Told::held();
    told.ok(closed("b", &["c"], "2024-02-10", Some("2024-03-20")));
    let by_law = proposed(json!({"regime": "by_law", "effective": "2024-02-09", "from": "a", "to": "b",
        "on": "2024-02-12"}));
    let before = line("2024-02-12", "reg", "handoff.proposed", by_law);
    let acknowledged = line("2024-02-15", "b", "handoff.acknowledged", json!({"handoff": "ho"}));
    check("effective before its closing", &told, vec![before, acknowledged], "ok");
}

#[test]
fn d4_overtaken_is_of_the_day_the_holding_ended_however_late_it_is_said() {
    let mut told = Told::held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"effective": "2024-03-10"}))));
    told.ok(line("2024-02-02", "b", "handoff.accepted", json!({"handoff": "ho"})));
    let ended =
        json!({"assignment": "as_a", "effective": "2024-03-05", "reason": "revoked", "basis": basis()});
    told.ok(line("2024-02-03", "reg", "assignment.ended", ended));
    // nothing links it until long after the day it would have moved
    told.ok(line(
        "2024-04-01",
        "reg",
        "assignment.made",
        made("as_c", "housing", "c", json!({"valid": {"from": "2024-04-01"}})),
    ));
    let lapsed = told.events.iter().find_map(|event| match &event.statement.data {
        Data::HandoffLapsed(data) => Some((event.at, data.on)),
        _ => None,
    });
    let (at, on) = lapsed.unwrap();
    assert_eq!((at.to_string().get(..10).unwrap(), on), ("2024-04-01", Date::parse("2024-03-05").ok()));
    assert_eq!(standing(&told, "2024-03-04"), HandoffState::Accepted);
    assert_eq!(standing(&told, "2024-03-12"), HandoffState::Lapsed);
}

#[test]
fn d2_comes_before_the_rules_after_it() {
    let told = Told::held();
    let mut none = made("as_b", "housing", "b", json!({}));
    none["basis"] = Value::Null;
    check(
        "two accountable, no basis",
        &told,
        vec![line("2024-02-01", "reg", "assignment.made", none)],
        "already-accountable",
    );
}
