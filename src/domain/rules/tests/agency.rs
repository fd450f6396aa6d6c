//! Agencies, territories and instruments: rules 1, 7, 9 and 10.

use serde_json::{Value, json};

use super::told::{Told, agency, check, line, made, proposed, with};

fn say(kind: &'static str, data: Value) -> Vec<super::told::Line> {
    vec![line("2024-01-02", "reg", kind, data)]
}

fn closed(id: &str, more: Value) -> Value {
    with(
        json!({"agency": id, "how": "dissolved", "successors": [], "effective": "2024-02-01",
            "basis": {"ref": "id/uu/1"}}),
        more,
    )
}

#[test]
fn registering() {
    let (told, held) = (Told::new(), Told::held());
    let say = |more| say("agency.registered", with(agency("z", &[]), more));
    check("a body", &told, say(json!({})), "ok");
    check("a taken id", &told, say(json!({"agency": "a"})), "id-taken");
    check("under nothing", &told, say(json!({"parents": ["nobody"]})), "not-found");
    check("in no territory", &told, say(json!({"territory": "nowhere"})), "not-found");
    check("on no decision", &told, say(json!({"basis": {"ref": "d:nothing"}})), "not-found");
    check("with powers, none to approve", &told, say(json!({"powers": ["court"]})), "ok");
    check("with powers, unapproved", &held, say(json!({"powers": ["court"]})), "approval-missing");
    check("with powers, approved", &held, say(json!({"powers": ["court"], "approved_by": ["over"]})), "ok");
    let by_a = vec![line("2024-01-02", "a", "agency.registered", agency("z", &[]))];
    check("by another than the registrar", &told, by_a, "not-entitled");
}

#[test]
fn changing() {
    let (told, held) = (Told::new(), Told::held());
    let say =
        |id: &str, more| say("agency.changed", with(json!({"agency": id, "effective": "2024-02-01"}), more));
    check("a name", &told, say("a", json!({"name": {"en": "A"}})), "ok");
    check("nobody's", &told, say("z", json!({})), "not-found");
    check("under nothing", &told, say("a", json!({"parents": ["z"]})), "not-found");
    check("powers unapproved", &held, say("a", json!({"powers": ["court"]})), "approval-missing");
    check(
        "an overseer does not approve its own",
        &held,
        say("over", json!({"powers": ["court", "overseer"], "approved_by": ["over"]})),
        "approval-missing",
    );
    check("the last registrar stays", &told, say("reg", json!({"powers": []})), "last-registrar");
    let mut lines = say("a", json!({"powers": ["registrar"]}));
    lines.extend(say("reg", json!({"powers": []})));
    check("not the last any more", &told, lines, "ok");
}

#[test]
fn closing() {
    let (told, held) = (Told::new(), Told::held());
    let say = |id: &str, more| say("agency.closed", closed(id, more));
    check("a body", &told, say("a", json!({})), "ok");
    check("nobody", &told, say("z", json!({})), "not-found");
    check("into nobody", &told, say("a", json!({"successors": ["z"]})), "not-found");
    check("without a basis", &told, say("a", json!({"basis": null})), "basis-missing");
    check("twice", &told, say("old", json!({})), "wrong-state");
    check("the last registrar", &told, say("reg", json!({})), "last-registrar");
    check("with powers, unapproved", &held, say("over", json!({})), "approval-missing");
    check("the last overseer approves itself", &held, say("over", json!({"approved_by": ["over"]})), "ok");
    check(
        "winding up before the end",
        &told,
        say("a", json!({"winding_up_until": "2024-01-15"})),
        "bad-date",
    );
}

#[test]
fn a_closed_agency_winds_up_what_began_before() {
    let mut told = Told::held();
    told.ok(line(
        "2024-01-02",
        "reg",
        "handoff.proposed",
        proposed(json!({"regime": "by_law", "effective": "2024-01-20"})),
    ));
    told.ok(line(
        "2024-01-02",
        "reg",
        "agency.closed",
        closed("b", json!({"winding_up_until": "2024-06-01"})),
    ));
    let ho = |day, kind| vec![line(day, "b", kind, json!({"handoff": "ho"}))];
    check("it acknowledges", &told, ho("2024-03-01", "handoff.acknowledged"), "ok");
    check("it closes", &told, ho("2024-03-01", "handoff.closed"), "ok");
    check("not for ever", &told, ho("2024-07-01", "handoff.closed"), "agency-not-active");
    check(
        "it begins nothing",
        &told,
        vec![line(
            "2024-03-01",
            "b",
            "handoff.proposed",
            proposed(json!({"handoff": "h2", "from": "b", "to": "c"})),
        )],
        "agency-not-active",
    );
}

#[test]
fn registers_of_territories_and_instruments() {
    let told = Told::new();
    let id = json!({"territory": "id", "name": {"en": "id"}});
    let changed = json!({"territory": "id", "effective": "2024-02-01", "within": "earth"});
    let instrument = json!({"ref": "id/uu/9", "status": "verified"});
    check("a territory", &told, say("territory.registered", id.clone()), "ok");
    check(
        "twice",
        &told,
        [say("territory.registered", id.clone()), say("territory.registered", id.clone())].concat(),
        "id-taken",
    );
    check(
        "within nothing",
        &told,
        say("territory.registered", with(id.clone(), json!({"within": "earth"}))),
        "not-found",
    );
    check("a change of nothing", &told, say("territory.changed", changed.clone()), "not-found");
    check(
        "a change into nothing",
        &told,
        [say("territory.registered", id), say("territory.changed", changed)].concat(),
        "not-found",
    );
    check(
        "an instrument, again and again",
        &told,
        [say("instrument.recorded", instrument.clone()), say("instrument.recorded", instrument.clone())]
            .concat(),
        "ok",
    );
    check(
        "not by others",
        &told,
        vec![line("2024-01-02", "a", "instrument.recorded", instrument)],
        "not-entitled",
    );
    check(
        "a holding in the closed",
        &told,
        say("assignment.made", made("x", "housing", "old", json!({"valid": {"from": "2024-01-02"}}))),
        "agency-not-active",
    );
}
