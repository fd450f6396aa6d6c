//! Handoffs from proposal to acceptance: rules 1 to 5, 7 to 10 (DOMAIN section 6).

use serde_json::{Value, json};

use super::told::{Line, Told, check, line, made, proposed, with};

pub(super) fn propose(who: &'static str, more: Value) -> Vec<Line> {
    vec![line("2024-02-01", who, "handoff.proposed", proposed(more))]
}

pub(super) fn step(day: &'static str, who: &'static str, kind: &'static str, more: Value) -> Line {
    line(day, who, kind, with(json!({"handoff": "ho"}), more))
}

pub(super) fn open() -> Told {
    let mut told = Told::held();
    told.ok(propose(
        "a",
        json!({"steps": [{"step": "one", "kind": "budget", "by": "a"},
        {"step": "two", "kind": "asset", "by": "a", "after": ["one"]}]}),
    )
    .remove(0));
    told
}

fn by_law() -> Told {
    let mut told = Told::held();
    told.ok(propose("reg", json!({"regime": "by_law"})).remove(0));
    told
}

#[test]
fn proposing() {
    let told = Told::held();
    let a = |more| propose("a", more);
    check("by the giver", &told, a(json!({})), "ok");
    check("by the receiver", &told, propose("b", json!({})), "not-a-party");
    check("by the registrar", &told, propose("reg", json!({})), "not-a-party");
    check("by law, by the giver", &told, a(json!({"regime": "by_law"})), "not-entitled");
    check("by law, by the registrar", &told, propose("reg", json!({"regime": "by_law"})), "ok");
    check("observed, by the overseer", &told, propose("over", json!({"regime": "observed"})), "ok");
    check("of nothing", &told, a(json!({"responsibilities": ["nothing"]})), "not-found");
    check("of none", &told, a(json!({"responsibilities": []})), "malformed");
    check("of one twice", &told, a(json!({"responsibilities": ["housing", "housing"]})), "malformed");
    check("to nobody", &told, a(json!({"to": "nobody"})), "not-found");
    check("to itself", &told, a(json!({"to": "a"})), "malformed");
    check("to the closed", &told, a(json!({"to": "old"})), "agency-not-active");
    check(
        "a step by nobody",
        &told,
        a(json!({"steps": [{"step": "s", "kind": "budget", "by": "nobody"}]})),
        "not-found",
    );
    check(
        "a step after nothing",
        &told,
        a(json!({"steps": [{"step": "s", "kind": "budget", "by": "a", "after": ["t"]}]})),
        "malformed",
    );
    check("a role that does not pass", &told, a(json!({"role": "supporter"})), "malformed");
    check("a role it does not hold", &told, a(json!({"role": "executor"})), "not-accountable");
    check(
        "before it holds it",
        &told,
        a(json!({"effective": "2023-12-01", "on": "2023-12-01"})),
        "not-accountable",
    );
    check("without a basis", &told, a(json!({"basis": null})), "basis-missing");
    check("tomorrow", &told, a(json!({"on": "2024-02-02"})), "bad-date");
    check("twice", &told, [a(json!({})), a(json!({"handoff": "h2"}))].concat(), "handoff-open");
    let declined =
        [a(json!({})), vec![step("2024-02-01", "b", "handoff.declined", json!({}))], a(json!({}))].concat();
    check("an id for ever", &told, declined, "id-taken");
    let law = |more| propose("reg", with(json!({"regime": "by_law", "from": "old"}), more));
    check("from who was closed the day before", &told, law(json!({"effective": "2024-01-02"})), "ok");
    check(
        "from who was closed long before",
        &told,
        law(json!({"effective": "2024-01-03"})),
        "agency-not-active",
    );
}

