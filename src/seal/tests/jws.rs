//! Signed statements: vectors of the RFCs and our own, and a table of what is not taken.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::jws::compact;
use super::super::key::is_small_order;
use super::super::*;
use crate::domain::event::agency::Jwk;

/// RFC 8037, appendix A.
const RFC_8037: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
/// RFC 7515, appendix A.3.
const RFC_7515: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

fn pairs() -> [KeyPair; 2] {
    [RFC_8037, RFC_7515].map(|text| KeyPair::parse(text.as_bytes()).unwrap())
}

fn key(pair: &KeyPair) -> PublicKey {
    PublicKey::of(pair.jwk()).unwrap()
}

fn header(pair: &KeyPair) -> Value {
    json!({"alg": pair.alg().as_str(), "kid": pair.kid(), "typ": "estafet+jwt"})
}

fn statement() -> Value {
    let data = json!({"responsibility": "housing", "effective": "2026-01-01"});
    json!({"iss": "a", "aud": "ledger.example/log1", "iat": 1_767_000_000, "jti": "j1", "type": "responsibility.retired", "data": data})
}

fn made(pair: &KeyPair, header: &Value, claims: &Value) -> String {
    compact(pair, header.to_string().as_bytes(), claims.to_string().as_bytes())
}

/// Reads and checks with the key of the pair.
fn told(pair: &KeyPair, jwt: &str) -> &'static str {
    match signed(jwt).and_then(|read| read.signed_with(&key(pair))) {
        Ok(()) => "ok",
        Err(why) => why.code.as_str(),
    }
}

fn signature(jwt: &str) -> [u8; 64] {
    URL_SAFE_NO_PAD.decode(jwt.rsplit_once('.').unwrap().1).unwrap().try_into().unwrap()
}

fn with_signature(jwt: &str, bytes: &[u8]) -> String {
    format!("{}.{}", jwt.rsplit_once('.').unwrap().0, URL_SAFE_NO_PAD.encode(bytes))
}

#[test]
fn signatures_of_the_rfcs_hold() {
    let [ed, p256] = pairs();
    let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let sig = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert_eq!(URL_SAFE_NO_PAD.encode(ed.sign(message.as_bytes())), sig);
    let message = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let sig = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let sig: [u8; 64] = URL_SAFE_NO_PAD.decode(sig).unwrap().try_into().unwrap();
    key(&p256).verify(Alg::Es256, message.as_bytes(), &sig).unwrap();
}

#[test]
fn a_statement_is_signed_and_read_again() {
    for pair in pairs() {
        let plain = json!({"type": "responsibility.retired", "jti": "j1",
            "data": {"responsibility": "housing", "effective": "2026-01-01"}});
        let iss = AgencyId::parse("a").unwrap();
        let read = sign(&pair, &iss, "ledger.example/log1", 1_767_000_000, &plain, |_| Ok(())).unwrap();
        assert_eq!(told(&pair, &read.canonical), "ok");
        let [ed, p256] = pairs();
        let other = if pair.alg() == Alg::Ed25519 { p256 } else { ed };
        assert_eq!(told(&other, &read.canonical), "alg-refused", "another algorithm than the key's");
        let Speaker::Signed { agency, kid, aud, iat } = &read.speaker else { panic!() };
        assert_eq!((agency.as_str(), &**aud, *iat), ("a", "ledger.example/log1", 1_767_000_000));
        assert_eq!(kid, pair.kid());
        assert_eq!(read.sha256, sha256(read.canonical.as_bytes()));
        let body = Body::Signed { jwt: &read.canonical };
        let (seq, prev) = (Seq(5), crate::log::Link([0; 32]));
        let entry = Entry { seq, at: crate::domain::Instant { micros: 0 }, prev, links: Vec::new(), body };
        let event = event(&entry).unwrap();
        assert_eq!((&event.speaker, &event.statement), (&read.speaker, &read.statement));
        assert_eq!(again(&entry).unwrap().statement, read.statement);
        assert_eq!(ids(&entry), Some(("a".to_owned(), "j1".to_owned())));
        assert!(!shown(&body).unwrap().contains('\n'));
    }
}

#[test]
fn keys_are_read_as_they_are_written() {
    for pair in pairs() {
        let again = KeyPair::parse(pair.private_jwk().as_bytes()).unwrap();
        assert_eq!((again.jwk(), again.kid()), (pair.jwk(), pair.kid()));
        assert_eq!(again.sign(b"x"), pair.sign(b"x"));
        assert!(!format!("{pair:?}").contains("nWGx"));
        let public = serde_json::to_string(pair.jwk()).unwrap();
        assert_eq!(KeyPair::parse(public.as_bytes()).unwrap_err().code, Code::Malformed);
        assert_eq!(jwk::parse(public.as_bytes()).unwrap().1, *pair.kid());
    }
    let two = RFC_8037.replace(
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik",
    );
    assert!(KeyPair::parse(two.as_bytes()).is_err(), "d and x of two keys");
    assert!(KeyPair::new(Alg::Es256, &[0; 32]).is_err() && KeyPair::new(Alg::Es256, &[0xff; 32]).is_err());
}

