//! Restarts, many requests at once, and directories that are not what they were.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Mutex;
use std::thread;

use super::kit::{House, NOW, ORIGIN, TestLog, cosigned, served};
use crate::peer::witness::origin_hash;

#[test]
fn a_restart_goes_on_where_the_last_cosigned_head_stands() {
    let (house, log, fork) = (House::new(), TestLog::new(300), TestLog::forked(300, 50));
    let witness = house.open();
    let vkey = witness.vkey();
    let line = witness.add(log.request(0, 100).as_bytes(), NOW).unwrap();
    drop(witness);
    let witness = house.open();
    assert_eq!(witness.vkey(), vkey);
    assert_eq!(*witness.newest(&origin_hash(ORIGIN)).unwrap(), *format!("{}{line}", log.note(100)));
    assert_eq!(witness.add(fork.request(0, 100).as_bytes(), NOW).unwrap_err().status(), 409);
    assert_eq!(witness.add(fork.request(100, 200).as_bytes(), NOW).unwrap_err().status(), 422);
    witness.add(log.request(100, 300).as_bytes(), NOW).unwrap();
    let mode = fs::metadata(house.path().join("keys/witness")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn of_many_requests_at_once_one_is_cosigned_and_no_two_contradict() {
    const THREADS: u64 = 20;
    let (house, log) = (House::new(), TestLog::new(400));
    // each thread speaks for a fork of its own, all of them alike below 10
    let forks: Vec<_> = (0..THREADS).map(|n| TestLog::forked(40 + n, 10)).collect();
    let witness = house.open();
    witness.add(log.request(0, 10).as_bytes(), NOW).unwrap();
    let won = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for (n, fork) in (0..).zip(&forks) {
            let (won, witness) = (&won, &witness);
            scope.spawn(move || {
                let size = 40 + n;
                match witness.add(fork.request(10, size).as_bytes(), NOW) {
                    Ok(line) => won.lock().unwrap().push(cosigned(&fork.note(size), &line).0),
                    Err(refused) => assert_eq!(refused.status(), 409, "{refused}"),
                }
            });
        }
    });
    let won = won.into_inner().unwrap();
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(served(&witness), won[0].size);
}

#[test]
fn steps_taken_by_many_at_once_are_each_cosigned_once() {
    let (house, log) = (House::new(), TestLog::new(64));
    let witness = house.open();
    let won = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..20 {
            let (won, witness, log) = (&won, &witness, &log);
            scope.spawn(move || {
                for step in 0..16_u64 {
                    let (old, new) = (step * 4, step * 4 + 4);
                    match witness.add(log.request(old, new).as_bytes(), NOW) {
                        Ok(_) => *won.lock().unwrap().entry(new).or_insert(0) += 1,
                        Err(refused) => assert_eq!(refused.status(), 409, "{refused}"),
                    }
                }
            });
        }
    });
    let won = won.into_inner().unwrap();
    assert_eq!(won.values().copied().collect::<Vec<_>>(), vec![1; 16], "{won:?}");
}

#[test]
fn a_witness_without_its_memory_or_key_does_not_open() {
    let damage = |what: &dyn Fn(&std::path::Path)| {
        let (house, log) = (House::new(), TestLog::new(100));
        house.open().add(log.request(0, 100).as_bytes(), NOW).unwrap();
        what(&house.path());
        let again = house.open_on(std::sync::Arc::new(crate::log::RealFiles));
        match again.err().unwrap() {
            crate::peer::witness::OpenError::Log(error) => error.exit(),
            other => panic!("{other}"),
        }
    };
    let head = format!("heads/{}", origin_hash(ORIGIN));
    let edit = |dir: &std::path::Path, name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = fs::read(dir.join(name)).unwrap();
        change(&mut bytes);
        fs::write(dir.join(name), bytes).unwrap();
    };
    assert_eq!(damage(&|dir| fs::remove_dir_all(dir.join("heads")).unwrap()), 7);
    assert_eq!(damage(&|dir| fs::remove_dir_all(dir.join("evidence")).unwrap()), 7);
    assert_eq!(damage(&|dir| fs::remove_file(dir.join("keys/witness")).unwrap()), 10);
    assert_eq!(damage(&|dir| edit(dir, "keys/witness", &|bytes| bytes[40] ^= 1)), 10);
    assert_eq!(damage(&|dir| edit(dir, &head, &|bytes| bytes.clear())), 7);
    for place in [0, 25, 40, 75, 100, 180, 250] {
        assert_eq!(damage(&|dir| edit(dir, &head, &|bytes| bytes.truncate(place))), 7, "cut at {place}");
    }
    // every byte of what is signed, and of our own line
    let other = format!("heads/{}", origin_hash("ledger.example/log2"));
    let moved = |dir: &std::path::Path| {
        fs::rename(dir.join(&head), dir.join(&other)).unwrap();
        fs::copy(dir.join(&other), dir.join(&head)).unwrap();
        edit(dir, &head, &|bytes| bytes[20] ^= 1);
    };
    assert_eq!(damage(&moved), 7);
}

#[test]
fn a_damaged_head_is_never_gone_on_from() {
    let (house, log) = (House::new(), TestLog::new(100));
    house.open().add(log.request(0, 100).as_bytes(), NOW).unwrap();
    let path = house.path().join("heads").join(origin_hash(ORIGIN));
    let whole = fs::read(&path).unwrap();
    let text = log.checkpoint(100).encode().len();
    let ours = whole.len() - 120;
    for place in (0..text).chain(ours..whole.len()) {
        let mut bytes = whole.clone();
        bytes[place] ^= 4;
        fs::write(&path, &bytes).unwrap();
        let opened = house.open_on(std::sync::Arc::new(crate::log::RealFiles));
        assert!(opened.is_err(), "byte {place}");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(served(&house.open()), 100);
}

#[test]
fn a_restored_copy_signs_another_history_which_is_why_none_may_be_restored() {
    let (house, log, fork) = (House::new(), TestLog::new(100), TestLog::forked(100, 20));
    house.open().add(log.request(0, 10).as_bytes(), NOW).unwrap();
    let head = house.path().join("heads").join(origin_hash(ORIGIN));
    let copy = fs::read(&head).unwrap();
    house.open().add(log.request(10, 100).as_bytes(), NOW).unwrap();
    assert_eq!(house.open().add(fork.request(10, 100).as_bytes(), NOW).unwrap_err().status(), 409);
    // the limit that OPERATING.md names: nothing in the directory tells that it is an old copy
    fs::write(&head, copy).unwrap();
    house.open().add(fork.request(10, 100).as_bytes(), NOW).unwrap();
}

#[test]
fn one_process_has_a_witness() {
    let house = House::new();
    let witness = house.open();
    let second = house.open_on(std::sync::Arc::new(crate::log::RealFiles)).err().unwrap();
    assert!(second.to_string().contains("in use"), "{second}");
    drop(witness);
    drop(house.open());
}
