//! The entries of a bundle: bytes, order, chain between neighbours, and the proof of each.

use serde_json::Value;

use crate::domain::{Instant, Seq};
use crate::log::tree::{leaf_hash, verify_inclusion};
use crate::log::{Checkpoint, Entry, Hash, Link};

use super::super::report::CheckName;
use super::super::shape::{self, Read};
use super::Bundle;

/// A sound entry.
pub(super) struct Carried<'a> {
    pub(super) bytes: Vec<u8>,
    /// Disclosures that came with it, as they travel.
    pub(super) shown: Vec<&'a str>,
}

/// An entry as it stands in the file.
struct Shape<'a> {
    bytes: Vec<u8>,
    proof: Vec<Hash>,
    shown: Vec<&'a str>,
}

impl Carried<'_> {
    /// What the bytes say; they have been decoded once.
    pub(super) fn decode(&self) -> Option<Entry<'_>> {
        Entry::decode(&self.bytes).ok()
    }
}

impl<'a> Shape<'a> {
    fn read(one: &'a Value) -> Read<Self> {
        let object = shape::object(one, &["seq", "entry", "proof", "disclosures"], &[])?;
        Ok(Self {
            bytes: shape::bytes(object, "entry")?,
            proof: shape::proof(object, "proof")?,
            shown: shape::texts(object, "disclosures")?,
        })
    }
}

/// What the next entry stands behind.
struct Before {
    seq: Seq,
    at: Instant,
    link: Link,
}

/// Checks every entry by itself and against the one before it; those that are sound are given back.
pub(super) fn check<'a>(bundle: &mut Bundle<'a>) -> Vec<Carried<'a>> {
    let mut carried = Vec::with_capacity(bundle.entries.len());
    let mut before: Option<Before> = None;
    for (place, one) in bundle.entries.iter().enumerate() {
        let seq = one.get("seq").and_then(Value::as_u64).map(Seq);
        let Shape { bytes, proof, shown } = match Shape::read(one) {
            Ok(shape) => shape,
            Err(why) => {
                bundle.found(CheckName::Entries, seq, format!("in place {place}: {why}"));
                continue;
            }
        };
        let entry = match Entry::decode(&bytes) {
            Ok(entry) if Some(entry.seq) == seq => entry,
            found => {
                let why =
                    found.map_or_else(|why| why.to_string(), |entry| format!("it is entry {}", entry.seq));
                bundle.found(CheckName::Entries, seq, format!("in place {place}: {why}"));
                continue;
            }
        };
        if before.as_ref().is_some_and(|before| entry.seq <= before.seq || entry.at < before.at) {
            let why = "entries are in their order, each once, and never earlier than the one before";
            bundle.found(CheckName::Entries, seq, why);
            continue;
        }
        let must = match &before {
            Some(before) if before.seq.0 + 1 == entry.seq.0 => Some(before.link),
            _ if entry.seq == Seq(0) => Some(Link::genesis(bundle.origin)),
            _ => None,
        };
        if must.is_some_and(|must| must != entry.prev) {
            bundle.found(CheckName::Chain, seq, "it does not carry the link of the one before");
        }
        let Checkpoint { size, root, .. } = bundle.checkpoint;
        if verify_inclusion(entry.seq.0, size, &leaf_hash(&bytes), &proof, &root).is_err() {
            bundle.found(CheckName::Tree, seq, "its proof does not lead to the checkpoint");
        }
        before = Some(Before { seq: entry.seq, at: entry.at, link: Link::of(&bytes) });
        carried.push(Carried { bytes, shown });
    }
    carried
}
