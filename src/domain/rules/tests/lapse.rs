//! Lapses follow from the record (DOMAIN section 6, "Lapse"): the examples of the page, and what a late or
//! corrected word makes of a lapse.

use serde_json::{Value, json};

use super::super::super::event::Data;
use super::super::super::event::handoff::LapseRule;
use super::super::super::state::handoff::HandoffState;
use super::super::super::{Date, ResponsibilityId, Seq};
use super::told::{Line, Told, check, defined, line, made, proposed, with};

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn unknown(more: Value) -> Value {
    with(json!({"basis": {"unknown": true}}), more)
}

fn state(told: &Told, on: &str) -> HandoffState {
    told.state.handoffs.get("ho").unwrap().standing(day(on)).state
}

/// When and why the handoff lapses, as the record stands.
fn lapses(told: &Told) -> Option<(String, LapseRule)> {
    told.state.handoffs.get("ho").unwrap().lapsed.map(|lapse| (lapse.day.to_string(), lapse.rule))
}

fn expired(on: &str) -> Option<(String, LapseRule)> {
    Some((on.to_owned(), LapseRule::Expired))
}

fn overtaken(on: &str) -> Option<(String, LapseRule)> {
    Some((on.to_owned(), LapseRule::Overtaken))
}

/// Who is held accountable on a day.
fn holders(told: &Told, of: &str, on: &str) -> Vec<String> {
    let fold = told.state.fold(&ResponsibilityId::parse(of).unwrap());
    fold.alive_on(day(on)).map(|holding| holding.agency.to_string()).collect()
}

/// What the ledger said of lapses.
fn entries(told: &Told) -> Vec<(String, LapseRule)> {
    let lapsed = told.events.iter().filter_map(|event| match &event.statement.data {
        Data::HandoffLapsed(data) => Some((data.on.unwrap().to_string(), data.rule)),
        _ => None,
    });
    lapsed.collect()
}

fn propose(told: &mut Told, more: Value) -> Seq {
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(more)))
}

fn accept(told: &mut Told, on: &str) -> Seq {
    told.ok(("2024-02-02", "b", "handoff.accepted", json!({"handoff": "ho", "on": on})))
}

fn ends(on: &'static str, assignment: &str, effective: &str) -> Line {
    let data = json!({"assignment": assignment, "effective": effective, "reason": "revoked"});
    line(on, "reg", "assignment.ended", unknown(data))
}

/// Says something that links housing.
fn touch(told: &mut Told, on: &'static str) {
    let data = unknown(json!({"responsibility": "housing", "name": {"en": "new"}, "effective": on}));
    told.ok(line(on, "reg", "responsibility.changed", data));
}

/// a holds housing and permits, and agrees with b on both.
fn of_two(effective: &str) -> Told {
    let mut told = Told::held();
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("permits", json!({}))));
    told.ok(line("2024-01-01", "reg", "assignment.made", made("as_p", "permits", "a", json!({}))));
    propose(&mut told, json!({"responsibilities": ["housing", "permits"], "effective": effective}));
    accept(&mut told, "2024-02-02");
    told
}

#[test]
fn d4_a_proposal_expires_by_the_grace_at_the_place_that_set_its_due() {
    let mut told = Told::held();
    propose(&mut told, json!({"due": "2024-02-10"}));
    assert_eq!(lapses(&told), expired("2024-03-11"));
    assert_eq!(state(&told, "2024-03-10"), HandoffState::Proposed);
    assert_eq!(state(&told, "2024-03-11"), HandoffState::Lapsed, "whether an entry says so or not");
    let late = line("2024-03-11", "b", "handoff.accepted", json!({"handoff": "ho", "on": "2024-02-05"}));
    check("accepted on the day on which it lapses", &told, vec![late], "wrong-state");
    let policy = json!({"lapse_days_after_due": 60, "approved_by": ["over"]});
    told.ok(("2024-02-20", "reg", "policy.changed", policy));
    assert_eq!(lapses(&told), expired("2024-03-11"), "the policy of a later place does not count");
    let changed = unknown(json!({"handoff": "ho", "due": "2024-03-01", "approved_by": ["b"]}));
    told.ok(line("2024-02-25", "a", "handoff.changed", changed));
    assert_eq!(lapses(&told), expired("2024-04-30"));
    assert_eq!(entries(&told), [], "nothing was due yet");
}

