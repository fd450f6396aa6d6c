//! One agency does not hold one responsibility twice in one role (DOMAIN section 5, "Twice").

use serde_json::{Value, json};

use super::super::super::*;
use super::told::{Line, Told, check, defined, line, made, proposed, with};

/// a holds housing by `as_a`, and there is a decision of the overseer.
fn told() -> Told {
    let mut told = Told::held();
    let decided = json!({"decision": "de", "decided_by": "over", "decided_on": "2024-01-01", "capacity": "own",
        "basis": {"unknown": true}, "in_force": {"from": "2024-01-01"}});
    told.ok(line("2024-01-01", "over", "decision.recorded", decided));
    told
}

/// b holds it, too, and c executes for b.
fn both() -> Told {
    let mut told = told();
    told.ok(line(
        "2024-01-02",
        "b",
        "claim.raised",
        json!({"claim": "cl", "kind": "overlap",
        "about": ["r:housing"], "against": ["a"]}),
    ));
    told.ok(assigned("as_b", "b", json!({})));
    told.ok(mandate("as_c", "c", "as_b", json!({})));
    told
}

fn assigned(id: &str, agency: &str, more: Value) -> Line {
    line("2024-01-02", "reg", "assignment.made", made(id, "housing", agency, more))
}

fn mandate(id: &str, agency: &str, under: &str, more: Value) -> Line {
    assigned(id, agency, with(json!({"role": "executor", "under": under}), more))
}

fn delegated(id: &str, agency: &str, under: &str) -> Line {
    assigned(id, agency, json!({"mode": "delegation", "under": under, "sub_delegable": true}))
}

fn by_law(more: Value) -> Line {
    let law = json!({"regime": "by_law", "effective": "2024-02-01"});
    line("2024-01-03", "reg", "handoff.proposed", proposed(with(law, more)))
}

fn reversed(id: &str) -> Line {
    let data = json!({"handoff": id, "effective": "2024-03-01", "decision": "de"});
    line("2024-03-02", "over", "handoff.reversed", data)
}

/// Who holds housing on a day, and whose holding each stands under.
fn holders(told: &Told, day: &str) -> Vec<String> {
    told.loads();
    let housing = ResponsibilityId::parse("housing").unwrap();
    let on = timeline::on(&told.state, &housing, Date::parse(day).unwrap()).unwrap();
    let all = on.accountable.iter().chain(&on.executors).chain(&on.others);
    let shown = all.map(|held| {
        let under = held.under.as_ref().and_then(|id| told.state.holding(id));
        let under = under.map_or(String::new(), |(_, above)| format!(" under {}", above.agency));
        let dormant = if held.dormant { " dormant" } else { "" };
        format!("{}{under}{dormant}", held.holding.agency)
    });
    shown.collect()
}

#[test]
fn who_holds_it_is_not_given_it_again() {
    let told = both();
    let again = |more| vec![assigned("again", "b", more)];
    check("accountable", &told, again(json!({})), "already-accountable");
    check(
        "in a period of its own",
        &told,
        again(json!({"valid": {"from": "2023-01-01", "to": "2024-01-01"}})),
        "ok",
    );
    check(
        "that reaches into the other's",
        &told,
        again(json!({"valid": {"from": "2023-01-01"}})),
        "already-accountable",
    );
    let superseding = json!({"supersedes": "as_b", "valid": {"from": "2024-02-01"}});
    check("that supersedes it", &told, again(superseding), "ok");
    check("a mandate to the mandated", &told, vec![mandate("again", "c", "as_b", json!({}))], "wrong-state");
    check("a mandate under another", &told, vec![mandate("again", "c", "as_a", json!({}))], "ok");
    check("a mandate to oneself", &told, vec![mandate("again", "b", "as_b", json!({}))], "ok");
    let caring = |id: &str, components: &[&str]| {
        assigned(id, "c", json!({"role": "caretaker", "components": components}))
    };
    let first = caring("one", &["budget", "staff"]);
    check("care of the same", &told, vec![first.clone(), caring("two", &["staff", "asset"])], "wrong-state");
    check("care of the rest", &told, vec![first, caring("two", &["asset"])], "ok");
    let helping = |id: &str| assigned(id, "c", json!({"role": "supporter"}));
    check("support", &told, vec![helping("one"), helping("two")], "ok");
    let refused = told.clone().tell(assigned("again", "b", json!({}))).unwrap_err();
    let of = told.state.holding(&AssignmentId::parse("as_b").unwrap()).unwrap();
    assert_eq!(refused.seq, Some(of.1.made), "it names the other");
}

