//! Every storage operation fails once, in every way, at every place.

use std::path::Path;
use std::sync::Arc;

use super::kit::{SMALL, append, check, create, open, stage};
use crate::domain::Seq;
use crate::log::storage::{Failure, Kind, Mode};
use crate::log::{Error, FaultyFiles, Log, RealFiles, Result};

/// Opens, appends over rolls, writes head, closes; gives the size that was last acknowledged.
fn life(storage: &Arc<FaultyFiles>, dir: &Path, acknowledged: &mut u64) -> Result<()> {
    let (mut log, _) = open(Arc::clone(storage), dir)?;
    *acknowledged = log.size();
    for round in 0..12_u64 {
        let from = log.size();
        for n in from..from + 3 {
            stage(&mut log, n)?;
        }
        match log.commit() {
            Ok(committed) => *acknowledged = committed.size,
            Err(e) => return finish(log, e),
        }
        if round % 4 == 1
            && let Err(e) = log.write_head()
        {
            return finish(log, e);
        }
    }
    log.close()
}

/// After a failed write or sync nothing more is acknowledged, and reads go on.
fn finish(mut log: Log<FaultyFiles>, error: Error) -> Result<()> {
    let size = log.size();
    if !matches!(error, Error::Full { .. }) {
        assert!(matches!(log.commit(), Err(Error::Stopped)), "{error}");
        assert!(matches!(log.write_head(), Err(Error::Stopped)));
        assert!(stage(&mut log, 9999).is_err());
        assert_eq!(log.size(), size);
    }
    check(&log.reader(), size);
    Err(error)
}

fn start() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 5, 5).unwrap();
    log.write_head().unwrap();
    append(&mut log, 5, 8, 3).unwrap();
    dir
}

#[test]
fn l25_every_operation_failed_once_loses_and_doubles_nothing() {
    let storage = Arc::new(FaultyFiles::new());
    let dir = start();
    life(&storage, dir.path(), &mut 0).unwrap();
    let trace = storage.trace();
    assert!(
        [Kind::Create, Kind::Rename, Kind::SyncDir, Kind::Reserve].iter().all(|kind| trace.contains(kind))
    );
    for mode in [Mode::Lost, Mode::DoneButFailed] {
        for (errno, nth) in
            [5, 28].into_iter().flat_map(|errno| (0..trace.len()).map(move |nth| (errno, nth)))
        {
            let dir = start();
            let storage = Arc::new(FaultyFiles::new());
            storage.fail(Failure { kind: None, nth, mode, errno });
            let mut acknowledged = 8;
            let ended = life(&storage, dir.path(), &mut acknowledged);
            assert_eq!(storage.struck(), 1);
            // Looking for a better name of the damage may fail unseen; nothing else may.
            let looks = matches!(trace[nth], Kind::Open | Kind::Len | Kind::ReadAt);
            assert!(ended.is_err() || looks, "{mode:?} {nth} {:?}", trace[nth]);
            let (mut log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
            assert!(opened.size >= acknowledged, "{mode:?} {nth} {:?}: {opened:?}", trace[nth]);
            assert!(opened.size <= acknowledged + 3);
            let size = log.size();
            append(&mut log, size, size + 4, 2).unwrap();
            check(&log.reader(), size + 4);
        }
    }
}

#[test]
fn l9_a_full_disk_is_said_and_tried_again() {
    let dir = start();
    let storage = Arc::new(FaultyFiles::new());
    let (mut log, _) = open(Arc::clone(&storage), dir.path()).unwrap();
    for n in 0..60 {
        let size = log.size();
        stage(&mut log, size).unwrap();
        for kind in [Kind::Reserve, Kind::Create] {
            storage.fail(Failure { kind: Some(kind), nth: 0, mode: Mode::Lost, errno: 28 });
        }
        let before = storage.struck();
        while let Err(e) = log.commit() {
            assert!(matches!(e, Error::Full { .. }), "{n}: {e}");
            assert_eq!((log.size(), log.staged()), (size, 1));
        }
        storage.heal();
        assert_eq!(log.size(), size + 1);
        assert!(storage.struck() >= before);
    }
    assert!(storage.struck() > 10);
    check(&log.reader(), 68);
}

#[test]
fn l18_one_write_and_one_sync_per_group() {
    let dir = start();
    let storage = Arc::new(FaultyFiles::new());
    let (mut log, _) = Log::open(
        Arc::clone(&storage),
        dir.path(),
        crate::log::Options::default(),
        &super::kit::ids,
        &mut |_, _| Ok(()),
        &[],
    )
    .unwrap();
    append(&mut log, 8, 9, 1).unwrap();
    let before = storage.trace().len();
    append(&mut log, 9, 39, 10).unwrap();
    let group = [Kind::WriteAt, Kind::SyncData, Kind::ReadAt];
    assert_eq!(storage.trace()[before..], group.repeat(3));
}

#[test]
fn l19_a_bit_flipped_between_write_and_signing_is_caught() {
    let dir = start();
    let storage = Arc::new(FaultyFiles::new());
    let (mut log, _) = open(Arc::clone(&storage), dir.path()).unwrap();
    storage.fail(Failure { kind: Some(Kind::ReadAt), nth: 0, mode: Mode::Flipped, errno: 0 });
    stage(&mut log, 8).unwrap();
    assert!(matches!(log.commit(), Err(Error::Corrupt { seq: Some(Seq(8)), .. })));
    assert!(matches!(log.commit(), Err(Error::Stopped)));
    check(&log.reader(), 8);
}

#[test]
fn l1_founding_failed_at_any_operation_is_no_ledger() {
    let storage = Arc::new(FaultyFiles::new());
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::clone(&storage), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 3, 3).unwrap();
    let total = storage.trace().len();
    for mode in [Mode::Lost, Mode::DoneButFailed] {
        for nth in 0..total {
            let dir = tempfile::tempdir().unwrap();
            let storage = Arc::new(FaultyFiles::new());
            storage.fail(Failure { kind: None, nth, mode, errno: 5 });
            let made = create(Arc::clone(&storage), dir.path(), SMALL);
            let made = made.and_then(|mut log| append(&mut log, 0, 3, 3).map(drop));
            assert!(made.is_err(), "{mode:?} {nth}");
            // Either it never became a ledger, or it is whole.
            if let Ok((log, _)) = open(Arc::new(RealFiles), dir.path()) {
                check(&log.reader(), 3);
            } else {
                assert!(!dir.path().join("ledger.toml").exists());
            }
        }
    }
}

