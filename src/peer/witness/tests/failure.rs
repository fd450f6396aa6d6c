//! Every operation on the disk failing once, at every place: whatever is cosigned afterwards does not
//! contradict what was cosigned before, also after a restart.

use std::sync::Arc;

use super::kit::{House, NOW, TestLog, cosigned, served};
use crate::log::storage::{Failure, Kind, Mode};
use crate::log::{FaultyFiles, RealFiles};
use crate::peer::witness::{Refusal, Witness};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Operations that opening and three steps ask of a disk that does not fail.
fn operations(made: bool) -> usize {
    let (house, log) = (House::new(), TestLog::new(300));
    if made {
        drop(house.open());
    }
    let files = Arc::new(FaultyFiles::new());
    let witness = house.open_on(files.clone()).unwrap();
    steps(&witness, &log, &TestLog::forked(300, 50));
    files.trace().len()
}

/// What was cosigned, in order: a log, and two of its faces.
fn steps(witness: &Witness, log: &TestLog, fork: &TestLog) -> Vec<(u64, bool)> {
    let mut won = Vec::new();
    for (of, old, new) in [
        (log, 0, 40),
        (log, 40, 100),
        (fork, 100, 200),
        (fork, 40, 200),
        (log, 40, 100),
        (log, 100, 300),
        (fork, 100, 250),
    ] {
        match witness.add(of.request(old, new).as_bytes(), NOW) {
            Ok(line) => {
                let (checkpoint, _) = cosigned(&of.note(new), &line);
                won.push((checkpoint.size, checkpoint == log.checkpoint(new)));
            }
            Err(refused) => {
                let known = [409, 422, 503, 507].contains(&refused.status());
                assert!(known, "{refused}");
            }
        }
    }
    won
}

/// No two of these contradict each other: above what both faces share, all are of one face, and sizes
/// never go back.
fn consistent(won: &[(u64, bool)]) {
    let mut faces: Vec<bool> = won.iter().filter(|(size, _)| *size > 50).map(|(_, face)| *face).collect();
    faces.dedup();
    assert!(faces.len() <= 1, "both faces were cosigned: {won:?}");
    assert!(won.is_sorted_by(|a, b| a.0 <= b.0), "a size went back: {won:?}");
}

#[test]
fn every_operation_failing_once_leaves_nothing_that_contradicts() {
    let (log, fork) = (TestLog::new(300), TestLog::forked(300, 50));
    let mut struck = 0;
    for made in [false, true] {
        let count = operations(made);
        assert!(count > 15, "only {count} operations");
        for (nth, mode) in (0..count).flat_map(|nth| [(nth, Mode::Lost), (nth, Mode::DoneButFailed)]) {
            let errno = if nth % 2 == 0 { EIO } else { ENOSPC };
            let house = House::new();
            if made {
                drop(house.open());
            }
            let files = Arc::new(FaultyFiles::new());
            files.fail(Failure { kind: None, nth, mode, errno });
            let mut won = Vec::new();
            if let Ok(witness) = house.open_on(files.clone()) {
                won = steps(&witness, &log, &fork);
                let last = won.last().map_or(0, |(size, _)| *size);
                assert_eq!(served(&witness), last, "operation {nth} {mode:?}: what is served was answered");
            }
            struck += files.struck();
            // the next process opens by itself, and holds at least what was answered
            let again = house.open_on(Arc::new(RealFiles));
            let again = again.unwrap_or_else(|why| panic!("operation {nth} {mode:?}: {why}"));
            let last = won.last().map_or(0, |(size, _)| *size);
            assert!(served(&again) >= last, "operation {nth} {mode:?}: an answered head is gone");
            won.extend(steps(&again, &log, &fork));
            consistent(&won);
        }
    }
    assert!(struck > 60, "only {struck} failures struck");
    println!("{struck} failures");
}

#[test]
fn a_head_is_written_aside_synced_named_and_the_name_synced_before_the_answer() {
    use Kind::{Create, List, Lock, Mkdir, Rename, SyncAll, SyncDir, WriteAt};
    let (house, log) = (House::new(), TestLog::new(9));
    let files = Arc::new(FaultyFiles::new());
    let witness = house.open_on(files.clone()).unwrap();
    let founded = files.trace();
    let key = [Mkdir, Mkdir, Mkdir, SyncDir, SyncDir, Create, WriteAt, SyncAll, Rename, SyncDir];
    assert!(founded.windows(key.len()).any(|part| part == key), "{founded:?}");
    assert_eq!((founded.first(), founded.get(1)), (Some(&Mkdir), Some(&Lock)));
    let since = |from: usize| files.trace().get(from..).unwrap().to_vec();
    witness.add(log.request(0, 4).as_bytes(), NOW).unwrap();
    assert_eq!(since(founded.len()), [Create, WriteAt, SyncAll, Rename, SyncDir]);
    let before = files.trace().len();
    // once more within a second, and what is refused without being evidence, write nothing
    witness.add(log.request(4, 4).as_bytes(), NOW).unwrap();
    witness.add(log.request(0, 5).as_bytes(), NOW).unwrap_err();
    witness.add(log.request(4, 5).replace("\n5\n", "\n6\n").as_bytes(), NOW).unwrap_err();
    assert_eq!(since(before), []);
    drop(witness);
    // names that an earlier process gave are made durable before they are served
    let before = files.trace().len();
    drop(house.open_on(files.clone()).unwrap());
    let opened = since(before);
    assert!(opened.windows(3).any(|part| part == [List, List, SyncDir]), "{opened:?}");
}

#[test]
fn no_room_is_told_and_passes_and_a_failed_sync_ends_cosigning() {
    let (house, log) = (House::new(), TestLog::new(300));
    let files = Arc::new(FaultyFiles::new());
    let witness = house.open_on(files.clone()).unwrap();
    let add = |old, new| witness.add(log.request(old, new).as_bytes(), NOW).map(drop);
    files.fail(Failure { kind: Some(Kind::WriteAt), nth: 0, mode: Mode::Lost, errno: ENOSPC });
    assert_eq!(add(0, 10), Err(Refusal::Full));
    assert_eq!((add(0, 10), witness.stopped()), (Ok(()), false));
    files.fail(Failure { kind: Some(Kind::SyncDir), nth: 0, mode: Mode::DoneButFailed, errno: EIO });
    assert_eq!(add(10, 20), Err(Refusal::Stopped));
    assert_eq!(add(10, 20), Err(Refusal::Stopped));
    assert!(witness.stopped());
    assert_eq!(served(&witness), 10, "what was not answered is not shown");
    drop(witness);
    // killed between keeping and answering: the head is there, and the log is told so
    let witness = house.open();
    assert_eq!(served(&witness), 20);
    let add = |old, new| witness.add(log.request(old, new).as_bytes(), NOW).map(drop);
    assert_eq!(add(10, 20), Err(Refusal::OldSize { last: 20 }));
    assert_eq!(add(20, 20), Ok(()));
}
