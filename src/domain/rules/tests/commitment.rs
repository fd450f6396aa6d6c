//! Commitments: who makes, confirms, changes, fulfils and drops them.

use serde_json::{Value, json};

use super::super::super::*;
use super::told::{Line, Told, agency, check, decided, line, with};
use crate::domain::state::dated::Told as _;

fn make(who: &'static str, more: Value) -> Line {
    let data = json!({"commitment": "co", "by": "b", "under": "f:f", "due": "2024-06-30"});
    line("2024-02-01", who, "commitment.made", with(data, more))
}

fn then(who: &'static str, kind: &'static str, more: Value) -> Line {
    line("2024-02-05", who, kind, with(json!({"commitment": "co"}), more))
}

/// d convenes the forum f (of a, b) which decided `df`, e coordinates the programme p, a decided `de`.
fn given() -> Told {
    let mut told = Told::held();
    for id in ["d", "e"] {
        told.ok(line("2024-01-02", "reg", "agency.registered", agency(id, &[])));
    }
    let forum = json!({"forum": "f", "convener": "d", "members": ["a", "b"]});
    told.ok(line("2024-01-02", "reg", "forum.formed", forum));
    let programme = json!({"programme": "p", "coordinator": "e", "responsibilities": ["housing"]});
    told.ok(line("2024-01-02", "e", "programme.started", programme));
    let on = json!({"decided_on": "2024-01-02"});
    told.ok(line("2024-01-02", "a", "decision.recorded", decided(on.clone())));
    let votes = json!([{"agency": "a", "vote": "for"}, {"agency": "b", "vote": "for"}]);
    let data = json!({"decision": "df", "decided_by": "f:f", "votes": votes});
    told.ok(line("2024-01-02", "d", "decision.recorded", decided(with(data, on))));
    told
}

#[test]
fn making() {
    let told = given();
    for (under, leader) in [("f:f", "d"), ("p:p", "e"), ("d:de", "a"), ("d:df", "d")] {
        for who in ["a", "b", "c", "d", "e", "reg", "over"] {
            let verdict = if who == leader || who == "b" { "ok" } else { "not-a-party" };
            check(&format!("{who} under {under}"), &told, vec![make(who, json!({"under": under}))], verdict);
        }
    }
    for under in ["f:nothing", "p:nothing", "d:nothing"] {
        check(under, &told, vec![make("b", json!({"under": under}))], "not-found");
    }
    check("under a responsibility", &told, vec![make("b", json!({"under": "r:housing"}))], "malformed");
    check("by nobody", &told, vec![make("d", json!({"by": "nobody"}))], "not-found");
    check("tomorrow", &told, vec![make("b", json!({"on": "2024-02-02"}))], "bad-date");
    check("twice", &told, vec![make("b", json!({})), make("d", json!({}))], "id-taken");
    check("moved on", &told, vec![make("b", json!({"after": {"f:f": 9}}))], "conflict");
    let end =
        line("2024-02-01", "e", "programme.ended", json!({"programme": "p", "effective": "2024-02-01"}));
    let under = |more| make("e", with(json!({"under": "p:p"}), more));
    check("under what has ended", &told, vec![end.clone(), under(json!({}))], "wrong-state");
    check("before its end", &told, vec![end, under(json!({"on": "2024-01-31"}))], "ok");
}

#[test]
fn who_goes_on() {
    let mut told = given();
    told.ok(make("d", json!({})));
    let due = json!({"due": "2024-07-31"});
    for (who, acts, makes) in [
        ("a", "not-a-party", "not-a-party"),
        ("b", "ok", "not-a-party"),
        ("d", "not-a-party", "ok"),
        ("reg", "not-a-party", "not-a-party"),
        ("over", "not-a-party", "not-a-party"),
    ] {
        check(who, &told, vec![then(who, "commitment.confirmed", json!({}))], acts);
        check(who, &told, vec![then(who, "commitment.fulfilled", json!({}))], acts);
        check(who, &told, vec![then(who, "commitment.changed", due.clone())], makes);
        check(who, &told, vec![then(who, "commitment.dropped", json!({}))], makes);
    }
    // the maker stays the maker when another convenes
    let change = line("2024-02-05", "reg", "forum.changed", json!({"forum": "f", "convener": "c"}));
    check("a former convener", &told, vec![change.clone(), then("d", "commitment.dropped", json!({}))], "ok");
    check("a later one", &told, vec![change, then("c", "commitment.dropped", json!({}))], "not-a-party");
    for kind in ["commitment.confirmed", "commitment.fulfilled"] {
        check(kind, &told, vec![then("b", kind, json!({"commitment": "nothing"}))], "not-found");
        check(kind, &told, vec![then("b", kind, json!({"on": "2024-01-31"}))], "bad-date");
        check(kind, &told, vec![then("b", kind, json!({"on": "2024-02-06"}))], "bad-date");
        check(kind, &told, vec![then("b", kind, json!({"after": {"m:co": 9}}))], "conflict");
    }
}

