//! Authority on the days on which a holding begins or ends.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::super::event::Data;
use super::super::super::{AssignmentId, Assurance, Instant, Seq, Statement};
use super::super::decision::Authority;
use super::super::fact::Fact;
use super::super::fold::story::Story;
use super::{of_act, of_decision};

const DAY: &str = "2024-02-01";
/// After everything a story tells.
const LATER: u64 = 1000;

fn story() -> Story {
    let mut story = Story::new();
    for id in ["a", "b", "c"] {
        story.agency(id, "ministry");
    }
    story.defined("housing", json!({}));
    story
}

/// A time of the day.
fn at(hour: &str) -> String {
    format!("{DAY}T{hour}:00+07:00")
}

/// Whether what an agency does on the day, at an hour or at some time, has a living authority.
fn alive(s: &Story, who: &str, hour: &str, more: &Value) -> bool {
    let mut data = json!({"act": "ac", "code": {"scheme": "s", "value": "inspected"},
        "responsibility": "housing", "agency": who, "capacity": "own", "on": DAY});
    if !hour.is_empty() {
        data["time"] = if hour.len() == 5 { at(hour) } else { hour.to_owned() }.into();
    }
    let mut seq = LATER;
    for (key, value) in more.as_object().unwrap() {
        match key.as_str() {
            "seq" => seq = value.as_u64().unwrap(),
            key => data[key] = value.clone(),
        }
    }
    let statement = json!({"jti": "j", "type": "act.recorded", "data": data});
    let Data::ActRecorded(data) = Statement::read(&statement).unwrap().data else { unreachable!() };
    match of_act(&s.state, &data, Seq(seq)) {
        Authority::Alive => true,
        Authority::WithoutAuthority => false,
        other => unreachable!("{other:?}"),
    }
}

/// Each agency at each hour, `a10:00` where its authority is alive.
fn told(s: &Story, hours: &[&str]) -> Vec<String> {
    let all = hours.iter().flat_map(|hour| ["a", "b", "c"].map(|who| (who, *hour)));
    all.filter(|(who, hour)| alive(s, who, hour, &json!({})))
        .map(|(who, hour)| format!("{who}{hour}"))
        .collect()
}

/// A holds from the year before and hands over to b on the day.
fn moved(time: Value) -> Story {
    let mut s = story();
    s.made("housing", "a", "2023-01-01", json!({}));
    s.handoff(
        "ho",
        &["housing"],
        "a",
        "b",
        DAY,
        if time.is_null() { json!({}) } else { json!({"time": time}) },
    );
    s
}

#[test]
fn before_a_change_of_the_day_who_gives_after_it_who_receives() {
    let s = moved(at("14:00").into());
    assert_eq!(told(&s, &["10:00", "14:00", "15:00"]), ["a10:00", "b14:00", "b15:00"]);
}

#[test]
fn a_time_missing_on_one_side_leaves_the_day() {
    assert_eq!(told(&moved(at("14:00").into()), &[""]), ["b"], "the act has none");
    assert_eq!(told(&moved(Value::Null), &["10:00", "15:00"]), ["b10:00", "b15:00"], "the change has none");
    // another change of the same day has none
    let mut s = moved(at("14:00").into());
    s.made("housing", "c", DAY, json!({"role": "supporter"}));
    assert_eq!(told(&s, &["10:00"]), ["b10:00", "c10:00"]);
    // one of another day does not count
    let mut s = moved(at("14:00").into());
    s.made("housing", "c", "2024-02-02", json!({"role": "supporter"}));
    assert_eq!(told(&s, &["10:00"]), ["a10:00"]);
}

#[test]
fn times_are_compared_as_instants() {
    // 14:00 in Jakarta
    let s = moved("2024-02-01T07:00:00Z".into());
    assert_eq!(told(&s, &["13:59", "14:00"]), ["a13:59", "b14:00"]);
    assert_eq!(told(&s, &["2024-02-01T15:59:00+09:00", "2024-02-01T06:59:59Z"]).len(), 2);
    assert!(alive(&s, "a", "2024-02-01T15:59:00+09:00", &json!({})));
    assert!(!alive(&s, "b", "2024-02-01T15:59:00+09:00", &json!({})));
}

