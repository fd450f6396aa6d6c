//! The RFC 6962 Merkle tree over entries: hashes, proofs, and the tiles they are kept in.

mod hashes;
mod tiles;
mod whole;

#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

pub(crate) use hashes::WIDTH;
pub(crate) use tiles::TileStore;
pub use tiles::{Tree, TreeSnapshot};
pub(crate) use whole::Whole;

use super::error::{Error, Result};
use super::note::Checkpoint;

/// A SHA-256 of the tree, written as base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Takes its written form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl Hash {
    /// Hands on the written form, without memory of its own: receipts hold dozens of hashes.
    fn written<T>(&self, take: impl FnOnce(&str) -> T) -> T {
        let mut text = [0; 44];
        let written = STANDARD.encode_slice(self.0, &mut text).ok().and_then(|length| text.get(..length));
        take(written.and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written(|text| f.write_str(text))
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        self.written(|text| to.serialize_str(text))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// SHA-256 of a zero byte and the entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(entry);
    Hash(hash.finalize().into())
}

/// SHA-256 of a one byte and both children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left.0);
    hash.update(right.0);
    Hash(hash.finalize().into())
}

/// Root of a tree without leaves.
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest(b"").into())
}

/// The root an inclusion proof gives for a leaf at `index` in a tree of `size`.
///
/// # Errors
/// [`Error::BadProof`] when the proof has not the length that index and size demand.
pub fn root_from_inclusion(index: u64, size: u64, leaf: &Hash, proof: &[Hash]) -> Result<Hash> {
    let bad = || Error::BadProof { size };
    if index >= size {
        return Err(bad());
    }
    let (mut node, mut last) = (index, size - 1);
    let mut root = *leaf;
    for hash in proof {
        if last == 0 {
            return Err(bad());
        }
        if node & 1 == 1 || node == last {
            root = node_hash(hash, &root);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 { Ok(root) } else { Err(bad()) }
}

/// Checks that a leaf is at `index` in the tree of this size and root.
///
/// # Errors
/// [`Error::BadProof`] when it is not shown.
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, proof: &[Hash], root: &Hash) -> Result<()> {
    if root_from_inclusion(index, size, leaf, proof)? == *root {
        Ok(())
    } else {
        Err(Error::BadProof { size })
    }
}

/// Checks that the newer tree begins with all leaves of the older one.
///
/// # Errors
/// [`Error::BadProof`] when it is not shown.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<()> {
    if consistent(old_size, old_root, new_size, new_root, proof).unwrap_or(false) {
        Ok(())
    } else {
        Err(Error::BadProof { size: new_size })
    }
}

/// RFC 9162 section 2.1.4.2; `None` when the proof has the wrong length.
fn consistent(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Option<bool> {
    if old_size == 0 {
        return Some(proof.is_empty() && *old_root == empty_root() && (new_size > 0 || old_root == new_root));
    }
    if old_size == new_size {
        return Some(proof.is_empty() && old_root == new_root);
    }
    let (old, new) = roots_from_consistency(old_size, old_root, new_size, proof)?;
    Some(old == *old_root && new == *new_root)
}

/// The roots of both sizes that a proof between them gives; `None` when it has not the length that the
/// sizes demand, or they are not one above the other. A proof that gives a signed newer root and
/// another older one than was signed shows that the signer forked, unless the older size is a power of
/// two: then the proof takes the older root from whoever reads it.
#[must_use]
pub fn roots_from_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    proof: &[Hash],
) -> Option<(Hash, Hash)> {
    if old_size == 0 || old_size >= new_size {
        return None;
    }
    let (first, rest) = if old_size.is_power_of_two() { (old_root, proof) } else { proof.split_first()? };
    if rest.is_empty() {
        return None;
    }
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    let shift = node.trailing_ones();
    node = node.checked_shr(shift).unwrap_or(0);
    last = last.checked_shr(shift).unwrap_or(0);
    let (mut old, mut new) = (*first, *first);
    for hash in rest {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            old = node_hash(hash, &old);
            new = node_hash(hash, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some((old, new))
}

/// Whether no one log has both trees: other roots at one size, or a proof that leads to the newer root
/// from another root at the older size.
#[must_use]
pub fn forks(old: &Checkpoint, new: &Checkpoint, proof: &[Hash]) -> bool {
    if old.size == new.size {
        return old.root != new.root;
    }
    let roots = roots_from_consistency(old.size, &old.root, new.size, proof);
    roots.is_some_and(|(old_root, new_root)| new_root == new.root && old_root != old.root)
}

/// Complete subtrees of a tree: `node(height, index)` is the root over the leaves
/// `index << height .. (index + 1) << height`.
pub(crate) trait Nodes {
    fn node(&self, height: u32, index: u64) -> Result<Hash>;

    /// Root over `from..to`, where `from` is a multiple of the smallest power of two >= `to - from`.
    fn range_root(&self, from: u64, to: u64) -> Result<Hash> {
        if from >= to {
            return Ok(empty_root());
        }
        let width = to - from;
        if width.is_power_of_two() {
            let height = width.trailing_zeros();
            return self.node(height, from >> height);
        }
        let left = split(width);
        let right = self.range_root(from + left, to)?;
        Ok(node_hash(&self.range_root(from, from + left)?, &right))
    }

    fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>> {
        let (mut from, mut to) = (0, size);
        let mut proof = Vec::with_capacity(64);
        while to - from > 1 {
            let middle = from + split(to - from);
            if index < middle {
                proof.push(self.range_root(middle, to)?);
                to = middle;
            } else {
                proof.push(self.range_root(from, middle)?);
                from = middle;
            }
        }
        proof.reverse();
        Ok(proof)
    }

    /// The root of a tree of `size` leaves if the complete subtree `index` at `height` has this hash.
    fn root_through(&self, (height, index): (u32, u64), hash: Hash, size: u64) -> Result<Hash> {
        let begin = index << height;
        let width = 1_u64 << height;
        let (mut from, mut to) = (0, size);
        let mut beside = Vec::with_capacity(64);
        while (from, to) != (begin, begin + width) {
            if to - from <= width {
                return Err(Error::BadProof { size });
            }
            let middle = from + split(to - from);
            if begin < middle {
                beside.push((false, self.range_root(middle, to)?));
                to = middle;
            } else {
                beside.push((true, self.range_root(from, middle)?));
                from = middle;
            }
        }
        let join = |hash: Hash, (left, other): &(bool, Hash)| {
            if *left { node_hash(other, &hash) } else { node_hash(&hash, other) }
        };
        Ok(beside.iter().rev().fold(hash, join))
    }

    fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>> {
        let (mut from, mut to, mut whole) = (0, new, true);
        let mut proof = Vec::with_capacity(64);
        if old == 0 || old >= new {
            return Ok(proof);
        }
        while old != to {
            let middle = from + split(to - from);
            if old <= middle {
                proof.push(self.range_root(middle, to)?);
                to = middle;
            } else {
                proof.push(self.range_root(from, middle)?);
                from = middle;
                whole = false;
            }
        }
        if !whole {
            proof.push(self.range_root(from, to)?);
        }
        proof.reverse();
        Ok(proof)
    }
}

/// Largest power of two below `width`, which is at least 2.
fn split(width: u64) -> u64 {
    1 << (63 - (width - 1).leading_zeros())
}
