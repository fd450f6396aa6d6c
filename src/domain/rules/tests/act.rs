//! Acts: rules 6, 8 and 9.

use serde_json::{Value, json};

use super::super::super::state::decision::Authority;
use super::told::{Line, Told, agency, check, line, made, with};

fn act(more: Value) -> Value {
    let data = json!({"act": "ac", "code": {"scheme": "s", "value": "inspected"},
        "responsibility": "housing", "agency": "a", "capacity": "own", "on": "2024-02-01"});
    with(data, more)
}

fn say(who: &'static str, more: Value) -> Vec<Line> {
    vec![line("2024-02-02", who, "act.recorded", act(more))]
}

fn source() -> Value {
    json!({"source": {"digest": format!("sha-256:{:064}", 0)}})
}

#[test]
fn d9_what_an_act_names_exists_and_who_may() {
    let mut told = Told::held();
    told.ok(line(
        "2024-01-02",
        "reg",
        "agency.registered",
        with(agency("desk", &[]), json!({"kind": "post"})),
    ));
    check("by who acted", &told, say("a", json!({"officer": "desk", "under": "as_a"})), "ok");
    check("by another", &told, say("b", json!({})), "not-a-party");
    check("by the registrar", &told, say("reg", json!({})), "not-a-party");
    check("by the registrar, from a source", &told, say("reg", source()), "ok");
    check("by another, from a source", &told, say("b", source()), "not-a-party");
    check("about nothing", &told, say("a", json!({"responsibility": "nothing"})), "not-found");
    check("by nobody", &told, say("reg", with(source(), json!({"agency": "nobody"}))), "not-found");
    check("by an officer nobody knows", &told, say("a", json!({"officer": "nobody"})), "not-found");
    check("by an officer that is no post", &told, say("a", json!({"officer": "b"})), "wrong-state");
    check("for nobody", &told, say("a", json!({"on_behalf_of": "nobody"})), "not-found");
    check("under nothing", &told, say("a", json!({"under": "nothing"})), "not-found");
    check("deemed", &told, say("a", json!({"capacity": "deemed"})), "malformed");
    check("today", &told, say("a", json!({"on": "2024-02-02"})), "ok");
    check("tomorrow", &told, say("a", json!({"on": "2024-02-03"})), "bad-date");
    check("twice", &told, [say("a", json!({})), say("a", json!({}))].concat(), "id-taken");
}

#[test]
fn d9_an_act_outside_the_period_is_admitted() {
    let mut told = Told::held();
    let retired = json!({"responsibility": "housing", "effective": "2024-01-20"});
    told.ok(line("2024-01-20", "reg", "responsibility.retired", retired));
    check("after its end", &told, say("a", json!({})), "ok");
}

#[test]
fn d6_under_a_mandate_the_actor_acts_for_the_holder_above() {
    let mut told = Told::held();
    let executor = made("ex", "housing", "c", json!({"role": "executor", "under": "as_a"}));
    told.ok(line("2024-01-02", "reg", "assignment.made", executor));
    let by_c = json!({"agency": "c", "capacity": "mandate", "under": "ex", "on_behalf_of": "a"});
    let act = |more| say("c", with(by_c.clone(), more));
    check("for the giver", &told, act(json!({})), "ok");
    check("for another", &told, act(json!({"on_behalf_of": "b"})), "capacity-mismatch");
    check("for nobody", &told, act(json!({"on_behalf_of": null})), "capacity-mismatch");
    check("under another's holding", &told, act(json!({"under": "as_a"})), "capacity-mismatch");
    check("under nothing named", &told, act(json!({"under": null})), "capacity-mismatch");
    check("in another capacity", &told, act(json!({"capacity": "acting", "on_behalf_of": "b"})), "ok");
}

#[test]
fn d8_a_correction_keeps_the_authority_known_then() {
    let mut told = Told::held();
    let seq = told.ok(line("2024-02-02", "a", "act.recorded", act(json!({}))));
    let by_b = act(json!({"agency": "b", "corrects": seq}));
    check("not its author", &told, vec![line("2024-02-03", "b", "act.recorded", by_b)], "not-entitled");
    let again = act(json!({"on": "2024-01-31", "corrects": seq}));
    let second = told.ok(line("2024-02-03", "a", "act.recorded", again));
    let there = told.state.acts.get("ac").unwrap();
    assert_eq!((there.recorded.seq, there.recorded.by), (seq, second));
    assert_eq!(there.recorded.data.on.to_string(), "2024-01-31");
    assert_eq!(there.authority_then, Authority::Alive);
}

#[test]
fn d10_successors_record_what_a_closed_agency_did() {
    let told = Told::held();
    check("its successor", &told, say("a", json!({"agency": "old", "on": "2024-01-01"})), "ok");
    check("no successor", &told, say("b", json!({"agency": "old", "on": "2024-01-01"})), "not-a-party");
}

#[test]
fn an_act_is_judged_by_its_time_as_known_then_and_as_known_now() {
    let mut told = Told::held();
    let moved = |more: Value| {
        let data = json!({"handoff": "ho", "responsibilities": ["housing"], "from": "a", "to": "b",
            "regime": "by_law", "effective": "2024-02-01", "basis": {"ref": "law/1"}});
        with(data, more)
    };
    let timed = moved(json!({"time": "2024-02-01T14:00:00+07:00"}));
    let seq = told.ok(line("2024-01-10", "reg", "handoff.proposed", timed));
    let before = act(json!({"time": "2024-02-01T03:00:00Z"}));
    told.ok(line("2024-02-02", "a", "act.recorded", before));
    let after = act(json!({"act": "ac2", "time": "2024-02-01T17:00:00+09:00"}));
    told.ok(line("2024-02-02", "a", "act.recorded", after));
    let authority = |told: &Told, id: &str| {
        let act = told.state.acts.get(id).unwrap();
        told.state.authority_of_act(act)
    };
    assert_eq!(authority(&told, "ac"), Authority::Alive);
    assert_eq!(authority(&told, "ac2"), Authority::WithoutAuthority);
    // the law turns out to name no time: from that day on b held it
    let timeless = moved(json!({"corrects": seq, "approved_by": ["over"]}));
    told.ok(line("2024-02-03", "reg", "handoff.proposed", timeless));
    assert_eq!(authority(&told, "ac"), Authority::AnnulledLater);
    assert_eq!(authority(&told, "ac2"), Authority::WithoutAuthority);
}
