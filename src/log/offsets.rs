//! Where each entry stands in its segment. Derived: 4 bytes an entry in memory, shared by writer and
//! readers; the file `offsets` saves the scan on opening.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use crate::domain::Seq;

/// Entries in a chunk, the unit that is written to the file and checked.
const CHUNK: usize = 4096;
/// Bytes of a chunk in the file: its offsets and their crc32c.
const CHUNK_BYTES: usize = CHUNK * 4 + 4;

/// Offsets of the records of all durable entries, in bytes from the start of their segment.
#[derive(Debug)]
pub(crate) struct Offsets {
    path: PathBuf,
    /// Chunks of 4,096, so that growing never copies the whole.
    chunks: RwLock<Vec<Vec<u32>>>,
}

impl Offsets {
    /// What the file holds intact, from entry 0 on.
    pub(crate) fn load(path: &Path) -> Self {
        let mut chunks = Vec::new();
        let bytes = std::fs::read(path).unwrap_or_default();
        for chunk in bytes.chunks_exact(CHUNK_BYTES) {
            let Some((places, crc)) = chunk.split_last_chunk::<4>() else { break };
            if crc32c::crc32c(places) != u32::from_le_bytes(*crc) {
                break;
            }
            chunks.push(places.as_chunks::<4>().0.iter().map(|place| u32::from_le_bytes(*place)).collect());
        }
        Self { path: path.to_owned(), chunks: RwLock::new(chunks) }
    }

    /// Count of entries known.
    pub(crate) fn len(&self) -> u64 {
        let chunks = self.chunks.read().unwrap_or_else(PoisonError::into_inner);
        let last = chunks.last().map_or(0, Vec::len);
        (chunks.len().saturating_sub(1) * CHUNK + last) as u64
    }

    /// Forgets all from this entry on.
    pub(crate) fn truncate(&self, size: Seq) {
        let mut chunks = self.chunks.write().unwrap_or_else(PoisonError::into_inner);
        let (full, rest) = split(size);
        chunks.truncate(full + usize::from(rest > 0));
        if let Some(last) = chunks.get_mut(full) {
            last.truncate(rest);
        }
    }

    /// Where an entry's record begins.
    pub(crate) fn get(&self, seq: Seq) -> Option<u64> {
        let (chunk, place) = split(seq);
        let chunks = self.chunks.read().unwrap_or_else(PoisonError::into_inner);
        chunks.get(chunk)?.get(place).copied().map(u64::from)
    }

    /// Adds the entries of one commit. Chunks that are full go to the file, where there is one to
    /// write: a failure there costs a scan on the next opening and nothing else.
    pub(crate) fn extend(&self, places: &[u32], file: Option<&File>) {
        let mut full = Vec::new();
        {
            let mut chunks = self.chunks.write().unwrap_or_else(PoisonError::into_inner);
            for place in places {
                if chunks.last().is_none_or(|last| last.len() == CHUNK) {
                    chunks.push(Vec::with_capacity(CHUNK));
                }
                let number = chunks.len() - 1;
                if let Some(last) = chunks.last_mut() {
                    last.push(*place);
                    if last.len() == CHUNK && file.is_some() {
                        full.push((number, last.clone()));
                    }
                }
            }
        }
        for (number, chunk) in full {
            let mut bytes: Vec<u8> = chunk.iter().flat_map(|place| place.to_le_bytes()).collect();
            bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
            let _ = file.map(|file| file.write_all_at(&bytes, (number * CHUNK_BYTES) as u64));
        }
    }

    /// The file, to be written by the one writer; `None` when it cannot be.
    pub(crate) fn file(&self) -> Option<File> {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path).ok()
    }
}

fn split(seq: Seq) -> (usize, usize) {
    let place = usize::try_from(seq.0).unwrap_or(usize::MAX);
    (place / CHUNK, place % CHUNK)
}
