//! What is admitted, repeated and refused, and in which order.

use serde_json::json;

use super::super::{Error, Tokens};
use super::kit::{DAY, Kit, agency, handoff, one, said, under};
use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Code, Seq};

fn code(error: &Error) -> &'static str {
    error.code().as_str()
}

#[test]
fn d11_a_repeat_gets_its_first_receipt_for_ever() {
    let mut kit = Kit::peopled();
    let first = kit.ledger.submit_blocking(vec![said("registrar", "agency.registered", agency("c"), "once")]);
    let first = one(first.unwrap());
    for reopened in [false, true] {
        if reopened {
            kit.reopen().unwrap();
        }
        let again = said("registrar", "agency.registered", agency("c"), "once");
        let again = kit.ledger.submit_blocking(vec![again]).unwrap();
        assert!(again.repeated);
        let again = one(again);
        assert_eq!(
            (again.seq, again.at, again.leaf, again.entry),
            (first.seq, first.at, first.leaf, first.entry.clone())
        );
        let other = said("registrar", "agency.registered", agency("d"), "once");
        let error = kit.ledger.submit_blocking(vec![other]).unwrap_err();
        assert_eq!(code(&error), "jti-reused");
        // Another speaker's jti is another.
        kit.ledger.submit_blocking(vec![said("a", "approval.given", approval(), "once")]).unwrap();
    }
    kit.must_verify(&[first]);
}

fn approval() -> serde_json::Value {
    json!({ "approves": format!("sha-256:{}", "0".repeat(64)) })
}

#[test]
fn d11_five_at_once_are_one_entry() {
    let kit = Kit::peopled();
    let before = kit.ledger.reader().size();
    let threads: Vec<_> = (0..5)
        .map(|_| {
            let ledger = kit.ledger.clone();
            std::thread::spawn(move || {
                one(ledger
                    .submit_blocking(vec![said("registrar", "agency.registered", agency("c"), "x")])
                    .unwrap())
            })
        })
        .collect();
    let receipts: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(kit.ledger.reader().size(), before + 1);
    assert!(receipts.iter().all(|receipt| receipt.entry == receipts[0].entry));
    kit.must_verify(&receipts);
}

#[test]
fn a_batch_is_admitted_whole_or_not_at_all() {
    let kit = Kit::peopled();
    let before = kit.ledger.reader().size();
    let batch = |last: &str| {
        vec![
            said("registrar", "agency.registered", agency("c"), "c1"),
            said("registrar", "agency.registered", agency("d"), "d1"),
            said("registrar", "agency.registered", agency(last), "e1"),
        ]
    };
    let error = kit.ledger.submit_blocking(batch("c")).unwrap_err();
    let Error::Refused { refusal, index } = error else { panic!("{error}") };
    assert_eq!((refusal.code, index), (Code::IdTaken, 2));
    assert_eq!(kit.ledger.reader().size(), before);
    // Nothing of it is left: the same ids and jtis are free.
    let outcome = kit.ledger.submit_blocking(batch("e")).unwrap();
    assert!(!outcome.repeated);
    let seqs: Vec<u64> = outcome.receipts.iter().map(|receipt| receipt.seq.0).collect();
    assert_eq!(seqs, [before, before + 1, before + 2]);
    assert!(kit.ledger.submit_blocking(batch("e")).unwrap().repeated);
    kit.must_verify(&outcome.receipts);
}

#[test]
fn a_refused_batch_leaves_nothing_that_is_found_on_opening() {
    let mut kit = Kit::peopled();
    let batch = vec![
        said("registrar", "agency.registered", agency("c"), "c1"),
        said("registrar", "agency.registered", agency("c"), "c2"),
    ];
    kit.ledger.submit_blocking(batch).unwrap_err();
    kit.must("registrar", "agency.registered", agency("d"));
    kit.must_keep_what_the_log_says();
    kit.reopen().unwrap();
    kit.must("registrar", "agency.registered", agency("c"));
    kit.must_verify(&[]);
}

