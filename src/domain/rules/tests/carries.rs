//! What stands under a split responsibility from others: which part it follows, and what `carries` says
//! (DOMAIN section 5, "Splits").

use serde_json::{Value, json};

use super::super::super::*;
use super::told::{Line, Told, check, defined, line, made, proposed, with};

fn reg(kind: &'static str, data: Value) -> Line {
    line("2024-01-02", "reg", kind, with(data, json!({"basis": {"unknown": true}})))
}

fn coded(id: &str, code: &str, more: Value) -> Line {
    let code = json!({"scheme": "cofog", "value": code});
    reg("responsibility.defined", defined(id, with(json!({"code": code}), more)))
}

fn split(id: &str, into: &[&str], effective: &str, more: Value) -> Line {
    let data = json!({"responsibility": id, "into": into, "remainder": "none", "effective": effective});
    reg("responsibility.split", with(data, more))
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// r (06) is held by a as `as_r`; k (06.1.2), a child of it, by c by delegation under that, as `as_k`.
fn told(parts: &[(&str, &str)]) -> Told {
    let mut told = Told::held();
    told.ok(coded("r", "06", json!({})));
    told.ok(coded("k", "06.1.2", json!({"parent": "r"})));
    for (id, code) in parts {
        told.ok(coded(id, code, json!({})));
    }
    told.ok(line("2024-01-02", "reg", "assignment.made", made("as_r", "r", "a", json!({}))));
    let under = json!({"mode": "delegation", "under": "as_r", "valid": {"from": "2024-01-02"}});
    told.ok(line("2024-01-02", "a", "assignment.made", made("as_k", "k", "c", under)));
    told
}

/// What a holding of k stands under on a day, and of which responsibility; nothing where k is not held.
fn above(told: &Told, of: &str, on: &str) -> Option<String> {
    told.loads();
    let on = timeline::on(&told.state, &ResponsibilityId::parse(of).unwrap(), day(on)).unwrap();
    let held = on.accountable.iter().find(|held| held.via.is_none())?;
    let (of, _) = told.state.holding(held.under.as_ref()?)?;
    Some(of.id().to_string())
}

fn unplaced(told: &Told, on: &str) -> Vec<(String, Option<String>)> {
    let found = findings::of_kinds(&told.state, &[findings::Kind::Unplaced], day(on));
    found.into_iter().map(|one| (one.key, one.since.map(|since| since.to_string()))).collect()
}

#[test]
fn what_fits_one_part_follows_it_and_its_parts() {
    let mut told = told(&[("p", "06.1"), ("q", "06.2"), ("p1", "06.1.1"), ("p2", "06.1.2")]);
    told.ok(split("r", &["p", "q"], "2024-06-01", json!({})));
    assert_eq!(above(&told, "k", "2024-05-31").as_deref(), Some("r"));
    assert_eq!(above(&told, "k", "2024-06-01").as_deref(), Some("p"));
    told.ok(split("p", &["p1", "p2"], "2024-09-01", json!({})));
    assert_eq!(above(&told, "k", "2024-09-01").as_deref(), Some("p2"));
    let law = json!({"responsibilities": ["p2"], "regime": "by_law", "effective": "2024-10-01"});
    told.ok(line("2024-01-03", "reg", "handoff.proposed", proposed(law)));
    let end = |by: &'static str| {
        let data = json!({"assignment": "as_k", "effective": "2024-10-02", "reason": "revoked", "basis": {"unknown": true}});
        vec![line("2024-10-02", by, "assignment.ended", data)]
    };
    check("who received p2", &told, end("b"), "ok");
    check("who holds q", &told, end("a"), "not-entitled");
}

#[test]
fn what_fits_several_parts_is_named() {
    let mut told = told(&[("p", "06.1"), ("q", "06.1"), ("far", "06.3"), ("s", "06.1.2")]);
    told.ok(line(
        "2024-01-02",
        "reg",
        "assignment.made",
        made("own", "r", "b", json!({"role": "supporter"})),
    ));
    told.ok(line(
        "2024-01-02",
        "reg",
        "assignment.made",
        made("other", "k", "b", json!({"role": "supporter"})),
    ));
    let say =
        |carries: Value| vec![split("r", &["p", "q", "far"], "2024-06-01", json!({"carries": carries}))];
    let table = [
        ("not named", json!({}), "ambiguous"),
        ("named", json!({"q": ["as_k"]}), "ok"),
        ("named beside an empty one", json!({"q": ["as_k"], "p": []}), "ok"),
        ("a key that is no part", json!({"k": ["as_k"]}), "wrong-state"),
        ("a key that is nothing", json!({"nothing": ["as_k"]}), "wrong-state"),
        ("a holding that is nothing", json!({"q": ["nothing"]}), "not-found"),
        ("a holding of its own", json!({"q": ["own", "as_k"]}), "wrong-state"),
        ("a holding that stands under none", json!({"q": ["as_k", "other"]}), "wrong-state"),
        ("named twice", json!({"q": ["as_k"], "p": ["as_k"]}), "malformed"),
        ("named twice under one", json!({"q": ["as_k", "as_k"]}), "malformed"),
        ("twice, and no holding there", json!({"q": ["as_k", "as_k", "own"]}), "wrong-state"),
        ("outside", json!({"far": ["as_k"]}), "exceeds-parent"),
    ];
    for (name, carries, then) in table {
        check(name, &told, say(carries), then);
    }
    let refusal = told.clone().tell(say(json!({})).remove(0)).unwrap_err();
    assert!(refusal.detail.contains("as_k"), "{refusal}");
    check(
        "where one fits",
        &told,
        vec![split("r", &["p", "far"], "2024-06-01", json!({"carries": {"p": ["as_k"]}}))],
        "ok",
    );
    check(
        "before it began",
        &told,
        vec![split("r", &["p", "q"], "2024-01-01", json!({"carries": {"q": ["as_k"]}}))],
        "wrong-state",
    );
    let seq = told.ok(say(json!({"q": ["as_k"]})).remove(0));
    assert_eq!(above(&told, "k", "2024-06-01").as_deref(), Some("q"));
    // who takes its place stands there, too; and the parts of k
    let law = proposed(
        json!({"responsibilities": ["k"], "from": "c", "to": "b", "regime": "by_law", "effective": "2024-07-01"}),
    );
    told.ok(line("2024-01-03", "reg", "handoff.proposed", law));
    assert_eq!(above(&told, "k", "2024-07-01").as_deref(), Some("q"));
    told.ok(split("k", &["s"], "2024-08-01", json!({})));
    assert_eq!(above(&told, "s", "2024-08-01").as_deref(), Some("q"));
    let corrected = |carries: Value| {
        let more = json!({"carries": carries, "corrects": seq, "approved_by": ["over"]});
        vec![split("r", &["p", "q", "far"], "2024-06-01", more)]
    };
    check("corrected without", &told, corrected(json!({})), "ambiguous");
    told.ok(corrected(json!({"p": ["as_k"]})).remove(0));
    assert_eq!(above(&told, "s", "2024-08-01").as_deref(), Some("p"));
}

