//! A durable state of the ledger with what proves it: its parts belong together.

use std::sync::Arc;

use crate::domain::{Instant, State};
use crate::log::{Committed, Hash, Link, TreeSnapshot};

/// What readers answer from; immutable, replaced as a whole.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The fold of all entries.
    pub state: State,
    /// Count of entries.
    pub size: u64,
    /// When the last was recorded.
    pub at: Instant,
    /// RFC 6962 root over them.
    pub root: Hash,
    /// Link of the last.
    pub link: Link,
    /// The checkpoint as a signed note.
    pub checkpoint: Arc<str>,
    /// The tree of this size, for proofs.
    pub tree: TreeSnapshot,
}

impl Snapshot {
    /// The state with the commit that made it durable.
    #[must_use]
    pub fn new(state: State, committed: &Committed) -> Self {
        Self {
            state,
            size: committed.size,
            at: committed.at,
            root: committed.root,
            link: committed.link,
            checkpoint: committed.checkpoint.as_str().into(),
            tree: committed.tree.clone(),
        }
    }
}
