//! Findings of a day.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::json;

use super::super::state::fold::story::{Story, day, r};
use super::super::{AgencyId, Date, Event, Instant, Seq, Speaker, Statement};
use super::{Finding, Kind, Status, findings, of_kinds, timeline};

fn story() -> Story {
    let mut story = Story::new();
    for id in ["a", "b", "c"] {
        story.agency(id, "ministry");
    }
    story
}

fn told(found: &[Finding]) -> Vec<(&str, Option<Date>, Option<i64>)> {
    found.iter().map(|finding| (finding.key.as_str(), finding.since, finding.days)).collect()
}

#[test]
fn what_a_closed_agency_held_is_orphan_since_its_closing() {
    let mut s = story();
    s.defined("housing", json!({}));
    s.made("housing", "a", "unknown", json!({}));
    let closed = s.closed(json!({"agency": "a", "how": "dissolved", "effective": "2024-04-01"}));
    assert!(findings(&s.state, day("2024-03-31")).is_empty());
    let found = findings(&s.state, day("2024-04-11"));
    assert_eq!(told(&found), [("orphan:housing", Some(day("2024-04-01")), Some(10))]);
    assert_eq!(found[0].agencies.len(), 1);
    assert!(found[0].evidence.contains(&closed));
}

#[test]
fn a_case_is_there_from_its_first_holding_until_it_is_retired() {
    let mut s = story();
    s.today = day("2012-03-01");
    s.defined("permit-7", json!({"nature": "case"}));
    let orphans = |s: &Story, on: &str| told(&of_kinds(&s.state, &[Kind::Orphan], day(on))).len();
    assert_eq!([orphans(&s, "2012-02-29"), orphans(&s, "2012-03-01")], [0, 1], "held by nobody");
    s.made("permit-7", "a", "2011-05-02", json!({}));
    s.closed(json!({"agency": "a", "how": "dissolved", "effective": "2015-01-01"}));
    let days = ["2011-05-01", "2011-05-02", "2014-12-31", "2015-01-01", "2020-01-01"];
    let told: Vec<_> = days.iter().map(|on| (status(&s, on), orphans(&s, on))).collect();
    use Status::{Held, Orphan, Outside};
    assert_eq!(told, [(Outside, 0), (Held, 0), (Held, 0), (Orphan, 1), (Orphan, 1)]);
    s.retired("permit-7", "2016-01-01");
    assert_eq!((status(&s, "2015-12-31"), status(&s, "2016-01-01")), (Orphan, Outside));
    s.made("permit-7", "b", "unknown", json!({"role": "supporter"}));
    assert_eq!(status(&s, "1900-01-01"), Orphan, "a holding from an unknown day reaches back without end");
}

fn status(s: &Story, on: &str) -> Status {
    timeline::on(&s.state, &r("permit-7"), day(on)).unwrap().status
}

#[test]
fn a_carve_out_nobody_covers_is_orphan() {
    let mut s = story();
    let out = json!([{"code": {"scheme": "s", "value": "works.settlement"}}]);
    s.defined("works", json!({"carve_outs": out, "valid": {"from": "2024-10-21"}}));
    s.made("works", "a", "2024-10-21", json!({}));
    let found = findings(&s.state, day("2024-10-31"));
    assert_eq!(told(&found), [("orphan:works/works.settlement", Some(day("2024-10-21")), Some(10))]);
    s.defined("works.settlement", json!({"valid": {"from": "2024-10-25"}}));
    s.made("works.settlement", "b", "2024-10-25", json!({}));
    assert!(findings(&s.state, day("2024-10-31")).is_empty());
    assert_eq!(findings(&s.state, day("2024-10-24")).len(), 1);
}

#[test]
fn two_that_answer_are_a_conflict() {
    let mut s = story();
    s.defined("housing", json!({}));
    s.made("housing", "a", "2024-01-01", json!({}));
    s.handoff("ho", &["housing"], "b", "c", "2024-02-01", json!({"regime": "observed"}));
    let found = findings(&s.state, day("2024-02-03"));
    assert_eq!(told(&found), [("conflict:housing", Some(day("2024-02-01")), Some(2))]);
    assert_eq!(found[0].agencies.iter().map(|a| a.as_str()).collect::<Vec<_>>(), ["a", "c"]);
}

