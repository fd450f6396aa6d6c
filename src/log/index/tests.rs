//! Skip stacks and sealed files against naive models.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;

use proptest::prelude::*;

use super::sealed::file_name;
use super::{History, Record, Sealed, jti_key, subject_key};
use crate::domain::Seq;

#[test]
fn l4_skip_links_are_those_of_a_naive_count() {
    let mut history = History::default();
    let (mut seqs, mut dropped) = (vec![-1_i64], Vec::new());
    for o in 1..5000_usize {
        let seq = i64::try_from(o * 3).unwrap();
        assert_eq!(history.next(), [i64::try_from(o).unwrap(), seqs[o - 1], seqs[o & (o - 1)]]);
        dropped.clear();
        let before = history.clone();
        history.push(Seq(seq.unsigned_abs()), &mut dropped);
        assert!(history.is_complete());
        let mut back = history.clone();
        back.pop(&dropped);
        assert_eq!(back, before);
        seqs.push(seq);
    }
}

fn records(count: u64) -> Vec<Record> {
    let mut all: Vec<Record> = (0..count)
        .map(|n| Record { key: subject_key(&format!("r:{n}")), ordinal: n + 1, seq: n * 2 })
        .collect();
    all.sort_unstable_by_key(|record| record.key);
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn l4_a_sealed_index_finds_what_is_in_it_and_nothing_else(count in 0_u64..2000) {
        let dir = tempfile::tempdir().unwrap();
        let all = records(count);
        let memory = Sealed::build(Seq(5), 99, &all);
        let stored = Sealed::build(Seq(5), 99, &all).store(dir.path());
        let loaded = Sealed::load(dir.path(), Seq(5), 99).unwrap();
        for record in &all {
            for sealed in [&memory, &stored, &loaded] {
                prop_assert_eq!(sealed.find(record.key).unwrap(), Some(*record));
            }
        }
        for n in 0..500 {
            prop_assert_eq!(loaded.find(jti_key("a", &n.to_string())).unwrap(), None);
        }
        prop_assert!(Sealed::load(dir.path(), Seq(5), 98).is_none());
    }
}

#[test]
fn l4_a_damaged_index_is_never_believed() {
    let dir = tempfile::tempdir().unwrap();
    let all = records(300);
    Sealed::build(Seq(5), 99, &all).store(dir.path());
    let path = dir.path().join(file_name(Seq(5)));
    let whole = fs::read(&path).unwrap();
    for place in (0..whole.len()).step_by(3) {
        let mut bad = whole.clone();
        bad[place] ^= 1;
        fs::write(&path, &bad).unwrap();
        let Some(sealed) = Sealed::load(dir.path(), Seq(5), 99) else { continue };
        for record in all.iter().step_by(11) {
            assert!(sealed.find(record.key).map_or(true, |found| found == Some(*record)), "byte {place}");
        }
    }
}
