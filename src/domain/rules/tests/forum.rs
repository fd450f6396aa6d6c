//! Forums, and rule 12: what carries their decisions.

use serde_json::{Value, json};

use super::told::{Line, Told, agency, check, decided, line, with};

fn form(who: &'static str, more: Value) -> Vec<Line> {
    let data = json!({"forum": "f", "convener": "d", "members": ["a", "b", "c"]});
    vec![line("2024-01-10", who, "forum.formed", with(data, more))]
}

fn change(who: &'static str, more: Value) -> Vec<Line> {
    vec![line("2024-01-20", who, "forum.changed", with(json!({"forum": "f"}), more))]
}

fn meet(who: &'static str, more: Value) -> Vec<Line> {
    let data = json!({"forum": "f", "held_on": "2024-01-15", "present": ["a", "c"]});
    vec![line("2024-01-20", who, "forum.met", with(data, more))]
}

/// Some more agencies: d, e, and the overseer.
fn given() -> Told {
    let mut told = Told::held();
    for id in ["d", "e"] {
        told.ok(line("2024-01-02", "reg", "agency.registered", agency(id, &[])));
    }
    told
}

/// The same with the forum f: d convenes, a, b and c vote by some rule and quorum.
fn formed(more: Value) -> Told {
    let mut told = given();
    for line in form("reg", more) {
        told.ok(line);
    }
    told
}

#[test]
fn forming() {
    let told = given();
    for (who, verdict) in
        [("reg", "ok"), ("over", "ok"), ("d", "ok"), ("a", "not-a-party"), ("e", "not-a-party")]
    {
        check(who, &told, form(who, json!({})), verdict);
    }
    check("led by nobody", &told, form("reg", json!({"convener": "nobody"})), "not-found");
    check("with nobody", &told, form("reg", json!({"members": ["a", "nobody"]})), "not-found");
    check("without members", &told, form("reg", json!({"members": []})), "malformed");
    check("one twice", &told, form("reg", json!({"members": ["a", "b", "a"]})), "malformed");
    check("a quorum of none", &told, form("reg", json!({"quorum": 0})), "malformed");
    check("a quorum of all", &told, form("reg", json!({"quorum": 3})), "ok");
    check("a quorum of more", &told, form("reg", json!({"quorum": 4})), "malformed");
    check("on a decision nobody took", &told, form("reg", json!({"basis": {"ref": "d:no"}})), "not-found");
    check("twice", &told, [form("reg", json!({})), form("d", json!({}))].concat(), "id-taken");
}

#[test]
fn changing_and_meeting() {
    let told = formed(json!({"quorum": 2}));
    for (who, verdict) in
        [("reg", "ok"), ("over", "ok"), ("d", "ok"), ("a", "not-a-party"), ("e", "not-a-party")]
    {
        check(who, &told, change(who, json!({"convener": "e"})), verdict);
        check(who, &told, meet(who, json!({})), verdict);
    }
    let led = |who, more| [change("d", json!({"convener": "e"})), change(who, more)].concat();
    check("a new convener", &told, led("e", json!({"rule": "majority"})), "ok");
    check("a former convener", &told, led("d", json!({"rule": "majority"})), "not-a-party");
    check("of nothing", &told, change("reg", json!({"forum": "nothing"})), "not-found");
    check("led by nobody", &told, change("d", json!({"convener": "nobody"})), "not-found");
    check("with nobody", &told, change("d", json!({"members": ["nobody"]})), "not-found");
    check("without members", &told, change("d", json!({"members": []})), "malformed");
    check("fewer members than the quorum", &told, change("d", json!({"members": ["a"]})), "wrong-state");
    check("and another quorum", &told, change("d", json!({"members": ["a"], "quorum": 1})), "ok");
    check("a quorum of all", &told, change("d", json!({"quorum": 3})), "ok");
    check("a quorum of more", &told, change("d", json!({"quorum": 4})), "wrong-state");
    check("a quorum of none", &told, change("d", json!({"quorum": 0})), "wrong-state");
    check("met by none that exists", &told, meet("d", json!({"forum": "nothing"})), "not-found");
    check("with nobody there", &told, meet("d", json!({"present": ["nobody"]})), "not-found");
    check("meets today", &told, meet("d", json!({"held_on": "2024-01-20"})), "ok");
    check("meets tomorrow", &told, meet("d", json!({"held_on": "2024-01-21"})), "bad-date");
}

fn source() -> Value {
    json!({"digest": format!("sha-256:{:064}", 0)})
}

/// A decision of f with votes such as `"a+ b- c0 d?"`.
fn decide(who: &'static str, votes: &str, more: Value) -> Vec<Line> {
    let votes = votes.split_whitespace().map(|vote| {
        let (agency, how) = vote.split_at(1);
        let how = match how {
            "+" => "for",
            "-" => "against",
            "0" => "abstain",
            _ => "recused",
        };
        json!({"agency": agency, "vote": how})
    });
    let data = json!({"decided_by": "f:f", "votes": votes.collect::<Vec<_>>()});
    vec![line("2024-02-02", who, "decision.recorded", decided(with(data, more)))]
}

