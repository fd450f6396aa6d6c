//! A digest of many objects that is kept as they change: the sum of a keyed hash of each. Who has not the
//! key can neither make objects of the same sum nor the code under which the sum is kept beside them.
//! The key is derived from the ledger's signing key; a directory without one has a key of its own.

use std::path::{Path, PathBuf};

use super::link::Link;
use super::source::Source;
use super::storage::{RealFiles, Storage as _};
use super::writer::put;

/// Context of the derivation (BLAKE3, section 2.3).
const CONTEXT: &str = "estafet 2026-11 views sum v1";
/// The key of a directory that has no signing key.
const OWN: &str = "keys/views";

/// The key of sums.
#[derive(Clone)]
pub struct SumKey([u8; 32]);

impl std::fmt::Debug for SumKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SumKey")
    }
}

impl SumKey {
    /// The key of a secret.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self(blake3::derive_key(CONTEXT, secret))
    }

    /// The key of a directory: of the newest key that signs there, or else of a file that is made of `seed`
    /// where there is none. A directory that cannot be written keeps no sums, so any key is good there.
    #[must_use]
    pub fn of_directory(dir: &Path, origin: &str, seed: [u8; 32]) -> Self {
        if let Some(there) = Self::there(dir, origin) {
            return there;
        }
        let made = RealFiles.mkdir(&dir.join("keys")).map_err(drop);
        let kept = put(&RealFiles, dir, OWN, &seed, 0o600).map_err(drop);
        if made.and(kept).is_err() {
            tracing::warn!("the key of the views' sum cannot be kept; they are built again on opening");
        }
        Self::of(&seed)
    }

    /// The key that a directory has, if it has one; nothing is made.
    #[must_use]
    pub fn there(dir: &Path, origin: &str) -> Option<Self> {
        let source = Source { storage: &RealFiles, dir, writable: false };
        if let Ok(signers) = source.signers(origin) {
            return Some(Self::of(signers.newest().secret().as_bytes()));
        }
        let own = source.read(&PathBuf::from(OWN)).ok()?;
        Some(Self::of(&<[u8; 32]>::try_from(own).ok()?))
    }

    /// The code of a position and the sum of its objects.
    #[must_use]
    pub fn code(&self, position: &[u8], link: &Link, sum: &Sum) -> [u8; 32] {
        let mut hash = blake3::Hasher::new_keyed(&self.0);
        hash.update(b"position").update(position).update(&link.0);
        for limb in sum.0 {
            hash.update(&limb.to_le_bytes());
        }
        *hash.finalize().as_bytes()
    }

    fn hash(&self, key: &[u8], object: &[u8]) -> [u64; 4] {
        let mut hash = blake3::Hasher::new_keyed(&self.0);
        hash.update(b"object").update(&(key.len() as u64).to_le_bytes()).update(key).update(object);
        let bytes = *hash.finalize().as_bytes();
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
            *limb = bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte));
        }
        limbs
    }
}

/// A sum of hashes, modulo 2^256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum([u64; 4]);

impl Sum {
    /// With an object more.
    pub fn add(&mut self, key: &SumKey, name: &[u8], object: &[u8]) {
        let mut carry = false;
        for (limb, more) in self.0.iter_mut().zip(key.hash(name, object)) {
            let (sum, over) = limb.overflowing_add(more);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, over || again);
        }
    }

    /// With an object less.
    pub fn subtract(&mut self, key: &SumKey, name: &[u8], object: &[u8]) {
        let mut borrow = false;
        for (limb, less) in self.0.iter_mut().zip(key.hash(name, object)) {
            let (rest, under) = limb.overflowing_sub(less);
            let (rest, again) = rest.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (rest, under || again);
        }
    }
}

/// Whether two hashes of secrets are the same; how long it takes says nothing of either.
#[must_use]
pub fn same_secret(one: &[u8; 32], other: &[u8; 32]) -> bool {
    // values of this type are compared in constant time, whichever function made them
    blake3::Hash::from_bytes(*one) == blake3::Hash::from_bytes(*other)
}
