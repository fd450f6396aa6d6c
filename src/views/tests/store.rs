//! What is persisted is what the log says, or it is built again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::store::{BATCH_KEYS, Store};
use super::kit::Kit;
use crate::domain::State;
use crate::domain::state::{Change, Key};
use crate::log::sum::SumKey;
use crate::views::{Snapshot, Views};

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