#[test]
fn what_is_derived_needs_its_giver() {
    let mut told = Told::held();
    told.ok(line(
        "2024-01-02",
        "a",
        "assignment.made",
        made("de", "housing", "b", json!({"mode": "delegation", "under": "as_a"})),
    ));
    let b = |more| propose("b", with(json!({"from": "b", "to": "c"}), more));
    check("unapproved", &told, b(json!({})), "not-sub-delegable");
    check("approved", &told, b(json!({"approved_by": ["a"]})), "ok");
    check("approved by another", &told, b(json!({"approved_by": ["over"]})), "not-sub-delegable");
    check("a dormant holding passes", &told, propose("a", json!({"to": "c"})), "ok");
}

#[test]
fn agreeing() {
    let told = open();
    let b = |day, more| vec![step(day, "b", "handoff.accepted", more)];
    check("accepted", &told, b("2024-02-02", json!({})), "ok");
    check("by the giver", &told, vec![step("2024-02-02", "a", "handoff.accepted", json!({}))], "not-a-party");
    check("of nothing", &told, b("2024-02-02", json!({"handoff": "nothing"})), "not-found");
    check("before it was proposed", &told, b("2024-02-02", json!({"on": "2024-01-31"})), "bad-date");
    check("twice", &told, [b("2024-02-02", json!({})), b("2024-02-02", json!({}))].concat(), "wrong-state");
    check(
        "with a reservation on a step",
        &told,
        b("2024-02-02", json!({"reservations": [{"reservation": "x", "step": "one"}]})),
        "ok",
    );
    check(
        "with one on no step",
        &told,
        b("2024-02-02", json!({"reservations": [{"reservation": "x", "step": "z"}]})),
        "not-found",
    );
    check(
        "with one on no part of it",
        &told,
        b("2024-02-02", json!({"reservations": [{"reservation": "x", "responsibility": "z"}]})),
        "not-found",
    );
    check(
        "with one twice",
        &told,
        b("2024-02-02", json!({"reservations": [{"reservation": "x"}, {"reservation": "x"}]})),
        "malformed",
    );
    check(
        "by acknowledging",
        &told,
        vec![step("2024-02-02", "b", "handoff.acknowledged", json!({}))],
        "not-a-party",
    );
    let decline = |day| vec![step(day, "b", "handoff.declined", json!({}))];
    check("declined", &told, decline("2024-02-02"), "ok");
    check(
        "declined after acceptance",
        &told,
        [b("2024-02-02", json!({})), decline("2024-02-03")].concat(),
        "wrong-state",
    );
    check(
        "accepted after declining",
        &told,
        [decline("2024-02-02"), b("2024-02-03", json!({}))].concat(),
        "wrong-state",
    );
    check("by law nobody accepts", &by_law(), b("2024-02-02", json!({})), "not-a-party");
    let ack = |day| vec![step(day, "b", "handoff.acknowledged", json!({}))];
    check("by law the receiver acknowledges", &by_law(), ack("2024-02-02"), "ok");
    check("once", &by_law(), [ack("2024-02-02"), ack("2024-02-03")].concat(), "wrong-state");
}

#[test]
fn accepting_is_judged_again() {
    let mut told = Told::held();
    told.ok(propose("a", json!({})).remove(0));
    let end = |day: &str| {
        line(
            "2024-02-02",
            "reg",
            "assignment.ended",
            json!({"assignment": "as_a", "effective": day,
        "reason": "revoked", "basis": {"unknown": true}}),
        )
    };
    let accept = |day| step(day, "b", "handoff.accepted", json!({}));
    check(
        "the giver's ended before the move",
        &told,
        vec![end("2024-02-20"), accept("2024-02-03")],
        "not-accountable",
    );
    check(
        "the giver's ended, and the day has come",
        &told,
        vec![end("2024-02-02"), accept("2024-02-02")],
        "wrong-state",
    );
    let third = made(
        "as_c",
        "housing",
        "c",
        json!({"supersedes": "as_a", "valid": {"from": "2024-02-20", "to": "2024-02-25"}}),
    );
    check(
        "another stands there since",
        &told,
        vec![line("2024-02-02", "reg", "assignment.made", third), accept("2024-02-03")],
        "not-accountable",
    );
    let later = made("as_c", "housing", "c", json!({"valid": {"from": "2024-04-01"}}));
    let until = line(
        "2024-02-02",
        "reg",
        "assignment.ended",
        json!({"assignment": "as_a", "effective": "2024-04-01",
        "reason": "expired", "basis": {"unknown": true}}),
    );
    let lines = vec![until, line("2024-02-02", "reg", "assignment.made", later), accept("2024-02-03")];
    check("it would meet a later one", &told, lines, "already-accountable");
}

