//! What others kept: receipts, proofs and checkpoints. They are what a rewritten log cannot answer to.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::domain::{Seq, strict};
use crate::log::tree::{leaf_hash, verify_inclusion};
use crate::log::{Checkpoint, Entry, Hash, Vkey, note, proof};

use super::Options;
use super::pipeline::Walked;
use super::report::{Bad, CheckName};
use super::shape::{self, Read};

/// What reports call a checkpoint that somebody kept.
pub(super) const SINCE: &str = "since";

/// Everything that was handed in, read.
#[derive(Debug, Default)]
pub(super) struct Kept {
    receipts: Vec<Receipt>,
    since: Option<Noted>,
    unreadable: Vec<Bad>,
}

/// A checkpoint with the note it came in.
#[derive(Debug)]
struct Noted {
    note: String,
    checkpoint: Checkpoint,
}

/// A receipt (FORMAT section 6), or a proof as text, which says nothing of the entry but its number.
#[derive(Debug)]
struct Receipt {
    /// What reports call it.
    name: String,
    seq: Seq,
    said: Option<Said>,
    proof: Vec<Hash>,
    noted: Noted,
}

/// What a receipt says of its entry.
#[derive(Debug)]
struct Said {
    at: String,
    leaf: Hash,
    entry: Vec<u8>,
}

impl Kept {
    pub(super) fn read(options: &Options) -> Self {
        let mut kept = Self::default();
        for (number, text) in (1..).zip(&options.receipts) {
            let name = format!("receipt {number}");
            match receipts(&name, text) {
                Ok(receipts) => kept.receipts.extend(receipts),
                Err(why) => kept.unreadable.push(bad(&name, None, CheckName::Tree, why.to_owned())),
            }
        }
        match options.since.as_deref().map(noted) {
            Some(Ok(noted)) => kept.since = Some(noted),
            Some(Err(why)) => kept.unreadable.push(bad(SINCE, None, CheckName::Checkpoint, why.to_owned())),
            None => {}
        }
        kept
    }

    /// Sizes at which the root must be known.
    pub(super) fn sizes(&self) -> BTreeSet<u64> {
        let receipts = self.receipts.iter().map(|receipt| &receipt.noted);
        receipts.chain(&self.since).map(|noted| noted.checkpoint.size).collect()
    }

    /// Entries whose leaf must be known.
    pub(super) fn seqs(&self) -> BTreeSet<u64> {
        self.receipts.iter().map(|receipt| receipt.seq.0).collect()
    }

    /// What could not be read.
    pub(super) fn unreadable(&self) -> Vec<Bad> {
        self.unreadable.clone()
    }

    /// The checkpoint that somebody kept: its note, and what it says.
    pub(super) fn since(&self) -> Option<(&str, &Checkpoint)> {
        self.since.as_ref().map(|noted| (noted.note.as_str(), &noted.checkpoint))
    }

    /// What of it the log does not answer to.
    pub(super) fn compare(&self, walked: &Walked, options: &Options) -> Vec<Bad> {
        let keys = walked.keys.counting(&options.vkeys);
        let mut found = self.unreadable();
        for receipt in &self.receipts {
            let compared = receipt.compare(walked, &keys);
            found
                .extend(compared.err().map(|(check, why)| bad(&receipt.name, Some(receipt.seq), check, why)));
        }
        if let Some(since) = &self.since {
            let compared = since.signed(&keys).and_then(|()| since.extended(walked));
            found.extend(compared.err().map(|(check, why)| bad(SINCE, None, check, why)));
        }
        found
    }

    /// What of the receipts some entries under a checkpoint do not answer to. A receipt of an entry that
    /// is not among them is checked by itself; a proof without its entry can only be held against it.
    pub(super) fn against(&self, leaves: &HashMap<Seq, Hash>, now: &Checkpoint, keys: &[Vkey]) -> Vec<Bad> {
        let compare = |receipt: &Receipt| {
            let leaf = receipt.sound(leaves.get(&receipt.seq), keys)?;
            if leaves.get(&receipt.seq).is_some_and(|held| *held != leaf) {
                return Err((CheckName::Tree, "another entry is held there".to_owned()));
            }
            let kept = &receipt.noted.checkpoint;
            if kept.size == now.size && kept.root != now.root {
                return Err((CheckName::Tree, "two checkpoints of one size: the log was forked".to_owned()));
            }
            Ok(())
        };
        let found = self.receipts.iter().map(|receipt| (receipt, compare(receipt)));
        let found = found.filter_map(|(receipt, compared)| Some((receipt, compared.err()?)));
        found.map(|(receipt, (check, why))| bad(&receipt.name, Some(receipt.seq), check, why)).collect()
    }
}

type Compared<T> = Result<T, (CheckName, String)>;

