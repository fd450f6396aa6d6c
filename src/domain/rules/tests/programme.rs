//! Programmes: their coordinator leads, who a goal names reports on it.

use serde_json::{Value, json};

use super::told::{Line, Told, agency, check, line, with};

fn goal(id: &str, by: &str) -> Value {
    json!({"goal": id, "by": by, "unit": "households", "direction": "up", "target": "1200", "due": "2024-12-31"})
}

fn start(who: &'static str, more: Value) -> Vec<Line> {
    let data = json!({"programme": "p", "coordinator": "e", "members": ["a", "b"], "responsibilities": ["housing"],
        "goals": [goal("homes", "a"), goal("pipes", "b")]});
    vec![line("2024-02-01", who, "programme.started", with(data, more))]
}

fn change(who: &'static str, more: Value) -> Vec<Line> {
    vec![line("2024-02-05", who, "programme.changed", with(json!({"programme": "p"}), more))]
}

fn report(who: &'static str, more: Value) -> Vec<Line> {
    let data = json!({"programme": "p", "goal": "homes", "value": "300.5", "on": "2024-02-10"});
    vec![line("2024-02-10", who, "programme.reported", with(data, more))]
}

fn end(who: &'static str, effective: &str) -> Vec<Line> {
    vec![line("2024-02-08", who, "programme.ended", json!({"programme": "p", "effective": effective}))]
}

fn given() -> Told {
    let mut told = Told::held();
    told.ok(line("2024-01-02", "reg", "agency.registered", agency("e", &[])));
    told
}

fn started() -> Told {
    let mut told = given();
    told.ok(start("e", json!({})).remove(0));
    told
}

#[test]
fn starting() {
    let told = given();
    for (who, verdict) in [("e", "ok"), ("a", "not-a-party"), ("reg", "not-a-party"), ("over", "not-a-party")]
    {
        check(who, &told, start(who, json!({})), verdict);
    }
    check("led by nobody", &told, start("e", json!({"coordinator": "nobody"})), "not-found");
    check("with nobody", &told, start("e", json!({"members": ["nobody"]})), "not-found");
    check("for nothing", &told, start("e", json!({"responsibilities": ["nothing"]})), "not-found");
    check("for none", &told, start("e", json!({"responsibilities": []})), "malformed");
    check("without goals", &told, start("e", json!({"goals": []})), "ok");
    check("a goal of nobody", &told, start("e", json!({"goals": [goal("homes", "nobody")]})), "not-found");
    let twice = json!({"goals": [goal("homes", "a"), goal("homes", "b")]});
    check("a goal twice", &told, start("e", twice), "malformed");
    check("on a decision nobody took", &told, start("e", json!({"basis": {"ref": "d:no"}})), "not-found");
    check("twice", &told, [start("e", json!({})), start("e", json!({}))].concat(), "id-taken");
}

#[test]
fn changing() {
    let told = started();
    for (who, verdict) in [("e", "ok"), ("a", "not-a-party"), ("reg", "not-a-party")] {
        check(who, &told, change(who, json!({"members": ["c"]})), verdict);
    }
    let led = |who| [change("e", json!({"coordinator": "c"})), change(who, json!({}))].concat();
    check("a new coordinator", &told, led("c"), "ok");
    check("a former one", &told, led("e"), "not-a-party");
    check("of nothing", &told, change("e", json!({"programme": "nothing"})), "not-found");
    check("led by nobody", &told, change("e", json!({"coordinator": "nobody"})), "not-found");
    check("with nobody", &told, change("e", json!({"members": ["nobody"]})), "not-found");
    check("for nothing", &told, change("e", json!({"responsibilities": ["nothing"]})), "not-found");
    check("for none", &told, change("e", json!({"responsibilities": []})), "malformed");
    let twice = json!({"goals": [goal("homes", "a"), goal("homes", "b")]});
    check("a goal twice", &told, change("e", twice), "malformed");
    check("a goal of nobody", &told, change("e", json!({"goals": [goal("homes", "nobody")]})), "not-found");
    check("moved on", &told, change("e", json!({"after": {"p:p": 9}})), "conflict");
}

#[test]
fn reporting() {
    let told = started();
    for (who, verdict) in [("a", "ok"), ("b", "not-a-party"), ("e", "not-a-party"), ("reg", "not-a-party")] {
        check(who, &told, report(who, json!({})), verdict);
    }
    check("on another goal", &told, report("b", json!({"goal": "pipes"})), "ok");
    check("on no goal", &told, report("a", json!({"goal": "nothing"})), "not-found");
    check("of nothing", &told, report("a", json!({"programme": "nothing"})), "not-found");
    check("tomorrow", &told, report("a", json!({"on": "2024-02-11"})), "bad-date");
    let goals = || change("e", json!({"goals": [goal("homes", "c"), goal("roads", "a")]}));
    check("who reports by now", &told, [goals(), report("c", json!({}))].concat(), "ok");
    check("who did before", &told, [goals(), report("a", json!({}))].concat(), "not-a-party");
    check("on a new goal", &told, [goals(), report("a", json!({"goal": "roads"}))].concat(), "ok");
    check(
        "on a goal given up",
        &told,
        [goals(), report("b", json!({"goal": "pipes"}))].concat(),
        "not-found",
    );
}

#[test]
fn ending() {
    let told = started();
    check("its coordinator", &told, end("e", "2024-02-08"), "ok");
    check("another", &told, end("a", "2024-02-08"), "not-a-party");
    check("of nothing", &Told::held(), end("a", "2024-02-08"), "not-found");
    check("twice", &told, [end("e", "2024-03-08"), end("e", "2024-02-08")].concat(), "wrong-state");
    let later =
        |day| [end("e", "2024-02-10"), vec![line(day, "e", "programme.changed", json!({"programme": "p"}))]];
    check("changed before its end has come", &told, later("2024-02-09").concat(), "ok");
    check("changed after it", &told, later("2024-02-10").concat(), "wrong-state");
    let told_late = |on| [end("e", "2024-02-10"), report("a", json!({"on": on}))].concat();
    check("reported for a day before", &told, told_late("2024-02-09"), "ok");
    check("reported for its end", &told, told_late("2024-02-10"), "wrong-state");
}

#[test]
fn d8_a_corrected_end() {
    let mut told = started();
    let seq = told.ok(end("e", "2024-02-08").remove(0));
    let data = json!({"programme": "p", "effective": "2024-03-01", "corrects": seq});
    told.ok(line("2024-02-09", "e", "programme.ended", data));
    check("goes on until the other day", &told, report("a", json!({})), "ok");
}