#[test]
fn at_the_same_time_the_order_of_the_record_counts() {
    let mut s = story();
    s.made("housing", "a", "2023-01-01", json!({}));
    let moved = s.handoff("ho", &["housing"], "a", "b", DAY, json!({"time": at("14:00")}));
    let recorded = |seq: u64| json!({"seq": seq});
    assert!(alive(&s, "a", "14:00", &recorded(moved.0 - 1)));
    assert!(!alive(&s, "b", "14:00", &recorded(moved.0 - 1)));
    assert!(alive(&s, "b", "14:00", &recorded(moved.0 + 1)));
}

#[test]
fn a_holding_of_zero_days_counts_all_day_or_between_its_times() {
    let passed = |first: Value, second: Value| {
        let mut s = moved(first);
        let more = if second.is_null() { json!({}) } else { json!({"time": second}) };
        s.handoff("ho-2", &["housing"], "b", "c", DAY, more);
        s
    };
    let hours = ["09:00", "11:00", "15:00"];
    let s = passed(at("10:00").into(), at("14:00").into());
    assert_eq!(told(&s, &hours), ["a09:00", "b11:00", "c15:00"]);
    let by_day = ["b09:00", "c09:00", "b11:00", "c11:00", "b15:00", "c15:00"];
    assert_eq!(told(&passed(at("10:00").into(), Value::Null), &hours), by_day);
    assert_eq!(told(&passed(Value::Null, at("14:00").into()), &hours), by_day);
    // held for no time at all
    let s = passed(at("10:00").into(), at("10:00").into());
    assert_eq!(told(&s, &["09:59", "10:00", "10:01"]), ["a09:59", "b10:00", "c10:00", "c10:01"]);
}

#[test]
fn an_end_of_its_own_and_what_stands_under_it_end_at_the_time() {
    let mut s = story();
    let above = s.made("housing", "a", "2023-01-01", json!({}));
    let below =
        s.made("housing", "b", "2023-01-01", json!({"role": "executor", "under": above, "mode": null}));
    s.ended_at("housing", &above, DAY, Some(&at("14:00")), "revoked");
    assert_eq!(told(&s, &["10:00", "15:00"]), ["a10:00", "b10:00"]);
    let under = |id: &AssignmentId| json!({"capacity": "mandate", "on_behalf_of": "a", "under": id});
    assert!(alive(&s, "b", "10:00", &under(&below)));
    assert!(!alive(&s, "b", "15:00", &under(&below)));
    assert!(!alive(&s, "b", "", &under(&below)), "the day on which it ends is not its own");
}

/// `part` is held by b by delegation of what a holds of housing, until a's ends at a time.
fn delegated() -> (Story, AssignmentId, AssignmentId) {
    let mut s = story();
    s.defined("part", json!({"parent": "housing", "code": {"scheme": "s", "value": "housing.1"}}));
    let above = s.made("housing", "a", "2023-01-01", json!({}));
    let below = s.made("part", "b", "2023-01-01", json!({"mode": "delegation", "under": above}));
    s.ended_at("housing", &above, DAY, Some(&at("14:00")), "revoked");
    (s, above, below)
}

#[test]
fn what_ends_with_another_responsibility_ends_at_that_time_unless_its_own_day_has_none() {
    let part = json!({"responsibility": "part"});
    let (mut s, _, _) = delegated();
    assert!(alive(&s, "b", "10:00", &part));
    assert!(!alive(&s, "b", "15:00", &part));
    s.made("part", "c", DAY, json!({"role": "supporter", "time": at("16:00")}));
    assert!(alive(&s, "b", "10:00", &part));
    s.made("part", "c", DAY, json!({"role": "supporter"}));
    assert!(!alive(&s, "b", "10:00", &part), "by day it ended before");
}

