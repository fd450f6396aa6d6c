//! Stored, read, opened again, destroyed; readers beside the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::super::{CIPHERTEXT_BYTES_MAX, Kept, Opened, Sealed};
use super::kit::*;
use crate::log::{Damage, Error, RealFiles};

#[test]
fn what_is_synced_is_read_now_and_after_opening_again() {
    let dir = start(5);
    let (mut details, opened) = open(Arc::new(RealFiles), dir.path(), 5).unwrap();
    assert_eq!(opened, Opened { kept: 5, ..Opened::default() });
    let (reader, outside) = (details.reader(), detached(dir.path()));
    details.append(&all(5..9)).unwrap();
    assert_eq!(reader.get(&digest(5)).unwrap(), Kept::Absent);
    details.sync().unwrap();
    details.sync().unwrap();
    for n in 0..9 {
        assert_eq!(reader.get(&digest(n)).unwrap(), Kept::Present(sealed(n)));
        assert_eq!(outside.get(&digest(n)).unwrap(), Kept::Present(sealed(n)));
        assert!(says(&reader, n));
    }
    assert_eq!(reader.get(&[0; 32]).unwrap(), Kept::Absent);
    assert_eq!(std::fs::metadata(keys(dir.path())).unwrap().len(), 4_096 * 40);
    tidy(dir.path());
    for path in [records(dir.path()), keys(dir.path())] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn the_bytes_are_those_of_the_format() {
    let dir = start(2);
    let (bytes, one) = (std::fs::read(records(dir.path())).unwrap(), sealed(1));
    let from = 72 + sealed(0).ciphertext.len();
    let mut want = u32::try_from(one.ciphertext.len()).unwrap().to_le_bytes().to_vec();
    want.extend([&one.digest[..], &1_u64.to_le_bytes(), &one.nonce, &one.ciphertext].concat());
    want.extend(crc32c::crc32c(&want).to_le_bytes());
    assert_eq!(bytes[from..], want);
    let slot = &std::fs::read(keys(dir.path())).unwrap()[40..80];
    let crc = crc32c::crc32c(&[&one.key[..], &[1, 0, 0, 0]].concat());
    assert_eq!(slot, [&one.key[..], &crc.to_le_bytes(), &[1, 0, 0, 0]].concat());
}

#[test]
fn a_directory_without_details_has_none() {
    let dir = tempfile::tempdir().unwrap();
    let outside = detached(dir.path());
    assert_eq!(outside.get(&digest(0)).unwrap(), Kept::Absent);
    assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none());
    let (mut details, _) = open(Arc::new(RealFiles), dir.path(), 1).unwrap();
    details.append(&all(0..1)).unwrap();
    details.sync().unwrap();
    assert!(says(&outside, 0));
}

#[test]
fn a_detail_is_stored_once_and_what_is_discarded_is_not() {
    let dir = start(2);
    let length = || std::fs::metadata(records(dir.path())).unwrap().len();
    let (mut details, _) = open(Arc::new(RealFiles), dir.path(), 2).unwrap();
    let before = length();
    details.append(&[sealed(0), Sealed { key: [9; 32], ..sealed(1) }]).unwrap();
    details.sync().unwrap();
    assert_eq!(length(), before);
    details.append(&[sealed(2), sealed(2)]).unwrap();
    details.rollback(0);
    details.sync().unwrap();
    assert_eq!(length(), before);
    details.append(&[sealed(2), sealed(2)]).unwrap();
    details.append(&[sealed(2)]).unwrap();
    details.sync().unwrap();
    assert_eq!(length(), before + 72 + sealed(2).ciphertext.len() as u64);
    for length in [0, 15, CIPHERTEXT_BYTES_MAX + 1] {
        let odd = Sealed { ciphertext: vec![1; length], ..sealed(8) };
        assert!(matches!(details.append(&[sealed(7), odd]), Err(Error::TooLarge { .. })));
    }
    details.sync().unwrap();
    assert_eq!(details.reader().get(&digest(7)).unwrap(), Kept::Absent);
}

#[test]
fn slots_go_on_in_the_next_file() {
    let dir = start(4_090);
    let (mut details, opened) = open(Arc::new(RealFiles), dir.path(), 4_090).unwrap();
    assert_eq!(opened.kept, 4_090);
    details.append(&all(4_090..4_110)).unwrap();
    details.sync().unwrap();
    details.destroy(&[digest(4_095), digest(4_096)]).unwrap();
    for reader in [details.reader(), detached(dir.path())] {
        for n in (0..4_110).step_by(83).chain(4_085..4_110) {
            assert_eq!(says(&reader, n), n != 4_095 && n != 4_096, "{n}");
        }
    }
    assert!(dir.path().join("details/keys/1").exists());
}

