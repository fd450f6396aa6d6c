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

/// b is closed on 2024-04-01, its successor is c; a proposes on 2024-02-01, effective 2024-03-01.
fn paper(due: Value) -> Told {
    let mut told = Told::held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"due": due}))));
    told.ok(closed("b", &["c"], "2024-04-01", Some("2024-12-31")));
    told
}

fn accepted_late(who: &'static str, on: Value, approved_by: Value) -> Line {
    line(
        "2024-06-01",
        who,
        "handoff.accepted",
        json!({"handoff": "ho", "on": on, "approved_by": approved_by}),
    )
}

#[test]
fn d10_what_a_closed_agency_did_is_entered_late() {
    let told = paper(Value::Null);
    let on = json!("2024-03-10");
    check("no approval", &told, vec![accepted_late("c", on.clone(), json!([]))], "approval-missing");
    check("no day", &told, vec![accepted_late("c", Value::Null, json!(["over"]))], "not-a-party");
    check(
        "of after the closing",
        &told,
        vec![accepted_late("c", json!("2024-04-01"), json!(["over"]))],
        "not-a-party",
    );
    check("another agency", &told, vec![accepted_late("a", on.clone(), json!(["over"]))], "not-a-party");
    check(
        "the registrar beside a successor",
        &told,
        vec![accepted_late("reg", on.clone(), json!(["over"]))],
        "not-a-party",
    );
    let mut entered = told;
    entered.ok(accepted_late("c", on.clone(), json!(["over"])));
    let fold = entered.state.fold(&ResponsibilityId::parse("housing").unwrap());
    let holders = |day: &str| -> Vec<String> {
        fold.alive_on(Date::parse(day).unwrap()).map(|holding| holding.agency.to_string()).collect()
    };
    assert_eq!((holders("2024-03-09"), holders("2024-03-10")), (vec!["a".to_owned()], vec!["b".to_owned()]));
    assert!(holders("2024-04-01").is_empty(), "it ended with b");
    let lapsed = paper(json!("2024-03-15"));
    check(
        "it has lapsed meanwhile",
        &lapsed,
        vec![accepted_late("c", on.clone(), json!(["over"]))],
        "wrong-state",
    );
    let mut alone = Told::held();
    alone.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({}))));
    alone.ok(closed("b", &["old"], "2024-04-01", None));
    check(
        "the registrar where no successor exists",
        &alone,
        vec![accepted_late("reg", on, json!(["over"]))],
        "ok",
    );
}

#[test]
fn d10_what_was_accepted_before_the_giver_was_closed_is_not_withdrawn_by_that() {
    let mut told = paper(Value::Null);
    told.ok(line(
        "2024-04-01",
        "reg",
        "agency.closed",
        json!({"agency": "a", "how": "replaced",
        "successors": ["c"], "effective": "2024-04-01", "basis": basis()}),
    ));
    assert_eq!(standing(&told, "2024-06-01"), HandoffState::Withdrawn);
    told.ok(accepted_late("c", json!("2024-03-10"), json!(["over"])));
    assert_eq!(standing(&told, "2024-06-01"), HandoffState::Effective);
    let mut lapsed = paper(json!("2024-03-15"));
    lapsed.ok(line(
        "2024-04-01",
        "reg",
        "agency.closed",
        json!({"agency": "a", "how": "replaced",
        "successors": ["c"], "effective": "2024-04-01", "basis": basis()}),
    ));
    let late = accepted_late("c", json!("2024-03-10"), json!(["over"]));
    check("expired, had the closing not withdrawn it", &lapsed, vec![late], "wrong-state");
}
