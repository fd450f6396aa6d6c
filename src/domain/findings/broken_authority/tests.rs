//! What rests on void and annulled decisions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};

use super::super::super::state::fold::story::{Story, day};
use super::super::super::{AgencyId, Date, DecisionId, Event, Instant, Seq, Speaker, Statement};
use super::super::{Kind, of_kinds};
use super::still_running;

/// An example of DOMAIN section 7: d1 carries as_1 (from 2024-02-01) and as_2 (from 2024-06-01).
fn story() -> Story {
    let mut story = Story::new();
    for id in ["a", "b", "c"] {
        story.agency(id, "ministry");
    }
    decides(&mut story, "d1", "2024-01-10", json!({}));
    for (of, from) in [("one", "2024-02-01"), ("two", "2024-06-01")] {
        story.defined(of, json!({}));
        story.made(of, "a", from, json!({"assignment": format!("as_{of}"), "basis": {"ref": "d:d1"}}));
    }
    story
}

fn decides(story: &mut Story, id: &str, on: &str, more: Value) {
    let mut data = json!({"decision": id, "decided_by": "a", "decided_on": on, "capacity": "own",
        "basis": {"ref": "law/1"}, "in_force": {"from": on}});
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    let claims = json!({"jti": id, "type": "decision.recorded", "data": data});
    drop(story.state.evolve(&Event {
        // behind all that is told otherwise
        seq: Seq(1_000 + story.state.decisions.len() as u64),
        at: Instant::parse("2024-12-01T05:00:00Z").unwrap(),
        speaker: Speaker::Import { agency: AgencyId::parse("a").unwrap() },
        statement: Statement::read(&claims).unwrap(),
        withdraws: None,
    }));
}

fn annuls(story: &mut Story, id: &str, on: &str, of: &str, effect: &str) {
    let relations = json!({"relations": [{"verb": "annuls", "decision": of, "effect": effect}]});
    decides(story, id, on, relations);
}

/// What is broken on a day, each with the day since when.
fn broken(story: &Story, on: &str) -> Vec<(String, Option<Date>)> {
    let found = of_kinds(&story.state, &[Kind::BrokenAuthority], day(on));
    found.into_iter().map(|one| (one.key.replace("broken-authority:", ""), one.since)).collect()
}

