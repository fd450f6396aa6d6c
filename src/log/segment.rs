//! Segment files: their header, the commits in them, and the walk that finds every one of both
//! (FORMAT section 3). Codec only: bytes in, bytes out.

mod scan;

#[cfg(test)]
mod tests;

use crate::domain::Seq;

use super::entry::ENTRY_BYTES_MAX;
use super::error::Damage;
use super::link::Link;

pub(crate) use scan::{Commit, Scan, Step};

/// Commits start at multiples of this: no commit shares a sector with another.
pub const SECTOR: u64 = 512;
/// Bytes of a segment header.
pub const SEGMENT_HEADER_BYTES: usize = 128;
/// Bytes of a commit header.
pub const COMMIT_HEADER_BYTES: usize = 64;
/// Bytes of a commit header that its MAC covers.
const COMMIT_SIGNED_BYTES: usize = 28;
/// Largest body of one commit.
pub const COMMIT_BODY_MAX: usize = 16 * 1024 * 1024;
/// The version this program writes.
pub const VERSION: u32 = 2;

const SEGMENT_MAGIC: [u8; 8] = [0x45, 0x53, 0x54, 0x41, 0x00, 0xFF, 0x53, 0x31];
const COMMIT_MAGIC: [u8; 4] = [0x45, 0x43, 0x00, 0xFF];

/// What a segment begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Format version.
    pub version: u32,
    /// Number of its first entry.
    pub first: Seq,
    /// Link of the entry before that one.
    pub prev: Link,
    /// BLAKE3 of the origin.
    pub origin: [u8; 32],
}

impl SegmentHeader {
    /// A header of this version.
    #[must_use]
    pub fn new(first: Seq, prev: Link, origin: &str) -> Self {
        Self { version: VERSION, first, prev, origin: *blake3::hash(origin.as_bytes()).as_bytes() }
    }

    /// The 128 bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut out = Fixed::<SEGMENT_HEADER_BYTES>::new();
        out.put(&SEGMENT_MAGIC);
        out.put(&self.version.to_le_bytes());
        out.put(&[0; 4]);
        out.put(&self.first.0.to_le_bytes());
        out.put(&self.prev.0);
        out.put(&self.origin);
        out.put(&[0; 32]);
        out.seal();
        out.put(&[0; 4]);
        out.bytes
    }

    /// Reads a header; its version is the caller's to judge.
    ///
    /// # Errors
    /// [`Damage::SegmentHeader`] for anything but what [`Self::encode`] gives.
    pub fn parse(bytes: &[u8]) -> Result<Self, Damage> {
        let header = Self::fields(bytes).ok_or(Damage::SegmentHeader)?;
        if bytes.get(..SEGMENT_HEADER_BYTES) == Some(&header.encode()) {
            Ok(header)
        } else {
            Err(Damage::SegmentHeader)
        }
    }

    fn fields(bytes: &[u8]) -> Option<Self> {
        let mut from = Fields(bytes);
        from.take::<8>()?;
        let version = u32::from_le_bytes(from.take()?);
        from.take::<4>()?;
        let first = Seq(u64::from_le_bytes(from.take()?));
        Some(Self { version, first, prev: Link(from.take()?), origin: from.take()? })
    }
}

/// What a commit begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitHeader {
    /// Entries in it.
    pub count: u32,
    /// Number of the first.
    pub first: Seq,
    /// Bytes of the body.
    pub length: u32,
    /// crc32c of the body.
    pub body_crc: u32,
    /// By the [`CommitKey`], over the fields before it and the link of the last entry; zeros in a copy.
    pub mac: [u8; 32],
}

