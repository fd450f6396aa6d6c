//! A tree in memory whose leaves are all there from the beginning.

use super::{Error, Hash, Nodes, Result, node_hash};

/// The complete subtrees of every height, over leaves that do not change.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    levels: Vec<Vec<Hash>>,
    root: Option<Hash>,
}

impl Whole {
    pub(crate) fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let pairs = below.as_chunks::<2>().0;
            levels.push(pairs.iter().map(|[left, right]| node_hash(left, right)).collect());
        }
        let mut tree = Self { levels, root: None };
        tree.root = tree.range_root(0, tree.size()).ok();
        tree
    }

    /// Count of leaves.
    pub(crate) fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Root over all leaves.
    pub(crate) fn root(&self) -> Hash {
        self.root.unwrap_or_else(super::empty_root)
    }
}

impl Nodes for Whole {
    fn node(&self, height: u32, index: u64) -> Result<Hash> {
        let (height, place) = (usize::try_from(height).ok(), usize::try_from(index).ok());
        let found = height.and_then(|height| self.levels.get(height)?.get(place?).copied());
        found.ok_or(Error::BadProof { size: self.size() })
    }
}