impl Receipt {
    /// Checks it by itself; gives the leaf that it is about: its entry's, or for a proof that has none the
    /// one that is held.
    fn sound(&self, held: Option<&Hash>, keys: &[Vkey]) -> Compared<Hash> {
        let entries = |why: &str| Err((CheckName::Entries, why.to_owned()));
        let tree = |why: &str| Err((CheckName::Tree, why.to_owned()));
        let leaf = match (&self.said, held) {
            (None, None) => return tree("its entry is not held, and it does not bring it"),
            (None, Some(held)) => *held,
            (Some(Said { at, leaf, entry }), _) => {
                if leaf_hash(entry) != *leaf {
                    return entries("its leaf is not the hash of its entry");
                }
                match Entry::decode(entry) {
                    Ok(entry) if entry.seq == self.seq && entry.at.to_string() == *at => *leaf,
                    Ok(_) => return entries("its entry has another number or instant"),
                    Err(_) => return entries("its entry does not decode"),
                }
            }
        };
        let checkpoint = &self.noted.checkpoint;
        if verify_inclusion(self.seq.0, checkpoint.size, &leaf, &self.proof, &checkpoint.root).is_err() {
            return tree("its proof does not lead to its checkpoint");
        }
        self.noted.signed(keys).map(|()| leaf)
    }

    fn compare(&self, walked: &Walked, keys: &[Vkey]) -> Compared<()> {
        let held = walked.leaves.get(&self.seq.0);
        let leaf = self.sound(held, keys)?;
        let why = match held {
            Some(held) if *held == leaf => return self.noted.extended(walked),
            Some(_) => format!("entry {} of the log is another than the one it was given for", self.seq),
            None => format!("the log holds {} entries, not entry {}", walked.roots.size(), self.seq),
        };
        Err((CheckName::Tree, why))
    }
}

impl Noted {
    fn signed(&self, keys: &[Vkey]) -> Compared<()> {
        if note::open_any(&self.note, keys).is_ok() {
            return Ok(());
        }
        let why =
            format!("its checkpoint of size {} is not signed by this ledger's key", self.checkpoint.size);
        Err((CheckName::Checkpoint, why))
    }

    /// Whether the log begins with the tree of the checkpoint.
    fn extended(&self, walked: &Walked) -> Compared<()> {
        let Checkpoint { size, root, .. } = &self.checkpoint;
        let why = match walked.roots.at(*size) {
            Some(found) if found == *root => return Ok(()),
            Some(found) => format!(
                "the log is not the one it was given for: at size {size} its root is {found}, not {root}"
            ),
            None => {
                let held = walked.roots.size();
                format!("the log holds {held} entries and it covers {size}: cut or rolled back")
            }
        };
        Err((CheckName::Tree, why))
    }
}

pub(super) fn bad(file: &str, seq: Option<Seq>, check: CheckName, detail: String) -> Bad {
    Bad { seq, file: file.to_owned(), check, detail }
}

fn noted(note: &str) -> Read<Noted> {
    let checkpoint = note::peek(note).map_err(|_| "no signed checkpoint")?;
    Ok(Noted { note: note.to_owned(), checkpoint })
}

/// One receipt, a batch of them, or a proof as text.
fn receipts(name: &str, text: &str) -> Read<Vec<Receipt>> {
    if let Some(found) = proof::parse(text) {
        let proof::Proof { seq, hashes, checkpoint } = found.map_err(|_| "no proof as text")?;
        let (name, noted) = (name.to_owned(), noted(checkpoint)?);
        return Ok(vec![Receipt { name, seq, said: None, proof: hashes, noted }]);
    }
    let said = strict::parse(text.as_bytes()).map_err(|_| "no receipt")?;
    let said = said.as_object().ok_or("no receipt")?;
    let checkpoint = shape::text(said, "checkpoint").map_err(|_| "no receipt: without a checkpoint")?;
    if !said.contains_key("receipts") {
        return Ok(vec![Receipt::read(name.to_owned(), said, checkpoint)?]);
    }
    let batch = shape::list(said, "receipts").map_err(|_| "no receipts")?;
    if batch.is_empty() {
        return Err("no receipt");
    }
    let each = (1..).zip(batch).map(|(number, one): (u32, _)| {
        let one = one.as_object().ok_or("no receipt")?;
        Receipt::read(format!("{name}, number {number}"), one, checkpoint)
    });
    each.collect()
}

impl Receipt {
    /// Reads one; what else stands in it is for others.
    fn read(name: String, said: &Map<String, Value>, checkpoint: &str) -> Read<Self> {
        let leaf = Hash::parse(shape::text(said, "leaf")?).ok_or("no receipt: a leaf that is no hash")?;
        Ok(Self {
            name,
            seq: Seq(shape::number(said, "seq")?),
            said: Some(Said {
                at: shape::text(said, "at")?.to_owned(),
                leaf,
                entry: shape::bytes(said, "entry")?,
            }),
            proof: shape::proof(said, "proof")?,
            noted: noted(checkpoint)?,
        })
    }
}
