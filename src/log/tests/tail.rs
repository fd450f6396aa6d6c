//! What stands beyond `head` is taken only where it is proved to be this ledger's.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::kit::{ORIGIN, SMALL, append, check, create, open, signer};
use crate::domain::Seq;
use crate::log::{Damage, Error, Log, RealFiles, Seen, Signer, scan_directory, set_aside};

/// A ledger of `size` entries under a key of its own; its entries are those of every other one.
fn of_another_key(dir: &Path, size: u64) {
    let other = Signer::new(ORIGIN, &[9; 32]);
    let mut log = Log::create(Arc::new(RealFiles), dir, ORIGIN, "Asia/Jakarta", other, SMALL).unwrap();
    append(&mut log, 0, size, 2).unwrap();
    log.close().unwrap();
}

/// A ledger whose `head` covers six entries, and behind them four that somebody wrote without its key: the
/// chain goes on, all checksums hold.
fn with_a_tail() -> (tempfile::TempDir, String) {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 6, 2).unwrap();
    let checkpoint = log.committed().checkpoint.clone();
    log.close().unwrap();
    of_another_key(other.path(), 10);
    fs::remove_dir_all(dir.path().join("log")).unwrap();
    fs::rename(other.path().join("log"), dir.path().join("log")).unwrap();
    (dir, checkpoint)
}

fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let names = ["head", "log/00000000000000000000.seg", "ledger.toml", "keys/ledger"];
    names.map(|name| (name.to_owned(), fs::read(dir.join(name)).unwrap())).to_vec()
}

#[test]
fn l35_a_tail_without_the_key_is_refused_and_nothing_is_signed() {
    let (dir, _) = with_a_tail();
    assert_eq!(scan_directory(dir.path(), &mut |_| Ok(())).unwrap().faults, []);
    let before = files(dir.path());
    let refused = open(Arc::new(RealFiles), dir.path()).unwrap_err();
    let Error::Corrupt { seq, what, .. } = &refused else { panic!("{refused:?}") };
    assert_eq!((*seq, *what, refused.exit()), (Some(Seq(6)), Damage::Unproven, 7));
    assert_eq!(files(dir.path()), before);
}

#[test]
fn l35_a_tail_of_its_own_is_taken_and_one_whose_mac_is_changed_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 6, 2).unwrap();
    log.write_head().unwrap();
    append(&mut log, 6, 10, 2).unwrap();
    drop(log);
    let segment = dir.path().join("log/00000000000000000000.seg");
    let (sound, head) = (fs::read(&segment).unwrap(), fs::read(dir.path().join("head")).unwrap());
    // the last commit's MAC, changed under sound checksums
    let place = |at: &usize| crate::log::segment::CommitHeader::parse(&sound[*at..]).is_ok();
    let last = (512..sound.len()).step_by(512).rfind(place).unwrap();
    let mut header = crate::log::segment::CommitHeader::parse(&sound[last..]).unwrap();
    header.mac[7] ^= 1;
    let mut bad = sound.clone();
    bad[last..last + 64].copy_from_slice(&header.encode());
    fs::write(&segment, &bad).unwrap();
    let refused = open(Arc::new(RealFiles), dir.path()).unwrap_err();
    assert!(
        matches!(refused, Error::Corrupt { seq: Some(Seq(8)), what: Damage::Unproven, .. }),
        "{refused:?}"
    );
    fs::write(&segment, &sound).unwrap();
    assert_eq!(fs::read(dir.path().join("head")).unwrap(), head);
    let (log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
    assert_eq!((opened.size, opened.beyond_head), (10, 4));
    check(&log.reader(), 10);
}

#[test]
fn l36_what_is_not_shown_to_be_its_own_is_set_aside_but_never_below_what_was_shown() {
    let (dir, checkpoint) = with_a_tail();
    let to = tempfile::tempdir().unwrap();
    // somebody kept a checkpoint of more: nothing is moved
    let longer = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), longer.path(), SMALL).unwrap();
    append(&mut log, 0, 8, 2).unwrap();
    let seen = |note: &str| Seen::of(note, "a receipt");
    let shown = [seen(&log.committed().checkpoint)];
    let refused = set_aside(&RealFiles, dir.path(), &shown, to.path()).unwrap_err();
    assert_eq!(refused.exit(), 9, "{refused}");
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), 0);

    let moved = set_aside(&RealFiles, dir.path(), &[seen(&checkpoint)], to.path()).unwrap().unwrap();
    assert_eq!(moved.from, Seq(6));
    let kept: u64 = moved.files.iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert_eq!(kept, moved.bytes);
    assert_eq!(set_aside(&RealFiles, dir.path(), &[], to.path()).unwrap(), None);
    let (mut log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
    assert_eq!((opened.size, opened.beyond_head), (6, 0));
    append(&mut log, 6, 9, 3).unwrap();
    check(&log.reader(), 9);
    let vkey = signer().vkey();
    assert_eq!(crate::log::note::open(&log.committed().checkpoint, &vkey).unwrap().size, 9);
}