#[test]
fn nobody_delegates_to_itself() {
    let told = told();
    check("it holds it", &told, vec![delegated("de", "a", "as_a")], "already-accountable");
    let part = json!({"parent": "housing", "code": {"scheme": "cofog", "value": "06.1.1"}});
    let part = line("2024-01-02", "reg", "responsibility.defined", defined("permits", part));
    let own = made("de", "permits", "a", json!({"mode": "delegation", "under": "as_a"}));
    check("of a part", &told, vec![part, line("2024-01-02", "reg", "assignment.made", own)], "wrong-state");
}

#[test]
fn who_holds_it_accepts_it_from_nobody() {
    let told = both();
    let lines = vec![
        line("2024-01-03", "a", "handoff.proposed", proposed(json!({}))),
        line("2024-01-04", "b", "handoff.accepted", json!({"handoff": "ho"})),
    ];
    check("accountable", &told, lines, "already-accountable");
    let other = mandate("as_c2", "a", "as_b", json!({}));
    let propose = json!({"from": "a", "to": "c", "role": "executor", "approved_by": ["b"]});
    let lines = vec![
        other,
        line("2024-01-03", "a", "handoff.proposed", proposed(propose)),
        line("2024-01-04", "c", "handoff.accepted", json!({"handoff": "ho"})),
    ];
    check("a mandate", &told, lines, "wrong-state");
}

#[test]
fn a_change_of_day_leaves_nobody_twice() {
    let told = told();
    let ends =
        json!({"valid": {"from": "2024-01-01", "to": "2024-03-10"}, "role": "executor", "under": "as_a"});
    let lines = |day: &str| {
        vec![
            assigned("old", "c", ends.clone()),
            mandate("other", "b", "as_a", json!({})),
            line(
                "2024-01-03",
                "b",
                "handoff.proposed",
                proposed(json!({"from": "b", "to": "c",
                "role": "executor", "effective": "2024-03-20", "approved_by": ["a"]})),
            ),
            line("2024-01-04", "c", "handoff.accepted", json!({"handoff": "ho"})),
            line(
                "2024-01-05",
                "b",
                "handoff.changed",
                json!({"handoff": "ho", "effective": day,
                "basis": {"unknown": true}, "approved_by": ["c"]}),
            ),
        ]
    };
    check("to when it is over", &told, lines("2024-03-10"), "ok");
    check("to when it is not", &told, lines("2024-03-09"), "wrong-state");
}

#[test]
fn what_the_law_gives_twice_takes_the_place_of_the_older_and_gives_it_back() {
    let mut told = both();
    let seq = told.ok(by_law(json!({})));
    assert_eq!(holders(&told, "2024-01-31"), ["a", "b", "c under b"]);
    assert_eq!(holders(&told, "2024-02-01"), ["b", "c under b"]);
    let older = told.state.holding(&AssignmentId::parse("as_b").unwrap()).unwrap().1;
    assert_eq!(older.heirs[0].assignment.as_str(), format!("as-{seq}"));
    let links: Vec<_> = told.past_links(seq).iter().map(ToString::to_string).collect();
    assert!(links.contains(&"as:as_b".to_owned()), "the entry ended it: {links:?}");
    let mut ended = told.clone();
    let end = json!({"assignment": format!("as-{seq}"), "effective": "2024-02-10", "reason": "revoked",
        "basis": {"unknown": true}});
    ended.ok(line("2024-02-11", "reg", "assignment.ended", end));
    assert!(holders(&ended, "2024-02-10").is_empty(), "nothing of the older one comes back");
    told.ok(reversed("ho"));
    assert_eq!(holders(&told, "2024-03-01"), ["a", "b", "c under b"]);
}