#[test]
fn l22_after_is_judged_on_what_is_staged_too() {
    let kit = Kit::peopled();
    let after = |ordinal: u64, id: &str, jti: &str| {
        let text = json!({
            "type": "responsibility.changed", "jti": jti, "after": { "r:r1": ordinal },
            "data": { "responsibility": "r1", "name": { "en": id }, "effective": "2026-03-01",
                      "basis": { "ref": "id/law/3" } },
        });
        let speaker = crate::domain::Speaker::Import { agency: AgencyId::parse("registrar").unwrap() };
        crate::seal::attested(text.to_string().as_bytes(), speaker).unwrap()
    };
    // Defined and assigned: two entries link it. In one batch the first moves it on.
    let error = kit.ledger.submit_blocking(vec![after(2, "x", "p1"), after(2, "y", "p2")]).unwrap_err();
    let Error::Refused { refusal, index } = error else { panic!("{error}") };
    assert_eq!((refusal.code, refusal.ordinal, index), (Code::Conflict, Some(3), 1));
    kit.ledger.submit_blocking(vec![after(2, "x", "p1"), after(3, "y", "p2")]).unwrap();
    kit.must_verify(&[]);
}

#[test]
fn refusals_come_in_the_order_the_interface_names() {
    let kit = Kit::peopled();
    kit.ledger.submit_blocking(vec![said("a", "handoff.proposed", handoff("h1"), "p")]).unwrap();
    let size = kit.ledger.reader().size();
    let refuse = |agency: &str, kind: &str, data: serde_json::Value, jti: &str| {
        let error = kit.ledger.submit_blocking(vec![said(agency, kind, data, jti)]).unwrap_err();
        code(&error)
    };
    // A used jti before anything about the object; what is missing before who may; who may before
    // the state it is in.
    assert_eq!(refuse("a", "handoff.accepted", json!({ "handoff": "none" }), "p"), "jti-reused");
    assert_eq!(refuse("a", "handoff.accepted", json!({ "handoff": "none" }), "q"), "not-found");
    assert_eq!(refuse("a", "handoff.accepted", json!({ "handoff": "h1" }), "q"), "not-a-party");
    assert_eq!(refuse("b", "handoff.closed", json!({ "handoff": "h1" }), "q"), "wrong-state");
    assert_eq!(
        refuse("a", "territory.registered", json!({ "territory": "t", "name": { "en": "T" } }), "q"),
        "not-entitled"
    );
    assert_eq!(kit.ledger.reader().size(), size, "a refusal records nothing");
    kit.must_verify(&[]);
}

#[test]
fn a_token_is_registered_before_its_first_statement_and_not_after_its_end() {
    let kit = Kit::peopled();
    let tokens = Tokens::open(&kit.data());
    let who = Some(AgencyId::parse("a").unwrap());
    let (token, secret) = tokens.create(&[1; 32], Role::Recorder, who, None).unwrap();
    // the millisecond that whoever writes the file waits before the command ends
    kit.clock.pass(1_000);
    assert_eq!(kit.ledger.authenticate(&secret).unwrap().token, token.token);
    assert!(kit.ledger.authenticate("estafet_0").is_none());

    let from = kit.ledger.reader().size();
    let refused = under(&token.token, "a", "handoff.accepted", json!({ "handoff": "no" }), "k1");
    kit.ledger.submit_blocking(vec![refused]).unwrap_err();
    assert_eq!(kit.ledger.reader().size(), from, "a refused statement registers no token");
    let said = under(&token.token, "a", "approval.given", approval(), "k1");
    kit.ledger.submit_blocking(vec![said]).unwrap();
    let said = under(&token.token, "a", "approval.given", approval(), "k2");
    kit.ledger.submit_blocking(vec![said]).unwrap();
    assert_eq!(kit.types(from), ["token.registered", "approval.given", "approval.given"]);

    assert!(tokens.revoke(&token.token).unwrap());
    kit.clock.pass(1_000);
    assert!(kit.ledger.authenticate(&secret).is_none(), "a running ledger takes notice");
    let said = under(&token.token, "a", "approval.given", approval(), "k3");
    let error = kit.ledger.submit_blocking(vec![said]).unwrap_err();
    assert_eq!(code(&error), "unauthenticated");
    assert_eq!(kit.types(from + 3), ["token.revoked"]);
    kit.must_verify(&[]);
}

