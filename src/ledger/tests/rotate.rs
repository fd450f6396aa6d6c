//! Keys that follow each other: what is signed by which, and what a crash leaves.

use std::fs;

use super::super::rotate::rotate_on;
use super::super::{Clock, Config, OpenError};
use super::kit::{Kit, SMALL, agency};
use crate::log::{self, Vkey, note};
use crate::verify::{self, CheckName, Options, Report};
use std::sync::Arc;

fn rotated(kit: &Kit, seed: u8) -> Vkey {
    kit.ledger.close().unwrap();
    let clock: Arc<dyn Clock> = Arc::clone(&kit.clock) as _;
    let config = Config { log: SMALL, ..Config::default() };
    rotate_on(&kit.files, &clock, &kit.data(), &config, &[seed; 32]).unwrap()
}

fn verified(kit: &Kit, vkeys: &[&Vkey], receipts: Vec<String>) -> Report {
    let vkeys = vkeys.iter().copied().cloned().collect();
    verify::directory(&kit.data(), &Options { vkeys, receipts, ..Options::default() }).unwrap()
}

/// Which of the keys signed the newest checkpoint.
fn signed(kit: &Kit, vkeys: &[&Vkey]) -> Vec<bool> {
    let checkpoint = log::Reader::open(&kit.data()).unwrap().checkpoint();
    vkeys.iter().map(|vkey| note::open(&checkpoint, vkey).is_ok()).collect()
}

#[test]
fn v4_both_keys_sign_while_the_old_one_is_there_and_old_receipts_hold_for_ever() {
    let mut kit = Kit::peopled();
    let before = super::kit::json_of(&kit.must("registrar", "agency.registered", agency("before")));
    let first = kit.vkey.clone();
    let second = rotated(&kit, 8);
    assert_eq!(signed(&kit, &[&first, &second]), [true, true]);
    kit.reopen().unwrap();
    let between = super::kit::json_of(&kit.must("registrar", "agency.registered", agency("between")));
    let third = rotated(&kit, 9);
    fs::remove_file(kit.data().join("keys/ledger")).unwrap();
    kit.reopen().unwrap();
    let after = super::kit::json_of(&kit.must("registrar", "agency.registered", agency("after")));
    kit.ledger.close().unwrap();
    assert_eq!(signed(&kit, &[&first, &second, &third]), [false, true, true]);
    let all = vec![before.clone(), between.clone(), after.clone()];
    for trusted in [vec![], vec![&first], vec![&first, &third]] {
        let report = verified(&kit, &trusted, all.clone());
        assert!(report.is_intact(), "{:?}", report.first_bad);
        assert_eq!(report.trusted, !trusted.is_empty());
    }
    // what the first key signed is this ledger's, though its file is gone
    let kept = crate::log::Seen::of(&before, "somebody");
    let reader = log::Reader::open(&kit.data()).unwrap();
    assert_eq!(kept.extended(reader.origin(), reader.vkeys(), &reader.tree()).unwrap(), 7);
    // who trusts a later key does not trust what only an earlier one signed
    assert!(verified(&kit, &[&second], vec![between, after.clone()]).is_intact());
    let bad = verified(&kit, &[&second], vec![before, after]).first_bad.unwrap();
    assert_eq!((bad.file.as_str(), bad.check), ("receipt 1", CheckName::Checkpoint));
    let stranger = log::Signer::new("ledger.example/write", &[99; 32]).vkey();
    assert!(!verified(&kit, &[&stranger], vec![]).is_intact());
}

#[test]
fn v4_a_rotation_that_the_key_before_does_not_vouch_for_is_found() {
    use crate::log::Signer;
    let [old, new, other] = [7, 8, 9].map(|seed| Signer::new("ledger.example/write", &[seed; 32]));
    let vouched = old.vouch(&new.vkey());
    let follows = |of: &Signer, new: &str, signature: &str| of.vkey().followed_by(new, signature).is_ok();
    assert!(follows(&old, &new.vkey().to_string(), &vouched));
    assert!(!follows(&other, &new.vkey().to_string(), &vouched));
    assert!(!follows(&old, &other.vkey().to_string(), &vouched));
    assert!(!follows(&old, "no key", &vouched));
    assert!(!follows(&old, &new.vkey().to_string(), ""));
    let elsewhere = Signer::new("ledger.example/other", &[8; 32]).vkey();
    assert!(!follows(&old, &elsewhere.to_string(), &old.vouch(&elsewhere)));
}

