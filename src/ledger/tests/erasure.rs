//! Erasure: what is named is gone from every file, what is not stands, and no failure leaves it half.

use std::path::Path;

use serde_json::{Value, json};

use super::super::{Error, Receipt, random};
use super::kit::{Kit, agency, one};
use crate::domain::{AgencyId, Speaker};
use crate::log::details::{Kept, Sealed};
use crate::log::storage::{Failure, Mode};
use crate::seal;

const EIO: i32 = 5;

fn say(kit: &Kit, kind: &str, jti: &str, data: &Value, details: &Value) -> Result<Receipt, Error> {
    let statement = json!({"type": kind, "jti": jti, "data": data, "details": details});
    let speaker = Speaker::Import { agency: AgencyId::parse("registrar").unwrap() };
    kit.ledger.submit_blocking(vec![seal::said(statement, speaker, random).unwrap()]).map(one)
}

/// A ledger without another overseer: nobody need approve.
fn told(kit: &Kit, id: &str, details: &Value) -> Receipt {
    say(kit, "agency.registered", id, &agency(id), details).unwrap()
}

fn erase(kit: &Kit, of: &Receipt, fields: &[&str]) -> Result<Receipt, Error> {
    let data = json!({"seq": of.seq, "fields": fields, "basis": {"ref": "id/uu/2022/27"}});
    let jti = format!("erase {} {}", of.seq, fields.join(" "));
    say(kit, "details.erased", &jti, &data, &json!({}))
}

/// What is kept of each detail of a receipt, by name.
fn kept(kit: &Kit, receipt: &Receipt) -> Vec<(String, Kept)> {
    let kept = |known: &seal::Disclosure| kit.ledger.details().get(&known.digest).unwrap();
    receipt.disclosures.iter().map(|known| (known.name.clone(), kept(known))).collect()
}

fn sealed(kit: &Kit, receipt: &Receipt) -> Vec<Sealed> {
    let present = |(_, kept)| if let Kept::Present(sealed) = kept { Some(sealed) } else { None };
    kept(kit, receipt).into_iter().filter_map(present).collect()
}

/// Whether bytes stand in any file of a folder.
fn stands(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|found| {
        let path = found.unwrap().path();
        if path.is_dir() {
            return stands(&path, bytes);
        }
        std::fs::read(&path).unwrap().windows(bytes.len()).any(|window| window == bytes)
    })
}

#[test]
fn a14_two_hundred_erased_details_are_found_nowhere() {
    let mut kit = Kit::new();
    let canary = |n: usize, name: &str| format!("canary-{n}-{name}-7f3a");
    let all: Vec<Receipt> = (0..100)
        .map(|n| {
            let details = json!({"a": canary(n, "a"), "b": canary(n, "b"), "stays": canary(n, "stays")});
            told(&kit, &format!("c{n}"), &details)
        })
        .collect();
    let before: Vec<_> = all.iter().map(|receipt| sealed(&kit, receipt)).collect();
    for receipt in &all {
        assert!(erase(&kit, receipt, &["a", "b"]).unwrap().disclosures.is_empty());
    }
    kit.ledger.close().unwrap();
    for (receipt, sealed) in all.iter().zip(before) {
        for one in sealed {
            let gone = seal::aead::decrypt(&one).unwrap().name != "stays";
            for bytes in [&one.ciphertext[..], &one.key] {
                assert_eq!(stands(&kit.data(), bytes), !gone, "{}", receipt.seq);
            }
        }
        assert!(!stands(&kit.data(), format!("canary-{}-", receipt.seq).as_bytes()));
    }
    assert!(!stands(&kit.data(), b"canary-"));
    // every receipt given before still holds, and so does the ledger
    let report = kit.verify(&all);
    assert!(report.is_intact(), "{:?}", report.first_bad);
    assert_eq!(report.erased.len(), 200);
    assert_eq!((report.erased[0].seq, report.erased[0].field.as_str()), (all[0].seq, "a"));
    kit.reopen().unwrap();
    for receipt in &all {
        let there: Vec<_> =
            kept(&kit, receipt).into_iter().filter(|(_, kept)| *kept != Kept::Absent).collect();
        assert!(matches!(&there[..], [(name, Kept::Present(_))] if name == "stays"), "{there:?}");
    }
}

