//! What is said of the record: findings tolerated, entries withdrawn, details restricted and held.

use serde_json::{Value, json};

use super::super::super::timeline::{self, Status};
use super::super::super::*;
use super::told::{Line, Told, agency, check, decided, defined, line, made, proposed, with};

fn basis() -> Value {
    json!({"basis": {"ref": "id/uu/1"}})
}

fn withdrawn(day: &'static str, who: &'static str, seq: Seq, more: Value) -> Line {
    line(day, who, "record.withdrawn", with(json!({"seq": seq}), more))
}

/// [`Told::held`] with the seq of the assignment.
fn held() -> (Told, Seq) {
    let told = Told::held();
    let seq = Seq(told.events.len() as u64 - 1);
    (told, seq)
}

fn status(told: &Told, day: &str) -> Status {
    let housing = ResponsibilityId::parse("housing").unwrap();
    timeline::on(&told.state, &housing, Date::parse(day).unwrap()).unwrap().status
}

#[test]
fn d7_an_overseer_that_is_no_party_tolerates_a_finding() {
    let mut told = Told::held();
    let second = with(agency("both", &["overseer"]), json!({"approved_by": ["over"]}));
    told.ok(line("2024-01-02", "reg", "agency.registered", second));
    told.ok(line("2024-01-02", "reg", "responsibility.defined", defined("audit", json!({}))));
    told.ok(line("2024-01-02", "reg", "assignment.made", made("as_b", "audit", "both", json!({}))));
    told.ok(line("2024-01-02", "a", "handoff.proposed", proposed(json!({"to": "both"}))));
    let say = |who: &'static str, more: Value| {
        let data = json!({"finding": "conflict:housing", "until": "2024-02-03", "basis": {"ref": "id/uu/1"}});
        vec![line("2024-02-02", who, "finding.tolerated", with(data, more))]
    };
    check("an overseer", &told, say("both", json!({})), "ok");
    check("another", &told, say("b", json!({})), "not-entitled");
    check("the registrar", &told, say("reg", json!({})), "not-entitled");
    check("a party", &told, say("both", json!({"finding": "overlap:audit,housing"})), "not-entitled");
    check("no party", &told, say("over", json!({"finding": "overlap:audit,housing"})), "ok");
    check("a party to the handoff", &told, say("both", json!({"finding": "stalled:ho"})), "not-entitled");
    check("a part left out", &told, say("both", json!({"finding": "orphan:audit/x"})), "not-entitled");
    check("of nothing", &told, say("over", json!({"finding": "conflict:nothing"})), "not-found");
    check("of no kind", &told, say("over", json!({"finding": "strange:housing"})), "not-found");
    check(
        "of what is no such object",
        &told,
        say("over", json!({"finding": "stalled:housing"})),
        "not-found",
    );
    check("until today", &told, say("over", json!({"until": "2024-02-02"})), "bad-date");
    check("without a basis", &told, say("over", json!({"basis": null})), "basis-missing");
    check("on a decision not there", &told, say("over", json!({"basis": {"ref": "d:no"}})), "not-found");
}

#[test]
fn d8_what_is_withdrawn_no_longer_stands() {
    let (mut told, first) = held();
    assert_eq!(status(&told, "2024-02-01"), Status::Held);
    let seq = told.ok(withdrawn("2024-02-01", "reg", first, json!({})));
    assert_eq!(status(&told, "2024-02-01"), Status::Orphan);
    let links = told.past_links(seq);
    for subject in told.past_links(first) {
        assert!(links.contains(&subject), "{subject}");
    }
    told.loads();
    let again = vec![line("2024-02-02", "reg", "assignment.made", made("as_a", "housing", "b", json!({})))];
    check("its id stays taken", &told, again, "id-taken");
    let other = vec![line("2024-02-02", "reg", "assignment.made", made("as_c", "housing", "b", json!({})))];
    check("another may be made", &told, other, "ok");
    check("twice", &told, vec![withdrawn("2024-02-02", "reg", first, json!({}))], "wrong-state");
    check("the withdrawal", &told, vec![withdrawn("2024-02-02", "reg", seq, json!({}))], "wrong-state");
    let corrects = with(made("as_a", "housing", "b", json!({})), json!({"corrects": first}));
    check(
        "corrected then",
        &told,
        vec![line("2024-02-02", "reg", "assignment.made", corrects)],
        "wrong-state",
    );
}

