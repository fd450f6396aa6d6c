//! Against a naive count over the entries, at every size.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;

use super::super::index::SubjectLast;
use super::super::tests::kit::filled;
use super::super::tree::{Hash, Tree, leaf_hash, verify_inclusion};
use super::super::{Entry, Reader};
use super::line;
use crate::domain::Seq;

fn naive(reader: &Reader, size: u64) -> BTreeMap<String, SubjectLast> {
    let mut lasts = BTreeMap::new();
    for entry in reader.entries(Seq(0), Seq(size)) {
        let (seq, bytes) = entry.unwrap();
        for (subject, _) in Entry::decode(&bytes).unwrap().links {
            let last = lasts.entry(subject.to_owned()).or_insert(SubjectLast { ordinal: 0, seq });
            *last = SubjectLast { ordinal: last.ordinal + 1, seq };
        }
    }
    lasts
}

fn root(lasts: &BTreeMap<String, SubjectLast>) -> Hash {
    let dir = tempfile::tempdir().unwrap();
    let mut tree = Tree::new(dir.path());
    for (subject, last) in lasts {
        tree.append(leaf_hash(line(subject, *last).as_bytes())).unwrap();
    }
    tree.snapshot().root()
}

#[test]
fn v10_an_index_root_is_that_of_a_naive_count_however_it_was_come_by() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 60);
    let at_once = Reader::open(dir.path()).unwrap();
    for size in 0..=60 {
        let lasts = naive(&at_once, size);
        let step_by_step = at_once.subjects(dir.path(), size, None, &|| true).unwrap().unwrap();
        let anew = Reader::open(dir.path()).unwrap();
        let anew = anew.subjects(dir.path(), size, None, &|| true).unwrap().unwrap();
        assert_eq!((step_by_step.root(), anew.root()), (root(&lasts), root(&lasts)), "{size}");
        assert_eq!((anew.count(), anew.size()), (lasts.len() as u64, size));
        for (place, (subject, last)) in (0..).zip(&lasts) {
            let found = anew.find(subject).unwrap().unwrap();
            assert_eq!((found.last, found.index), (*last, place));
            let leaf = leaf_hash(line(subject, *last).as_bytes());
            verify_inclusion(place, anew.count(), &leaf, &found.proof, &anew.root()).unwrap();
        }
        for nobody in ["", "a:", "a:kemen", "r:r", "z"] {
            assert_eq!(anew.find(nobody).unwrap(), None);
        }
    }
}

#[test]
fn v10_kept_subjects_count_only_under_the_root_that_an_entry_records() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 60);
    let fresh = || Reader::open(dir.path()).unwrap();
    let kept = fresh().subjects(dir.path(), 40, None, &|| true).unwrap().unwrap();
    kept.keep(dir.path()).unwrap();
    let known = Some((40, kept.root()));
    let right = fresh().subjects(dir.path(), 60, None, &|| true).unwrap().unwrap().root();
    let gone_on = |known| fresh().subjects(dir.path(), 60, known, &|| true).unwrap().unwrap().root();
    assert_eq!(gone_on(known), right);
    let path = dir.path().join("index/subjects-00000000000000000040");
    let text = fs::read_to_string(&path).unwrap();
    for damaged in [text.replacen('1', "2", 1), text[1..].to_owned(), String::new(), "a\nb".to_owned()] {
        fs::write(&path, &damaged).unwrap();
        assert_eq!(gone_on(known), right, "{damaged:?}");
    }
    kept.keep(dir.path()).unwrap();
    fresh().subjects(dir.path(), 50, known, &|| true).unwrap().unwrap().keep(dir.path()).unwrap();
    assert!(!path.exists(), "one is kept");
}

#[test]
fn ends_when_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 10);
    let reader = Reader::open(dir.path()).unwrap();
    assert!(reader.subjects(dir.path(), 10, None, &|| false).unwrap().is_none());
}
