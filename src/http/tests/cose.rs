//! Receipts as COSE: who gets them, of which sizes, and that they are the log's own bytes.

use serde_json::json;

use super::kit::{Answer, Service};
use crate::domain::Seq;
use crate::domain::event::ledger::Role;

const COSE: (&str, &str) = ("accept", "application/cose");

async fn asked(service: &Service, path: &str) -> Answer {
    service.ask(&format!("GET {path}"), &[COSE], b"").await
}

#[tokio::test]
async fn a_receipt_is_given_of_every_entry_at_every_size() {
    let service = Service::start().await;
    for n in 0..6 {
        service.agency(&format!("a{n}")).await;
    }
    let (newest, reader) = (service.size(), service.ledger.reader().clone());
    for size in 1..=newest {
        for seq in 0..size {
            let answer = asked(&service, &format!("/v1/events/{seq}/proof?size={size}")).await;
            let receipt = reader.receipt(Seq(seq), size).unwrap();
            assert_eq!(answer.status, 200, "{seq} of {size}: {}", answer.body);
            assert_eq!(answer.body, String::from_utf8_lossy(&receipt), "{seq} of {size}");
            assert_eq!(answer.header("content-type"), Some("application/cose; cose-type=\"cose-sign1\""));
            assert_eq!(answer.header("cache-control"), Some("no-cache"));
            assert_eq!(answer.header("content-length"), Some(receipt.len().to_string().as_str()));
            assert!(answer.head.to_lowercase().contains("vary: accept"), "{}", answer.head);
        }
    }
    let packed = [COSE, ("accept-encoding", "gzip")];
    let packed = service.ask("GET /v1/events/3/proof", &packed, b"").await;
    assert_eq!(packed.header("content-encoding"), None, "hashes are not compressed");
    let plain = asked(&service, "/v1/events/3/proof").await;
    assert_eq!(plain.body, String::from_utf8_lossy(&reader.receipt(Seq(3), newest).unwrap()));
    for size in [0, 3, newest + 1] {
        let answer = asked(&service, &format!("/v1/events/3/proof?size={size}")).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("bad-parameter")), "{size}");
    }
    let beyond = asked(&service, &format!("/v1/events/{newest}/proof")).await;
    assert_eq!((beyond.status, beyond.json()["code"].as_str()), (404, Some("not-found")));
}

#[tokio::test]
async fn cose_is_given_where_it_is_weighed_above_json_and_text() {
    let service = Service::start().await;
    for (accept, expected) in [
        ("application/cose", "application/cose"),
        ("Application/COSE; cose-type=\"cose-sign1\"", "application/cose"),
        ("application/cose, application/json;q=0.9", "application/cose"),
        ("application/cose, */*;q=0.1", "application/cose"),
        ("text/plain;q=0.5, application/cose;q=0.6, application/json;q=0.4", "application/cose"),
        ("application/*;q=0.9, application/json;q=0.1", "application/cose"),
        ("application/cose, application/json", "application/json"),
        ("application/cose;q=0.4, application/json;q=0.5", "application/json"),
        ("application/cose, */*", "application/json"),
        ("application/*", "application/json"),
        ("application/cose;q=0", "application/json"),
        ("application/cose;q=2", "application/json"),
        ("application/cose-key", "application/json"),
        ("application/cose;q=0.5, text/plain", "text/plain"),
        ("application/cose, text/plain", "text/plain"),
    ] {
        service.gives(accept, expected).await;
    }
}

#[tokio::test]
async fn a_ledger_that_shows_nothing_gives_receipts_to_tokens_only() {
    let mut service = Service::start().await;
    service.told("policy.changed", json!({"public": "nothing"})).await;
    assert_eq!(asked(&service, "/v1/events/0/proof").await.status, 401);
    let bearer = format!("Bearer {}", service.token(Role::Auditor, None));
    let headers = [COSE, ("authorization", bearer.as_str())];
    assert_eq!(service.ask("GET /v1/events/0/proof", &headers, b"").await.status, 200);
}
