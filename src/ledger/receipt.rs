//! What became of statements, and the proof of it. Proofs are made by who waits for them, not by the
//! writer.

use std::sync::Arc;

use crate::domain::{Instant, Seq};
use crate::log::tree::leaf_hash;
use crate::log::{self, Entry, Hash, Reader};
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
    /// Its instant and its bytes; absent when it was recorded before.
    pub(super) entry: Option<(Instant, Vec<u8>)>,
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
    pub(super) fn outcome(self, reader: &Reader) -> Result<Outcome, Error> {
        let Self { stand, repeated, snapshot } = self;
        let receipts = stand.into_iter().map(|stands| receipt(stands, &snapshot, reader));
        let receipts = receipts.collect::<log::Result<_>>().map_err(|error| {
            // The entry is durable all the same; its author may ask again.
            tracing::error!(%error, "a receipt cannot be made");
            Error::ReadOnly
        })?;
        Ok(Outcome { receipts, repeated })
    }
}

fn receipt(stands: Stands, snapshot: &Snapshot, reader: &Reader) -> log::Result<Receipt> {
    let seq = stands.seq;
    let (at, entry) = match stands.entry {
        Some(entry) => entry,
        None => {
            let entry = reader.entry(seq)?;
            (Entry::decode(&entry)?.at, entry)
        }
    };
    let proof = snapshot.tree.inclusion_proof(seq.0, snapshot.size)?;
    let (leaf, checkpoint) = (leaf_hash(&entry), Arc::clone(&snapshot.checkpoint));
    log::tree::verify_inclusion(seq.0, snapshot.size, &leaf, &proof, &snapshot.root)?;
    Ok(Receipt { seq, at, leaf, entry, proof, checkpoint })
}