#[test]
fn a_handoff_stalls_past_due_or_when_old_and_a_step_by_its_own() {
    let mut s = story();
    s.defined("housing", json!({}));
    s.made("housing", "a", "2023-01-01", json!({}));
    let steps = json!([{"step": "assets", "kind": "asset", "by": "a", "due": "2024-03-01"},
        {"step": "staff", "kind": "staff", "by": "a", "after": ["assets"]}]);
    s.handoff(
        "ho",
        &["housing"],
        "a",
        "b",
        "2024-01-01",
        json!({"regime": "by_agreement", "due": "2024-01-15", "steps": steps}),
    );
    assert!(findings(&s.state, day("2024-01-15")).is_empty());
    let found = findings(&s.state, day("2024-01-20"));
    assert_eq!(told(&found), [("stalled:ho", Some(day("2024-01-16")), Some(4))]);
    assert_eq!(found[0].waiting_on.as_ref().map(|a| a.as_str()), Some("b"));
    s.accepted("ho", "2024-01-20");
    assert!(findings(&s.state, day("2024-03-01")).is_empty());
    let found = findings(&s.state, day("2024-03-02"));
    assert_eq!(told(&found), [("stalled:ho", Some(day("2024-03-02")), Some(0))]);
    assert_eq!(found[0].waiting_on.as_ref().map(|a| a.as_str()), Some("a"));
    s.confirmed("ho", "assets", "2024-03-05");
    // the staff step could start only when the assets were confirmed
    assert!(findings(&s.state, day("2024-04-04")).is_empty());
    let found = findings(&s.state, day("2024-04-05"));
    assert_eq!(told(&found), [("stalled:ho", Some(day("2024-04-05")), Some(0))]);
}

#[test]
fn the_median_needs_five_samples_of_the_path() {
    let mut s = story();
    s.defined("housing", json!({}));
    s.made("housing", "a", "2023-01-01", json!({}));
    for (n, days) in ["03", "05", "07", "09", "11"].iter().enumerate() {
        let id = format!("old-{n}");
        s.handoff(&id, &[], "a", "b", "2024-01-01", json!({"regime": "by_agreement"}));
        s.accepted(&id, &format!("2024-01-{days}"));
    }
    s.handoff(
        "ho",
        &["housing"],
        "a",
        "b",
        "2024-01-01",
        json!({"regime": "by_agreement", "due": "2024-01-20"}),
    );
    let found = findings(&s.state, day("2024-01-25"));
    assert_eq!(
        found.iter().map(|f| (f.key.as_str(), f.median_days)).collect::<Vec<_>>(),
        [("stalled:ho", Some(6))]
    );
}

/// Says something as an entry of a day.
fn say(s: &mut Story, (seq, on, who): (u64, &str, &str), kind: &str, data: serde_json::Value) {
    let statement = json!({"jti": format!("j{seq}"), "type": kind, "data": data});
    let event = Event {
        seq: Seq(seq),
        at: Instant::parse(&format!("{on}T05:00:00Z")).unwrap(),
        speaker: Speaker::Import { agency: AgencyId::parse(who).unwrap() },
        statement: Statement::read(&statement).unwrap(),
        withdraws: None,
    };
    drop(s.state.evolve(&event));
}

fn scoped(code: &str, more: serde_json::Value) -> serde_json::Value {
    let mut data = json!({"code": {"scheme": "s", "value": code}});
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    data
}

/// One held by a, the other by b.
fn two(one: serde_json::Value, other: serde_json::Value) -> Story {
    let mut s = story();
    for (id, on, within) in [("jawa", 100, None), ("jabar", 101, Some("jawa")), ("bali", 102, None)] {
        let data = json!({"territory": id, "name": {"en": id}, "within": within});
        say(&mut s, (on, "2020-01-01", "a"), "territory.registered", data);
    }
    s.defined("one", one);
    s.defined("two", other);
    s.made("one", "a", "2024-01-01", json!({}));
    s.made("two", "b", "2024-02-01", json!({}));
    s
}

fn meets(s: &Story, on: &str) -> Vec<(String, Option<Date>)> {
    let found = of_kinds(&s.state, &[Kind::Overlap, Kind::Duplication], day(on));
    found.into_iter().map(|finding| (finding.key, finding.since)).collect()
}

