//! A holding gets another legal basis (DOMAIN section 6, "assignment.changed").

use serde_json::{Value, json};

use super::super::super::*;
use super::told::{Line, Told, check, defined, line, made, proposed, with};

fn changed(more: Value) -> Line {
    let data = json!({"assignment": "as_a", "effective": "2024-03-01", "basis": {"ref": "id/uu/2"}});
    line("2024-02-01", "reg", "assignment.changed", with(data, more))
}

/// The bases of a holding on a day.
fn basis(told: &Told, id: &str, day: &str) -> String {
    told.loads();
    let (_, holding) = told.state.holding(&AssignmentId::parse(id).unwrap()).unwrap();
    let (basis, _) = holding.basis_on(Date::parse(day).unwrap()).unwrap();
    let items = serde_json::to_value(basis).unwrap();
    let refs = items.as_array().unwrap().iter().map(|item| item["ref"].as_str().unwrap_or("?").to_owned());
    refs.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_registrar_gives_a_holding_of_the_day_another_basis() {
    let told = Told::held();
    check("the registrar", &told, vec![changed(json!({}))], "ok");
    let mut by_holder = changed(json!({}));
    by_holder.1 = "a";
    check("not its holder", &told, vec![by_holder], "not-entitled");
    check("of nothing", &told, vec![changed(json!({"assignment": "nothing"}))], "not-found");
    check(
        "by a decision that is not there",
        &told,
        vec![changed(json!({"basis": {"ref": "d:no"}}))],
        "not-found",
    );
    check("without a basis", &told, vec![changed(json!({"basis": null}))], "basis-missing");
    check("before it is held", &told, vec![changed(json!({"effective": "2023-12-31"}))], "wrong-state");
    let delegated = json!({"mode": "delegation", "under": "as_a"});
    let delegated = line("2024-01-02", "reg", "assignment.made", made("de", "housing", "b", delegated));
    check("while it is dormant", &told, vec![delegated, changed(json!({}))], "ok");
}

#[test]
fn it_counts_from_its_day_while_the_holding_is_held() {
    let mut told = Told::held();
    let seq = told.ok(changed(json!({})));
    told.ok(changed(json!({"effective": "2024-05-01", "basis": [{"ref": "id/uu/2"}, {"ref": "id/uu/3"}]})));
    told.ok(changed(json!({"effective": "2024-04-01", "basis": {"ref": "id/uu/4"}})));
    let days = ["2024-02-29", "2024-03-01", "2024-04-30", "2024-05-01"];
    assert_eq!(
        days.map(|day| basis(&told, "as_a", day)),
        ["id/uu/1", "id/uu/2", "id/uu/4", "id/uu/2 id/uu/3"]
    );
    let links: Vec<_> = told.past_links(seq).iter().map(ToString::to_string).collect();
    assert_eq!(links, ["a:a", "a:reg", "as:as_a", "i:id/uu/2", "r:housing"]);
    let corrected = told.ok(changed(json!({"corrects": seq, "basis": {"ref": "id/uu/5"}})));
    assert_eq!(basis(&told, "as_a", "2024-03-01"), "id/uu/5");
    told.ok(line("2024-02-02", "reg", "record.withdrawn", json!({"seq": corrected})));
    assert_eq!(basis(&told, "as_a", "2024-03-01"), "id/uu/1");
    let end = json!({"assignment": "as_a", "effective": "2024-04-15", "reason": "revoked", "basis": {"unknown": true}});
    told.ok(line("2024-02-03", "reg", "assignment.ended", end));
    assert_eq!(basis(&told, "as_a", "2024-05-01"), "id/uu/4", "it is not held then");
    let other = made("as_b", "housing", "b", json!({"valid": {"from": "2024-04-15"}}));
    told.ok(line("2024-02-03", "reg", "assignment.made", other));
    check(
        "of another holding",
        &told,
        vec![changed(json!({"assignment": "as_b", "corrects": seq.0 + 2}))],
        "wrong-state",
    );
}

#[test]
fn a_split_passes_on_the_basis_of_the_day_and_a_move_does_not() {
    let mut told = Told::held();
    let split =
        told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("part", json!({})))).0 + 1;
    let data = json!({"responsibility": "housing", "into": ["part"], "remainder": "none", "effective": "2024-04-01",
        "basis": {"unknown": true}});
    told.ok(line("2024-02-01", "reg", "responsibility.split", data));
    told.ok(changed(json!({})));
    told.ok(changed(json!({"effective": "2024-03-20", "basis": {"ref": "id/uu/6"}})));
    let inherited = format!("as-{split}");
    assert_eq!(basis(&told, &inherited, "2024-04-01"), "id/uu/6");
    let law = proposed(json!({"responsibilities": ["part"], "regime": "by_law", "effective": "2024-05-01",
        "basis": {"ref": "id/uu/7"}}));
    let moved = told.ok(line("2024-02-02", "reg", "handoff.proposed", law));
    told.ok(changed(
        json!({"assignment": inherited, "effective": "2024-04-10", "basis": {"ref": "id/uu/8"}}),
    ));
    assert_eq!(basis(&told, &inherited, "2024-04-30"), "id/uu/8");
    assert_eq!(basis(&told, &format!("as-{moved}"), "2024-05-01"), "id/uu/7");
}
