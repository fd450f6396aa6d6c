//! Tiles as others read them (C2SP tlog-tiles): what they are called, and their bytes. A path has the
//! same bytes for ever, on the server and in an exported folder, because both take them from here.

#[cfg(test)]
mod tests;

use std::fmt;

use crate::domain::Seq;

use super::error::{Error, Result};
use super::reader::Reader;
use super::tree::{Hash, TreeSnapshot, WIDTH, empty_root, leaf_hash, node_hash};

/// Highest level that has a name; no log of 2^64 entries reaches above 7.
const LEVEL_MAX: u64 = 63;
/// What a group of digits in a number counts up to.
const GROUP: u64 = 1000;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TileKind {
    /// Hashes of a level: leaves at 0, roots of full tiles of the level below above it.
    Hashes(u8),
    /// Entries, each behind its length.
    Entries,
}

/// The name of a tile: `tile/<level or "entries">/<number>[.p/<width>]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TilePath {
    kind: TileKind,
    number: u64,
    /// 1 to 256; below 256 the tile is partial, and says so in its name.
    width: u16,
}

/// Why a text names no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTilePath {
    /// Neither of the two forms.
    #[error("expected tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>]")]
    Form,
    /// The level.
    #[error("the level is \"entries\" or 0 to {LEVEL_MAX}, without further zeros")]
    Level,
    /// The number.
    #[error(
        "a tile's number has groups of three digits, all but the last behind an x: 1234067 is x001/x234/067"
    )]
    Number,
    /// The width.
    #[error("the width of a partial tile is 1 to 255, without further zeros")]
    Width,
}

impl TilePath {
    /// A tile of this width, 1 to 256.
    #[must_use]
    pub fn new(kind: TileKind, number: u64, width: u16) -> Option<Self> {
        let level = if let TileKind::Hashes(level) = kind { u64::from(level) } else { 0 };
        let named = level <= LEVEL_MAX && (1..=WIDTH).contains(&usize::from(width));
        named.then_some(Self { kind, number, width })
    }

    /// Takes exactly what is written by [`fmt::Display`].
    ///
    /// # Errors
    /// [`BadTilePath`], which says what was expected.
    pub fn parse(text: &str) -> std::result::Result<Self, BadTilePath> {
        let rest = text.strip_prefix("tile/").ok_or(BadTilePath::Form)?;
        let (level, rest) = rest.split_once('/').ok_or(BadTilePath::Form)?;
        let kind = if level == "entries" {
            TileKind::Entries
        } else {
            let level = decimal(level).filter(|level| *level <= LEVEL_MAX).ok_or(BadTilePath::Level)?;
            TileKind::Hashes(u8::try_from(level).map_err(|_| BadTilePath::Level)?)
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => {
                let partial = |width: &u64| (1..WIDTH as u64).contains(width);
                (number, decimal(width).filter(partial).ok_or(BadTilePath::Width)?)
            }
            None => (rest, WIDTH as u64),
        };
        let number = number_of(number).ok_or(BadTilePath::Number)?;
        Ok(Self { kind, number, width: u16::try_from(width).map_err(|_| BadTilePath::Width)? })
    }

    /// What it holds.
    #[must_use]
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// Its place in its level.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Hashes or entries in it.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    fn level(&self) -> u32 {
        if let TileKind::Hashes(level) = self.kind { u32::from(level) } else { 0 }
    }

    /// Whether a log of this size has it. What a log has, every longer one has too.
    #[must_use]
    pub fn is_in(&self, size: u64) -> bool {
        let before = self.number.saturating_mul(WIDTH as u64);
        at_level(size, self.level()).saturating_sub(before) >= u64::from(self.width)
    }

    /// Every tile that a log of this size is made of: the full ones of each level, and the partial one
    /// at its end.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        let levels = (0..8_u8).map(TileKind::Hashes);
        levels.chain([TileKind::Entries]).flat_map(move |kind| {
            let level = Self { kind, number: 0, width: 1 }.level();
            let count = at_level(size, level);
            let (full, rest) = (count / WIDTH as u64, count % WIDTH as u64);
            let whole = (0..full).filter_map(move |number| Self::new(kind, number, WIDTH as u16));
            whole.chain(u16::try_from(rest).ok().and_then(|rest| Self::new(kind, full, rest)))
        })
    }
}

/// The hashes of a tile that has that many; `None` for other bytes.
#[must_use]
pub fn read_hashes(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    let (hashes, []) = bytes.as_chunks::<32>() else { return None };
    (hashes.len() == usize::from(width)).then(|| hashes.iter().map(|hash| Hash(*hash)).collect())
}