#[test]
fn what_no_part_takes_ends_and_is_found() {
    let mut told = told(&[("p", "06.3"), ("q", "06.1"), ("rest", "06.1"), ("wide", "06.1")]);
    let ends =
        json!({"role": "executor", "under": "as_r", "valid": {"from": "2024-01-02", "to": "2024-12-01"}});
    told.ok(line("2024-01-02", "a", "assignment.made", made("x", "k", "b", ends)));
    let mut carved = told.clone();
    let mut rest = told.clone();
    told.ok(split("r", &["p"], "2024-06-01", json!({})));
    assert_eq!(above(&told, "k", "2024-06-01"), None);
    let found = [
        ("unplaced:as_k".to_owned(), Some("2024-06-01".to_owned())),
        ("unplaced:x".to_owned(), Some("2024-06-01".to_owned())),
    ];
    assert!(unplaced(&told, "2024-05-31").is_empty());
    assert_eq!(unplaced(&told, "2024-06-01"), found);
    assert_eq!(unplaced(&told, "2024-11-30"), found);
    assert_eq!(unplaced(&told, "2024-12-01"), found[..1], "x would have ended by itself");
    let all = findings::of_kinds(&told.state, &[findings::Kind::Unplaced], day("2024-06-01"));
    assert_eq!(all[0].agencies.iter().map(|one| one.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    let tolerated = json!({"finding": "unplaced:as_k", "until": "2024-09-01", "basis": {"unknown": true}});
    check("it is tolerated", &told, vec![line("2024-06-02", "over", "finding.tolerated", tolerated)], "ok");
    // a part that leaves it out does not contain it
    let out = json!({"carve_outs": [{"code": {"scheme": "cofog", "value": "06.1.2"}}], "responsibility": "q",
        "effective": "2024-01-01"});
    carved.ok(reg("responsibility.changed", out));
    carved.ok(split("r", &["q", "wide"], "2024-06-01", json!({})));
    assert_eq!(above(&carved, "k", "2024-06-01").as_deref(), Some("wide"));
    rest.ok(split("r", &["p"], "2024-06-01", json!({"remainder": "rest"})));
    assert_eq!(above(&rest, "k", "2024-06-01").as_deref(), Some("rest"));
}

#[test]
fn what_is_recorded_late_and_fits_several_ends_with_the_split() {
    let mut told = told(&[("p", "06.1"), ("q", "06.1")]);
    told.ok(coded("l", "06.1.3", json!({"parent": "r"})));
    let seq = told.ok(split("r", &["p", "q"], "2024-06-01", json!({"carries": {"q": ["as_k"]}})));
    let late = |from: &str, to: Value| {
        let more = json!({"role": "executor", "under": "as_r", "valid": {"from": from, "to": to}});
        vec![line("2024-07-01", "reg", "assignment.made", made("late", "l", "b", more))]
    };
    check("begins before, open", &told, late("2024-05-01", Value::Null), "exceeds-parent");
    check("begins before, ends before", &told, late("2024-05-01", json!("2024-06-01")), "ok");
    check("begins after", &told, late("2024-06-01", Value::Null), "exceeds-parent");
    // a correction that leaves it out of `carries` again names it
    let mut before = told.clone();
    before.ok(late("2024-05-01", json!("2024-06-01")).remove(0));
    let corrected = |effective: &str| {
        let more = json!({"carries": {"q": ["as_k"]}, "corrects": seq, "approved_by": ["over"]});
        vec![split("r", &["p", "q"], effective, more)]
    };
    check("it has ended by then", &before, corrected("2024-06-02"), "ok");
    check("it stands there then", &before, corrected("2024-05-15"), "ambiguous");
}
