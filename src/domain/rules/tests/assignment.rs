//! Assignments: rules 2, 5, 6, 7 and 9.

use serde_json::{Value, json};

use super::told::{Line, Told, check, defined, line, made, proposed, with};

fn make(more: Value) -> Vec<Line> {
    vec![line("2024-01-02", "reg", "assignment.made", made("x", "housing", "b", more))]
}

fn end(who: &'static str, more: Value) -> Vec<Line> {
    let data = json!({"assignment": "as_a", "effective": "2024-03-01", "reason": "revoked", "basis": {"unknown": true}});
    vec![line("2024-01-03", who, "assignment.ended", with(data, more))]
}

fn delegated(more: Value) -> Value {
    with(json!({"mode": "delegation", "under": "as_a"}), more)
}

#[test]
fn making_names_what_exists() {
    let told = Told::held();
    let other = |more| make(with(json!({"role": "supporter"}), more));
    check("supporter", &told, other(json!({})), "ok");
    check("of nothing", &told, other(json!({"responsibility": "nothing"})), "not-found");
    check("by nobody", &told, other(json!({"agency": "nobody"})), "not-found");
    check("under nothing", &told, other(json!({"under": "nothing"})), "not-found");
    check("instead of nothing", &told, other(json!({"supersedes": "nothing"})), "not-found");
    check(
        "until a step of nothing",
        &told,
        other(json!({"ends_when": {"handoff": "ho", "step": "s"}})),
        "not-found",
    );
    check("a taken id", &told, other(json!({"assignment": "as_a"})), "id-taken");
    check("a reserved id", &told, other(json!({"assignment": "as-7"})), "bad-id");
    check("a reserved id of several", &told, other(json!({"assignment": "as-7.2"})), "bad-id");
    check("no id", &told, other(json!({"assignment": null})), "ok");
    check("without a basis", &told, other(json!({"basis": null})), "basis-missing");
    check("a basis said to be unknown", &told, other(json!({"basis": {"unknown": true}})), "ok");
    check(
        "an end before the beginning",
        &told,
        other(json!({"valid": {"from": "2024-02-01", "to": "2024-01-01"}})),
        "bad-date",
    );
    check("a mode of a supporter", &told, other(json!({"mode": "attribution"})), "malformed");
    check("a caretaker of nothing", &told, other(json!({"role": "caretaker"})), "malformed");
    check("a caretaker", &told, other(json!({"role": "caretaker", "components": ["budget"]})), "ok");
    check("an executor under nobody", &told, other(json!({"role": "executor"})), "malformed");
    check("a delegation under nobody", &told, make(json!({"mode": "delegation"})), "malformed");
}

#[test]
fn who_may_make() {
    let told = Told::held();
    let by = |who: &'static str, more: Value| {
        vec![line("2024-01-02", who, "assignment.made", made("x", "housing", "b", more))]
    };
    check("the holder delegates", &told, by("a", delegated(json!({}))), "ok");
    check("the holder mandates", &told, by("a", json!({"role": "executor", "under": "as_a"})), "ok");
    check("the accountable takes a supporter", &told, by("a", json!({"role": "supporter"})), "ok");
    check("another does not", &told, by("b", json!({"role": "supporter"})), "not-entitled");
    check("another delegates nothing", &told, by("c", delegated(json!({}))), "not-entitled");
    check("nobody attributes to itself", &told, by("b", json!({})), "not-entitled");
}

#[test]
fn one_accountable_agency_a_day() {
    let told = Told::held();
    let period = |from: &str, to: &str| json!({"valid": {"from": from, "to": to}});
    check("a second", &told, make(json!({})), "already-accountable");
    check("a second since ever", &told, make(json!({"valid": {"from": "unknown"}})), "already-accountable");
    check("before the first", &told, make(period("2023-01-01", "2024-01-01")), "ok");
    check("one day too long", &told, make(period("2023-01-01", "2024-01-02")), "already-accountable");
    check(
        "instead of the first",
        &told,
        make(json!({"supersedes": "as_a", "valid": {"from": "2024-02-01"}})),
        "ok",
    );
    check("delegated by the first", &told, make(delegated(json!({}))), "ok");
    check("the same agency twice", &told, make(json!({"agency": "a"})), "already-accountable");
    let mut ended = end("reg", json!({}));
    ended.extend(make(json!({"valid": {"from": "2024-03-01"}})));
    check("after the first has ended", &told, ended, "ok");
    let mut refused = told.clone();
    let refusal = refused.tell(make(json!({})).remove(0)).unwrap_err();
    let first = told.state.holding(&super::super::super::AssignmentId::parse("as_a").unwrap()).unwrap().1;
    assert_eq!(refusal.seq, Some(first.made), "names the entry it meets");
    let law = vec![line(
        "2024-01-02",
        "reg",
        "handoff.proposed",
        proposed(json!({"from": "c", "to": "b", "regime": "by_law"})),
    )];
    check("by law is never refused for it", &told, law, "ok");
}

