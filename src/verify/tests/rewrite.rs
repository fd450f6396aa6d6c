//! What a chain cannot show by itself, and what does.

use super::super::report::{CheckName, Report};
use super::super::{Options, directory};
use super::kit::{Kit, ORIGIN, Written, said, vkey, world};
use crate::log::Signer;

/// The same world with another last word: the holder of the key writes the tail anew.
fn rewritten(sound: &[Written], from: usize) -> Vec<Written> {
    let mut other = sound[..from].to_vec();
    let n = u64::try_from(from).unwrap();
    let data = serde_json::json!({ "agency": "z", "name": { "en": "Z" }, "kind": "ministry" });
    other.push(Written {
        said: said("registrar", "agency.registered", data, n),
        subjects: ["a:registrar", "a:z", "g:z"].map(|s| crate::domain::Subject::parse(s).unwrap()).to_vec(),
        at: sound[from].at,
    });
    other
}

fn with(kit: &Kit, options: Options) -> Report {
    directory(&kit.data(), &Options { vkeys: vec![vkey()], ..options }).unwrap()
}

#[test]
fn v3_a_rewritten_tail_is_caught_by_a_receipt_and_by_nothing_else() {
    let sound = Kit::new(40);
    let receipts = vec![sound.receipt(35)];
    let kept = with(&sound, Options { receipts: receipts.clone(), ..Options::default() });
    assert!(kept.is_intact(), "{:?}", kept.first_bad);

    let other = Kit::of(rewritten(&sound.written, 30));
    // The limit: by itself it is as good as the true one.
    let alone = with(&other, Options::default());
    assert!(alone.is_intact() && alone.trusted, "{:?}", alone.first_bad);
    let caught = with(&other, Options { receipts, ..Options::default() });
    let bad = caught.first_bad.clone().unwrap();
    assert!(!caught.is_intact() && !caught.trusted);
    assert_eq!((bad.file.as_str(), bad.check), ("receipt 1", CheckName::Tree));
}

#[test]
fn v3_a_tail_cut_off_is_caught_by_a_receipt_or_a_checkpoint() {
    let whole = Kit::new(40);
    let short = Kit::of(world(30));
    assert!(with(&short, Options::default()).is_intact());
    let receipt = Options { receipts: vec![whole.receipt(20)], ..Options::default() };
    let bad = with(&short, receipt).first_bad.unwrap();
    assert!(bad.detail.contains("rolled back"), "{}", bad.detail);
    let since = Options { since: Some(whole.checkpoint()), ..Options::default() };
    let bad = with(&short, since).first_bad.unwrap();
    assert_eq!(bad.file, "since");
    // The other way round it is an older checkpoint of the same log.
    let since = Options { since: Some(short.checkpoint()), ..Options::default() };
    assert!(with(&whole, since).is_intact());
}

#[test]
fn v4_a_checkpoint_by_another_key_is_not_trusted() {
    let kit = Kit::new(12);
    let other = Signer::new(ORIGIN, &[8; 32]).vkey();
    let report = directory(&kit.data(), &Options { vkeys: vec![other], ..Options::default() }).unwrap();
    let bad = report.first_bad.unwrap();
    assert_eq!((bad.file.as_str(), bad.check, bad.seq), ("head", CheckName::Checkpoint, None));
    assert!(!report.trusted);
}

#[test]
fn v3_a_receipt_that_was_tampered_with_is_refused() {
    let kit = Kit::new(24);
    let sound = kit.receipt(13);
    let value: serde_json::Value = serde_json::from_str(&sound).unwrap();
    let mut bad = vec!["{}".to_owned(), "no json".to_owned()];
    for (field, other) in [
        ("seq", serde_json::json!(12)),
        ("at", serde_json::json!("2026-01-05T02:00:00.000001Z")),
        ("leaf", serde_json::json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
        ("entry", serde_json::json!("e30")),
        ("proof", serde_json::json!([])),
        ("checkpoint", serde_json::json!(value["checkpoint"].as_str().unwrap().replace("24\n", "23\n"))),
    ] {
        let mut value = value.clone();
        value[field] = other;
        bad.push(value.to_string());
    }
    for receipt in bad {
        let report = with(&kit, Options { receipts: vec![receipt.clone()], ..Options::default() });
        assert!(!report.is_intact(), "{receipt}");
    }
    // A batch's receipts share one checkpoint.
    let mut one = value.clone();
    let checkpoint = one.as_object_mut().unwrap().remove("checkpoint").unwrap();
    let batch = serde_json::json!({ "checkpoint": checkpoint, "receipts": [one] }).to_string();
    let report = with(&kit, Options { receipts: vec![batch], ..Options::default() });
    assert!(report.is_intact(), "{:?}", report.first_bad);
}
