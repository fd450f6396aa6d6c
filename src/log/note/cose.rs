//! Receipts as COSE (RFC 9942, "COSE Receipts"; FORMAT section 6): an inclusion proof, and the ledger's
//! signature over the root it leads to.

#[cfg(test)]
mod tests;

use ed25519_dalek::Signer as _;

use super::Signer;
use crate::log::cbor::Cbor;
use crate::log::tree::Hash;

/// Tag of a `COSE_Sign1` (RFC 9052 section 2).
const SIGN1: u64 = 18;
/// Header parameters: algorithm and key (RFC 9052 section 3.1), data structure and its proofs (RFC 9942).
const ALG: u64 = 1;
const KID: u64 = 4;
const VDS: u64 = 395;
const VDP: u64 = 396;
/// `EdDSA` is -8 (RFC 9053 section 2.2), which CBOR writes as -1 - 7.
const EDDSA: u64 = 7;
/// `RFC9162_SHA256`.
const RFC9162_SHA256: u64 = 1;
/// Inclusion proofs are -1 (RFC 9942), which CBOR writes as -1 - 0.
const INCLUSION: u64 = 0;

/// The receipt of entry `index` in the tree of this size and root. The root is signed, so it must be one
/// that the committed tree had: the caller has shown it, and that the proof leads to it.
#[must_use]
pub(in crate::log) fn receipt(
    signer: &Signer,
    root: &Hash,
    size: u64,
    index: u64,
    proof: &[Hash],
) -> Vec<u8> {
    let protected = protected(signer.id);
    let signature = signer.key.sign(&to_be_signed(&protected, root)).to_bytes();
    let path = Cbor::new().array(3).uint(size).uint(index).array(proof.len());
    let inclusion = proof.iter().fold(path, |path, hash| path.bytes(&hash.0)).into_bytes();
    let message = Cbor::new().tag(SIGN1).array(4).bytes(&protected);
    let message = message.map(1).uint(VDP).map(1).negative(INCLUSION).array(1).bytes(&inclusion);
    // the payload is detached: who checks it computes the root
    message.null().bytes(&signature).into_bytes()
}

/// What the signature covers beside the root. The key is named as in its signature lines.
fn protected(id: [u8; 4]) -> Vec<u8> {
    let map = Cbor::new().map(3).uint(ALG).negative(EDDSA).uint(KID).bytes(&id);
    map.uint(VDS).uint(RFC9162_SHA256).into_bytes()
}

/// `Sig_structure` (RFC 9052 section 4.4). It begins with a byte that no text in UTF-8 begins with, so
/// that its signature is never one of a checkpoint.
fn to_be_signed(protected: &[u8], root: &Hash) -> Vec<u8> {
    Cbor::new().array(4).text("Signature1").bytes(protected).bytes(&[]).bytes(&root.0).into_bytes()
}
