//! What a commit made durable: what receipts, readers and `head` are written from.

use crate::domain::{Instant, Seq};

use super::keys::Signers;
use super::link::Link;
use super::note::{Checkpoint, Signer, Vkey};
use super::segment::CommitKey;
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
    /// The checkpoint as a signed note; of a copy that has gone further, the last one it has reached.
    pub checkpoint: String,
    /// The tree of this size, for proofs.
    pub tree: TreeSnapshot,
}

/// Who answers for what the log commits.
#[derive(Debug)]
pub(crate) enum Seal {
    /// This ledger: its keys sign each commit.
    Ours(Box<Ours>),
    /// The ledger that is copied: the newest checkpoint of its own that the copy has reached, empty before
    /// the first. What was committed since is durable and stands under none yet.
    Theirs(String),
}

/// This ledger's keys.
#[derive(Debug)]
pub(crate) struct Ours {
    signers: Signers,
    /// The key that the commit being staged names, and its entry: it signs from that commit on.
    coming: Option<(Seq, Signer)>,
}

impl Seal {
    /// Of a ledger with these keys.
    pub(crate) fn ours(signers: Signers) -> Self {
        Self::Ours(Box::new(Ours { signers, coming: None }))
    }

    /// The key under which a commit bears its MAC; a copy has none.
    pub(super) fn commit_key(&self) -> Option<CommitKey> {
        self.signer().map(Signer::commit_key)
    }

    /// A key signs from the commit on that holds the entry which names it.
    pub(super) fn rotates(&mut self, by: Seq, next: Signer) {
        match self {
            Self::Ours(ours) => ours.coming = Some((by, next)),
            Self::Theirs(_) => {}
        }
    }

    /// Entries from this one on are taken away again, and a key that one of them named with them.
    pub(super) fn forget(&mut self, from: Seq) {
        if let Self::Ours(ours) = self
            && ours.coming.as_ref().is_some_and(|(by, _)| *by >= from)
        {
            ours.coming = None;
        }
    }

    /// The commit that is to be signed holds the entries before `next`: a key that one of them names signs,
    /// one that none names is forgotten.
    pub(super) fn turn(&mut self, next: Seq) {
        let Self::Ours(ours) = self else { return };
        if let Some((by, signer)) = ours.coming.take()
            && by < next
        {
            ours.signers.put_first(signer);
        }
    }

    /// The tree as it is, signed where that is ours to do. The caller has shown that it extends what was
    /// signed last.
    pub(super) fn put_on(
        &self,
        tree: &Tree,
        origin: &str,
        (first, count): (Seq, u64),
        link: Link,
        at: Instant,
    ) -> Committed {
        let (size, root) = (tree.size(), tree.root());
        let checkpoint = match self {
            Self::Ours(ours) => {
                ours.signers.sign(&Checkpoint { origin: origin.to_owned(), size, root }.encode())
            }
            Self::Theirs(note) => note.clone(),
        };
        Committed { first, count, size, root, link, at, checkpoint, tree: tree.snapshot() }
    }

    /// Keys that check what is signed here.
    pub(super) fn vkeys(&self) -> Vec<Vkey> {
        match self {
            Self::Ours(ours) => ours.signers.vkeys(),
            Self::Theirs(_) => Vec::new(),
        }
    }

    /// The ledger's newest key, where it is here.
    pub(super) fn signer(&self) -> Option<&Signer> {
        match self {
            Self::Ours(ours) => Some(ours.signers.newest()),
            Self::Theirs(_) => None,
        }
    }
}