#[test]
fn scopes_that_meet_overlap_or_duplicate() {
    let since = Some(day("2024-02-01"));
    let overlap = vec![("overlap:one,two".to_owned(), since)];
    let duplication = vec![("duplication:one,two".to_owned(), since)];
    let out = |out: serde_json::Value| json!({"carve_outs": [out]});
    let code = |value: &str| json!({"scheme": "s", "value": value});
    let table = [
        ("equal", scoped("x", json!({})), scoped("x", json!({})), duplication.clone()),
        ("contained", scoped("x", json!({})), scoped("x.y.z", json!({})), overlap.clone()),
        ("contained the other way", scoped("x.y", json!({})), scoped("x", json!({})), overlap.clone()),
        ("beside", scoped("x.y", json!({})), scoped("x.z", json!({})), vec![]),
        ("alike in letters", scoped("x", json!({})), scoped("xy", json!({})), vec![]),
        ("another scheme", scoped("x", json!({})), json!({"code": {"scheme": "t", "value": "x"}}), vec![]),
        ("a part", scoped("x", json!({})), scoped("x.y", json!({"parent": "one"})), vec![]),
        (
            "a part of the same code",
            scoped("x", json!({})),
            scoped("x", json!({"parent": "one"})),
            duplication.clone(),
        ),
        (
            "a part of the same code, elsewhere",
            scoped("x", json!({})),
            scoped("x", json!({"parent": "one", "territory": "bali"})),
            vec![],
        ),
        (
            "everywhere and there",
            scoped("x", json!({})),
            scoped("x", json!({"territory": "bali"})),
            duplication.clone(),
        ),
        (
            "there and within",
            scoped("x", json!({"territory": "jabar"})),
            scoped("x.y", json!({"territory": "jawa"})),
            overlap.clone(),
        ),
        (
            "the outer code within",
            scoped("x", json!({"territory": "jabar"})),
            scoped("x.y", json!({})),
            overlap,
        ),
        (
            "here and there",
            scoped("x", json!({"territory": "jabar"})),
            scoped("x", json!({"territory": "bali"})),
            vec![],
        ),
        ("carved out", scoped("x", out(json!({"code": code("x.y")}))), scoped("x.y.z", json!({})), vec![]),
        (
            "another part carved out",
            scoped("x", out(json!({"code": code("x.z")}))),
            scoped("x", json!({})),
            duplication.clone(),
        ),
        (
            "carved out there",
            scoped("x", out(json!({"territory": "jawa"}))),
            scoped("x", json!({"territory": "jabar"})),
            vec![],
        ),
        ("a case", scoped("x", json!({})), scoped("x", json!({"nature": "case"})), vec![]),
        ("not yet", scoped("x", json!({})), scoped("x", json!({"valid": {"from": "2024-03-01"}})), vec![]),
    ];
    for (name, one, other, expected) in table {
        assert_eq!(meets(&two(one, other), "2024-02-11"), expected, "{name}");
    }
    assert_eq!(meets(&two(scoped("x", json!({})), scoped("x", json!({}))), "2024-01-31"), vec![]);
}

#[test]
fn one_agency_or_one_under_the_other_is_no_duplication() {
    let same = |more: serde_json::Value| {
        let mut s = story();
        s.defined("one", scoped("x", json!({})));
        s.defined("two", scoped("x", json!({})));
        s.made("one", "a", "2024-01-01", json!({"assignment": "top"}));
        s.made(
            "two",
            if more.is_null() { "a" } else { "b" },
            "2024-01-01",
            if more.is_null() { json!({}) } else { more },
        );
        meets(&s, "2024-02-01").len()
    };
    assert_eq!(same(serde_json::Value::Null), 0);
    assert_eq!(same(json!({"mode": "delegation", "under": "top"})), 0);
    assert_eq!(same(json!({"mode": "attribution"})), 1);
}

