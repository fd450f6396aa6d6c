//! What moves holdings, told as small stories.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::json;

use super::super::super::AssignmentId;
use super::super::super::event::assignment::Mode;
use super::story::{Story, day, r};

fn story() -> Story {
    let mut story = Story::new();
    for id in ["a", "b", "c", "x"] {
        story.agency(id, "ministry");
    }
    story.defined("housing", json!({}));
    story
}

#[test]
fn nothing_is_held_of_what_does_not_exist() {
    assert!(Story::new().tell("housing").is_empty());
}

#[test]
fn a_holding_lasts_from_its_first_day_to_its_planned_end() {
    let mut s = story();
    s.made("housing", "a", "unknown", json!({"valid": {"from": "unknown", "to": "2024-03-01"}}));
    s.made("housing", "b", "2024-03-01", json!({}));
    assert_eq!(s.tell("housing"), ["a ..2024-03-01 expired", "b 2024-03-01.."]);
}

#[test]
fn a_move_ends_the_givers_holding_and_keeps_its_planned_end() {
    let mut s = story();
    let old =
        s.made("housing", "a", "2024-01-01", json!({"valid": {"from": "2024-01-01", "to": "2026-01-01"}}));
    let seq = s.handoff("ho", &["housing"], "a", "b", "2024-10-21", json!({}));
    assert_eq!(
        s.tell("housing"),
        ["a 2024-01-01..2024-10-21 transferred", "b 2024-10-21..2026-01-01 expired"]
    );
    let old = s.get("housing", &old);
    assert_eq!(old.heirs.len(), 1);
    assert_eq!(old.heirs[0].assignment, AssignmentId::derived(seq, None));
    assert!(old.evidence().contains(&seq));
}

#[test]
fn a_move_without_a_givers_holding_gives_one_by_attribution() {
    let mut s = story();
    let seq = s.handoff("ho", &["housing"], "a", "b", "2024-10-21", json!({}));
    assert_eq!(s.tell("housing"), ["b 2024-10-21.."]);
    let new = s.get("housing", &AssignmentId::derived(seq, None));
    assert_eq!((new.mode, new.under.clone()), (Some(Mode::Attribution), None));
}

#[test]
fn d3_by_agreement_moves_from_the_later_of_effective_and_acceptance() {
    let mut s = story();
    s.made("housing", "a", "2024-01-01", json!({}));
    s.handoff("ho", &["housing"], "a", "b", "2024-02-01", json!({"regime": "by_agreement"}));
    assert_eq!(s.tell("housing"), ["a 2024-01-01.."]);
    let seq = s.accepted("ho", "2024-02-10");
    assert_eq!(s.tell("housing"), ["a 2024-01-01..2024-02-10 transferred", "b 2024-02-10.."]);
    s.get("housing", &AssignmentId::derived(seq, None));
}

#[test]
fn several_responsibilities_name_their_holdings_in_order() {
    let mut s = story();
    s.defined("water", json!({}));
    let seq = s.handoff("ho", &["water", "housing"], "a", "b", "2024-02-01", json!({}));
    s.get("housing", &AssignmentId::derived(seq, Some(1)));
    s.get("water", &AssignmentId::derived(seq, Some(2)));
}

#[test]
fn superseding_ends_on_the_first_day_of_what_supersedes() {
    let mut s = story();
    let old = s.made("housing", "a", "2024-01-01", json!({}));
    s.made("housing", "b", "2024-05-01", json!({"supersedes": old}));
    assert_eq!(s.tell("housing"), ["a 2024-01-01..2024-05-01 superseded", "b 2024-05-01.."]);
}

#[test]
fn d5_ending_a_holding_ends_its_children_but_a_transfer_does_not() {
    let mut s = story();
    let a = s.made("housing", "a", "2024-01-01", json!({}));
    s.made("housing", "x", "2024-01-01", json!({"role": "executor", "under": a}));
    let seq = s.handoff("ho", &["housing"], "a", "b", "2024-02-01", json!({}));
    assert_eq!(s.tell("housing")[1], "x 2024-01-01..");
    s.ended("housing", &AssignmentId::derived(seq, None), "2024-03-01", "revoked");
    assert_eq!(s.tell("housing")[1], "x 2024-01-01..2024-03-01 revoked*");
    assert_eq!(s.tell("housing")[2], "b 2024-02-01..2024-03-01 revoked");
}

