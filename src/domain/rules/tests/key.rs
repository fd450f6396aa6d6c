//! Keys: who registers and revokes them, and once.

use serde_json::{Value, json};

use super::super::super::{AgencyId, Kid, Speaker, TokenId, Voice};
use super::told::{Told, check, line, with};

/// A key's name, all of one letter.
fn kid(letter: &str) -> String {
    letter.repeat(43)
}

fn key(agency: &str, letter: &str) -> Value {
    let jwk = json!({"crv": "Ed25519", "kty": "OKP", "x": letter.repeat(43)});
    json!({"agency": agency, "kid": kid(letter), "jwk": jwk})
}

fn revoking(agency: &str, letter: &str) -> Value {
    json!({"agency": agency, "kid": kid(letter)})
}

/// Signed at the noon at which [`Told`] records.
fn signed(agency: &str, letter: &str) -> Speaker {
    let kid = Kid::parse(&kid(letter)).unwrap();
    // 2024-01-02T05:00:00Z
    Speaker::Signed { agency: AgencyId::parse(agency).unwrap(), kid, aud: "test".into(), iat: 1_704_171_600 }
}

fn token(agency: &str) -> Speaker {
    Speaker::Token { agency: AgencyId::parse(agency).unwrap(), token: TokenId::parse("t").unwrap() }
}

fn say(told: &mut Told, speaker: Speaker, kind: &str, data: Value) -> String {
    let claims = json!({"jti": format!("k{}", told.events.len()), "type": kind, "data": data});
    match told.say("2024-01-02", speaker, &claims) {
        Ok(_) => "ok".to_owned(),
        Err(refusal) => refusal.code.to_string(),
    }
}

/// [`Told::held`], where `t` is a token of agency a.
fn given() -> Told {
    let mut told = Told::held();
    let registered = json!({"token": "t", "role": "recorder", "agency": "a"});
    told.own(Voice::Token, "token.registered", registered).unwrap();
    told
}

/// The same, and a has the live key A.
fn keyed() -> Told {
    let mut told = given();
    assert_eq!(say(&mut told, token("a"), "key.registered", key("a", "A")), "ok");
    told
}

#[test]
fn d1_the_first_key_is_registered_under_the_agencys_token() {
    assert_eq!(say(&mut given(), token("a"), "key.registered", key("a", "A")), "ok");
    assert_eq!(say(&mut given(), token("a"), "key.registered", key("b", "A")), "not-entitled");
    assert_eq!(say(&mut given(), token("a"), "key.registered", key("nobody", "A")), "not-found");
    let import = Speaker::Import { agency: AgencyId::parse("a").unwrap() };
    assert_eq!(say(&mut given(), import, "key.registered", key("a", "A")), "not-entitled");
    assert_eq!(say(&mut keyed(), token("a"), "key.registered", key("a", "B")), "not-entitled", "the second");
    let mut told = given();
    let policy = json!({"require_signed": {"agencies": ["a"]}, "approved_by": ["over"]});
    told.ok(line("2024-01-02", "reg", "policy.changed", policy));
    assert_eq!(say(&mut told, token("a"), "key.registered", key("a", "A")), "signature-required");
}

#[test]
fn d1_a_live_key_registers_another() {
    let mut told = keyed();
    assert_eq!(say(&mut told, signed("a", "A"), "key.registered", key("a", "B")), "ok");
    assert_eq!(say(&mut told, signed("a", "A"), "key.registered", key("a", "B")), "id-taken");
    assert_eq!(say(&mut told, signed("a", "A"), "key.registered", key("b", "C")), "not-entitled");
    assert_eq!(say(&mut told, signed("a", "C"), "key.registered", key("a", "D")), "key-not-valid");
}

#[test]
fn d1_the_registrar_registers_with_approval_once_there_was_a_key() {
    let registers = |data: Value| vec![line("2024-01-02", "reg", "key.registered", data)];
    check("the first", &given(), registers(key("a", "A")), "ok");
    check("the second", &keyed(), registers(key("a", "B")), "approval-missing");
    let approved = with(key("a", "B"), json!({"approved_by": ["over"]}));
    check("the second, approved", &keyed(), registers(approved), "ok");
    check("of one without any", &keyed(), registers(key("b", "B")), "ok");
    check(
        "by another",
        &keyed(),
        vec![line("2024-01-02", "b", "key.registered", key("c", "B"))],
        "not-entitled",
    );
}

#[test]
fn d1_a_key_is_revoked_by_another_or_the_registrar() {
    let mut told = keyed();
    assert_eq!(say(&mut told, signed("a", "A"), "key.revoked", revoking("a", "A")), "not-entitled", "itself");
    assert_eq!(say(&mut told, token("a"), "key.revoked", revoking("a", "A")), "not-entitled", "by token");
    assert_eq!(say(&mut told, signed("a", "A"), "key.revoked", revoking("a", "B")), "not-found");
    assert_eq!(say(&mut told, signed("a", "A"), "key.registered", key("a", "B")), "ok");
    let revokes =
        |more: Value| vec![line("2024-01-02", "reg", "key.revoked", with(revoking("a", "A"), more))];
    check("unapproved", &told, revokes(json!({})), "approval-missing");
    check("approved", &told, revokes(json!({"approved_by": ["over"]})), "ok");
    assert_eq!(say(&mut told, signed("a", "B"), "key.revoked", revoking("a", "A")), "ok");
    assert_eq!(say(&mut told, signed("a", "B"), "key.revoked", revoking("a", "A")), "wrong-state", "twice");
    assert_eq!(say(&mut told, signed("a", "A"), "key.registered", key("a", "C")), "key-not-valid");
    assert_eq!(say(&mut told, signed("a", "B"), "key.registered", key("a", "A")), "id-taken", "again");
    // a revoked key is one the agency has had
    assert_eq!(say(&mut told, signed("a", "B"), "key.revoked", revoking("a", "B")), "not-entitled");
    check(
        "unapproved still",
        &told,
        vec![line("2024-01-02", "reg", "key.registered", key("a", "C"))],
        "approval-missing",
    );
}

#[test]
fn d1_a_key_is_compromised_from_an_instant_that_has_come() {
    for (from, then) in [("2024-01-02T05:00:00Z", "ok"), ("2024-01-02T05:00:01Z", "bad-date")] {
        let mut told = keyed();
        assert_eq!(say(&mut told, signed("a", "A"), "key.registered", key("a", "B")), "ok");
        let data = with(revoking("a", "A"), json!({"compromised_from": from}));
        assert_eq!(say(&mut told, signed("a", "B"), "key.revoked", data), then, "{from}");
    }
}
