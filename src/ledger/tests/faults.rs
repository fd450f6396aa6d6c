//! Every operation of the storage fails once, both ways: what was acknowledged survives.

use super::super::{Error, Receipt};
use super::kit::{Kit, agency};
use crate::ledger::random;
use crate::log::storage::{Failure, Kind, Mode};

const WRITES: u64 = 12;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Writes until nothing more is written; gives the receipts.
fn write(kit: &Kit) -> Vec<Receipt> {
    let said = |n| kit.say("registrar", "agency.registered", agency(&format!("w{n}")));
    (0..WRITES).filter_map(|n| said(n).ok()).collect()
}

/// Operations that a run without faults does, from the first write to the end.
fn operations() -> usize {
    let kit = Kit::new();
    let before = kit.files.trace().len();
    assert_eq!(write(&kit).len() as u64, WRITES);
    kit.ledger.close().unwrap();
    kit.files.trace().len() - before
}

#[test]
fn l25_every_operation_fails_once_and_what_was_acknowledged_survives() {
    let count = operations();
    assert!(count > 30, "{count}");
    for nth in 0..count {
        for mode in [Mode::Lost, Mode::DoneButFailed] {
            let mut kit = Kit::new();
            kit.files.fail(Failure { kind: None, nth, mode, errno: EIO });
            let receipts = write(&kit);
            let stopped = kit.ledger.status().why.is_some();
            let closed = kit.ledger.close();
            assert_eq!(closed.is_err(), stopped || closed.is_err());
            kit.reopen().unwrap_or_else(|error| panic!("{nth} {mode:?}: {error}"));
            let report = kit.verify(&receipts);
            assert!(report.is_intact(), "{nth} {mode:?}: {:?}", report.first_bad);
            kit.must("registrar", "agency.registered", agency("later"));
        }
    }
}

#[test]
fn l25_l19_after_a_failed_sync_nothing_more_is_acknowledged() {
    for (kind, mode) in [
        (Kind::SyncData, Mode::Lost),
        (Kind::SyncData, Mode::DoneButFailed),
        (Kind::WriteAt, Mode::Lost),
        (Kind::ReadAt, Mode::Flipped),
    ] {
        let kit = Kit::new();
        let kept = kit.must("registrar", "agency.registered", agency("c"));
        // `head` follows by itself and must not take the failure.
        std::thread::sleep(std::time::Duration::from_millis(100));
        kit.files.fail(Failure { kind: Some(kind), nth: 0, mode, errno: EIO });
        for n in 0..3 {
            let refused = kit.say("registrar", "agency.registered", agency(&format!("d{n}")));
            assert!(matches!(refused, Err(Error::ReadOnly)), "{kind:?} {mode:?} {n}: {refused:?}");
        }
        assert!(kit.ledger.status().why.is_some(), "it says why");
        assert_eq!(kit.ledger.reader().entry(kept.seq).unwrap(), kept.entry, "reads go on");
        assert!(kit.ledger.close().is_err(), "and so does the end");
    }
}

#[test]
fn l9_no_space_to_reserve_is_said_and_goes_on_by_itself() {
    let kit = Kit::new();
    let mut full = 0;
    let mut kept = Vec::new();
    for n in 0..60 {
        kit.files.fail(Failure { kind: Some(Kind::Reserve), nth: 0, mode: Mode::Lost, errno: ENOSPC });
        let id = format!("c{n}");
        match kit.say("registrar", "agency.registered", agency(&id)) {
            Ok(receipt) => kept.push(receipt),
            Err(Error::DiskLow) => {
                full += 1;
                kit.files.heal();
                // what was not written is said once more by one, and by another never
                if full > 1 {
                    kept.push(kit.must("registrar", "agency.registered", agency(&id)));
                }
            }
            Err(other) => panic!("{other}"),
        }
        kit.files.heal();
    }
    assert!(full > 1, "{full}");
    assert!(kit.ledger.status().why.is_none());
    kit.must_keep_what_the_log_says();
    kit.must_verify(&kept);
}

/// Somebody with the ledger's key writes an entry that no `head` covers.
fn append(kit: &Kit, said: &crate::seal::Submission, body: crate::log::Body<'_>, subjects: &[&str]) {
    use crate::log::{Log, RealFiles};
    let open = Log::open(
        std::sync::Arc::new(RealFiles),
        &kit.data(),
        super::kit::SMALL,
        &crate::seal::ids,
        &mut |_, _| Ok(()),
        &[],
    );
    let (mut log, _) = open.unwrap();
    let subjects: Vec<_> = subjects.iter().map(|s| crate::domain::Subject::parse(s).unwrap()).collect();
    let at = crate::domain::Instant { micros: log.last_at().micros + 1 };
    log.stage(at, &subjects, body, said.speaker.key(), said.statement.jti.as_str(), said.sha256).unwrap();
    log.commit().unwrap();
}

