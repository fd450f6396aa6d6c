//! Receipts as COSE: for every size the log had, the same bytes for ever, and nothing else is signed.

use std::sync::Arc;

use super::kit::{SMALL, append, create, open, signer};
use crate::domain::Seq;
use crate::log::note::cose;
use crate::log::{Error, Reader, RealFiles};

#[test]
fn a_receipt_of_any_size_is_the_same_bytes_as_the_log_grows_and_is_reopened() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 20, 20).unwrap();
    let pairs = || (1..=20_u64).flat_map(|size| (0..size).map(move |seq| (Seq(seq), size)));
    let all = |reader: &Reader| pairs().map(|(seq, size)| reader.receipt(seq, size).unwrap()).collect();
    let first: Vec<_> = all(&log.reader());
    let tree = log.reader().tree();
    for ((seq, size), receipt) in pairs().zip(&first) {
        let (root, proof) = (tree.root_at(size).unwrap(), tree.inclusion_proof(seq.0, size).unwrap());
        assert_eq!(*receipt, cose::receipt(&signer(), &root, size, seq.0, &proof));
    }
    append(&mut log, 20, 600, 29).unwrap();
    let later: Vec<_> = all(&log.reader());
    assert_eq!(first, later);
    log.close().unwrap();
    let (log, _) = open(Arc::new(RealFiles), dir.path()).unwrap();
    let reopened: Vec<_> = all(&log.reader());
    assert_eq!(first, reopened);
}

#[test]
fn only_roots_of_the_committed_tree_are_signed() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 10, 10).unwrap();
    super::kit::stage(&mut log, 10).unwrap();
    let reader = log.reader();
    for (seq, size) in [(0, 0), (0, 11), (10, 10), (10, 11), (3, 3), (0, u64::MAX), (u64::MAX, u64::MAX)] {
        assert!(matches!(reader.receipt(Seq(seq), size), Err(Error::BadProof { .. })), "{seq} of {size}");
    }
    log.commit().unwrap();
    reader.receipt(Seq(10), 11).unwrap();
    log.write_head().unwrap();
    // who only reads has not the key, though the file is there
    let beside = Reader::open(dir.path()).unwrap();
    assert!(matches!(beside.receipt(Seq(0), 10), Err(Error::MissingKey { .. })));
}
