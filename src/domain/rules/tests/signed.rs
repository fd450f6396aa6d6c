//! Rule 1 for signed statements: keys at their seq, audience, the window of `iat`.

use serde_json::{Value, json};

use super::super::super::event::agency::{Jwk, KeyRegistered, KeyRevoked};
use super::super::super::{AgencyId, Data, Event, Instant, Kid, Seq, Speaker, Voice};
use super::told::{Told, agency, defined, line};

fn kid(fill: char) -> Kid {
    Kid::parse(&fill.to_string().repeat(43)).unwrap()
}

/// Folds a key event in, as if it had been admitted: who may say it is another rule.
fn key(told: &mut Told, data: Data) {
    let (seq, at) = (Seq(told.state.size), told.state.at);
    let claims = json!({"jti": format!("key-{seq}"), "type": "approval.given",
        "data": {"approves": format!("sha-256:{:064}", 0)}});
    let mut statement = super::super::super::Statement::read(&claims).unwrap();
    statement.data = data;
    let event = Event { seq, at, speaker: Speaker::Ledger(Voice::Init), statement, withdraws: None };
    drop(told.state.evolve(&event));
}

fn registered(told: &mut Told, who: &str, kid: &Kid) {
    let jwk = Jwk { crv: "Ed25519".to_owned(), kty: "OKP".to_owned(), x: String::new(), y: None };
    let agency = AgencyId::parse(who).unwrap();
    let (kid, approvals, source, unverified) = (kid.clone(), Vec::new(), None, Vec::new());
    key(told, Data::KeyRegistered(KeyRegistered { agency, kid, jwk, approvals, source, unverified }));
}

fn revoked(told: &mut Told, who: &str, kid: &Kid) {
    let agency = AgencyId::parse(who).unwrap();
    let (kid, approvals, source, unverified) = (kid.clone(), Vec::new(), None, Vec::new());
    let compromised_from = None;
    key(told, Data::KeyRevoked(KeyRevoked { agency, kid, compromised_from, approvals, source, unverified }));
}

/// Noon of 2024-01-02 in UTC+7, as the kit tells days.
fn noon() -> i64 {
    Instant::parse("2024-01-02T05:00:00Z").unwrap().micros / 1_000_000
}

fn says(told: &mut Told, who: &str, kid: &Kid, aud: &str, iat: i64, claims: (&str, Value)) -> String {
    let agency = AgencyId::parse(who).unwrap();
    let speaker = Speaker::Signed { agency, kid: kid.clone(), aud: aud.into(), iat };
    let (kind, data) = claims;
    let jti = format!("s{}", told.events.len());
    match told.say("2024-01-02", speaker, &json!({"jti": jti, "type": kind, "data": data})) {
        Ok(_) => "ok".to_owned(),
        Err(refusal) => refusal.code.to_string(),
    }
}

#[test]
fn a4_a_key_counts_from_its_registration_to_its_revocation_and_for_its_agency() {
    let (mut told, kid_1, kid_2) = (Told::new(), kid('a'), kid('b'));
    let define = |n: u32| ("responsibility.defined", defined(&format!("r{n}"), json!({})));
    assert_eq!(says(&mut told, "reg", &kid_1, "test", noon(), define(1)), "key-not-valid", "before");
    registered(&mut told, "reg", &kid_1);
    registered(&mut told, "a", &kid_2);
    assert_eq!(says(&mut told, "reg", &kid_1, "test", noon(), define(1)), "ok");
    assert_eq!(says(&mut told, "reg", &kid_2, "test", noon(), define(2)), "key-not-valid", "another's");
    assert_eq!(says(&mut told, "a", &kid_2, "test", noon(), define(2)), "not-entitled", "no power");
    revoked(&mut told, "reg", &kid_1);
    assert_eq!(says(&mut told, "reg", &kid_1, "test", noon(), define(2)), "key-not-valid", "after");
}

#[test]
fn a2_audience_and_window_are_judged() {
    let (mut told, kid) = (Told::new(), kid('a'));
    registered(&mut told, "reg", &kid);
    for (n, (aud, after_s, then)) in [
        ("other", 0, "wrong-audience"),
        ("Test", 0, "wrong-audience"),
        ("", 0, "wrong-audience"),
        ("test", -604_800, "ok"),
        ("test", -604_801, "stale"),
        ("test", 300, "ok"),
        ("test", 301, "stale"),
        ("test", i64::MAX - noon(), "stale"),
        ("test", i64::MIN, "stale"),
        ("other", 301, "wrong-audience"),
    ]
    .into_iter()
    .enumerate()
    {
        let claims = ("responsibility.defined", defined(&format!("r{n}"), json!({})));
        let iat = noon().saturating_add(after_s);
        assert_eq!(says(&mut told, "reg", &kid, aud, iat, claims), then, "{aud} {after_s}");
    }
}

#[test]
fn d1_who_must_sign_signs_and_a_signature_is_no_power() {
    let (mut told, kid) = (Told::new(), kid('a'));
    registered(&mut told, "reg", &kid);
    let policy = json!({"require_signed": {"agencies": ["reg"], "types": []}});
    told.ok(line("2024-01-02", "reg", "policy.changed", policy));
    let refused = told.tell(line("2024-01-02", "reg", "agency.registered", agency("x", &[]))).unwrap_err();
    assert_eq!(refused.code.as_str(), "signature-required");
    let claims = ("agency.registered", agency("x", &[]));
    assert_eq!(says(&mut told, "reg", &kid, "test", noon(), claims), "ok");
    assert_eq!((told.state.ledger.signed, told.state.attested() > 0), (1, true));
    let revoked = ("token.revoked", json!({"token": "t"}));
    assert_eq!(says(&mut told, "reg", &kid, "test", noon(), revoked), "not-entitled", "the ledger's own");
}