#[test]
fn l31_an_entry_beyond_head_that_the_rules_refuse_is_not_taken() {
    let mut kit = Kit::peopled();
    kit.ledger.close().unwrap();
    let next = crate::domain::Seq(kit.ledger.reader().size());
    let own = crate::seal::own(crate::domain::Voice::Clock, &lapsed(), next).unwrap();
    let body = crate::log::Body::Ledger { voice: "clock", statement: &own.canonical };
    append(&kit, &own, body, &["h:none"]);
    let error = kit.reopen().unwrap_err();
    assert!(error.to_string().contains("the rules refuse it"), "{error}");
}

#[test]
fn a3_an_entry_beyond_head_with_a_signature_that_does_not_hold_is_not_taken() {
    use crate::seal::{Alg, KeyPair, sign, signed};
    let registrars = KeyPair::new(Alg::Ed25519, &[5; 32]).unwrap();
    for forged in [false, true] {
        let mut kit = Kit::keyed(&registrars);
        kit.ledger.close().unwrap();
        let data = serde_json::json!({ "type": "agency.registered", "jti": "s1", "data": agency("c") });
        let iss = crate::domain::AgencyId::parse("registrar").unwrap();
        let iat = super::kit::BEGIN_US / 1_000_000;
        let mut said = sign(&registrars, &iss, "ledger.example/write", iat, &data, random).unwrap();
        if forged {
            let jwt = said.canonical.to_string();
            let at = jwt.rfind('.').unwrap() + 10;
            let other = if jwt.as_bytes()[at] == b'A' { "B" } else { "A" };
            said = signed(&format!("{}{other}{}", &jwt[..at], &jwt[at + 1..])).unwrap();
        }
        let body = crate::log::Body::Signed { jwt: &said.canonical };
        append(&kit, &said, body, &["a:c", "a:registrar", "g:c"]);
        let opened = kit.reopen();
        assert_eq!(opened.is_err(), forged, "{opened:?}");
        if !forged {
            // The entry is known again, whatever has become of the caches.
            assert!(kit.ledger.submit_blocking(vec![said]).unwrap().repeated);
            kit.must_verify(&[]);
        }
    }
}

fn lapsed() -> crate::domain::Data {
    let data = serde_json::json!({ "handoff": "none", "rule": "expired" });
    crate::domain::Data::read("handoff.lapsed", data).unwrap().unwrap()
}

#[test]
fn l31_entries_beyond_head_that_the_rules_admit_are_taken() {
    let mut kit = Kit::peopled();
    let head = std::fs::read(kit.data().join("head")).unwrap();
    let kept = kit.must("registrar", "agency.registered", agency("c"));
    kit.must("a", "handoff.proposed", super::kit::handoff("h1"));
    kit.ledger.close().unwrap();
    std::fs::write(kit.data().join("head"), head).unwrap();
    kit.reopen().unwrap();
    kit.must("b", "handoff.accepted", serde_json::json!({ "handoff": "h1" }));
    kit.must_verify(&[kept]);
}

#[test]
fn d8_what_is_withdrawn_is_gone_whichever_way_the_state_is_come_by() {
    let mut kit = Kit::peopled();
    let gone = kit.must("a", "handoff.proposed", super::kit::handoff("h1"));
    let kept = kit.must("a", "record.withdrawn", serde_json::json!({ "seq": gone.seq }));
    kit.ledger.close().unwrap();
    // an entry beyond head is judged on a state folded from the log, the views are built anew
    let head = std::fs::read(kit.data().join("head")).unwrap();
    kit.reopen().unwrap();
    kit.must("registrar", "agency.registered", agency("c"));
    kit.ledger.close().unwrap();
    std::fs::write(kit.data().join("head"), head).unwrap();
    std::fs::remove_dir_all(kit.data().join("views")).unwrap();
    for _ in 0..2 {
        // then they are taken up as they were persisted
        kit.reopen().unwrap();
        let state = kit.ledger.views().current().state.clone();
        assert!(state.handoffs.is_empty());
        assert!(state.is_taken("h:h1"));
        let again = kit.say("a", "handoff.proposed", super::kit::handoff("h1")).unwrap_err();
        assert!(again.to_string().contains("h:h1"), "{again}");
    }
    kit.must_verify(&[kept]);
}
