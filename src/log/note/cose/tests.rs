//! Vectors of FORMAT section 6, which cbor2 and cryptography made and scitt-cose accepted.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use ed25519_dalek::Signature;
use sha2::{Digest as _, Sha256};

use super::{protected, receipt, to_be_signed};
use crate::log::tests::kit::signer;
use crate::log::tree::{Hash, Tree, leaf_hash, node_hash};

/// Entry 17 of 20.
const VECTOR: &str = "d2844da3012704447d41893d19018b01a119018ca12081586a831411835820f0643fc1b69c1fedeb6607337e532d12b1bd4f49996f070911e7ad27bdbe85f758208ec0f02c4069e4918e7ef4021e356a3821cac72e3c3697979252553dc193b80558205bdea4460d76bcaa2c4469eb76fc50f5addf325bfb1d5c83c90c20e4fdaa5c4cf65840d5777b993575e40f1cef03bd6d6b70fb42d2412c35222afaa6d4008a1d2342d36582d53b5f3746f15ae7d0c9e50155a77f832aa99a41f6e5c0d8ced6fd19820b";
/// SHA-256 of the receipt of entry 256 of 300.
const LONGER: &str = "8ecd0cd6565342e3b677ea9aded673e31c58981195426ccdc3a5f443dbc347e6";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The receipt of an entry in a tree of `event 0`, `event 1`, ...
fn made(size: u64, index: u64) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let mut tree = Tree::new(dir.path());
    for n in 0..size {
        tree.push(leaf_hash(format!("event {n}").as_bytes()));
    }
    let root = tree.seal().unwrap();
    let proof = tree.snapshot().inclusion_proof(index, size).unwrap();
    receipt(&signer(), &root, size, index, &proof)
}

#[test]
fn a_receipt_is_written_as_the_vectors_say() {
    assert_eq!(hex(&made(20, 17)), VECTOR);
    assert_eq!(hex(&Sha256::digest(made(300, 256))), LONGER);
}

#[test]
fn the_first_of_one_entry_has_no_path() {
    let bytes = made(1, 0);
    // {396: {-1: [<<[1, 0, []]>>]}}, null
    assert!(hex(&bytes).contains("a119018ca120814483010080f6"), "{}", hex(&bytes));
}

#[test]
fn the_signature_covers_header_and_root_and_no_altered_byte_of_them() {
    let (vkey, bytes) = (signer().vkey(), made(2, 1));
    let signature = Signature::from_slice(&bytes[bytes.len() - 64..]).unwrap();
    let root = node_hash(&leaf_hash(b"event 0"), &leaf_hash(b"event 1"));
    let signed = to_be_signed(&protected(signer().id), &root);
    assert!(vkey.key.verify_strict(&signed, &signature).is_ok());
    for place in 0..signed.len() {
        let mut altered = signed.clone();
        altered[place] ^= 1;
        assert!(vkey.key.verify_strict(&altered, &signature).is_err(), "byte {place}");
    }
    for place in bytes.len() - 64..bytes.len() {
        let mut altered = bytes.clone();
        altered[place] ^= 1;
        let signature = Signature::from_slice(&altered[bytes.len() - 64..]).unwrap();
        assert!(vkey.key.verify_strict(&signed, &signature).is_err(), "byte {place}");
    }
}

#[test]
fn what_is_signed_is_never_the_text_of_a_checkpoint() {
    let signed = to_be_signed(&protected(signer().id), &Hash([0x41; 32]));
    assert!(std::str::from_utf8(&signed[..1]).is_err());
}
