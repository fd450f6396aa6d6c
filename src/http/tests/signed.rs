//! Signed statements over HTTP: what is recorded, what is shown, and each attack with its code.

use serde_json::{Value, json};

use super::kit::{Answer, Service};
use super::problems::refused;
use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Seq};
use crate::ledger::{Error, random};
use crate::seal::{self, Alg, KeyPair, Submission, jws};

const ORIGIN: &str = "ledger.example/http";

fn pair(alg: Alg, seed: u8) -> KeyPair {
    KeyPair::new(alg, &[seed; 32]).unwrap()
}

fn registers(id: &str, jti: &str) -> Value {
    json!({"type": "agency.registered", "jti": jti, "data": {"agency": id, "name": {"en": id}, "kind": "ministry"}})
}

fn now(service: &Service) -> i64 {
    service.ledger.now().micros / 1_000_000
}

fn signed(service: &Service, pair: &KeyPair, iss: &str, statement: &Value) -> Submission {
    seal::sign(pair, &AgencyId::parse(iss).unwrap(), ORIGIN, now(service), statement, random).unwrap()
}

fn jwt(service: &Service, pair: &KeyPair, statement: &Value) -> String {
    signed(service, pair, "registrar", statement).canonical.into()
}

/// With another signature.
fn forged(jwt: &str) -> String {
    let at = jwt.rfind('.').unwrap() + 10;
    let other = if jwt.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &jwt[..at], &jwt[at + 1..])
}

async fn post(service: &Service, media_type: &str, body: &str) -> Answer {
    service.ask("POST /v1/events", &[("content-type", media_type)], body.as_bytes()).await
}

async fn send(service: &Service, jwt: &str) -> Answer {
    post(service, "application/jwt", jwt).await
}

/// With another claim, signed all the same.
fn changed(service: &Service, pair: &KeyPair, jti: &str, change: &Value) -> String {
    let mut claims = registers("z", jti);
    claims["iss"] = "registrar".into();
    claims["aud"] = ORIGIN.into();
    claims["iat"] = now(service).into();
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let header = json!({"alg": pair.alg().as_str(), "kid": pair.kid(), "typ": "estafet+jwt"});
    jws::compact(pair, header.to_string().as_bytes(), claims.to_string().as_bytes())
}

#[tokio::test]
async fn a_signed_statement_needs_no_token_and_shows_who_signed_it() {
    for alg in [Alg::Ed25519, Alg::Es256] {
        let pair = pair(alg, 5);
        let service = Service::keyed(&pair).await;
        let jwt = jwt(&service, &pair, &registers("a", "s1"));
        let answer = send(&service, &format!("{jwt}\n")).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let seq = answer.json()["seq"].as_u64().unwrap();
        assert_eq!(answer.header("location"), Some(&*format!("/v1/events/{seq}")));
        let event = service.get(&format!("/v1/events/{seq}")).await.json();
        assert_eq!((&event["assurance"], &event["agency"]), (&"signed".into(), &"registrar".into()));
        assert_eq!((&event["kid"], &event["jti"]), (&pair.kid().as_str().into(), &"s1".into()));
        assert!(now(&service) - event["iat"].as_i64().unwrap() < 60, "{event}");
        assert_eq!((&event["data"]["agency"], &event["type"]), (&"a".into(), &"agency.registered".into()));
        let page = service.get("/v1/events?agency=registrar").await.json();
        assert_eq!(page["events"].as_array().unwrap().len(), 1, "{page}");
        let audit = service.get("/v1/audit").await.json();
        assert_eq!((&audit["signed"], &audit["attested"]), (&1.into(), &0.into()));
        let known = crate::verify::directory(&service.path(), &crate::verify::Options::default()).unwrap();
        assert!(known.is_intact(), "{:?}", known.first_bad);
    }
}