#[test]
fn a_child_ends_with_what_it_stands_under_whatever_the_order_and_responsibility() {
    let mut s = story();
    s.defined("permits", json!({"parent": "housing"}));
    let a =
        s.made("housing", "a", "2024-01-01", json!({"valid": {"from": "2024-01-01", "to": "2025-01-01"}}));
    s.made("housing", "x", "unknown", json!({"role": "executor", "under": a}));
    s.made("permits", "c", "2024-02-01", json!({"mode": "delegation", "under": a}));
    assert_eq!(s.tell("housing"), ["x ..2025-01-01 expired*", "a 2024-01-01..2025-01-01 expired"]);
    assert_eq!(s.tell("permits"), ["c 2024-02-01..2025-01-01 expired*"]);
    let seq = s.handoff("ho", &["housing"], "a", "b", "2024-03-01", json!({}));
    assert_eq!(s.tell("permits"), ["c 2024-02-01..2025-01-01 expired*"]);
    s.ended("housing", &AssignmentId::derived(seq, None), "2024-04-01", "revoked");
    assert_eq!(s.tell("permits"), ["c 2024-02-01..2024-04-01 revoked*"]);
}

#[test]
fn d8_a_reversal_revives_the_giver_and_gives_children_back() {
    let mut s = story();
    let a = s.made("housing", "a", "2024-01-01", json!({}));
    s.made("housing", "x", "2024-01-01", json!({"role": "executor", "under": a}));
    let seq = s.handoff("ho", &["housing"], "a", "b", "2024-02-01", json!({}));
    let b = AssignmentId::derived(seq, None);
    s.made("housing", "c", "2024-02-05", json!({"role": "executor", "under": b}));
    s.today = day("2024-06-01");
    let said = s.reversed("ho", "2024-03-01");
    assert_eq!(
        s.tell("housing"),
        [
            "a 2024-01-01..2024-02-01 transferred 2024-03-01..",
            "x 2024-01-01..",
            "b 2024-02-01..2024-03-01 annulled",
            "c 2024-02-05..2024-03-01 annulled*",
        ]
    );
    let b = s.get("housing", &b);
    assert_eq!(b.exercised_until, Some(day("2024-06-01")));
    assert!(b.evidence().contains(&said));
    assert_eq!(s.get("housing", &a).heirs[0].until, day("2024-03-01"));
}

#[test]
fn a_giver_closed_since_ends_again_at_its_closing() {
    let mut s = story();
    s.made("housing", "a", "2024-01-01", json!({}));
    s.handoff("ho", &["housing"], "a", "b", "2024-02-01", json!({}));
    s.closed(json!({"agency": "a", "how": "dissolved", "effective": "2024-04-01"}));
    s.reversed("ho", "2024-03-01");
    assert_eq!(
        s.tell("housing")[0],
        "a 2024-01-01..2024-02-01 transferred 2024-03-01..2024-04-01 agency_closed"
    );
    let mut late = story();
    late.made("housing", "a", "2024-01-01", json!({}));
    late.handoff("ho", &["housing"], "a", "b", "2024-02-01", json!({}));
    late.closed(json!({"agency": "a", "how": "dissolved", "effective": "2024-04-01"}));
    late.reversed("ho", "2024-05-01");
    assert_eq!(
        late.tell("housing")[0],
        "a 2024-01-01..2024-02-01 transferred 2024-05-01..2024-05-01 agency_closed"
    );
}

#[test]
fn d10_closing_ends_holdings_and_winding_up_those_of_caretakers() {
    let mut s = story();
    s.made("housing", "a", "2024-01-01", json!({}));
    s.made("housing", "a", "2024-01-01", json!({"role": "caretaker", "components": ["budget"]}));
    s.closed(json!({"agency": "a", "how": "dissolved", "effective": "2024-04-01", "winding_up_until": "2024-12-31"}));
    assert_eq!(
        s.tell("housing"),
        ["a 2024-01-01..2024-04-01 agency_closed", "a 2024-01-01..2024-12-31 agency_closed"]
    );
}

#[test]
fn a_move_on_the_day_of_closing_comes_before_it() {
    let mut s = story();
    s.made("housing", "a", "2024-01-01", json!({}));
    s.closed(json!({"agency": "a", "how": "replaced", "effective": "2024-04-01"}));
    s.handoff("ho", &["housing"], "a", "b", "2024-04-01", json!({}));
    assert_eq!(s.tell("housing"), ["a 2024-01-01..2024-04-01 transferred", "b 2024-04-01.."]);
}

