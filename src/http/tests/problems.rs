//! Every code: a problem with a sentence that says what to do, nothing recorded, the next request
//! served.

use serde_json::{Value, json};

use super::kit::{Answer, Service};
use crate::domain::event::ledger::Role;

/// The answer is this problem, and the ledger stands where it stood.
pub(super) async fn refused(service: &Service, size: u64, answer: &Answer, status: u16, code: &str) {
    let problem = answer.json();
    assert_eq!((answer.status, problem["code"].as_str()), (status, Some(code)), "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(problem["type"], format!("/problems/{code}"));
    assert_eq!(problem["status"], status);
    assert_eq!(problem["request_id"].as_str(), answer.header("x-request-id"));
    assert!(problem["title"].as_str().is_some_and(|text| text.len() > 4), "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|text| text.len() > 10), "{problem}");
    assert_eq!(service.size(), size, "something was recorded: {problem}");
    assert_eq!(service.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a5_bodies_that_are_no_statement() {
    let service = Service::start().await;
    service.agency("warm-up").await;
    let size = service.size();
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let with = |text: &str| text.replace("JTI", "\"jti\":\"j\",\"type\":\"agency.registered\"");
    let cases: Vec<(String, &str)> = vec![
        (String::new(), "malformed"),
        ("{".to_owned(), "malformed"),
        ("[]".to_owned(), "malformed"),
        ("null".to_owned(), "malformed"),
        (deep, "malformed"),
        (with(r#"{JTI,"data":{"agency":"a","name":{"en":"a"},"kind":"k"},"jti":"k"}"#), "malformed"),
        (with(r#"{JTI,"data":{"agency":"a","name":{"en":"a"},"kind":1.5}}"#), "malformed"),
        (with(r#"{JTI,"data":{"agency":"a","name":{},"kind":"k"}}"#), "malformed"),
        (with(r#"{JTI,"data":{"agency":"a","kind":"k"}}"#), "malformed"),
        (r#"{"jti":"j","type":"claim.dreamt","data":{}}"#.to_owned(), "unknown-type"),
        (with(r#"{JTI,"data":{"agency":"a","name":{"en":"a"},"kind":"k","colour":"red"}}"#), "unknown-field"),
        (
            with(r#"{JTI,"data":{"agency":"a","name":{"en":"a"},"kind":"k"},"details":{"_sd":["x"]}}"#),
            "malformed",
        ),
        (with(r#"{JTI,"data":{"agency":"A B","name":{"en":"a"},"kind":"k"}}"#), "bad-id"),
        (
            with(r#"{JTI,"data":{"agency":"a","name":{"en":"a"},"kind":"k","valid":{"from":"2026-02-30"}}}"#),
            "bad-date",
        ),
    ];
    for (body, code) in &cases {
        let answer = service.post(&service.registrar, "application/json", body.as_bytes()).await;
        refused(&service, size, &answer, 400, code).await;
        // What cannot be read is told so before the token is looked at.
        let answer = service.post("wrong", "application/json", body.as_bytes()).await;
        refused(&service, size, &answer, 400, code).await;
    }
    let no_utf8 = service.post(&service.registrar, "application/json", b"{\"jti\":\"\xff\"}").await;
    refused(&service, size, &no_utf8, 400, "malformed").await;
    let batch = format!("{}\n{{\n", service.statement("approval.given", json!({"approves": digest('0')})));
    let answer = service.post(&service.registrar, "application/x-ndjson", batch.as_bytes()).await;
    refused(&service, size, &answer, 400, "malformed").await;
    assert_eq!(answer.json()["index"], 1);
    let empty = service.post(&service.registrar, "application/x-ndjson", b"\n\n").await;
    refused(&service, size, &empty, 400, "malformed").await;
}

pub(super) fn digest(of: char) -> String {
    format!("sha-256:{}", of.to_string().repeat(64))
}

#[tokio::test]
async fn media_types_methods_and_routes_that_are_not_there() {
    let service = Service::start().await;
    let size = service.size();
    for media_type in ["text/plain", ""] {
        let answer = service.post(&service.registrar, media_type, b"x").await;
        refused(&service, size, &answer, 415, "unsupported-media-type").await;
    }
    for (request, status, code) in [
        ("DELETE /v1/events", 405, "method-not-allowed"),
        ("POST /v1/agencies", 405, "method-not-allowed"),
        ("GET /nowhere", 404, "not-found"),
        ("GET /v1/agencies/none", 404, "not-found"),
        ("GET /v1/agencies/NONE", 400, "bad-id"),
        ("GET /v1/agencies/%ff", 400, "bad-id"),
        ("GET /v1/instruments/id%2Funknown", 404, "not-found"),
        ("GET /v1/responsibilities/none/timeline", 404, "not-found"),
        ("GET /v1/responsibilities/none?time=2024-02-01", 400, "bad-parameter"),
        ("GET /v1/responsibilities/none?time=2024-02-01T10:00:00Z&valid_at=2024-02-02", 400, "bad-parameter"),
        ("GET /v1/responsibilities/none/timeline?time=2024-02-01T10:00:00Z", 400, "bad-parameter"),
        ("GET /v1/events/99", 404, "not-found"),
        ("GET /v1/events/99/proof", 404, "not-found"),
        ("GET /v1/events/x", 400, "bad-id"),
        ("GET /v1/events/99999999999999999999", 400, "bad-id"),
        ("GET /v1/events?limit=0", 400, "bad-parameter"),
        ("GET /v1/events?colour=red", 400, "bad-parameter"),
        ("GET /v1/events?type=claim.dreamt", 400, "bad-parameter"),
        ("GET /v1/events?subject=x", 400, "bad-parameter"),
        ("GET /v1/events?from=2026-01-01", 400, "bad-parameter"),
        ("GET /v1/events?limit=1&limit=2", 400, "bad-parameter"),
        ("GET /v1/events?x=%ff", 400, "bad-parameter"),
        ("GET /v1/events.csv?sep=x", 400, "bad-parameter"),
        ("GET /v1/events/0/proof?size=0", 400, "bad-parameter"),
        ("GET /v1/audit/inclusion", 400, "bad-parameter"),
        ("GET /v1/audit/inclusion?seq=99", 404, "not-found"),
        ("GET /v1/audit/inclusion?seq=0&size=99", 400, "bad-parameter"),
        ("GET /v1/audit/consistency?from=2&to=1", 400, "bad-parameter"),
        ("GET /v1/agencies?valid_at=2026-02-30", 400, "bad-date"),
        ("GET /v1/agencies?known_at=99", 400, "bad-known-at"),
        ("GET /v1/agencies?known_at=2025-12-31", 400, "bad-known-at"),
        ("GET /v1/agencies?known_at=2999-01-01", 400, "bad-known-at"),
        ("GET /v1/agencies?known_at=2999-01-01T00:00:00Z", 400, "bad-known-at"),
        ("GET /v1/agencies?known_at=yesterday", 400, "bad-known-at"),
        ("GET /v1/agencies/registrar?compare=99", 400, "bad-known-at"),
        ("GET /problems/none", 404, "not-found"),
    ] {
        let answer = service.ask(request, &[], b"").await;
        refused(&service, size, &answer, status, code).await;
    }
    let allowed = service.ask("DELETE /v1/events", &[], b"").await;
    assert_eq!(allowed.header("allow").map(|allow| allow.contains("POST")), Some(true));
}

#[tokio::test]
async fn tokens_and_roles() {
    let mut service = Service::start().await;
    service.agency("a").await;
    let size = service.size();
    let approval = json!({"approves": digest('0')});
    let nobody = service.say("", "approval.given", approval.clone()).await;
    refused(&service, size, &nobody, 401, "unauthenticated").await;
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    let unknown = service.say("estafet_0000", "approval.given", approval.clone()).await;
    refused(&service, size, &unknown, 401, "unauthenticated").await;
    let body = service.statement("approval.given", approval.clone()).to_string();
    let headers = [("content-type", "application/json")];
    let without = service.ask("POST /v1/events", &headers, body.as_bytes()).await;
    refused(&service, size, &without, 401, "unauthenticated").await;
    let basic = [("content-type", "application/json"), ("authorization", "Basic eDp5")];
    refused(
        &service,
        size,
        &service.ask("POST /v1/events", &basic, body.as_bytes()).await,
        401,
        "unauthenticated",
    )
    .await;
    for role in [Role::Auditor, Role::Operator] {
        let token = service.token(role, Some("a"));
        let answer = service.say(&token, "approval.given", approval.clone()).await;
        refused(&service, size, &answer, 403, "not-entitled").await;
    }
    let bad_read = service.ask("GET /v1/agencies", &[("authorization", "Bearer wrong")], b"").await;
    refused(&service, size, &bad_read, 401, "unauthenticated").await;
    // A token made beside the running server is known at once.
    let token = service.token(Role::Recorder, Some("a"));
    service.told_by(&token, "approval.given", approval.clone()).await;
    let id = crate::ledger::Tokens::open(&service.path()).list().last().unwrap().token.clone();
    crate::ledger::Tokens::open(&service.path()).revoke(&id).unwrap();
    let _ = id;
}

#[tokio::test]
async fn a5_larger_than_the_limits() {
    let service = Service::start().await;
    let size = service.size();
    let large = vec![b' '; (256 << 10) + 1];
    refused(
        &service,
        size,
        &service.post(&service.registrar, "application/json", &large).await,
        413,
        "too-large",
    )
    .await;
    let parents: Vec<String> = (0..2000).map(|n| format!("an-agency-with-a-long-name-{n}")).collect();
    let data = json!({"agency": "a", "name": {"en": "a"}, "kind": "k", "parents": parents});
    refused(
        &service,
        size,
        &service.say(&service.registrar, "agency.registered", data).await,
        413,
        "too-large",
    )
    .await;
    let batch = vec![b'\n'; (8 << 20) + 1];
    let headers = [("content-type", "application/x-ndjson")];
    refused(&service, size, &service.ask("POST /v1/events", &headers, &batch).await, 413, "too-large").await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let config = super::super::Config {
        body_deadline: std::time::Duration::from_millis(100),
        ..super::super::Config::default()
    };
    let service = Service::with(config).await;
    let headers = [("content-type", "application/json"), ("content-length", "10")];
    let answer = service.ask("PUT /x", &headers, b"").await;
    assert_eq!(answer.status, 404);
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(service.address).await.unwrap();
    let head = b"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    stream.write_all(head).await.unwrap();
    let mut answer = vec![0; 4096];
    let got = stream.read(&mut answer).await.unwrap();
    let text = String::from_utf8_lossy(&answer[..got]).into_owned();
    assert!(text.starts_with("HTTP/1.1 408") && text.contains("\"code\":\"timeout\""), "{text}");
}

/// What the rules refuse: who says it, what, and the answer.
#[tokio::test]
async fn d1_d2_d4_d7_d9_statements_the_rules_refuse() {
    let mut service = Service::start().await;
    for id in ["a", "b", "c"] {
        service.agency(id).await;
    }
    for id in ["roads", "water", "waste"] {
        service.defined(id).await;
    }
    let roads = service.made("roads", "a").await;
    service.made("waste", "b").await;
    let (a, b) = (service.token(Role::Recorder, Some("a")), service.token(Role::Recorder, Some("b")));
    let handoff = |id: &str, of: &str, from: &str, to: &str| {
        json!({"handoff": id, "responsibilities": [of], "from": from, "to": to, "regime": "by_agreement",
            "effective": "2020-06-01", "basis": {"ref": "id/uu/2020/1"}})
    };
    service.told_by(&b, "handoff.proposed", handoff("open", "waste", "b", "a")).await;
    let size = service.size();
    let made = |of: &str, agency: &str, more: Value| {
        let mut data = json!({"responsibility": of, "agency": agency, "role": "accountable",
            "valid": {"from": "2021-01-01"}, "basis": {"ref": "id/uu/2020/1"}});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data
    };
    let registrar = service.registrar.clone();
    let agency = |id: &str, more: Value| {
        let mut data = json!({"agency": id, "name": {"en": id}, "kind": "k"});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data
    };
    let cases: Vec<(&str, &str, Value, u16, &str)> = vec![
        (&a, "agency.registered", agency("x", json!({})), 403, "not-entitled"),
        (&a, "handoff.accepted", json!({"handoff": "none"}), 422, "not-found"),
        (&b, "handoff.accepted", json!({"handoff": "open"}), 403, "not-a-party"),
        (&registrar, "agency.registered", agency("a", json!({})), 409, "id-taken"),
        (&b, "handoff.proposed", handoff("second", "waste", "b", "c"), 409, "handoff-open"),
        (&a, "handoff.closed", json!({"handoff": "open"}), 409, "wrong-state"),
        (&registrar, "assignment.made", made("none", "a", json!({})), 422, "not-found"),
        (&registrar, "assignment.made", made("roads", "b", json!({})), 422, "already-accountable"),
        (&a, "handoff.proposed", handoff("h", "water", "a", "b"), 422, "not-accountable"),
        (&registrar, "assignment.made", made("water", "a", json!({"basis": null})), 422, "basis-missing"),
        (&registrar, "assignment.made", made("water", "a", json!({"assignment": "as-7"})), 400, "bad-id"),
        (
            &registrar,
            "agency.closed",
            json!({"agency": "registrar", "how": "dissolved", "effective": "2026-01-01",
            "basis": {"ref": "id/uu/2020/1"}}),
            422,
            "last-registrar",
        ),
    ];
    for (token, type_name, data, status, code) in cases {
        let answer = service.say(token, type_name, data).await;
        refused(&service, size, &answer, status, code).await;
    }
    let mut stale = service.statement(
        "assignment.ended",
        json!({"assignment": format!("as-{roads}"),
        "effective": "2026-01-01", "reason": "revoked", "basis": {"unknown": true}}),
    );
    stale["after"] = json!({"r:roads": 1});
    let answer = service.post(&registrar, "application/json", stale.to_string().as_bytes()).await;
    refused(&service, size, &answer, 409, "conflict").await;
    assert_eq!(answer.json()["ordinal"], 2);
    // The one it collides with is named.
    let twice = service.say(&registrar, "assignment.made", made("roads", "b", json!({}))).await;
    assert_eq!(twice.json()["seq"], roads);
}

#[tokio::test]
async fn a_problem_is_told_in_the_readers_language() {
    let service = Service::start().await;
    let indonesian =
        [("accept-language", "id"), ("content-type", "application/json"), ("authorization", "Bearer x")];
    let body = service.statement("approval.given", json!({"approves": digest('1')})).to_string();
    let answer = service.ask("POST /v1/events", &indonesian, body.as_bytes()).await;
    assert_eq!((answer.status, answer.json()["title"].as_str()), (401, Some("Token tidak sah")));
    assert_eq!(answer.header("content-language"), Some("id"));
}

#[tokio::test]
async fn a_repeat_gets_its_first_receipt_and_another_statement_is_refused() {
    let service = Service::start().await;
    let statement = service.statement("approval.given", json!({"approves": digest('2')}));
    let first = service.post(&service.registrar, "application/json", statement.to_string().as_bytes()).await;
    assert_eq!(first.status, 201);
    let place = format!("/v1/events/{}", first.json()["seq"]);
    assert_eq!(first.header("location"), Some(place.as_str()));
    service.agency("between").await;
    let size = service.size();
    // The same statement, written otherwise.
    let again = serde_json::to_string_pretty(&statement).unwrap();
    let again = service.post(&service.registrar, "application/json", again.as_bytes()).await;
    assert_eq!((again.status, service.size()), (200, size));
    for field in ["seq", "at", "leaf", "entry"] {
        assert_eq!(first.json()[field], again.json()[field], "{field}");
    }
    let mut other = statement.clone();
    other["data"]["approves"] = digest('3').into();
    let answer = service.post(&service.registrar, "application/json", other.to_string().as_bytes()).await;
    refused(&service, size, &answer, 409, "jti-reused").await;
}

#[tokio::test]
async fn a_batch_is_taken_whole_or_not_at_all() {
    let service = Service::start().await;
    service.agency("a").await;
    let agency = |id: &str| {
        service.statement("agency.registered", json!({"agency": id, "name": {"en": id}, "kind": "k"}))
    };
    let size = service.size();
    let batch = format!("{}\n{}\n{}\n", agency("b"), agency("a"), agency("c"));
    let answer = service.post(&service.registrar, "application/x-ndjson", batch.as_bytes()).await;
    refused(&service, size, &answer, 409, "id-taken").await;
    assert_eq!(answer.json()["index"], 1);
    let batch = format!("{}\r\n\n{}", agency("b"), agency("c"));
    let answer = service.post(&service.registrar, "application/x-ndjson", batch.as_bytes()).await;
    assert_eq!((answer.status, service.size()), (201, size + 2));
    let receipts = answer.json();
    assert_eq!(receipts["receipts"].as_array().unwrap().len(), 2);
    assert!(receipts["checkpoint"].as_str().unwrap().starts_with("ledger.example/http\n"));
    let again = service.post(&service.registrar, "application/x-ndjson", batch.as_bytes()).await;
    assert_eq!((again.status, service.size()), (200, size + 2));
}

#[tokio::test]
async fn a_ledger_that_does_not_write_says_so_and_reads_on() {
    let service = Service::start().await;
    service.agency("a").await;
    let size = service.size();
    service.ledger.close().unwrap();
    let answer = service.say(&service.registrar, "approval.given", json!({"approves": digest('4')})).await;
    refused(&service, size, &answer, 503, "read-only").await;
    assert_eq!(service.get("/v1/agencies/a").await.status, 200);
}

#[tokio::test]
async fn a_closed_policy_shows_nothing_without_a_token() {
    let mut service = Service::start().await;
    service.told("policy.changed", json!({"public": "nothing"})).await;
    let size = service.size();
    for path in [
        "/v1/agencies",
        "/v1/events",
        "/v1/events/0",
        "/v1/events.csv",
        "/v1/audit",
        "/checkpoint",
        "/metrics",
    ] {
        refused(&service, size, &service.get(path).await, 401, "unauthenticated").await;
    }
    for path in ["/healthz", "/readyz", "/problems/unauthenticated"] {
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
    let auditor = format!("Bearer {}", service.token(Role::Auditor, None));
    let headers = [("authorization", auditor.as_str())];
    assert_eq!(service.ask("GET /v1/agencies", &headers, b"").await.status, 200);
}

#[test]
fn what_the_ledger_cannot_do_now_says_when_to_try_again() {
    use crate::domain::Code;
    use crate::ledger::Error;
    let told = |error: Error| {
        let problem = super::super::statements::problem(error, false);
        (problem.kind.status(), problem.kind.as_str(), problem.retry_after_s)
    };
    assert_eq!(told(Error::Busy), (429, "busy", Some(1)));
    assert_eq!(told(Error::ClockBehind { wait_ms: 2500 }), (503, "clock-behind", Some(3)));
    assert_eq!(told(Error::DiskLow), (507, "disk-low", Some(30)));
    assert_eq!(told(Error::ClockJumped), (503, "clock-jumped", None));
    assert_eq!(told(Error::ReadOnly), (503, "read-only", None));
    assert_eq!(told(Error::TooLarge), (413, "too-large", None));
    let refusal = crate::domain::Refusal::new(Code::NotFound, "x");
    assert_eq!(told(Error::Refused { refusal, index: 0 }), (422, "not-found", None));
}
