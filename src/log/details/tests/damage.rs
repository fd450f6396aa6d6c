//! Torn tails, and flipped bits everywhere.

use std::sync::Arc;

use super::super::{Kept, Opened, Sealed};
use super::kit::*;
use crate::log::{Damage, Error, RealFiles};

#[test]
fn a_torn_tail_is_dropped_wherever_it_is_torn() {
    let dir = start(3);
    let whole = std::fs::read(records(dir.path())).unwrap();
    let slots = std::fs::read(keys(dir.path())).unwrap();
    let kept = whole.len() - 72 - sealed(2).ciphertext.len();
    for length in kept..whole.len() {
        std::fs::write(records(dir.path()), &whole[..length]).unwrap();
        std::fs::write(keys(dir.path()), &slots).unwrap();
        let outside = detached(dir.path());
        assert!(says(&outside, 1) && !says(&outside, 2) && outside.faults().is_empty());
        let (mut details, opened) = open(Arc::new(RealFiles), dir.path(), 2).unwrap();
        let cut_bytes = (length - kept) as u64;
        assert_eq!(opened, Opened { kept: 2, cut_bytes, ..Opened::default() }, "{length}");
        assert!(!traces(dir.path(), 2), "{length}");
        details.append(&all(2..4)).unwrap();
        details.sync().unwrap();
        assert!((0..4).all(|n| says(&details.reader(), n) && says(&outside, n)), "{length}");
    }
}

#[test]
fn a_reader_outside_finds_what_is_written_over_the_room_made_for_it() {
    let dir = start(2);
    let whole = std::fs::read(records(dir.path())).unwrap();
    let room = 72 + sealed(0).ciphertext.len();
    let zeros = vec![0; whole.len() - room];
    std::fs::write(records(dir.path()), [&whole[..room], &zeros].concat()).unwrap();
    let outside = detached(dir.path());
    assert_eq!(outside.get(&digest(1)).unwrap(), Kept::Absent);
    let file = std::fs::File::options().write(true).open(records(dir.path())).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &whole, 0).unwrap();
    assert!(says(&outside, 1));
}

#[test]
fn a_tail_of_zeros_or_of_records_out_of_order_is_dropped() {
    let dir = start(6);
    let mut bytes = std::fs::read(records(dir.path())).unwrap();
    let at = bytes.windows(32).position(|window| window == sealed(4).digest).unwrap();
    // the page of the fourth was lost, those of the fifth and sixth were not
    bytes[at + 50] ^= 1;
    bytes.extend([0; 10_000]);
    std::fs::write(records(dir.path()), &bytes).unwrap();
    let (details, opened) = open(Arc::new(RealFiles), dir.path(), 4).unwrap();
    assert_eq!((opened.kept, opened.orphans, opened.faults.len()), (4, 1, 0));
    assert!((0..4).all(|n| says(&details.reader(), n)));
    assert!(!traces(dir.path(), 4) && !traces(dir.path(), 5));
    let length: usize = (0..4).map(|n| 72 + sealed(n).ciphertext.len()).sum();
    assert_eq!(std::fs::metadata(records(dir.path())).unwrap().len(), length as u64);
}

