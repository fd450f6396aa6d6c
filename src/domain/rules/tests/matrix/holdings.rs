//! Rows of assignments, handoffs and acts.

use serde_json::{Value, json};

use super::super::told::{made, with};
use super::row::{Row, Who, row};
use super::world::{act, basis, handoff};

const NOBODY: Who = &[];
const REGISTRAR: Who = &["registrar"];
const GIVER: Who = &["registrar", "holder"];
const BY_LAW: Who = &["registrar", "overseer", "interested"];
const PARTIES: Who = &["holder", "receiver"];
const RECEIVER: Who = &["receiver"];

pub(super) fn rows() -> Vec<Row> {
    [assignments(), proposals(), answers(), changes(), steps(), reversals(), acts()]
        .into_iter()
        .flatten()
        .collect()
}

/// By a power, or by who gives.
fn entitled(kind: &'static str, what: &'static str, data: Value, may: Who) -> Row {
    row(kind, what, data, may, "not-entitled")
}

/// By a role in the object.
fn party(kind: &'static str, what: &'static str, data: Value, may: Who) -> Row {
    row(kind, what, data, may, "not-a-party")
}

/// By either party of a handoff by agreement, approved by the other.
fn both(kind: &'static str, what: &'static str, data: Value) -> Row {
    party(kind, what, data, PARTIES).approved("holder", RECEIVER).approved("receiver", &["holder"])
}

fn assignments() -> Vec<Row> {
    let new = |of: &str, more| {
        made("another", of, "stranger", with(json!({"valid": {"from": "2024-06-01"}}), more))
    };
    let ended = |id: &str| json!({"assignment": id, "effective": "2024-06-01", "reason": "revoked", "basis": basis()});
    let changed = |id: &str| json!({"assignment": id, "effective": "2024-06-01", "basis": basis()});
    let mandate = json!({"role": "executor", "under": "as_housing"});
    let delegation = json!({"mode": "delegation", "under": "as_housing"});
    let care = json!({"role": "caretaker", "components": ["staff"]});
    vec![
        entitled("assignment.made", "attribution", new("free", json!({})), REGISTRAR),
        entitled("assignment.made", "a mandate", new("housing", mandate), GIVER),
        entitled("assignment.made", "delegation of a part", new("part", delegation), GIVER),
        entitled("assignment.made", "a supporter", new("housing", json!({"role": "supporter"})), GIVER),
        entitled("assignment.made", "a caretaker", new("housing", care), REGISTRAR),
        entitled("assignment.ended", "attribution", ended("as_housing"), REGISTRAR),
        entitled("assignment.ended", "a mandate", ended("as_executor"), GIVER),
        entitled("assignment.ended", "delegation", ended("as_delegate"), GIVER),
        entitled("assignment.ended", "a supporter", ended("as_supporter"), GIVER),
        entitled("assignment.ended", "a caretaker", ended("as_caretaker"), REGISTRAR),
        entitled("assignment.changed", "attribution", changed("as_housing"), REGISTRAR),
        entitled("assignment.changed", "a mandate", changed("as_executor"), REGISTRAR),
    ]
}

fn proposals() -> Vec<Row> {
    let new = |regime, from: &str, of: &str, more| {
        let data = json!({"handoff": "another", "from": from, "to": "stranger", "responsibilities": [of]});
        handoff("another", regime, "2024-06-01", with(data, more))
    };
    let executor = json!({"role": "executor"});
    vec![
        party(
            "handoff.proposed",
            "by agreement",
            new("by_agreement", "holder", "housing", json!({})),
            &["holder"],
        ),
        party(
            "handoff.proposed",
            "a mandate",
            new("by_agreement", "executor", "housing", executor),
            &["executor"],
        )
        .approved("executor", &["holder"])
        .lacking("not-sub-delegable"),
        party(
            "handoff.proposed",
            "a delegation",
            new("by_agreement", "delegate", "permits", json!({})),
            &["delegate"],
        )
        .approved("delegate", &["holder"])
        .lacking("not-sub-delegable"),
        entitled("handoff.proposed", "by law", new("by_law", "holder", "housing", json!({})), BY_LAW),
        entitled("handoff.proposed", "observed", new("observed", "holder", "housing", json!({})), BY_LAW),
    ]
}

fn answers() -> Vec<Row> {
    let of = |id: &str| json!({"handoff": id});
    vec![
        party("handoff.accepted", "", of("open"), RECEIVER),
        party("handoff.declined", "", of("open"), RECEIVER),
        party("handoff.accepted", "by law", of("bare"), NOBODY),
        party("handoff.acknowledged", "", of("bare"), RECEIVER),
        party("handoff.acknowledged", "by agreement", of("open"), NOBODY),
        party("handoff.closed", "", of("bare"), RECEIVER),
    ]
}

fn changes() -> Vec<Row> {
    let changed = |id: &str| json!({"handoff": id, "effective": "2024-08-01", "basis": basis()});
    vec![
        party("handoff.withdrawn", "proposed", json!({"handoff": "open"}), &["holder"]),
        both("handoff.withdrawn", "accepted", json!({"handoff": "agreed"})),
        entitled("handoff.withdrawn", "by law", json!({"handoff": "later"}), REGISTRAR),
        both("handoff.changed", "proposed", changed("open")),
        both("handoff.changed", "accepted", changed("agreed")),
        entitled("handoff.changed", "by law", changed("later"), REGISTRAR),
    ]
}

fn steps() -> Vec<Row> {
    let added = |id: &str| json!({"handoff": id, "step": "new", "kind": "staff", "by": "doer"});
    let of = |id: &str| json!({"handoff": "law", "step": id});
    let may: Who = &["registrar", "holder", "receiver"];
    vec![
        party("handoff.step_added", "by agreement", added("agreed"), may),
        party("handoff.step_added", "by law", added("law"), may),
        party("handoff.step_done", "", of("open"), &["doer"]),
        party("handoff.step_confirmed", "", of("done"), RECEIVER),
        party("handoff.reservation_lifted", "", json!({"handoff": "law", "reservation": "q"}), RECEIVER),
    ]
}

/// By who may annul what a handoff rested on.
fn reversals() -> Vec<Row> {
    let of = |id: &str| json!({"handoff": id, "effective": "2024-06-01", "decision": "ruling"});
    let judges: Who = &["overseer", "interested", "court"];
    let annul: Who = &["overseer", "interested", "court", "decider", "parent"];
    let forum: Who = &["overseer", "interested", "court", "convener"];
    vec![
        entitled("handoff.reversed", "on an instrument", of("bare"), judges),
        entitled("handoff.reversed", "on a decision", of("law"), annul),
        entitled("handoff.reversed", "on a forum's decision", of("resolved"), forum),
    ]
}

fn acts() -> Vec<Row> {
    let source = json!({"source": {"digest": format!("sha-256:{:064}", 1)}});
    let mandate = json!({"capacity": "mandate", "under": "as_executor", "on_behalf_of": "holder"});
    vec![
        party("act.recorded", "", act("another", "holder"), &["holder"]),
        party("act.recorded", "for its mandator", with(act("another", "executor"), mandate), &["executor"]),
        party("act.recorded", "from a source", with(act("another", "holder"), source), GIVER),
    ]
}
