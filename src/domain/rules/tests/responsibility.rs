//! Responsibilities: scope, splits, ends (DOMAIN section 4, rules 5, 7 and 9).

use serde_json::{Value, json};

use super::told::{Line, Told, check, defined, line, made, proposed, with};

fn say(kind: &'static str, data: Value) -> Vec<Line> {
    vec![line("2024-01-02", "reg", kind, data)]
}

fn wide() -> Told {
    let mut told = Told::held();
    for (id, within) in [("id", Value::Null), ("jawa", json!("id")), ("bali", json!("id"))] {
        let data = with(json!({"territory": id, "name": {"en": id}}), json!({"within": within}));
        told.ok(line("2024-01-01", "reg", "territory.registered", data));
    }
    for (id, code, territory) in [
        ("all", "07", json!("id")),
        ("part", "07.1", json!("id")),
        ("jawa-part", "07.2", json!("jawa")),
        ("bali-all", "07", json!("bali")),
        ("other", "08", json!("id")),
        ("everywhere", "07.3", Value::Null),
    ] {
        let more = json!({"code": {"scheme": "cofog", "value": code}, "territory": territory});
        told.ok(line("2024-01-01", "reg", "responsibility.defined", defined(id, more)));
    }
    told
}

#[test]
fn defining_and_changing() {
    let told = Told::new();
    let define = |more| say("responsibility.defined", defined("z", more));
    check("a duty", &told, define(json!({})), "ok");
    check("a taken id", &told, define(json!({"responsibility": "housing"})), "id-taken");
    check("part of nothing", &told, define(json!({"parent": "nothing"})), "not-found");
    check("nowhere", &told, define(json!({"territory": "nowhere"})), "not-found");
    check(
        "a carve-out nowhere",
        &told,
        define(json!({"carve_outs": [{"territory": "nowhere"}]})),
        "not-found",
    );
    check(
        "by others",
        &told,
        vec![line("2024-01-02", "a", "responsibility.defined", defined("z", json!({})))],
        "not-entitled",
    );
    let change = |more| {
        let data =
            json!({"responsibility": "housing", "effective": "2024-02-01", "basis": {"unknown": true}});
        say("responsibility.changed", with(data, more))
    };
    check("a change", &told, change(json!({"name": {"en": "Housing"}})), "ok");
    check("of nothing", &told, change(json!({"responsibility": "nothing"})), "not-found");
    check("without a basis", &told, change(json!({"basis": null})), "basis-missing");
    check(
        "a carve-out nowhere",
        &told,
        change(json!({"carve_outs": [{"territory": "nowhere"}]})),
        "not-found",
    );
}

#[test]
fn splitting() {
    let told = wide();
    let split = |more| {
        let data = json!({"responsibility": "all", "into": ["part"], "remainder": "none",
            "effective": "2024-02-01", "basis": {"unknown": true}});
        say("responsibility.split", with(data, more))
    };
    check("into a part", &told, split(json!({})), "ok");
    check("into a part of its territory", &told, split(json!({"into": ["jawa-part", "bali-all"]})), "ok");
    check("a rest that takes over", &told, split(json!({"remainder": "bali-all"})), "ok");
    check("into nothing there", &told, split(json!({"into": ["nothing"]})), "not-found");
    check("into what is elsewhere", &told, split(json!({"into": ["other"]})), "exceeds-parent");
    check("into what is wider", &told, split(json!({"into": ["everywhere"]})), "exceeds-parent");
    check("into itself", &told, split(json!({"into": ["all"]})), "wrong-state");
    check("into one twice", &told, split(json!({"into": ["part", "part"]})), "wrong-state");
    check("into none", &told, split(json!({"into": []})), "malformed");
    check("without a basis", &told, split(json!({"basis": null})), "basis-missing");
    check("twice", &told, [split(json!({})), split(json!({"into": ["bali-all"]}))].concat(), "wrong-state");
    check(
        "twice, the rest unassigned",
        &told,
        [split(json!({"remainder": "unassigned"})), split(json!({"into": ["bali-all"]}))].concat(),
        "wrong-state",
    );
}

#[test]
fn what_has_ended_takes_nothing_new() {
    let mut told = wide();
    let retired = json!({"responsibility": "all", "effective": "2024-02-01"});
    let retire = |more| say("responsibility.retired", with(retired.clone(), more));
    check("ends", &told, retire(json!({})), "ok");
    check("merged into nothing", &told, retire(json!({"into": ["nothing"]})), "not-found");
    check("merged into itself", &told, retire(json!({"into": ["all"]})), "wrong-state");
    told.ok(line("2024-01-02", "reg", "assignment.made", made("of_all", "all", "a", json!({}))));
    told.ok(line("2024-01-02", "reg", "responsibility.retired", retired.clone()));
    check("twice", &told, retire(json!({})), "wrong-state");
    let hold = |from: &str| {
        say("assignment.made", made("x", "all", "b", json!({"valid": {"from": from}, "role": "supporter"})))
    };
    check("a holding before", &told, hold("2024-01-10"), "ok");
    check("a holding since ever", &told, hold("unknown"), "ok");
    check("a holding after", &told, hold("2024-02-01"), "wrong-state");
    let pass = |more| {
        say(
            "handoff.proposed",
            proposed(with(json!({"responsibilities": ["all"], "regime": "by_law"}), more)),
        )
    };
    check("by law before", &told, pass(json!({"effective": "2024-01-31"})), "ok");
    check("by law after", &told, pass(json!({"effective": "2024-02-01"})), "wrong-state");
    check("observed after", &told, pass(json!({"effective": "2024-02-01", "regime": "observed"})), "ok");
}
