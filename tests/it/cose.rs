//! Receipts as COSE, checked by scitt-cose (tests/interop/cose.py): every one of a server is accepted,
//! and no altered one.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::kit::{Ledger, Server, beginning, root, skipped, text};

#[test]
fn scitt_cose_accepts_every_receipt_and_refuses_altered_ones() {
    let Ok(python) = std::env::var("ESTAFET_COSE_PYTHON") else {
        skipped(
            "receipts checked by scitt-cose: ESTAFET_COSE_PYTHON is set by tests/run where it can be had",
        );
        return;
    };
    let ledger = Ledger::new();
    let more = (0..300).map(|n| {
        json!({"type": "agency.registered", "jti": format!("n {n}"),
            "data": {"agency": format!("a-{n}"), "name": {"en": "Agency"}, "kind": "office"}})
    });
    let statements: Vec<_> = beginning().into_iter().chain(more).collect();
    assert_eq!(ledger.import(&statements).json()["admitted"], 304);
    let server = Server::start(&ledger.dir());
    let script = root().join("tests/interop/cose.py");
    let url = format!("http://{}", server.address);
    let done = Command::new(python)
        .args([text(&script), &url, &ledger.vkey])
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .expect("the checker starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    println!("scitt-cose: {told}");
    // the receipt of every entry at the newest size, and those of older sizes
    assert_eq!(told["size"], 306, "{told}");
    assert!(told["accepted"].as_u64().is_some_and(|count| count >= 600), "{told}");
    assert!(told["refused"].as_u64().is_some_and(|count| count >= 200), "{told}");
    assert_eq!(server.stop(), Some(0));
}
