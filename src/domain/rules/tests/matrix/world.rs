//! The ledger that the matrix is said to: an object for every role that DOMAIN section 4 names.

use serde_json::{Value, json};

use super::super::super::super::{Seq, Voice};
use super::super::told::{Told, agency, decided, defined, made, with};
use super::cast::CAST;

/// The day on which the matrix is said.
pub(super) const DAY: &str = "2024-06-01";

/// The key of the holder, and that of the interested overseer.
pub(super) const KEYS: [(&str, &str); 2] = [("holder", "H"), ("interested", "I")];

/// A ledger, and the seqs of entries that somebody might take back.
pub(super) struct World {
    pub(super) told: Told,
    /// The holder's act, on which nothing rests.
    pub(super) deed: Seq,
    /// An act of the interested overseer.
    pub(super) interested_deed: Seq,
    /// The decider's decision, which a later one of the holder cites.
    pub(super) cited: Seq,
}

pub(super) fn basis() -> Value {
    json!({"ref": "id/uu/1"})
}

pub(super) fn kid(letter: &str) -> String {
    letter.repeat(43)
}

/// A key of an agency, of one letter.
pub(super) fn key(agency: &str, letter: &str) -> Value {
    let jwk = json!({"crv": "Ed25519", "kty": "OKP", "x": kid(letter)});
    json!({"agency": agency, "kid": kid(letter), "jwk": jwk})
}

/// An act in the agency's own capacity.
pub(super) fn act(id: &str, agency: &str) -> Value {
    json!({"act": id, "code": {"scheme": "acts", "value": "permit"}, "responsibility": "housing",
        "agency": agency, "capacity": "own", "on": "2024-02-01"})
}

/// A decision of the forum, carried by both members.
pub(super) fn resolved(id: &str) -> Value {
    let votes = json!([{"agency": "convener", "vote": "for"}, {"agency": "member", "vote": "for"}]);
    decided(json!({"decision": id, "decided_by": "f:forum", "votes": votes}))
}

/// A handoff of the responsibility of the same name, from the holder.
pub(super) fn handoff(id: &str, regime: &str, effective: &str, more: Value) -> Value {
    let data = json!({"handoff": id, "responsibilities": [id], "from": "holder", "to": "receiver",
        "regime": regime, "effective": effective, "basis": basis()});
    with(data, more)
}

/// The world, with its overseers or, where nobody has the power, with two agencies in their place.
pub(super) fn world(overseen: bool) -> World {
    let mut told = registered(overseen);
    registers(&mut told);
    forum(&mut told);
    for id in ["closed", "gone", "winding"] {
        left(&mut told, id);
    }
    closings(&mut told);
    let (deed, interested_deed, cited) = decisions(&mut told);
    let held = json!({"seq": deed, "fields": ["held"], "basis": basis()});
    told.ok(("2024-02-03", "registrar", "details.held", held));
    handoffs(&mut told);
    undertakings(&mut told);
    World { told, deed, interested_deed, cited }
}

/// The agencies; the ledger's own entries come first.
fn registered(overseen: bool) -> Told {
    let mut told = Told::default();
    let opened = json!({"origin": "test", "zone": "Asia/Jakarta", "vkey": "v", "policy": {}});
    told.own(Voice::Init, "ledger.opened", opened).unwrap();
    told.own(Voice::Init, "agency.registered", agency("registrar", &["registrar"])).unwrap();
    told.own(Voice::Token, "token.registered", json!({"token": "t", "role": "auditor"})).unwrap();
    let rest = CAST.iter().map(|(id, _)| *id).filter(|id| !["registrar", "parent", "unheard"].contains(id));
    for id in ["parent"].into_iter().chain(rest) {
        let powers: &[&str] = match id {
            "overseer" | "interested" if overseen => &["overseer"],
            "court" => &["court"],
            _ => &[],
        };
        let approved_by: &[&str] = match id {
            "interested" | "court" if overseen => &["overseer"],
            _ => &[],
        };
        let parents: &[&str] = if ["holder", "decider"].contains(&id) { &["parent"] } else { &[] };
        let more = json!({"parents": parents, "approved_by": approved_by});
        told.ok(("2024-01-01", "registrar", "agency.registered", with(agency(id, powers), more)));
    }
    told
}

