//! The index of one sealed segment: sorted records in checked blocks, a filter and fences before them.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::domain::Seq;

use super::super::error::{Damage, Error, Result};
use super::Key;

const MAGIC: [u8; 8] = *b"ESTI\x00\xFF\x001";
/// magic, first seq, entries, records, filter blocks, crc.
const HEADER_BYTES: usize = 8 + 8 + 8 + 8 + 8 + 4;
/// Bytes of a record: key, ordinal, seq.
const RECORD_BYTES: usize = 32;
/// Records in a block: with its crc one block is a page.
const BLOCK: usize = 127;
const BLOCK_BYTES: usize = BLOCK * RECORD_BYTES + 4;
/// Filter bits a key; about 0.7 % of absent keys pass.
const BITS_A_KEY: usize = 12;
/// Bits set for a key, all in one 64-byte block of the filter: one cache line a probe.
const PROBES: u32 = 6;

/// A key, and where it leads. `ordinal` is 0 for a jti.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) key: Key,
    pub(crate) ordinal: u64,
    pub(crate) seq: u64,
}

/// Where the blocks are.
#[derive(Debug)]
enum Blocks {
    Memory(Vec<u8>),
    File { file: File, path: PathBuf, from: u64 },
}

/// The index of one sealed segment.
#[derive(Debug)]
pub(crate) struct Sealed {
    first: Seq,
    count: u64,
    records: usize,
    filter: Vec<[u64; 8]>,
    /// First key of each block.
    fences: Vec<Key>,
    blocks: Blocks,
}

impl Sealed {
    /// From records sorted by key, in memory.
    pub(crate) fn build(first: Seq, count: u64, records: &[Record]) -> Self {
        let mut filter = vec![[0; 8]; (records.len() * BITS_A_KEY).div_ceil(512).max(1)];
        let (mut fences, mut blocks) = (Vec::new(), Vec::new());
        for block in records.chunks(BLOCK) {
            let from = blocks.len();
            fences.extend(block.first().map(|record| record.key));
            for record in block {
                set(&mut filter, record.key);
                blocks.extend_from_slice(&record.key.to_le_bytes());
                blocks.extend_from_slice(&record.ordinal.to_le_bytes());
                blocks.extend_from_slice(&record.seq.to_le_bytes());
            }
            let crc = crc32c::crc32c(blocks.get(from..).unwrap_or_default());
            blocks.extend_from_slice(&crc.to_le_bytes());
        }
        Self { first, count, records: records.len(), filter, fences, blocks: Blocks::Memory(blocks) }
    }

    /// Moves the blocks to a file, where that can be done: it is derived, so nothing is synced.
    pub(crate) fn store(self, dir: &Path) -> Self {
        let Blocks::Memory(blocks) = &self.blocks else { return self };
        let path = dir.join(file_name(self.first));
        let head = self.encode_head();
        let written = fs::create_dir_all(dir).and_then(|()| {
            let part = path.with_extension("tmp");
            let bytes = [head.as_slice(), blocks.as_slice()].concat();
            fs::write(&part, bytes)?;
            fs::rename(&part, &path)?;
            File::open(&path)
        });
        match written {
            Ok(file) => Self { blocks: Blocks::File { file, path, from: head.len() as u64 }, ..self },
            Err(_) => self,
        }
    }