#[test]
fn within_a_day_time_orders_where_all_have_it_else_seq() {
    for (time, expected) in [(Some("2024-02-01T08:00:00Z"), "c"), (None, "x")] {
        let mut s = story();
        s.made("housing", "a", "2024-01-01", json!({}));
        s.handoff("h1", &["housing"], "b", "c", "2024-02-01", json!({"time": "2024-02-01T09:00:00Z"}));
        let mut more = json!({});
        if let Some(time) = time {
            more = json!({"time": time});
        }
        s.handoff("h2", &["housing"], "a", "b", "2024-02-01", more);
        let mut last: Vec<_> = s.tell("housing");
        last.retain(|line| line.ends_with("2024-02-01.."));
        match expected {
            "c" => assert_eq!(last, ["c 2024-02-01.."]),
            _ => assert_eq!(last, ["c 2024-02-01..", "b 2024-02-01.."]),
        }
    }
}

#[test]
fn holdings_of_zero_days_stay() {
    let mut s = story();
    s.made("housing", "a", "2024-01-01", json!({}));
    s.handoff("h1", &["housing"], "a", "b", "2024-02-01", json!({}));
    s.handoff("h2", &["housing"], "b", "c", "2024-02-01", json!({}));
    assert_eq!(s.tell("housing")[1], "b 2024-02-01..2024-02-01 transferred");
    assert_eq!(s.tell("housing")[2], "c 2024-02-01..");
}

#[test]
fn a_split_passes_holdings_on_before_the_handoffs_of_the_day() {
    let mut s = story();
    s.defined("public-works", json!({}));
    s.defined("homes", json!({}));
    let a = s.made("housing", "a", "unknown", json!({}));
    s.made("housing", "x", "unknown", json!({"role": "executor", "under": a}));
    let seq = s.split(json!({"responsibility": "housing", "into": ["homes", "public-works"],
        "remainder": "none", "effective": "2024-10-21", "basis": {"ref": "law/1"}}));
    s.handoff("ho", &["homes"], "a", "b", "2024-10-21", json!({}));
    assert_eq!(s.tell("housing"), ["a ..2024-10-21 transferred", "x ..2024-10-21 transferred"]);
    assert_eq!(s.tell("homes"), ["a 2024-10-21..2024-10-21 transferred", "x 2024-10-21..", "b 2024-10-21.."]);
    assert_eq!(s.tell("public-works"), ["a 2024-10-21..", "x 2024-10-21.."]);
    // the executor of a part stands under the holding of that part
    s.ended("public-works", &AssignmentId::derived(seq, Some(3)), "2024-11-01", "revoked");
    assert_eq!(s.tell("public-works")[1], "x 2024-10-21..2024-11-01 revoked*");
    assert_eq!(s.tell("homes")[1], "x 2024-10-21..");
}

#[test]
fn ends_when_waits_for_the_step() {
    let mut s = story();
    s.handoff(
        "ho",
        &["housing"],
        "a",
        "b",
        "2024-02-01",
        json!({"steps": [{"step": "audit", "kind": "audit", "by": "a"}]}),
    );
    let id = s.made(
        "housing",
        "a",
        "2024-02-01",
        json!({"role": "caretaker", "components": ["budget"],
        "ends_when": {"handoff": "ho", "step": "audit"}}),
    );
    assert_eq!(s.tell("housing")[1], "a 2024-02-01..");
    let seq = s.confirmed("ho", "audit", "2024-06-01");
    assert_eq!(s.tell("housing")[1], "a 2024-02-01..2024-06-01 expired");
    assert!(s.get("housing", &id).evidence().contains(&seq));
}

#[test]
fn annulled_from_before_the_record_shows_until_when_it_was_exercised() {
    let mut s = story();
    let id = s.made("housing", "a", "2024-01-10", json!({}));
    s.today = day("2024-05-01");
    s.ended("housing", &id, "2024-01-01", "annulled");
    assert_eq!(s.tell("housing"), ["a 2024-01-10..2024-01-10 annulled"]);
    assert_eq!(s.get("housing", &id).exercised_until, Some(day("2024-05-01")));
}

