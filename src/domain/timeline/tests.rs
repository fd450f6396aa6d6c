//! Days and periods.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::json;

use super::super::event::assignment::HoldingRole;
use super::super::state::fold::story::{Story, day, r};
use super::super::{AgencyId, Date};
use super::{Status, holder, on, periods};

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
            ("2024-01-01".into(), Status::Orphan),
            ("2024-02-01".into(), Status::Held),
            ("2024-05-01".into(), Status::Conflict),
            ("2024-06-01".into(), Status::Orphan),
        ]
    );
    assert_eq!(periods(&s.state, &r("housing")).last().unwrap().to, day("2025-01-01"));
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
    let held = holder(&s.state, &r("housing"), HoldingRole::Accountable, &a, day("2024-02-10")).unwrap();
    assert!(held.dormant);
    assert!(holder(&s.state, &r("housing"), HoldingRole::Executor, &a, day("2024-02-10")).is_none());
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
    s.defined("permits", json!({"parent": "housing"}));
    s.defined("small-permits", json!({"parent": "permits"}));
    s.made("housing", "a", "2024-02-01", json!({}));
    s.made("permits", "b", "2024-04-01", json!({}));
    let on = |text: &str| on(&s.state, &r("small-permits"), day(text)).unwrap();
    assert_eq!(on("2024-01-01").status, Status::Orphan);
    assert_eq!(on("2024-02-01").accountable[0].via, Some(r("housing")));
    assert_eq!(on("2024-04-01").accountable[0].via, Some(r("permits")));
    assert_eq!(on("2024-04-01").status, Status::Held);
    assert_eq!(periods(&s.state, &r("small-permits")).len(), 3);
}