#[test]
fn d4_a_handoff_of_several_lapses_for_all_of_them() {
    let mut told = of_two("2024-04-01");
    assert_eq!((holders(&told, "housing", "2024-04-01"), lapses(&told)), (vec!["b".to_owned()], None));
    told.ok(ends("2024-02-03", "as_p", "2024-03-15"));
    assert_eq!(lapses(&told), overtaken("2024-03-15"));
    assert_eq!(holders(&told, "housing", "2024-04-01"), ["a"], "it moves neither");
    assert!(holders(&told, "permits", "2024-04-01").is_empty());
    assert_eq!(state(&told, "2024-03-14"), HandoffState::Accepted);
    assert_eq!(state(&told, "2024-03-15"), HandoffState::Lapsed);
    // the ending is taken back: it moves again
    let seq = told.events.len() as u64 - 1;
    told.ok(("2024-02-04", "reg", "record.withdrawn", json!({"seq": seq, "approved_by": ["over"]})));
    assert_eq!((holders(&told, "housing", "2024-04-01"), lapses(&told)), (vec!["b".to_owned()], None));
    assert_eq!(holders(&told, "permits", "2024-04-01"), ["b"]);
}

#[test]
fn d4_what_one_lapse_leaves_may_overtake_the_next() {
    let mut told = of_two("2024-03-01");
    // b, which would have both from March on, gives permits on with something of its own
    told.ok(line("2024-02-02", "reg", "responsibility.defined", defined("roads", json!({}))));
    told.ok(line("2024-02-02", "reg", "assignment.made", made("as_r", "roads", "b", json!({}))));
    let on = json!({"handoff": "on", "from": "b", "to": "c", "responsibilities": ["permits", "roads"],
        "effective": "2024-05-01"});
    told.ok(line("2024-03-02", "b", "handoff.proposed", proposed(on)));
    told.ok(line("2024-03-03", "c", "handoff.accepted", json!({"handoff": "on"})));
    assert_eq!(holders(&told, "roads", "2024-05-01"), ["c"]);
    // a has lost housing before: then b never had permits, and nothing overtakes what it gave
    told.ok(ends("2024-03-04", "as_a", "2024-02-20"));
    assert_eq!(lapses(&told), overtaken("2024-02-20"));
    assert_eq!(holders(&told, "permits", "2024-04-01"), ["a"]);
    assert_eq!(holders(&told, "roads", "2024-05-01"), ["c"], "the second moves what it can");
}

#[test]
fn d4_an_ending_recorded_late_takes_back_a_move() {
    let mut told = Told::held();
    propose(&mut told, json!({"effective": "2024-03-02"}));
    accept(&mut told, "2024-02-02");
    assert_eq!(holders(&told, "housing", "2024-03-05"), ["b"]);
    told.ok(ends("2024-03-10", "as_a", "2024-03-01"));
    assert_eq!(lapses(&told), overtaken("2024-03-01"));
    assert!(holders(&told, "housing", "2024-03-05").is_empty());
    assert_eq!(state(&told, "2024-03-05"), HandoffState::Lapsed);
}

