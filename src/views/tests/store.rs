//! What is persisted is what the log says, or it is built again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::store::{BATCH_KEYS, Store};
use super::kit::Kit;
use crate::domain::State;
use crate::domain::state::{Change, Key};
use crate::log::sum::SumKey;
use crate::views::{Deep, Snapshot, Views, deep};

/// Every object of a state, by key.
fn objects(state: &State) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let encoded = |key: Key| (key.encode(), state.object(&key).unwrap().encode().unwrap());
    state.keys().into_iter().map(encoded).collect()
}

/// The key of the sum, as opening the views made or found it.
fn key(kit: &Kit) -> SumKey {
    SumKey::of_directory(kit.dir.path(), kit.reader().origin(), [7; 32])
}

/// What the store on disk holds, and at which size.
fn stored(kit: &Kit) -> Option<(u64, State)> {
    let (_, loaded) = Store::open(&kit.dir.path().join("views"), &key(kit)).unwrap();
    loaded.map(|loaded| (loaded.position.size, loaded.state))
}

#[test]
fn what_was_persisted_is_the_state_and_opening_takes_it_up() {
    let mut kit = Kit::district();
    let (views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    assert_eq!(objects(&state), objects(&kit.state()));
    views.close().unwrap();
    drop(views);
    let (size, loaded) = stored(&kit).unwrap();
    assert_eq!(size, kit.reader().size());
    assert_eq!(objects(&loaded), objects(&kit.state()));
    // What was recorded since is folded in.
    kit.agency("late");
    let (views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    assert_eq!(objects(&state), objects(&kit.state()));
    assert_eq!(views.current().size, kit.reader().size());
}

#[test]
fn what_is_published_is_persisted_with_its_position() {
    let mut kit = Kit::district();
    let (views, mut state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    for n in 0..BATCH_KEYS * 3 {
        kit.agency(&format!("many-{n}"));
    }
    let mut touched = Vec::new();
    let mut add = |mut changes: Vec<Change>| touched.append(&mut changes);
    super::super::fold::into(&mut state, &kit.reader(), kit.reader().size(), &mut add).unwrap();
    assert!(touched.len() > BATCH_KEYS * 2);
    views.publish(Arc::new(Snapshot::new(state, &kit.reader().committed())), touched);
    views.flush().unwrap();
    views.close().unwrap();
    drop(views);
    let (size, loaded) = stored(&kit).unwrap();
    assert_eq!((size, objects(&loaded)), (kit.reader().size(), objects(&kit.state())));
}

#[test]
fn a_position_that_is_not_the_logs_is_built_again() {
    let kit = Kit::district();
    let other = {
        let mut other = Kit::district();
        for n in 0..5 {
            other.agency(&format!("x{n}"));
        }
        other
    };
    let (views, _) = Views::open(other.dir.path(), other.reader(), [7; 32]).unwrap();
    views.close().unwrap();
    drop(views);
    // The views of a longer and another log.
    std::fs::rename(other.dir.path().join("views"), kit.dir.path().join("views")).unwrap();
    let (views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    assert_eq!(objects(&state), objects(&kit.state()));
    views.close().unwrap();
    drop(views);
    let (size, loaded) = stored(&kit).unwrap();
    assert_eq!((size, objects(&loaded)), (kit.reader().size(), objects(&kit.state())));
}

#[test]
fn a_set_that_was_broken_off_is_built_again() {
    let kit = Kit::district();
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    views.close().unwrap();
    drop(views);
    let path = kit.dir.path().join("views");
    let (store, _) = Store::open(&path, &key(&kit)).unwrap();
    store.tear();
    drop(store);
    assert!(stored(&kit).is_none());
    let (_views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    assert_eq!(objects(&state), objects(&kit.state()));
}

#[test]
fn damaged_views_are_built_again() {
    let kit = Kit::district();
    for round in 0..8_usize {
        let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
        views.close().unwrap();
        drop(views);
        for file in std::fs::read_dir(kit.dir.path().join("views")).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let mut bytes = std::fs::read(&path).unwrap();
                for place in (round * 7..bytes.len()).step_by(64) {
                    bytes[place] ^= 0x40;
                }
                std::fs::write(&path, bytes).unwrap();
            }
        }
        let (_views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
        assert_eq!(objects(&state), objects(&kit.state()), "round {round}");
    }
    std::fs::remove_dir_all(kit.dir.path().join("views")).unwrap();
    let (_views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    assert_eq!(objects(&state), objects(&kit.state()));
}

/// Bytes of a page of the database's file.
const PAGE: usize = 4096;

/// The views are opened, moved on by an entry, and opened again: the log's state each time.
fn holds(kit: &mut Kit, what: &str) {
    let (views, mut state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    assert_eq!(state.difference(&kit.state()), None, "{what}");
    kit.agency(&format!("later-{}", kit.reader().size()));
    let mut changes = Vec::new();
    let mut add = |mut more: Vec<Change>| changes.append(&mut more);
    super::super::fold::into(&mut state, &kit.reader(), kit.reader().size(), &mut add).unwrap();
    views.publish(Arc::new(Snapshot::new(state, &kit.reader().committed())), changes);
    views.close().unwrap();
    drop(views);
    let (_, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    assert_eq!(state.difference(&kit.state()), None, "{what}, opened again");
}

#[test]
fn every_page_of_the_database_zeroed_in_turn_leaves_the_logs_state() {
    let mut kit = Kit::district();
    for n in 0..2000 {
        kit.agency(&format!("many-{n}"));
    }
    holds(&mut kit, "whole");
    let db = kit.dir.path().join("views").join("db");
    let pages = std::fs::metadata(&db).unwrap().len().div_ceil(PAGE as u64);
    assert!(pages > 16, "{pages} pages");
    for page in 0..usize::try_from(pages).unwrap() {
        let mut bytes = std::fs::read(&db).unwrap();
        let end = bytes.len().min((page + 1) * PAGE);
        let Some(zeroed) = bytes.get_mut(page * PAGE..end) else { continue };
        zeroed.fill(0);
        std::fs::write(&db, bytes).unwrap();
        holds(&mut kit, &format!("page {page} of {pages}"));
    }
}

#[test]
fn an_object_that_was_changed_without_the_key_is_never_taken_up() {
    let kit = Kit::district();
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    views.close().unwrap();
    drop(views);
    assert!(stored(&kit).is_some());
    let (store, _) = Store::open(&kit.dir.path().join("views"), &key(&kit)).unwrap();
    store.forge("a", "ministry", "monastry");
    drop(store);
    assert!(stored(&kit).is_none(), "the code does not fit");
    let (_views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    assert_eq!(state.difference(&kit.state()), None);
}

#[test]
fn views_that_cannot_be_kept_are_those_of_the_log_all_the_same() {
    let kit = Kit::district();
    std::fs::write(kit.dir.path().join("views"), b"no folder").unwrap();
    let (views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    assert_eq!(state.difference(&kit.state()), None);
    views.flush().unwrap();
    views.close().unwrap();
}

#[test]
fn kept_loaded_and_folded_anew_have_one_sum_or_it_is_said_what_differs() {
    let kit = Kit::district();
    let looked = || deep(kit.dir.path(), &kit.reader()).unwrap();
    assert_eq!(looked(), Deep::None);
    let (views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    views.close().unwrap();
    drop(views);
    let size = kit.reader().size();
    assert_eq!(looked(), Deep::Equal { size, objects: state.keys().len() });
    // who has the key, or a defect of this program, keeps another object under a code that fits
    let path = kit.dir.path().join("views");
    let (store, loaded) = Store::open(&path, &key(&kit)).unwrap();
    let loaded = loaded.unwrap();
    let name = state.keys().into_iter().find(|key| key.text() == "a:a").unwrap();
    let was = state.object(&name).unwrap().encode().unwrap();
    let is = String::from_utf8(was.clone()).unwrap().replace("ministry", "monastry").into_bytes();
    let mut sum = loaded.sum;
    sum.subtract(&key(&kit), &name.encode(), &was);
    sum.add(&key(&kit), &name.encode(), &is);
    store.write(&loaded.position, (&key(&kit), &sum), &[(name.encode(), Some(is))]).unwrap();
    drop(store);
    assert_eq!(looked(), Deep::Differs { size, key: "a:a".to_owned() });
    let (store, _) = Store::open(&path, &key(&kit)).unwrap();
    store.forge("a", "monastry", "ministry");
    drop(store);
    assert!(matches!(looked(), Deep::Unfit { .. }), "{:?}", looked());
    assert!(stored(&kit).is_none(), "and a ledger does not take it up");
}
