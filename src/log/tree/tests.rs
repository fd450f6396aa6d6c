//! Vectors of FORMAT section 5, and a naive RFC 6962 as the model.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::sync::Arc;

use proptest::prelude::*;

use super::{
    Hash, TileStore, Tree, empty_root, leaf_hash, node_hash, root_from_inclusion, verify_consistency,
    verify_inclusion,
};

fn leaf(n: u64) -> Hash {
    leaf_hash(format!("event {n}").as_bytes())
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(leaf).collect()
}

fn split(size: usize) -> usize {
    size.next_power_of_two() / 2
}

fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(split(more.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, last) =
        if index < k { (path(index, left), root(right)) } else { (path(index - k, right), root(left)) };
    proof.push(last);
    proof
}

fn subproof(from: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if from == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, last) = if from <= k {
        (subproof(from, left, whole), root(right))
    } else {
        (subproof(from - k, right, false), root(left))
    };
    proof.push(last);
    proof
}

fn grown(dir: &std::path::Path, size: u64) -> Tree {
    let mut tree = Tree::new(dir);
    for leaf in leaves(size) {
        tree.append(leaf).unwrap();
    }
    tree
}

#[test]
fn roots_are_those_of_the_vectors() {
    let vectors = [
        (0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        (1, "o0Te2mOZ4HlwDxjKzMF07RHvGx0WQnHjqV2CxzRGaXc="),
        (2, "lZegCMOZEI3cZ/iBYp372ha+Y/y3S0KJL3Sd3gjTNko="),
        (3, "cuDRdZjUDBQ/FOv7BeLFxN3Wvr8WXzVpRDrEaViH0wI="),
        (255, "Ii2g9sCB3Dlo+4ZJZtjY6hkFzNtNvuM0WabcSOsh0nU="),
        (256, "1WpOHKSIeSyDfM1/qYXrqmfDXBe25wuAzTG+z62FGxc="),
        (257, "6sxCy9aaRpNMQLARCcKz6jKIDaigU8zk4Mli0J9pttA="),
        (300, "G6q9MvIh86seCVhu76uGtC/csMNY/P+UeOoWkNv8tKc="),
    ];
    let dir = tempfile::tempdir().unwrap();
    let tree = grown(dir.path(), 300);
    for (size, want) in vectors {
        assert_eq!(tree.root_at(size).unwrap().to_string(), want, "size {size}");
        assert_eq!(grown(tempfile::tempdir().unwrap().path(), size).root().to_string(), want);
    }
}

#[test]
fn every_proof_up_to_300_is_the_models() {
    let dir = tempfile::tempdir().unwrap();
    let (tree, all) = (grown(dir.path(), 300), leaves(300));
    for size in 1..=300_u64 {
        let some = &all[..usize::try_from(size).unwrap()];
        for index in (0..size).step_by(7) {
            let proof = tree.inclusion_proof(index, size).unwrap();
            assert_eq!(proof, path(usize::try_from(index).unwrap(), some));
        }
        for from in (1..=size).step_by(5) {
            let proof = tree.consistency_proof(from, size).unwrap();
            assert_eq!(proof, subproof(usize::try_from(from).unwrap(), some, true));
        }
    }
}

#[test]
fn a_tree_of_three_levels_is_found_again_from_its_tiles() {
    let dir = tempfile::tempdir().unwrap();
    let size = 256 * 256 + 256 * 3 + 5;
    let tree = grown(dir.path(), size);
    let snapshot = tree.snapshot();
    let again = Tree::from_tiles(Arc::new(TileStore::new(dir.path(), false)), size / 256).unwrap();
    assert_eq!(again.root(), snapshot.root_at(size / 256 * 256).unwrap());
    for index in [0, 255, 256, 65_535, 65_536, size - 1] {
        let proof = snapshot.inclusion_proof(index, size).unwrap();
        verify_inclusion(index, size, &leaf(index), &proof, &snapshot.root()).unwrap();
    }
    assert_eq!(snapshot.tile(0, 0, 256).unwrap(), leaves(256));
    assert_eq!(snapshot.tile(0, size / 256, 5).unwrap().len(), 5);
    assert_eq!(snapshot.tile(1, 256 / 256, 3).unwrap().len(), 3);
    assert_eq!(snapshot.tile(2, 0, 1).unwrap(), [snapshot.root_at(65_536).unwrap()]);
    for (level, number, width) in
        [(0, size / 256, 6), (0, 0, 0), (0, 0, 257), (2, 0, 2), (3, 0, 1), (60, 9, 1)]
    {
        assert!(snapshot.tile(level, number, width).is_err());
    }
}

#[test]
fn a_tile_that_was_changed_with_its_checksum_is_not_given_out() {
    let dir = tempfile::tempdir().unwrap();
    let size = 256 * 256 + 256 * 3 + 5;
    let tree = grown(dir.path(), size);
    let path = dir.path().join("0");
    let mut bytes = fs::read(&path).unwrap();
    bytes[5] ^= 1;
    let crc = crc32c::crc32c(&bytes[..8192]);
    bytes[8192..8196].copy_from_slice(&crc.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let again = Tree::from_tiles(Arc::new(TileStore::new(dir.path(), false)), size / 256).unwrap();
    for width in [1, 255, 256] {
        assert!(again.tile(0, 0, width).is_err());
        for number in [1, 255, 256, 258] {
            assert_eq!(again.tile(0, number, width).unwrap(), tree.tile(0, number, width).unwrap());
        }
    }
    assert_eq!(again.tile(1, 0, 256).unwrap(), tree.tile(1, 0, 256).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn proofs_hold_and_mutated_proofs_do_not(size in 1_u64..1200, a in 0_u64..1200, b in 0_u64..1200, flip in 0_usize..4096) {
        let dir = tempfile::tempdir().unwrap();
        let (tree, all) = (grown(dir.path(), size), leaves(size));
        let (index, from) = (a % size, 1 + b % size);
        prop_assert_eq!(tree.root(), root(&all));
        let mut proof = tree.inclusion_proof(index, size).unwrap();
        prop_assert_eq!(&proof, &path(usize::try_from(index).unwrap(), &all));
        prop_assert_eq!(root_from_inclusion(index, size, &leaf(index), &proof).unwrap(), tree.root());
        prop_assert!(verify_inclusion(index, size, &leaf(size), &proof, &tree.root()).is_err());
        if !proof.is_empty() {
            let place = flip % proof.len();
            proof[place].0[flip % 32] ^= 1;
            prop_assert!(verify_inclusion(index, size, &leaf(index), &proof, &tree.root()).is_err());
            proof.pop();
            prop_assert!(root_from_inclusion(index, size, &leaf(index), &proof).is_err());
        }
        let old = tree.root_at(from).unwrap();
        let mut proof = tree.consistency_proof(from, size).unwrap();
        verify_consistency(from, &old, size, &tree.root(), &proof).unwrap();
        prop_assert_eq!(&proof, &subproof(usize::try_from(from).unwrap(), &all, true));
        if !proof.is_empty() {
            let place = flip % proof.len();
            proof[place].0[flip % 32] ^= 1;
            prop_assert!(verify_consistency(from, &old, size, &tree.root(), &proof).is_err());
        }
        proof.push(leaf(0));
        prop_assert!(verify_consistency(from, &old, size, &tree.root(), &proof).is_err());
    }
}
