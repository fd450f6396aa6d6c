//! Attacks that a ledger refuses, tried from outside (docs/INVARIANTS.md, A).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use estafet::domain::Data;

use super::kit::{Ledger, Server, beginning};

/// What an agency without powers would say of others, for every type an agency can say.
fn usurpations() -> Vec<(&'static str, Value)> {
    let basis = json!({"unknown": true});
    let handoff = json!({"handoff": "ho-1"});
    vec![
        ("policy.changed", json!({"late_days": 1})),
        ("witness.registered", json!({"name": NAME, "vkey": VKEY, "url": "http://127.0.0.1:9"})),
        ("witness.retired", json!({"name": "witness.example/w2"})),
        ("agency.registered", json!({"agency": "mine", "name": {"en": "Mine"}, "kind": "office"})),
        ("agency.changed", json!({"agency": "kemen-pu", "effective": "2024-01-01", "kind": null})),
        (
            "agency.closed",
            json!({"agency": "kemen-pu", "how": "dissolved", "successors": [], "effective": "2024-01-01", "basis": basis}),
        ),
        ("territory.registered", json!({"territory": "t", "name": {"en": "T"}})),
        ("territory.changed", json!({"territory": "here", "effective": "2024-01-01"})),
        ("instrument.recorded", json!({"ref": "id/x", "status": "verified"})),
        (
            "responsibility.defined",
            json!({"responsibility": "mine", "name": {"en": "M"}, "code": {"scheme": "s", "value": "m"}}),
        ),
        (
            "responsibility.changed",
            json!({"responsibility": "housing", "effective": "2024-01-01", "basis": basis}),
        ),
        (
            "responsibility.split",
            json!({"responsibility": "housing", "into": ["part"], "remainder": "none", "effective": "2024-01-01", "basis": basis}),
        ),
        ("responsibility.retired", json!({"responsibility": "housing", "effective": "2024-01-01"})),
        (
            "assignment.made",
            json!({"responsibility": "part", "agency": "mallory", "role": "accountable", "valid": {"from": "2024-01-01"}, "basis": basis}),
        ),
        (
            "assignment.ended",
            json!({"assignment": "housing-first", "effective": "2024-01-01", "reason": "revoked", "basis": basis}),
        ),
        (
            "assignment.changed",
            json!({"assignment": "housing-first", "effective": "2024-01-01", "basis": basis}),
        ),
        (
            "handoff.proposed",
            json!({"handoff": "ho-2", "responsibilities": ["housing"], "from": "kemen-pu", "to": "mallory", "regime": "by_agreement", "effective": "2024-01-01", "basis": basis}),
        ),
        ("handoff.accepted", handoff.clone()),
        ("handoff.acknowledged", handoff.clone()),
        ("handoff.declined", handoff.clone()),
        ("handoff.withdrawn", handoff.clone()),
        ("handoff.changed", json!({"handoff": "ho-1", "effective": "2025-01-01", "basis": basis})),
        ("handoff.step_added", json!({"handoff": "ho-1", "step": "s2", "kind": "asset", "by": "mallory"})),
        ("handoff.step_done", json!({"handoff": "ho-1", "step": "s1"})),
        ("handoff.step_confirmed", json!({"handoff": "ho-1", "step": "s1"})),
        ("handoff.reservation_lifted", json!({"handoff": "ho-3", "reservation": "r1"})),
        ("handoff.closed", handoff),
        ("handoff.reversed", json!({"handoff": "ho-1", "effective": "2024-11-01", "decision": "d-1"})),
        (
            "decision.recorded",
            json!({"decision": "d-2", "about": ["r:housing"], "decided_by": "kemen-pu", "decided_on": "2024-01-01", "capacity": "own", "basis": basis, "in_force": {"from": "2024-01-01"}}),
        ),
        ("decision.delivered", json!({"decision": "d-1", "to": "kemen-pkp", "on": "2024-01-02"})),
        (
            "act.recorded",
            json!({"act": "x", "code": {"scheme": "s", "value": "v"}, "responsibility": "housing", "agency": "kemen-pu", "capacity": "own", "on": "2024-01-01"}),
        ),
        ("key.revoked", json!({"agency": "kemen-pu", "kid": KID})),
        ("record.withdrawn", json!({"seq": 6})),
    ]
    .into_iter()
    .chain(undertakings())
    .collect()
}

