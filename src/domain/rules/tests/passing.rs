//! What stands under a holding of another responsibility, when that passes on, ends or comes back:
//! small stories, and who executes on a day.

use serde_json::{Value, json};

use super::super::super::*;
use super::told::{Told, defined, line, made, proposed, with};

const DAY: &str = "2024-03-01";

/// a holds housing by `as_a`; permits is a part of it.
fn told() -> Told {
    let mut told = Told::held();
    let part = json!({"parent": "housing", "code": {"scheme": "cofog", "value": "06.1.1"}});
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("permits", part)));
    let decided = json!({"decision": "de", "decided_by": "a", "decided_on": "2024-01-01", "capacity": "own",
        "basis": {"unknown": true}, "in_force": {"from": "2024-01-01"}});
    told.ok(line("2024-01-01", "a", "decision.recorded", decided));
    told
}

fn executes(told: &mut Told, id: &str, of: &str, from: &str) -> Seq {
    let more = json!({"role": "executor", "under": "as_a", "valid": {"from": from}});
    told.ok(line("2024-01-02", "reg", "assignment.made", made(id, of, "c", more)))
}

fn by_law(told: &mut Told, more: Value) -> Seq {
    let data = proposed(with(json!({"regime": "by_law", "effective": DAY}), more));
    told.ok(line("2024-01-03", "reg", "handoff.proposed", data))
}

fn ends(told: &mut Told, id: &str, effective: &str) {
    let data = json!({"assignment": id, "effective": effective, "reason": "revoked",
        "basis": {"unknown": true}});
    told.ok(line("2024-01-04", "reg", "assignment.ended", data));
}

fn reverses(told: &mut Told, id: &str) {
    let data = json!({"handoff": id, "effective": DAY, "decision": "de"});
    told.ok(line(DAY, "over", "handoff.reversed", data));
}

fn executors(told: &Told, of: &str) -> Vec<String> {
    told.loads();
    let of = ResponsibilityId::parse(of).unwrap();
    let on = timeline::on(&told.state, &of, Date::parse(DAY).unwrap()).unwrap();
    on.executors.iter().map(|held| held.holding.agency.to_string()).collect()
}

#[test]
fn d5_what_moves_on_the_day_its_givers_giver_is_closed_ends_with_it() {
    let mut told = told();
    executes(&mut told, "x", "permits", "2024-01-02");
    by_law(&mut told, json!({"responsibilities": ["permits"], "from": "c", "to": "b", "role": "executor"}));
    assert_eq!(executors(&told, "permits"), ["b"]);
    let closed = json!({"agency": "a", "how": "dissolved", "successors": [], "effective": DAY,
        "basis": {"unknown": true}});
    told.ok(line("2024-01-04", "reg", "agency.closed", closed));
    assert!(executors(&told, "permits").is_empty());
}

#[test]
fn d5_what_never_began_under_an_ended_holding_gives_nothing_on() {
    let mut told = told();
    executes(&mut told, "x", "permits", DAY);
    by_law(&mut told, json!({"responsibilities": ["permits"], "from": "c", "to": "b", "role": "executor"}));
    ends(&mut told, "as_a", "2024-02-01");
    let of = ResponsibilityId::parse("permits").unwrap();
    let on = timeline::on(&told.state, &of, Date::parse(DAY).unwrap()).unwrap();
    assert!(on.executors.iter().all(|held| held.under.is_none()), "b holds by law alone");
}

#[test]
fn d5_children_that_ended_with_an_heir_do_not_come_back_with_the_giver() {
    let mut told = told();
    executes(&mut told, "x", "permits", "2024-01-02");
    let seq = by_law(&mut told, json!({"effective": "2024-02-01"}));
    let mut back = told.clone();
    reverses(&mut back, "ho");
    assert_eq!(executors(&back, "permits"), ["c"], "given back");
    // and on, on the same day
    by_law(&mut back, json!({"handoff": "again", "responsibilities": ["housing"]}));
    assert_eq!(executors(&back, "permits"), ["c"], "given back and on");
    ends(&mut told, &format!("as-{seq}"), DAY);
    reverses(&mut told, "ho");
    assert!(executors(&told, "permits").is_empty(), "ended before");
}

#[test]
fn d8_a_giver_closed_since_takes_back_no_children() {
    let mut told = told();
    executes(&mut told, "x", "housing", "2024-01-02");
    by_law(&mut told, json!({"effective": "2024-02-01"}));
    let closed = json!({"agency": "a", "how": "dissolved", "successors": [], "effective": "2024-02-20",
        "basis": {"unknown": true}});
    told.ok(line("2024-01-04", "reg", "agency.closed", closed));
    assert_eq!(executors(&told, "housing"), ["c"]);
    reverses(&mut told, "ho");
    assert!(executors(&told, "housing").is_empty());
}

#[test]
fn d5_what_stands_under_a_divided_holding_ends_with_its_heir_in_a_part() {
    let mut told = told();
    let other = json!({"code": {"scheme": "cofog", "value": "06.1"}});
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("other", other)));
    executes(&mut told, "x", "permits", "2024-01-02");
    let split = json!({"responsibility": "housing", "into": ["other"], "remainder": "none",
        "effective": "2024-02-01", "basis": {"unknown": true}});
    let seq = told.ok(line("2024-01-04", "reg", "responsibility.split", split));
    assert_eq!(executors(&told, "permits"), ["c"]);
    ends(&mut told, &format!("as-{seq}"), "2024-02-10");
    assert!(executors(&told, "permits").is_empty());
}

#[test]
fn d8_an_ending_is_not_lost_when_its_move_is_corrected_to_a_later_day() {
    let mut told = told();
    let seq = by_law(&mut told, json!({"effective": "2024-02-01"}));
    ends(&mut told, &format!("as-{seq}"), "2024-02-15");
    let later = proposed(json!({"regime": "by_law", "effective": "2024-02-20", "corrects": seq}));
    told.ok(line("2024-01-05", "reg", "handoff.proposed", later));
    told.loads();
    let of = ResponsibilityId::parse("housing").unwrap();
    let held = |day: &str| {
        let on = timeline::on(&told.state, &of, Date::parse(day).unwrap()).unwrap();
        on.accountable.iter().map(|held| held.holding.agency.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(held("2024-02-19"), ["a"]);
    assert!(held("2024-02-20").is_empty(), "it ends on the day on which it begins");
}