#[test]
fn d8_who_withdraws_and_what() {
    let (mut told, _) = held();
    let proposal = told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({}))));
    let say = |who, seq, more| vec![withdrawn("2024-02-02", who, seq, more)];
    check("not its author", &told, say("b", proposal, json!({})), "not-entitled");
    check("its author", &told, say("a", proposal, json!({})), "ok");
    check("the registrar", &told, say("reg", proposal, json!({})), "approval-missing");
    check("the registrar, approved", &told, say("reg", proposal, json!({"approved_by": ["over"]})), "ok");
    check("no entry", &told, say("reg", Seq(999), json!({})), "not-found");
    check("the opening", &told, say("reg", Seq(0), json!({})), "wrong-state");
    check("a registration", &told, say("reg", Seq(2), json!({})), "wrong-state");
    let stale = json!({"after": {"h:ho": 9}});
    check("conflict", &told, say("a", proposal, stale), "conflict");
    let both = json!({"corrects": proposal});
    check("both at once", &told, say("a", proposal, both), "wrong-state");
}

#[test]
fn d8_each_other_agency_concerned_approves_a_withdrawal_or_one_overseer() {
    let (mut told, first) = held();
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({}))));
    check("nobody yet", &told, vec![withdrawn("2024-02-02", "reg", first, json!({}))], "ok");
    told.ok(line("2024-02-02", "b", "handoff.accepted", json!({"handoff": "ho"})));
    let by = |who: Value| vec![withdrawn("2024-02-03", "reg", first, json!({"approved_by": who}))];
    check("nobody agrees", &told, by(json!([])), "approval-missing");
    check("one that is not concerned", &told, by(json!(["a"])), "approval-missing");
    check("who took it over", &told, by(json!(["b"])), "ok");
    check("an overseer", &told, by(json!(["over"])), "ok");
}

#[test]
fn d8_a_withdrawn_correction_takes_its_place_with_it() {
    let (mut told, first) = held();
    let corrected = with(made("as_a", "housing", "b", json!({})), json!({"corrects": first}));
    let second = told.ok(line("2024-02-01", "reg", "assignment.made", corrected));
    check("the corrected one", &told, vec![withdrawn("2024-02-02", "reg", first, json!({}))], "wrong-state");
    told.ok(withdrawn("2024-02-02", "reg", second, json!({})));
    assert_eq!(status(&told, "2024-02-01"), Status::Orphan);
    told.loads();
}

#[test]
fn d8_a_step_is_withdrawn_and_what_came_later_stands() {
    let (mut told, _) = held();
    let steps = json!([{"step": "asset", "kind": "asset", "by": "a"}]);
    told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({"steps": steps}))));
    let accepted = told.ok(line("2024-02-02", "b", "handoff.accepted", json!({"handoff": "ho"})));
    let done =
        told.ok(line("2024-02-03", "a", "handoff.step_done", json!({"handoff": "ho", "step": "asset"})));
    assert_eq!(told.state.holdings_after(None).filter(|id| id.is_reserved()).count(), 1);
    told.ok(withdrawn("2024-02-04", "b", accepted, json!({"approved_by": ["a"]})));
    let there = told.state.handoffs.get("ho").unwrap();
    assert!(there.moves().is_none());
    let day = Date::parse("2024-02-05").unwrap();
    let standing = there.standing(day);
    assert_eq!((standing.accepted, standing.steps[0].done.map(|(seq, _)| seq)), (None, Some(done)));
    told.loads();
    check(
        "accepted again",
        &told,
        vec![line("2024-02-05", "b", "handoff.accepted", json!({"handoff": "ho"}))],
        "ok",
    );
    told.ok(withdrawn("2024-02-05", "a", done, json!({})));
    assert_eq!(told.state.handoffs.get("ho").unwrap().standing(day).steps[0].done, None);
}