#[test]
fn programmes_of_different_coordinators_on_what_duplicates() {
    let mut s = two(scoped("x", json!({})), scoped("x", json!({})));
    let starts = |s: &mut Story, at, id: &str, who: &str, on: &str| {
        let data = json!({"programme": id, "coordinator": who, "members": [], "responsibilities": [on]});
        say(s, (at, "2024-03-01", who), "programme.started", data);
    };
    starts(&mut s, 200, "p2", "a", "one");
    starts(&mut s, 201, "p1", "b", "two");
    starts(&mut s, 202, "p3", "b", "one");
    let keys = |s: &Story, on: &str| meets(s, on).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys(&s, "2024-03-02"), ["duplication:one,two", "duplication:p1,p2"]);
    // a programme has no day of its own on which it begins
    assert_eq!(keys(&s, "2024-02-29"), ["duplication:one,two", "duplication:p1,p2"]);
    let found = of_kinds(&s.state, &[Kind::Duplication], day("2024-03-11"));
    assert_eq!((found[1].since, found[1].days), (found[0].since, found[0].days));
    assert!(found[1].since.is_some());
    assert_eq!(
        found[1].about.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["p:p1", "p:p2", "r:one", "r:two"]
    );
    say(
        &mut s,
        (203, "2024-03-02", "b"),
        "programme.ended",
        json!({"programme": "p1", "effective": "2024-03-05"}),
    );
    assert_eq!(keys(&s, "2024-03-05"), ["duplication:one,two"]);
}

