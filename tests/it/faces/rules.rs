//! A ledger whose entries are judged by rules that this program does not know: nobody opens it, serves it,
//! follows it or judges a bundle of it, whichever way it comes; exit code 10 each time.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use estafet::log::Entry;
use serde_json::{Value, json};

use super::super::kit::{check, root, skipped, text};
use super::super::second::rewritten;
use super::kit::{Evil, Face};

/// Entry 0 under another rule set.
fn later(statement: &str) -> String {
    assert!(statement.contains("\"rules\":1"), "{statement}");
    statement.replace("\"rules\":1", "\"rules\":2")
}

/// What the second verifier ends with.
fn second(path: &Path) -> Option<i32> {
    let Ok(python) = std::env::var("ESTAFET_PYTHON") else {
        skipped("the second verifier about another rule set");
        return None;
    };
    let status = Command::new(python).arg(root().join("docs/verify.py")).arg(path).status();
    status.expect("Python starts").code()
}

#[test]
fn another_rule_set_is_not_opened() {
    let (ledger, face) = Face::first(12);
    let vkey = face.vkey().to_string();
    let other = ledger.beside("other");
    rewritten(&ledger.dir(), &other, &|seq, text| if seq == 0 { later(text) } else { text.to_owned() });
    let dir = text(&other);
    let lines = ledger.beside("lines.jsonl");
    let said = json!({"type": "agency.registered", "jti": "more",
        "data": {"agency": "more", "name": {"en": "More"}, "kind": "office"}});
    fs::write(&lines, said.to_string()).expect("written");
    let out = ledger.beside("out");
    for arguments in [
        vec!["verify", dir],
        vec!["verify", dir, "--vkey", &vkey, "--json"],
        vec!["serve", "--data", dir, "--listen", "127.0.0.1:0"],
        vec!["import", "jsonl", text(&lines), "--data", dir],
        vec!["who", "r-3", "--data", dir],
        vec!["findings", "--data", dir],
        vec!["log", "--data", dir],
        vec!["show", "0", "--data", dir],
        vec!["export", "bundle", "--subject", "r:r-3", "--data", dir, "--out", text(&out)],
        vec!["backup", "--data", dir, text(&out)],
        vec!["key", "rotate", "--data", dir],
    ] {
        let told = check(&arguments, 10).stderr;
        assert!(told.contains("rule set 2"), "{arguments:?}: {told}");
    }
    assert!(!out.exists(), "nothing is made of it");
    assert!(second(&other).is_none_or(|exit| exit == 10));

    let bundle = ledger.beside("bundle.json");
    check(&["export", "bundle", "--seq", "0", "--data", text(&ledger.dir()), "--out", text(&bundle)], 0);
    let mut carried: Value = serde_json::from_slice(&fs::read(&bundle).expect("a bundle")).expect("JSON");
    let bytes = URL_SAFE_NO_PAD.decode(carried["entries"][0]["entry"].as_str().expect("text"));
    let bytes = bytes.expect("base64url");
    let statement = Entry::decode(&bytes).expect("an entry").body.statement().to_owned();
    let altered = String::from_utf8(bytes).expect("UTF-8").replace(&statement, &later(&statement));
    carried["entries"][0]["entry"] = URL_SAFE_NO_PAD.encode(altered).into();
    fs::write(&bundle, carried.to_string()).expect("written");
    check(&["verify", text(&bundle), "--vkey", &vkey], 10);
    assert!(second(&bundle).is_none_or(|exit| exit == 10));
}

#[test]
fn another_rule_set_is_not_followed() {
    let (ledger, face) = Face::first(12);
    let vkey = face.vkey().to_string();
    let other = face.other(0, &|seq, text| (seq == 0).then(|| later(text)));
    let evil = Evil::serve(&other, 12);
    check(&["verify", &evil.url, "--vkey", &vkey], 10);
    let dir = ledger.beside("mirror");
    check(&["mirror", &evil.url, "--vkey", &vkey, "--data", text(&dir), "--once"], 10);
    assert!(!dir.join("mirror.toml").exists(), "no mirror was begun");
}