#[test]
fn a3_headers_other_than_the_three_are_refused() {
    for pair in pairs() {
        assert_eq!(told(&pair, &made(&pair, &header(&pair), &statement())), "ok");
        for (change, then) in [
            (json!({"alg": "none"}), "alg-refused"),
            (json!({"alg": "HS256"}), "alg-refused"),
            (json!({"alg": "RS256"}), "alg-refused"),
            (json!({"alg": "ES256K"}), "alg-refused"),
            (json!({"alg": "ed25519"}), "alg-refused"),
            (json!({"alg": ["ES256"]}), "alg-refused"),
            (json!({"alg": null}), "alg-refused"),
            (json!({"typ": "JWT"}), "alg-refused"),
            (json!({"typ": "application/estafet+jwt"}), "alg-refused"),
            (json!({"typ": null}), "alg-refused"),
            (json!({"kid": "short"}), "alg-refused"),
            (json!({"kid": null}), "alg-refused"),
            (json!({"jwk": pair.jwk()}), "alg-refused"),
            (json!({"jku": "https://x.example/"}), "alg-refused"),
            (json!({"x5c": []}), "alg-refused"),
            (json!({"crit": ["b64"], "b64": false}), "alg-refused"),
            (json!({"zip": "DEF"}), "alg-refused"),
        ] {
            let mut header = header(&pair);
            for (name, value) in change.as_object().unwrap() {
                header[name] = value.clone();
            }
            assert_eq!(told(&pair, &made(&pair, &header, &statement())), then, "{change}");
        }
    }
    let [ed, p256] = pairs();
    let mut old = header(&ed);
    old["alg"] = "EdDSA".into();
    assert_eq!(told(&ed, &made(&ed, &old, &statement())), "ok", "the older name of Ed25519");
    let mut confused = header(&p256);
    confused["alg"] = "EdDSA".into();
    assert_eq!(told(&p256, &made(&p256, &confused, &statement())), "alg-refused", "the key pins it");
    assert_eq!(told(&p256, &made(&ed, &header(&p256), &statement())), "bad-signature", "another key's");
}

#[test]
fn a3_a_statement_has_one_spelling() {
    for pair in pairs() {
        let jwt = made(&pair, &header(&pair), &statement());
        let parts: Vec<&str> = jwt.split('.').collect();
        let [head, claims, sig] = parts[..] else { panic!() };
        let spare = |part: &str| {
            // the last of 86 characters carries four spare bits
            let (begin, last) = part.split_at(part.len() - 1);
            const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let at = ALPHABET.iter().position(|b| *b == last.as_bytes()[0]).unwrap();
            format!("{begin}{}", char::from(ALPHABET[at | 1]))
        };
        let text = |header: &str, claims: &str| compact(&pair, header.as_bytes(), claims.as_bytes());
        let (plain_header, plain) = (header(&pair).to_string(), statement().to_string());
        let mut twice = plain.clone();
        write!(twice, "}}").unwrap();
        let twice = twice.replace("}}}", "},\"jti\":\"j2\"}");
        for (name, jwt, then) in [
            ("padding", format!("{jwt}=="), "malformed"),
            ("spare bits", format!("{head}.{claims}.{}", spare(sig)), "malformed"),
            ("the other alphabet", format!("{head}.{claims}.{}", sig.replace(['-', '_'], "+")), "malformed"),
            ("no signature", format!("{head}.{claims}."), "bad-signature"),
            ("no third part", format!("{head}.{claims}"), "malformed"),
            ("four parts", format!("{jwt}.{sig}"), "malformed"),
            ("nothing", String::new(), "malformed"),
            ("white space", format!("{head}. {claims}.{sig}"), "malformed"),
            ("cut", jwt[..jwt.len() - 6].to_owned(), "bad-signature"),
            ("longer", with_signature(&jwt, &[signature(&jwt).to_vec(), vec![0]].concat()), "bad-signature"),
            ("a key twice", text(&plain_header, &twice), "malformed"),
            (
                "header key twice",
                text(&plain_header.replacen('{', "{\"alg\":\"none\",", 1), &plain),
                "malformed",
            ),
            ("no UTF-8", compact(&pair, plain_header.as_bytes(), b"{\"iss\":\"\xff\"}"), "malformed"),
            ("a header that is no object", text("[]", &plain), "malformed"),
            ("claims that are no object", text(&plain_header, "7"), "malformed"),
            ("more behind", text(&plain_header, &format!("{plain} 1")), "malformed"),
            ("JSON serialisation", json!({"payload": claims, "signature": sig}).to_string(), "malformed"),
            ("too large", text(&plain_header, &plain.replace("j1", &"j".repeat(31_000))), "too-large"),
        ] {
            if sig.contains(['-', '_']) || name != "the other alphabet" {
                assert_eq!(told(&pair, &jwt), then, "{name}");
            }
        }
    }
}