#[test]
fn a_damaged_tokens_file_is_not_written_over() {
    let kit = Kit::new();
    let path = kit.data().join("tokens.json");
    std::fs::write(&path, "[{").unwrap();
    let tokens = Tokens::open(&kit.data());
    assert!(tokens.create(&[1; 32], Role::Auditor, None, None).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "[{");
}

#[test]
fn a_handoff_lapses_before_whatever_links_it_is_decided() {
    let kit = Kit::peopled();
    kit.must("a", "handoff.proposed", handoff("h1"));
    kit.clock.pass(120 * DAY);
    let from = kit.ledger.reader().size();
    let error = kit.say("b", "handoff.accepted", json!({ "handoff": "h1" })).unwrap_err();
    assert_eq!(code(&error), "wrong-state");
    assert_eq!(kit.types(from), ["handoff.lapsed"], "what the refusal rests on stands");
    kit.must("a", "handoff.proposed", handoff("h2"));
    kit.clock.pass(120 * DAY);
    let change = json!({ "responsibility": "r1", "name": { "en": "S" }, "effective": "2026-03-01",
                         "basis": { "ref": "id/law/3" } });
    kit.must("registrar", "responsibility.changed", change);
    assert_eq!(kit.types(from + 1), ["handoff.proposed", "handoff.lapsed", "responsibility.changed"]);
    kit.must_verify(&[]);
}

#[test]
fn l13_a_batch_fits_one_commit_or_is_too_large() {
    let kit = Kit::peopled();
    let note = "x".repeat(150);
    let many = |from: u32, count: u32| -> Vec<_> {
        let refs = |n: u32| -> Vec<String> { (0..100).map(|i| format!("{note}{}-{i}", from + n)).collect() };
        (0..count)
            .map(|n| {
                let data =
                    json!({ "ref": format!("i/{}", from + n), "status": "verified", "repeals": refs(n) });
                said("registrar", "instrument.recorded", data, &format!("m{}", from + n))
            })
            .collect()
    };
    let size = kit.ledger.reader().size();
    let error = kit.ledger.submit_blocking(many(0, 560)).map(drop).unwrap_err();
    assert_eq!(code(&error), "too-large");
    assert_eq!(kit.ledger.reader().size(), size);
    // Half of it fits, beside others that wait with it.
    let first = kit.ledger.enqueue(many(1000, 300)).unwrap();
    let second = kit.ledger.enqueue(many(2000, 300)).unwrap();
    assert_eq!(first.wait().unwrap().receipts.len(), 300);
    assert_eq!(second.wait().unwrap().receipts.len(), 300);
    assert_eq!(kit.ledger.reader().size(), size + 600);
}

#[test]
fn l22_answers_come_in_the_order_of_the_queue() {
    let kit = Kit::peopled();
    let begin = kit.ledger.reader().size();
    let pending: Vec<_> = (0..200)
        .map(|n| {
            let id = format!("q{n}");
            kit.ledger.enqueue(vec![said("registrar", "agency.registered", agency(&id), &id)]).unwrap()
        })
        .collect();
    let receipts: Vec<_> = pending.into_iter().map(|pending| one(pending.wait().unwrap())).collect();
    for (n, receipt) in (begin..).zip(&receipts) {
        assert_eq!(receipt.seq, Seq(n));
    }
    kit.must_verify(&receipts);
}
