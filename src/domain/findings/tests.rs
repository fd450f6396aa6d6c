//! Findings of a day.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::json;

use super::super::Date;
use super::super::state::fold::story::{Story, day};
use super::{Finding, findings};

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
