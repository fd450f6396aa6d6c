//! Records: the bytes of `details/records`, written and read (FORMAT section 8).

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use super::super::error::{Damage, Fault, Result};
use super::super::source::{Source, fault, io};
use super::Sealed;

/// File of the records.
pub(super) const RECORDS: &str = "details/records";
/// Longest ciphertext, in bytes: a detail of 8 KiB in base64url and its tag take 10,939.
pub const CIPHERTEXT_BYTES_MAX: usize = 16_384;
/// Shortest ciphertext, in bytes: the tag of an empty text. So zeros are no record.
const CIPHERTEXT_BYTES_MIN: usize = 16;
/// Bytes of a record beside its ciphertext: length, digest, slot, nonce, crc32c.
const FRAME: usize = 4 + 32 + 8 + 24 + 4;
/// The file is read and copied this many bytes at a time.
const CHUNK: u64 = 1 << 20;

/// Whether a ciphertext of this length can be kept.
pub(super) fn fits(length: usize) -> bool {
    (CIPHERTEXT_BYTES_MIN..=CIPHERTEXT_BYTES_MAX).contains(&length)
}

/// Appends a record to these bytes.
pub(super) fn encode(sealed: &Sealed, slot: u64, into: &mut Vec<u8>) {
    let from = into.len();
    let length = u32::try_from(sealed.ciphertext.len()).unwrap_or(u32::MAX);
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(&sealed.digest);
    into.extend_from_slice(&slot.to_le_bytes());
    into.extend_from_slice(&sealed.nonce);
    into.extend_from_slice(&sealed.ciphertext);
    let crc = crc32c::crc32c(into.get(from..).unwrap_or_default());
    into.extend_from_slice(&crc.to_le_bytes());
}

/// Bytes of the record with this ciphertext.
pub(super) fn bytes(ciphertext: &[u8]) -> u64 {
    (FRAME + ciphertext.len()) as u64
}

/// A record as it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) digest: [u8; 32],
    pub(super) slot: u64,
    pub(super) nonce: [u8; 24],
    pub(super) ciphertext: &'a [u8],
}

/// Length of the record that begins with these bytes, if one can.
fn length(head: [u8; 4]) -> Option<usize> {
    let length = usize::try_from(u32::from_le_bytes(head)).ok()?;
    fits(length).then_some(FRAME + length)
}

/// The record that is exactly these bytes.
pub(super) fn decode(bytes: &[u8]) -> Option<Record<'_>> {
    let (body, crc) = bytes.split_last_chunk::<4>()?;
    let (head, rest) = body.split_first_chunk::<4>()?;
    if length(*head)? != bytes.len() || crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
        return None;
    }
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let (slot, rest) = rest.split_first_chunk::<8>()?;
    let (nonce, ciphertext) = rest.split_first_chunk::<24>()?;
    Some(Record { digest: *digest, slot: u64::from_le_bytes(*slot), nonce: *nonce, ciphertext })
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// Its bytes.
    pub(super) bytes: u64,
    /// Where its key is.
    pub(super) slot: u64,
}

impl Place {
    pub(super) fn range(&self) -> Range<u64> {
        self.offset..self.offset + self.bytes
    }
}

/// Bytes that are no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) range: Range<u64>,
    /// What would be the digest if a record began here.
    pub(super) digest: Option<[u8; 32]>,
}

impl Gap {
    /// The gap as damage.
    pub(super) fn fault(&self) -> Fault {
        fault(Path::new(RECORDS), self.range.start, None, Damage::Detail)
    }
}

/// What the file holds, in its order.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) records: Vec<([u8; 32], Place)>,
    pub(super) gaps: Vec<Gap>,
    /// Bytes that were looked at.
    pub(super) length: u64,
}