#[test]
fn claims_are_exactly_those_of_a_statement() {
    let [pair, _] = pairs();
    for (change, then) in [
        (json!({"iss": null}), "malformed"),
        (json!({"iss": "No Agency"}), "bad-id"),
        (json!({"iss": ["a"]}), "malformed"),
        (json!({"aud": ["ledger.example/log1"]}), "malformed"),
        (json!({"aud": null}), "malformed"),
        (json!({"iat": 1.5}), "malformed"),
        (json!({"iat": "1767000000"}), "malformed"),
        (json!({"iat": null}), "malformed"),
        (json!({"exp": 1}), "unknown-field"),
        (json!({"nbf": 1}), "unknown-field"),
        (json!({"cnf": {}}), "unknown-field"),
        (json!({"type": "x.y"}), "unknown-type"),
        (json!({"data": {"responsibility": "housing"}}), "malformed"),
        (json!({"jti": null}), "malformed"),
        (json!({"corrects": -1}), "malformed"),
        (json!({"after": {"r:housing": 3}, "corrects": 4}), "ok"),
    ] {
        let mut claims = statement();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(told(&pair, &made(&pair, &header(&pair), &claims)), then, "{change}");
    }
    let float = statement().to_string().replace("1767000000", "1767000000.0");
    let jwt = compact(&pair, header(&pair).to_string().as_bytes(), float.as_bytes());
    assert_eq!(told(&pair, &jwt), "malformed", "a number that is no integer");
    let malformed = compact(&pair, br#"{"alg":"none"}"#, b"{}");
    assert_eq!(told(&pair, &malformed), "malformed", "form comes before the header");
}

#[test]
fn a3_points_of_small_order_sign_nothing() {
    let [pair, p256] = pairs();
    let jwt = made(&pair, &header(&pair), &statement());
    let mut seen = 0;
    for first in 0..=255_u8 {
        for fill in [0, 0xff] {
            for last in [0, 0x7f, 0x80, 0xff] {
                let mut r = [fill; 32];
                (r[0], r[31]) = (first, last);
                if !is_small_order(&r) {
                    continue;
                }
                seen += 1;
                let weak = ed25519_dalek::VerifyingKey::from_bytes(&r).map(|key| key.is_weak());
                assert!(weak.unwrap_or(true), "{r:?}");
                let mut bytes = signature(&jwt);
                bytes[..32].copy_from_slice(&r);
                assert_eq!(told(&pair, &with_signature(&jwt, &bytes)), "bad-signature");
                bytes[32..].fill(0);
                assert_eq!(told(&pair, &with_signature(&jwt, &bytes)), "bad-signature");
                let x = URL_SAFE_NO_PAD.encode(r);
                let jwk = Jwk { crv: "Ed25519".to_owned(), kty: "OKP".to_owned(), x, y: None };
                assert_eq!(PublicKey::of(&jwk).unwrap_err().code, Code::Malformed);
            }
        }
    }
    assert_eq!(seen, 10, "0, 1, p-1, p, p+1, with either sign");
    let jwt = made(&p256, &header(&p256), &statement());
    for (r, s) in [(0, 0), (0, 1), (1, 0), (0xff, 0xff)] {
        let bytes = [[r; 32], [s; 32]].concat();
        assert_eq!(told(&p256, &with_signature(&jwt, &bytes)), "bad-signature");
    }
}

/// The other s of an ES256 signature: n - s.
fn other_s(signature: [u8; 64]) -> [u8; 64] {
    let n = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let mut out = signature;
    let mut borrow = 0_i16;
    for at in (0..32).rev() {
        let digit = i16::from(u8::from_str_radix(&n[2 * at..2 * at + 2], 16).unwrap());
        let difference = digit - i16::from(signature[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        out[32 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    out
}

#[test]
fn a_p256_signature_holds_with_either_s_and_an_ed25519_one_with_the_small_only() {
    let [ed, p256] = pairs();
    let jwt = made(&p256, &header(&p256), &statement());
    let other = other_s(signature(&jwt));
    assert_ne!(other, signature(&jwt));
    assert_eq!(told(&p256, &with_signature(&jwt, &other)), "ok");
    // s + L, which a lax verifier takes
    let l = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let jwt = made(&ed, &header(&ed), &statement());
    let (mut bytes, mut carry) = (signature(&jwt), 0_u16);
    for at in 0..32 {
        let sum = u16::from(bytes[32 + at])
            + u16::from(u8::from_str_radix(&l[2 * at..2 * at + 2], 16).unwrap())
            + carry;
        (bytes[32 + at], carry) = (u8::try_from(sum & 0xff).unwrap(), sum >> 8);
    }
    assert_eq!(told(&ed, &with_signature(&jwt, &bytes)), "bad-signature");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a3_one_changed_character_is_refused(at in 0_usize..400, to in "[A-Za-z0-9_.~=-]") {
        for pair in pairs() {
            let jwt = made(&pair, &header(&pair), &statement());
            let at = at % jwt.len();
            let changed = format!("{}{to}{}", &jwt[..at], &jwt[at + 1..]);
            prop_assert!(changed == jwt || told(&pair, &changed) != "ok", "{changed}");
        }
    }

    #[test]
    fn no_text_makes_the_reader_fall(text in "\\PC{0,60}") {
        let _ = signed(&text);
        let _ = signed(&format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text), ""));
        let _ = KeyPair::parse(text.as_bytes());
    }
}