impl CommitHeader {
    /// The 64 bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; COMMIT_HEADER_BYTES] {
        let mut out = Fixed::<COMMIT_HEADER_BYTES>::new();
        out.put(&self.fields());
        out.put(&self.mac);
        out.seal();
        out.bytes
    }

    /// What comes before the MAC, and is covered by it.
    fn fields(&self) -> [u8; COMMIT_SIGNED_BYTES] {
        let mut out = Fixed::<COMMIT_SIGNED_BYTES>::new();
        out.put(&COMMIT_MAGIC);
        out.put(&self.count.to_le_bytes());
        out.put(&self.first.0.to_le_bytes());
        out.put(&self.length.to_le_bytes());
        out.put(&self.body_crc.to_le_bytes());
        out.put(&[0; 4]);
        out.bytes
    }

    /// Bears the MAC by a key; `last` is the link of the last entry.
    #[must_use]
    pub fn by(self, key: &CommitKey, last: Link) -> Self {
        Self { mac: *key.mac(&self, last).as_bytes(), ..self }
    }

    /// Whether the MAC is by this key; compared in constant time.
    #[must_use]
    pub fn is_by(&self, key: &CommitKey, last: Link) -> bool {
        key.mac(self, last) == blake3::Hash::from_bytes(self.mac)
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`Damage::CommitHeader`] for anything but what [`Self::encode`] gives for a commit that holds
    /// entries and keeps the limits.
    pub fn parse(bytes: &[u8]) -> Result<Self, Damage> {
        let header = Self::read(bytes).ok_or(Damage::CommitHeader)?;
        let exact = bytes.get(..COMMIT_HEADER_BYTES) == Some(&header.encode());
        let sane = header.count > 0 && usize::try_from(header.length).is_ok_and(|n| n <= COMMIT_BODY_MAX);
        if exact && sane { Ok(header) } else { Err(Damage::CommitHeader) }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut from = Fields(bytes);
        from.take::<4>()?;
        let count = u32::from_le_bytes(from.take()?);
        let first = Seq(u64::from_le_bytes(from.take()?));
        let length = u32::from_le_bytes(from.take()?);
        let body_crc = u32::from_le_bytes(from.take()?);
        from.take::<4>()?;
        Some(Self { count, first, length, body_crc, mac: from.take()? })
    }
}

/// The key under which a ledger's commits bear their MAC: who can write the disk, and has not the signing
/// key, cannot make one (FORMAT section 3, "Commit").
#[derive(Clone)]
pub struct CommitKey([u8; 32]);

impl CommitKey {
    /// Derived from a signing key's seed.
    #[must_use]
    pub fn of_seed(seed: &[u8; 32]) -> Self {
        Self(blake3::derive_key("estafet 2026-11 commit v2", seed))
    }

    fn mac(&self, header: &CommitHeader, last: Link) -> blake3::Hash {
        let mut covered = [0; COMMIT_SIGNED_BYTES + 32];
        let (fields, link) = covered.split_at_mut(COMMIT_SIGNED_BYTES);
        fields.copy_from_slice(&header.fields());
        link.copy_from_slice(&last.0);
        blake3::keyed_hash(&self.0, &covered)
    }
}

impl std::fmt::Debug for CommitKey {
    /// Nothing of the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CommitKey")
    }
}

/// Name of the segment whose first entry has this number.
#[must_use]
pub fn file_name(first: Seq) -> String {
    format!("{:020}.seg", first.0)
}

/// The number in a segment's name; `None` for any other name.
#[must_use]
pub fn parse_name(name: &str) -> Option<Seq> {
    let digits = name.strip_suffix(".seg")?;
    let plain = digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).map(Seq)
}

/// The next multiple of 512.
#[must_use]
pub fn align(offset: u64) -> u64 {
    offset.next_multiple_of(SECTOR)
}

/// Records of a body: offset in the body and entry bytes.
pub(crate) fn records(body: &[u8]) -> Records<'_> {
    Records { body, at: 0 }
}

pub(crate) struct Records<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Records<'a> {
    /// `Err` when what is left is no record.
    type Item = Result<(usize, &'a [u8]), Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.body.get(self.at..).filter(|rest| !rest.is_empty())?;
        let Some((length, rest)) = rest.split_first_chunk::<4>() else {
            self.at = self.body.len();
            return Some(Err(Damage::CommitRecords));
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        match rest.get(..length).filter(|_| (1..=ENTRY_BYTES_MAX).contains(&length)) {
            Some(entry) => {
                let at = self.at;
                self.at += 4 + length;
                Some(Ok((at, entry)))
            }
            None => {
                self.at = self.body.len();
                Some(Err(Damage::CommitRecords))
            }
        }
    }
}

/// Fills an array from front to back.
pub(crate) struct Fixed<const N: usize> {
    pub(crate) bytes: [u8; N],
    used: usize,
}

impl<const N: usize> Fixed<N> {
    pub(crate) fn new() -> Self {
        Self { bytes: [0; N], used: 0 }
    }

    pub(crate) fn put(&mut self, part: &[u8]) {
        if let Some(place) = self.bytes.get_mut(self.used..self.used + part.len()) {
            place.copy_from_slice(part);
        }
        self.used += part.len();
    }

    /// Puts the crc32c of everything so far.
    pub(crate) fn seal(&mut self) {
        let crc = crc32c::crc32c(self.bytes.get(..self.used).unwrap_or_default());
        self.put(&crc.to_le_bytes());
    }
}

/// Takes arrays from the front.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl Fields<'_> {
    pub(crate) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (part, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*part)
    }
}
