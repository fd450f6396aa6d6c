//! Days on which something may not happen, as tables: what does not exist then, and what it follows.

use serde_json::{Value, json};

use super::super::super::state::handoff::HandoffState;
use super::super::super::*;
use super::told::{Line, Told, agency, check, defined, line, made, proposed, with};

fn said(day: &'static str, kind: &'static str, data: Value) -> Vec<Line> {
    vec![line(day, "reg", kind, data)]
}

fn unknown(more: Value) -> Value {
    with(json!({"basis": {"unknown": true}}), more)
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

#[test]
fn a_holding_begins_when_its_agency_exists() {
    let mut told = Told::new();
    let late = with(agency("late", &[]), json!({"valid": {"from": "2024-02-01"}}));
    told.ok(line("2024-01-01", "reg", "agency.registered", late));
    let hold = |from: &str| {
        said("2024-01-02", "assignment.made", made("x", "housing", "late", json!({"valid": {"from": from}})))
    };
    check("before", &told, hold("2024-01-31"), "agency-not-active");
    check("then", &told, hold("2024-02-01"), "ok");
    check("since nobody knows when", &told, hold("unknown"), "ok");
}

#[test]
fn a_holding_ends_with_a_step_that_there_is() {
    let mut told = Told::held();
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("roads", json!({}))));
    let steps = json!([{"step": "audit", "kind": "audit", "by": "a"}]);
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"steps": steps}))));
    let hold = |step: &str| {
        let ends_when = json!({"handoff": "ho", "step": step});
        said("2024-02-01", "assignment.made", made("x", "roads", "b", json!({"ends_when": ends_when})))
    };
    check("one it lacks", &told, hold("z"), "not-found");
    check("one it has", &told, hold("audit"), "ok");
}

#[test]
fn parts_exist_on_the_day_of_the_split() {
    let mut told = Told::new();
    let part = json!({"code": {"scheme": "cofog", "value": "06.1.1"}, "valid": {"from": "2024-03-01"}});
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("part", part)));
    let split = |effective: &str| {
        let data = json!({"responsibility": "housing", "into": ["part"], "remainder": "unassigned"});
        said("2024-01-02", "responsibility.split", unknown(with(data, json!({"effective": effective}))))
    };
    check("before one does", &told, split("2024-02-29"), "wrong-state");
    check("then", &told, split("2024-03-01"), "ok");
}

#[test]
fn a_handoff_moves_what_exists_on_the_day_it_moves() {
    let mut told = Told::held();
    let brief = json!({"valid": {"from": "2024-01-01", "to": "2024-03-10"}});
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("brief", brief)));
    told.ok(line("2024-01-01", "reg", "assignment.made", made("x", "brief", "a", json!({}))));
    let mut agreed = told.clone();
    agreed.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"responsibilities": ["brief"]}))));
    let accept = |day| vec![line(day, "b", "handoff.accepted", json!({"handoff": "ho"}))];
    check("accepted in its period", &agreed, accept("2024-03-09"), "ok");
    check("accepted after it", &agreed, accept("2024-03-10"), "wrong-state");
    let by_law = proposed(json!({"responsibilities": ["brief"], "regime": "by_law"}));
    told.ok(line("2024-02-01", "reg", "handoff.proposed", by_law));
    let change = |effective: &str| {
        said("2024-02-02", "handoff.changed", unknown(json!({"handoff": "ho", "effective": effective})))
    };
    check("changed to a day in its period", &told, change("2024-03-09"), "ok");
    check("changed to a day after it", &told, change("2024-03-10"), "wrong-state");
    let closed = json!({"agency": "a", "how": "dissolved", "successors": [], "effective": "2024-02-20"});
    told.ok(line("2024-02-01", "reg", "agency.closed", unknown(closed)));
    check("the giver gone the day before", &told, change("2024-02-20"), "ok");
    check("the giver gone for days", &told, change("2024-02-21"), "agency-not-active");
}

#[test]
fn d3_what_is_observed_is_closed_by_its_own_entry() {
    let mut told = Told::held();
    let observed = proposed(json!({"regime": "observed", "effective": "2024-02-01"}));
    told.ok(line("2024-02-03", "reg", "handoff.proposed", observed));
    let there = told.state.handoffs.get("ho").unwrap();
    assert_eq!(there.standing(day("2024-02-03")).state, HandoffState::Closed);
    let closed = vec![line("2024-02-04", "b", "handoff.closed", json!({"handoff": "ho"}))];
    check("it is not closed again", &told, closed, "wrong-state");
    let reversed = |on: &str| {
        let data = json!({"handoff": "ho", "effective": "2024-02-02", "on": on, "decision": "de"});
        let decided = json!({"decision": "de", "decided_by": "a", "decided_on": "2024-02-01",
            "capacity": "own", "basis": {"unknown": true}, "in_force": {"from": "2024-02-01"}});
        let decision = line("2024-02-03", "a", "decision.recorded", decided);
        vec![decision, line("2024-02-04", "over", "handoff.reversed", data)]
    };
    check("reversed before its record, after its own date", &told, reversed("2024-02-02"), "ok");
    check("reversed before its own date", &told, reversed("2024-01-31"), "bad-date");
}

