//! Copies of a log's files, and logs that are older than what is known of them.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use super::kit::{SMALL, append, create, ids, open};
use crate::log::backup::{self, BACKUP, Copying, RESTORED};
use crate::log::storage::{Failure, Mode};
use crate::log::{Error, FaultyFiles, Log, Reader, RealFiles, Seen};

fn truth(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let log = fs::read_dir(dir.join("log")).unwrap().map(|entry| entry.unwrap().path());
    let files = log.chain([dir.join("head"), dir.join("ledger.toml")]);
    let mut all: Vec<_> = files.map(|file| (file.display().to_string(), fs::read(&file).unwrap())).collect();
    all.sort();
    all
}

#[test]
fn l32_a_log_that_is_older_than_what_is_known_keeps_every_byte() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 3, 3).unwrap();
    log.write_head().unwrap();
    // beyond head, and behind that a tail that was torn
    append(&mut log, 3, 5, 1).unwrap();
    drop(log);
    let segment = dir.path().join("log/00000000000000000000.seg");
    let bytes = fs::read(&segment).unwrap();
    let end = bytes.iter().rposition(|b| *b != 0).unwrap() as u64 + 1;
    let file = fs::OpenOptions::new().write(true).open(&segment).unwrap();
    file.write_all_at(&[0x45, 0x43, 0, 0xFF, 1], end.next_multiple_of(512)).unwrap();
    let newer = {
        let other = tempfile::tempdir().unwrap();
        let mut log = create(Arc::new(RealFiles), other.path(), SMALL).unwrap();
        append(&mut log, 0, 9, 9).unwrap().checkpoint.clone()
    };
    let before = truth(dir.path());
    let seen = [Seen { note: newer, from: "somebody".to_owned() }];
    let opened = Log::open(Arc::new(RealFiles), dir.path(), SMALL, &ids, &mut |_, _| Ok(()), &seen);
    assert!(matches!(opened, Err(Error::RolledBack { .. })), "{:?}", opened.map(drop));
    assert!(truth(dir.path()) == before);
    // what is known and not newer hinders nobody, and the tail is cut then
    let (log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
    assert_eq!((log.size(), opened.beyond_head), (5, 2));
    assert!(opened.cut_bytes > 0 && truth(dir.path()) != before);
}

#[test]
fn l33_a_copy_that_fails_anywhere_passes_for_no_backup() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    super::kit::filled(&from, 200);
    let make = |files: &FaultyFiles| -> Result<(), Error> {
        let mut copying = Copying::begin(files, &from, &to)?;
        assert_eq!(copying.log()?, 200);
        copying.details()?;
        copying.access()?;
        copying.end(Some(BACKUP))
    };
    let operations = {
        let files = FaultyFiles::new();
        make(&files).unwrap();
        files.trace().len()
    };
    let sound = || assert_eq!(Reader::open(&to).unwrap().size(), 200);
    sound();
    assert!(backup::is_backup(&to) && operations > 40, "{operations}");
    for nth in 0..operations {
        for mode in [Mode::Lost, Mode::DoneButFailed] {
            fs::remove_dir_all(&to).unwrap_or_default();
            let files = FaultyFiles::new();
            files.fail(Failure { kind: None, nth, mode, errno: 5 });
            let made = make(&files);
            assert!(!dir.path().join("to.part").exists(), "{nth} {mode:?}");
            // whatever it could do without; or it has its name, which may not be durable
            if made.is_ok() || to.exists() {
                assert!(made.is_ok() || nth + 2 >= operations, "{nth} of {operations} {mode:?} {made:?}");
                assert!(backup::is_backup(&to));
                sound();
            }
        }
    }
}

#[test]
fn l34_a_restored_log_opens_with_a_checkpoint_that_is_not_smaller() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    let older = append(&mut log, 0, 3, 3).unwrap().checkpoint.clone();
    let newest = append(&mut log, 3, 9, 3).unwrap().checkpoint.clone();
    log.close().unwrap();
    fs::write(dir.path().join(RESTORED), &newest).unwrap();
    let shown = |notes: &[&String]| {
        let seen = |note: &&String| Seen { note: (*note).clone(), from: "somebody".to_owned() };
        let seen: Vec<Seen> = notes.iter().map(seen).collect();
        Log::open(Arc::new(RealFiles), dir.path(), SMALL, &ids, &mut |_, _| Ok(()), &seen).map(drop)
    };
    for notes in [&[][..], &[&older]] {
        assert!(matches!(shown(notes), Err(Error::Copied { .. })), "{notes:?}");
    }
    // a mark that says nothing is not taken for none
    fs::write(dir.path().join(RESTORED), "?").unwrap();
    assert!(matches!(shown(&[&newest]), Err(Error::Copied { .. })));
    fs::write(dir.path().join(RESTORED), &newest).unwrap();
    shown(&[&older, &newest]).unwrap();
    assert!(!dir.path().join(RESTORED).exists());
    shown(&[]).unwrap();
    // nothing takes a backup's mark away
    fs::write(dir.path().join(BACKUP), &newest).unwrap();
    assert!(matches!(shown(&[&newest]), Err(Error::Copied { .. })));
}
