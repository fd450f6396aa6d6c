//! Days and periods.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::json;

use super::super::event::assignment::HoldingRole;
use super::super::state::fold::story::{Story, day, r};
use super::super::{AgencyId, Date, Time};
use super::{By, PeriodOn, Status, at_time, holders, on, periods};

fn story() -> Story {
    let mut story = Story::new();
    for id in ["a", "b", "c"] {
        story.agency(id, "ministry");
    }
    story.agency("nobody", "unrecorded");
    story.defined("housing", json!({"valid": {"from": "2024-01-01", "to": "2025-01-01"}}));
    story
}

#[test]
fn a_day_is_held_orphan_conflict_or_outside() {
    let mut s = story();
    assert!(on(&s.state, &r("other"), day("2024-01-01")).is_none());
    s.made("housing", "a", "2024-02-01", json!({"valid": {"from": "2024-02-01", "to": "2024-06-01"}}));
    s.made("housing", "b", "2024-05-01", json!({"valid": {"from": "2024-05-01", "to": "2024-06-01"}}));
    s.made("housing", "nobody", "2024-06-01", json!({}));
    let status = |text: &str| on(&s.state, &r("housing"), day(text)).unwrap().status;
    assert_eq!(status("2023-12-31"), Status::Outside);
    assert_eq!(status("2024-01-01"), Status::Orphan);
    assert_eq!(status("2024-02-01"), Status::Held);
    assert_eq!(status("2024-05-01"), Status::Conflict);
    assert_eq!(status("2024-06-01"), Status::Orphan);
    assert_eq!(status("2025-01-01"), Status::Outside);
    let told: Vec<_> =
        periods(&s.state, &r("housing")).iter().map(|p| (p.from.to_string(), p.status)).collect();
    assert_eq!(
        told,
        [
            (Date::MIN.to_string(), Status::Outside),
            ("2024-01-01".into(), Status::Orphan),
            ("2024-02-01".into(), Status::Held),
            ("2024-05-01".into(), Status::Conflict),
            ("2024-06-01".into(), Status::Orphan),
            ("2025-01-01".into(), Status::Outside),
        ]
    );
    let days: Vec<_> = periods(&s.state, &r("housing")).iter().map(PeriodOn::days).collect();
    assert_eq!(days, [None, Some(31), Some(90), Some(31), Some(214), None]);
    assert_eq!(periods(&s.state, &r("housing")).last().unwrap().to, Date::MAX);
}

#[test]
fn the_last_day_of_the_calendar_is_a_day_like_any_other() {
    let mut s = story();
    s.defined("water", json!({}));
    s.made("water", "a", "2024-01-01", json!({"valid": {"from": "2024-01-01", "to": "9999-12-31"}}));
    s.defined("roads", json!({}));
    s.made("roads", "a", "2024-01-01", json!({}));
    let on = |id: &str, text: &str| {
        let on = on(&s.state, &r(id), day(text)).unwrap();
        (on.status, on.accountable.first().map(|held| held.span.until))
    };
    assert_eq!(on("water", "9999-12-30"), (Status::Held, Some(day("9999-12-31"))));
    assert_eq!(on("water", "9999-12-31"), (Status::Orphan, None));
    assert_eq!(on("roads", "9999-12-31"), (Status::Held, Some(Date::MAX)));
    let last = day("9999-12-31");
    assert_eq!(
        (last.plus_days(1), Date::MAX.plus_days(-1), Date::MAX.plus_days(1)),
        (Date::MAX, last, Date::MAX)
    );
    assert_eq!((Date::MAX.days_since(last), last.plus_days(-2).plus_days(2)), (1, last));
}

#[test]
fn the_giver_of_a_delegation_is_dormant_while_it_lasts() {
    let mut s = story();
    let a = s.made("housing", "a", "2024-01-01", json!({}));
    s.made(
        "housing",
        "b",
        "2024-02-01",
        json!({"mode": "delegation", "under": a, "valid": {"from": "2024-02-01", "to": "2024-03-01"}}),
    );
    let dormant = |text: &str| {
        let on = on(&s.state, &r("housing"), day(text)).unwrap();
        assert_eq!(on.status, Status::Held);
        on.accountable.iter().map(|held| held.dormant).collect::<Vec<_>>()
    };
    assert_eq!(dormant("2024-01-31"), [false]);
    assert_eq!(dormant("2024-02-01"), [true, false]);
    assert_eq!(dormant("2024-03-01"), [false]);
    let a = AgencyId::parse("a").unwrap();
    let held = holders(&s.state, &r("housing"), HoldingRole::Accountable, &a, day("2024-02-10")).remove(0);
    assert!(held.dormant);
    assert!(holders(&s.state, &r("housing"), HoldingRole::Executor, &a, day("2024-02-10")).is_empty());
}