#[test]
fn what_no_entry_refers_to_is_destroyed_on_opening() {
    let dir = start(3);
    assert!(traces(dir.path(), 2));
    let (mut details, opened) = open(Arc::new(RealFiles), dir.path(), 2).unwrap();
    assert_eq!(opened, Opened { kept: 2, orphans: 1, ..Opened::default() });
    assert!(!traces(dir.path(), 2));
    tidy(dir.path());
    assert_eq!(details.reader().get(&digest(2)).unwrap(), Kept::Absent);
    // it may come again, in a slot of its own
    details.append(&[sealed(2)]).unwrap();
    details.sync().unwrap();
    assert!((0..3).all(|n| says(&detached(dir.path()), n)));
    drop(details);
    let (_, opened) = open(Arc::new(RealFiles), dir.path(), 3).unwrap();
    assert_eq!(opened, Opened { kept: 3, ..Opened::default() });
}

#[test]
fn what_is_destroyed_leaves_no_trace() {
    let dir = start(7);
    let (mut details, _) = open(Arc::new(RealFiles), dir.path(), 7).unwrap();
    let (reader, outside) = (details.reader(), detached(dir.path()));
    let gone = [0, 3, 4, 6];
    details.append(&all(7..9)).unwrap();
    details.destroy(&[digest(0), digest(3), digest(4), digest(6), digest(7), digest(99)]).unwrap();
    details.sync().unwrap();
    details.destroy(&[digest(0), digest(3)]).unwrap();
    tidy(dir.path());
    for reader in [&reader, &outside, &detached(dir.path())] {
        for n in 0..9 {
            assert_eq!(says(reader, n), !gone.contains(&n) && n != 7, "{n}");
        }
        assert_eq!(reader.get(&digest(3)).unwrap(), Kept::Absent);
        assert!(reader.faults().is_empty());
    }
    assert!(gone.iter().all(|n| !traces(dir.path(), *n)));
    assert!(traces(dir.path(), 5));
    drop(details);
    let (mut details, opened) = open(Arc::new(RealFiles), dir.path(), 9).unwrap();
    assert_eq!(opened, Opened { kept: 4, ..Opened::default() });
    details.destroy(&[digest(1), digest(2), digest(5), digest(8)]).unwrap();
    assert_eq!(std::fs::metadata(records(dir.path())).unwrap().len(), 0);
}

#[test]
fn keys_without_records_open_nothing() {
    let dir = start(2);
    std::fs::remove_file(records(dir.path())).unwrap();
    let opened = open(Arc::new(RealFiles), dir.path(), 2);
    assert!(matches!(opened, Err(Error::Corrupt { what: Damage::Missing, .. })));
    assert!(std::fs::read(keys(dir.path())).unwrap().windows(32).any(|key| key == sealed(0).key));
}

#[test]
fn readers_see_old_or_new_while_the_writer_writes() {
    let dir = start(10);
    let (mut details, _) = open(Arc::new(RealFiles), dir.path(), 10).unwrap();
    let (ended, durable) = (AtomicBool::new(false), AtomicU64::new(10));
    std::thread::scope(|scope| {
        for reader in [details.reader(), detached(dir.path())] {
            let (ended, durable, path) = (&ended, &durable, dir.path());
            scope.spawn(move || {
                while !ended.load(Ordering::SeqCst) {
                    // of three, the last is destroyed sooner or later
                    let below = durable.load(Ordering::SeqCst);
                    for n in (0..below).filter(|n| n % 3 != 2).rev().take(20) {
                        assert!(says(&reader, n), "{n} of {below}: {:?}", reader.get(&digest(n)));
                    }
                    for n in (2..below).step_by(3) {
                        reader.get(&digest(n)).unwrap();
                    }
                    assert!(says(&detached(path), 0));
                }
            });
        }
        for n in (10..100_u64).step_by(3) {
            details.append(&all(n..n + 3)).unwrap();
            details.sync().unwrap();
            durable.store(n + 3, Ordering::SeqCst);
            details.destroy(&[digest(n / 3 * 3 + 2 - 9)]).unwrap();
        }
        ended.store(true, Ordering::SeqCst);
    });
}
