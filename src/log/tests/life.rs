//! A ledger's ordinary life: found, append, roll, close, open, read beside.

use std::fs;
use std::sync::Arc;

use super::kit::{SMALL, append, check, create, ids, open, stage};
use crate::domain::{Instant, Seq};
use crate::log::{Damage, Error, Log, Options, Reader, RealFiles, scan_directory};

#[test]
fn l14_a_ledger_lives_through_rolls_and_reopenings() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 40, 3).unwrap();
    check(&log.reader(), 40);
    log.close().unwrap();
    for round in 1..8_u64 {
        let (mut log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
        assert_eq!((opened.size, opened.beyond_head, opened.cut_bytes), (round * 40, 0, 0));
        assert_eq!(log.lookup_jti("kemen-pu", "j7").unwrap(), Some(Seq(7)));
        append(&mut log, round * 40, round * 40 + 40, round).unwrap();
        check(&log.reader(), round * 40 + 40);
        log.close().unwrap();
        check(&Reader::open(dir.path()).unwrap(), round * 40 + 40);
    }
    let report = scan_directory(dir.path(), &mut |_| Ok(())).unwrap();
    assert_eq!((report.faults.as_slice(), report.size, report.torn_bytes), (&[][..], 320, 0));
    assert!(fs::read_dir(dir.path().join("log")).unwrap().count() > 5);
}

#[test]
fn l5_two_writers_the_second_is_told_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 2, 1).unwrap();
    assert!(matches!(open(Arc::new(RealFiles), dir.path()), Err(Error::InUse { .. })));
    drop(log);
    open(Arc::new(RealFiles), dir.path()).unwrap();
}

#[test]
fn l6_a_reader_beside_the_writer_sees_what_head_covers() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 30, 4).unwrap();
    assert_eq!(Reader::open(dir.path()).unwrap().size(), 4);
    log.write_head().unwrap();
    append(&mut log, 30, 35, 5).unwrap();
    check(&Reader::open(dir.path()).unwrap(), 30);
    check(&log.reader(), 35);
}

#[test]
fn l22_readers_in_threads_see_only_durable_entries_while_it_grows() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 3, 3).unwrap();
    std::thread::scope(|threads| {
        for _ in 0..2 {
            let reader = log.reader();
            threads.spawn(move || {
                while reader.size() < 600 {
                    let size = reader.size();
                    let last = reader.last("a:kemen-pu", Some(Seq(size - 1))).unwrap().unwrap();
                    assert_eq!(last.seq, Seq(size - 1));
                    let now = reader.committed();
                    now.tree.inclusion_proof(now.size / 2, now.size).unwrap();
                    now.tree.consistency_proof(3, now.size).unwrap();
                }
            });
        }
        append(&mut log, 3, 600, 5).unwrap();
    });
    check(&log.reader(), 600);
}

#[test]
fn l22_a_refused_batch_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    let mut next = 0;
    for round in 0..60_u64 {
        stage(&mut log, next).unwrap();
        let mark = log.mark();
        let (link, bytes) = (log.last_link(), log.staged_bytes());
        for n in 0..round % 9 {
            stage(&mut log, next + 1 + n).unwrap();
        }
        log.rollback(mark);
        assert_eq!((log.last_link(), log.staged_bytes()), (link, bytes));
        assert_eq!(log.lookup_jti("kemen-pu", &format!("j{}", next + 1)).unwrap(), None);
        next += 1;
        if round % 3 == 0 {
            log.commit().unwrap();
        }
    }
    log.commit().unwrap();
    check(&log.reader(), next);
}

#[test]
fn l13_large_or_early_entries_are_refused_before_they_are_staged() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), Options::default()).unwrap();
    append(&mut log, 0, 2, 1).unwrap();
    let body = crate::log::Body::Ledger { voice: "clock", statement: "{}" };
    let early = Instant { micros: 0 };
    assert!(matches!(log.stage(early, &[], body, "ledger", "clock-2", [0; 32]), Err(Error::Earlier)));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(65_535));
    let body = crate::log::Body::Ledger { voice: "clock", statement: &long };
    let at = log.last_at();
    assert!(matches!(log.stage(at, &[], body, "ledger", "clock-2", [0; 32]), Err(Error::TooLarge { .. })));
    let body = crate::log::Body::Ledger { voice: "clo\"ck", statement: "{}" };
    assert!(matches!(log.stage(at, &[], body, "ledger", "clock-2", [0; 32]), Err(Error::BadEntry(_))));
    assert_eq!(log.staged_bytes(), 0);
    append(&mut log, 2, 5, 1).unwrap();
    check(&log.reader(), 5);
}

#[test]
fn l19_what_is_read_back_otherwise_than_checked_is_never_signed() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 2, 1).unwrap();
    let body = crate::log::Body::Ledger { voice: "clock", statement: "{}" };
    // The hash of another statement than the one that is staged.
    log.stage(log.last_at(), &[], body, "ledger", "clock-2", [7; 32]).unwrap();
    let refused = log.commit();
    assert!(matches!(refused, Err(Error::Corrupt { what: Damage::ReadBack, seq: Some(Seq(2)), .. })));
    assert!(matches!(log.commit(), Err(Error::Stopped)));
    assert!(log.is_stopped());
    check(&log.reader(), 2);
}

#[test]
fn l31_recheck_refuses_what_head_did_not_cover() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 2, 2).unwrap();
    append(&mut log, 2, 4, 2).unwrap();
    drop(log);
    let mut seen = Vec::new();
    let mut judge = |entry: &crate::log::Entry<'_>, _: &[u8]| {
        seen.push(entry.seq.0);
        Err(crate::domain::Code::NotEntitled)
    };
    let opened = Log::open(Arc::new(RealFiles), dir.path(), SMALL, &ids, &mut judge, &[]);
    assert!(matches!(opened, Err(Error::Corrupt { what: Damage::Refused(_), seq: Some(Seq(2)), .. })));
    assert_eq!(seen, [2]);
}

#[test]
fn l3_a_directory_with_something_in_it_is_not_founded_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 1, 1).unwrap();
    drop(log);
    assert!(matches!(create(Arc::new(RealFiles), dir.path(), SMALL), Err(Error::Exists { .. })));
    let (log, _) = open(Arc::new(RealFiles), dir.path()).unwrap();
    check(&log.reader(), 1);
}

#[test]
fn l2_a_reader_needs_no_key_and_a_writer_does() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 1, 1).unwrap();
    drop(log);
    let key = dir.path().join("keys/ledger");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    fs::remove_file(key).unwrap();
    assert!(Reader::open(dir.path()).unwrap().vkey().is_none());
    assert!(matches!(open(Arc::new(RealFiles), dir.path()), Err(Error::MissingKey { .. })));
}
