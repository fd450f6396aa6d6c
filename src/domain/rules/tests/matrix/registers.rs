//! Rows of what is kept by a power: the ledger's own words, policy, agencies, keys, registers, details.

use serde_json::{Value, json};

use super::super::told::{agency, defined, with};
use super::cast::{OVERSEERS, active};
use super::row::{Row, row};
use super::world::{World, basis, key, kid};

const NOBODY: &[&str] = &[];
const REGISTRAR: &[&str] = &["registrar"];

pub(super) fn rows(world: &World) -> Vec<Row> {
    [ledger(), agencies(), keys(), registers(), details(world)].into_iter().flatten().collect()
}

/// Only the registrar, by its power.
fn registrar(kind: &'static str, what: &'static str, data: Value) -> Row {
    row(kind, what, data, REGISTRAR, "not-entitled")
}

/// The registrar, approved by one of these.
fn approved(kind: &'static str, what: &'static str, data: Value, by: &'static [&'static str]) -> Row {
    registrar(kind, what, data).approved("registrar", by)
}

/// What only the ledger says is not asked who says it.
fn ledgers(kind: &'static str, data: Value) -> Row {
    let nobody = row(kind, "", data, NOBODY, "not-entitled");
    ["closed", "gone", "winding", "unheard"].into_iter().fold(nobody, |row, who| row.but(who, "not-entitled"))
}

fn ledger() -> Vec<Row> {
    let digest = format!("sha-256:{:064}", 0);
    vec![
        ledgers("ledger.opened", json!({"origin": "mine", "zone": "UTC", "vkey": "v", "policy": {}})),
        ledgers("ledger.index", json!({"size": 1, "root": "r"})),
        ledgers("ledger.key_rotated", json!({"vkey": "v", "size": 1, "signature": "s"})),
        ledgers("token.registered", json!({"token": "mine", "role": "recorder", "agency": "holder"})),
        ledgers("token.revoked", json!({"token": "t"})),
        ledgers("handoff.lapsed", json!({"handoff": "open", "rule": "expired"})),
        registrar(
            "witness.registered",
            "",
            json!({"name": "another", "vkey": "another+00+other", "url": "http://another"}),
        ),
        registrar("witness.retired", "", json!({"name": "watching"})),
        approved("policy.changed", "", json!({"late_days": 3}), OVERSEERS),
        row("approval.given", "", json!({"approves": digest}), &active(), "ok"),
    ]
}

fn agencies() -> Vec<Row> {
    let changed = |id: &str, more| with(json!({"agency": id, "effective": "2024-06-01"}), more);
    let closed = |id: &str| json!({"agency": id, "how": "dissolved", "successors": [], "effective": "2024-06-01", "basis": basis()});
    let powers = json!({"powers": ["court"]});
    vec![
        registrar("agency.registered", "", agency("another", &[])),
        approved("agency.registered", "with a power", agency("another", &["court"]), OVERSEERS),
        registrar("agency.changed", "its name", changed("stranger", json!({"name": {"en": "S"}}))),
        approved("agency.changed", "its powers", changed("stranger", powers.clone()), OVERSEERS),
        approved("agency.changed", "an overseer's powers", changed("interested", powers), &["overseer"]),
        registrar("agency.closed", "", closed("stranger")),
        approved("agency.closed", "with a power", closed("court"), OVERSEERS),
        approved("agency.closed", "an overseer", closed("interested"), &["overseer"]),
    ]
}

fn keys() -> Vec<Row> {
    let revoked = |of: &str, letter: &str| json!({"agency": of, "kid": kid(letter)});
    vec![
        registrar("key.registered", "the first", key("stranger", "S")),
        approved("key.registered", "another", key("holder", "J"), OVERSEERS),
        approved("key.registered", "another of an overseer", key("interested", "J"), &["overseer"]),
        approved("key.revoked", "", revoked("holder", "H"), OVERSEERS),
        approved("key.revoked", "an overseer's", revoked("interested", "I"), &["overseer"]),
    ]
}

fn registers() -> Vec<Row> {
    let of = |id: &str, more| {
        with(json!({"responsibility": id, "effective": "2024-06-01", "basis": basis()}), more)
    };
    let split = json!({"into": ["part"], "remainder": "unassigned"});
    vec![
        registrar("territory.registered", "", json!({"territory": "there", "name": {"en": "There"}})),
        registrar("territory.changed", "", json!({"territory": "here", "effective": "2024-06-01"})),
        registrar("instrument.recorded", "", json!({"ref": "id/uu/1", "status": "verified"})),
        registrar("responsibility.defined", "", defined("another", json!({}))),
        registrar("responsibility.changed", "", of("housing", json!({"name": {"en": "H"}}))),
        registrar("responsibility.split", "", of("housing", split)),
        registrar("responsibility.retired", "", of("housing", json!({}))),
    ]
}

fn details(world: &World) -> Vec<Row> {
    let of = |field: &str| json!({"seq": world.deed, "fields": [field], "basis": basis()});
    vec![
        registrar("details.restricted", "", of("title")),
        registrar("details.held", "", of("title")),
        registrar("details.released", "", of("held")),
        approved("details.erased", "", of("title"), OVERSEERS),
    ]
}
