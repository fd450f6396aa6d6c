//! Handoffs on their way and after: steps, reservations, lapses, reversals (DOMAIN section 6).

use serde_json::json;

use super::super::super::Voice;
use super::handoff::{open, propose, step};
use super::told::{Told, agency, check, decided, line, proposed, with};

#[test]
fn steps_and_reservations() {
    let mut told = open();
    told.ok(step("2024-02-02", "b", "handoff.accepted", json!({"reservations": [{"reservation": "x"}]})));
    let done = |name: &str| vec![step("2024-03-02", "a", "handoff.step_done", json!({"step": name}))];
    let confirmed =
        |name: &str| vec![step("2024-03-03", "b", "handoff.step_confirmed", json!({"step": name}))];
    let lifted = vec![step("2024-03-03", "b", "handoff.reservation_lifted", json!({"reservation": "x"}))];
    let closed = vec![step("2024-03-04", "b", "handoff.closed", json!({}))];
    check("done", &told, done("one"), "ok");
    check(
        "done by another",
        &told,
        vec![step("2024-03-02", "b", "handoff.step_done", json!({"step": "one"}))],
        "not-a-party",
    );
    check("done before what comes first", &told, done("two"), "wrong-state");
    check("done in order", &told, [done("one"), done("two")].concat(), "ok");
    check("done twice", &told, [done("one"), done("one")].concat(), "wrong-state");
    check("a step it lacks", &told, done("z"), "not-found");
    check("confirmed", &told, [done("one"), confirmed("one")].concat(), "ok");
    check("confirmed before done", &told, confirmed("one"), "wrong-state");
    check(
        "confirmed twice",
        &told,
        [done("one"), confirmed("one"), confirmed("one")].concat(),
        "wrong-state",
    );
    check(
        "confirmed by the giver",
        &told,
        [done("one"), vec![step("2024-03-03", "a", "handoff.step_confirmed", json!({"step": "one"}))]]
            .concat(),
        "not-a-party",
    );
    check(
        "confirmed before the day it was done",
        &told,
        [
            done("one"),
            vec![step(
                "2024-03-03",
                "b",
                "handoff.step_confirmed",
                json!({"step": "one", "on": "2024-03-01"}),
            )],
        ]
        .concat(),
        "bad-date",
    );
    let add = |who, more| {
        vec![step(
            "2024-03-02",
            who,
            "handoff.step_added",
            with(json!({"step": "three", "kind": "audit", "by": "c"}), more),
        )]
    };
    check("added by a party", &told, add("b", json!({})), "ok");
    check("added by none", &told, add("c", json!({})), "not-a-party");
    check("added twice", &told, add("a", json!({"step": "one"})), "id-taken");
    check("added for nobody", &told, add("a", json!({"by": "nobody"})), "not-found");
    check("lifted", &told, lifted.clone(), "ok");
    check("lifted twice", &told, [lifted.clone(), lifted.clone()].concat(), "wrong-state");
    check(
        "lifted by the giver",
        &told,
        vec![step("2024-03-03", "a", "handoff.reservation_lifted", json!({"reservation": "x"}))],
        "not-a-party",
    );
    let all = [done("one"), done("two"), confirmed("one"), confirmed("two")].concat();
    check("closed too early", &told, closed.clone(), "step-open");
    check("closed with a reservation", &told, [all.clone(), closed.clone()].concat(), "reservation-open");
    check("closed", &told, [all.clone(), lifted.clone(), closed.clone()].concat(), "ok");
    check(
        "closed twice",
        &told,
        [all.clone(), lifted.clone(), closed.clone(), closed.clone()].concat(),
        "wrong-state",
    );
    check(
        "closed by the giver",
        &told,
        [all, lifted, vec![step("2024-03-04", "a", "handoff.closed", json!({}))]].concat(),
        "not-a-party",
    );
    check(
        "closed before it took effect",
        &open(),
        vec![step("2024-02-04", "b", "handoff.closed", json!({}))],
        "wrong-state",
    );
}

