//! Key files: `details/keys/<n>` holds the slots from 4,096 n on (FORMAT section 8).

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::super::error::{Damage, Error, Result};
use super::super::source::{Source, fault, io, no_space};
use super::super::storage::Storage;
use super::replace;

/// Folder of the key files.
pub(super) const KEYS: &str = "details/keys";
/// File of the keys in a backup: the slots one behind the other, from 0.
pub(super) const COPIED: &str = "details-keys";
/// Slots of a file.
const SLOTS: u64 = 4_096;
/// Bytes of a slot: key, crc32c, state.
const SLOT_BYTES: usize = 40;
/// Bytes of a file, which has them from the beginning: writing a key never needs space.
const FILE_BYTES: u64 = SLOTS * SLOT_BYTES as u64;
/// Times a slot is read when a file is replaced meanwhile.
const TRIES: usize = 4;

/// A random key.
pub(super) type Key = [u8; 32];

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Zeros: nothing yet.
    Free,
    /// A key.
    Used,
    /// The key that was there is no more; the slot is not used again.
    Destroyed,
    /// Neither of them: a torn write, or damage.
    Bad,
}

/// The file of a slot, and where the slot begins in it.
pub(super) fn place(slot: u64) -> (u64, u64) {
    (slot / SLOTS, slot % SLOTS * SLOT_BYTES as u64)
}

/// A file's name, relative to the data directory.
pub(super) fn name(file: u64) -> PathBuf {
    Path::new(KEYS).join(file.to_string())
}

fn checksum(key: &Key, state: [u8; 4]) -> [u8; 4] {
    crc32c::crc32c_append(crc32c::crc32c(key), &state).to_le_bytes()
}

/// The bytes of a slot that holds a key.
pub(super) fn used(key: &Key) -> impl Iterator<Item = u8> {
    encode(key, 1)
}

/// Puts the slots of a backup's file into the files that a ledger has them in.
pub(super) fn spread(source: Source<'_>, to: &Path, storage: &dyn Storage) -> Result<()> {
    let (copied, mut place) = (Path::new(COPIED), 0);
    let file = source.open(copied)?;
    let length = source.storage.len(&file).map_err(io("measure", copied))?;
    for number in 0.. {
        let left = length.saturating_sub(place).min(FILE_BYTES);
        if left == 0 {
            break;
        }
        let mut bytes = vec![0; usize::try_from(left).unwrap_or(0)];
        source.storage.read_at(&file, &mut bytes, place).map_err(io("read", copied))?;
        bytes.resize(usize::try_from(FILE_BYTES).unwrap_or(0), 0);
        let name = name(number);
        let into = storage.create(&to.join(&name), replace::PERMISSIONS).map_err(io("create", &name))?;
        storage.write_at(&into, &bytes, 0).map_err(io("write", &name))?;
        storage.sync_all(&into).map_err(io("sync", &name))?;
        place += left;
    }
    storage.sync_dir(&to.join(KEYS)).map_err(io("sync", Path::new(KEYS)))
}

fn encode(key: &Key, state: u32) -> impl Iterator<Item = u8> {
    let state = state.to_le_bytes();
    key.iter().copied().chain(checksum(key, state)).chain(state)
}

/// The state of a slot, and the key where it is used.
fn decode(bytes: &[u8; SLOT_BYTES]) -> (State, Key) {
    if *bytes == [0; SLOT_BYTES] {
        return (State::Free, [0; 32]);
    }
    let read = || {
        let (key, rest) = bytes.split_first_chunk::<32>()?;
        let (crc, rest) = rest.split_first_chunk::<4>()?;
        let (state, _) = rest.split_first_chunk::<4>()?;
        let state = (*crc == checksum(key, *state)).then(|| u32::from_le_bytes(*state))?;
        Some((*key, state))
    };
    match read() {
        Some((key, 1)) => (State::Used, key),
        Some((key, 2)) if key == [0; 32] => (State::Destroyed, key),
        _ => (State::Bad, [0; 32]),
    }
}

/// What every slot of every file holds, without the keys.
#[derive(Debug, Default)]
pub(super) struct Table {
    files: BTreeMap<u64, Vec<State>>,
}

impl Table {
    /// Reads the key files.
    pub(super) fn load(source: Source<'_>) -> Result<Self> {
        let folder = Path::new(KEYS);
        let names = source.storage.list(&source.dir.join(folder)).map_err(io("list", folder))?;
        let mut files = BTreeMap::new();
        for file in names.iter().filter_map(|name| name.parse::<u64>().ok()) {
            if file > place(u64::MAX).0 || !names.contains(&file.to_string()) {
                continue;
            }
            let bytes = source.read(&name(file))?;
            let slots = bytes.as_chunks::<SLOT_BYTES>().0.iter().take(SLOTS as usize);
            files.insert(file, slots.map(|slot| decode(slot).0).collect());
        }
        Ok(Self { files })
    }