/// Flips a bit of a file at each of these bytes: never another text, never a panic, never another
/// detail lost than the one.
fn flip(file: &str, places: impl Iterator<Item = usize>) {
    let dir = start(3);
    let (path, records, keys) = (dir.path().join(file), records(dir.path()), keys(dir.path()));
    let before = (std::fs::read(&records).unwrap(), std::fs::read(&keys).unwrap());
    for place in places {
        std::fs::write(&records, &before.0).unwrap();
        std::fs::write(&keys, &before.1).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(&path, &bytes).unwrap();
        let outside = detached(dir.path());
        assert_eq!((0..3).filter(|n| says(&outside, *n)).count(), 2, "{file} {place}");
        let (mut details, opened) = open(Arc::new(RealFiles), dir.path(), 3).unwrap();
        let lost = (0..3).find(|n| !says(&details.reader(), *n)).unwrap();
        assert_eq!((0..3).filter(|n| says(&details.reader(), *n)).count(), 2, "{file} {place}");
        // only a last record whose digest is gone looks like one that was never acknowledged
        let unseen = file.ends_with("records") && lost == 2 && opened.cut_bytes > 0;
        assert!(opened.faults.len() == 1 || unseen, "{file} {place} {opened:?}");
        details.append(&[sealed(lost), sealed(3)]).unwrap();
        details.sync().unwrap();
        drop(details);
        let (mut details, opened) = open(Arc::new(RealFiles), dir.path(), 4).unwrap();
        assert_eq!(opened.kept, 4, "{file} {place}");
        assert!((0..4).all(|n| says(&details.reader(), n) && says(&outside, n)), "{file} {place}");
        if place % 5 == 0 {
            // what was damaged is erased too
            details.destroy(&[digest(lost), [0; 32]]).unwrap();
            assert!(!traces(dir.path(), lost), "{file} {place}");
            assert_eq!((0..4).filter(|n| says(&details.reader(), *n)).count(), 3);
        }
    }
}

#[test]
fn a_bit_flipped_in_any_field_of_a_record_is_no_other_text() {
    let lengths: Vec<usize> = (0..3).map(|n| 72 + sealed(n).ciphertext.len()).collect();
    // all of the middle one, and the frame of the last
    flip("details/records", lengths[0]..lengths[0] + lengths[1] + 72);
}

#[test]
fn a_bit_flipped_in_any_field_of_a_key_slot_is_no_other_text() {
    flip("details/keys/0", 40..80);
}

#[test]
fn damage_among_records_is_named_and_nothing_near_it_destroyed() {
    let dir = start(3);
    let mut bytes = std::fs::read(records(dir.path())).unwrap();
    let first = 72 + sealed(0).ciphertext.len();
    bytes[first + 80] ^= 4;
    std::fs::write(records(dir.path()), &bytes).unwrap();
    let outside = detached(dir.path());
    let faults = outside.faults();
    assert_eq!((faults.len(), faults[0].offset, faults[0].what), (1, first as u64, Damage::Detail));
    let (details, opened) = open(Arc::new(RealFiles), dir.path(), 3).unwrap();
    assert_eq!(opened, Opened { kept: 2, faults, ..Opened::default() });
    assert_eq!(details.reader().get(&digest(1)).unwrap(), Kept::Absent);
    assert_eq!(std::fs::read(records(dir.path())).unwrap(), bytes);
    let slots = std::fs::read(keys(dir.path())).unwrap();
    assert_eq!(slots[40..72], sealed(1).key);
}

#[test]
fn a_record_of_another_key_or_of_a_slot_far_away_does_not_open() {
    let dir = start(2);
    let mut bytes = Vec::new();
    super::super::records::encode(&sealed(0), 1, &mut bytes);
    super::super::records::encode(&sealed(1), u64::MAX, &mut bytes);
    std::fs::write(records(dir.path()), &bytes).unwrap();
    let outside = detached(dir.path());
    assert!(!says(&outside, 0) && !says(&outside, 1));
    assert!(matches!(outside.get(&digest(1)), Err(Error::Corrupt { what: Damage::DetailKey, .. })));
    let (mut details, opened) = open(Arc::new(RealFiles), dir.path(), 2).unwrap();
    assert_eq!(opened.faults.len(), 1);
    details.append(&[Sealed { digest: [7; 32], ..sealed(3) }]).unwrap();
    assert!(details.sync().is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_panic(
        records in proptest::collection::vec(proptest::num::u8::ANY, 0..400),
        keys in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
    ) {
        let dir = start(1);
        std::fs::write(super::kit::records(dir.path()), records).unwrap();
        std::fs::write(super::kit::keys(dir.path()), keys).unwrap();
        let outside = detached(dir.path());
        let _ = (outside.get(&digest(0)), outside.faults());
        let (mut details, _) = open(Arc::new(RealFiles), dir.path(), 1).unwrap();
        details.append(&all(5..6)).unwrap();
        details.sync().unwrap();
        details.destroy(&[digest(0)]).unwrap();
        assert!(says(&details.reader(), 5));
    }
}
