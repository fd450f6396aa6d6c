//! Damage of every byte, every truncation point, every derived file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::kit::{SMALL, append, check, create, open};
use crate::domain::Seq;
use crate::log::segment::{SegmentHeader, align};
use crate::log::{Damage, Error, Reader, RealFiles, ScanReport, scan_directory};

fn ledger(size: u64, each: u64, head_at: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, head_at, each).unwrap();
    log.write_head().unwrap();
    append(&mut log, head_at, size, each).unwrap();
    dir
}

fn scan(dir: &Path) -> ScanReport {
    scan_directory(dir, &mut |_| Ok(())).unwrap()
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(dir.join("log")).unwrap().map(|e| e.unwrap().path()).collect();
    found.sort();
    found
}

/// End of the last commit of a segment, and where that commit begins.
fn last_commit(path: &Path) -> (u64, u64) {
    let bytes = fs::read(path).unwrap();
    let end = bytes.iter().rposition(|b| *b != 0).unwrap() as u64 + 1;
    let mut start = 0;
    for offset in (512..bytes.len()).step_by(512) {
        if crate::log::segment::CommitHeader::parse(&bytes[offset..]).is_ok() {
            start = offset as u64;
        }
    }
    (start, end)
}

#[test]
fn l28_every_flipped_byte_of_truth_is_found_and_named() {
    let dir = ledger(40, 5, 40);
    assert_eq!(scan(dir.path()).faults, []);
    let mut files = segments(dir.path());
    let last = files.last().unwrap().clone();
    assert!(files.len() >= 2);
    files.extend([dir.path().join("head"), dir.path().join("ledger.toml")]);
    for path in files {
        let whole = fs::read(&path).unwrap();
        let upto = if path == last { usize::try_from(last_commit(&path).1).unwrap() } else { whole.len() };
        let name = path.strip_prefix(dir.path()).unwrap().to_owned();
        for place in 0..upto {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << (place % 8);
            fs::write(&path, &bytes).unwrap();
            let faults = match scan_directory(dir.path(), &mut |_| Ok(())) {
                Ok(report) => report.faults,
                Err(e) => panic!("{} byte {place}: {e}", name.display()),
            };
            let named = faults.iter().any(|fault| fault.file == name && fault.offset <= place as u64);
            assert!(named, "{} byte {place}: {faults:?}", name.display());
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(scan(dir.path()).faults, []);
}

#[test]
fn l27_the_last_commit_cut_anywhere_beyond_head_opens_and_is_said() {
    let dir = ledger(12, 2, 10);
    let path = segments(dir.path()).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let head = fs::read(dir.path().join("head")).unwrap();
    let (start, end) = last_commit(&path);
    for cut in start..end {
        fs::write(&path, &whole[..usize::try_from(cut).unwrap()]).unwrap();
        fs::write(dir.path().join("head"), &head).unwrap();
        let report = scan(dir.path());
        assert_eq!((report.faults.as_slice(), report.size), (&[][..], 10), "cut at {cut}");
        assert_eq!(report.torn_bytes > 0, cut > start);
        let (mut log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
        assert_eq!((opened.size, opened.cut_bytes > 0), (10, cut > start), "cut at {cut}");
        append(&mut log, 10, 13, 3).unwrap();
        check(&log.reader(), 13);
    }
    // The same with the tail as zeros and as garbage.
    for fill in [0, 0xA5] {
        let mut bytes = whole.clone();
        let from = usize::try_from(start).unwrap() + 40;
        bytes[from..usize::try_from(end).unwrap()].fill(fill);
        fs::write(&path, &bytes).unwrap();
        fs::write(dir.path().join("head"), &head).unwrap();
        let (log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
        assert_eq!((opened.size, opened.cut_bytes >= 40), (10, true));
        check(&log.reader(), 10);
    }
}

#[test]
fn l28_the_last_commit_below_head_is_never_cut() {
    let dir = ledger(12, 2, 12);
    let path = segments(dir.path()).pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let (start, end) = last_commit(&path);
    for cut in start..end {
        fs::write(&path, &whole[..usize::try_from(cut).unwrap()]).unwrap();
        let refused = open(Arc::new(RealFiles), dir.path());
        let Err(error @ Error::Corrupt { .. }) = refused else { panic!("cut at {cut}: {refused:?}") };
        assert_eq!(error.exit(), 7);
        let Error::Corrupt { file, offset, seq, .. } = error else { unreachable!() };
        assert!(path.ends_with(&file));
        assert_eq!((offset, seq), (start, Some(Seq(10))), "cut at {cut}");
        assert!(!scan(dir.path()).faults.is_empty());
    }
}

#[test]
fn l27_a_bad_commit_before_a_sound_one_is_corruption() {
    let dir = ledger(14, 2, 6);
    let path = segments(dir.path()).pop().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let (start, _) = last_commit(&path);
    // The commit before the last: both lie beyond head.
    let before = (512..usize::try_from(start).unwrap())
        .step_by(512)
        .rev()
        .find(|at| crate::log::segment::CommitHeader::parse(&bytes[*at..]).is_ok())
        .unwrap();
    for place in [before, before + 40] {
        bytes[place] ^= 4;
        fs::write(&path, &bytes).unwrap();
        let refused = open(Arc::new(RealFiles), dir.path());
        assert!(matches!(refused, Err(Error::Corrupt { seq: Some(Seq(10)), .. })), "{refused:?}");
        assert_eq!(scan(dir.path()).faults.len(), 1);
        bytes[place] ^= 4;
    }
    // Zeroed whole: still not the end.
    bytes[before..align(before as u64 + 600) as usize].fill(0);
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(open(Arc::new(RealFiles), dir.path()), Err(Error::Corrupt { .. })));
}

#[test]
fn l17_l29_head_slot_torn_is_tolerated_and_repaired() {
    let dir = ledger(8, 2, 6);
    let path = dir.path().join("head");
    let whole = fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    bytes[17] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(scan(dir.path()).faults.iter().any(|fault| fault.what == Damage::HeadSlot));
    let (log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
    assert!(opened.repaired_slot);
    check(&log.reader(), 8);
    drop(log);
    assert_eq!(scan(dir.path()).faults, []);
    let mut bytes = fs::read(&path).unwrap();
    (bytes[17], bytes[4096 + 17]) = (bytes[17] ^ 1, bytes[4096 + 17] ^ 1);
    fs::write(&path, &bytes).unwrap();
    let refused = open(Arc::new(RealFiles), dir.path());
    assert!(matches!(refused, Err(Error::Corrupt { what: Damage::NoHead, .. })));
}

#[test]
fn l11_another_version_is_told_from_corruption() {
    let dir = ledger(3, 3, 3);
    let toml = dir.path().join("ledger.toml");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, text.replace("format = 2", "format = 3")).unwrap();
    assert!(matches!(open(Arc::new(RealFiles), dir.path()), Err(Error::Corrupt { .. })));
    assert!(!scan(dir.path()).faults.is_empty());
    let path = segments(dir.path()).pop().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let header = SegmentHeader { version: 3, ..SegmentHeader::parse(&bytes).unwrap() };
    bytes[..128].copy_from_slice(&header.encode());
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(open(Arc::new(RealFiles), dir.path()), Err(Error::OtherVersion { found: 3 })));
    assert!(matches!(Reader::open(dir.path()), Err(Error::OtherVersion { found: 3 })));
    assert!(matches!(scan_directory(dir.path(), &mut |_| Ok(())), Err(Error::OtherVersion { found: 3 })));
    fs::write(&toml, text).unwrap();
    let refused = open(Arc::new(RealFiles), dir.path());
    assert!(matches!(refused, Err(Error::Corrupt { what: Damage::SegmentVersion, .. })));
}

#[test]
fn l28_a_damaged_entry_is_never_served() {
    let dir = ledger(40, 5, 40);
    let (log, _) = open(Arc::new(RealFiles), dir.path()).unwrap();
    let reader = log.reader();
    let path = segments(dir.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[700] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let served: Vec<_> = (0..40).map(|n| reader.entry(Seq(n))).collect();
    assert_eq!(served.iter().filter(|entry| entry.is_err()).count(), 1);
    let bad = served.iter().position(Result::is_err).unwrap();
    assert!(matches!(&served[bad], Err(Error::Corrupt { what: Damage::Leaf, .. })));
    let read = reader.entries(Seq(0), Seq(40)).count();
    assert_eq!(read, bad + 1);
}

#[test]
fn l4_derived_state_may_go_or_rot_at_any_time() {
    let dir = ledger(700, 7, 690);
    let tree = dir.path().join("tree/0");
    assert!(tree.exists());
    let index = fs::read_dir(dir.path().join("index")).unwrap().next().unwrap().unwrap().path();
    for file in [&tree, &index] {
        let mut bytes = fs::read(file).unwrap();
        bytes[20] ^= 1;
        fs::write(file, bytes).unwrap();
        let (log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
        assert_eq!((opened.rebuilt.tree, opened.rebuilt.indexes), (*file == tree, u64::from(*file == index)));
        check(&log.reader(), 700);
    }
    for gone in ["tree", "index"] {
        fs::remove_dir_all(dir.path().join(gone)).unwrap();
    }
    check(&Reader::open(dir.path()).unwrap(), 700);
    let (log, _) = open(Arc::new(RealFiles), dir.path()).unwrap();
    check(&log.reader(), 700);
    drop(log);
    fs::remove_file(dir.path().join("offsets")).unwrap();
    let (log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
    assert!(opened.rebuilt.offsets && !opened.rebuilt.tree);
    check(&log.reader(), 700);
}
