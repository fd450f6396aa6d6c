//! What is said of claims, forums, commitments and programmes, and how it follows the day asked about.

use serde_json::{Value, json};

use super::kit::Kit;
use crate::domain::{
    AgencyId, ClaimId, CommitmentId, Date, DecisionId, ForumId, ProgrammeId, ResponsibilityId, Seq,
};
use crate::views::answer::compare::{self, Compared};
use crate::views::answer::{agency, claim, commitment, decision, forum, programme, responsibility};
use crate::views::{Known, KnownAt, Scope, Views};

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// The newest of a kit.
fn known(kit: &Kit) -> Known {
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    views.known(&KnownAt::Newest, Scope::All, kit.now).unwrap()
}

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn sorted(names: &str) -> Vec<&str> {
    let mut names: Vec<_> = names.split_whitespace().collect();
    names.sort_unstable();
    names
}

fn of_claim(known: &Known, id: &str, on: &str) -> Value {
    serde_json::to_value(claim::one(known, day(on), &ClaimId::parse(id).unwrap())).unwrap()
}

fn of_forum(known: &Known, on: &str) -> Value {
    serde_json::to_value(forum::one(known, day(on), &ForumId::parse("f").unwrap())).unwrap()
}

fn of_commitment(known: &Known, id: &str, on: &str) -> Value {
    serde_json::to_value(commitment::one(known, day(on), &CommitmentId::parse(id).unwrap())).unwrap()
}

fn of_programme(known: &Known, on: &str) -> Value {
    serde_json::to_value(programme::one(known, day(on), &ProgrammeId::parse("p").unwrap())).unwrap()
}

/// Claims on a responsibility, and whether it is disputed.
fn disputes(known: &Known, id: &str, on: &str) -> (Value, bool) {
    let id = ResponsibilityId::parse(id).unwrap();
    let value = serde_json::to_value(responsibility::one(known, day(on), &id)).unwrap();
    (value["claims"].clone(), value["disputed"].as_bool().unwrap())
}

/// A forum of a, b, c; d convenes.
fn formed() -> (Kit, Seq) {
    let mut kit = Kit::district();
    let data =
        json!({"forum": "f", "convener": "d", "members": ["a", "b", "c"], "basis": {"ref": "id/pp/2026/2"}});
    let seq = kit.say("forum.formed", data);
    (kit, seq)
}

#[test]
fn a_claim_stands_where_it_stood_on_the_day() {
    let (mut kit, _) = formed();
    let raised = json!({"claim": "cl", "kind": "overlap", "about": ["r:waste"], "against": ["b", "c"],
        "finding": "conflict:waste", "basis": {"ref": "id/uu/2020/1"}, "on": "2025-12-01"});
    let first = kit.says("a", "claim.raised", raised, None);
    let answer = kit.says("b", "claim.answered", json!({"claim": "cl", "on": "2025-12-05"}), None);
    let refer =
        kit.says("a", "claim.referred", json!({"claim": "cl", "forum": "f", "on": "2025-12-10"}), None);
    let data =
        json!({"claim": "cl", "outcome": "upheld", "keeps": "c", "decision": "d-1", "on": "2025-12-20"});
    kit.says("d", "claim.resolved", data, None);
    let known = known(&kit);
    assert_eq!(of_claim(&known, "cl", "2025-11-30"), Value::Null);
    let at = |on: &str| of_claim(&known, "cl", on);
    let whole = at("2025-12-20");
    let names = "claim kind agency about against finding basis on state answered forum outcome keeps decision evidence";
    assert_eq!(fields(&whole), sorted(names));
    for (on, state) in [
        ("2025-12-01", "raised"),
        ("2025-12-05", "answered"),
        ("2025-12-10", "referred"),
        ("2025-12-19", "referred"),
        ("2025-12-20", "resolved"),
    ] {
        assert_eq!(at(on)["state"], state, "{on}");
    }
    assert_eq!(at("2025-12-19")["evidence"], json!([first, answer, refer]));
    assert_eq!((&at("2025-12-19")["outcome"], &at("2025-12-09")["forum"]), (&Value::Null, &Value::Null));
    assert_eq!((&whole["agency"], &whole["keeps"], &whole["forum"]), (&"a".into(), &"c".into(), &"f".into()));
    assert_eq!(whole["answered"], json!([{"agency": "b", "on": "2025-12-05", "seq": answer}]));
    // what is disputed says so, for as long as the claim is open
    for (on, open) in
        [("2025-11-30", false), ("2025-12-01", true), ("2025-12-19", true), ("2025-12-20", false)]
    {
        let claims = if open { json!(["cl"]) } else { json!([]) };
        assert_eq!(disputes(&known, "waste", on), (claims, open), "{on}");
    }
    let id = ResponsibilityId::parse("waste").unwrap();
    let evidence = serde_json::to_value(responsibility::one(&known, day("2025-12-06"), &id)).unwrap();
    let evidence = evidence["evidence"].as_array().unwrap().clone();
    assert!(evidence.contains(&json!(first)) && evidence.contains(&json!(answer)), "{evidence:?}");
    assert!(evidence.is_sorted_by_key(|seq| seq.as_u64().unwrap()));
    assert_eq!(claim::page(&known, day("2025-11-30"), None, 10).items.len(), 0);
    assert_eq!(claim::page(&known, day("2026-01-06"), None, 10).items.len(), 3);
}

