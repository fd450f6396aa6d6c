//! The two slots.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::{HEAD_BYTES, Head, Place, SLOT_BYTES, Slot};
use crate::log::link::Link;

fn slot(counter: u64) -> Slot {
    Slot { counter, link: Link([7; 32]), note: format!("note {counter}\n") }
}

fn file(slots: [Option<Slot>; 2]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for slot in slots {
        bytes.extend(slot.map_or([0; SLOT_BYTES], |slot| slot.encode().unwrap()));
    }
    bytes
}

#[test]
fn l16_the_valid_slot_with_the_higher_counter_counts() {
    for (slots, place) in [
        ([Some(slot(3)), Some(slot(4))], 1),
        ([Some(slot(5)), Some(slot(4))], 0),
        ([Some(slot(1)), None], 0),
        ([None, Some(slot(1))], 1),
    ] {
        let head = Head::parse(&file(slots.clone()));
        assert_eq!(
            head.choose().map(|(place, slot)| (place, slot.clone())),
            slots[place].clone().map(|s| (place, s))
        );
        assert_eq!(head.torn().count(), 0);
    }
    assert_eq!(Head::parse(&[0; HEAD_BYTES]).choose(), None);
}

#[test]
fn l15_any_changed_byte_of_a_slot_makes_it_torn() {
    let bytes = file([Some(slot(3)), Some(slot(4))]);
    for place in 0..SLOT_BYTES {
        let mut bad = bytes.clone();
        bad[SLOT_BYTES + place] ^= 1 << (place % 8);
        let head = Head::parse(&bad);
        assert_eq!(head.places[1], Place::Torn, "byte {place}");
        assert_eq!(head.choose().unwrap().1.counter, 3);
    }
    let long = Slot { note: "x".repeat(SLOT_BYTES), ..slot(1) };
    assert_eq!(long.encode(), None);
    assert_eq!(Head::parse(&bytes[1..]).choose(), None);
}