#[test]
fn what_is_derived_stays_inside() {
    let mut told = Told::held();
    told.ok(line(
        "2024-01-01",
        "reg",
        "responsibility.defined",
        defined("permits", json!({"parent": "housing"})),
    ));
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("roads", json!({}))));
    let until = json!({"valid": {"from": "2024-01-01", "to": "2025-01-01"}});
    told.ok(line("2024-01-01", "reg", "assignment.made", made("roads_a", "roads", "a", until)));
    let roads = |more: Value| {
        make(with(json!({"responsibility": "roads", "mode": "delegation", "under": "roads_a"}), more))
    };
    check("a part", &told, make(delegated(json!({"responsibility": "permits"}))), "ok");
    check(
        "something held",
        &told,
        make(delegated(json!({"responsibility": "roads"}))),
        "already-accountable",
    );
    let mut free = vec![line("2024-01-01", "reg", "responsibility.defined", defined("parks", json!({})))];
    free.extend(make(delegated(json!({"responsibility": "parks"}))));
    check("something else", &told, free, "exceeds-parent");
    check("earlier", &told, make(delegated(json!({"valid": {"from": "2023-12-31"}}))), "exceeds-parent");
    check("longer", &told, roads(json!({})), "exceeds-parent");
    check("as long", &told, roads(json!({"valid": {"from": "2024-01-01", "to": "2025-01-01"}})), "ok");
    let mut revoked = end("reg", json!({"assignment": "roads_a"}));
    revoked.extend(roads(json!({"valid": {"from": "2024-01-01", "to": "2024-12-01"}})));
    check("longer than what was revoked", &told, revoked, "exceeds-parent");
}

#[test]
fn delegating_further() {
    let told = Told::held();
    let chain = |first: Value, second: Value| {
        vec![
            line("2024-01-02", "reg", "assignment.made", made("one", "housing", "b", delegated(first))),
            line("2024-01-02", "reg", "assignment.made", made("two", "housing", "c", second)),
        ]
    };
    let under = |more: Value| with(json!({"mode": "delegation", "under": "one"}), more);
    check("not allowed", &told, chain(json!({}), under(json!({}))), "not-sub-delegable");
    check("allowed", &told, chain(json!({"sub_delegable": true}), under(json!({}))), "ok");
    check(
        "a mandate is not delegating",
        &told,
        chain(json!({}), json!({"role": "executor", "under": "one"})),
        "ok",
    );
    check(
        "nor given on",
        &told,
        chain(json!({"mode": null, "role": "executor"}), json!({"role": "executor", "under": "one"})),
        "not-sub-delegable",
    );
    let mut deeper = chain(json!({"sub_delegable": true}), under(json!({"sub_delegable": true})));
    deeper.push(line(
        "2024-01-02",
        "reg",
        "assignment.made",
        made("three", "housing", "old", json!({"mode": "delegation", "under": "two"})),
    ));
    check("one level only", &told, deeper, "not-sub-delegable");
}

#[test]
fn ending() {
    let mut told = Told::held();
    check("by the registrar", &told, end("reg", json!({})), "ok");
    check("by its holder", &told, end("a", json!({})), "not-entitled");
    check("of nothing", &told, end("reg", json!({"assignment": "nothing"})), "not-found");
    check("without a basis", &told, end("reg", json!({"basis": null})), "basis-missing");
    check("before it began", &told, end("reg", json!({"effective": "2023-01-01"})), "wrong-state");
    check("on its first day", &told, end("reg", json!({"effective": "2024-01-01"})), "ok");
    check("twice", &told, [end("reg", json!({})), end("reg", json!({}))].concat(), "wrong-state");
    check(
        "earlier than it ended",
        &told,
        [end("reg", json!({})), end("reg", json!({"effective": "2024-02-01"}))].concat(),
        "ok",
    );
    let by = json!({"assignment": null, "responsibility": "housing", "agency": "a", "role": "accountable"});
    check("named by what it is", &told, end("reg", by.clone()), "ok");
    check("named by what is not", &told, end("reg", with(by.clone(), json!({"agency": "b"}))), "not-found");
    check("named by half", &told, end("reg", with(by.clone(), json!({"role": null}))), "malformed");
    let helps = |id: &str| {
        let data = made(id, "housing", "c", json!({"role": "supporter"}));
        line("2024-01-02", "reg", "assignment.made", data)
    };
    let by = with(by, json!({"agency": "c", "role": "supporter"}));
    check(
        "named by what two are",
        &told,
        [vec![helps("one"), helps("two")], end("reg", by)].concat(),
        "ambiguous",
    );
    told.ok(line(
        "2024-01-02",
        "reg",
        "assignment.made",
        made("ex", "housing", "c", json!({"role": "executor", "under": "as_a"})),
    ));
    check("by who gave it", &told, end("a", json!({"assignment": "ex"})), "ok");
    told.ok(line(
        "2024-01-02",
        "reg",
        "handoff.proposed",
        proposed(json!({"regime": "by_law", "effective": "2024-02-01"})),
    ));
    check("by who stands in the giver's place", &told, end("b", json!({"assignment": "ex"})), "ok");
    check("not by who gave it away", &told, end("a", json!({"assignment": "ex"})), "not-entitled");
    told.ok(line(
        "2024-01-02",
        "a",
        "assignment.made",
        made("sup", "housing", "c", json!({"role": "supporter"})),
    ));
    check("a supporter by who took it", &told, end("a", json!({"assignment": "sup"})), "ok");
}
