//! `head`: two checksummed slots written in turn, each a signed checkpoint with its chain value. It is
//! what says how long the log must be, so that damage never shortens it silently.

#[cfg(test)]
mod tests;

use super::link::Link;
use super::segment::{Fields, Fixed};

/// Bytes of one slot.
pub const SLOT_BYTES: usize = 4096;
/// Bytes of the file.
pub const HEAD_BYTES: usize = 2 * SLOT_BYTES;

const MAGIC: [u8; 4] = [0x45, 0x48, 0x00, 0xFF];
/// Bytes before the note and after it: magic, length, counter, link; crc.
const FRAME: usize = 4 + 4 + 8 + 32 + 4;

/// A signed checkpoint with its chain value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Which write it was, from 1; the higher of two counts.
    pub counter: u64,
    /// Link of the last entry the checkpoint covers.
    pub link: Link,
    /// The checkpoint as a signed note.
    pub note: String,
}

impl Slot {
    /// The 4,096 bytes; `None` when the note is too long for a slot.
    #[must_use]
    pub fn encode(&self) -> Option<[u8; SLOT_BYTES]> {
        if self.note.len() > SLOT_BYTES - FRAME {
            return None;
        }
        let mut out = Fixed::<SLOT_BYTES>::new();
        out.put(&MAGIC);
        out.put(&u32::try_from(self.note.len()).ok()?.to_le_bytes());
        out.put(&self.counter.to_le_bytes());
        out.put(&self.link.0);
        out.put(self.note.as_bytes());
        let crc = crc32c::crc32c(out.bytes.get(..SLOT_BYTES - 4)?);
        out.bytes.last_chunk_mut::<4>()?.copy_from_slice(&crc.to_le_bytes());
        Some(out.bytes)
    }

    /// Reads a slot from exactly its bytes.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut from = Fields(bytes);
        from.take::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(from.take()?)).ok()?;
        let counter = u64::from_le_bytes(from.take()?);
        let link = Link(from.take()?);
        let note = std::str::from_utf8(from.0.get(..length)?).ok()?.to_owned();
        let slot = Self { counter, link, note };
        (slot.encode()?.as_slice() == bytes).then_some(slot)
    }
}

/// What a slot's place in the file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A valid slot.
    Valid(Slot),
    /// Zeros: never written.
    Empty,
    /// Neither: a torn write, or damage.
    Torn,
}

/// What the file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The places, in file order.
    pub places: [Place; 2],
}

impl Head {
    /// Reads the file's bytes; a file of another length has only torn places.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let whole = bytes.len() == HEAD_BYTES;
        let place = |number: usize| match bytes.get(number * SLOT_BYTES..(number + 1) * SLOT_BYTES) {
            Some(slot) if whole => match Slot::parse(slot) {
                Some(slot) => Place::Valid(slot),
                None if slot.iter().all(|b| *b == 0) => Place::Empty,
                None => Place::Torn,
            },
            _ => Place::Torn,
        };
        Self { places: [place(0), place(1)] }
    }

    /// The valid slot with the higher counter, and which place it has.
    #[must_use]
    pub fn choose(&self) -> Option<(usize, &Slot)> {
        self.newest_first().first().copied()
    }

    /// The valid slots with their places, the one that counts first.
    #[must_use]
    pub fn newest_first(&self) -> Vec<(usize, &Slot)> {
        let valid = self.places.iter().enumerate().filter_map(|(number, place)| match place {
            Place::Valid(slot) => Some((number, slot)),
            Place::Empty | Place::Torn => None,
        });
        let mut valid: Vec<_> = valid.collect();
        // of two that count the same the later place, as of two that do not the higher
        valid.sort_by_key(|(place, slot)| std::cmp::Reverse((slot.counter, *place)));
        valid
    }

    /// Offsets in bytes of places that are neither valid nor zeros.
    pub fn torn(&self) -> impl Iterator<Item = u64> + '_ {
        let places = self.places.iter().zip([0, SLOT_BYTES as u64]);
        places.filter(|(place, _)| **place == Place::Torn).map(|(_, offset)| offset)
    }
}
