//! Signed statements through the binary: bulk load beside attested ones, and what `verify` says.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use estafet::domain::AgencyId;
use estafet::seal::{self, Alg, KeyPair};
use serde_json::{Value, json};

use super::kit::{Ledger, ORIGIN, check, text};

#[test]
fn an_import_takes_signed_lines_and_refuses_forged_ones() {
    let ledger = Ledger::new();
    let (jwk, dir, file) = (ledger.beside("jwk"), ledger.beside("keyed"), ledger.beside("signed.jsonl"));
    let pair = KeyPair::new(Alg::Ed25519, &[5; 32]).expect("a key");
    fs::write(&jwk, serde_json::to_string(pair.jwk()).expect("JSON")).expect("written");
    let init = ["init", text(&dir), "--origin", ORIGIN, "--registrar-key", text(&jwk)];
    check(&init, 0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let now = i64::try_from(now).expect("before 292 billion");
    let registrar = AgencyId::parse("registrar").expect("an id");
    let signed = |id: &str, aud: &str| {
        let said = json!({"type": "agency.registered", "jti": id,
            "data": {"agency": id, "name": {"en": id}, "kind": "ministry"}});
        seal::sign(&pair, &registrar, aud, now, &said, estafet::ledger::random)
            .expect("signed")
            .canonical
            .to_string()
    };
    let sound = signed("a", ORIGIN);
    let at = sound.rfind('.').expect("a signature") + 10;
    let other = if sound.as_bytes().get(at) == Some(&b'A') { "B" } else { "A" };
    let forged =
        format!("{}{other}{}", sound.get(..at).expect("before"), sound.get(at + 1..).expect("behind"));
    let attested = json!({"type": "instrument.recorded", "jti": "i1", "data": {"ref": "id/test/1", "status": "unverified"}});
    let lines: Vec<Value> = vec![
        json!({"jwt": sound}),
        attested,
        json!({"jwt": forged}),
        json!({"jwt": signed("b", "ledger.example/other")}),
        json!({"jwt": signed("c", ORIGIN), "agency": "registrar"}),
    ];
    let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    fs::write(&file, lines.join("\n")).expect("written");
    let report = check(&["import", "jsonl", text(&file), "--data", text(&dir), "--json"], 1).json();
    let refused: Vec<_> =
        report["refused"].as_array().expect("a list").iter().map(|one| one["code"].clone()).collect();
    assert_eq!(report["admitted"], 2);
    assert_eq!(refused, ["bad-signature", "wrong-audience", "unknown-field"]);
    let again = check(&["import", "jsonl", text(&file), "--data", text(&dir), "--json"], 1).json();
    assert_eq!((&again["admitted"], &again["repeated"]), (&json!(0), &json!(2)));
    let verified = check(&["verify", text(&dir), "--json"], 0).json();
    assert_eq!((&verified["signed"], &verified["attested"]), (&json!(1), &json!(1)));
    let shown = check(&["show", "3", "--data", text(&dir)], 0).stdout;
    assert!(shown.contains("signed") && shown.contains(pair.kid().as_str()), "{shown}");
}
