//! Unknown dates, and what rests on what is not sure (DOMAIN section 3).

use serde_json::{Value, json};

use super::super::super::timeline::{self, Status};
use super::super::super::*;
use super::told::{Line, Told, check, decided, line, made, proposed, with};

fn ended(more: Value) -> Value {
    let data = json!({"assignment": "as_a", "effective": "unknown", "reason": "revoked", "basis": {"unknown": true}});
    with(data, more)
}

fn closed(more: Value) -> Value {
    let data = json!({"agency": "a", "how": "dissolved", "effective": "unknown", "successors": [],
        "basis": {"unknown": true}});
    with(data, more)
}

fn by_law(more: Value) -> Value {
    proposed(with(json!({"regime": "by_law", "effective": "unknown"}), more))
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// Who is accountable for housing on a day, and whether that is not sure.
fn who(told: &Told, day: &str) -> (Status, bool, String) {
    let id = ResponsibilityId::parse("housing").unwrap();
    let on = timeline::on(&told.state, &id, date(day)).unwrap();
    let unsure = timeline::is_unsure(&told.state, &id, (on.status, &on.accountable), date(day));
    let held: Vec<_> = on
        .accountable
        .iter()
        .map(|held| {
            let mark = |unsure| if unsure { "?" } else { "" };
            let until =
                if held.span.until == Date::MAX { String::new() } else { held.span.until.to_string() };
            format!(
                "{} {}{}..{until}{}",
                held.holding.agency,
                held.span.from,
                mark(held.span.unsure),
                mark(held.ends_unsure())
            )
        })
        .collect();
    (on.status, unsure, held.join(", "))
}

#[test]
fn what_may_stand_beside_an_unknown_date() {
    let read = |kind: &str, data: Value| {
        let read = Statement::read(&json!({"jti": "j", "type": kind, "data": data}));
        read.map(drop).map_err(|bad| (bad.code.as_str(), bad.field.unwrap()))
    };
    let field = |code, field: &str| Err((code, field.to_owned()));
    let time = json!({"time": "2024-02-01T10:00:00Z"});
    for (kind, data) in [
        ("assignment.ended", ended(json!({}))),
        ("agency.closed", closed(json!({}))),
        ("agency.changed", json!({"agency": "a", "name": {"en": "x"}, "effective": "unknown"})),
        ("decision.recorded", decided(json!({"decided_on": "unknown"}))),
    ] {
        assert_eq!(read(kind, data.clone()), Ok(()), "{kind}");
        let on = json!({"on": "2024-02-01"});
        assert_eq!(read(kind, with(data.clone(), on.clone())), Ok(()), "{kind}");
        assert_eq!(read(kind, with(data.clone(), time.clone())), field("malformed", "data.time"), "{kind}");
        let dated = if kind == "decision.recorded" { "decided_on" } else { "effective" };
        let known = with(data, json!({dated: "2024-02-01"}));
        assert_eq!(read(kind, with(known.clone(), on)), field("malformed", "data.on"), "{kind}");
        assert_eq!(read(kind, with(known, time.clone())), Ok(()), "{kind}");
    }
    assert_eq!(read("handoff.proposed", by_law(json!({"on": "2024-02-01"}))), Ok(()));
    assert_eq!(read("handoff.proposed", by_law(json!({"regime": "observed"}))), Ok(()));
    assert_eq!(read("handoff.proposed", by_law(time)), field("malformed", "data.time"));
    let agreed = by_law(json!({"regime": "by_agreement"}));
    assert_eq!(read("handoff.proposed", agreed), field("bad-date", "data.effective"));
    for (kind, data) in [
        ("handoff.changed", json!({"handoff": "ho", "effective": "unknown", "basis": {"unknown": true}})),
        ("responsibility.retired", json!({"responsibility": "housing", "effective": "unknown"})),
        (
            "act.recorded",
            json!({"act": "x", "code": {"scheme": "a", "value": "b"}, "responsibility": "housing",
            "agency": "a", "capacity": "own", "on": "unknown"}),
        ),
    ] {
        assert_eq!(read(kind, data).unwrap_err().0, "bad-date", "{kind}");
    }
}

#[test]
fn an_ending_of_an_unknown_day_counts_from_its_record_day() {
    let mut told = Told::new();
    let valid = json!({"valid": {"from": "2020-01-01"}});
    told.ok(line("2024-01-01", "reg", "assignment.made", made("as_a", "housing", "a", valid)));
    told.ok(line("2024-03-10", "reg", "assignment.ended", ended(json!({}))));
    assert_eq!(who(&told, "2019-12-31"), (Status::Orphan, false, String::new()));
    let held = "a 2020-01-01..2024-03-10?".to_owned();
    assert_eq!(who(&told, "2020-01-01"), (Status::Held, true, held.clone()));
    assert_eq!(who(&told, "2024-03-09"), (Status::Held, true, held));
    assert_eq!(who(&told, "2024-03-10"), (Status::Orphan, true, String::new()));
    let found = findings::of_kinds(&told.state, &[findings::Kind::Orphan], date("2024-04-01"));
    let unsure = findings::unsure(&told.state, &found[0], date("2024-04-01"));
    assert_eq!((found.len(), unsure), (1, vec!["finding", "since"]));
}

#[test]
fn it_counts_from_its_on_where_that_is_said() {
    let mut told = Told::held();
    let on = json!({"on": "2024-02-20"});
    told.ok(line("2024-03-10", "reg", "assignment.ended", ended(on)));
    assert_eq!(who(&told, "2024-02-19").2, "a 2024-01-01..2024-02-20?");
    assert_eq!(who(&told, "2024-02-20").0, Status::Orphan);
    // a correction that knows the day takes the doubt away
    let seq = told.events.len() - 1;
    told.ok(line(
        "2024-03-11",
        "reg",
        "assignment.ended",
        ended(json!({"effective": "2024-02-10", "corrects": seq})),
    ));
    assert_eq!(who(&told, "2024-02-09"), (Status::Held, false, "a 2024-01-01..2024-02-10".to_owned()));
    assert_eq!(who(&told, "2024-02-10"), (Status::Orphan, false, String::new()));
}

#[test]
fn a_correction_counts_from_the_record_day_of_its_place() {
    let mut told = Told::held();
    let seq =
        told.ok(line("2024-03-10", "reg", "assignment.ended", ended(json!({"effective": "2024-02-10"}))));
    told.ok(line("2024-04-01", "reg", "assignment.ended", ended(json!({"corrects": seq.0}))));
    assert_eq!(who(&told, "2024-03-09").2, "a 2024-01-01..2024-03-10?");
}

#[test]
fn a_move_of_an_unknown_day_leaves_both_in_doubt() {
    let mut told = Told::held();
    told.ok(line("2024-03-10", "reg", "handoff.proposed", by_law(json!({"on": "2024-03-01"}))));
    assert_eq!(who(&told, "2024-02-29"), (Status::Held, true, "a 2024-01-01..2024-03-01?".to_owned()));
    assert_eq!(who(&told, "2024-03-01"), (Status::Held, true, "b 2024-03-01?..".to_owned()));
    let handoff = told.state.handoffs.get("ho").unwrap();
    assert_eq!(handoff.standing(date("2024-03-01")).state, state::handoff::HandoffState::Effective);
    let names: Vec<_> = handoff.unverified(date("2024-03-10")).iter().map(ToString::to_string).collect();
    assert_eq!(names, ["effective"]);
}

#[test]
fn a_closing_of_an_unknown_day_reaches_the_agency_and_what_it_held() {
    let mut told = Told::held();
    let valid = json!({"from": "2020-01-01"});
    let valid = json!({"agency": "a", "valid": valid, "effective": "2020-01-01"});
    told.ok(line("2024-01-02", "reg", "agency.changed", valid));
    let more = json!({"approved_by": ["over"]});
    told.ok(line("2024-03-10", "reg", "agency.closed", closed(more)));
    let agency = told.state.agencies.get("a").unwrap();
    let on = |day: &str| (agency.exists_on(date(day)), agency.unsure_on(date(day)));
    assert_eq!(on("2019-12-31"), (true, vec![]));
    assert_eq!(on("2020-01-01"), (true, vec!["state"]));
    assert_eq!(on("2024-03-10"), (false, vec!["state"]));
    assert_eq!(who(&told, "2024-03-09").2, "a 2024-01-01..2024-03-10?");
}

#[test]
fn a_change_of_an_unknown_day_may_have_come_before() {
    let mut told = Told::new();
    let change = |more| with(json!({"agency": "b"}), more);
    for (day, more) in [
        ("2024-01-10", json!({"parents": ["a"], "effective": "2024-01-05"})),
        ("2024-02-10", json!({"name": {"en": "new"}, "effective": "unknown"})),
    ] {
        told.ok(line(day, "reg", "agency.changed", change(more)));
    }
    let agency = told.state.agencies.get("b").unwrap();
    let unsure = ["2024-01-04", "2024-01-05", "2024-02-10"].map(|day| agency.unsure_on(date(day)));
    assert_eq!(unsure, [vec![], vec!["name"], vec!["name"]]);
    assert_eq!(json!(agency.on(date("2024-02-09")).name), json!({"en": "b"}));
}

#[test]
fn an_agency_exists_as_said_for_the_day() {
    let mut told = Told::new();
    let later = json!({"agency": "b", "valid": {"from": "2024-06-01"}, "effective": "2024-03-01"});
    told.ok(line("2024-01-10", "reg", "agency.changed", later));
    let agency = told.state.agencies.get("b").unwrap();
    let on = ["2024-02-29", "2024-03-01", "2024-06-01"].map(|day| agency.exists_on(date(day)));
    assert_eq!(on, [true, false, true]);
}

#[test]
fn what_is_said_beside_an_unknown_date_has_happened() {
    let over = || json!({"on": "2024-03-11"});
    let told = Told::held();
    let late = |kind: &'static str, data: Value| -> Vec<Line> { vec![line("2024-03-10", "reg", kind, data)] };
    let more = with(over(), json!({"approved_by": ["over"]}));
    check("ended", &told, late("assignment.ended", ended(over())), "bad-date");
    check("closed", &told, late("agency.closed", closed(more)), "bad-date");
    let changed = json!({"agency": "b", "name": {"en": "x"}, "effective": "unknown", "on": "2024-03-11"});
    check("changed", &told, late("agency.changed", changed), "bad-date");
    let decision = |more: Value| {
        vec![line(
            "2024-03-10",
            "a",
            "decision.recorded",
            decided(with(json!({"decided_on": "unknown"}), more)),
        )]
    };
    check("decided", &told, decision(over()), "bad-date");
    check("decided", &told, decision(json!({})), "ok");
    check("held", &told, late("assignment.ended", ended(json!({"on": "2023-12-31"}))), "wrong-state");
    let wound_up = json!({"winding_up_until": "2024-03-09"});
    check("wound up", &told, late("agency.closed", closed(wound_up)), "bad-date");
}