#[test]
fn a_corrected_claim_is_about_what_it_is_about_now() {
    let known = known(&Kit::district());
    assert_eq!(disputes(&known, "roads", "2026-01-06"), (json!(["cl-1"]), true));
    assert_eq!(disputes(&known, "schools", "2026-01-06"), (json!([]), false));
    assert_eq!(disputes(&known, "water-quality", "2026-01-06"), (json!(["cl-quality"]), true));
    assert_eq!(disputes(&known, "water-quality", "2026-01-07"), (json!([]), false));
}

#[test]
fn a_forum_is_what_was_last_said_of_it() {
    let (mut kit, formed) = formed();
    let before = known(&kit).day.to_string();
    let met =
        kit.says("d", "forum.met", json!({"forum": "f", "held_on": "2025-06-02", "present": ["a"]}), None);
    let earlier = kit.says("d", "forum.met", json!({"forum": "f", "held_on": "2025-03-02"}), None);
    kit.now.micros += 3 * 86_400_000_000;
    let data = json!({"forum": "f", "members": ["a", "b", "c", "d"], "rule": "majority", "convener": "a"});
    let changed = kit.says("d", "forum.changed", data, None);
    let known = known(&kit);
    let whole = of_forum(&known, &known.day.to_string());
    assert_eq!(fields(&whole), sorted("forum convener members rule quorum basis state meetings evidence"));
    assert_eq!(
        (&whole["convener"], &whole["rule"], &whole["quorum"]),
        (&"a".into(), &"majority".into(), &3.into())
    );
    assert_eq!(whole["members"], json!(["a", "b", "c", "d"]));
    assert_eq!(whole["basis"], json!([{"ref": "id/pp/2026/2"}]));
    let meetings = json!([{"held_on": "2025-03-02", "present": [], "seq": earlier},
        {"held_on": "2025-06-02", "present": ["a"], "seq": met}]);
    assert_eq!(whole["meetings"], meetings);
    assert_eq!(whole["evidence"], json!([formed, met, earlier, changed]));
    // a change without a date counts from its record day, the forming always
    let then = of_forum(&known, &before);
    assert_eq!(
        (&then["convener"], &then["rule"], &then["quorum"]),
        (&"d".into(), &"consensus".into(), &2.into())
    );
    let long_ago = of_forum(&known, "2025-03-02");
    assert_eq!(long_ago["meetings"].as_array().unwrap().len(), 1);
    assert_eq!(long_ago["evidence"], json!([formed, earlier]));
}

#[test]
fn a_commitment_is_overdue_when_agreed_to_and_past_its_day() {
    let (mut kit, _) = formed();
    let data = json!({"commitment": "m", "by": "b", "under": "f:f", "due": "2025-03-31", "on": "2025-01-10"});
    let made = kit.says("d", "commitment.made", data, None);
    let confirmed =
        kit.says("b", "commitment.confirmed", json!({"commitment": "m", "on": "2025-02-01"}), None);
    kit.says(
        "d",
        "commitment.changed",
        json!({"commitment": "m", "due": "2025-04-30", "on": "2025-04-10"}),
        None,
    );
    let shown = format!("sha-256:{:064}", 5);
    let data = json!({"commitment": "m", "evidence": [shown], "on": "2025-06-01"});
    kit.says("b", "commitment.fulfilled", data, None);
    let data =
        json!({"commitment": "idle", "by": "c", "under": "f:f", "due": "2025-01-31", "on": "2025-01-10"});
    kit.says("d", "commitment.made", data, None);
    let known = known(&kit);
    let at = |on: &str| of_commitment(&known, "m", on);
    assert_eq!(at("2025-01-09"), Value::Null);
    let names = "commitment by under agency on due confirmed state overdue evidence_digests evidence";
    assert_eq!(fields(&at("2025-06-01")), sorted(names));
    for (on, due, state, overdue) in [
        ("2025-03-31", "2025-03-31", "open", false),
        ("2025-04-01", "2025-03-31", "open", true),
        ("2025-04-10", "2025-04-30", "open", false),
        ("2025-05-01", "2025-04-30", "open", true),
        ("2025-06-01", "2025-04-30", "fulfilled", false),
    ] {
        let value = at(on);
        let found = (&value["due"], &value["state"], &value["overdue"]);
        assert_eq!(found, (&due.into(), &state.into(), &overdue.into()), "{on}");
    }
    assert_eq!(
        (&at("2025-01-31")["confirmed"], &at("2025-02-01")["confirmed"]),
        (&Value::Null, &json!(confirmed))
    );
    assert_eq!(at("2025-01-31")["evidence"], json!([made]));
    assert_eq!(at("2025-06-01")["evidence_digests"], json!([shown]));
    assert_eq!(of_commitment(&known, "idle", "2025-12-01")["overdue"], false, "nobody agreed");
    let page = |on| commitment::page(&known, day(on), None, 10).items.len();
    assert_eq!((page("2025-01-09"), page("2025-01-10")), (0, 2));
}