#[test]
fn a_delegation_passes_to_the_heir_of_its_giver() {
    let mut s = story();
    let a = s.made("housing", "a", "2024-01-01", json!({}));
    s.made("housing", "b", "2024-02-01", json!({"mode": "delegation", "under": a}));
    s.handoff("ho", &["housing"], "a", "c", "2024-03-01", json!({}));
    let on = on(&s.state, &r("housing"), day("2024-03-01")).unwrap();
    assert_eq!(on.status, Status::Held);
    let told: Vec<_> = on.accountable.iter().map(|h| (h.holding.agency.as_str(), h.dormant)).collect();
    assert_eq!(told, [("b", false), ("c", true)]);
    assert_eq!(on.accountable[0].under.as_ref(), Some(&on.accountable[1].holding.assignment));
}

#[test]
fn a_child_without_a_holder_is_answered_by_its_parents() {
    let mut s = story();
    let code = |value: &str| json!({"scheme": "s", "value": value});
    s.defined("permits", json!({"parent": "housing", "code": code("housing.1")}));
    s.defined("small-permits", json!({"parent": "permits", "code": code("housing.1.1")}));
    s.made("housing", "a", "2024-02-01", json!({}));
    s.made("permits", "b", "2024-04-01", json!({}));
    let on = |text: &str| on(&s.state, &r("small-permits"), day(text)).unwrap();
    assert_eq!(on("2024-01-01").status, Status::Orphan);
    assert_eq!(on("2024-02-01").accountable[0].via, Some(r("housing")));
    assert_eq!(on("2024-04-01").accountable[0].via, Some(r("permits")));
    assert_eq!(on("2024-04-01").status, Status::Held);
    assert_eq!(periods(&s.state, &r("small-permits")).len(), 3);
}

/// Periods as `from..to agencies status`, accountable ones that are not dormant.
fn told(s: &Story, id: &str) -> Vec<String> {
    let day = |day: Date| match day {
        Date::MIN | Date::MAX => String::new(),
        day => day.to_string(),
    };
    let agencies = |period: &PeriodOn| {
        let active = period.accountable.iter().filter(|held| !held.dormant);
        active.map(|held| held.holding.agency.to_string()).collect::<Vec<_>>().join("+")
    };
    let period = |p: &PeriodOn| format!("{}..{} {} {:?}", day(p.from), day(p.to), agencies(p), p.status);
    periods(&s.state, &r(id)).iter().map(period).collect()
}

#[test]
fn a_holding_of_zero_days_is_a_period_of_its_own() {
    let mut s = story();
    s.defined("water", json!({}));
    s.defined("pipes", json!({"parent": "water", "code": {"scheme": "s", "value": "water.1"}}));
    s.made("water", "a", "2020-01-01", json!({}));
    s.handoff("ho-1", &["water"], "a", "b", "2024-02-01", json!({}));
    s.handoff("ho-2", &["water"], "b", "c", "2024-02-01", json!({}));
    let periods_told = [
        "..2020-01-01  Orphan",
        "2020-01-01..2024-02-01 a Held",
        "2024-02-01..2024-02-01 b Held",
        "2024-02-01.. c Held",
    ];
    assert_eq!(told(&s, "water"), periods_told);
    assert_eq!(told(&s, "pipes"), periods_told, "a child shows those of who answers for it");
    let days: Vec<_> = periods(&s.state, &r("water")).iter().map(PeriodOn::days).collect();
    assert_eq!(days, [None, Some(1492), Some(0), None]);
}