#[test]
fn a_parent_answers_at_the_times_at_which_nobody_else_does() {
    let mut s = story();
    s.defined("part", json!({"parent": "housing", "code": {"scheme": "s", "value": "housing.1"}}));
    s.made("housing", "a", "2023-01-01", json!({}));
    let own = s.made("part", "b", DAY, json!({"time": at("10:00")}));
    let part = json!({"responsibility": "part"});
    assert!(alive(&s, "a", "09:00", &part));
    assert!(!alive(&s, "a", "11:00", &part));
    assert!(!alive(&s, "a", "", &part));
    s.ended_at("part", &own, DAY, Some(&at("14:00")), "revoked");
    let who = |hour: &str| ["a", "b"].map(|who| alive(&s, who, hour, &part));
    assert_eq!([who("09:00"), who("11:00"), who("15:00")], [[true, false], [false, true], [true, false]]);
}

#[test]
fn splits_closings_and_retirements_count_where_their_time_fits_their_place() {
    let retired = |time: &str| {
        let mut s = moved(at("10:00").into());
        s.retires(json!({"responsibility": "housing", "effective": DAY, "time": time}));
        s
    };
    assert_eq!(told(&retired(&at("14:00")), &["09:00", "11:00", "15:00"]), ["a09:00", "b11:00"]);
    // before what it comes after, so by day
    assert_eq!(told(&retired("2024-01-31T17:00:00+07:00"), &["09:00", "15:00"]), ["b09:00", "b15:00"]);
    let mut s = moved(at("10:00").into());
    s.closed(json!({"agency": "b", "how": "dissolved", "effective": DAY, "time": at("14:00")}));
    assert_eq!(told(&s, &["09:00", "11:00", "15:00"]), ["a09:00", "b11:00"]);
    let mut s = moved(at("10:00").into());
    s.closed(json!({"agency": "b", "how": "dissolved", "effective": DAY}));
    assert_eq!(told(&s, &["09:00", "15:00"]), ["b09:00", "b15:00"]);
}

#[test]
fn a_planned_end_has_no_time() {
    let mut s = story();
    s.made("housing", "a", "2023-01-01", json!({"valid": {"from": "2023-01-01", "to": DAY}}));
    s.made("housing", "b", DAY, json!({"time": at("10:00")}));
    assert_eq!(told(&s, &["09:00", "11:00"]), ["b11:00"]);
}

#[test]
fn an_annulment_from_before_orders_nothing_by_the_time_of_another_day() {
    let mut s = story();
    let made = s.made("housing", "a", DAY, json!({"time": at("10:00")}));
    s.ended_at("housing", &made, "2024-01-20", Some("2024-01-20T09:00:00Z"), "annulled");
    assert_eq!(s.tell("housing"), ["a 2024-02-01..2024-02-01 annulled"]);
    assert_eq!(told(&s, &["09:00"]), ["a09:00"]);
}

#[test]
fn decisions_are_judged_by_their_time_too() {
    let s = moved(at("14:00").into());
    let decided = |who: &str, hour: &str| {
        let data = json!({"decision": "d", "about": ["r:housing"], "decided_by": who, "decided_on": DAY,
            "time": at(hour), "capacity": "own", "basis": {"unknown": true}, "in_force": {"from": DAY}});
        let statement = json!({"jti": "j", "type": "decision.recorded", "data": data});
        let Data::DecisionRecorded(data) = Statement::read(&statement).unwrap().data else { unreachable!() };
        let (seq, at, day) = (Seq(LATER), Instant::default(), s.today);
        of_decision(
            &s.state,
            &Fact { seq, by: seq, at, day, agency: None, assurance: Assurance::Ledger, data: Arc::new(data) },
        )
    };
    let (yes, no) = (Authority::Alive, Authority::WithoutAuthority);
    let found = [("a", "10:00"), ("b", "10:00"), ("a", "15:00"), ("b", "15:00")].map(|(w, h)| decided(w, h));
    assert_eq!(found, [yes, no, no, yes]);
}