#[test]
fn a_programme_shows_how_far_its_goals_are() {
    let mut kit = Kit::district();
    let goal = |id: &str, by: &str| json!({"goal": id, "by": by, "unit": "km", "direction": "up", "baseline": "10", "target": "25.5", "due": "2026-12-31"});
    let data = json!({"programme": "p", "coordinator": "a", "members": ["b"], "responsibilities": ["roads", "waste"],
        "goals": [goal("paved", "b"), goal("lit", "c")]});
    let started = kit.says("a", "programme.started", data, None);
    let report = |value: &str, on: &str| json!({"programme": "p", "goal": "paved", "value": value, "on": on});
    kit.says("b", "programme.reported", report("15", "2025-03-31"), None);
    let later = kit.says("b", "programme.reported", report("19.5", "2025-09-30"), None);
    kit.says("b", "programme.reported", report("17", "2025-06-30"), None);
    kit.says("a", "programme.ended", json!({"programme": "p", "effective": "2026-01-04"}), None);
    let known = known(&kit);
    let whole = of_programme(&known, "2026-01-03");
    let names = "programme coordinator members responsibilities goals basis state ended evidence";
    assert_eq!(fields(&whole), sorted(names));
    assert_eq!(fields(&whole["goals"][0]), sorted("goal by unit direction baseline target due reported"));
    assert_eq!((&whole["state"], &whole["ended"]), (&"running".into(), &Value::Null));
    assert_eq!(whole["goals"][0]["reported"], json!({"value": "19.5", "on": "2025-09-30", "seq": later}));
    assert_eq!(whole["goals"][1]["reported"], Value::Null);
    let value = |on: &str| of_programme(&known, on)["goals"][0]["reported"]["value"].clone();
    assert_eq!((value("2025-09-29"), value("2025-06-29")), ("17".into(), "15".into()));
    let early = of_programme(&known, "2019-01-01");
    assert_eq!((&early["evidence"], &early["goals"][0]["reported"]), (&json!([started]), &Value::Null));
    let ended = of_programme(&known, "2026-01-04");
    assert_eq!((&ended["state"], &ended["ended"]), (&"ended".into(), &"2026-01-04".into()));
}

#[test]
fn votes_show_who_said_them_itself() {
    let (mut kit, _) = formed();
    let data = json!({"decision": "df", "decided_by": "f:f", "decided_on": "2026-01-05", "capacity": "own",
        "about": ["c:cl-1"], "basis": {"unknown": true}, "in_force": {"from": "2026-01-05"},
        "votes": [{"agency": "a", "vote": "for"}, {"agency": "b", "vote": "for"}]});
    kit.says("d", "decision.recorded", data, None);
    let voted = |vote: &str| json!({"decision": "df", "vote": vote});
    let b = kit.says("b", "decision.voted", voted("against"), None);
    let c = kit.says("c", "decision.voted", voted("abstain"), None);
    let known = known(&kit);
    let found = decision::one(&known, day("2026-01-05"), &DecisionId::parse("df").unwrap());
    let value = serde_json::to_value(found).unwrap();
    let own =
        |vote: &str, seq: crate::domain::Seq| json!({"vote": vote, "seq": seq, "assurance": "attested"});
    let votes = json!([{"agency": "a", "recorded": "for", "own": null},
        {"agency": "b", "recorded": "for", "own": own("against", b)},
        {"agency": "c", "recorded": null, "own": own("abstain", c)}]);
    assert_eq!((&value["votes"], &value["decided_by"]), (&votes, &"f:f".into()));
    // a forum's authority is not judged
    assert_eq!(value["authority"], "unknown");
}