#[test]
fn several_holdings_of_zero_days_stand_in_their_order() {
    let mut s = story();
    s.agency("d", "ministry");
    s.defined("water", json!({}));
    let a = s.made("water", "a", "2024-02-01", json!({}));
    s.made("water", "b", "2024-02-01", json!({"mode": "delegation", "under": a}));
    s.handoff("ho-1", &["water"], "b", "c", "2024-02-01", json!({}));
    s.handoff("ho-2", &["water"], "a", "d", "2024-02-01", json!({}));
    s.ended("water", &a, "2024-02-01", "revoked");
    assert_eq!(
        told(&s, "water"),
        [
            "..2024-02-01  Orphan",
            "2024-02-01..2024-02-01 a Held",
            "2024-02-01..2024-02-01 b Held",
            "2024-02-01.. c Held",
        ],
        "d takes the place of a, dormant"
    );
    // who is retired the same day is shown, and the responsibility was still there
    s.defined("roads", json!({}));
    s.made("roads", "a", "2024-02-01", json!({}));
    s.retired("roads", "2024-02-01");
    assert_eq!(
        told(&s, "roads"),
        ["..2024-02-01  Orphan", "2024-02-01..2024-02-01 a Held", "2024-02-01..  Outside"]
    );
}

#[test]
fn what_is_held_outside_the_period_is_shown_there() {
    let mut s = story();
    s.handoff("ho", &["housing"], "a", "b", "2025-06-01", json!({"regime": "observed"}));
    let periods = periods(&s.state, &r("housing"));
    let last = periods.last().unwrap();
    assert_eq!((last.status, last.from), (Status::Outside, day("2025-06-01")));
    assert_eq!(last.accountable, on(&s.state, &r("housing"), day("2025-06-01")).unwrap().accountable);
}

#[test]
fn at_a_time_where_every_change_of_the_day_has_one() {
    let mut s = story();
    s.defined("water", json!({}));
    s.defined("pipes", json!({"parent": "water", "code": {"scheme": "s", "value": "water.1"}}));
    s.made("water", "a", "2020-01-01", json!({}));
    s.handoff("ho-1", &["water"], "a", "b", "2024-02-01", json!({"time": "2024-02-01T09:00:00+07:00"}));
    s.handoff("ho-2", &["water"], "b", "c", "2024-02-01", json!({"time": "2024-02-01T15:00:00+07:00"}));
    let at = |s: &Story, id: &str, time: &str| {
        let (on, by) = at_time(&s.state, &r(id), &Time::parse(time).unwrap()).unwrap();
        (on.accountable.iter().map(|h| h.holding.agency.to_string()).collect::<Vec<_>>().join("+"), by)
    };
    for id in ["water", "pipes"] {
        assert_eq!(at(&s, id, "2024-02-01T08:59:59+07:00"), ("a".into(), By::Time));
        assert_eq!(at(&s, id, "2024-02-01T09:00:00+07:00"), ("b".into(), By::Time));
        assert_eq!(at(&s, id, "2024-02-01T07:30:00Z"), ("b".into(), By::Time), "whatever the offset");
        assert_eq!(at(&s, id, "2024-02-01T15:00:00+07:00"), ("c".into(), By::Time));
        assert_eq!(
            at(&s, id, "2024-02-02T00:00:00+07:00"),
            ("c".into(), By::Time),
            "nothing changes that day"
        );
    }
    s.made("water", "a", "2024-02-01", json!({"role": "supporter"}));
    assert_eq!(at(&s, "pipes", "2024-02-01T09:00:00+07:00"), ("c".into(), By::Day));
    assert!(at_time(&s.state, &r("other"), &Time::parse("2024-02-01T09:00:00Z").unwrap()).is_none());
}

#[test]
fn what_a_delegation_stands_under_is_told_by_the_time_too() {
    let mut s = story();
    s.defined("water", json!({}));
    let a = s.made("water", "a", "2020-01-01", json!({}));
    s.made("water", "b", "2020-01-01", json!({"mode": "delegation", "under": a}));
    s.handoff("ho", &["water"], "a", "c", "2024-02-01", json!({"time": "2024-02-01T12:00:00Z"}));
    for (time, giver) in [("2024-02-01T10:00:00Z", "a"), ("2024-02-01T12:00:00Z", "c")] {
        let (on, by) = at_time(&s.state, &r("water"), &Time::parse(time).unwrap()).unwrap();
        let dormant: Vec<_> = on.accountable.iter().filter(|held| held.dormant).collect();
        assert_eq!((on.status, by, dormant.len()), (Status::Held, By::Time, 1));
        assert_eq!(dormant[0].holding.agency.as_str(), giver);
    }
}