#[test]
fn its_course() {
    let mut told = given();
    told.ok(make("d", json!({})));
    let due = || json!({"due": "2024-07-31"});
    let confirm = || then("b", "commitment.confirmed", json!({}));
    let change = || then("d", "commitment.changed", due());
    let fulfil = || then("b", "commitment.fulfilled", json!({}));
    let drop = || then("d", "commitment.dropped", json!({}));
    check("confirmed twice", &told, vec![confirm(), confirm()], "wrong-state");
    check("changed twice", &told, vec![change(), change()], "ok");
    check("confirmed after a change", &told, vec![change(), confirm()], "ok");
    check("fulfilled, never confirmed", &told, vec![fulfil()], "ok");
    check("fulfilled when confirmed", &told, vec![confirm(), change(), fulfil()], "ok");
    for (name, end) in [("fulfilled", fulfil()), ("dropped", drop())] {
        for next in [confirm(), change(), fulfil(), drop()] {
            check(&format!("{name}, then {next:?}"), &told, vec![end.clone(), next], "wrong-state");
        }
    }
}

#[test]
fn overdue_is_what_was_agreed_to_and_is_past_its_day() {
    let mut told = given();
    told.ok(make("d", json!({})));
    let overdue = |told: &Told, on: &str| {
        let day = Date::parse(on).unwrap();
        told.state.commitments.get("co").unwrap().on(day).is_overdue(day)
    };
    assert!(!overdue(&told, "2024-07-01"), "nobody agreed");
    told.ok(then("b", "commitment.confirmed", json!({})));
    assert!(overdue(&told, "2024-07-01"));
    assert!(!overdue(&told, "2024-06-30"), "its last day");
    told.ok(then("d", "commitment.changed", json!({"due": "2024-07-15"})));
    assert!(!overdue(&told, "2024-07-15"));
    assert!(overdue(&told, "2024-07-16"));
    told.ok(line("2024-07-20", "b", "commitment.fulfilled", json!({"commitment": "co"})));
    assert!(overdue(&told, "2024-07-19"));
    assert!(!overdue(&told, "2024-07-20"));
    // its own promise needs no confirmation
    told.ok(make("b", json!({"commitment": "own"})));
    let day = Date::parse("2024-07-01").unwrap();
    assert!(told.state.commitments.get("own").unwrap().on(day).is_overdue(day));
}

#[test]
fn d10_a_closed_agency_fulfils_while_it_is_wound_up() {
    let mut told = given();
    told.ok(make("d", json!({})));
    let close = json!({"agency": "b", "how": "merged", "successors": ["c"], "effective": "2024-02-03",
        "winding_up_until": "2024-02-05", "basis": {"unknown": true}});
    told.ok(line("2024-02-02", "reg", "agency.closed", close));
    let fulfil = |day, who| vec![line(day, who, "commitment.fulfilled", json!({"commitment": "co"}))];
    check("itself", &told, fulfil("2024-02-05", "b"), "ok");
    check("its successor, too early", &told, fulfil("2024-02-05", "c"), "not-a-party");
    check("itself, too late", &told, fulfil("2024-02-06", "b"), "agency-not-active");
    check("its successor", &told, fulfil("2024-02-06", "c"), "ok");
    let make = make("b", json!({"commitment": "c2"}));
    check("nothing new", &told, vec![(("2024-02-04"), make.1, make.2, make.3)], "agency-not-active");
}

#[test]
fn d8_a_corrected_commitment_keeps_its_maker() {
    let mut told = given();
    let seq = told.ok(make("d", json!({})));
    told.ok(then("b", "commitment.fulfilled", json!({})));
    let data = json!({"corrects": seq, "due": "2024-05-31", "approved_by": ["over"]});
    told.ok(make("reg", data));
    let there = told.state.commitments.get("co").unwrap();
    assert_eq!(there.made.agency.as_ref().unwrap().as_str(), "d");
    assert_eq!(there.due(), Date::parse("2024-05-31").unwrap());
    assert!(there.fulfilled.is_some());
}
