//! Lines continue one another, and what does not shows.

use std::fs;

use super::super::storage::{Failure, Kind, Mode};
use super::super::{FaultyFiles, RealFiles};
use super::*;

fn record(n: i64) -> Record {
    Record {
        at: Instant { micros: n },
        what: What::Read,
        token: TokenId::parse("t").unwrap(),
        role: Role::Auditor,
        agency: None,
        path: "/v1/events/7".to_owned(),
        request_id: "r".to_owned(),
        cause: Some("a line\nand another".to_owned()),
        code: None,
        details: vec![Fields { seq: Seq(7), fields: vec!["title".to_owned()] }],
    }
}

fn open(dir: &Path) -> Access {
    Access::open(Arc::new(RealFiles), dir).unwrap()
}

fn checked(dir: &Path) -> Checked {
    check(&RealFiles, dir).unwrap()
}

#[test]
fn lines_are_kept_over_restarts_and_found_by_number() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(open(dir.path()).page(None, 10).unwrap(), []);
    assert_eq!(checked(dir.path()), Checked::default());
    for n in 0..3 {
        let access = open(dir.path());
        access.record(record(2 * n), true).unwrap();
        access.record(record(2 * n + 1), false).unwrap();
    }
    let access = open(dir.path());
    let numbers =
        |after, limit| -> Vec<u64> { access.page(after, limit).unwrap().iter().map(|line| line.n).collect() };
    assert_eq!(numbers(None, 10), [0, 1, 2, 3, 4, 5]);
    assert_eq!(numbers(Some(1), 2), [2, 3]);
    assert_eq!(numbers(Some(5), 2), [0; 0]);
    assert_eq!(access.page(Some(3), 1).unwrap()[0].record, record(4));
    assert_eq!(checked(dir.path()), Checked { lines: 6, fault: None });
}

#[test]
fn a_full_disk_is_said_and_leaves_nothing_of_a_line_and_a_failed_sync_is_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let files = Arc::new(FaultyFiles::new());
    let access = Access::open(Arc::<FaultyFiles>::clone(&files), dir.path()).unwrap();
    access.record(record(0), true).unwrap();
    let fails = |kind, errno| {
        files.fail(Failure { kind: Some(kind), nth: 0, mode: Mode::DoneButFailed, errno });
    };
    fails(Kind::WriteAt, 28);
    assert!(matches!(access.record(record(1), true), Err(Error::Full { .. })));
    assert_eq!(checked(dir.path()), Checked { lines: 1, fault: None });
    access.record(record(1), true).unwrap();
    assert_eq!(checked(dir.path()), Checked { lines: 2, fault: None });
    fails(Kind::SyncData, 5);
    assert!(matches!(access.record(record(2), true), Err(Error::Io { .. })));
    assert!(matches!(access.record(record(2), false), Err(Error::Stopped)));
}

#[test]
fn a_torn_line_is_cut_and_what_was_changed_shows() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..4 {
        open(dir.path()).record(record(n), true).unwrap();
    }
    let path = dir.path().join(FILE);
    let whole = fs::read(&path).unwrap();
    for cut in 1..40 {
        fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        assert_eq!(checked(dir.path()), Checked { lines: 3, fault: None });
        open(dir.path()).record(record(3), true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
    let second = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut taken_out = whole[..second].to_vec();
    taken_out.extend(&whole[second + whole[second..].iter().position(|byte| *byte == b'\n').unwrap() + 1..]);
    fs::write(&path, taken_out).unwrap();
    assert_eq!(checked(dir.path()), Checked { lines: 1, fault: Some(broken(second as u64)) });
    // whatever byte of a line before the last is changed
    for at in 0..second {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, changed).unwrap();
        assert!(checked(dir.path()).fault.is_some(), "byte {at}");
    }
}