#[tokio::test]
async fn a2_the_same_bytes_get_their_first_receipt_and_others_are_refused() {
    let pair = pair(Alg::Ed25519, 5);
    let service = Service::keyed(&pair).await;
    let jwt_1 = jwt(&service, &pair, &registers("a", "s1"));
    let first = send(&service, &jwt_1).await.json();
    let again = send(&service, &jwt_1).await;
    assert_eq!((again.status, &again.json()["entry"]), (200, &first["entry"]));
    let size = service.size();
    // Another statement under the jti, but only when it is the agency's, meant for here, and fresh.
    let other = jwt(&service, &pair, &registers("b", "s1"));
    refused(&service, size, &send(&service, &other).await, 409, "jti-reused").await;
    refused(&service, size, &send(&service, &forged(&other)).await, 401, "bad-signature").await;
    for (change, code) in [
        (json!({"aud": "ledger.example/other"}), "wrong-audience"),
        (json!({"iat": now(&service) - 604_900}), "stale"),
        (json!({"iat": now(&service) + 400}), "stale"),
    ] {
        for jti in ["s1", "s2"] {
            let jwt = changed(&service, &pair, jti, &change);
            refused(&service, size, &send(&service, &jwt).await, 401, code).await;
        }
    }
    // Signed and attested statements of an agency share their jtis.
    let attested = registers("a", "s1").to_string();
    let answer = service.post(&service.registrar, "application/json", attested.as_bytes()).await;
    refused(&service, size, &answer, 409, "jti-reused").await;
}

#[tokio::test]
async fn a3_what_is_not_signed_by_the_key_it_names_is_refused() {
    let (pair, other) = (pair(Alg::Ed25519, 5), pair(Alg::Es256, 6));
    let service = Service::keyed(&pair).await;
    let size = service.size();
    let good = jwt(&service, &pair, &registers("a", "s1"));
    let claims = jws::compact(&pair, b"{}", b"{}");
    let header =
        |alg: &str, kid: &KeyPair| json!({"alg": alg, "kid": kid.kid(), "typ": "estafet+jwt"}).to_string();
    let mut body = registers("a", "s1");
    (body["iss"], body["aud"], body["iat"]) = ("registrar".into(), ORIGIN.into(), now(&service).into());
    let with =
        |signer: &KeyPair, header: &str| jws::compact(signer, header.as_bytes(), body.to_string().as_bytes());
    for (name, jwt, status, code) in [
        ("alg none", with(&pair, &header("none", &pair)), 401, "alg-refused"),
        ("HS256", with(&pair, &header("HS256", &pair)), 401, "alg-refused"),
        ("the other algorithm", with(&other, &header("ES256", &pair)), 401, "alg-refused"),
        ("another's signature", with(&other, &header("Ed25519", &pair)), 401, "bad-signature"),
        ("a key nobody registered", with(&other, &header("ES256", &other)), 401, "key-not-valid"),
        ("not a JWT", "x".to_owned(), 400, "malformed"),
        ("empty claims", claims, 400, "malformed"),
        ("details", format!("{good}~x"), 400, "malformed"),
        ("too large", "a".repeat(40_001), 413, "too-large"),
        ("too large, with what is no disclosure", format!("{}~x~", "a".repeat(40_001)), 413, "too-large"),
    ] {
        println!("{name}");
        refused(&service, size, &send(&service, &jwt).await, status, code).await;
    }
    let unknown = service.post("wrong", "application/jwt", good.as_bytes()).await;
    refused(&service, size, &unknown, 401, "unauthenticated").await;
    // the token comes before the signature, and behind what cannot be read
    for (jwt, status, code) in
        [(with(&pair, &header("none", &pair)), 401, "unauthenticated"), ("x".to_owned(), 400, "malformed")]
    {
        let unknown = service.post("wrong", "application/jwt", jwt.as_bytes()).await;
        refused(&service, size, &unknown, status, code).await;
        let line = json!({"jwt": jwt}).to_string();
        let unknown = service.post("wrong", "application/x-ndjson", line.as_bytes()).await;
        refused(&service, size, &unknown, status, code).await;
    }
    let auditor_reads = service.ask("POST /v1/events", &[("content-type", "application/jwt")], b"\xff").await;
    refused(&service, size, &auditor_reads, 400, "malformed").await;
}

#[tokio::test]
async fn a4_a_key_counts_for_its_agency_only() {
    let pair = pair(Alg::Ed25519, 5);
    let service = Service::keyed(&pair).await;
    service.agency("a").await;
    let size = service.size();
    let as_a = signed(
        &service,
        &pair,
        "a",
        &json!({"type": "approval.given", "jti": "s1",
        "data": {"approves": format!("sha-256:{}", "0".repeat(64))}}),
    );
    refused(&service, size, &send(&service, &as_a.canonical).await, 401, "key-not-valid").await;
}