/// The same of claims, forums, commitments, programmes and of the record.
fn undertakings() -> Vec<(&'static str, Value)> {
    let basis = json!({"unknown": true});
    let (claim, commitment) = (json!({"claim": "c-1"}), json!({"commitment": "m-1"}));
    let details = json!({"seq": 6, "fields": ["title"], "basis": basis});
    vec![
        ("claim.answered", claim.clone()),
        ("claim.referred", json!({"claim": "c-1", "forum": "f-1"})),
        ("claim.withdrawn", claim),
        ("claim.resolved", json!({"claim": "c-1", "outcome": "moot"})),
        ("forum.formed", json!({"forum": "f-2", "convener": "kemen-pu", "members": ["kemen-pu"]})),
        ("forum.changed", json!({"forum": "f-1", "quorum": 1})),
        ("forum.met", json!({"forum": "f-1", "held_on": "2024-02-01"})),
        (
            "commitment.made",
            json!({"commitment": "m-2", "by": "kemen-pu", "under": "d:d-1", "due": "2030-01-01"}),
        ),
        ("commitment.confirmed", commitment.clone()),
        ("commitment.changed", json!({"commitment": "m-1", "due": "2031-01-01"})),
        ("commitment.fulfilled", commitment.clone()),
        ("commitment.dropped", commitment),
        (
            "programme.started",
            json!({"programme": "p-2", "coordinator": "kemen-pu", "members": [], "responsibilities": ["housing"], "goals": []}),
        ),
        ("programme.changed", json!({"programme": "p-1", "coordinator": "mallory"})),
        ("programme.reported", json!({"programme": "p-1", "goal": "g", "value": "1", "on": "2024-01-01"})),
        ("programme.ended", json!({"programme": "p-1", "effective": "2024-01-01"})),
        ("finding.tolerated", json!({"finding": "stalled:ho-1", "until": "2099-01-01", "basis": basis})),
        ("details.restricted", details.clone()),
        ("details.held", details.clone()),
        ("details.released", details.clone()),
        ("details.erased", details),
    ]
}

/// The key of RFC 8037, appendix A.
const KID: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

/// A witness's key (docs/FORMAT.md, section 5), and one that is registered already.
const NAME: &str = "witness.example/w1";
const VKEY: &str = "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";
const SECOND: &str = "witness.example/w2+d8c59cc6+BCVDuS/xCVURR2rcg2nbbdyTNmWhGXjdoUBO4QZsqVWd";

/// Types that this attack cannot take: what the ledger says itself, what any agency may say of
/// itself, and votes, which tests/it/story.rs tries.
const OTHERWISE: &[&str] = &[
    "ledger.opened",
    "ledger.index",
    "ledger.key_rotated",
    "token.registered",
    "token.revoked",
    "handoff.lapsed",
    "approval.given",
    "key.registered",
    "claim.raised",
    "decision.voted",
];