fn running(story: &Story, id: &str, on: &str) -> Vec<String> {
    let found = still_running(&story.state, &DecisionId::parse(id).unwrap(), day(on));
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn what_rests_on_an_annulled_decision_is_broken_from_the_annulment_on() {
    let mut s = story();
    annuls(&mut s, "d2", "2024-05-01", "d1", "from_now");
    assert_eq!(broken(&s, "2024-05-31"), []);
    assert_eq!(broken(&s, "2024-06-01"), [("as_two".to_owned(), Some(day("2024-06-01")))]);
    assert_eq!(running(&s, "d1", "2024-04-30"), [""; 0], "it is in force");
    assert_eq!(running(&s, "d1", "2024-05-01"), ["as:as_one"]);
    assert_eq!(running(&s, "d1", "2024-07-01"), ["as:as_one"]);
    // when the annulment is annulled, so is the finding
    annuls(&mut s, "d3", "2024-08-01", "d2", "from_now");
    assert_eq!(broken(&s, "2024-07-31").len(), 1);
    assert_eq!(broken(&s, "2024-08-01"), []);
    assert_eq!(running(&s, "d1", "2024-08-01"), [""; 0]);
}

#[test]
fn what_rests_on_a_void_decision_is_broken_from_its_own_day() {
    let mut s = story();
    annuls(&mut s, "d2", "2024-05-01", "d1", "from_start");
    assert_eq!(broken(&s, "2024-01-31"), []);
    let one = ("as_one".to_owned(), Some(day("2024-02-01")));
    assert_eq!(broken(&s, "2024-02-01"), std::slice::from_ref(&one));
    assert_eq!(broken(&s, "2024-07-01"), [one, ("as_two".to_owned(), Some(day("2024-06-01")))]);
    assert_eq!(running(&s, "d1", "2024-07-01"), [""; 0], "it is a finding");
    annuls(&mut s, "d3", "2024-08-01", "d2", "from_start");
    assert_eq!(broken(&s, "2024-07-01"), []);
}

#[test]
fn another_item_of_the_basis_carries() {
    let mut s = story();
    decides(&mut s, "d9", "2024-01-11", json!({}));
    for (of, basis) in [
        ("law", json!([{"ref": "d:d1"}, {"ref": "law/1"}])),
        ("other", json!([{"ref": "d:d1"}, {"ref": "d:d9"}])),
        ("unknown", json!({"unknown": true})),
    ] {
        s.defined(of, json!({}));
        s.made(of, "b", "2024-06-01", json!({"assignment": format!("as_{of}"), "basis": basis}));
    }
    annuls(&mut s, "d2", "2024-05-01", "d1", "from_now");
    assert_eq!(broken(&s, "2024-07-01").len(), 1, "as_two alone");
    // annulled after it was done, the other has carried it
    annuls(&mut s, "d8", "2024-07-01", "d9", "from_now");
    assert_eq!(broken(&s, "2024-07-01").len(), 1);
    annuls(&mut s, "d7", "2024-07-01", "d9", "from_start");
    let all: Vec<_> = broken(&s, "2024-07-01").into_iter().map(|(id, _)| id).collect();
    assert_eq!(all, ["as_other", "as_two"]);
}

#[test]
fn handoffs_and_decisions_rest_on_decisions() {
    let mut s = story();
    let on = json!({"ref": "d:d1"});
    s.handoff(
        "early",
        &["one"],
        "a",
        "b",
        "2024-03-01",
        json!({"regime": "by_law", "on": "2024-02-20", "basis": on}),
    );
    s.handoff(
        "late",
        &["two"],
        "a",
        "b",
        "2024-06-10",
        json!({"regime": "by_law", "on": "2024-06-05", "basis": on}),
    );
    decides(&mut s, "d4", "2024-03-01", json!({"basis": on}));
    decides(&mut s, "d5", "2024-06-01", json!({"basis": on}));
    annuls(&mut s, "d2", "2024-05-01", "d1", "from_now");
    let all: Vec<_> = broken(&s, "2024-07-01").into_iter().map(|(id, _)| id).collect();
    assert_eq!(all, ["as_two", "d5", "late"]);
    let moved = s.state.responsibilities.keys().next().map(|id| s.state.fold(id)).unwrap();
    let moved = &moved.alive_on(day("2024-07-01")).next().unwrap().assignment;
    assert_eq!(
        running(&s, "d1", "2024-07-01"),
        [format!("as:{moved}"), "d:d4".to_owned(), "h:early".to_owned()]
    );
}

#[test]
fn a_part_rests_on_what_its_holding_was_inherited_from() {
    let mut s = story();
    s.defined("part", json!({}));
    s.split(json!({"responsibility": "one", "into": ["part"], "remainder": "none", "effective": "2024-09-01", "basis": {"ref": "law/1"}}));
    annuls(&mut s, "d2", "2024-05-01", "d1", "from_now");
    assert_eq!(running(&s, "d1", "2024-08-31"), ["as:as_one"]);
    assert_eq!(running(&s, "d1", "2024-09-01").len(), 1, "the part's holding");
    assert_ne!(running(&s, "d1", "2024-09-01"), ["as:as_one"]);
}

#[test]
fn a_holding_that_got_another_basis_is_broken_only_until_then() {
    let mut s = story();
    annuls(&mut s, "d2", "2024-05-01", "d1", "from_start");
    s.rebased("one", "as_one", "2024-06-15", json!({"ref": "law/2"}));
    let one = ("as_one".to_owned(), Some(day("2024-02-01")));
    let two = ("as_two".to_owned(), Some(day("2024-06-01")));
    assert_eq!(broken(&s, "2024-06-14"), [one, two.clone()]);
    assert_eq!(broken(&s, "2024-06-15"), [two]);
    // and one that is given the void decision as its basis later is broken from then on
    s.rebased("one", "as_one", "2024-07-01", json!({"ref": "d:d1"}));
    assert_eq!(broken(&s, "2024-07-01")[0], ("as_one".to_owned(), Some(day("2024-07-01"))));
}
