//! Tiles, the checkpoint and proofs as text: exact paths, headers, who may read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::kit::Service;
use crate::domain::event::ledger::Role;
use crate::log::tree::{leaf_hash, verify_inclusion};
use crate::log::{Hash, TilePath, note};

#[tokio::test]
async fn tiles_are_served_under_exact_paths_for_ever() {
    let service = Service::start().await;
    for n in 0..4 {
        service.agency(&format!("a{n}")).await;
    }
    let size = service.size();
    let reader = service.ledger.reader().clone();
    for path in TilePath::all(size) {
        for width in 1..=path.width() {
            let path = TilePath::new(path.kind(), path.number(), width).unwrap();
            let answer = service.get(&format!("/{path}")).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.head);
            assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
            assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
            let bytes = reader.tile(&path).unwrap().unwrap();
            assert_eq!(answer.body, String::from_utf8_lossy(&bytes), "{path}");
            assert_eq!(answer.header("content-length"), Some(bytes.len().to_string().as_str()));
        }
    }
    let beyond =
        ["/tile/0/000", "/tile/entries/000", "/tile/1/000.p/1", "/tile/63/000.p/1", "/tile/0/001.p/1"];
    for path in beyond {
        let answer = service.get(path).await;
        assert_eq!((answer.status, answer.header("cache-control")), (404, Some("no-store")), "{path}");
    }
    for path in [
        "/tile/0/0",
        "/tile/00/000.p/1",
        "/tile/0/000.p/0",
        "/tile/0/000.p/256",
        "/tile/64/000.p/1",
        "/tile/0/000.p/01",
        "/tile/0/%30%30%30.p/1",
        "/tile/0/x000/000.p/1",
        "/tile/0/000.p/1/",
        "/tile//0/000.p/1",
        "/tile/0/000.p/1?x=1",
        "/tile/0/../0/000.p/1",
        "/tile/entries/..%2f..%2fhead",
        "/tile/0",
        "/tile/%ff",
        "/tile/0/000.p/%31",
    ] {
        let answer = service.get(path).await;
        assert_eq!((answer.status, answer.header("cache-control")), (400, Some("no-store")), "{path}");
        assert!(["bad-id", "bad-parameter"].contains(&answer.json()["code"].as_str().unwrap()), "{path}");
    }
    // what was partial stays what it was
    let before = service.get(&format!("/tile/0/000.p/{size}")).await.body;
    service.agency("later").await;
    assert_eq!(service.get(&format!("/tile/0/000.p/{size}")).await.body, before);
}

#[tokio::test]
async fn hashes_are_not_compressed_and_entries_are() {
    let service = Service::start().await;
    for n in 0..8 {
        service.agency(&format!("a{n}")).await;
    }
    let size = service.size();
    for (kind, encoding) in [("0", None), ("entries", Some("gzip"))] {
        let path = format!("GET /tile/{kind}/000.p/{size}");
        let answer = service.ask(&path, &[("accept-encoding", "gzip")], b"").await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, encoding), "{path}");
    }
}

#[tokio::test]
async fn a_ledger_that_shows_nothing_shows_tiles_to_tokens_only() {
    let mut service = Service::start().await;
    service.told("policy.changed", json!({"public": "nothing"})).await;
    let auditor = service.token(Role::Auditor, None);
    for path in
        ["/tile/0/000.p/1", "/tile/entries/000.p/1", "/tile/0/nonsense", "/checkpoint", "/v1/events/0/proof"]
    {
        assert_eq!(service.get(path).await.status, 401, "{path}");
    }
    let bearer = format!("Bearer {auditor}");
    let answer = service.ask("GET /tile/0/000.p/1", &[("authorization", &bearer)], b"").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("private, max-age=31536000, immutable"));
}

#[tokio::test]
async fn the_checkpoint_is_text_that_is_asked_for_again() {
    let service = Service::start().await;
    let answer = service.get("/checkpoint").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    note::open(&answer.body, service.ledger.reader().vkey().unwrap()).unwrap();
}

#[tokio::test]
async fn a_proof_as_text_is_a_tlog_proof_of_the_newest_checkpoint() {
    let service = Service::start().await;
    for n in 0..5 {
        service.agency(&format!("a{n}")).await;
    }
    let (size, reader) = (service.size(), service.ledger.reader().clone());
    let text = [("accept", "text/plain")];
    for seq in 0..size {
        let answer = service.ask(&format!("GET /v1/events/{seq}/proof"), &text, b"").await;
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        assert!(answer.head.to_lowercase().contains("vary: accept"), "{}", answer.head);
        let (proof, checkpoint) = answer.body.split_once("\n\n").unwrap();
        assert_eq!(checkpoint, service.get("/checkpoint").await.body);
        let mut lines = proof.lines();
        assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
        assert_eq!(lines.next(), Some(format!("index {seq}").as_str()));
        let hash = |line: &str| Hash(STANDARD.decode(line).unwrap().try_into().unwrap());
        let hashes: Vec<_> = lines.map(hash).collect();
        let signed = note::open(checkpoint, reader.vkey().unwrap()).unwrap();
        let leaf = leaf_hash(&reader.entry(crate::domain::Seq(seq)).unwrap());
        verify_inclusion(seq, signed.size, &leaf, &hashes, &signed.root).unwrap();
    }
    let newest = service.ask(&format!("GET /v1/events/0/proof?size={size}"), &text, b"").await;
    assert_eq!(newest.status, 200);
    for asked in [format!("{}", size - 1), "0".to_owned(), format!("{}", size + 1)] {
        let answer = service.ask(&format!("GET /v1/events/0/proof?size={asked}"), &text, b"").await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("bad-parameter")), "{asked}");
    }
}

#[tokio::test]
async fn json_is_the_proof_unless_text_is_wanted_more() {
    let service = Service::start().await;
    for (accept, expected) in [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/*", "text/plain"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/plain, */*", "application/json"),
        ("TEXT/Plain;charset=utf-8", "text/plain"),
        ("text/plain;q=0.5, application/json;q=0.4", "text/plain"),
        ("text/plain;q=0.4, application/json", "application/json"),
        ("text/plain, */*;q=0.1", "text/plain"),
        ("text/plain;q=0", "application/json"),
        ("text/plain;q=x", "application/json"),
        ("image/png", "application/json"),
        ("text/*;q=0.9, text/plain;q=0.1, */*;q=0.5", "application/json"),
        (",;=/", "application/json"),
    ] {
        service.gives(accept, expected).await;
    }
    let plain = service.get("/v1/events/0/proof").await;
    assert!(plain.json()["checkpoint"].is_string());
    assert!(plain.head.to_lowercase().contains("vary: accept"), "{}", plain.head);
}
