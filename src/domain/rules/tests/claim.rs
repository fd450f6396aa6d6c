//! Claims: who may say what, their course, and the one exception to rule 2 they open.

use serde_json::{Value, json};

use super::super::super::state::claim::ClaimState;
use super::super::super::timeline::{self, Status};
use super::super::super::*;
use super::told::{Line, Told, agency, check, decided, defined, line, made, proposed, with};

fn raise(who: &'static str, more: Value) -> Line {
    let data = json!({"claim": "cl", "kind": "authority", "about": ["r:housing"], "against": ["a"]});
    line("2024-02-01", who, "claim.raised", with(data, more))
}

fn then(who: &'static str, kind: &'static str, more: Value) -> Line {
    line("2024-02-05", who, kind, with(json!({"claim": "cl"}), more))
}

fn resolve(who: &'static str, more: Value) -> Line {
    then(who, "claim.resolved", with(json!({"outcome": "upheld"}), more))
}

/// b claims housing from a; d is convener of the forum f, e of the forum g, whose members a and b are.
fn raised() -> Told {
    let mut told = Told::held();
    for id in ["d", "e"] {
        told.ok(line("2024-01-02", "reg", "agency.registered", agency(id, &[])));
    }
    for (forum, convener) in [("f", "d"), ("g", "e"), ("h", "a")] {
        let data = json!({"forum": forum, "convener": convener, "members": ["a", "b"]});
        told.ok(line("2024-01-02", "reg", "forum.formed", data));
    }
    told.ok(raise("b", json!({})));
    told
}

fn state(told: &Told) -> ClaimState {
    told.state.claims.get("cl").unwrap().state()
}

#[test]
fn raising() {
    let told = Told::held();
    let raise = |who, more| vec![raise(who, more)];
    check("by any agency", &told, raise("c", json!({})), "ok");
    check("about and against nothing", &told, raise("b", json!({"about": null, "against": null})), "ok");
    check("with a finding", &told, raise("b", json!({"finding": "conflict:housing"})), "ok");
    check("by a closed agency", &told, raise("old", json!({})), "agency-not-active");
    check("against nobody", &told, raise("b", json!({"against": ["nobody"]})), "not-found");
    for about in ["r", "h", "d", "c", "p", "f", "m", "as", "a", "i", "t"] {
        check(about, &told, raise("b", json!({"about": [format!("{about}:nothing")]})), "not-found");
    }
    check("about itself", &told, raise("b", json!({"about": ["c:cl"]})), "not-found");
    check("about a holding", &told, raise("b", json!({"about": ["as:as_a"]})), "ok");
    check("about an agency", &told, raise("b", json!({"about": ["a:a"]})), "not-found");
    check("on a decision nobody took", &told, raise("b", json!({"basis": {"ref": "d:no"}})), "not-found");
    check("today", &told, raise("b", json!({"on": "2024-02-01"})), "ok");
    check("tomorrow", &told, raise("b", json!({"on": "2024-02-02"})), "bad-date");
    check("long ago", &told, raise("b", json!({"on": "2019-02-02"})), "ok");
    check("twice", &told, [raise("b", json!({})), raise("c", json!({}))].concat(), "id-taken");
    check(
        "another",
        &told,
        [raise("b", json!({})), raise("b", json!({"claim": "c2", "about": ["c:cl"]}))].concat(),
        "ok",
    );
    check("moved on", &told, raise("b", json!({"after": {"r:housing": 1}})), "conflict");
}

#[test]
fn who_answers_refers_and_withdraws() {
    let told = raised();
    let say = |who, kind, more| vec![then(who, kind, more)];
    for (who, answered, referred, withdrawn) in [
        ("a", "ok", "ok", "not-a-party"),
        ("b", "ok", "ok", "ok"),
        ("c", "not-a-party", "not-a-party", "not-a-party"),
        ("d", "not-a-party", "not-a-party", "not-a-party"),
        ("reg", "not-a-party", "not-a-party", "not-a-party"),
        ("over", "not-a-party", "ok", "not-a-party"),
    ] {
        check(who, &told, say(who, "claim.answered", json!({})), answered);
        check(who, &told, say(who, "claim.referred", json!({"forum": "f"})), referred);
        check(who, &told, say(who, "claim.withdrawn", json!({})), withdrawn);
    }
    for kind in ["claim.answered", "claim.withdrawn"] {
        check(kind, &told, say("b", kind, json!({"claim": "nothing"})), "not-found");
        check(kind, &told, say("b", kind, json!({"on": "2024-01-31"})), "bad-date");
        check(kind, &told, say("b", kind, json!({"on": "2024-02-06"})), "bad-date");
        check(kind, &told, say("b", kind, json!({"after": {"c:cl": 7}})), "conflict");
        check("who may comes first", &told, say("c", kind, json!({"after": {"c:cl": 7}})), "not-a-party");
    }
    let refer = |more| say("a", "claim.referred", more);
    check("to no forum", &told, refer(json!({"forum": "nothing"})), "not-found");
    check("before it was raised", &told, refer(json!({"forum": "f", "on": "2024-01-31"})), "bad-date");
}

