//! Every storage operation fails once, in every way, at every place.

use std::path::Path;
use std::sync::Arc;

use super::super::{Details, Kept};
use super::kit::*;
use crate::log::storage::{Failure, Kind, Mode};
use crate::log::{Error, FaultyFiles, RealFiles, Result};

/// What was acknowledged.
#[derive(Debug, Default)]
struct Said {
    durable: Vec<u64>,
    destroyed: Vec<u64>,
    /// Operations it took.
    operations: usize,
}

/// Opens with two orphans (2 and 3), stores, destroys, stores.
fn life(storage: &Arc<FaultyFiles>, dir: &Path, said: &mut Said) -> Result<()> {
    *said = Said { durable: vec![0, 1], ..Said::default() };
    let (mut details, _) = open(Arc::clone(storage) as _, dir, 2)?;
    said.destroyed = vec![2, 3];
    let steps = |details: &mut Details, said: &mut Said| {
        details.append(&all(4..7))?;
        details.sync()?;
        said.durable.extend(4..7);
        said.durable.retain(|n| *n != 1 && *n != 5);
        details.destroy(&[digest(1), digest(5)])?;
        said.destroyed.extend([1, 5]);
        details.append(&all(7..9))?;
        details.sync()?;
        said.durable.extend(7..9);
        Ok(())
    };
    let ended = steps(&mut details, said);
    let reader = details.reader();
    storage.heal();
    said.operations = storage.trace().len();
    assert!(said.durable.iter().all(|n| says(&reader, *n) && says(&detached(dir), *n)), "{said:?}");
    assert!(said.destroyed.iter().all(|n| !says(&reader, *n) && !says(&detached(dir), *n)), "{said:?}");
    if let Err(error) = &ended {
        let full = matches!(error, Error::Full { .. });
        assert_eq!(details.is_stopped(), !full, "{error}");
        if !full {
            assert!(matches!(details.append(&all(20..21)), Err(Error::Stopped)));
            assert!(matches!(details.sync(), Err(Error::Stopped)));
            assert!(matches!(details.destroy(&[digest(0)]), Err(Error::Stopped)));
            assert!(says(&reader, 0));
        }
    }
    ended
}

#[test]
fn every_operation_failed_once_loses_nothing_and_keeps_nothing_destroyed() {
    let storage = Arc::new(FaultyFiles::new());
    let dir = start(4);
    let mut said = Said::default();
    life(&storage, dir.path(), &mut said).unwrap();
    let trace = &storage.trace()[..said.operations];
    let kinds = [Kind::Link, Kind::Rename, Kind::SyncDir, Kind::SyncData, Kind::Remove, Kind::Reserve];
    assert!(kinds.iter().all(|kind| trace.contains(kind)));
    for (mode, errno) in [(Mode::Lost, 5), (Mode::DoneButFailed, 5), (Mode::Lost, 28)] {
        for (nth, kind) in trace.iter().enumerate() {
            if errno == 28 && !matches!(kind, Kind::Reserve | Kind::Create | Kind::WriteAt) {
                continue;
            }
            let dir = start(4);
            let storage = Arc::new(FaultyFiles::new());
            storage.fail(Failure { kind: None, nth, mode, errno });
            let mut said = Said::default();
            let ended = life(&storage, dir.path(), &mut said);
            let what = format!("{mode:?} {nth} {kind:?} {said:?}");
            assert_eq!(storage.struck(), 1, "{what}");
            assert!(ended.is_err(), "{what}");
            // entries refer to what was acknowledged, and still to what was to be destroyed
            let going =
                if said.durable.contains(&4) && !said.destroyed.contains(&1) { &[1, 5][..] } else { &[] };
            let referred: Vec<_> = said.durable.iter().chain(going).map(|n| digest(*n)).collect();
            let opened = Details::open(Arc::new(RealFiles), dir.path(), |d| referred.contains(d));
            let (mut details, opened) = opened.unwrap();
            assert!(opened.faults.is_empty(), "{what}");
            assert!((0..=going.len()).contains(&(opened.kept - said.durable.len())), "{what}");
            details.destroy(&going.iter().map(|n| digest(*n)).collect::<Vec<_>>()).unwrap();
            tidy(dir.path());
            for n in 0..9 {
                let there = said.durable.contains(&n);
                assert_eq!(says(&details.reader(), n), there, "{what} {n}");
                assert!(there || !traces(dir.path(), n), "{what} {n}");
            }
            details.append(&all(30..32)).unwrap();
            details.sync().unwrap();
            assert!(says(&detached(dir.path()), 30), "{what}");
        }
    }
}

#[test]
fn a_full_disk_is_said_and_tried_again() {
    let dir = start(2);
    let storage = Arc::new(FaultyFiles::new());
    let (mut details, _) = open(Arc::clone(&storage) as _, dir.path(), 2).unwrap();
    details.append(&all(2..4)).unwrap();
    for _ in 0..3 {
        storage.fail(Failure { kind: Some(Kind::Reserve), nth: 0, mode: Mode::Lost, errno: 28 });
        assert!(matches!(details.sync(), Err(Error::Full { .. })));
        assert_eq!(details.reader().get(&digest(2)).unwrap(), Kept::Absent);
    }
    details.sync().unwrap();
    assert!((0..4).all(|n| says(&details.reader(), n)));
}

#[test]
fn keys_and_records_are_synced_before_anything_counts() {
    let dir = start(2);
    let storage = Arc::new(FaultyFiles::new());
    let (mut details, _) = open(Arc::clone(&storage) as _, dir.path(), 2).unwrap();
    let before = storage.trace().len();
    details.append(&all(2..9)).unwrap();
    details.sync().unwrap();
    let writes = |kind: &Kind| !matches!(kind, Kind::Open | Kind::Len | Kind::ReadAt);
    let trace: Vec<Kind> = storage.trace()[before..].iter().copied().filter(writes).collect();
    let want = [Kind::Reserve, Kind::WriteAt, Kind::WriteAt, Kind::SyncData, Kind::SyncData];
    assert_eq!(trace, want);
}