#[test]
fn erasing_fails_at_any_operation_and_is_done_or_pending() {
    let run = |kit: &Kit| {
        let of = told(kit, "c", &json!({"a": "x", "b": "y", "c": "z"}));
        std::thread::sleep(std::time::Duration::from_millis(5));
        of
    };
    let operations = {
        let kit = Kit::new();
        let of = run(&kit);
        let before = kit.files.trace().len();
        erase(&kit, &of, &["a", "c"]).unwrap();
        kit.files.trace().len() - before
    };
    assert!(operations > 20, "{operations}");
    let (mut done, mut not) = (0, 0);
    for nth in 0..operations + 4 {
        for mode in [Mode::Lost, Mode::DoneButFailed] {
            let mut kit = Kit::new();
            let of = run(&kit);
            kit.files.fail(Failure { kind: None, nth, mode, errno: EIO });
            let answer = erase(&kit, &of, &["a", "c"]);
            if answer.is_err() {
                // asked again without opening anew: never acknowledged before it is done
                let again = erase(&kit, &of, &["a", "c"]);
                let there = kept(&kit, &of).iter().filter(|(_, kept)| *kept != Kept::Absent).count();
                assert!(again.is_err() || there == 1, "{nth} {mode:?} {there}");
            }
            drop(kit.ledger.close());
            kit.reopen().unwrap_or_else(|error| panic!("{nth} {mode:?}: {error}"));
            let left: Vec<_> =
                kept(&kit, &of).into_iter().filter(|(_, kept)| *kept != Kept::Absent).collect();
            let erased = kit.types(0).contains(&"details.erased".to_owned());
            assert_eq!(left.len(), if erased { 1 } else { 3 }, "{nth} {mode:?} {left:?}");
            assert!(erased || answer.is_err(), "{nth} {mode:?}");
            if erased {
                done += 1
            } else {
                not += 1
            }
            let report = kit.verify(&[of]);
            assert!(report.is_intact(), "{nth} {mode:?}: {:?}", report.first_bad);
            assert_eq!(report.erased.len(), if erased { 2 } else { 0 });
            told(&kit, "later", &json!({"a": "x"}));
        }
    }
    assert!(done > 10 && not > 0, "{done} {not}");
}

#[test]
fn what_an_entry_has_not_is_not_erased_and_nothing_comes_back() {
    let pair = seal::KeyPair::new(seal::Alg::Ed25519, &[5; 32]).unwrap();
    let mut kit = Kit::keyed(&pair);
    let iss = AgencyId::parse("registrar").unwrap();
    let iat = super::kit::BEGIN_US / 1_000_000;
    let signed = |jti: &str, id: &str| {
        let statement = json!({"type": "agency.registered", "jti": jti, "data": agency(id), "details": {"a": "x", "b": "y"}});
        seal::sign(&pair, &iss, "ledger.example/write", iat, &statement, random).unwrap()
    };
    let said = signed("s", "c");
    let receipt = one(kit.ledger.submit_blocking(vec![said.clone()]).unwrap());
    let refused = |answer: Result<Receipt, Error>| answer.unwrap_err().code().as_str();
    assert_eq!(refused(erase(&kit, &receipt, &["nothing"])), "not-found");
    assert_eq!(refused(erase(&kit, &receipt, &["a", "nothing"])), "not-found");
    erase(&kit, &receipt, &["a"]).unwrap();
    assert_eq!(refused(erase(&kit, &receipt, &["a", "b"])), "wrong-state");
    assert_eq!(refused(erase(&kit, &receipt, &["nothing"])), "not-found", "what was erased has a name");
    let digest = |name: &str| {
        let told = said.details.disclosures.iter().find(|told| told.name == name);
        told.unwrap().digest
    };
    for _ in 0..2 {
        // said again with all its disclosures
        assert!(kit.ledger.submit_blocking(vec![said.clone()]).unwrap().repeated);
        assert_eq!(kit.ledger.details().get(&digest("a")).unwrap(), Kept::Absent);
        assert!(matches!(kit.ledger.details().get(&digest("b")).unwrap(), Kept::Present(_)));
        kit.reopen().unwrap();
    }
    // a disclosure is of one statement
    let mut other = signed("t", "d");
    other.details.digests.clone_from(&said.details.digests);
    other.details.disclosures.clone_from(&said.details.disclosures);
    let answer = kit.ledger.submit_blocking(vec![other]).map(one);
    assert_eq!(refused(answer), "malformed");
    kit.must_verify(&[receipt]);
}

#[test]
fn an_attested_statement_is_repeated_with_or_without_what_was_erased() {
    let kit = Kit::new();
    let first = told(&kit, "c", &json!({"a": "x", "b": "y"}));
    erase(&kit, &first, &["a"]).unwrap();
    for details in [json!({"a": "x", "b": "y"}), json!({"b": "y"})] {
        let again = told(&kit, "c", &details);
        assert_eq!((again.seq, again.disclosures.len()), (first.seq, 1));
    }
    let other = say(&kit, "agency.registered", "c", &agency("c"), &json!({"a": "x"})).unwrap_err();
    assert_eq!(other.code().as_str(), "jti-reused");
}
