//! The tree over the entries as they are read: its root now, and at the sizes others speak of.

use std::collections::BTreeMap;

use crate::log::Hash;
use crate::log::tree::{empty_root, node_hash};

/// Complete subtrees of the right edge, largest first: all that is needed to go on.
#[derive(Clone, Debug, Default)]
pub(super) struct Roots {
    size: u64,
    edge: Vec<Hash>,
    /// Sizes whose root is wanted, with the root once it is reached.
    wanted: BTreeMap<u64, Option<Hash>>,
}

impl Roots {
    /// A tree without leaves that will tell the roots at these sizes.
    pub(super) fn wanting(sizes: impl IntoIterator<Item = u64>) -> Self {
        let wanted = sizes.into_iter().map(|size| (size, None)).collect();
        let mut roots = Self { size: 0, edge: Vec::new(), wanted };
        roots.note();
        roots
    }

    pub(super) fn push(&mut self, leaf: Hash) {
        let mut carry = leaf;
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.edge.pop() else { break };
            carry = node_hash(&left, &carry);
        }
        self.edge.push(carry);
        self.size += 1;
        self.note();
    }

    fn note(&mut self) {
        if self.wanted.contains_key(&self.size) {
            let root = self.root();
            self.wanted.insert(self.size, Some(root));
        }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn root(&self) -> Hash {
        let mut edge = self.edge.iter().rev();
        let Some(last) = edge.next() else { return empty_root() };
        edge.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The root at a wanted size; `None` when the entries do not reach so far.
    pub(super) fn at(&self, size: u64) -> Option<Hash> {
        self.wanted.get(&size).copied().flatten()
    }
}