/// Responsibilities, all held by the holder but `free` and `part`, and what is held under it.
fn registers(told: &mut Told) {
    let mut say = |who, kind, data| told.ok(("2024-01-02", who, kind, data));
    say("registrar", "territory.registered", json!({"territory": "here", "name": {"en": "Here"}}));
    let witness = json!({"name": "watching", "vkey": "watching+00+k", "url": "http://watching"});
    say("registrar", "witness.registered", witness);
    for (agency, letter) in KEYS {
        say("registrar", "key.registered", key(agency, letter));
    }
    let held = ["housing", "permits", "open", "agreed", "law", "bare", "later", "resolved"];
    for id in held.into_iter().chain(["to-closed", "to-gone", "to-winding"]) {
        say("registrar", "responsibility.defined", defined(id, json!({})));
        let basis = json!({"from": "2023-01-01"});
        let holding = made(&format!("as_{id}"), id, "holder", json!({"valid": basis}));
        say("registrar", "assignment.made", holding);
    }
    say("registrar", "responsibility.defined", defined("free", json!({})));
    let part = json!({"parent": "housing", "code": {"scheme": "cofog", "value": "06.1.1"}});
    say("registrar", "responsibility.defined", defined("part", part));
    let mandate = json!({"role": "executor", "under": "as_housing"});
    say("holder", "assignment.made", made("as_executor", "housing", "executor", mandate));
    let delegation = json!({"mode": "delegation", "under": "as_permits"});
    say("holder", "assignment.made", made("as_delegate", "permits", "delegate", delegation));
    say(
        "holder",
        "assignment.made",
        made("as_supporter", "housing", "supporter", json!({"role": "supporter"})),
    );
    let care = json!({"role": "caretaker", "components": ["budget"]});
    say("registrar", "assignment.made", made("as_caretaker", "housing", "caretaker", care));
}

fn forum(told: &mut Told) {
    let formed = json!({"forum": "forum", "convener": "convener", "members": ["convener", "member"]});
    told.ok(("2024-01-03", "convener", "forum.formed", formed));
}

/// What an agency takes part in that is to be closed: one object of each kind.
fn left(told: &mut Told, id: &'static str) {
    let mut say = |who, kind, data| told.ok(("2024-01-10", who, kind, data));
    let named = |prefix: &str| format!("{prefix}-{id}");
    let steps =
        json!([{"step": "done", "kind": "budget", "by": id}, {"step": "open", "kind": "asset", "by": id}]);
    let (to, bare, plain) = (named("to"), named("bare"), named("plain"));
    say(
        "registrar",
        "handoff.proposed",
        handoff(&to, "by_law", "2024-01-05", json!({"to": id, "steps": steps})),
    );
    say(id, "handoff.step_done", json!({"handoff": to, "step": "done"}));
    let of = json!({"to": id, "responsibilities": [to]});
    say("registrar", "handoff.proposed", handoff(&bare, "by_law", "2024-01-05", of.clone()));
    say("registrar", "handoff.proposed", handoff(&plain, "by_law", "2024-01-05", of));
    say(id, "handoff.acknowledged", json!({"handoff": bare, "reservations": [{"reservation": "q"}]}));
    say(id, "claim.raised", json!({"claim": named("claim"), "kind": "gap", "about": ["r:free"]}));
    let own = json!({"forum": named("forum"), "convener": id, "members": [id]});
    say(id, "forum.formed", own);
    let promise = json!({"commitment": named("promise"), "by": id, "under": "f:forum", "due": "2025-01-01"});
    say(id, "commitment.made", promise);
    let goals = json!([{"goal": "g", "by": id, "unit": "homes", "direction": "up", "target": "1", "due": "2025-01-01"}]);
    let programme = json!({"programme": named("programme"), "coordinator": id, "members": [],
        "responsibilities": ["housing"], "goals": goals});
    say(id, "programme.started", programme);
    let on = json!({"decision": named("ruling"), "decided_by": id, "decided_on": "2024-01-09"});
    say(id, "decision.recorded", decided(on));
    let votes = json!([{"agency": id, "vote": "for"}]);
    let by_forum = json!({"decision": named("resolution"), "decided_by": format!("f:{}", named("forum")),
        "decided_on": "2024-01-10", "votes": votes});
    say(id, "decision.recorded", decided(by_forum));
}