#[test]
fn d12_the_recorded_votes_carry_a_decision() {
    for (rule, quorum, votes, verdict) in [
        ("consensus", None, "a+ b+ c+", "ok"),
        ("consensus", None, "a+ b+", "ok"),
        ("consensus", None, "a+ b0", "ok"),
        ("consensus", None, "a+ b+ c-", "not-carried"),
        ("consensus", None, "a+", "not-carried"),
        ("consensus", None, "", "not-carried"),
        ("consensus", None, "a+ b? c?", "not-carried"),
        ("consensus", Some(1), "a+ b? c?", "ok"),
        ("consensus", Some(3), "a+ b+", "not-carried"),
        ("consensus", Some(3), "a+ b+ c?", "not-carried"),
        ("consensus", Some(3), "a+ b+ c0", "ok"),
        ("majority", None, "a+ b+ c-", "ok"),
        ("majority", None, "a+ b-", "not-carried"),
        ("majority", None, "a+ b- c0", "not-carried"),
        ("majority", None, "a+ b0 c0", "ok"),
        ("majority", None, "a- b- c+", "not-carried"),
        ("majority", None, "a0 b0 c0", "not-carried"),
        ("two-thirds", None, "a+ b+ c-", "ok"),
        ("two-thirds", None, "a+ b- c0", "not-carried"),
        ("two-thirds", None, "a+ b-", "not-carried"),
        ("two-thirds", None, "a+ b0 c0", "ok"),
    ] {
        let told = formed(json!({"rule": rule, "quorum": quorum}));
        check(&format!("{rule}, {quorum:?}: {votes}"), &told, decide("d", votes, json!({})), verdict);
    }
    check("consensus when not said", &formed(json!({})), decide("d", "a+ b+ c-", json!({})), "not-carried");
    // of four members more than half are three
    let four = formed(json!({"members": ["a", "b", "c", "e"], "rule": "majority"}));
    check("half of them", &four, decide("d", "a+ b+", json!({})), "not-carried");
    check("more than half", &four, decide("d", "a+ b+ c-", json!({})), "ok");
}

#[test]
fn d12_members_vote_once() {
    let told = formed(json!({}));
    check("a stranger", &told, decide("d", "a+ b+ e+", json!({})), "not-a-member");
    check("the convener, no member", &told, decide("d", "a+ b+ d+", json!({})), "not-a-member");
    check("nobody", &told, decide("d", "a+ b+ x+", json!({})), "not-found");
    check("twice", &told, decide("d", "a+ b+ a+", json!({})), "malformed");
    // members are those of the day of the decision
    let changed = [change("d", json!({"members": ["a", "e"]}))].concat();
    let then = |votes, on: &str| [changed.clone(), decide("d", votes, json!({"decided_on": on}))].concat();
    check("a new member", &told, then("a+ e+", "2024-01-20"), "ok");
    check("a former member", &told, then("a+ b+", "2024-01-20"), "not-a-member");
    check("a former member, before", &told, then("a+ b+", "2024-01-19"), "ok");
    check("a later member", &told, then("a+ e+", "2024-01-19"), "not-a-member");
}

#[test]
fn d12_who_records_what_a_forum_decided() {
    let mut told = formed(json!({}));
    let votes = "a+ b+ c+";
    check("the convener", &told, decide("d", votes, json!({})), "ok");
    check("a member", &told, decide("a", votes, json!({})), "not-a-party");
    check("an overseer", &told, decide("over", votes, json!({})), "not-a-party");
    check("the registrar", &told, decide("reg", votes, json!({})), "not-a-party");
    check("the registrar, from a source", &told, decide("reg", votes, json!({"source": source()})), "ok");
    check("from a source, not carried", &told, decide("reg", "", json!({"source": source()})), "not-carried");
    check("of no forum", &told, decide("d", votes, json!({"decided_by": "f:nothing"})), "not-found");
    check("without a basis", &told, decide("d", votes, json!({"basis": null})), "basis-missing");
    let led = [change("reg", json!({"convener": "e"})), decide("e", votes, json!({}))].concat();
    check("a new convener", &told, led, "ok");
    let mandate = json!({"capacity": "mandate", "under": "as_a", "on_behalf_of": "a"});
    check("under a mandate", &told, decide("d", votes, mandate), "capacity-mismatch");
    told.ok(line("2024-02-01", "b", "claim.raised", json!({"claim": "cl", "kind": "gap"})));
    check("about a claim", &told, decide("d", votes, json!({"about": ["c:cl"]})), "ok");
    check("about a commitment", &told, decide("d", votes, json!({"about": ["m:none"]})), "not-found");
    let deliver = |who| {
        line(
            "2024-02-05",
            who,
            "decision.delivered",
            json!({"decision": "de", "to": "a", "on": "2024-02-03"}),
        )
    };
    check("the convener delivers", &told, [decide("d", votes, json!({})), vec![deliver("d")]].concat(), "ok");
    check(
        "a member delivers",
        &told,
        [decide("d", votes, json!({})), vec![deliver("a")]].concat(),
        "not-a-party",
    );
}

