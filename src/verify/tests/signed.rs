//! Signed entries: what a verification finds of their signatures.

use serde_json::json;

use super::super::report::{CheckName, Verdict};
use super::super::{Options, directory};
use super::kit::{BEGIN_US, Kit, ORIGIN, Written, grow, statement, vkey};
use crate::domain::event::agency::KeyRegistered;
use crate::domain::{AgencyId, Data, Seq, State, Voice};
use crate::seal::{self, Alg, KeyPair, Submission};

fn pair(alg: Alg, seed: u8) -> KeyPair {
    KeyPair::new(alg, &[seed; 32]).unwrap()
}

fn signed(pair: &KeyPair, n: u64) -> Submission {
    let id = format!("s{n}");
    let said = json!({"type": "agency.registered", "jti": id,
        "data": {"agency": id, "name": {"en": id}, "kind": "ministry"}});
    let iss = AgencyId::parse("registrar").unwrap();
    seal::sign(pair, &iss, ORIGIN, BEGIN_US / 1_000_000, &said, |_| Ok(())).unwrap()
}

/// The registrar, its key, and `size` entries that it signed.
fn world(pair: &KeyPair, size: u64) -> Vec<Written> {
    let (mut state, mut written) = (State::default(), Vec::new());
    grow(&mut state, &mut written, statement(0));
    grow(&mut state, &mut written, statement(1));
    let key = KeyRegistered {
        agency: AgencyId::parse("registrar").unwrap(),
        kid: pair.kid().clone(),
        jwk: pair.jwk().clone(),
        approvals: Vec::new(),
        source: None,
        unverified: Vec::new(),
    };
    grow(&mut state, &mut written, seal::own(Voice::Init, &Data::KeyRegistered(key), Seq(2)).unwrap());
    for n in 0..size {
        grow(&mut state, &mut written, signed(pair, n));
    }
    written
}

/// The same entry with another statement text, as who holds the ledger's key could write it.
fn rewrite(written: &mut [Written], at: usize, text: &str) {
    let said = &mut written[at].said;
    *said = Submission { canonical: text.into(), sha256: seal::sha256(text.as_bytes()), ..said.clone() };
}

fn other_signature(jwt: &str) -> String {
    let at = jwt.rfind('.').unwrap() + 10;
    let other = if jwt.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &jwt[..at], &jwt[at + 1..])
}

#[test]
fn v6_every_signature_is_checked_by_every_thread() {
    for alg in [Alg::Ed25519, Alg::Es256] {
        let kit = Kit::of(world(&pair(alg, 7), 700));
        for threads in [1, 4] {
            let options = Options { vkeys: vec![vkey()], threads: Some(threads), ..Options::default() };
            let report = directory(&kit.data(), &options).unwrap();
            assert!(report.is_intact() && report.trusted, "{:?}", report.first_bad);
            assert_eq!((report.signed, report.attested, report.size), (700, 0, 703));
            let check = report.check(CheckName::Signatures).unwrap();
            assert_eq!(check.result, Verdict::Ok);
            assert!(check.detail.starts_with("700 signed"), "{}", check.detail);
        }
    }
}

#[test]
fn v6_one_changed_bit_of_a_signature_is_found_and_its_entry_named() {
    let mut written = world(&pair(Alg::Ed25519, 7), 600);
    let jwt = other_signature(&written[400].said.canonical);
    rewrite(&mut written, 400, &jwt);
    let kit = Kit::of(written);
    for no_rules in [false, true] {
        for threads in [1, 4] {
            let options =
                Options { vkeys: vec![vkey()], threads: Some(threads), no_rules, ..Options::default() };
            let report = directory(&kit.data(), &options).unwrap();
            let bad = report.first_bad.unwrap();
            assert_eq!((bad.seq, bad.check), (Some(Seq(400)), CheckName::Signatures), "{}", bad.detail);
        }
    }
    let options = Options { vkeys: vec![vkey()], no_signatures: true, ..Options::default() };
    let report = directory(&kit.data(), &options).unwrap();
    assert!(report.is_intact(), "{:?}", report.first_bad);
    assert_eq!(report.check(CheckName::Signatures).unwrap().result, Verdict::Skipped);
}

#[test]
fn v6_keys_nobody_registered_and_headers_that_are_refused_are_found() {
    let (known, stranger) = (pair(Alg::Ed25519, 7), pair(Alg::Es256, 8));
    let sound = world(&known, 20);
    let claims = sound[9].said.canonical.split('.').nth(1).unwrap().to_owned();
    let none = format!("eyJhbGciOiJub25lIn0.{claims}.");
    for (text, also_rules) in [
        (signed(&stranger, 6).canonical.to_string(), true),
        (none, true),
        (other_signature(&sound[9].said.canonical), false),
    ] {
        let mut written = sound.clone();
        rewrite(&mut written, 9, &text);
        let report = Kit::of(written).verify();
        let bad = report.first_bad.clone().unwrap();
        assert_eq!((bad.seq, bad.check), (Some(Seq(9)), CheckName::Signatures), "{}", bad.detail);
        let rules = report.check(CheckName::Rules).unwrap().result;
        assert_eq!(rules == Verdict::Failed, also_rules, "{text}");
    }
}

#[test]
fn v8_a_signed_entry_is_judged_by_the_rules() {
    let known = pair(Alg::Ed25519, 7);
    let sound = world(&known, 20);
    // Soundly signed, for another ledger.
    let said = json!({"type": "agency.registered", "jti": "s6",
        "data": {"agency": "s6", "name": {"en": "s6"}, "kind": "ministry"}});
    let iss = AgencyId::parse("registrar").unwrap();
    let other =
        seal::sign(&known, &iss, "ledger.example/other", BEGIN_US / 1_000_000, &said, |_| Ok(())).unwrap();
    let mut written = sound.clone();
    rewrite(&mut written, 9, &other.canonical);
    let bad = Kit::of(written).verify().first_bad.unwrap();
    assert_eq!((bad.seq, bad.check), (Some(Seq(9)), CheckName::Rules), "{}", bad.detail);
    assert!(bad.detail.contains("wrong-audience"), "{}", bad.detail);
}
