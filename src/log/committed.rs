//! What a commit made durable: what receipts, readers and `head` are written from.

use crate::domain::{Instant, Seq};

use super::keys::Signers;
use super::link::Link;
use super::note::Checkpoint;
use super::tree::{Hash, Tree, TreeSnapshot};

/// A durable, signed state of the log. Its parts belong together.
#[derive(Clone, Debug)]
pub struct Committed {
    /// First entry of the commit.
    pub first: Seq,
    /// Entries in the commit; 0 for the state found on opening.
    pub count: u64,
    /// Entries in the log.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
    /// Link of the last entry.
    pub link: Link,
    /// Instant of the last entry.
    pub at: Instant,
    /// The checkpoint as a signed note.
    pub checkpoint: String,
    /// The tree of this size, for proofs.
    pub tree: TreeSnapshot,
}

/// Signs the tree as it is. The caller has shown that it extends what was signed last.
pub(super) fn sign(
    signers: &Signers,
    tree: &Tree,
    (first, count): (Seq, u64),
    link: Link,
    at: Instant,
) -> Committed {
    let (size, root) = (tree.size(), tree.root());
    let text = Checkpoint { origin: signers.newest().name().to_owned(), size, root }.encode();
    Committed { first, count, size, root, link, at, checkpoint: signers.sign(&text), tree: tree.snapshot() }
}