#[test]
fn d8_a_proposal_is_withdrawn_with_what_it_moved() {
    let (mut told, _) = held();
    let law = proposed(json!({"regime": "by_law", "effective": "2024-02-01"}));
    let moved = told.ok(line("2024-02-01", "reg", "handoff.proposed", law.clone()));
    let answers = |told: &Told| {
        let housing = ResponsibilityId::parse("housing").unwrap();
        let on = timeline::on(&told.state, &housing, Date::parse("2024-02-10").unwrap()).unwrap();
        on.accountable.iter().map(|held| held.holding.agency.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(answers(&told), ["b"]);
    told.ok(withdrawn("2024-02-02", "reg", moved, json!({})));
    assert_eq!(answers(&told), ["a"]);
    let giver = AgencyId::parse("a").unwrap();
    assert_eq!(told.state.open_with(&giver).count(), 0);
    told.loads();
    check("its id", &told, vec![line("2024-02-03", "reg", "handoff.proposed", law)], "id-taken");
}

#[test]
fn d8_a_definition_is_withdrawn_with_what_was_said_of_it() {
    let (mut told, _) = held();
    let defines = Seq(told
        .events
        .iter()
        .position(|e| e.statement.data.type_name() == "responsibility.defined")
        .unwrap() as u64);
    told.ok(line(
        "2024-01-03",
        "reg",
        "responsibility.defined",
        defined("part", json!({"parent": "housing"})),
    ));
    let under = made("as_p", "part", "b", json!({"mode": "delegation", "under": "as_a"}));
    told.ok(line("2024-01-03", "reg", "assignment.made", under));
    told.ok(withdrawn("2024-02-02", "reg", defines, json!({})));
    assert!(told.state.responsibilities.get("housing").is_none());
    told.loads();
    let again = |kind, data| vec![line("2024-02-03", "reg", kind, data)];
    check("its id", &told, again("responsibility.defined", defined("housing", json!({}))), "id-taken");
    let reuse = made("as_a", "part", "c", json!({"role": "supporter"}));
    check("its holdings' ids", &told, again("assignment.made", reuse), "id-taken");
}

#[test]
fn d8_a_split_is_withdrawn_before_its_parts() {
    let (mut told, _) = held();
    let part = told.ok(line(
        "2024-01-03",
        "reg",
        "responsibility.defined",
        defined("part", json!({"parent": "housing"})),
    ));
    let split = json!({"responsibility": "housing", "into": ["part"], "remainder": "none",
        "effective": "2024-02-01", "basis": {"unknown": true}});
    let split = told.ok(line("2024-01-04", "reg", "responsibility.split", split));
    assert_eq!(status(&told, "2024-02-02"), Status::Outside);
    check("the part", &told, vec![withdrawn("2024-02-02", "reg", part, json!({}))], "wrong-state");
    told.ok(withdrawn("2024-02-02", "reg", split, json!({})));
    assert_eq!(status(&told, "2024-02-02"), Status::Held);
    told.loads();
    check("the part then", &told, vec![withdrawn("2024-02-03", "reg", part, json!({}))], "ok");
}

#[test]
fn d8_a_closing_and_a_decision_are_withdrawn() {
    let (mut told, _) = held();
    let closed = json!({"agency": "a", "how": "dissolved", "successors": [], "effective": "2024-02-01"});
    let closed = told.ok(line("2024-02-01", "reg", "agency.closed", with(closed, basis())));
    assert_eq!(status(&told, "2024-02-02"), Status::Orphan);
    told.ok(withdrawn("2024-02-02", "reg", closed, json!({})));
    assert_eq!(status(&told, "2024-02-02"), Status::Held);
    told.ok(line("2024-02-02", "a", "decision.recorded", decided(json!({}))));
    let second = decided(json!({"decision": "two", "relations": [{"verb": "revokes", "decision": "de"}]}));
    let second = told.ok(line("2024-02-02", "a", "decision.recorded", second));
    let state = |told: &Told| {
        let id = DecisionId::parse("de").unwrap();
        let day = Date::parse("2024-02-10").unwrap();
        state::decision::state_on(&told.state, &id, day).unwrap()
    };
    assert_eq!(state(&told), state::decision::DecisionState::Revoked);
    told.ok(withdrawn("2024-02-03", "a", second, json!({})));
    assert_eq!(state(&told), state::decision::DecisionState::InForce);
    assert_eq!(told.state.relations_to(&DecisionId::parse("de").unwrap()).count(), 0);
    told.loads();
}

#[test]
fn decisions_that_all_refer_to_all_have_a_state_and_none_rests_on_itself() {
    use state::decision::DecisionState::{InForce, Revoked};
    let (mut told, _) = held();
    let id = |n: usize| format!("d{n}");
    let revoking = |n: usize, all: std::ops::Range<usize>| {
        let one = |n| json!({"verb": "revokes", "decision": id(n)});
        decided(json!({"decision": id(n), "relations": all.map(one).collect::<Vec<_>>()}))
    };
    let first = told.ok(line("2024-02-02", "a", "decision.recorded", revoking(0, 0..0)));
    for n in 1..40 {
        told.ok(line("2024-02-02", "a", "decision.recorded", revoking(n, 0..n)));
    }
    let state = |told: &Told, n: usize| {
        let (id, day) = (DecisionId::parse(&id(n)).unwrap(), Date::parse("2024-02-10").unwrap());
        state::decision::state_on(&told.state, &id, day).unwrap()
    };
    assert_eq!((state(&told, 0), state(&told, 38), state(&told, 39)), (Revoked, Revoked, InForce));
    // a correction makes the first point to the last: that counts for nothing
    let mut words = revoking(0, 39..40);
    words["corrects"] = first.0.into();
    told.ok(line("2024-02-03", "a", "decision.recorded", words));
    assert_eq!((state(&told, 0), state(&told, 39)), (Revoked, InForce));
    told.loads();
}

#[test]
fn d7_details_are_restricted_held_and_released_by_the_registrar() {
    let (mut told, seq) = held();
    let say = |who: &'static str, kind: &'static str, more: Value| {
        let data = with(json!({"seq": seq, "fields": ["title"]}), basis());
        vec![line("2024-02-01", who, kind, with(data, more))]
    };
    for kind in ["details.restricted", "details.held"] {
        check(kind, &told, say("reg", kind, json!({})), "ok");
        check(kind, &told, say("a", kind, json!({})), "not-entitled");
        check(kind, &told, say("reg", kind, json!({"seq": 999})), "not-found");
        check(kind, &told, say("reg", kind, json!({"seq": told.events.len()})), "not-found");
        check(kind, &told, say("reg", kind, json!({"fields": []})), "malformed");
        check(kind, &told, say("reg", kind, json!({"basis": null})), "basis-missing");
        check(kind, &told, say("reg", kind, json!({"basis": {"ref": "d:no"}})), "not-found");
        let twice = [say("reg", kind, json!({})), say("reg", kind, json!({"fields": ["more", "title"]}))];
        check(kind, &told, twice.concat(), "wrong-state");
        let released = [say("reg", kind, json!({})), say("reg", "details.released", json!({}))].concat();
        check(kind, &told, released.clone(), "ok");
        check(kind, &told, [released, say("reg", kind, json!({}))].concat(), "ok");
    }
    check("released from nothing", &told, say("reg", "details.released", json!({})), "wrong-state");
    let restricted = told.ok(say("reg", "details.restricted", json!({"fields": ["title", "who"]})).remove(0));
    let links = told.past_links(restricted);
    assert!(told.past_links(seq).iter().all(|subject| links.contains(subject)));
    let held = told.ok(say("reg", "details.held", json!({})).remove(0));
    told.ok(say("reg", "details.released", json!({"fields": ["who"]})).remove(0));
    let now = told.state.details.get(&seq).unwrap().now();
    let fields = |map: &std::collections::BTreeMap<String, Seq>| map.clone().into_iter().collect::<Vec<_>>();
    assert_eq!(fields(&now.restricted), [("title".to_owned(), restricted)]);
    assert_eq!(fields(&now.held), [("title".to_owned(), held)]);
}

#[test]
fn d7_a13_details_are_erased_by_two_and_not_while_they_are_held() {
    let (mut told, seq) = held();
    let data = |field: &str| with(json!({"seq": seq, "fields": [field]}), basis());
    let erase = |more: Value| line("2024-02-01", "reg", "details.erased", with(data("title"), more));
    let approved = || erase(json!({"approved_by": ["over"]}));
    check("alone", &told, vec![erase(json!({}))], "approval-missing");
    check(
        "by another",
        &told,
        vec![line("2024-02-01", "a", "details.erased", data("title"))],
        "not-entitled",
    );
    told.ok(line("2024-02-01", "reg", "details.held", data("title")));
    check("held", &told, vec![approved()], "held");
    told.ok(line("2024-02-01", "reg", "details.released", data("title")));
    told.ok(line("2024-02-01", "reg", "details.restricted", data("title")));
    let by = told.ok(approved());
    let now = told.state.details.get(&seq).unwrap().now();
    assert_eq!(now.erased.into_iter().collect::<Vec<_>>(), [("title".to_owned(), by)]);
    assert!(now.restricted.is_empty() && now.held.is_empty());
    for kind in ["details.restricted", "details.held", "details.released"] {
        check(kind, &told, vec![line("2024-02-01", "reg", kind, data("title"))], "wrong-state");
    }
    check("twice", &told, vec![approved()], "wrong-state");
    check("another", &told, vec![line("2024-02-01", "reg", "details.held", data("who"))], "ok");
}

#[test]
fn d4_a_lapse_comes_before_a_statement_that_names_an_entry_of_its_handoff() {
    let (mut told, _) = held();
    let due = proposed(json!({"due": "2024-02-01"}));
    let proposal = told.ok(line("2024-01-03", "a", "handoff.proposed", due));
    let restricted = with(json!({"seq": proposal, "fields": ["title"]}), basis());
    let seq = told.ok(line("2024-04-01", "reg", "details.restricted", restricted));
    let before = &told.events[usize::try_from(seq.0).unwrap() - 1];
    assert_eq!(before.statement.data.type_name(), "handoff.lapsed");
}
