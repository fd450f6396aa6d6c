//! Entries and their details: neither is kept without the other, whatever fails.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{Error, Receipt, random};
use super::kit::{Kit, SMALL, agency, one};
use crate::domain::{AgencyId, Seq, Speaker};
use crate::log::details::{Details, Kept};
use crate::log::storage::{Failure, Kind, Mode};
use crate::log::{Entry, RealFiles};
use crate::seal::{self, Submission};

const WRITES: u64 = 8;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

fn told(id: &str, details: Value) -> Submission {
    let statement = json!({"type": "agency.registered", "jti": id, "data": agency(id), "details": details});
    let speaker = Speaker::Import { agency: AgencyId::parse("registrar").unwrap() };
    seal::said(statement, speaker, random).unwrap()
}

fn say(kit: &Kit, id: &str) -> Result<Receipt, Error> {
    let details = json!({"head": format!("head of {id}"), "room": id.len()});
    kit.ledger.submit_blocking(vec![told(id, details)]).map(one)
}

fn write(kit: &Kit) -> Vec<Receipt> {
    (0..WRITES).filter_map(|n| say(kit, &format!("w{n}")).ok()).collect()
}

/// Digests that the entries commit to.
fn committed(kit: &Kit) -> Vec<[u8; 32]> {
    let reader = kit.ledger.reader();
    let entries = reader.entries(Seq(0), Seq(reader.size()));
    entries.flat_map(|read| seal::digests(&Entry::decode(&read.unwrap().1).unwrap()).unwrap()).collect()
}

/// Everything that is acknowledged has its details, and no details are without an entry.
fn holds(kit: &mut Kit, receipts: &[Receipt], why: &str) {
    kit.ledger.close().unwrap();
    let report = kit.verify(receipts);
    assert!(report.is_intact(), "{why}: {:?}", report.first_bad);
    let (_, found) = Details::open(Arc::new(RealFiles), &kit.data(), |_| true).unwrap();
    assert_eq!(found.kept, committed(kit).len(), "{why}");
    kit.reopen().unwrap();
}

#[test]
fn l25_v9_every_operation_fails_once_and_entries_and_details_stand_together() {
    let operations = {
        let kit = Kit::new();
        let before = kit.files.trace().len();
        assert_eq!(write(&kit).len() as u64, WRITES);
        kit.ledger.close().unwrap();
        kit.files.trace().len() - before
    };
    assert!(operations > 50, "{operations}");
    for nth in 0..operations {
        for mode in [Mode::Lost, Mode::DoneButFailed] {
            let mut kit = Kit::new();
            kit.files.fail(Failure { kind: None, nth, mode, errno: EIO });
            let receipts = write(&kit);
            let why = format!("{nth} {mode:?}");
            drop(kit.ledger.close());
            kit.reopen().unwrap_or_else(|error| panic!("{why}: {error}"));
            holds(&mut kit, &receipts, &why);
            for receipt in &receipts {
                assert_eq!(receipt.disclosures.len(), 2, "{why}");
                for known in receipt.disclosures.clone() {
                    let kept = kit.ledger.details().get(&known.digest).unwrap();
                    assert_eq!(seal::details::open(&kept).unwrap(), Some(known), "{why}");
                }
            }
            say(&kit, "later").unwrap();
        }
    }
}

#[test]
fn l19_after_a_failed_sync_of_details_nothing_more_is_acknowledged() {
    // the keys are synced first, then the records, then the log
    for nth in 0..3 {
        for mode in [Mode::Lost, Mode::DoneButFailed] {
            let mut kit = Kit::new();
            let kept = say(&kit, "c").unwrap();
            std::thread::sleep(std::time::Duration::from_millis(100));
            kit.files.fail(Failure { kind: Some(Kind::SyncData), nth, mode, errno: EIO });
            for n in 0..3 {
                let refused = say(&kit, &format!("d{n}"));
                assert!(matches!(refused, Err(Error::ReadOnly)), "{nth} {mode:?}: {refused:?}");
                let plain = kit.say("registrar", "agency.registered", agency(&format!("e{n}")));
                assert!(matches!(plain, Err(Error::ReadOnly)), "{nth} {mode:?}: {plain:?}");
            }
            assert!(kit.ledger.status().why.is_some() && kit.ledger.close().is_err());
            kit.reopen().unwrap();
            holds(&mut kit, &[kept], &format!("{nth} {mode:?}"));
        }
    }
}

#[test]
fn l9_no_space_keeps_neither_entry_nor_details() {
    let mut kit = Kit::new();
    let (mut full, mut kept) = (0, Vec::new());
    for n in 0..80 {
        // the room of the entries is made first, then that of the details
        let nth = n % 3;
        kit.files.fail(Failure { kind: Some(Kind::Reserve), nth, mode: Mode::Lost, errno: ENOSPC });
        let id = format!("c{n}");
        let before = committed(&kit).len();
        match say(&kit, &id) {
            Ok(receipt) => kept.push(receipt),
            Err(Error::DiskLow) => {
                full += 1;
                assert_eq!(committed(&kit).len(), before);
                kit.files.heal();
                kept.push(say(&kit, &id).unwrap());
            }
            Err(other) => panic!("{other}"),
        }
        kit.files.heal();
    }
    assert!(full > 20, "{full}");
    let (_, found) = Details::open(Arc::new(RealFiles), &kit.data(), |_| true).unwrap();
    assert_eq!(
        found.kept,
        committed(&kit).len(),
        "none was kept without its entry, not even until a restart"
    );
    holds(&mut kit, &kept, "after no space");
}