#[test]
fn retiring_ends_what_is_left() {
    let mut s = story();
    s.made("housing", "a", "2024-01-01", json!({}));
    s.retired("housing", "2024-07-01");
    assert_eq!(s.tell("housing"), ["a 2024-01-01..2024-07-01 retired"]);
}

#[test]
fn responsibilities_that_depend_on_each_other_end_the_folding() {
    let mut s = story();
    s.defined("water", json!({}));
    let a = s.made("housing", "a", "2024-01-01", json!({}));
    let w = s.made("water", "b", "2024-01-01", json!({"mode": "delegation", "under": a}));
    s.made("housing", "x", "2024-01-01", json!({"role": "executor", "under": w}));
    assert_eq!(s.tell("housing").len(), 2);
    assert_eq!(s.tell("water"), ["b 2024-01-01.."]);
    assert!(s.state.fold(&r("housing")).holdings.len() == 2);
}

#[test]
fn a_giver_whose_parent_ended_meanwhile_does_not_live_on() {
    let mut s = story();
    let a = s.made("housing", "a", "2024-01-01", json!({}));
    s.made("housing", "b", "2024-01-01", json!({"role": "executor", "under": a}));
    s.handoff("ho", &["housing"], "b", "c", "2024-02-01", json!({"role": "executor"}));
    s.ended("housing", &a, "2024-03-01", "revoked");
    s.reversed("ho", "2024-04-01");
    assert_eq!(
        s.tell("housing"),
        [
            "a 2024-01-01..2024-03-01 revoked",
            "b 2024-01-01..2024-02-01 transferred 2024-04-01..2024-04-01 revoked*",
            "c 2024-02-01..2024-03-01 revoked*",
        ]
    );
}

#[test]
fn an_executor_handoff_leaves_the_accountable_holding_alone() {
    let mut s = story();
    let a = s.made("housing", "a", "2024-01-01", json!({}));
    s.made("housing", "b", "2024-01-01", json!({"role": "executor", "under": a}));
    let seq = s.handoff("ho", &["housing"], "b", "c", "2024-02-01", json!({"role": "executor"}));
    assert_eq!(s.tell("housing")[0], "a 2024-01-01..");
    assert_eq!(s.get("housing", &AssignmentId::derived(seq, None)).under, Some(a));
}

#[test]
fn what_a_split_leaves_unassigned_is_held_by_nobody() {
    let mut s = story();
    s.defined("homes", json!({}));
    s.made("housing", "a", "2024-01-01", json!({}));
    let seq = s.split(json!({"responsibility": "housing", "into": ["homes"], "remainder": "unassigned",
        "effective": "2024-10-21", "basis": {"ref": "law/1"}}));
    assert_eq!(s.tell("housing"), ["a 2024-01-01..2024-10-21 transferred"]);
    s.get("homes", &AssignmentId::derived(seq, None));
}

#[test]
fn grandchildren_end_with_what_begins_after_them() {
    let mut s = story();
    let a =
        s.made("housing", "a", "2024-06-01", json!({"valid": {"from": "2024-06-01", "to": "2025-01-01"}}));
    let b = s.made("housing", "b", "2024-01-01", json!({"mode": "delegation", "under": a}));
    s.made("housing", "x", "2024-01-01", json!({"role": "executor", "under": b}));
    assert_eq!(
        s.tell("housing"),
        [
            "b 2024-01-01..2025-01-01 expired*",
            "x 2024-01-01..2025-01-01 expired*",
            "a 2024-06-01..2025-01-01 expired"
        ]
    );
}

#[test]
fn what_stands_under_a_displaced_holding_lasts_as_long_as_the_new_one() {
    let mut s = story();
    let until = |to: &str| json!({"valid": {"from": "2024-01-01", "to": to}});
    let b = s.made("housing", "b", "2024-01-01", until("2024-03-01"));
    s.made("housing", "x", "2024-01-01", json!({"role": "executor", "under": b}));
    s.made("housing", "a", "2024-01-01", until("2024-06-01"));
    assert_eq!(s.tell("housing")[1], "x 2024-01-01..2024-03-01 expired*");
    s.handoff("ho", &["housing"], "a", "b", "2024-02-01", json!({}));
    assert_eq!(
        s.tell("housing"),
        [
            "b 2024-01-01..2024-02-01 transferred",
            "x 2024-01-01..2024-06-01 expired*",
            "a 2024-01-01..2024-02-01 transferred",
            "b 2024-02-01..2024-06-01 expired"
        ]
    );
}