/// The entries of a tile that has that many, each behind its length; `None` for other bytes. Whether
/// they are entries is for who knows what they must continue.
#[must_use]
pub fn read_entries(mut bytes: &[u8], width: u16) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::with_capacity(usize::from(width));
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        bytes = rest;
    }
    (bytes.is_empty() && entries.len() == usize::from(width)).then_some(entries)
}

/// Hashes that a log of this size has at a level.
fn at_level(size: u64, level: u32) -> u64 {
    size.checked_shr(level.saturating_mul(8)).unwrap_or(0)
}

/// A decimal number of at most three digits, written as it would be written again.
fn decimal(text: &str) -> Option<u64> {
    let plain = matches!(text.len(), 1..=3) && text.bytes().all(|b| b.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok()).flatten()
}

/// Root over as many hashes as a power of two: of a full tile, the hash that stands for it above.
#[must_use]
pub fn root_of(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => empty_root(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// `x001/x234/067` is 1234067.
fn number_of(text: &str) -> Option<u64> {
    let mut groups = text.split('/').rev().peekable();
    let last = groups.next()?;
    let (mut number, mut worth) = (group(last)?, 1_u64);
    while let Some(written) = groups.next() {
        let value = group(written.strip_prefix('x')?)?;
        worth = worth.checked_mul(GROUP)?;
        number = number.checked_add(value.checked_mul(worth)?)?;
        // a number begins with a group that counts
        if value == 0 && groups.peek().is_none() {
            return None;
        }
    }
    Some(number)
}

fn group(text: &str) -> Option<u64> {
    (text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let (mut groups, mut above) = (vec![self.number % GROUP], self.number / GROUP);
        while above > 0 {
            groups.push(above % GROUP);
            above /= GROUP;
        }
        while let Some(group) = groups.pop() {
            if groups.is_empty() { write!(f, "{group:03}")? } else { write!(f, "x{group:03}/")? }
        }
        if usize::from(self.width) < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

impl Reader {
    /// A tile's bytes; `None` where the last signed checkpoint does not reach. A full tile of hashes is
    /// compared with the root, entries with their leaves.
    ///
    /// # Errors
    /// [`Error::BadProof`] where more than one tile on the way to the root is damaged, and those of
    /// [`Reader::entry`].
    pub fn tile(&self, path: &TilePath) -> Result<Option<Vec<u8>>> {
        let committed = self.committed();
        if !path.is_in(committed.size) {
            return Ok(None);
        }
        let width = u64::from(path.width);
        let TileKind::Hashes(level) = path.kind else {
            let first = path.number * WIDTH as u64;
            return self.bundle(Seq(first), Seq(first + width)).map(Some);
        };
        let hashes = self.hashes(&committed.tree, u32::from(level), path.number, usize::from(path.width))?;
        Ok(Some(hashes.iter().flat_map(|hash| hash.0).collect()))
    }

    /// Hashes of a tile. A full one whose file is damaged is made again of what it was made of, and
    /// counts when the root stands on it.
    fn hashes(&self, tree: &TreeSnapshot, level: u32, number: u64, width: usize) -> Result<Vec<Hash>> {
        let lost = match tree.tile(level, number, width) {
            Err(lost @ Error::BadProof { .. }) => lost,
            read => return read,
        };
        let full = TileKind::Hashes(u8::try_from(level).unwrap_or(u8::MAX));
        if !TilePath::new(full, number, WIDTH as u16).is_some_and(|full| full.is_in(tree.size())) {
            return Err(lost);
        }
        let (from, to) = (number * WIDTH as u64, (number + 1) * WIDTH as u64);
        let below: Vec<Hash> = match level.checked_sub(1) {
            None => {
                let entries = self.entries(Seq(from), Seq(to));
                entries.map(|entry| Ok(leaf_hash(&entry?.1))).collect::<Result<_>>()?
            }
            Some(below) => (from..to)
                .map(|number| Ok(root_of(&self.hashes(tree, below, number, WIDTH)?)))
                .collect::<Result<_>>()?,
        };
        tree.mend(level, number, &below)?;
        tree.tile(level, number, width)
    }

    /// Entries, each behind its length in two bytes, big endian.
    fn bundle(&self, from: Seq, to: Seq) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for entry in self.entries(from, to) {
            let (_, entry) = entry?;
            // no entry is longer: what is read has been measured
            let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(&entry);
        }
        Ok(bytes)
    }
}