#[test]
fn lapsing() {
    let told = Told::held();
    let due = propose("a", json!({"due": "2024-02-10"}));
    let accept = |day| vec![step(day, "b", "handoff.accepted", json!({}))];
    check("in time", &told, [due.clone(), accept("2024-03-10")].concat(), "ok");
    check(
        "thirty days past due it has lapsed",
        &told,
        [due.clone(), accept("2024-03-11")].concat(),
        "wrong-state",
    );
    check(
        "accepted it does not expire",
        &told,
        [due.clone(), accept("2024-02-05"), vec![step("2024-06-01", "b", "handoff.closed", json!({}))]]
            .concat(),
        "ok",
    );
    check(
        "what lapsed makes room",
        &told,
        [
            due,
            vec![line(
                "2024-03-11",
                "a",
                "handoff.proposed",
                proposed(json!({"handoff": "h2", "effective": "2024-04-01"})),
            )],
        ]
        .concat(),
        "ok",
    );
    let law = line(
        "2024-02-05",
        "reg",
        "handoff.proposed",
        proposed(json!({"handoff": "law", "to": "c", "regime": "by_law", "effective": "2024-02-05"})),
    );
    let mut overtaken = told.clone();
    overtaken.ok(propose("a", json!({})).remove(0));
    overtaken.ok(law);
    check("overtaken by the law", &overtaken, accept("2024-02-06"), "wrong-state");
    overtaken.ok(line(
        "2024-02-06",
        "reg",
        "responsibility.changed",
        json!({"responsibility": "housing", "effective": "2024-02-06", "basis": {"unknown": true}}),
    ));
    let kinds: Vec<_> = overtaken.events.iter().map(|event| event.statement.data.type_name()).collect();
    assert_eq!(kinds[kinds.len() - 2..], ["handoff.lapsed", "responsibility.changed"]);
    let early = overtaken.own(Voice::Clock, "handoff.lapsed", json!({"handoff": "law", "rule": "expired"}));
    assert_eq!(early.unwrap_err().code.as_str(), "wrong-state", "the clock does not say it before the day");
}

#[test]
fn reversing() {
    let mut told = Told::held();
    told.ok(line("2024-01-02", "reg", "agency.registered", with(agency("above", &[]), json!({}))));
    let parent = json!({"agency": "c", "effective": "2024-01-02", "parents": ["above"]});
    told.ok(line("2024-01-02", "reg", "agency.changed", parent));
    told.ok(line(
        "2024-02-02",
        "c",
        "decision.recorded",
        decided(json!({"decision": "why", "decided_by": "c"})),
    ));
    told.ok(line(
        "2024-02-03",
        "reg",
        "handoff.proposed",
        proposed(json!({"regime": "by_law", "basis": {"ref": "d:why"}})),
    ));
    told.ok(line(
        "2024-04-01",
        "over",
        "decision.recorded",
        decided(json!({"decision": "undo", "decided_by": "over"})),
    ));
    let reverse = |who, more| {
        vec![step(
            "2024-04-02",
            who,
            "handoff.reversed",
            with(json!({"effective": "2024-04-02", "decision": "undo"}), more),
        )]
    };
    check("by an overseer", &told, reverse("over", json!({})), "ok");
    check("by who decided what it rests on", &told, reverse("c", json!({})), "ok");
    check("by an agency above that", &told, reverse("above", json!({})), "ok");
    check("by a party", &told, reverse("a", json!({})), "not-entitled");
    check("on no decision", &told, reverse("over", json!({"decision": "nothing"})), "not-found");
    check("before it moved", &told, reverse("over", json!({"effective": "2024-02-28"})), "bad-date");
    check("twice", &told, [reverse("over", json!({})), reverse("over", json!({}))].concat(), "wrong-state");
    let future = reverse("over", json!({"effective": "2024-06-01"}));
    check("twice, the first to come", &told, [future.clone(), future].concat(), "wrong-state");
    check(
        "not yet effective",
        &told,
        vec![step(
            "2024-02-04",
            "over",
            "handoff.reversed",
            json!({"effective": "2024-03-01", "decision": "why"}),
        )],
        "wrong-state",
    );
    let on = line(
        "2024-04-02",
        "reg",
        "handoff.proposed",
        proposed(
            json!({"handoff": "on", "from": "b", "to": "c", "regime": "by_law", "effective": "2024-03-20"}),
        ),
    );
    check(
        "while it has moved on",
        &told,
        [vec![on.clone()], reverse("over", json!({}))].concat(),
        "wrong-state",
    );
    let last = line(
        "2024-04-02",
        "over",
        "handoff.reversed",
        json!({"handoff": "on", "effective": "2024-04-02", "decision": "undo"}),
    );
    check("the last first", &told, [vec![on, last], reverse("over", json!({}))].concat(), "ok");
}

#[test]
fn a_proposal_does_not_outlive_its_giver() {
    let mut told = Told::held();
    told.ok(propose("a", json!({})).remove(0));
    let closed = json!({"agency": "a", "how": "dissolved", "successors": [], "effective": "2024-02-10",
        "basis": {"unknown": true}});
    told.ok(line("2024-02-02", "reg", "agency.closed", closed));
    let accept = |day| vec![step(day, "b", "handoff.accepted", json!({}))];
    check("closed before the move", &told, accept("2024-02-03"), "not-accountable");
    check("closed", &told, accept("2024-02-11"), "wrong-state");
}