#[test]
fn who_resolves() {
    let told = raised();
    let refer = |forum: &str| then("a", "claim.referred", json!({"forum": forum}));
    check("an overseer", &told, vec![resolve("over", json!({}))], "ok");
    check("no forum yet", &told, vec![resolve("d", json!({}))], "not-a-party");
    check("its forum's convener", &told, vec![refer("f"), resolve("d", json!({}))], "ok");
    check("another's", &told, vec![refer("f"), resolve("e", json!({}))], "not-a-party");
    check("the last forum's", &told, vec![refer("f"), refer("g"), resolve("e", json!({}))], "ok");
    check("an earlier one's", &told, vec![refer("f"), refer("g"), resolve("d", json!({}))], "not-a-party");
    let change = line("2024-02-05", "reg", "forum.changed", json!({"forum": "f", "convener": "c"}));
    check("its convener by now", &told, vec![refer("f"), change.clone(), resolve("c", json!({}))], "ok");
    check("a former one", &told, vec![refer("f"), change, resolve("d", json!({}))], "not-a-party");
    check("the registrar", &told, vec![refer("f"), resolve("reg", json!({}))], "not-a-party");
    check("a party", &told, vec![refer("f"), resolve("b", json!({}))], "not-a-party");
    check("a party that convenes", &told, vec![refer("h"), resolve("a", json!({}))], "party-in-own-cause");
    let own = |who, more| {
        vec![raise(who, with(json!({"claim": "own"}), more)), resolve("over", json!({"claim": "own"}))]
    };
    check("an overseer that raised it", &told, own("over", json!({})), "party-in-own-cause");
    check(
        "an overseer against whom it is",
        &told,
        own("b", json!({"against": ["over"]})),
        "party-in-own-cause",
    );
    check("of nothing", &told, vec![resolve("over", json!({"claim": "nothing"}))], "not-found");
    check("kept by nobody", &told, vec![resolve("over", json!({"keeps": "nobody"}))], "not-found");
    check("by no decision", &told, vec![resolve("over", json!({"decision": "nothing"}))], "not-found");
    let decision = line(
        "2024-02-05",
        "over",
        "decision.recorded",
        decided(json!({"decided_by": "over", "about": ["c:cl"]})),
    );
    check(
        "by a decision",
        &told,
        vec![decision, resolve("over", json!({"decision": "de", "keeps": "a"}))],
        "ok",
    );
    check("before it was raised", &told, vec![resolve("over", json!({"on": "2024-01-31"}))], "bad-date");
    check(
        "before it was referred",
        &told,
        vec![refer("f"), resolve("d", json!({"on": "2024-02-04"}))],
        "bad-date",
    );
}

#[test]
fn its_course() {
    let said = [
        ("claim.answered", "a", json!({}), ClaimState::Answered),
        ("claim.referred", "a", json!({"forum": "f"}), ClaimState::Referred),
        ("claim.resolved", "over", json!({"outcome": "moot"}), ClaimState::Resolved),
        ("claim.withdrawn", "b", json!({}), ClaimState::Withdrawn),
    ];
    for (first, who, more, is) in &said {
        let mut told = raised();
        assert_eq!(state(&told), ClaimState::Raised);
        told.ok(then(who, first, more.clone()));
        assert_eq!(state(&told), *is);
        let ended = matches!(is, ClaimState::Resolved | ClaimState::Withdrawn);
        for (second, who, more, _) in &said {
            let name = format!("{second} after {first}");
            let verdict = if ended { "wrong-state" } else { "ok" };
            check(&name, &told, vec![then(who, second, more.clone())], verdict);
        }
    }
}

#[test]
fn a_closed_partys_successor_stands_in_for_it() {
    let mut told = raised();
    let closed = json!({"agency": "b", "how": "merged", "successors": ["c"], "effective": "2024-02-03",
        "basis": {"unknown": true}});
    told.ok(line("2024-02-02", "reg", "agency.closed", closed));
    check("successor answers", &told, vec![then("c", "claim.answered", json!({}))], "ok");
    check("successor withdraws", &told, vec![then("c", "claim.withdrawn", json!({}))], "ok");
    check("another", &told, vec![then("d", "claim.withdrawn", json!({}))], "not-a-party");
}