#[tokio::test]
async fn a_batch_mixes_signed_and_attested_lines() {
    let pair = pair(Alg::Ed25519, 5);
    let mut service = Service::keyed(&pair).await;
    let line = |id: &str, jti: &str| json!({"jwt": jwt(&service, &pair, &registers(id, jti))}).to_string();
    let signed_only = format!("{}\n{}\n", line("a", "s1"), line("b", "s2"));
    let answer = post(&service, "application/x-ndjson", &signed_only).await;
    assert_eq!(
        (answer.status, answer.json()["receipts"].as_array().unwrap().len()),
        (201, 2),
        "{}",
        answer.body
    );
    let mixed = format!("{}\n{}\n", line("c", "s3"), registers("d", "t1"));
    let size = service.size();
    refused(&service, size, &post(&service, "application/x-ndjson", &mixed).await, 401, "unauthenticated")
        .await;
    let answer = service.post(&service.registrar, "application/x-ndjson", mixed.as_bytes()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let auditor = service.token(Role::Auditor, None);
    let line = |id: &str, jti: &str| json!({"jwt": jwt(&service, &pair, &registers(id, jti))}).to_string();
    assert_eq!(service.post(&auditor, "application/x-ndjson", line("e", "s4").as_bytes()).await.status, 201);
    let size = service.size();
    let sound = line("f", "s5");
    let broken = json!({"jwt": forged(&jwt(&service, &pair, &registers("g", "s6")))});
    let answer = post(&service, "application/x-ndjson", &format!("{sound}\n{broken}\n")).await;
    assert_eq!(answer.json()["index"], 1, "{}", answer.body);
    refused(&service, size, &answer, 401, "bad-signature").await;
    for (line, code) in [
        (json!({"jwt": "x"}), "malformed"),
        (json!({"jwt": 7}), "malformed"),
        (json!({"jwt": "x", "jti": "y"}), "unknown-field"),
    ] {
        let answer = post(&service, "application/x-ndjson", &format!("{sound}\n{line}\n")).await;
        assert_eq!(answer.json()["index"], 1, "{}", answer.body);
        refused(&service, size, &answer, 400, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a3_the_writer_checks_what_nobody_checked() {
    let pair = pair(Alg::Es256, 5);
    let service = Service::keyed(&pair).await;
    let sound = signed(&service, &pair, "registrar", &registers("a", "s1"));
    assert_ne!(sound.signature, seal::Signature::Checked);
    let receipt = service.ledger.submit(vec![sound.clone()]).await.unwrap();
    assert_eq!(receipt.receipts[0].seq, Seq(3));
    let forged = seal::signed(&forged(&sound.canonical)).unwrap();
    for forged in [forged, signed(&service, &self::pair(Alg::Ed25519, 9), "registrar", &registers("b", "s2"))]
    {
        let Err(Error::Refused { refusal, .. }) = service.ledger.submit(vec![forged]).await else { panic!() };
        assert!(matches!(refusal.code.as_str(), "bad-signature" | "key-not-valid"), "{refusal}");
    }
    assert!(service.ledger.submit(vec![sound]).await.unwrap().repeated);
}

#[tokio::test]
async fn claims_written_over_many_lines_are_shown_on_one() {
    let pair = pair(Alg::Ed25519, 5);
    let service = Service::keyed(&pair).await;
    let mut claims = registers("a", "s1");
    (claims["iss"], claims["aud"], claims["iat"]) = ("registrar".into(), ORIGIN.into(), now(&service).into());
    let header = json!({"alg": "EdDSA", "kid": pair.kid(), "typ": "estafet+jwt"}).to_string();
    let jwt =
        jws::compact(&pair, header.as_bytes(), serde_json::to_string_pretty(&claims).unwrap().as_bytes());
    assert_eq!(send(&service, &jwt).await.status, 201);
    let lines = service.get("/v1/events.ndjson").await.body;
    let last = lines.lines().last().unwrap();
    assert_eq!(serde_json::from_str::<Value>(last).unwrap()["jti"], "s1");
    assert_eq!(lines.lines().count() as u64, service.size());
}