#[test]
fn l23_a_slot_is_overwritten_only_when_the_other_is_durable() {
    let dir = start();
    let storage = Arc::new(FaultyFiles::new());
    let (mut log, _) = open(Arc::clone(&storage), dir.path()).unwrap();
    let read = || crate::log::head::Head::parse(&std::fs::read(dir.path().join("head")).unwrap());
    let mut before = read();
    for n in 8..14 {
        append(&mut log, n, n + 1, 1).unwrap();
        let written = storage.trace().len();
        // From another thread: beside the write path.
        let (writer, committed) = (log.head_writer().unwrap(), log.committed());
        std::thread::spawn(move || writer.write(&committed)).join().unwrap().unwrap();
        assert_eq!(storage.trace()[written..], [Kind::WriteAt, Kind::SyncData]);
        let after = read();
        let (kept, _) = before.choose().unwrap();
        assert_eq!(after.places[kept], before.places[kept]);
        assert_ne!(after.choose().unwrap().0, kept);
        before = after;
    }
    storage.fail(Failure { kind: Some(Kind::SyncData), nth: 1, mode: Mode::Lost, errno: 5 });
    append(&mut log, 14, 15, 1).unwrap();
    assert!(log.write_head().is_err());
    assert!(matches!(log.commit(), Err(Error::Stopped)));
    let (again, opened) = {
        drop(log);
        open(Arc::new(RealFiles), dir.path()).unwrap()
    };
    assert_eq!(opened.size, 15);
    check(&again.reader(), 15);
}

#[test]
fn l30_what_head_does_not_cover_is_written_and_synced_again_before_the_first_answer() {
    let dir = start();
    let storage = Arc::new(FaultyFiles::new());
    let (log, opened) = open(Arc::clone(&storage), dir.path()).unwrap();
    assert_eq!((opened.size, opened.beyond_head), (8, 3));
    let trace = storage.trace();
    let rewrite = trace.iter().position(|kind| *kind == Kind::WriteAt).unwrap();
    assert_eq!(trace[rewrite + 1], Kind::SyncAll);
    assert!(trace[rewrite..].contains(&Kind::SyncDir));
    check(&log.reader(), 8);
}

#[test]
fn l8_a_segment_that_was_not_named_is_ignored() {
    let dir = start();
    std::fs::write(dir.path().join("log/00000000000000000008.seg.tmp"), b"half").unwrap();
    let (mut log, _) = open(Arc::new(RealFiles), dir.path()).unwrap();
    append(&mut log, 8, 60, 3).unwrap();
    check(&log.reader(), 60);
}
