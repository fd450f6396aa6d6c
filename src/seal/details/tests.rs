//! Details through both doors: what is stored, what is kept, what is refused.

use serde_json::json;

use super::super::{Alg, KeyPair, Submission, line, presented, said, sign};
use super::*;
use crate::domain::{AgencyId, Instant, Seq, Speaker};
use crate::log::{Body, Link};

fn registrar() -> AgencyId {
    AgencyId::parse("registrar").unwrap()
}

fn speaker() -> Speaker {
    Speaker::Import { agency: registrar() }
}

/// Bytes that are never the same.
fn draw(bytes: &mut [u8]) -> std::io::Result<()> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static DRAWN: AtomicU64 = AtomicU64::new(1);
    for part in bytes.chunks_mut(8) {
        let next = DRAWN.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        part.iter_mut().zip(next).for_each(|(byte, next)| *byte = next);
    }
    Ok(())
}

fn closes(details: &Value) -> Value {
    json!({"type": "handoff.closed", "jti": "j", "data": {"handoff": "h"}, "details": details})
}

fn attested(details: &Value) -> Result<Submission, Unreadable> {
    said(closes(details), speaker(), draw)
}

fn pair() -> KeyPair {
    KeyPair::new(Alg::Ed25519, &[5; 32]).unwrap()
}

fn signed(details: &Value) -> Submission {
    sign(&pair(), &registrar(), "ledger.example/d", 1_767_000_000, &closes(details), draw).unwrap()
}

fn entry<'a>(submission: &'a Submission) -> Entry<'a> {
    let body = match submission.is_signed() {
        true => Body::Signed { jwt: &submission.canonical },
        false => Body::Attested { agency: "registrar", via: "import", statement: &submission.canonical },
    };
    Entry { seq: Seq(4), at: Instant { micros: 0 }, prev: Link::genesis("x"), links: Vec::new(), body }
}

/// What is kept of details, opened.
fn told(details: &Details) -> BTreeMap<String, Value> {
    let mut details = details.clone();
    details.seal(draw).unwrap();
    assert!(details.are_sealed());
    let kept = |sealed: &Sealed| open(&Kept::Present(sealed.clone())).unwrap().unwrap();
    details.sealed.iter().map(kept).map(|known| (known.name, known.value)).collect()
}

#[test]
fn what_is_stored_says_nothing_and_what_is_kept_says_all() {
    let details = json!({"reason": "rahasia", "people": [{"name": "Siti"}], "n": 7});
    for submission in [attested(&details).unwrap(), signed(&details)] {
        assert!(!submission.details.are_sealed() && submission.details.digests.len() == 3);
        let claims = String::from_utf8(claims(&entry(&submission).body).unwrap().into_owned()).unwrap();
        assert!(!claims.contains("rahasia") && !claims.contains("Siti") && !claims.contains("reason"));
        assert_eq!(digests(&entry(&submission)).unwrap(), submission.details.digests);
        assert_eq!(json!(told(&submission.details)), details);
        let again = super::super::again(&entry(&submission)).unwrap();
        assert_eq!(again.details, Details::committed(submission.details.digests.clone()));
        assert_eq!(again.canonical, submission.canonical);
        assert!(!format!("{submission:?}").contains("rahasia"));
    }
}

#[test]
fn no_details_and_empty_ones_are_the_same() {
    let without = json!({"type": "handoff.closed", "jti": "j", "data": {"handoff": "h"}});
    let without = said(without, speaker(), draw).unwrap();
    for none in [json!({}), json!(null)] {
        assert_eq!(attested(&none).unwrap().canonical, without.canonical);
        assert_eq!(digests(&entry(&signed(&none))).unwrap(), [[0; 32]; 0]);
    }
    assert_eq!(digests(&entry(&without)).unwrap(), [[0; 32]; 0]);
}

