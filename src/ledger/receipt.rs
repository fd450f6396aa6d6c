//! What became of statements, and the proof of it. Proofs are made by who waits for them, not by the
//! writer.

use std::sync::Arc;

use crate::domain::{Instant, Seq};
use crate::log::tree::leaf_hash;
use crate::log::{self, Body, Entry, Hash, Reader, details};
use crate::seal::{self, Disclosure};
use crate::views::Snapshot;

use super::Error;

/// The proof that a statement is recorded (FORMAT section 6).
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its number.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Instant,
    /// Merkle leaf hash.
    pub leaf: Hash,
    /// The stored bytes.
    pub entry: Vec<u8>,
    /// Inclusion proof to the checkpoint's root.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Arc<str>,
    /// Of an attested statement, whose salts are the ledger's: its details, but for those that are
    /// erased.
    pub disclosures: Vec<Disclosure>,
}

/// What became of a submission that was not refused.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One for each statement, in order.
    pub receipts: Vec<Receipt>,
    /// Whether all of them were recorded before.
    pub repeated: bool,
}

/// Where a statement stands.
#[derive(Debug)]
pub(super) struct Stands {
    pub(super) seq: Seq,
    /// Absent when it was recorded before.
    pub(super) new: Option<New>,
}

/// A statement that was recorded now.
#[derive(Debug)]
pub(super) struct New {
    pub(super) at: Instant,
    /// The stored bytes.
    pub(super) entry: Vec<u8>,
    /// Of an attested statement.
    pub(super) disclosures: Vec<Disclosure>,
}

/// What receipts are read from.
#[derive(Clone, Debug)]
pub(super) struct Durable {
    pub(super) log: Reader,
    pub(super) details: details::Reader,
}

/// Where statements stand, durable as of a snapshot: what receipts are made of.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) stand: Vec<Stands>,
    pub(super) repeated: bool,
    pub(super) snapshot: Arc<Snapshot>,
}

impl Recorded {
    /// Proves the stored bytes; each proof is checked before it leaves.
    pub(super) fn outcome(self, durable: &Durable) -> Result<Outcome, Error> {
        let Self { stand, repeated, snapshot } = self;
        let receipts = stand.into_iter().map(|stands| receipt(stands, &snapshot, durable));
        let receipts = receipts.collect::<log::Result<_>>().map_err(|error| {
            // The entry is durable all the same; its author may ask again.
            tracing::error!(%error, "a receipt cannot be made");
            Error::ReadOnly
        })?;
        Ok(Outcome { receipts, repeated })
    }
}

fn receipt(stands: Stands, snapshot: &Snapshot, durable: &Durable) -> log::Result<Receipt> {
    let seq = stands.seq;
    let New { at, entry, disclosures } = match stands.new {
        Some(new) => new,
        None => durable.again(seq)?,
    };
    let proof = snapshot.tree.inclusion_proof(seq.0, snapshot.size)?;
    let (leaf, checkpoint) = (leaf_hash(&entry), Arc::clone(&snapshot.checkpoint));
    log::tree::verify_inclusion(seq.0, snapshot.size, &leaf, &proof, &snapshot.root)?;
    Ok(Receipt { seq, at, leaf, entry, proof, checkpoint, disclosures })
}

impl Durable {
    /// What was recorded before.
    fn again(&self, seq: Seq) -> log::Result<New> {
        let bytes = self.log.entry(seq)?;
        let entry = Entry::decode(&bytes)?;
        let (at, mut disclosures) = (entry.at, Vec::new());
        if matches!(entry.body, Body::Attested { .. }) {
            for digest in seal::digests(&entry).unwrap_or_default() {
                disclosures.extend(seal::details::known(seq, self.details.get(&digest))?);
            }
        }
        Ok(New { at, entry: bytes, disclosures })
    }
}
