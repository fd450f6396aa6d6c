//! What others kept, held against a bundle: an older checkpoint that it must extend, and receipts.

use std::collections::HashMap;

use serde_json::Value;

use crate::domain::Seq;
use crate::log::tree::{leaf_hash, verify_consistency};
use crate::log::{Checkpoint, Entry, Hash, Vkey, note};

use super::super::kept::{Kept, SINCE, bad};
use super::super::report::CheckName;
use super::super::shape::{self, Read};
use super::Bundle;
use super::entries::Carried;

/// The older checkpoint that a bundle brings, with the proof that its own extends it.
struct Since<'a> {
    note: &'a str,
    checkpoint: Checkpoint,
    proof: Vec<Hash>,
}

impl<'a> Since<'a> {
    fn read(since: &'a Value) -> Read<Self> {
        let object = shape::object(since, &["checkpoint", "proof"], &[])?;
        let note = shape::text(object, "checkpoint")?;
        let checkpoint = note::peek(note).map_err(|_| "no signed checkpoint")?;
        Ok(Self { note, checkpoint, proof: shape::proof(object, "proof")? })
    }
}

/// Whether the tree of `new` begins with that of `old`.
fn extends(old: &Checkpoint, new: &Checkpoint, proof: &[Hash]) -> bool {
    verify_consistency(old.size, &old.root, new.size, &new.root, proof).is_ok()
}

/// Checks the checkpoint that the bundle extends, and the one that somebody kept.
pub(super) fn since(bundle: &mut Bundle<'_>, kept: &Kept, keys: &[Vkey]) {
    let not_signed = "it is not signed by this ledger's key";
    let mut found = Vec::new();
    let read = bundle.since.map(Since::read);
    match &read {
        Some(Err(why)) => found.push((CheckName::Checkpoint, (*why).to_owned())),
        Some(Ok(old)) if note::open_any(old.note, keys).is_err() => {
            found.push((CheckName::Checkpoint, not_signed.to_owned()));
        }
        Some(Ok(old)) if !extends(&old.checkpoint, &bundle.checkpoint, &old.proof) => {
            let why = "the checkpoint is not proved to extend it";
            found.push((CheckName::Tree, why.to_owned()));
        }
        Some(Ok(_)) | None => {}
    }
    // what the file says wrongly proves nothing more
    if found.is_empty()
        && let Some((note, checkpoint)) = kept.since()
    {
        let proved = matches!(&read, Some(Ok(old)) if old.checkpoint == *checkpoint);
        if note::open_any(note, keys).is_err() {
            found.push((CheckName::Checkpoint, not_signed.to_owned()));
        } else if !proved && !extends(checkpoint, &bundle.checkpoint, &[]) {
            let why = "the bundle does not prove that it extends this checkpoint";
            found.push((CheckName::Tree, why.to_owned()));
        }
    }
    bundle.bad.extend(found.into_iter().map(|(check, why)| bad(SINCE, None, check, why)));
}

/// Checks receipts by themselves, and against what the bundle holds.
pub(super) fn receipts(
    bundle: &mut Bundle<'_>,
    carried: &[Carried<'_>],
    told: &[Entry<'_>],
    kept: &Kept,
    keys: &[Vkey],
) {
    let leaves = told.iter().zip(carried).map(|(entry, carried)| (entry.seq, leaf_hash(&carried.bytes)));
    let leaves: HashMap<Seq, Hash> = leaves.collect();
    bundle.bad.extend(kept.unreadable());
    bundle.bad.extend(kept.against(&leaves, &bundle.checkpoint, keys));
}
