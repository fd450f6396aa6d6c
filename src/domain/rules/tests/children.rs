//! Children: what lies inside what, who answers for a child, and circles (DOMAIN section 2).

use serde_json::{Value, json};

use super::super::super::*;
use super::told::{Line, Told, agency, check, defined, line, made, proposed, with};

fn reg(kind: &'static str, data: Value) -> Line {
    line("2024-01-02", "reg", kind, with(data, json!({"basis": {"unknown": true}})))
}

fn coded(id: &str, code: &str, more: Value) -> Line {
    let code = json!({"scheme": "cofog", "value": code});
    reg("responsibility.defined", defined(id, with(json!({"code": code}), more)))
}

fn changed(id: &str, effective: &str, more: Value) -> Line {
    reg("responsibility.changed", with(json!({"responsibility": id, "effective": effective}), more))
}

fn split(id: &str, into: &[&str], effective: &str, more: Value) -> Line {
    let data = json!({"responsibility": id, "into": into, "remainder": "none", "effective": effective});
    reg("responsibility.split", with(data, more))
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// Who answers for a responsibility on a day, and by way of which.
fn answers(told: &Told, id: &str, on: &str) -> String {
    let on = timeline::on(&told.state, &ResponsibilityId::parse(id).unwrap(), day(on)).unwrap();
    let said = on.accountable.iter().map(|held| match &held.via {
        Some(via) => format!("{} via {via}", held.holding.agency),
        None => held.holding.agency.to_string(),
    });
    said.collect::<Vec<_>>().join(", ")
}

fn orphans(told: &Told, on: &str) -> Vec<(String, Option<String>)> {
    let found = findings::of_kinds(&told.state, &[findings::Kind::Orphan], day(on));
    found.into_iter().map(|one| (one.key, one.since.map(|since| since.to_string()))).collect()
}

/// Whole (06) is held by a, works (06.1) by b.
fn told() -> Told {
    let mut told = Told::held();
    told.ok(coded("whole", "06", json!({})));
    told.ok(coded("works", "06.1", json!({"parent": "whole"})));
    told.ok(line("2024-01-02", "reg", "assignment.made", made("as_w", "whole", "a", json!({}))));
    told.ok(line("2024-01-02", "reg", "assignment.made", made("as_works", "works", "b", json!({}))));
    told
}

#[test]
fn a_child_falls_out_and_comes_back_on_the_day_it_counts_from() {
    let mut told = told();
    told.ok(coded("permits", "06.1", json!({"parent": "whole"})));
    assert_eq!(answers(&told, "permits", "2024-02-29"), "a via whole");
    let out = json!({"carve_outs": [{"code": {"scheme": "cofog", "value": "06.1"}}]});
    let carved = told.ok(changed("whole", "2024-03-01", out));
    told.ok(changed("permits", "2024-05-01", json!({"parent": "works"})));
    told.loads();
    let on = |day| answers(&told, "permits", day);
    assert_eq!(
        (on("2024-02-29"), on("2024-03-01"), on("2024-04-30"), on("2024-05-01")),
        ("a via whole".into(), String::new(), String::new(), "b via works".into())
    );
    let since = Some("2024-03-01".to_owned());
    assert_eq!(orphans(&told, "2024-04-01"), [("orphan:permits".to_owned(), since)]);
    assert!(orphans(&told, "2024-05-01").is_empty());
    let found = findings::of_kinds(&told.state, &[findings::Kind::Orphan], day("2024-04-01"));
    assert!(found[0].evidence.contains(&carved), "what left it out proves it");
    let withdrawn = json!({"seq": carved, "approved_by": ["over"]});
    told.ok(line("2024-06-01", "reg", "record.withdrawn", withdrawn));
    assert_eq!(answers(&told, "permits", "2024-04-01"), "a via whole");
}

#[test]
fn a_child_is_defined_inside_its_parent() {
    let mut told = told();
    for (id, within) in [("id", Value::Null), ("jawa", json!("id"))] {
        let data = json!({"territory": id, "name": {"en": id}, "within": within});
        told.ok(line("2024-01-02", "reg", "territory.registered", data));
    }
    told.ok(coded("there", "07", json!({"territory": "id"})));
    told.ok(coded(
        "bare",
        "08",
        json!({"carve_outs": [{"code": {"scheme": "cofog", "value": "08.1"}},
        {"territory": "jawa"}]}),
    ));
    let all = json!({"code": {"scheme": "cofog", "value": "08"}, "territory": "jawa"});
    told.ok(coded("whole-but", "08", json!({"carve_outs": [all]})));
    told.ok(changed("works", "2024-02-01", json!({"code": {"scheme": "cofog", "value": "06.2"}})));
    let child = |code: &str, parent: &str, more: Value| {
        vec![coded("child", code, with(json!({"parent": parent}), more))]
    };
    let of = |from: Value| json!({"valid": {"from": from}});
    let table = [
        ("the same code", child("06", "whole", json!({})), "ok"),
        ("a longer code", child("06.1.1", "whole", json!({})), "ok"),
        ("another code", child("07", "whole", json!({})), "exceeds-parent"),
        ("a code alike in letters", child("061", "whole", json!({})), "exceeds-parent"),
        ("a territory within", child("07.1", "there", json!({"territory": "jawa"})), "ok"),
        ("everywhere", child("07.1", "there", json!({})), "exceeds-parent"),
        ("anywhere in everywhere", child("06.1", "whole", json!({"territory": "jawa"})), "ok"),
        ("a code left out", child("08.1.1", "bare", json!({})), "exceeds-parent"),
        ("around a code left out", child("08", "bare", json!({})), "ok"),
        ("a territory left out", child("08.2", "bare", json!({"territory": "jawa"})), "exceeds-parent"),
        (
            "a code there that is left out",
            child("08.1", "whole-but", json!({"territory": "jawa"})),
            "exceeds-parent",
        ),
        ("that code elsewhere", child("08.1", "whole-but", json!({"territory": "id"})), "ok"),
        ("judged on the record day", child("06.1", "works", json!({})), "ok"),
        ("judged on its first day", child("06.1", "works", of(json!("2024-02-01"))), "exceeds-parent"),
        ("which is then another", child("06.2", "works", of(json!("2024-02-01"))), "ok"),
        ("since nobody knows when", child("06.1", "works", of(json!("unknown"))), "ok"),
        (
            "before it asks for the id",
            child("07", "whole", json!({"responsibility": "works"})),
            "exceeds-parent",
        ),
        ("a change is not refused", vec![changed("works", "2024-02-01", json!({"parent": "there"}))], "ok"),
        (
            "a parent that is not there",
            vec![changed("works", "2024-02-01", json!({"parent": "z"}))],
            "not-found",
        ),
    ];
    for (name, lines, then) in table {
        check(name, &told, lines, then);
    }
    let seq = told.ok(coded("child", "06.1", json!({"parent": "whole"})));
    let corrected = |code: &str| {
        vec![coded("child", code, json!({"parent": "whole", "corrects": seq, "approved_by": ["over"]}))]
    };
    check("corrected inside", &told, corrected("06.2"), "ok");
    check("corrected outside", &told, corrected("07"), "exceeds-parent");
}

#[test]
fn a_parent_that_ends_is_passed_over_and_its_step_still_counts() {
    let mut told = told();
    told.ok(coded("permits", "06.1.1", json!({"parent": "works"})));
    assert_eq!(answers(&told, "permits", "2024-02-01"), "b via works");
    let retired = json!({"responsibility": "works", "effective": "2024-03-01"});
    told.ok(line("2024-01-03", "reg", "responsibility.retired", retired));
    assert_eq!(answers(&told, "permits", "2024-03-01"), "a via whole");
    told.ok(changed("permits", "2024-04-01", json!({"code": {"scheme": "cofog", "value": "06.2"}})));
    assert_eq!(answers(&told, "permits", "2024-04-01"), "", "it lies in whole, not in works");
}

#[test]
fn a_child_is_answered_by_the_part_that_takes_it() {
    let mut told = told();
    for (id, code) in [("p", "06.1"), ("q", "06.2"), ("p1", "06.1.1"), ("p2", "06.1.2")] {
        told.ok(coded(id, code, json!({})));
    }
    for (id, code) in [("k", "06.1.2"), ("l", "06.3"), ("m", "06.2")] {
        told.ok(coded(id, code, json!({"parent": "whole"})));
    }
    told.ok(split("whole", &["p", "q"], "2024-03-01", json!({})));
    told.ok(split("p", &["p1", "p2"], "2024-05-01", json!({})));
    let law = proposed(json!({"handoff": "law", "responsibilities": ["p2"], "to": "c", "regime": "by_law",
        "effective": "2024-06-01"}));
    told.ok(line("2024-01-03", "reg", "handoff.proposed", law));
    told.loads();
    let on = |id, day| answers(&told, id, day);
    assert_eq!(on("k", "2024-02-29"), "a via whole");
    assert_eq!(on("k", "2024-03-01"), "a via p");
    assert_eq!(on("k", "2024-05-01"), "a via p2", "parts that were split are followed in turn");
    assert_eq!(on("k", "2024-06-01"), "c via p2");
    assert_eq!((on("m", "2024-06-01"), on("l", "2024-03-01")), ("a via q".into(), String::new()));
    let since = Some("2024-03-01".to_owned());
    assert!(orphans(&told, "2024-04-01").contains(&("orphan:l".to_owned(), since)));
}

#[test]
fn several_parts_take_no_child_and_a_part_keeps_its_parent() {
    let mut told = told();
    for (id, code) in [("p", "06.2"), ("q", "06.2"), ("k", "06.2.1"), ("l", "06.3")] {
        told.ok(coded(id, code, json!({"parent": "whole"})));
    }
    told.ok(split("whole", &["p", "q"], "2024-03-01", json!({"remainder": "unassigned"})));
    told.ok(line(
        "2024-01-03",
        "reg",
        "assignment.made",
        made("late", "whole", "c", json!({"valid": {"from": "2024-05-01"}})),
    ));
    let ended = json!({"responsibility": "p", "agency": "a", "role": "accountable", "effective": "2024-06-01",
        "reason": "revoked"});
    told.ok(reg("assignment.ended", ended));
    told.ok(changed("k", "2024-04-01", json!({"parent": "q"})));
    let on = |id, day| answers(&told, id, day);
    assert_eq!((on("k", "2024-03-01"), on("k", "2024-04-01")), (String::new(), "a via q".into()));
    assert_eq!((on("l", "2024-04-30"), on("l", "2024-05-01")), (String::new(), "c via whole".into()));
    assert_eq!((on("p", "2024-05-31"), on("p", "2024-06-01")), ("a".into(), "c via whole".into()));
}

#[test]
fn what_is_delegated_lies_where_the_walk_leads() {
    let mut told = told();
    told.ok(coded("p", "06.2", json!({})));
    told.ok(coded("k", "06.2.1", json!({"parent": "whole"})));
    told.ok(changed("k", "2024-06-01", json!({"code": {"scheme": "cofog", "value": "07"}})));
    told.ok(split("whole", &["p"], "2024-03-01", json!({})));
    let hold = |from: &str| {
        let more = json!({"role": "executor", "under": "as_w", "valid": {"from": from}});
        vec![line("2024-01-04", "a", "assignment.made", made("x", "k", "c", more))]
    };
    check("under the whole", &told, hold("2024-02-01"), "ok");
    check("under the part that took its place", &told, hold("2024-03-01"), "ok");
    check("when it has fallen out", &told, hold("2024-06-01"), "exceeds-parent");
}

#[test]
fn who_stands_in_its_place_on_the_first_day_gives() {
    let mut told = Told::held();
    let law = proposed(json!({"regime": "by_law", "effective": "2024-02-01"}));
    told.ok(line("2024-01-02", "reg", "handoff.proposed", law));
    let give = |by: &'static str, from: &str| {
        let more = json!({"role": "executor", "under": "as_a", "valid": {"from": from}});
        vec![line("2024-02-02", by, "assignment.made", made("x", "housing", "c", more))]
    };
    check("who held it then", &told, give("a", "2024-01-31"), "ok");
    check("who does not hold it any more", &told, give("a", "2024-02-01"), "not-entitled");
    check("who stands in its place", &told, give("b", "2024-02-01"), "ok");
    check("who does not hold it yet", &told, give("b", "2024-01-31"), "not-entitled");
    told.ok(give("b", "2024-02-01").remove(0));
    let found = findings::of_kinds(&told.state, &[findings::Kind::BrokenAuthority], day("2024-03-01"));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn no_agency_stands_above_itself_on_any_day() {
    let mut told = Told::held();
    let parents = |id: &str, of: Value, from: &str| {
        line("2024-01-02", "reg", "agency.changed", json!({"agency": id, "parents": of, "effective": from}))
    };
    told.ok(line(
        "2024-01-02",
        "reg",
        "agency.registered",
        with(agency("d", &[]), json!({"parents": ["c"]})),
    ));
    check("itself", &told, vec![parents("a", json!(["a"]), "2024-02-01")], "wrong-state");
    let put = told.ok(parents("a", json!(["b", "d"]), "2024-02-01"));
    let until = told.ok(parents("a", json!([]), "2024-06-01"));
    check("too early", &told, vec![parents("b", json!(["a"]), "2024-05-01")], "wrong-state");
    check("over three", &told, vec![parents("c", json!(["a"]), "2024-03-01")], "wrong-state");
    check("before", &told, vec![parents("b", json!(["a"]), "2024-01-01")], "wrong-state");
    check("then", &told, vec![parents("b", json!(["a"]), "2024-06-01")], "ok");
    told.ok(parents("b", json!(["a"]), "2024-06-01"));
    let gone = |seq| {
        vec![line("2024-01-03", "reg", "record.withdrawn", json!({"seq": seq, "approved_by": ["over"]}))]
    };
    check("the end of it is withdrawn", &told, gone(until), "wrong-state");
    check("its beginning is withdrawn", &told, gone(put), "ok");
    let moved = json!({"agency": "a", "parents": [], "effective": "2024-06-02", "corrects": until, "approved_by": ["over"]});
    check(
        "the end is corrected",
        &told,
        vec![line("2024-01-03", "reg", "agency.changed", moved)],
        "wrong-state",
    );
}

#[test]
fn no_responsibility_and_no_territory_stands_above_itself() {
    let mut told = told();
    told.ok(coded("k", "06.1", json!({"parent": "works"})));
    check(
        "a circle of three",
        &told,
        vec![changed("whole", "2024-02-01", json!({"parent": "k"}))],
        "wrong-state",
    );
    check("of one", &told, vec![changed("k", "2024-02-01", json!({"parent": "k"}))], "wrong-state");
    told.ok(changed("k", "2024-02-01", json!({"parent": "whole"})));
    check("works under k, then", &told, vec![changed("works", "2024-02-01", json!({"parent": "k"}))], "ok");
    check(
        "works under k, before",
        &told,
        vec![changed("works", "2024-01-31", json!({"parent": "k"}))],
        "wrong-state",
    );
    let within = |id: &str, of: &str, from: &str| {
        line(
            "2024-01-02",
            "reg",
            "territory.changed",
            json!({"territory": id, "within": of, "effective": from}),
        )
    };
    for (id, of) in [("id", Value::Null), ("jawa", json!("id")), ("jabar", json!("jawa"))] {
        let data = json!({"territory": id, "name": {"en": id}, "within": of});
        told.ok(line("2024-01-02", "reg", "territory.registered", data));
    }
    check("around itself", &told, vec![within("id", "jabar", "2024-02-01")], "wrong-state");
    let first = json!({"territory": "jawa", "name": {"en": "jawa"}, "within": "jabar", "corrects": told.events.len() - 2,
        "approved_by": ["over"]});
    check(
        "by a correction",
        &told,
        vec![line("2024-01-03", "reg", "territory.registered", first)],
        "wrong-state",
    );
    told.ok(within("jabar", "id", "2024-02-01"));
    check("put elsewhere before", &told, vec![within("jawa", "jabar", "2024-02-01")], "ok");
}