#[test]
fn d2_an_open_claim_that_names_both_lets_two_be_accountable() {
    let second =
        |who: &str| line("2024-02-06", "reg", "assignment.made", made("x", "housing", who, json!({})));
    let told = raised();
    check("without a claim", &Told::held(), vec![second("b")], "already-accountable");
    check("raiser and against", &told, vec![second("b")], "ok");
    check("one it does not name", &told, vec![second("c")], "already-accountable");
    let third = raise("over", json!({"claim": "c2", "against": ["a", "c"]}));
    check("both against", &told, vec![third, second("c")], "ok");
    let single = raise("over", json!({"claim": "c2", "against": ["c"]}));
    check("only the new one", &told, vec![single, second("c")], "already-accountable");
    let aside = line("2024-01-03", "reg", "responsibility.defined", defined("roads", json!({})));
    let other = raise("c", json!({"claim": "c2", "about": ["r:roads"]}));
    check("on another responsibility", &told, vec![aside, other, second("c")], "already-accountable");
    check(
        "withdrawn",
        &told,
        vec![then("b", "claim.withdrawn", json!({})), second("b")],
        "already-accountable",
    );
    check("resolved", &told, vec![resolve("over", json!({})), second("b")], "already-accountable");
    check(
        "answered and referred",
        &told,
        vec![
            then("a", "claim.answered", json!({})),
            then("a", "claim.referred", json!({"forum": "f"})),
            second("b"),
        ],
        "ok",
    );

    let mut told = told;
    told.ok(second("b"));
    let housing = ResponsibilityId::parse("housing").unwrap();
    let on = timeline::on(&told.state, &housing, Date::parse("2024-02-10").unwrap()).unwrap();
    assert_eq!((on.accountable.len(), on.status), (2, Status::Conflict));
}

#[test]
fn d2_an_acceptance_too() {
    // b holds it by law beside a; c receives it from b by agreement
    let mut told = Told::held();
    let by_law = proposed(json!({"regime": "by_law", "from": "c", "to": "b", "effective": "2024-01-05"}));
    told.ok(line("2024-01-05", "reg", "handoff.proposed", by_law));
    let on = json!({"handoff": "h2", "from": "b", "to": "c"});
    told.ok(line("2024-02-01", "b", "handoff.proposed", proposed(on)));
    let accept = || line("2024-02-02", "c", "handoff.accepted", json!({"handoff": "h2"}));
    check("without a claim", &told, vec![accept()], "already-accountable");
    check("with one", &told, vec![raise("c", json!({})), accept()], "ok");
    check("between others", &told, vec![raise("b", json!({})), accept()], "already-accountable");
}

#[test]
fn d8_what_stood_on_a_claim_is_corrected_after_its_end() {
    let mut told = raised();
    let seq = told.ok(line("2024-02-06", "reg", "assignment.made", made("x", "housing", "b", json!({}))));
    told.ok(resolve("over", json!({})));
    let data = made("x", "housing", "b", json!({"corrects": seq, "basis": {"ref": "id/uu/2"}}));
    check("while it was open", &told, vec![line("2024-02-07", "reg", "assignment.made", data)], "ok");
}

#[test]
fn d8_a_corrected_claim_keeps_its_raiser_and_its_course() {
    let mut told = raised();
    let first = told.events.len() as u64 - 1;
    let answered = told.ok(then("a", "claim.answered", json!({})));
    told.ok(then("b", "claim.withdrawn", json!({})));
    let again = then("a", "claim.answered", json!({"on": "2024-02-02", "corrects": answered}));
    check("a step before the end", &told, vec![again], "ok");
    let data = json!({"claim": "cl", "kind": "overlap", "about": ["h:none"], "corrects": first, "approved_by": ["over"]});
    check("about nothing", &told, vec![line("2024-02-07", "b", "claim.raised", data)], "not-found");
    let data = json!({"corrects": first, "kind": "overlap", "about": ["as:as_a"], "approved_by": ["over"]});
    told.ok(raise("reg", data));
    let claim = told.state.claims.get("cl").unwrap();
    assert_eq!(claim.raised.agency.as_ref().unwrap().as_str(), "b");
    assert_eq!(claim.state(), ClaimState::Withdrawn);
    let housing = ResponsibilityId::parse("housing").unwrap();
    assert_eq!(told.state.claims_on(&Subject::responsibility(&housing)).count(), 0);
    told.loads();
}