fn closings(told: &mut Told) {
    for (id, successors, until) in [
        ("closed", json!(["heir"]), None),
        ("gone", json!([]), None),
        ("winding", json!(["heir"]), Some("2024-12-31")),
    ] {
        let data = json!({"agency": id, "how": "replaced", "successors": successors, "effective": "2024-01-15",
            "winding_up_until": until, "basis": basis()});
        told.ok(("2024-01-11", "registrar", "agency.closed", data));
    }
}

/// Decisions and acts.
fn decisions(told: &mut Told) -> (Seq, Seq, Seq) {
    let mut say = |who, kind, data| told.ok(("2024-02-02", who, kind, data));
    let deed = say("holder", "act.recorded", act("deed", "holder"));
    let interested_deed = say("interested", "act.recorded", act("interested-deed", "interested"));
    let ruling = |id: &str, by: &str| decided(json!({"decision": id, "decided_by": by}));
    say("decider", "decision.recorded", ruling("ruling", "decider"));
    say("interested", "decision.recorded", ruling("interested-ruling", "interested"));
    let cited = say("decider", "decision.recorded", ruling("cited", "decider"));
    let cites = json!({"relations": [{"verb": "cites", "decision": "cited"}]});
    say("holder", "decision.recorded", with(ruling("citing", "holder"), cites));
    say("convener", "decision.recorded", resolved("resolution"));
    (deed, interested_deed, cited)
}

/// Handoffs: proposed and agreed ones, by law with steps and without, one of a day to come.
fn handoffs(told: &mut Told) {
    let mut say = |who, kind, data| told.ok(("2024-03-02", who, kind, data));
    let later = "2024-07-01";
    say("holder", "handoff.proposed", handoff("open", "by_agreement", later, json!({})));
    say("holder", "handoff.proposed", handoff("agreed", "by_agreement", later, json!({})));
    say("receiver", "handoff.accepted", json!({"handoff": "agreed"}));
    let steps = json!([{"step": "done", "kind": "budget", "by": "doer"}, {"step": "open", "kind": "asset", "by": "doer"}]);
    let by_law = |id: &str, on: &str, more| handoff(id, "by_law", on, more);
    let law = json!({"steps": steps, "basis": {"ref": "d:ruling"}});
    say("registrar", "handoff.proposed", by_law("law", "2024-03-01", law));
    say(
        "receiver",
        "handoff.acknowledged",
        json!({"handoff": "law", "reservations": [{"reservation": "q"}]}),
    );
    say("doer", "handoff.step_done", json!({"handoff": "law", "step": "done"}));
    say("registrar", "handoff.proposed", by_law("bare", "2024-03-01", json!({})));
    say("registrar", "handoff.proposed", by_law("later", later, json!({})));
    let on_forum = json!({"basis": {"ref": "d:resolution"}});
    say("registrar", "handoff.proposed", by_law("resolved", "2024-03-01", on_forum));
}

/// Claims, commitments and a programme.
fn undertakings(told: &mut Told) {
    let mut say = |who, kind, data| told.ok(("2024-04-01", who, kind, data));
    let claim = |id: &str, against: &[&str]| json!({"claim": id, "kind": "authority", "about": ["r:housing"], "against": against});
    say("claimant", "claim.raised", claim("claim", &["holder", "interested"]));
    say("claimant", "claim.raised", claim("referred", &["holder", "interested"]));
    say("claimant", "claim.referred", json!({"claim": "referred", "forum": "forum"}));
    say("claimant", "claim.raised", claim("against-convener", &["convener"]));
    say("claimant", "claim.referred", json!({"claim": "against-convener", "forum": "forum"}));
    let promise =
        |id: &str| json!({"commitment": id, "by": "obligor", "under": "f:forum", "due": "2025-01-01"});
    say("convener", "commitment.made", promise("laid-upon"));
    say("obligor", "commitment.made", promise("promised"));
    let goals = json!([{"goal": "g", "by": "reporter", "unit": "homes", "direction": "up", "target": "1",
        "due": "2025-01-01"}]);
    let programme = json!({"programme": "programme", "coordinator": "coordinator", "members": ["partner"],
        "responsibilities": ["housing"], "goals": goals});
    say("coordinator", "programme.started", programme);
}