/// A ledger where there is something to usurp.
fn peopled() -> Ledger {
    let ledger = Ledger::new();
    let mut statements = beginning();
    statements.extend([
        json!({"type": "agency.registered", "jti": "m", "data": {"agency": "mallory", "name": {"en": "M"}, "kind": "office"}}),
        json!({"type": "witness.registered", "jti": "w", "data": {"name": "witness.example/w2",
            "vkey": SECOND, "url": "http://127.0.0.1:9"}}),
        json!({"type": "territory.registered", "jti": "t", "data": {"territory": "here", "name": {"en": "H"}}}),
        json!({"type": "responsibility.defined", "jti": "p", "data": {"responsibility": "part", "name": {"en": "P"},
            "code": {"scheme": "functions", "value": "housing.part"}}}),
        json!({"type": "handoff.proposed", "jti": "h", "agency": "kemen-pu", "data": {"handoff": "ho-1",
            "responsibilities": ["housing"], "from": "kemen-pu", "to": "kemen-pkp", "regime": "by_agreement",
            "effective": "2024-10-21", "on": "2024-10-01", "steps": [{"step": "s1", "kind": "budget", "by": "kemen-pu"}],
            "basis": {"unknown": true}}}),
        json!({"type": "handoff.proposed", "jti": "h3", "data": {"handoff": "ho-3", "responsibilities": ["part"],
            "from": "kemen-pu", "to": "kemen-pkp", "regime": "by_law", "effective": "2024-10-21",
            "basis": {"unknown": true}}}),
        json!({"type": "handoff.acknowledged", "jti": "a3", "agency": "kemen-pkp",
            "data": {"handoff": "ho-3", "reservations": [{"reservation": "r1"}]}}),
        json!({"type": "decision.recorded", "jti": "d", "agency": "kemen-pu", "data": {"decision": "d-1",
            "about": ["r:housing"], "decided_by": "kemen-pu", "decided_on": "2024-01-01", "capacity": "own",
            "basis": {"unknown": true}, "in_force": {"from": "2024-01-01"}}}),
        json!({"type": "key.registered", "jti": "k", "data": {"agency": "kemen-pu", "kid": KID, "jwk": {"kty": "OKP",
            "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}}),
        json!({"type": "claim.raised", "jti": "c", "agency": "kemen-pu", "data": {"claim": "c-1", "kind": "handoff",
            "about": ["h:ho-1"], "against": ["kemen-pkp"]}}),
        json!({"type": "forum.formed", "jti": "f", "agency": "kemen-pu", "data": {"forum": "f-1", "convener": "kemen-pu",
            "members": ["kemen-pu", "kemen-pkp"]}}),
        json!({"type": "commitment.made", "jti": "cm", "agency": "kemen-pu", "data": {"commitment": "m-1", "by": "kemen-pkp",
            "under": "f:f-1", "due": "2030-01-01"}}),
        json!({"type": "programme.started", "jti": "pr", "agency": "kemen-pu", "data": {"programme": "p-1", "coordinator": "kemen-pu",
            "members": ["kemen-pkp"], "responsibilities": ["housing"], "goals": [{"goal": "g", "by": "kemen-pkp", "unit": "homes",
            "direction": "up", "target": "10", "due": "2030-01-01"}]}}),
    ]);
    let done = ledger.import(&statements);
    assert_eq!(done.exit, 0, "{}", done.stderr);
    ledger
}

#[test]
fn a1_nobody_speaks_for_another() {
    let ledger = peopled();
    let said: BTreeSet<_> = usurpations().into_iter().map(|(type_name, _)| type_name).collect();
    let all: BTreeSet<_> = Data::TYPES.iter().copied().filter(|name| !OTHERWISE.contains(name)).collect();
    assert_eq!(said, all, "every type an agency can say is tried");
    let token = ledger.token("recorder", Some("mallory"));
    let server = Server::start(&ledger.dir());
    let size = || server.request("GET", "/v1/audit", None, None).1["size"].clone();
    let before = size();
    for (n, (type_name, mut data)) in usurpations().into_iter().enumerate() {
        if let Some(object) = data.as_object_mut() {
            object.retain(|_, value| !value.is_null());
        }
        let body = json!({"type": type_name, "jti": format!("{n}"), "data": data}).to_string();
        let (status, problem) = server.request("POST", "/v1/events", Some(&token), Some(&body));
        let code = problem["code"].as_str().unwrap_or_default();
        assert!(
            status == 403 && matches!(code, "not-a-party" | "not-entitled"),
            "{type_name}: {status} {problem}"
        );
    }
    assert_eq!(size(), before, "nothing was recorded");
}

#[test]
fn a9_no_path_leads_out() {
    let ledger = Ledger::new();
    let server = Server::start(&ledger.dir());
    for path in [
        "/../ledger.toml",
        "/..%2fkeys%2fledger",
        "/v1/events/..%2f..%2fhead",
        "/v1/events/%2e%2e/head",
        "/v1/instruments/..%2F..%2Fkeys%2Fledger",
        "/v1/agencies/%00",
        "/problems/..%2f..%2fledger.toml",
        "//etc/passwd",
    ] {
        let (status, problem) = server.request("GET", path, None, None);
        assert!((400..500).contains(&status), "{path}: {status} {problem}");
        assert!(problem["code"].is_string(), "{path}: {problem}");
    }
}