#[test]
fn withdrawing() {
    let told = open();
    let withdraw = |who, more| vec![step("2024-02-03", who, "handoff.withdrawn", more)];
    let accepted = vec![step("2024-02-02", "b", "handoff.accepted", json!({}))];
    let after = |lines: Vec<Line>| [accepted.clone(), lines].concat();
    check("by the giver", &told, withdraw("a", json!({})), "ok");
    check("by the receiver", &told, withdraw("b", json!({})), "not-a-party");
    check("accepted, alone", &told, after(withdraw("a", json!({}))), "approval-missing");
    check("accepted, together", &told, after(withdraw("a", json!({"approved_by": ["b"]}))), "ok");
    check("accepted, the other way", &told, after(withdraw("b", json!({"approved_by": ["a"]}))), "ok");
    check(
        "accepted, with an overseer",
        &told,
        after(withdraw("a", json!({"approved_by": ["over"]}))),
        "approval-missing",
    );
    check(
        "effective",
        &told,
        after(vec![step("2024-03-02", "a", "handoff.withdrawn", json!({"approved_by": ["b"]}))]),
        "wrong-state",
    );
    check("by law", &by_law(), withdraw("reg", json!({})), "ok");
    check("by law, by a party", &by_law(), withdraw("a", json!({})), "not-entitled");
    check(
        "by law, effective",
        &by_law(),
        vec![step("2024-03-02", "reg", "handoff.withdrawn", json!({}))],
        "wrong-state",
    );
}

#[test]
fn changing() {
    let told = open();
    let change = |day, who, more| {
        vec![step(day, who, "handoff.changed", with(json!({"basis": {"unknown": true}}), more))]
    };
    let together = |more| change("2024-02-03", "a", with(json!({"approved_by": ["b"]}), more));
    check("its day", &told, together(json!({"effective": "2024-04-01"})), "ok");
    check("alone", &told, change("2024-02-03", "a", json!({"effective": "2024-04-01"})), "approval-missing");
    check("by no party", &told, change("2024-02-03", "c", json!({"due": "2024-04-01"})), "not-a-party");
    check("a step falls away", &told, together(json!({"dropped": ["two"]})), "ok");
    check("a step it lacks", &told, together(json!({"dropped": ["z"]})), "not-found");
    check("without a basis", &told, together(json!({"basis": null})), "basis-missing");
    let accepted = vec![step("2024-02-02", "b", "handoff.accepted", json!({}))];
    let late = |more| {
        [accepted.clone(), change("2024-03-02", "a", with(json!({"approved_by": ["b"]}), more))].concat()
    };
    check("its day, when it has come", &told, late(json!({"effective": "2024-04-01"})), "wrong-state");
    check("its due date, then", &told, late(json!({"due": "2024-04-01"})), "ok");
    check("by law", &by_law(), change("2024-02-03", "reg", json!({"effective": "2024-04-01"})), "ok");
    check(
        "by law, by a party",
        &by_law(),
        change("2024-02-03", "a", json!({"due": "2024-04-01"})),
        "not-entitled",
    );
    let closed = line(
        "2024-02-02",
        "reg",
        "agency.closed",
        json!({"agency": "b", "how": "dissolved", "successors": [],
        "effective": "2024-03-15", "basis": {"unknown": true}}),
    );
    check(
        "to a day on which the receiver is gone",
        &by_law(),
        [vec![closed], change("2024-02-03", "reg", json!({"effective": "2024-04-01"}))].concat(),
        "agency-not-active",
    );
}