#[test]
fn disclosures_travel_behind_the_jwt_or_beside_it() {
    let sound = signed(&json!({"a": "x", "b": "y"}));
    let [one, other] = <[Disclosure; 2]>::try_from(sound.details.disclosures.clone()).unwrap();
    let (one, other) = (&*one.text, &*other.text);
    let jwt = &*sound.canonical;
    let code = |text: String| presented(&text).map_err(|why| why.code);
    assert_eq!(told(&code(format!("{jwt}~{other}~{one}~")).unwrap().details), told(&sound.details));
    for bad in [
        jwt.to_owned(),
        format!("{jwt}~"),
        format!("{jwt}~~"),
        format!("{jwt}~{one}~"),
        format!("{jwt}~{one}~{other}"),
        format!("{jwt}~{one}~{one}~{other}~"),
        format!("{jwt}~{one}~{other}~{one}~"),
        format!("{jwt}~{one}~{other}~~"),
        format!("{jwt}~{one}~{other}~{jwt}"),
        format!("{jwt}~{one}~{other}~x~"),
        format!("~{one}~{other}~"),
        format!("{one}~{other}~{jwt}"),
    ] {
        assert_eq!(code(bad.clone()).map(drop), Err(Code::Malformed), "{bad}");
    }
    let many = format!("{jwt}~{}", format!("{one}~").repeat(70));
    assert_eq!(code(many).map(drop), Err(Code::TooLarge));
    let without = signed(&json!({}));
    for text in [without.canonical.to_string(), format!("{}~", without.canonical)] {
        assert_eq!(code(text).unwrap().canonical, without.canonical);
    }
    assert_eq!(code(format!("{}~{one}~", without.canonical)).map(drop), Err(Code::Malformed));

    let beside = |value: Value| line(value, speaker(), draw).map_err(|why| (why.code, why.field));
    let lines = beside(json!({"jwt": jwt, "disclosures": [other, one]})).unwrap();
    assert_eq!(told(&lines.details), told(&sound.details));
    let refused = |value: Value| beside(value).map(drop).unwrap_err();
    let at = |code, field: &str| (code, Some(field.to_owned()));
    assert_eq!(refused(json!({"jwt": jwt})), at(Code::Malformed, "details"));
    assert_eq!(refused(json!({"jwt": jwt, "disclosures": one})), at(Code::Malformed, "disclosures"));
    assert_eq!(refused(json!({"jwt": jwt, "disclosures": [one, 7]})), at(Code::Malformed, "disclosures"));
    let also = json!({"jwt": jwt, "disclosures": [one, other], "details": {}});
    assert_eq!(refused(also), at(Code::UnknownField, "details"));
}