#[test]
fn an_authority_reaches_through_claims_and_programmes() {
    let mut kit = Kit::district();
    let data = json!({"programme": "p", "coordinator": "d", "responsibilities": ["waste"]});
    kit.says("d", "programme.started", data, None);
    let on = "2026-01-12";
    // c is accountable for waste and for roads, by delegation from a
    for (id, by, about, want) in [
        ("d-2", "c", "p:p", "alive"),
        ("d-3", "a", "p:p", "without-authority"),
        ("d-4", "c", "c:cl-1", "alive"),
        ("d-5", "d", "c:cl-1", "without-authority"),
    ] {
        let data = json!({"decision": id, "about": [about], "decided_by": by, "decided_on": on, "capacity": "own",
            "basis": {"unknown": true}, "in_force": {"from": on}});
        kit.says(by, "decision.recorded", data, None);
        let known = known(&kit);
        let found = decision::one(&known, day(on), &DecisionId::parse(id).unwrap());
        assert_eq!(serde_json::to_value(found).unwrap()["authority"], want, "{by} about {about}");
    }
}

#[test]
fn a_comparison_of_a_forum_names_what_changed_it_and_how_late() {
    let (mut kit, formed) = formed();
    kit.agency("bystander");
    let met = kit.says("d", "forum.met", json!({"forum": "f", "held_on": "2025-12-01"}), None);
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    let id = ForumId::parse("f").unwrap();
    let ask = |at: &KnownAt, scope: Scope<'_>| views.known(at, scope, kit.now);
    let both = (&KnownAt::Newest, &KnownAt::Seq(formed));
    let object = |known: &Known, day| forum::one(known, day, &id);
    let found = compare::answer(&kit.reader(), &ask, both, None, &Compared::forum(&id), &object);
    let changed = found.unwrap().unwrap().changed_by;
    let late = Date::parse("2026-01-07").unwrap().days_since(day("2025-12-01"));
    assert_eq!(changed.len(), 1);
    assert_eq!((changed[0].seq, changed[0].agency.as_deref()), (met, Some("d")));
    assert!((late - 1..=late + 1).contains(&changed[0].late_days), "{}", changed[0].late_days);
}

#[test]
fn a_closed_agency_leaves_open_commitments_and_offices_behind() {
    let (mut kit, _) = formed();
    for id in ["kept", "done", "other"] {
        let by = if id == "other" { "b" } else { "old" };
        let data =
            json!({"commitment": id, "by": by, "under": "f:f", "due": "2026-03-31", "on": "2025-12-01"});
        kit.says("d", "commitment.made", data, None);
    }
    kit.says("d", "commitment.fulfilled", json!({"commitment": "done", "on": "2026-01-10"}), None);
    for id in ["desk", "moved", "shut"] {
        let data = json!({"agency": id, "name": {"en": id}, "kind": "post", "parents": ["old"]});
        kit.say("agency.registered", data);
    }
    let above = json!({"agency": "moved", "parents": ["b"], "effective": "2026-01-10"});
    kit.say("agency.changed", above);
    let shut =
        json!({"agency": "shut", "how": "dissolved", "effective": "2026-01-10", "basis": {"unknown": true}});
    kit.say("agency.closed", shut);
    let late = json!({"agency": "a", "parents": ["old"], "effective": "2026-01-11"});
    kit.say("agency.changed", late);
    let left = |known: &Known, on: &str| {
        let answer = agency::one(known, day(on), &AgencyId::parse("old").unwrap());
        serde_json::to_value(answer).unwrap()["left_behind"].clone()
    };
    let newest = known(&kit);
    assert_eq!(left(&newest, "2026-01-07"), Value::Null, "it is not closed yet");
    let first = json!(["r:water-supply", "h:h-water", "m:done", "m:kept", "a:desk", "a:moved", "a:shut"]);
    assert_eq!(left(&newest, "2026-01-09"), first);
    let then = json!(["r:water-supply", "h:h-water", "m:kept", "a:desk"]);
    assert_eq!(left(&newest, "2026-01-10"), then);
    let later = json!(["r:water-supply", "h:h-water", "m:kept", "a:a", "a:desk"]);
    assert_eq!(left(&newest, "2026-01-11"), later);
    // the same from what was persisted
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    views.close().unwrap();
    assert_eq!(left(&known(&kit), "2026-01-11"), later);
}