#[test]
fn d12_a_member_says_once_how_it_voted() {
    let mut told = formed(json!({"rule": "majority"}));
    told.ok(decide("d", "a+ b+ c-", json!({})).remove(0));
    let vote =
        |who, how: &str| line("2024-02-05", who, "decision.voted", json!({"decision": "de", "vote": how}));
    check("as recorded", &told, vec![vote("a", "for")], "ok");
    check("otherwise than recorded", &told, vec![vote("a", "against")], "ok");
    check("each", &told, vec![vote("a", "for"), vote("b", "for")], "ok");
    check("twice", &told, vec![vote("a", "for"), vote("a", "for")], "wrong-state");
    check("the convener", &told, vec![vote("d", "for")], "not-a-member");
    check("a stranger", &told, vec![vote("e", "for")], "not-a-member");
    let changed = line("2024-02-03", "d", "forum.changed", json!({"forum": "f", "members": ["b", "e"]}));
    check("a member then, gone since", &told, vec![changed.clone(), vote("a", "for")], "ok");
    check("a member since", &told, vec![changed, vote("e", "for")], "not-a-member");
    let stale = json!({"decision": "de", "vote": "for", "after": {"d:de": 9}});
    check("moved on", &told, vec![line("2024-02-05", "a", "decision.voted", stale)], "conflict");
}

#[test]
fn d8_a_forum_undoes_its_own_decision() {
    let mut told = formed(json!({}));
    let other = json!({"forum": "g", "convener": "d", "members": ["a", "b"]});
    told.ok(line("2024-01-10", "reg", "forum.formed", other));
    told.ok(line(
        "2024-01-10",
        "reg",
        "agency.registered",
        with(agency("judge", &["court"]), json!({"approved_by": ["over"]})),
    ));
    let votes = "a+ b+ c+";
    told.ok(decide("d", votes, json!({})).remove(0));
    told.ok(line("2024-02-02", "a", "decision.recorded", decided(json!({"decision": "of-a"}))));
    let undo =
        |verb: &str, of: &str| json!({"decision": "un", "relations": [{"verb": verb, "decision": of}]});
    let single = |who, of| {
        let data = with(decided(json!({"decided_by": who})), undo("annuls", of));
        vec![line("2024-02-02", who, "decision.recorded", data)]
    };
    for verb in ["supersedes", "partly_supersedes", "amends", "revokes", "annuls", "suspends", "reinstates"] {
        check(verb, &told, decide("d", votes, undo(verb, "de")), "ok");
        check(
            verb,
            &told,
            decide("d", "a+ b+", with(undo(verb, "de"), json!({"decided_by": "f:g"}))),
            "not-entitled",
        );
        check(verb, &told, decide("d", votes, undo(verb, "of-a")), "not-entitled");
    }
    check(
        "another cites",
        &told,
        decide("d", "a+ b+", with(undo("cites", "de"), json!({"decided_by": "f:g"}))),
        "ok",
    );
    check("a court", &told, single("judge", "de"), "ok");
    check("an overseer", &told, single("over", "de"), "ok");
    check("a member", &told, single("a", "de"), "not-entitled");
    check("the convener by itself", &told, single("d", "de"), "not-entitled");
    let imported =
        |more| decide("reg", votes, with(with(undo("annuls", "de"), json!({"source": source()})), more));
    check("imported, unapproved", &told, imported(json!({})), "approval-missing");
    check("imported, approved", &told, imported(json!({"approved_by": ["over"]})), "ok");
}

#[test]
fn d8_the_convener_reverses_a_handoff_its_forum_decided() {
    let mut told = formed(json!({}));
    told.ok(decide("d", "a+ b+ c+", json!({})).remove(0));
    let by_law = json!({"handoff": "ho", "responsibilities": ["housing"], "from": "a", "to": "b", "regime": "by_law",
        "effective": "2024-02-03", "basis": {"ref": "d:de"}});
    told.ok(line("2024-02-02", "reg", "handoff.proposed", by_law));
    let undo = json!({"decision": "un", "relations": [{"verb": "annuls", "decision": "de"}]});
    told.ok(decide("d", "a+ b+ c+", undo).remove(0));
    let reverse = |who| {
        let data = json!({"handoff": "ho", "effective": "2024-02-05", "decision": "un"});
        vec![line("2024-02-05", who, "handoff.reversed", data)]
    };
    check("the convener", &told, reverse("d"), "ok");
    check("a member", &told, reverse("a"), "not-entitled");
}
