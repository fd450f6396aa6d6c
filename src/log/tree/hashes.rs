//! A tile in memory and in its file.

use super::{Hash, node_hash};

/// Hashes of a full tile.
pub(crate) const WIDTH: usize = 256;
/// Bytes of a tile in its file: 256 hashes and their crc32c.
pub(super) const TILE_BYTES: usize = WIDTH * 32 + 4;

/// A tile: its hashes, and the complete subtrees over them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tile {
    rows: [Vec<Hash>; 9],
}

impl Tile {
    /// Adds a hash; gives the tile's root when it was the 256th.
    pub(super) fn push(&mut self, hash: Hash) -> Option<Hash> {
        let mut carry = hash;
        for row in &mut self.rows {
            row.push(carry);
            if row.len() % 2 == 1 {
                break;
            }
            let Some((right, rest)) = row.split_last() else { break };
            let Some(left) = rest.last() else { break };
            carry = node_hash(left, right);
        }
        self.root()
    }

    pub(super) fn root(&self) -> Option<Hash> {
        self.rows.last().and_then(|row| row.first()).copied()
    }

    pub(super) fn get(&self, height: usize, place: usize) -> Option<Hash> {
        self.rows.get(height)?.get(place).copied()
    }

    pub(super) fn hashes(&self) -> &[Hash] {
        self.rows.first().map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (hashes, crc) = bytes.split_last_chunk::<4>()?;
        if hashes.len() != WIDTH * 32 || crc32c::crc32c(hashes) != u32::from_le_bytes(*crc) {
            return None;
        }
        let mut tile = Self::default();
        for hash in hashes.as_chunks::<32>().0 {
            tile.push(Hash(*hash));
        }
        Some(tile)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(TILE_BYTES);
        for hash in self.hashes() {
            bytes.extend_from_slice(&hash.0);
        }
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }
}
