//! What an agreement needs, and what comes first where several things fail, as tables (DOMAIN rule 4, and
//! "What is asked, in which order").

use serde_json::{Value, json};

use super::told::{Line, Told, check, defined, line, made, proposed, with};

fn unknown(more: Value) -> Value {
    with(json!({"basis": {"unknown": true}}), more)
}

fn propose(more: Value) -> Vec<Line> {
    vec![line("2024-02-01", "a", "handoff.proposed", proposed(more))]
}

/// c holds permits, and a by delegation under it.
fn delegated() -> Told {
    let mut told = Told::held();
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("permits", json!({}))));
    told.ok(line("2024-01-01", "reg", "assignment.made", made("as_c", "permits", "c", json!({}))));
    let under = json!({"mode": "delegation", "under": "as_c"});
    told.ok(line("2024-01-01", "reg", "assignment.made", made("as_d", "permits", "a", under)));
    told
}

#[test]
fn d4_who_stands_above_approves_once_unless_it_is_a_party() {
    let told = delegated();
    let permits = |more| with(json!({"responsibilities": ["permits"]}), more);
    check("to another", &told, propose(permits(json!({}))), "not-sub-delegable");
    check("approved", &told, propose(permits(json!({"approved_by": ["c"]}))), "ok");
    check("back to who gave it", &told, propose(permits(json!({"to": "c"}))), "ok");
    let mut passed = told.clone();
    passed.ok(propose(permits(json!({"approved_by": ["c"]}))).remove(0));
    // c hands its own holding to old's successor by law meanwhile: the proposal rests on c's approval
    let law = proposed(json!({"handoff": "law", "responsibilities": ["permits"], "from": "c", "to": "over",
        "regime": "by_law", "effective": "2024-02-10"}));
    passed.ok(line("2024-02-10", "reg", "handoff.proposed", law));
    let accept = line("2024-02-15", "b", "handoff.accepted", json!({"handoff": "ho"}));
    check("accepted under another above", &passed, vec![accept], "ok");
}

#[test]
fn each_question_is_asked_of_all_responsibilities_before_the_next() {
    let mut told = delegated();
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("roads", json!({}))));
    let both = propose(json!({"responsibilities": ["permits", "roads"]}));
    check("roads is not held, permits not approved", &told, both, "not-accountable");
}

#[test]
fn what_is_accepted_or_observed_already_is_refused_before_other_rules() {
    let mut told = Told::held();
    told.ok(propose(json!({})).remove(0));
    told.ok(line("2024-02-02", "b", "handoff.accepted", json!({"handoff": "ho"})));
    let second = line("2024-02-03", "b", "handoff.accepted", json!({"handoff": "ho"}));
    check("accepted twice", &told, vec![second], "wrong-state");
    let moved = unknown(json!({"handoff": "ho", "effective": "2024-04-01", "approved_by": ["b"]}));
    check(
        "put off once it took effect",
        &told,
        vec![line("2024-03-02", "a", "handoff.changed", moved)],
        "wrong-state",
    );
    let mut seen = Told::held();
    let data = proposed(json!({"regime": "observed", "effective": "2024-01-20"}));
    seen.ok(line("2024-02-01", "reg", "handoff.proposed", data));
    let changed = line("2024-02-02", "c", "handoff.changed", unknown(json!({"handoff": "ho"})));
    check("a stranger's change of what was observed", &seen, vec![changed], "wrong-state");
}

#[test]
fn what_moved_nothing_is_not_reversed() {
    let mut told = Told::held();
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("permits", json!({}))));
    let seq = told.events.len() as u64 - 1;
    let law =
        proposed(json!({"responsibilities": ["permits"], "regime": "by_law", "effective": "2024-02-01"}));
    told.ok(line("2024-02-01", "reg", "handoff.proposed", law));
    told.ok(line("2024-02-02", "reg", "record.withdrawn", json!({"seq": seq, "approved_by": ["over"]})));
    let decided = super::told::decided(json!({"decision": "undo", "decided_by": "over"}));
    told.ok(line("2024-02-03", "over", "decision.recorded", decided));
    let reverse = json!({"handoff": "ho", "effective": "2024-02-03", "decision": "undo"});
    check(
        "nothing to give back",
        &told,
        vec![line("2024-02-03", "over", "handoff.reversed", reverse)],
        "wrong-state",
    );
}
