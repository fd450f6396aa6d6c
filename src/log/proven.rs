//! What stands beyond `head`, and who shows that it is this ledger's: each commit's MAC, by the newest key
//! that `head` names, or by the one that a rotation beyond it names (FORMAT section 3, "Opening").

use std::path::Path;

use crate::domain::Seq;

use super::entry::Entry;
use super::error::{Damage, Error, Result};
use super::keys::Signers;
use super::note::{self, Signer};
use super::reader::named::{is_rotation, member_of};
use super::segment::CommitKey;
use super::source::{KEY, Source, fault};
use super::walk::{Visit, Whole};

/// What becomes of what `head` does not cover.
#[derive(Debug)]
pub(crate) enum Beyond {
    /// A reader leaves it alone.
    Left,
    /// The ledger takes what bears its MAC.
    Proven(Proof),
    /// A copy drops it.
    Dropped,
}

impl Beyond {
    /// Takes an entry that `head`, of a size, does not cover.
    pub(super) fn take(&mut self, visit: &Visit<'_, '_>, size: u64, name: &Path) -> Result<()> {
        let Self::Proven(proof) = self else { return Ok(()) };
        let (commit, seq) = (visit.commit, visit.entry.seq);
        // asked at the first such entry of each commit
        if seq == commit.header.first.max(Seq(size)) && !proof.holds(commit)? {
            return Err(fault(name, commit.offset, Some(seq), Damage::Unproven).into());
        }
        proof.follow(visit.entry);
        Ok(())
    }
}

/// The keys that may have made the MACs, and the one whose turn it is.
#[derive(Debug)]
pub(crate) struct Proof {
    /// Each key in its written form, with what its commits are proved with.
    keys: Vec<(String, CommitKey)>,
    /// The key of the next commit; absent where its file is not there.
    now: Option<CommitKey>,
}

impl Proof {
    /// The keys of a ledger, and the newest that `head` names.
    pub(crate) fn new(source: Source<'_>, signers: &Signers, head: &str) -> Result<Self> {
        // one that was kept aside and is named already is newer than those that sign
        let mut aside = source.aside(signers.newest().name())?;
        aside.reverse();
        let all: Vec<&Signer> = aside.iter().chain(signers.all()).collect();
        let signed = |signer: &&&Signer| note::open_any(head, &[signer.vkey()]).is_ok();
        let now = all.iter().find(signed).map(|signer| signer.commit_key());
        let keys = all.iter().map(|signer| (signer.vkey().to_string(), signer.commit_key())).collect();
        Ok(Self { keys, now })
    }

    /// Whether a commit is this ledger's.
    fn holds(&self, commit: &Whole) -> Result<bool> {
        let now = self.now.as_ref().ok_or_else(|| Error::MissingKey { file: KEY.into() })?;
        Ok(commit.header.is_by(now, commit.last))
    }

    /// Goes on to the key that an entry of such a commit names, if it names one.
    fn follow(&mut self, entry: &Entry<'_>) {
        if !is_rotation(entry) {
            return;
        }
        let vkey = member_of(entry, "vkey");
        let named = self.keys.iter().find(|(known, _)| Some(known) == vkey.as_ref());
        self.now = named.map(|(_, key)| key.clone());
    }
}
