//! Decisions: rules 6 to 9.

use serde_json::{Value, json};

use super::told::{Line, Told, agency, check, decided, line, made, proposed, with};

fn say(who: &'static str, more: Value) -> Vec<Line> {
    vec![line("2024-02-02", who, "decision.recorded", decided(more))]
}

#[test]
fn recording() {
    let told = Told::held();
    let source = json!({"digest": format!("sha-256:{:064}", 0)});
    check("by who decided", &told, say("a", json!({"about": ["r:housing"]})), "ok");
    check("by another", &told, say("b", json!({})), "not-a-party");
    check("by the registrar", &told, say("reg", json!({})), "not-a-party");
    check("by the registrar, from a source", &told, say("reg", json!({"source": source})), "ok");
    check("by a forum", &told, say("a", json!({"decided_by": "f:forum"})), "not-found");
    check("by nobody", &told, say("a", json!({"decided_by": "nobody"})), "not-found");
    check("about nothing", &told, say("a", json!({"about": ["r:nothing"]})), "not-found");
    check("about a claim", &told, say("a", json!({"about": ["c:claim"]})), "not-found");
    check("signed by nobody", &told, say("a", json!({"officer": "nobody"})), "not-found");
    check("under nothing", &told, say("a", json!({"under": "nothing"})), "not-found");
    check(
        "after nothing",
        &told,
        say("a", json!({"relations": [{"verb": "cites", "decision": "nothing"}]})),
        "not-found",
    );
    check(
        "after itself",
        &told,
        say("a", json!({"relations": [{"verb": "cites", "decision": "de"}]})),
        "not-found",
    );
    check("without a basis", &told, say("a", json!({"basis": null})), "basis-missing");
    check("tomorrow", &told, say("a", json!({"decided_on": "2024-02-03"})), "bad-date");
    check("with votes", &told, say("a", json!({"votes": [{"agency": "b", "vote": "for"}]})), "not-a-member");
    check("twice", &told, [say("a", json!({})), say("a", json!({}))].concat(), "id-taken");
}

#[test]
fn under_a_mandate() {
    let mut told = Told::held();
    told.ok(line(
        "2024-01-02",
        "reg",
        "assignment.made",
        made("ex", "housing", "c", json!({"role": "executor", "under": "as_a"})),
    ));
    let act = |more| {
        say(
            "c",
            with(json!({"decided_by": "c", "capacity": "mandate", "under": "ex", "on_behalf_of": "a"}), more),
        )
    };
    check("for the giver", &told, act(json!({})), "ok");
    check("for another", &told, act(json!({"on_behalf_of": "b"})), "capacity-mismatch");
    check("for nobody", &told, act(json!({"on_behalf_of": null})), "capacity-mismatch");
    check("under another's holding", &told, act(json!({"under": "as_a"})), "capacity-mismatch");
    check("under nothing named", &told, act(json!({"under": null})), "capacity-mismatch");
    told.ok(line(
        "2024-01-02",
        "reg",
        "handoff.proposed",
        proposed(json!({"regime": "by_law", "effective": "2024-02-01"})),
    ));
    check("for who stands in the giver's place", &told, act(json!({"on_behalf_of": "b"})), "ok");
    check("for the former giver", &told, act(json!({"on_behalf_of": "a"})), "capacity-mismatch");
    check("as it was before", &told, act(json!({"decided_on": "2024-01-31"})), "ok");
}

#[test]
fn undoing_an_earlier_one() {
    let mut told = Told::held();
    told.ok(line(
        "2024-01-02",
        "reg",
        "agency.registered",
        with(agency("child", &[]), json!({"parents": ["b"]})),
    ));
    told.ok(line(
        "2024-01-02",
        "reg",
        "agency.registered",
        with(agency("judge", &["court"]), json!({"approved_by": ["over"]})),
    ));
    for who in ["a", "child"] {
        told.ok(line(
            "2024-02-02",
            who,
            "decision.recorded",
            decided(json!({"decision": format!("of-{who}"), "decided_by": who})),
        ));
    }
    let old = decided(
        json!({"decision": "of-old", "decided_by": "old", "source": {"digest": format!("sha-256:{:064}", 0)}}),
    );
    told.ok(line("2024-02-02", "reg", "decision.recorded", old));
    let undo = |who: &'static str, verb: &str, of: &str| {
        say(who, json!({"decided_by": who, "relations": [{"verb": verb, "decision": of}]}))
    };
    for verb in ["supersedes", "partly_supersedes", "amends", "revokes", "annuls", "suspends", "reinstates"] {
        check(verb, &told, undo("a", verb, "of-a"), "ok");
        check(verb, &told, undo("c", verb, "of-a"), "not-entitled");
    }
    check("anyone cites", &told, undo("c", "cites", "of-a"), "ok");
    check("anyone implements", &told, undo("c", "implements", "of-a"), "ok");
    check("a court", &told, undo("judge", "annuls", "of-a"), "ok");
    check("an overseer", &told, undo("over", "annuls", "of-a"), "ok");
    check("an agency above it", &told, undo("b", "annuls", "of-child"), "ok");
    check("its successor", &told, undo("a", "annuls", "of-old"), "ok");
    check("never the registrar", &told, undo("reg", "annuls", "of-a"), "not-entitled");
    let imported = |more: Value| {
        say(
            "reg",
            with(
                json!({"source": {"digest": format!("sha-256:{:064}", 0)}, "decided_by": "a",
            "relations": [{"verb": "annuls", "decision": "of-a"}]}),
                more,
            ),
        )
    };
    check("imported, unapproved", &told, imported(json!({})), "approval-missing");
    check("imported, approved", &told, imported(json!({"approved_by": ["over"]})), "ok");
    check(
        "imported, undoing nothing in force",
        &told,
        imported(json!({"relations": [{"verb": "cites", "decision": "of-a"}]})),
        "ok",
    );
}

#[test]
fn voting_and_delivering() {
    let told = Told::held();
    let then = |who: &'static str, kind: &'static str, data: Value| {
        [say("a", json!({})), vec![line("2024-02-05", who, kind, data)]].concat()
    };
    let to = |more| with(json!({"decision": "de", "to": "b", "on": "2024-02-03"}), more);
    check("delivered", &told, then("a", "decision.delivered", to(json!({}))), "ok");
    check("by another", &told, then("b", "decision.delivered", to(json!({}))), "not-a-party");
    check("to nobody", &told, then("a", "decision.delivered", to(json!({"to": "nobody"}))), "not-found");
    check(
        "of nothing",
        &told,
        then("a", "decision.delivered", to(json!({"decision": "nothing"}))),
        "not-found",
    );
    check(
        "before it was taken",
        &told,
        then("a", "decision.delivered", to(json!({"on": "2024-01-31"}))),
        "bad-date",
    );
    check("tomorrow", &told, then("a", "decision.delivered", to(json!({"on": "2024-02-06"}))), "bad-date");
    check(
        "a vote on an agency's",
        &told,
        then("b", "decision.voted", json!({"decision": "de", "vote": "for"})),
        "not-a-member",
    );
    check(
        "a vote on nothing",
        &told,
        then("b", "decision.voted", json!({"decision": "nothing", "vote": "for"})),
        "not-found",
    );
}
