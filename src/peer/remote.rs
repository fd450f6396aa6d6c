//! The tree of somebody's checkpoint, read from tiles, each held to the root before it counts: the
//! partial ones of all levels give the root together, a full one its hash in the tile above it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::log::tile::root_of;
use crate::log::tree::{Nodes, WIDTH, leaf_hash};
use crate::log::{self, Checkpoint, Hash};

use super::tiles::{Bundle, ReadError, Server};

/// Tiles kept at once.
const KEPT_MAX: usize = 1024;
/// Levels of a log of 2^64 entries.
const LEVELS: u8 = 8;

/// Why a tree is not told from its tiles.
#[derive(Debug, thiserror::Error)]
pub(super) enum TreeError {
    /// The server cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The tiles are not those of the checkpoint.
    #[error("{0}")]
    Unfit(&'static str),
    /// A node that the tree does not have.
    #[error(transparent)]
    Log(log::Error),
}

/// Tiles by level and number.
type Tiles = HashMap<(u8, u64), Rc<[Hash]>>;

/// A tree behind a server.
pub(super) struct Remote<'a> {
    server: &'a Server,
    checkpoint: &'a Checkpoint,
    /// The partial tile of each level, empty where the full ones are all.
    edge: Vec<Rc<[Hash]>>,
    full: RefCell<Tiles>,
    /// Why a node could not be given.
    failed: RefCell<Option<TreeError>>,
}

impl<'a> Remote<'a> {
    /// The tree of a checkpoint, once its edge gives the root.
    ///
    /// # Errors
    /// [`TreeError::Read`]; [`TreeError::Unfit`] when it does not.
    pub(super) fn at(server: &'a Server, checkpoint: &'a Checkpoint) -> Result<Self, TreeError> {
        let mut edge: Vec<Rc<[Hash]>> = Vec::new();
        for level in 0..LEVELS {
            let (number, width) = last(checkpoint.size, level);
            let hashes = if width == 0 { Vec::new() } else { server.hashes(level, number, width)? };
            edge.push(hashes.into());
        }
        let (full, failed) = (RefCell::default(), RefCell::default());
        let remote = Self { server, checkpoint, edge, full, failed };
        if remote.root_at(checkpoint.size)? == checkpoint.root {
            return Ok(remote);
        }
        Err(TreeError::Unfit("the tiles at its end do not give its root"))
    }

    /// Root over the first `size` entries.
    pub(super) fn root_at(&self, size: u64) -> Result<Hash, TreeError> {
        self.told(self.range_root(0, size))
    }

    /// What shows that this tree does not begin with the tree of a smaller checkpoint, as evidence carries
    /// it; `None` where it does.
    pub(super) fn against(&self, known: &Checkpoint) -> Result<Option<Vec<Hash>>, TreeError> {
        let other = self.root_at(known.size)?;
        if other == known.root {
            return Ok(None);
        }
        let mut proof = self.told(self.consistency(known.size, self.checkpoint.size))?;
        if known.size.is_power_of_two() {
            proof.insert(0, other);
        }
        Ok(Some(proof))
    }

    /// Whether entries are those the tree was made of.
    pub(super) fn holds(&self, bundle: &Bundle) -> Result<(), TreeError> {
        let leaves: Vec<_> = bundle.iter().map(|(_, _, bytes)| leaf_hash(bytes)).collect();
        let number = bundle.path.number();
        let holds = if leaves.len() == WIDTH {
            let above = self.tile(1, number / WIDTH as u64)?;
            at(&above, number) == Some(root_of(&leaves))
        } else {
            *self.tile(0, number)? == *leaves
        };
        if holds { Ok(()) } else { Err(TreeError::Unfit("entries are not the leaves of its tree")) }
    }

    fn tile(&self, level: u8, number: u64) -> Result<Rc<[Hash]>, TreeError> {
        if number >= last(self.checkpoint.size, level).0 {
            let edge = self.edge.get(usize::from(level));
            return edge.cloned().ok_or(TreeError::Unfit("a tile above its highest"));
        }
        if let Some(known) = self.full.borrow().get(&(level, number)) {
            return Ok(Rc::clone(known));
        }
        let hashes: Rc<[Hash]> = self.server.hashes(level, number, WIDTH as u16)?.into();
        let above = self.tile(level + 1, number / WIDTH as u64)?;
        if at(&above, number) != Some(root_of(&hashes)) {
            return Err(TreeError::Unfit("a tile is not the one that the tile above it holds"));
        }
        let mut full = self.full.borrow_mut();
        if full.len() >= KEPT_MAX {
            full.clear();
        }
        full.insert((level, number), Rc::clone(&hashes));
        Ok(hashes)
    }

    /// What kept a node from being given is what is told.
    fn told<T>(&self, result: log::Result<T>) -> Result<T, TreeError> {
        result.map_err(|error| self.failed.borrow_mut().take().unwrap_or(TreeError::Log(error)))
    }
}

impl Nodes for Remote<'_> {
    fn node(&self, height: u32, index: u64) -> log::Result<Hash> {
        let bad = || log::Error::BadProof { size: self.checkpoint.size };
        let (level, within) = (u8::try_from(height / 8).map_err(|_| bad())?, height % 8);
        let first = index << within;
        let tile = self.tile(level, first / WIDTH as u64).map_err(|error| {
            *self.failed.borrow_mut() = Some(error);
            bad()
        })?;
        let from = usize::try_from(first % WIDTH as u64).unwrap_or(WIDTH);
        tile.get(from..from + (1 << within)).map(root_of).ok_or_else(bad)
    }
}

/// The hash of a tile in the one above it.
fn at(above: &[Hash], number: u64) -> Option<Hash> {
    above.get(usize::try_from(number % WIDTH as u64).ok()?).copied()
}

/// Number and width of the tile behind the full ones of a level.
fn last(size: u64, level: u8) -> (u64, u16) {
    let count = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
    (count / WIDTH as u64, u16::try_from(count % WIDTH as u64).unwrap_or(0))
}
