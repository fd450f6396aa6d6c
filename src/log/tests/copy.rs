//! A copy of a log: it takes entries as they stand and the checkpoint over exactly them; every storage
//! operation fails once, and the copy goes on.

use std::path::Path;
use std::sync::Arc;

use super::kit::{ORIGIN, SMALL, append, check, create, ids, signer};
use crate::domain::Seq;
use crate::log::storage::{Failure, Mode};
use crate::log::{Checkpoint, Damage, Error, FaultyFiles, Log, Opened, Reader, RealFiles, Result, Storage};

const SIZES: [u64; 3] = [7, 20, 40];

/// The log that is copied: its entries, and the checkpoints it signed.
struct Source {
    entries: Vec<Vec<u8>>,
    notes: Vec<String>,
}

impl Source {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut log = create(Arc::new(RealFiles), &dir.path().join("d"), SMALL).unwrap();
        let (mut from, mut notes) = (0, Vec::new());
        for size in SIZES {
            notes.push(append(&mut log, from, size, 9).unwrap().checkpoint.clone());
            from = size;
        }
        let entries = log.reader().entries(Seq(0), Seq(from)).map(|read| read.unwrap().1).collect();
        Self { entries, notes }
    }

    /// Opens the copy and brings it to the end, four entries at a time; what was reached is told.
    fn copy<S: Storage>(&self, storage: Arc<S>, dir: &Path, reached: &mut u64) -> Result<Log<S>> {
        let (mut log, opened) = open(storage, dir)?;
        let head = opened.size - opened.beyond_head;
        assert!(head >= *reached, "{head} of {reached} are there");
        for (size, note) in SIZES.iter().zip(&self.notes).filter(|(size, _)| **size > head) {
            while log.size() < *size {
                let from = log.size();
                for n in from..(from + 4).min(*size) {
                    log.stage_copy(&self.entries[n as usize], "kemen-pu", &format!("j{n}"))?;
                }
                log.commit()?;
            }
            let committed = log.take_checkpoint(note)?;
            assert_eq!((committed.size, &committed.checkpoint), (*size, note));
            *reached = *size;
        }
        Ok(log)
    }
}

fn open<S: Storage>(storage: Arc<S>, dir: &Path) -> Result<(Log<S>, Opened)> {
    Log::open_copy(storage, dir, SMALL, (ORIGIN, "Asia/Jakarta"), &ids, &mut |_, _| Ok(()))
}

#[test]
fn a_copy_has_the_entries_and_the_checkpoints_of_its_log() {
    let (source, dir) = (Source::new(), tempfile::tempdir().unwrap());
    let log = source.copy(Arc::new(RealFiles), dir.path(), &mut 0).unwrap();
    check(&log.reader(), 40);
    assert!(log.signer().is_none());
    drop(log);
    check(&Reader::open(dir.path()).unwrap(), 40);
    let (log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
    assert_eq!((opened.size, opened.beyond_head), (40, 0));
    assert_eq!(&log.committed().checkpoint, source.notes.last().unwrap());
}

#[test]
fn a_copy_takes_nothing_else() {
    let (source, dir) = (Source::new(), tempfile::tempdir().unwrap());
    let (mut log, _) = open(Arc::new(RealFiles), dir.path()).unwrap();
    let corrupt = |result: Result<_>, what| match result {
        Err(Error::Corrupt { what: found, .. }) => assert_eq!(found, what),
        other => panic!("{:?}", other.map(drop)),
    };
    corrupt(log.stage_copy(&source.entries[1], "kemen-pu", "j1").map(drop), Damage::EntrySeq);
    for n in 0..2 {
        log.stage_copy(&source.entries[n], "kemen-pu", &format!("j{n}")).unwrap();
    }
    let text = String::from_utf8(source.entries[2].clone()).unwrap();
    let links = text.replacen("\"a:kemen-pu\":[3,1,1]", "\"a:kemen-pu\":[3,1,0]", 1);
    assert_ne!(text, links);
    corrupt(log.stage_copy(links.as_bytes(), "kemen-pu", "j2").map(drop), Damage::Links);
    // a checkpoint is taken over all that is there, and nothing staged
    assert!(matches!(log.take_checkpoint(&source.notes[0]), Err(Error::BadProof { .. })));
    for n in 2..7 {
        log.stage_copy(&source.entries[n], "kemen-pu", &format!("j{n}")).unwrap();
    }
    assert!(matches!(log.take_checkpoint(&source.notes[0]), Err(Error::BadProof { .. })));
    log.commit().unwrap();
    assert!(!dir.path().join("head").exists(), "no checkpoint is reached");
    let root = log.committed().root;
    for (size, root, origin) in
        [(8, root, ORIGIN), (7, crate::log::Hash([1; 32]), ORIGIN), (7, root, "other")]
    {
        let note = signer().sign(&Checkpoint { origin: origin.to_owned(), size, root }.encode());
        assert!(matches!(log.take_checkpoint(&note), Err(Error::BadProof { .. })), "{note}");
    }
    log.take_checkpoint(&source.notes[0]).unwrap();
    drop(log);
    // another ledger's copy, and a ledger's own directory
    let other = Log::open_copy(
        Arc::new(RealFiles),
        dir.path(),
        SMALL,
        ("other", "Asia/Jakarta"),
        &ids,
        &mut |_, _| Ok(()),
    );
    assert!(other.is_err());
    let own = dir.path().join("own");
    super::kit::filled(&own, 5);
    assert!(matches!(open(Arc::new(RealFiles), &own), Err(Error::Exists { .. })));
}

#[test]
fn a_copy_goes_on_after_any_operation_failed() {
    let source = Source::new();
    let storage = Arc::new(FaultyFiles::new());
    let dir = tempfile::tempdir().unwrap();
    drop(source.copy(Arc::clone(&storage), dir.path(), &mut 0).unwrap());
    let count = storage.trace().len();
    assert!(count > 40, "{count}");
    for mode in [Mode::Lost, Mode::DoneButFailed] {
        for nth in 0..count {
            let dir = tempfile::tempdir().unwrap();
            let storage = Arc::new(FaultyFiles::new());
            storage.fail(Failure { kind: None, nth, mode, errno: 5 });
            let mut reached = 0;
            drop(source.copy(storage, dir.path(), &mut reached));
            let log = source.copy(Arc::new(RealFiles), dir.path(), &mut reached);
            let log = log.unwrap_or_else(|error| panic!("{mode:?} {nth}: {error}"));
            drop(log);
            check(&Reader::open(dir.path()).unwrap(), 40);
        }
    }
}
