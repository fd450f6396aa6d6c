//! What a handoff waits for, as tables (DOMAIN section 6, "Waiting").

use serde_json::{Value, json};

use super::super::super::waiting::{For, age, waits};
use super::super::super::{Date, findings};
use super::told::{Told, line, proposed, with};

/// What, whom on, since when, too late from.
type Wait = (String, String, String, Option<String>);

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn words(what: &For) -> String {
    match what {
        For::Acceptance => "acceptance".to_owned(),
        For::Acknowledgement => "acknowledgement".to_owned(),
        For::Step(step) => step.to_string(),
        For::Reservation(reservation) => reservation.to_string(),
        For::Closing => "closing".to_owned(),
    }
}

fn waited(told: &Told, on: &str) -> Vec<Wait> {
    let there = told.state.handoffs.get("ho").unwrap();
    let all = waits(there, &there.standing(day(on)), day(on), 30);
    let text = |wait: super::super::super::waiting::Wait| {
        let too_late = wait.too_late.map(|day| day.to_string());
        (words(&wait.what), wait.on.to_string(), wait.since.to_string(), too_late)
    };
    all.into_iter().map(text).collect()
}

fn wait(what: &str, on: &str, since: &str, too_late: Option<&str>) -> Wait {
    (what.to_owned(), on.to_owned(), since.to_owned(), too_late.map(str::to_owned))
}

fn stalled(told: &Told, on: &str) -> usize {
    findings::stalled::findings(&told.state, day(on)).len()
}

fn by_law(more: Value) -> Told {
    let mut told = Told::held();
    let data = proposed(with(json!({"regime": "by_law", "effective": "2024-10-21"}), more));
    told.ok(line("2024-10-10", "reg", "handoff.proposed", data));
    told
}

fn step(name: &str, more: Value) -> Value {
    with(json!({"step": name, "kind": "asset", "by": "a"}), more)
}

#[test]
fn what_the_law_moves_waits_from_the_day_of_the_law() {
    let told = by_law(json!({"steps": [step("assets", json!({"due": "2024-10-21"}))]}));
    assert_eq!(waited(&told, "2024-10-20"), []);
    let both = [
        wait("assets", "a", "2024-10-21", Some("2024-10-22")),
        wait("acknowledgement", "b", "2024-10-21", Some("2024-11-21")),
    ];
    assert_eq!(waited(&told, "2024-10-21"), both);
    assert_eq!([stalled(&told, "2024-10-21"), stalled(&told, "2024-10-22")], [0, 1]);
    let without = by_law(json!({}));
    assert_eq!([stalled(&without, "2024-11-20"), stalled(&without, "2024-11-21")], [0, 1]);
}

#[test]
fn before_the_day_of_the_law_only_a_due_is_too_late() {
    let told = by_law(json!({"due": "2024-10-14", "steps": [step("assets", json!({"due": "2024-10-12"}))]}));
    assert_eq!(waited(&told, "2024-10-12"), []);
    let assets = wait("assets", "a", "2024-10-13", Some("2024-10-13"));
    assert_eq!(waited(&told, "2024-10-13"), std::slice::from_ref(&assets));
    let acknowledged = wait("acknowledgement", "b", "2024-10-15", Some("2024-10-15"));
    assert_eq!(waited(&told, "2024-10-15"), [assets, acknowledged]);
    let there = told.state.handoffs.get("ho").unwrap();
    assert_eq!(age(there, &there.standing(day("2024-10-15")), day("2024-10-15")), 0, "never negative");
}

#[test]
fn an_agreement_waits_for_its_acceptance_then_for_its_steps() {
    let mut told = Told::held();
    let steps = json!([
        step("assets", json!({})),
        step("staff", json!({"after": ["assets"]})),
        step("audit", json!({"after": ["staff"], "due": "2024-03-20"}))
    ]);
    told.ok(line(
        "2024-02-01",
        "a",
        "handoff.proposed",
        proposed(json!({"steps": steps, "due": "2024-02-10"})),
    ));
    assert_eq!(waited(&told, "2024-02-05"), [wait("acceptance", "b", "2024-02-01", Some("2024-02-11"))]);
    let reserved = json!({"handoff": "ho", "reservations": [{"reservation": "debts"}]});
    told.ok(line("2024-02-06", "b", "handoff.accepted", reserved));
    let assets = |on| wait("assets", on, "2024-02-06", Some("2024-03-08"));
    assert_eq!(waited(&told, "2024-02-06"), [assets("a")]);
    told.ok(line("2024-02-20", "a", "handoff.step_done", json!({"handoff": "ho", "step": "assets"})));
    let staff = wait("staff", "a", "2024-02-20", Some("2024-03-22"));
    assert_eq!(
        waited(&told, "2024-02-20"),
        [assets("b"), staff.clone()],
        "once done it waits on the receiver"
    );
    let audit = wait("audit", "a", "2024-03-21", Some("2024-03-21"));
    assert_eq!(waited(&told, "2024-03-21"), [assets("b"), audit, staff], "its own due has passed");
    for (on, kind, name) in [
        ("2024-03-22", "handoff.step_confirmed", "assets"),
        ("2024-03-22", "handoff.step_done", "staff"),
        ("2024-03-23", "handoff.step_confirmed", "staff"),
        ("2024-03-23", "handoff.step_done", "audit"),
        ("2024-03-24", "handoff.step_confirmed", "audit"),
    ] {
        let who = if kind == "handoff.step_done" { "a" } else { "b" };
        told.ok(line(on, who, kind, json!({"handoff": "ho", "step": name})));
    }
    assert_eq!(waited(&told, "2024-03-24"), [wait("debts", "b", "2024-03-24", None)]);
    assert_eq!(stalled(&told, "2025-03-24"), 0, "nobody says when that is too late");
    let lifted = json!({"handoff": "ho", "reservation": "debts"});
    told.ok(line("2024-03-26", "b", "handoff.reservation_lifted", lifted));
    assert_eq!(waited(&told, "2024-03-26"), [wait("closing", "b", "2024-03-26", None)]);
    told.ok(line("2024-03-27", "b", "handoff.closed", json!({"handoff": "ho"})));
    assert_eq!(waited(&told, "2024-03-27"), []);
    let there = told.state.handoffs.get("ho").unwrap();
    assert_eq!(age(there, &there.standing(day("2024-06-01")), day("2024-06-01")), 55);
}

#[test]
fn what_has_lapsed_or_was_observed_waits_for_nothing() {
    let mut told = Told::held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"due": "2024-02-10"}))));
    assert_eq!([stalled(&told, "2024-03-10"), stalled(&told, "2024-03-11")], [1, 0]);
    let mut seen = Told::held();
    let data = proposed(json!({"regime": "observed", "effective": "2024-01-20"}));
    seen.ok(line("2024-02-01", "reg", "handoff.proposed", data));
    assert_eq!(waited(&seen, "2024-06-01"), []);
}