#[test]
fn a_delegation_that_comes_back_to_its_giver_is_its_holding() {
    let mut told = told();
    told.ok(delegated("as_b", "b", "as_a"));
    told.ok(mandate("as_c", "c", "as_a", json!({})));
    assert_eq!(holders(&told, "2024-01-31"), ["a dormant", "b under a", "c under a"]);
    told.ok(by_law(json!({"from": "b", "to": "a"})));
    assert_eq!(holders(&told, "2024-02-01"), ["a", "c under a"]);
    told.ok(reversed("ho"));
    assert_eq!(holders(&told, "2024-03-01"), ["a dormant", "b under a", "c under a"]);
}

#[test]
fn a_delegation_given_on_that_comes_back_does_not_stand_under_itself() {
    let mut told = told();
    told.ok(delegated("as_b", "b", "as_a"));
    told.ok(delegated("as_c", "c", "as_b"));
    told.ok(by_law(json!({"from": "c", "to": "a"})));
    assert_eq!(holders(&told, "2024-02-01"), ["b under a", "a dormant"]);
}

#[test]
fn a_move_takes_all_of_a_role() {
    let mut told = both();
    told.ok(mandate("other", "c", "as_a", json!({"valid": {"from": "2024-01-01", "to": "2024-02-20"}})));
    assert_eq!(holders(&told, "2024-01-31"), ["a", "b", "c under b", "c under a"]);
    told.ok(by_law(json!({"from": "c", "to": "b", "role": "executor"})));
    assert_eq!(holders(&told, "2024-02-01"), ["a", "b", "b under b"], "one, under the first");
    told.ok(reversed("ho"));
    assert_eq!(holders(&told, "2024-03-01"), ["a", "b", "c under b"], "the other would have ended by then");
}

#[test]
fn what_stands_under_the_older_lasts_as_long_as_the_new_one() {
    let mut told = told();
    let period = json!({"valid": {"from": "2024-01-01", "to": "2024-02-10"}});
    told.ok(line(
        "2024-01-02",
        "b",
        "claim.raised",
        json!({"claim": "cl", "kind": "overlap",
        "about": ["r:housing"], "against": ["a"]}),
    ));
    told.ok(assigned("as_b", "b", period.clone()));
    told.ok(mandate("as_c", "c", "as_b", period));
    told.ok(mandate("as_d", "a", "as_b", json!({"valid": {"from": "2024-01-01", "to": "2024-02-10"}})));
    told.ok(by_law(json!({})));
    assert_eq!(holders(&told, "2024-02-09"), ["b", "c under b", "a under b"]);
    assert_eq!(holders(&told, "2024-02-10"), ["b"], "each by its own period");
}

#[test]
fn a_correction_is_asked_only_of_what_came_before_it() {
    let mut told = told();
    let first = told.ok(assigned("first", "b", json!({"valid": {"from": "2023-01-01", "to": "2023-02-01"}})));
    told.ok(assigned("second", "b", json!({"valid": {"from": "2023-06-01", "to": "2023-07-01"}})));
    let longer = json!({"corrects": first, "valid": {"from": "2023-01-01", "to": "2023-12-01"}});
    told.ok(assigned("first", "b", longer));
    assert_eq!(holders(&told, "2023-06-10"), ["b"]);
    assert!(holders(&told, "2023-08-01").is_empty(), "the second took the place of the first");
    let again = assigned(
        "second",
        "b",
        json!({"corrects": first.0 + 1,
        "valid": {"from": "2023-05-01", "to": "2023-07-01"}}),
    );
    check("of what came before", &told, vec![again], "already-accountable");
}