#[test]
fn details_are_told_before_what_the_header_is_refused_for() {
    let mut claims = closes(&json!({"a": "x"}));
    salt_claims(&mut claims, draw).unwrap();
    for (name, value) in [("iss", json!("registrar")), ("aud", json!("l")), ("iat", json!(1))] {
        claims[name] = value;
    }
    let compact = |claims: &Value| {
        super::super::jws::compact(&pair(), br#"{"alg":"none"}"#, claims.to_string().as_bytes())
    };
    let code = |claims: &Value| presented(&compact(claims)).unwrap_err().code;
    assert_eq!(code(&claims), Code::Malformed);
    claims["_sd_alg"] = json!("sha-512");
    assert_eq!(code(&claims), Code::Malformed);
    claims.as_object_mut().unwrap().remove("details");
    assert_eq!(code(&claims), Code::Malformed);
    claims["_sd_alg"] = json!("sha-256");
    assert_eq!(code(&claims), Code::AlgRefused);
}

#[test]
fn what_is_no_details_is_refused() {
    for bad in [json!([]), json!("x"), json!(7), json!({"_sd": []}), json!({"...": "x"}), json!({"": "x"})] {
        assert_eq!(attested(&bad).map(drop).unwrap_err().code, Code::Malformed, "{bad}");
    }
    let many: Map<_, _> = (0..65).map(|n| (n.to_string(), json!(n))).collect();
    assert_eq!(attested(&json!(many)).map(drop).unwrap_err().code, Code::TooLarge);
    assert_eq!(attested(&json!({"a": "x".repeat(9000)})).map(drop).unwrap_err().code, Code::TooLarge);
    let failing: Draw = |_| Err(std::io::Error::other("none"));
    assert_eq!(said(closes(&json!({"a": 1})), speaker(), failing).unwrap_err().code, Code::ReadOnly);
    let mut unsealed = attested(&json!({"a": 1})).unwrap().details;
    assert_eq!(unsealed.seal(failing).unwrap_err().code, Code::ReadOnly);
    assert!(!unsealed.are_sealed());
    for bad in [json!({"x".repeat(201): 1}), json!({"a": {"state": "erased", "by": 42}})] {
        assert_eq!(attested(&bad).map(drop).unwrap_err().code, Code::Malformed, "{bad}");
    }
    let fine = json!({"ü".repeat(200): 1, "a": {"state": "erased", "by": 42, "n": 1}, "b": {"state": 1}});
    assert_eq!(json!(told(&attested(&fine).unwrap().details)), fine);
    let alg = json!({"type": "handoff.closed", "jti": "j", "data": {"handoff": "h"}, "_sd_alg": "sha-256"});
    assert_eq!(said(alg, speaker(), draw).unwrap_err().code, Code::UnknownField);
}

#[test]
fn a_repeat_is_one_by_what_its_details_say() {
    let first = attested(&json!({"a": "x", "b": "y"})).unwrap();
    let known = first.details.disclosures.clone();
    let opened = |known: &[Disclosure], digest: &[u8; 32]| -> Result<_, ()> {
        Ok(known.iter().find(|known| known.digest == *digest).cloned())
    };
    let is = |details: Value, known: &[Disclosure]| {
        same(&first.canonical, &attested(&details).unwrap(), |digest| opened(known, digest)).unwrap()
    };
    assert!(is(json!({"b": "y", "a": "x"}), &known));
    for other in [json!({"a": "x"}), json!({"a": "x", "b": "z"}), json!({"a": "x", "c": "y"}), json!({})] {
        assert!(!is(other.clone(), &known), "{other}");
    }
    assert!(!is(json!({"a": "x", "b": "y", "c": "z"}), &known));
    // one is erased: nobody knows what it said
    let left: Vec<_> = known.into_iter().filter(|known| known.name == "a").collect();
    assert!(is(json!({"a": "x"}), &left) && is(json!({"a": "x", "b": "y"}), &left));
    assert!(!is(json!({"a": "y", "b": "y"}), &left) && !is(json!({"a": "x", "b": "y", "c": "z"}), &left));
    let other =
        json!({"type": "handoff.closed", "jti": "j", "data": {"handoff": "g"}, "details": {"a": "x"}});
    let other = said(other, speaker(), draw).unwrap();
    assert!(!same(&first.canonical, &other, |digest| opened(&left, digest)).unwrap());
    let fails = |_: &[u8; 32]| Err("unread");
    assert_eq!(same(&first.canonical, &attested(&json!({"a": "x"})).unwrap(), fails), Err("unread"));
}

#[test]
fn details_under_an_escaped_key_are_details() {
    let sound = signed(&json!({"a": "x"}));
    let claims = String::from_utf8(claims(&entry(&sound).body).unwrap().into_owned()).unwrap();
    let escaped = claims.replace("\"details\"", "\"d\\u0065tails\"");
    assert_ne!(claims, escaped);
    let header = format!(r#"{{"alg":"Ed25519","kid":"{}","typ":"estafet+jwt"}}"#, pair().kid());
    let jwt = super::super::jws::compact(&pair(), header.as_bytes(), escaped.as_bytes());
    let read = presented(&format!("{jwt}~{}~", sound.details.disclosures[0].text)).unwrap();
    assert_eq!(read.details.digests, sound.details.digests);
    assert_eq!(digests(&entry(&read)).unwrap(), sound.details.digests);
}
