//! Index roots: when they are recorded, and that they are those of the log.

use serde_json::json;

use super::super::{Error, IndexRoot};
use super::kit::{Kit, agency};
use crate::log::storage::{Failure, Kind, Mode};
use crate::verify::{CheckName, Verdict};

/// Waits for what happens beside the write path.
fn until(what: &str, happened: impl Fn() -> bool) {
    for _ in 0..500 {
        if happened() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{what}");
}

fn newest(kit: &Kit) -> Option<IndexRoot> {
    IndexRoot::newest(&kit.ledger.views().current().state)
}

fn fresh(kit: &Kit) -> Result<IndexRoot, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(kit.ledger.index())
}

fn must_hold(kit: &Kit, roots: usize) {
    let report = kit.verify(&[]);
    assert!(report.is_intact(), "{:?}", report.first_bad);
    let check = report.check(CheckName::Index).unwrap();
    assert_eq!(check.result, Verdict::Ok);
    assert!(check.detail.starts_with(&format!("{roots} index roots")), "{}", check.detail);
}

#[test]
fn v10_a_root_is_recorded_when_the_log_has_grown_so_far_and_whenever_it_has_doubled() {
    let mut kit = Kit::peopled();
    kit.must("registrar", "policy.changed", json!({"index_every": 20}));
    let mut sizes = Vec::new();
    for n in 0..160 {
        kit.must("registrar", "agency.registered", agency(&format!("x{n}")));
        let size = kit.ledger.reader().size();
        let last = sizes.last().copied().unwrap_or(0);
        if size >= 20.max(2 * last) {
            until("no root was recorded", || newest(&kit).is_some_and(|root| root.size > last));
            let root = newest(&kit).unwrap();
            assert!(root.size >= 20.max(2 * last) && root.by.0 >= root.size, "{root:?}");
            sizes.push(root.size);
        }
    }
    assert_eq!(sizes.len(), 4, "{sizes:?}");
    kit.reopen().unwrap();
    must_hold(&kit, 4);
}

#[test]
fn v10_who_asks_gets_a_root_over_everything_said_by_now() {
    let mut kit = Kit::peopled();
    let first = fresh(&kit).unwrap();
    assert_eq!((first.size, first.by.0), (6, 6));
    assert_eq!(fresh(&kit).unwrap(), first, "nothing was said since");
    kit.must("registrar", "agency.registered", agency("c"));
    kit.reopen().unwrap();
    let second = fresh(&kit).unwrap();
    assert_eq!((second.size, second.by.0), (8, 8), "gone on from the lines that were kept");
    kit.reopen().unwrap();
    must_hold(&kit, 2);
}

#[test]
fn a_ledger_that_does_not_write_records_no_root() {
    let mut kit = Kit::peopled();
    let failure = Failure { kind: Some(Kind::SyncData), nth: 0, mode: Mode::Lost, errno: 5 };
    kit.files.fail(failure);
    assert!(kit.say("registrar", "agency.registered", agency("c")).is_err());
    assert!(matches!(fresh(&kit), Err(Error::ReadOnly)));
    kit.reopen().unwrap();
    assert_eq!(newest(&kit), None);
}