#[test]
fn what_is_refused_leaves_no_details() {
    let mut kit = Kit::new();
    say(&kit, "c").unwrap();
    let batch = vec![told("d", json!({"a": 1})), told("c", json!({"b": 2}))];
    let refused = kit.ledger.submit_blocking(batch);
    assert!(matches!(refused, Err(Error::Refused { index: 1, .. })), "{refused:?}");
    // in one commit with what is admitted
    let jobs: Vec<_> =
        ["e", "c", "f"].map(|id| kit.ledger.enqueue(vec![told(id, json!({"a": id}))]).unwrap()).into();
    let done: Vec<bool> = jobs.into_iter().map(|job| job.wait().is_ok()).collect();
    assert_eq!(done, [true, false, true]);
    assert_eq!(committed(&kit).len(), 4);
    holds(&mut kit, &[], "after refusals");
}

#[test]
fn a_repeat_is_answered_with_what_was_said_first() {
    let mut kit = Kit::new();
    let details = || json!({"title": "Rapat", "n": [1, 2]});
    let first = one(kit.ledger.submit_blocking(vec![told("c", details())]).unwrap());
    let again = kit.ledger.submit_blocking(vec![told("c", details())]).unwrap();
    assert!(again.repeated);
    let repeats_first = |again: &Receipt| {
        assert_eq!((again.seq, again.at, &again.entry), (first.seq, first.at, &first.entry));
        assert_eq!(again.disclosures, first.disclosures);
    };
    repeats_first(&one(again));
    for other in [json!({"title": "Rapat"}), json!({"title": "Rapat", "n": [2, 1]}), json!({})] {
        let refused = kit.ledger.submit_blocking(vec![told("c", other)]).unwrap_err();
        assert_eq!(refused.code().as_str(), "jti-reused");
    }
    // within one commit, and over a restart
    let jobs: Vec<_> = (0..3).map(|_| kit.ledger.enqueue(vec![told("d", details())]).unwrap()).collect();
    let seqs: Vec<_> = jobs.into_iter().map(|job| one(job.wait().unwrap()).seq).collect();
    assert_eq!(seqs, [seqs[0]; 3]);
    kit.reopen().unwrap();
    repeats_first(&one(kit.ledger.submit_blocking(vec![told("c", details())]).unwrap()));
    holds(&mut kit, &[first], "after repeats");
}

#[test]
fn a_repeat_of_a_signed_statement_brings_lost_details_back() {
    let pair = seal::KeyPair::new(seal::Alg::Ed25519, &[5; 32]).unwrap();
    let mut kit = Kit::keyed(&pair);
    let iss = AgencyId::parse("registrar").unwrap();
    let statement =
        json!({"type": "agency.registered", "jti": "s", "data": agency("c"), "details": {"a": "x"}});
    let iat = super::kit::BEGIN_US / 1_000_000;
    let said = seal::sign(&pair, &iss, "ledger.example/write", iat, &statement, random).unwrap();
    kit.ledger.submit_blocking(vec![said.clone()]).unwrap();
    let digest = said.details.digests[0];
    kit.ledger.close().unwrap();
    for lost in ["details/records", "details/keys/0"] {
        std::fs::remove_file(kit.data().join(lost)).unwrap();
    }
    assert!(!kit.verify(&[]).is_intact());
    kit.reopen().unwrap();
    assert_eq!(kit.ledger.details().get(&digest).unwrap(), Kept::Absent);
    let again = kit.ledger.submit_blocking(vec![said]).unwrap();
    assert!(again.repeated && one(again).disclosures.is_empty());
    assert!(matches!(kit.ledger.details().get(&digest).unwrap(), Kept::Present(_)));
    holds(&mut kit, &[], "brought back");
}

#[test]
fn a_damaged_detail_is_left_out_of_what_is_compared() {
    let mut kit = Kit::new();
    let first = one(kit.ledger.submit_blocking(vec![told("c", json!({"a": "x", "b": "y"}))]).unwrap());
    kit.ledger.close().unwrap();
    let records = kit.data().join("details/records");
    let mut bytes = std::fs::read(&records).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&records, bytes).unwrap();
    kit.reopen().unwrap();
    let again = one(kit.ledger.submit_blocking(vec![told("c", json!({"a": "x", "b": "y"}))]).unwrap());
    assert_eq!((again.seq, again.disclosures.len()), (first.seq, 1));
    let refused = kit.ledger.submit_blocking(vec![told("c", json!({"a": "z", "b": "z"}))]).unwrap_err();
    assert_eq!(refused.code().as_str(), "jti-reused");
    kit.must("registrar", "agency.registered", agency("later"));
}

#[test]
fn a_digest_without_its_disclosure_is_not_admitted() {
    let kit = Kit::new();
    let mut said = told("c", json!({"a": 1, "b": 2}));
    said.details.disclosures.pop();
    let refused = kit.ledger.submit_blocking(vec![said]).unwrap_err();
    assert_eq!(refused.code().as_str(), "malformed");
    assert_eq!(committed(&kit).len(), 0);
}

#[test]
fn details_lie_in_their_folder_and_are_small() {
    let kit = Kit::new();
    let names: serde_json::Map<String, Value> =
        (0..64).map(|n| (format!("n{n}"), json!("x".repeat(100)))).collect();
    let receipt = one(kit.ledger.submit_blocking(vec![told("c", json!(names))]).unwrap());
    assert_eq!(receipt.disclosures.len(), 64);
    assert!(receipt.entry.len() < SMALL.segment_bytes as usize);
    let records = std::fs::metadata(kit.data().join("details/records")).unwrap().len();
    assert!(records < 64 * 400, "{records}");
}