/// Reads the file. Behind bytes that are no record it goes on at the next one.
pub(super) fn scan(source: Source<'_>, file: &File) -> Result<Scan> {
    let length = source.storage.len(file).map_err(io("measure", Path::new(RECORDS)))?;
    let mut window = Window { source, file, length, from: 0, bytes: Vec::new() };
    let mut scan = Scan { length, ..Scan::default() };
    let (mut at, mut gap) = (0, None);
    while at < length {
        if let Some((digest, place)) = window.record(at)? {
            if let Some(start) = gap.take() {
                scan.gaps.push(window.gap(start..at)?);
            }
            scan.records.push((digest, place));
            at += place.bytes;
        } else {
            gap.get_or_insert(at);
            at += 1;
        }
    }
    if let Some(start) = gap {
        scan.gaps.push(window.gap(start..length)?);
    }
    Ok(scan)
}

/// A part of the file in memory, that moves.
struct Window<'a> {
    source: Source<'a>,
    file: &'a File,
    length: u64,
    from: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// Bytes of the file; `None` where it ends before.
    fn get(&mut self, at: u64, count: usize) -> Result<Option<&[u8]>> {
        let left = self.length.saturating_sub(at);
        if left < count as u64 {
            return Ok(None);
        }
        let inside = |start: u64, held: usize| {
            let start = usize::try_from(at.checked_sub(start)?).ok()?;
            (start.checked_add(count)? <= held).then_some(start)
        };
        if inside(self.from, self.bytes.len()).is_none() {
            self.bytes.resize(usize::try_from(left.min(CHUNK.max(count as u64))).unwrap_or(count), 0);
            self.from = at;
            let read = self.source.storage.read_at(self.file, &mut self.bytes, at);
            read.map_err(io("read", Path::new(RECORDS)))?;
        }
        let start = inside(self.from, self.bytes.len()).unwrap_or(usize::MAX);
        Ok(self.bytes.get(start..).and_then(|bytes| bytes.get(..count)))
    }

    /// The record that begins at an offset.
    fn record(&mut self, at: u64) -> Result<Option<([u8; 32], Place)>> {
        let head = self.get(at, 4)?.and_then(|head| head.first_chunk::<4>());
        let Some(count) = head.and_then(|head| length(*head)) else { return Ok(None) };
        let record = self.get(at, count)?.and_then(decode);
        Ok(record.map(|record| (record.digest, Place { offset: at, bytes: count as u64, slot: record.slot })))
    }

    fn gap(&mut self, range: Range<u64>) -> Result<Gap> {
        let head = self.get(range.start, 4 + 32)?;
        Ok(Gap { digest: head.and_then(|head| head.last_chunk::<32>()).copied(), range })
    }
}

/// Copies `0..end` of a file but for some ranges of it, which are sorted.
pub(super) fn copy_without(
    source: Source<'_>,
    from: &File,
    to: &File,
    end: u64,
    without: &[Range<u64>],
) -> Result<()> {
    let name = Path::new(RECORDS);
    let (mut read, mut written) = (0, 0);
    let last = end..end;
    for hole in without.iter().chain([&last]) {
        while read < hole.start {
            let mut bytes = vec![0; usize::try_from((hole.start - read).min(CHUNK)).unwrap_or(0)];
            source.storage.read_at(from, &mut bytes, read).map_err(io("read", name))?;
            source.storage.write_at(to, &bytes, written).map_err(io("write", name))?;
            read += bytes.len() as u64;
            written += bytes.len() as u64;
        }
        read = read.max(hole.end);
    }
    Ok(())
}

/// Where bytes stand once ranges before them are taken away. Asked in the order of the file.
pub(super) struct Shift<'a> {
    without: std::iter::Peekable<std::slice::Iter<'a, Range<u64>>>,
    removed: u64,
}

impl<'a> Shift<'a> {
    pub(super) fn new(without: &'a [Range<u64>]) -> Self {
        Self { without: without.iter().peekable(), removed: 0 }
    }

    pub(super) fn of(&mut self, offset: u64) -> u64 {
        while let Some(hole) = self.without.next_if(|hole| hole.end <= offset) {
            self.removed += hole.end - hole.start;
        }
        offset.saturating_sub(self.removed)
    }
}