#[test]
fn d5_a_derived_holding_stays_inside_those_who_stand_in_its_givers_place() {
    let mut told = Told::held();
    let by_law = proposed(json!({"regime": "by_law", "effective": "2024-02-01"}));
    let seq = told.ok(line("2024-01-02", "reg", "handoff.proposed", by_law));
    let ended = json!({"assignment": format!("as-{seq}"), "effective": "2024-03-01", "reason": "revoked"});
    told.ok(line("2024-01-02", "reg", "assignment.ended", unknown(ended)));
    let executor = |from: &str, to: Value| {
        let more = json!({"role": "executor", "under": "as_a", "valid": {"from": from, "to": to}});
        said("2024-01-03", "assignment.made", made("x", "housing", "c", more))
    };
    check("as long as the heir holds", &told, executor("2024-01-10", json!("2024-03-01")), "ok");
    check("longer", &told, executor("2024-01-10", json!("2024-03-02")), "exceeds-parent");
    check("given when it has passed on", &told, executor("2024-02-01", json!("2024-03-01")), "ok");
    check(
        "given when it has passed on, for longer than the heir holds",
        &told,
        executor("2024-02-01", Value::Null),
        "exceeds-parent",
    );
}

#[test]
fn d4_what_was_accepted_in_time_does_not_expire() {
    let mut told = Told::held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"effective": "2024-06-01"}))));
    told.ok(line("2024-03-10", "b", "handoff.accepted", json!({"handoff": "ho"})));
    let changed = unknown(json!({"handoff": "ho", "due": "2024-02-01", "approved_by": ["b"]}));
    told.ok(line("2024-03-11", "a", "handoff.changed", changed));
    told.ok(line("2024-03-12", "reg", "responsibility.changed", unknown(named())));
    let there = told.state.handoffs.get("ho").unwrap();
    assert_eq!(there.standing(day("2024-03-12")).state, HandoffState::Accepted);
}

#[test]
fn d4_what_has_lapsed_lapses_again_only_on_another_day() {
    let mut told = Told::held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"due": "2024-02-10"}))));
    told.ok(line("2024-04-01", "reg", "responsibility.changed", unknown(named())));
    // after the day on which it has expired
    let ended = json!({"assignment": "as_a", "effective": "2024-03-20", "reason": "revoked"});
    told.ok(line("2024-04-02", "reg", "assignment.ended", unknown(ended)));
    told.ok(line("2024-04-03", "reg", "responsibility.changed", unknown(named())));
    let lapsed = |event: &&Event| matches!(event.statement.data, Data::HandoffLapsed(_));
    assert_eq!(told.events.iter().filter(lapsed).count(), 1);
}

#[test]
fn d4_a_holding_that_ends_on_the_day_of_the_proposal_overtakes_it() {
    let mut told = Told::held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({}))));
    let ended = json!({"assignment": "as_a", "effective": "2024-02-01", "reason": "revoked"});
    told.ok(line("2024-02-01", "reg", "assignment.ended", unknown(ended)));
    told.ok(line("2024-02-02", "reg", "responsibility.changed", unknown(named())));
    let there = told.state.handoffs.get("ho").unwrap();
    assert_eq!(there.standing(day("2024-02-02")).state, HandoffState::Lapsed);
}

#[test]
fn d4_a_lapse_that_takes_back_what_another_would_have_lost_comes_alone() {
    let mut told = Told::held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"effective": "2024-02-05"}))));
    let seq = told.ok(line("2024-02-05", "b", "handoff.accepted", json!({"handoff": "ho"})));
    let ended = json!({"assignment": format!("as-{seq}"), "effective": "2024-02-20", "reason": "revoked"});
    told.ok(line("2024-02-06", "reg", "assignment.ended", unknown(ended)));
    let next = json!({"handoff": "next", "from": "b", "to": "c", "effective": "2024-02-10"});
    told.ok(line("2024-02-10", "b", "handoff.proposed", proposed(next)));
    let before = json!({"assignment": "as_a", "effective": "2024-02-03", "reason": "revoked"});
    told.ok(line("2024-02-11", "reg", "assignment.ended", unknown(before)));
    // on this day both are due; but b never held what the second would move
    told.ok(line("2024-02-21", "reg", "responsibility.changed", unknown(named())));
    let state = |id: &str| told.state.handoffs.get(id).unwrap().standing(day("2024-02-21")).state;
    assert_eq!((state("ho"), state("next")), (HandoffState::Lapsed, HandoffState::Proposed));
}

fn named() -> Value {
    json!({"responsibility": "housing", "name": {"en": "new"}, "effective": "2024-04-01"})
}