#[test]
fn v4_a_crash_leaves_the_old_key_at_work_or_a_new_one_that_opening_takes_up() {
    let mut kit = Kit::peopled();
    let first = kit.vkey.clone();
    // before the entry: a key aside that nothing names
    log::keys::prepare(&log::RealFiles, &kit.data(), 2, &log::Signer::new("ledger.example/write", &[3; 32]))
        .unwrap();
    kit.reopen().unwrap();
    kit.must("registrar", "agency.registered", agency("c"));
    let second = rotated(&kit, 8);
    // after the entry, before the new name
    let (name, aside) = (kit.data().join("keys/ledger.2"), kit.data().join("keys/ledger.2.new"));
    fs::rename(&name, &aside).unwrap();
    kit.reopen().unwrap();
    assert!(name.exists() && !aside.exists());
    kit.must("registrar", "agency.registered", agency("d"));
    kit.ledger.close().unwrap();
    assert_eq!(signed(&kit, &[&first, &second]), [true, true]);
    assert!(verified(&kit, &[&first], vec![]).is_intact());
    // the newest key is lost: nothing is signed by an older one alone
    fs::remove_file(&name).unwrap();
    match kit.reopen() {
        Err(OpenError::Log(log::Error::MissingKey { file })) => assert!(file.ends_with("keys/ledger.2")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn l35_the_first_checkpoint_with_a_rotation_bears_both_lines_and_what_follows_is_proved_by_the_new_key() {
    let mut kit = Kit::peopled();
    kit.reopen().unwrap();
    let head = fs::read(kit.data().join("head")).unwrap();
    let first = kit.vkey.clone();
    let new = log::Signer::new(first.name(), &[8; 32]);
    kit.ledger.say_rotation(&*kit.files, &new).unwrap();
    let checkpoint = kit.ledger.reader().checkpoint();
    assert!([&first, &new.vkey()].iter().all(|vkey| note::open(&checkpoint, vkey).is_ok()), "{checkpoint}");
    kit.must("registrar", "agency.registered", agency("after"));
    let size = kit.ledger.reader().size();
    kit.ledger.close().unwrap();
    // as a kill leaves it: head is older, and the new key has not its name yet
    let newer = fs::read(kit.data().join("head")).unwrap();
    fs::write(kit.data().join("head"), &head).unwrap();
    kit.reopen().unwrap();
    assert_eq!(kit.ledger.reader().size(), size);
    kit.ledger.close().unwrap();
    assert_eq!(signed(&kit, &[&first, &new.vkey()]), [true, true]);
    // the key that what follows is proved by is lost
    fs::write(kit.data().join("head"), &head).unwrap();
    fs::remove_file(kit.data().join("keys/ledger.2")).unwrap();
    assert!(matches!(kit.reopen(), Err(OpenError::Log(log::Error::MissingKey { .. }))));
    // and where head names it, nothing else will do
    fs::write(kit.data().join("head"), &newer).unwrap();
    assert!(matches!(kit.reopen(), Err(OpenError::Log(log::Error::MissingKey { .. }))));
}

#[test]
fn l35_no_head_that_holds_a_rotation_names_only_the_key_before() {
    let mut kit = Kit::peopled();
    kit.reopen().unwrap();
    let first = kit.vkey.clone();
    let new = log::Signer::new(first.name(), &[8; 32]);
    kit.ledger.say_rotation(&*kit.files, &new).unwrap();
    kit.ledger.close().unwrap();
    // the key still waits beside the others: opening takes it up before it signs
    assert_eq!(signed(&kit, &[&first, &new.vkey()]), [true, true]);
    let heads = [0, 4096].map(|at| fs::read(kit.data().join("head")).unwrap()[at..at + 4096].to_vec());
    kit.reopen().unwrap();
    let after = fs::read(kit.data().join("head")).unwrap();
    let kept = heads.iter().any(|slot| after.windows(4096).step_by(4096).any(|other| other == slot));
    assert!(kept, "no slot was written without the new key");
    kit.ledger.close().unwrap();
    assert_eq!(signed(&kit, &[&first, &new.vkey()]), [true, true]);
}

#[test]
fn l35_a_log_that_does_not_name_the_key_that_signs_is_an_older_one() {
    let mut kit = Kit::peopled();
    kit.ledger.close().unwrap();
    let [segment, head] = ["log/00000000000000000000.seg", "head"].map(|name| kit.data().join(name));
    let older = [&segment, &head].map(|file| fs::read(file).unwrap());
    kit.reopen().unwrap();
    rotated(&kit, 8);
    // a thief of the old key puts the log of before back, to go on with that key
    fs::write(&segment, &older[0]).unwrap();
    fs::write(&head, &older[1]).unwrap();
    let refused = kit.reopen().unwrap_err();
    assert!(matches!(refused, OpenError::Log(log::Error::RolledBack { .. })), "{refused:?}");
    assert_eq!([&segment, &head].map(|file| fs::read(file).unwrap()), older);
}
