//! What others kept: receipts and checkpoints. They are what a rewritten log cannot answer to.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::domain::{Instant, Seq};
use crate::log::tree::{leaf_hash, verify_inclusion};
use crate::log::{Checkpoint, Entry, Hash, note};

use super::Options;
use super::pipeline::Walked;
use super::report::{Bad, CheckName};

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

#[derive(Debug)]
struct Receipt {
    /// What reports call it.
    name: String,
    seq: Seq,
    at: Instant,
    leaf: Hash,
    entry: Vec<u8>,
    proof: Vec<Hash>,
    noted: Noted,
}

/// FORMAT section 6: of one statement, or of a batch.
#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Batch {
        checkpoint: String,
        receipts: Vec<Shape>,
    },
    One {
        checkpoint: String,
        #[serde(flatten)]
        one: Shape,
    },
}

#[derive(Deserialize)]
struct Shape {
    seq: Seq,
    at: Instant,
    leaf: String,
    entry: String,
    proof: Vec<String>,
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
            Some(Err(why)) => kept.unreadable.push(bad("since", None, CheckName::Checkpoint, why.to_owned())),
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

    /// What of it the log does not answer to.
    pub(super) fn compare(&self, walked: &Walked, options: &Options) -> Vec<Bad> {
        let mut found = self.unreadable.clone();
        for receipt in &self.receipts {
            if let Err((check, why)) = receipt.compare(walked, options) {
                found.push(bad(&receipt.name, Some(receipt.seq), check, why));
            }
        }
        if let Some(since) = &self.since
            && let Err((check, why)) = since.compare(walked, options)
        {
            found.push(bad("since", None, check, why));
        }
        found
    }
}

type Compared = Result<(), (CheckName, String)>;

impl Receipt {
    fn compare(&self, walked: &Walked, options: &Options) -> Compared {
        let entries = |why: &str| Err((CheckName::Entries, why.to_owned()));
        if leaf_hash(&self.entry) != self.leaf {
            return entries("its leaf is not the hash of its entry");
        }
        match Entry::decode(&self.entry) {
            Ok(entry) if entry.seq == self.seq && entry.at == self.at => {}
            Ok(_) => return entries("its entry has another number or instant"),
            Err(_) => return entries("its entry does not decode"),
        }
        let checkpoint = &self.noted.checkpoint;
        if verify_inclusion(self.seq.0, checkpoint.size, &self.leaf, &self.proof, &checkpoint.root).is_err() {
            return Err((CheckName::Tree, "its proof does not lead to its checkpoint".to_owned()));
        }
        self.noted.signed(walked, options)?;
        match walked.leaves.get(&self.seq.0) {
            Some(leaf) if *leaf == self.leaf => {}
            Some(_) => {
                let why = format!("entry {} of the log is another than the one it was given for", self.seq);
                return Err((CheckName::Tree, why));
            }
            None => {
                let why = format!("the log holds {} entries, not entry {}", walked.roots.size(), self.seq);
                return Err((CheckName::Tree, why));
            }
        }
        self.noted.extended(walked)
    }
}

impl Noted {
    fn compare(&self, walked: &Walked, options: &Options) -> Compared {
        self.signed(walked, options)?;
        self.extended(walked)
    }

    /// Whether a key that counts signed it.
    fn signed(&self, walked: &Walked, options: &Options) -> Compared {
        if note::open_any(&self.note, &walked.keys.counting(&options.vkeys)).is_ok() {
            return Ok(());
        }
        let why =
            format!("its checkpoint of size {} is not signed by this ledger's key", self.checkpoint.size);
        Err((CheckName::Checkpoint, why))
    }

    /// Whether the log begins with the tree of the checkpoint.
    fn extended(&self, walked: &Walked) -> Compared {
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

fn bad(file: &str, seq: Option<Seq>, check: CheckName, detail: String) -> Bad {
    Bad { seq, file: file.to_owned(), check, detail }
}

fn noted(note: &str) -> Result<Noted, &'static str> {
    let checkpoint = note::peek(note).map_err(|_| "no signed checkpoint")?;
    Ok(Noted { note: note.to_owned(), checkpoint })
}

fn receipts(name: &str, text: &str) -> Result<Vec<Receipt>, &'static str> {
    let file: File = serde_json::from_str(text).map_err(|_| "no receipt")?;
    let (checkpoint, shapes, batch) = match file {
        File::Batch { checkpoint, receipts } => (checkpoint, receipts, true),
        File::One { checkpoint, one } => (checkpoint, vec![one], false),
    };
    let mut receipts = Vec::with_capacity(shapes.len());
    for (number, shape) in (1..).zip(shapes) {
        let name = if batch { format!("{name}, number {number}") } else { name.to_owned() };
        receipts.push(shape.read(name, &checkpoint)?);
    }
    if receipts.is_empty() { Err("no receipt") } else { Ok(receipts) }
}

impl Shape {
    fn read(self, name: String, checkpoint: &str) -> Result<Receipt, &'static str> {
        let hash = |text: &String| Hash::parse(text).ok_or("no receipt: a hash that is none");
        Ok(Receipt {
            name,
            seq: self.seq,
            at: self.at,
            leaf: hash(&self.leaf)?,
            entry: URL_SAFE_NO_PAD.decode(&self.entry).map_err(|_| "no receipt: an entry that is none")?,
            proof: self.proof.iter().map(hash).collect::<Result<_, _>>()?,
            noted: noted(checkpoint)?,
        })
    }
}
