//! Checks a receipt as whoever holds one can, without the server: its entry holds the statement that
//! was sent, its proof leads to the checkpoint, and the ledger's key signed that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use estafet::log::tree::{leaf_hash, verify_inclusion};
use estafet::log::{Entry, Hash, Vkey, note};
use serde_json::Value;

/// Ends the bench when the receipt does not hold.
pub fn check(sent: &str, answer: &[u8], vkey: &Vkey) {
    let receipt: Value = serde_json::from_slice(answer).unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(receipt["entry"].as_str().unwrap()).unwrap();
    let entry = Entry::decode(&bytes).unwrap();
    assert_eq!(entry.body.statement(), sent, "the entry holds another statement");
    assert_eq!(Some(entry.seq.0), receipt["seq"].as_u64());
    let leaf = leaf_hash(&bytes);
    assert_eq!(leaf.to_string(), receipt["leaf"].as_str().unwrap());
    let checkpoint = note::open(receipt["checkpoint"].as_str().unwrap(), vkey).unwrap();
    let proof = receipt["proof"].as_array().unwrap().iter();
    let proof: Vec<_> = proof.map(|hash| Hash::parse(hash.as_str().unwrap()).unwrap()).collect();
    verify_inclusion(entry.seq.0, checkpoint.size, &leaf, &proof, &checkpoint.root).unwrap();
}
