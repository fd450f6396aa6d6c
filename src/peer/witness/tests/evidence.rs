//! Evidence: kept once, told apart, and never more of it than fits.

use std::fs;

use serde_json::Value;

use super::kit::{House, NOW, ORIGIN, TestLog, cosigner, request};
use crate::log::{Hash, note};
use crate::peer::witness::KEPT_MAX;

fn kept(house: &House) -> Vec<(String, Value)> {
    let mut found: Vec<_> = fs::read_dir(house.path().join("evidence"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, serde_json::from_slice(&fs::read(entry.path()).unwrap()).unwrap())
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn a_fork_leaves_two_signed_heads_that_contradict_each_other() {
    let (house, log, fork) = (House::new(), TestLog::new(300), TestLog::forked(300, 50));
    let witness = house.open();
    witness.add(log.request(0, 100).as_bytes(), NOW).unwrap();
    assert!(witness.add(request(100, &[], &fork.note(100)).as_bytes(), NOW).is_err());
    let found = kept(&house);
    assert_eq!(found.len(), 1);
    let (name, shown) = &found[0];
    assert!(name.contains("-fork-") && name.starts_with("5be92bef"), "{name}");
    assert_eq!(shown["format"], "estafet-evidence/1");
    let (a, b) = (shown["a"].as_str().unwrap(), shown["b"].as_str().unwrap());
    // both verify with the log's key alone: whoever reads them needs to trust nobody else
    let (a, b) = (note::open(a, &log.signer.vkey()).unwrap(), note::open(b, &log.signer.vkey()).unwrap());
    assert_eq!((a.size, b.size, a.root == b.root), (100, 100, false));
    assert!(note::cosigned(shown["a"].as_str().unwrap(), &cosigner().vkey()).is_ok());
    // also where the old size is another one
    let elsewhere = request(0, &[], &TestLog::forked(100, 20).note(100));
    assert_eq!(witness.add(elsewhere.as_bytes(), NOW).unwrap_err().status(), 409);
    assert_eq!(kept(&house).len(), 2);
    // a face that has grown proves its own fork; from a power of two its proof does not say enough
    assert_eq!(witness.add(fork.request(100, 200).as_bytes(), NOW).unwrap_err().status(), 422);
    assert_eq!(kept(&house).iter().filter(|(name, _)| name.contains("-fork-")).count(), 3);
    witness.add(log.request(100, 256).as_bytes(), NOW).unwrap();
    assert_eq!(witness.add(fork.request(256, 300).as_bytes(), NOW).unwrap_err().status(), 422);
    // and a log that only grew is accused by nobody's proof
    assert!(witness.add(request(256, &fork.proof(256, 300), &log.note(300)).as_bytes(), NOW).is_err());
    let refused = kept(&house).iter().filter(|(name, _)| name.contains("-refused-")).count();
    assert_eq!((kept(&house).len(), refused), (5, 2));
}

#[test]
fn evidence_is_kept_once_and_bounded_and_forks_are_not_pushed_out() {
    let (house, log) = (House::new(), TestLog::new(300));
    let witness = house.open();
    witness.add(log.request(0, 100).as_bytes(), NOW).unwrap();
    // anybody may hand in an old checkpoint with another proof, again and again
    for n in 0..20_u8 {
        assert!(witness.add(request(100, &[Hash([n; 32])], &log.note(200)).as_bytes(), NOW).is_err());
    }
    assert_eq!(kept(&house).len(), 1);
    for size in 101..=300 {
        assert!(witness.add(request(100, &[], &log.note(size)).as_bytes(), NOW).is_err());
    }
    assert_eq!(kept(&house).len(), KEPT_MAX);
    // stale sizes are how logs ask where they stand: no evidence
    assert!(witness.add(log.request(50, 60).as_bytes(), NOW).is_err());
    assert_eq!(kept(&house).len(), KEPT_MAX);
    // unsigned and forged ones leave nothing
    assert!(
        witness.add(request(100, &[], &log.note(200).replacen("200", "201", 1)).as_bytes(), NOW).is_err()
    );
    for common in 0..70 {
        let fork = TestLog::forked(100, common);
        assert!(witness.add(request(100, &[], &fork.note(100)).as_bytes(), NOW).is_err());
    }
    assert_eq!(kept(&house).len(), 2 * KEPT_MAX);
    assert_eq!(kept(&house).iter().filter(|(name, _)| name.contains("-fork-")).count(), KEPT_MAX);
    drop(witness);
    // a restart knows what is there
    let witness = house.open();
    assert!(witness.add(request(100, &[], &TestLog::forked(100, 99).note(100)).as_bytes(), NOW).is_err());
    assert!(witness.add(request(100, &[], &log.note(300)).as_bytes(), NOW).is_err());
    assert_eq!(kept(&house).len(), 2 * KEPT_MAX);
    let bytes: u64 = fs::read_dir(house.path().join("evidence"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes < 1 << 20, "{bytes} bytes of evidence about {ORIGIN}");
    witness.add(log.request(100, 300).as_bytes(), NOW).unwrap();
}