    /// From its file; `None` when that is missing, damaged or of another segment.
    pub(crate) fn load(dir: &Path, first: Seq, count: u64) -> Option<Self> {
        let path = dir.join(file_name(first));
        let mut file = File::open(&path).ok()?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact(&mut header).ok()?;
        let (fields, crc) = header.split_last_chunk::<4>()?;
        if crc32c::crc32c(fields) != u32::from_le_bytes(*crc) || !fields.starts_with(&MAGIC) {
            return None;
        }
        let mut numbers = fields.as_chunks::<8>().0.iter().skip(1).map(|n| u64::from_le_bytes(*n));
        let found = (numbers.next()?, numbers.next()?);
        let records = usize::try_from(numbers.next()?).ok()?;
        let filters = usize::try_from(numbers.next()?).ok()?;
        if found != (first.0, count) {
            return None;
        }
        let blocks = records.div_ceil(BLOCK);
        let mut rest =
            vec![0; filters.checked_mul(64)?.checked_add(blocks.checked_mul(16)?)?.checked_add(4)?];
        file.read_exact(&mut rest).ok()?;
        let from = (HEADER_BYTES + rest.len()) as u64;
        if file.metadata().ok()?.len() != from + (records * RECORD_BYTES + blocks * 4) as u64 {
            return None;
        }
        let (rest, crc) = rest.split_last_chunk::<4>()?;
        if crc32c::crc32c(rest) != u32::from_le_bytes(*crc) {
            return None;
        }
        let (filter, fences) = rest.split_at_checked(filters * 64)?;
        let words = |block: &[u8; 64]| {
            let mut words = [0; 8];
            for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
                *word = u64::from_le_bytes(*bytes);
            }
            words
        };
        Some(Self {
            first,
            count,
            records,
            filter: filter.as_chunks::<64>().0.iter().map(words).collect(),
            fences: fences.as_chunks::<16>().0.iter().map(|key| u128::from_le_bytes(*key)).collect(),
            blocks: Blocks::File { file, path, from },
        })
    }

    fn encode_head(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        for number in [self.first.0, self.count, self.records as u64, self.filter.len() as u64] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        let from = out.len();
        out.extend(self.filter.iter().flatten().flat_map(|word| word.to_le_bytes()));
        out.extend(self.fences.iter().flat_map(|key| key.to_le_bytes()));
        let crc = crc32c::crc32c(out.get(from..).unwrap_or_default());
        out.extend_from_slice(&crc.to_le_bytes());
        out
    }

    /// The record of a key.
    pub(crate) fn find(&self, key: Key) -> Result<Option<Record>> {
        if !may_hold(&self.filter, key) {
            return Ok(None);
        }
        let Some(block) = self.fences.partition_point(|fence| *fence <= key).checked_sub(1) else {
            return Ok(None);
        };
        let count = (self.records - block * BLOCK).min(BLOCK);
        let length = count * RECORD_BYTES + 4;
        let offset = block * BLOCK_BYTES;
        let mut page = [0; BLOCK_BYTES];
        let bytes = match &self.blocks {
            Blocks::Memory(all) => all.get(offset..offset + length),
            Blocks::File { file, from, .. } => {
                let page = page.get_mut(..length);
                page.and_then(|page| file.read_exact_at(page, from + offset as u64).ok().map(|()| &*page))
            }
        };
        let records = bytes.and_then(|bytes| {
            let (records, crc) = bytes.split_last_chunk::<4>()?;
            (crc32c::crc32c(records) == u32::from_le_bytes(*crc))
                .then_some(records.as_chunks::<RECORD_BYTES>().0)
        });
        let records = records.ok_or_else(|| self.damaged(offset as u64))?;
        let place = records.binary_search_by_key(&key, |record| parse(record).key);
        Ok(place.ok().and_then(|place| records.get(place)).map(parse))
    }

    /// The file goes, so that the next opening builds it again.
    fn damaged(&self, offset: u64) -> Error {
        let (path, from) = match &self.blocks {
            Blocks::File { path, from, .. } => (path.clone(), *from),
            Blocks::Memory(_) => (PathBuf::new(), 0),
        };
        let _ = fs::remove_file(&path);
        let file = Path::new("index").join(path.file_name().unwrap_or_default());
        Error::Corrupt { file, offset: from + offset, seq: Some(self.first), what: Damage::Index }
    }
}

/// Name of the index of the segment whose first entry has this number.
pub(crate) fn file_name(first: Seq) -> String {
    format!("{:020}.idx", first.0)
}

fn parse(record: &[u8; RECORD_BYTES]) -> Record {
    let word = |from: usize| {
        let bytes = record.get(from..).and_then(|rest| rest.first_chunk::<8>());
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    };
    Record { key: u128::from(word(8)) << 64 | u128::from(word(0)), ordinal: word(16), seq: word(24) }
}

fn probe(blocks: usize, key: Key) -> (usize, impl Iterator<Item = (usize, u64)>) {
    let (high, low) = (key >> 64, key & u128::from(u64::MAX));
    let block = usize::try_from((high * blocks as u128) >> 64).unwrap_or(0);
    let bits = (0..PROBES).map(move |n| {
        let bit = (low >> (n * 9)) & 511;
        let word = usize::try_from(bit / 64).unwrap_or(0);
        (word, 1_u64 << (bit % 64))
    });
    (block, bits)
}

fn set(filter: &mut [[u64; 8]], key: Key) {
    let (block, bits) = probe(filter.len(), key);
    if let Some(block) = filter.get_mut(block) {
        for (word, bit) in bits {
            if let Some(word) = block.get_mut(word) {
                *word |= bit;
            }
        }
    }
}

fn may_hold(filter: &[[u64; 8]], key: Key) -> bool {
    let (block, mut bits) = probe(filter.len(), key);
    let Some(block) = filter.get(block) else { return true };
    bits.all(|(word, bit)| block.get(word).is_some_and(|word| word & bit != 0))
}