#[test]
fn d4_on_the_day_of_the_move_the_order_of_the_day_decides() {
    let told = of_two("2024-04-01");
    let closed =
        unknown(json!({"agency": "a", "how": "dissolved", "successors": [], "effective": "2024-04-01"}));
    let mut closes = told.clone();
    closes.ok(line("2024-02-03", "reg", "agency.closed", closed));
    assert_eq!((lapses(&closes), holders(&closes, "housing", "2024-04-01")), (None, vec!["b".to_owned()]));
    let mut splits = told;
    for part in ["p", "q"] {
        splits.ok(line("2024-02-03", "reg", "responsibility.defined", defined(part, json!({}))));
    }
    let split = unknown(json!({"responsibility": "permits", "into": ["p", "q"], "remainder": "none",
        "effective": "2024-04-01"}));
    splits.ok(line("2024-02-03", "reg", "responsibility.split", split));
    assert_eq!(lapses(&splits), overtaken("2024-04-01"), "splits come first");
    assert_eq!(holders(&splits, "p", "2024-04-01"), ["a"]);
    assert_eq!(holders(&splits, "housing", "2024-04-01"), ["a"]);
}

#[test]
fn d4_a_lapse_is_said_again_where_its_day_is_another() {
    let mut told = Told::held();
    propose(&mut told, json!({"due": "2024-02-10"}));
    touch(&mut told, "2024-04-01");
    assert_eq!(entries(&told), [expired("2024-03-11").unwrap()]);
    told.ok(ends("2024-04-02", "as_a", "2024-02-20"));
    touch(&mut told, "2024-04-03");
    assert_eq!(entries(&told), [expired("2024-03-11").unwrap(), overtaken("2024-02-20").unwrap()]);
    touch(&mut told, "2024-04-04");
    assert_eq!(entries(&told).len(), 2, "and not twice");
}

#[test]
fn d4_what_ends_with_a_handoff_ends_when_it_lapses() {
    let mut told = Told::held();
    let steps = json!([{"step": "assets", "kind": "asset", "by": "a"}]);
    propose(&mut told, json!({"steps": steps}));
    let caretaker = json!({"role": "caretaker", "components": ["asset"], "under": null,
        "valid": {"from": "2024-02-02"}, "ends_when": {"handoff": "ho", "step": "assets"}});
    told.ok(line("2024-02-02", "reg", "assignment.made", made("as_c", "housing", "c", caretaker)));
    assert_eq!(holders(&told, "housing", "2024-02-25"), ["a", "c"]);
    let seq = told.ok(ends("2024-02-03", "as_a", "2024-02-20"));
    assert!(holders(&told, "housing", "2024-02-25").is_empty(), "the caretaker, too");
    told.ok(("2024-02-04", "reg", "record.withdrawn", json!({"seq": seq, "approved_by": ["over"]})));
    assert_eq!(holders(&told, "housing", "2024-02-25"), ["a", "c"]);
}

#[test]
fn d4_a_lapse_does_not_hold_itself_up() {
    let mut told = Told::held();
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("permits", json!({}))));
    let whole = made("as_c", "permits", "c", json!({}));
    let seq = told.ok(line("2024-01-01", "reg", "assignment.made", whole.clone()));
    let below = json!({"mode": "delegation", "under": "as_c"});
    told.ok(line("2024-01-01", "reg", "assignment.made", made("as_d", "permits", "a", below)));
    let steps = json!([{"step": "assets", "kind": "asset", "by": "a"}]);
    propose(&mut told, json!({"responsibilities": ["permits"], "steps": steps, "approved_by": ["c"]}));
    // what a holds stands under what ends with the lapse of its handoff
    let ends_when = json!({"ends_when": {"handoff": "ho", "step": "assets"}, "corrects": seq,
        "approved_by": ["over"]});
    told.ok(line("2024-02-02", "reg", "assignment.made", with(whole, ends_when)));
    assert_eq!((lapses(&told), holders(&told, "permits", "2024-03-05").len()), (None, 2));
    let ended = told.ok(ends("2024-02-03", "as_d", "2024-02-20"));
    assert_eq!(lapses(&told), overtaken("2024-02-20"));
    assert!(holders(&told, "permits", "2024-02-20").is_empty());
    told.ok(("2024-02-04", "reg", "record.withdrawn", json!({"seq": ended, "approved_by": ["over"]})));
    assert_eq!((lapses(&told), holders(&told, "permits", "2024-03-05").len()), (None, 2));
}