    /// What a slot holds; `Free` where there is no file for it.
    pub(super) fn state(&self, slot: u64) -> State {
        let found = self.files.get(&place(slot).0);
        let found = found.and_then(|states| states.get(usize::try_from(slot % SLOTS).ok()?));
        found.copied().unwrap_or(State::Free)
    }

    /// Slots that are not free, ascending.
    pub(super) fn slots(&self) -> impl Iterator<Item = (u64, State)> {
        let all = self.files.iter().flat_map(|(file, states)| (file * SLOTS..).zip(states.iter().copied()));
        all.filter(|(_, state)| *state != State::Free)
    }

    /// Numbers of the files.
    pub(super) fn files(&self) -> impl Iterator<Item = u64> {
        self.files.keys().copied()
    }
}

/// Reads a slot, from the file that has the name when it is read.
pub(super) fn read(source: Source<'_>, slot: u64) -> Result<(State, Key)> {
    let (number, mut offset) = place(slot);
    let mut name = name(number);
    if !source.dir.join(&name).exists() {
        // a backup has the keys in one file
        (name, offset) = (PathBuf::from(COPIED), slot.saturating_mul(SLOT_BYTES as u64));
    }
    // the file of the last try stays open, so that no other gets its identity
    let mut before: Option<(replace::Identity, File)> = None;
    for _ in 0..TRIES {
        let file = match source.open(&name) {
            Err(Error::Io { source: e, .. }) if e.kind() == std::io::ErrorKind::NotFound => {
                return Ok((State::Free, [0; 32]));
            }
            other => other?,
        };
        let mut bytes = [0; SLOT_BYTES];
        let read = source.storage.read_at(&file, &mut bytes, offset);
        let decoded = match read {
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => (State::Free, [0; 32]),
            other => other.map(|()| decode(&bytes)).map_err(io("read", &name))?,
        };
        // a file that is being overwritten has given its name to another
        let now = replace::identity(&file, &name)?;
        let same = before.is_some_and(|(before, _)| before == now);
        if same || matches!(decoded.0, State::Used | State::Destroyed) {
            return Ok(decoded);
        }
        before = Some((now, file));
    }
    Ok((State::Bad, [0; 32]))
}

/// Makes sure that these slots have files, whose space is taken.
pub(super) fn make_room(source: Source<'_>, slots: Range<u64>) -> Result<()> {
    let Some(last) = slots.end.checked_sub(1) else { return Ok(()) };
    for number in place(slots.start).0..=place(last).0 {
        let name = name(number);
        match source.storage.open(&source.dir.join(&name), false) {
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                replace::create(source, &name, |file| {
                    let full = no_space(FILE_BYTES, "reserve", &name);
                    source.storage.reserve(file, 0, FILE_BYTES).map_err(full)
                })?;
            }
            Err(e) => return Err(io("open", &name)(e)),
        }
    }
    Ok(())
}

/// Writes keys into the slots from `first` on; the files are to be synced by the caller.
pub(super) fn write(source: Source<'_>, first: u64, keys: &[Key]) -> Result<Vec<(PathBuf, File)>> {
    let mut files = Vec::new();
    let (mut slot, mut rest) = (first, keys);
    while !rest.is_empty() {
        let (number, offset) = place(slot);
        let room = usize::try_from(SLOTS - slot % SLOTS).unwrap_or(usize::MAX);
        let Some((here, later)) = rest.split_at_checked(room.min(rest.len())) else { break };
        let bytes: Vec<u8> = here.iter().flat_map(|key| encode(key, 1)).collect();
        let name = name(number);
        let file = source.open(&name)?;
        source.storage.write_at(&file, &bytes, offset).map_err(io("write", &name))?;
        files.push((name, file));
        slot = slot.saturating_add(here.len() as u64);
        rest = later;
    }
    Ok(files)
}

/// Destroys the keys of these files that are doomed: each file is rewritten as a whole.
pub(super) fn destroy(
    source: Source<'_>,
    files: impl Iterator<Item = u64>,
    doomed: impl Fn(u64) -> bool,
) -> Result<()> {
    for number in files {
        let name = name(number);
        let mut bytes = match source.read(&name) {
            Err(Error::Corrupt { what: Damage::Missing, .. }) => continue,
            other => other?,
        };
        let mut changed = false;
        for (slot, place) in (number.saturating_mul(SLOTS)..).zip(bytes.as_chunks_mut::<SLOT_BYTES>().0) {
            if matches!(decode(place).0, State::Used | State::Bad) && doomed(slot) {
                place.iter_mut().zip(encode(&[0; 32], 2)).for_each(|(to, byte)| *to = byte);
                changed = true;
            }
        }
        if changed {
            let write = |file: &File| source.storage.write_at(file, &bytes, 0).map_err(io("write", &name));
            replace::replace(source, &name, write)?;
            replace::scrub_old(source, &name)?;
        }
    }
    Ok(())
}

/// That a slot holds no key.
pub(super) fn keyless(slot: u64) -> super::super::error::Fault {
    let (number, offset) = place(slot);
    fault(&name(number), offset, None, Damage::DetailKey)
}