#[test]
fn an_open_claim_is_a_dispute_until_it_is_resolved() {
    let mut s = story();
    s.defined("housing", json!({}));
    s.made("housing", "a", "2024-01-01", json!({}));
    let raised = json!({"claim": "cl", "kind": "authority", "about": ["r:housing"], "against": ["a"]});
    say(&mut s, (100, "2024-02-01", "b"), "claim.raised", raised);
    assert_eq!(told(&of_kinds(&s.state, &[Kind::Dispute], day("2024-01-31"))), []);
    let found = findings(&s.state, day("2024-02-11"));
    assert_eq!(told(&found), [("dispute:cl", Some(day("2024-02-01")), Some(10))]);
    assert_eq!(found[0].agencies.iter().map(|a| a.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(found[0].waiting_on.as_ref().map(|a| a.as_str()), Some("a"));
    say(&mut s, (101, "2024-02-12", "a"), "claim.answered", json!({"claim": "cl"}));
    let found = findings(&s.state, day("2024-02-12"));
    assert_eq!((found[0].waiting_on.clone(), found[0].evidence.clone()), (None, vec![Seq(100), Seq(101)]));
    let resolved = json!({"claim": "cl", "outcome": "upheld", "on": "2024-02-20"});
    say(&mut s, (102, "2024-02-21", "c"), "claim.resolved", resolved);
    assert_eq!(told(&findings(&s.state, day("2024-02-20"))), []);
    assert_eq!(findings(&s.state, day("2024-02-19")).len(), 1);
}

#[test]
fn a_vote_said_otherwise_than_recorded_is_a_dispute() {
    let mut s = story();
    let votes = json!([{"agency": "a", "vote": "for"}, {"agency": "b", "vote": "for"}]);
    let data = json!({"decision": "de", "decided_by": "f:forum", "decided_on": "2024-02-01", "capacity": "own",
        "basis": {"unknown": true}, "in_force": {"from": "2024-02-01"}, "votes": votes});
    say(&mut s, (100, "2024-02-02", "c"), "decision.recorded", data);
    let voted = |s: &mut Story, at, on: &str, who: &str, vote: &str| {
        say(s, (at, on, who), "decision.voted", json!({"decision": "de", "vote": vote}));
    };
    voted(&mut s, 101, "2024-02-03", "a", "for");
    assert_eq!(told(&findings(&s.state, day("2024-02-10"))), []);
    voted(&mut s, 102, "2024-02-04", "b", "against");
    let found = findings(&s.state, day("2024-02-10"));
    assert_eq!(told(&found), [("dispute:de", Some(day("2024-02-01")), Some(9))]);
    assert_eq!(found[0].agencies.iter().map(|a| a.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(found[0].evidence, [Seq(100), Seq(102)]);
    voted(&mut s, 103, "2024-02-05", "b", "for");
    assert_eq!(told(&findings(&s.state, day("2024-02-10"))), []);
}

#[test]
fn what_was_done_without_authority_is_broken() {
    let mut s = story();
    s.defined("housing", json!({}));
    s.made("housing", "a", "2024-01-01", json!({}));
    let act = |s: &mut Story, at, id: &str, who: &str| {
        let data = json!({"act": id, "code": {"scheme": "s", "value": "done"}, "responsibility": "housing",
            "agency": who, "capacity": "own", "on": "2024-02-01"});
        say(s, (at, "2024-02-02", who), "act.recorded", data);
    };
    act(&mut s, 100, "by-a", "a");
    act(&mut s, 101, "by-b", "b");
    assert_eq!(told(&of_kinds(&s.state, &[Kind::BrokenAuthority], day("2024-01-31"))), []);
    let found = findings(&s.state, day("2024-02-03"));
    assert_eq!(told(&found), [("broken-authority:by-b", Some(day("2024-02-01")), Some(2))]);
    // the giver's holding turns out to have ended before
    let ended = json!({"responsibility": "housing", "agency": "a", "role": "accountable", "effective": "2024-01-15",
        "reason": "revoked", "basis": {"unknown": true}});
    say(&mut s, (102, "2024-03-01", "a"), "assignment.ended", ended);
    let found = of_kinds(&s.state, &[Kind::BrokenAuthority], day("2024-02-03"));
    let graves: Vec<_> = found.iter().map(|f| (f.key.as_str(), f.severity)).collect();
    use super::Severity::{High, Medium};
    assert_eq!(graves, [("broken-authority:by-a", Medium), ("broken-authority:by-b", High)]);
}

#[test]
fn an_act_of_the_day_of_a_move_is_broken_where_its_time_is_the_others() {
    let mut s = story();
    s.defined("housing", json!({}));
    s.made("housing", "a", "2024-01-01", json!({}));
    s.handoff("ho", &["housing"], "a", "b", "2024-02-01", json!({"time": "2024-02-01T14:00:00+07:00"}));
    let acts = [("a", "10:00"), ("a", "15:00"), ("b", "10:00"), ("b", "15:00"), ("a", ""), ("b", "")];
    for (at, (who, hour)) in (100..).zip(acts) {
        let mut data = json!({"act": format!("{who}{}", hour.replace(':', "")), "code": {"scheme": "s", "value": "done"},
            "responsibility": "housing", "agency": who, "capacity": "own", "on": "2024-02-01"});
        if !hour.is_empty() {
            data["time"] = format!("2024-02-01T{hour}:00+07:00").into();
        }
        say(&mut s, (at, "2024-02-02", who), "act.recorded", data);
    }
    let found = of_kinds(&s.state, &[Kind::BrokenAuthority], day("2024-02-03"));
    let keys: Vec<_> = found.iter().map(|found| found.key.as_str()).collect();
    // whose act has no time is judged by its day, which is b's
    assert_eq!(keys, ["broken-authority:a", "broken-authority:a1500", "broken-authority:b1000"]);
}

#[test]
fn what_stands_under_nothing_any_more_is_broken() {
    let mut s = story();
    s.defined("housing", json!({}));
    s.made("housing", "a", "2024-01-01", json!({"assignment": "top"}));
    s.made("housing", "b", "2024-02-01", json!({"assignment": "ex", "role": "executor", "under": "top"}));
    let found = |s: &Story| {
        let found = of_kinds(&s.state, &[Kind::BrokenAuthority], day("2024-03-01"));
        found.iter().map(|f| f.key.clone()).collect::<Vec<_>>()
    };
    assert!(found(&s).is_empty());
    let ended = json!({"assignment": "top", "effective": "2024-01-15", "reason": "annulled", "basis": {"unknown": true}});
    say(&mut s, (100, "2024-03-01", "a"), "assignment.ended", ended);
    assert_eq!(found(&s), ["broken-authority:ex"]);
}

#[test]
fn a_handoff_whose_giver_held_nothing_is_broken() {
    let mut s = story();
    s.defined("housing", json!({}));
    s.made("housing", "a", "2023-12-01", json!({"assignment": "top"}));
    s.handoff("ho", &["housing"], "a", "b", "2024-02-01", json!({"regime": "by_agreement"}));
    s.accepted("ho", "2024-01-20");
    let broken = |s: &Story| told(&of_kinds(&s.state, &[Kind::BrokenAuthority], day("2024-03-01"))).len();
    assert_eq!(broken(&s), 0);
    // annulled from before the proposal: what ends a holding later overtakes the handoff instead
    let ended = json!({"assignment": "top", "effective": "2023-12-15", "reason": "annulled", "basis": {"unknown": true}});
    say(&mut s, (100, "2024-03-01", "a"), "assignment.ended", ended);
    assert_eq!(broken(&s), 1);
}
