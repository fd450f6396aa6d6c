//! Evidence of a fork (FORMAT section 7): two checkpoints that the ledger's key signed and that no one
//! log has both of. Intact means that the fork is proved.

use serde_json::{Map, Value};

use crate::log::{Checkpoint, NoteError, note, tree};

use super::report::{Bad, Check, CheckName, FirstBad, Outcome, Report, Verdict};
use super::shape::{self, Read};
use super::{Options, keys};

/// What the file is called in a report.
const FILE: &str = "evidence";
/// What evidence must say it is.
pub(super) const FORMAT: &str = "estafet-evidence/1";

/// One of the two.
struct Noted<'a> {
    note: &'a str,
    checkpoint: Checkpoint,
}

impl<'a> Noted<'a> {
    /// Extension lines are taken: a key that signs them has signed the checkpoint all the same.
    fn read(said: &'a Map<String, Value>, name: &str) -> Read<Self> {
        let bad = |_: NoteError| "evidence without two signed checkpoints";
        let note = shape::text(said, name).map_err(|_| "evidence without two checkpoints")?;
        let (text, _) = note::text(note).map_err(bad)?;
        Ok(Self { note, checkpoint: Checkpoint::parse_extended(text).map_err(bad)? })
    }
}

/// Judges evidence by the keys that were given, of which there is one at least.
///
/// # Errors
/// What keeps it from being evidence at all.
pub(super) fn verify(said: &Map<String, Value>, options: &Options) -> Read<Report> {
    if said.keys().any(|name| !matches!(name.as_str(), "format" | "a" | "b" | "proof")) {
        return Err("evidence with a member that does not belong there");
    }
    let (a, b) = (Noted::read(said, "a")?, Noted::read(said, "b")?);
    let proof = if said.contains_key("proof") { shape::proof(said, "proof")? } else { Vec::new() };
    let (old, new) = if b.checkpoint.size < a.checkpoint.size { (b, a) } else { (a, b) };
    let mut bad = Vec::new();
    let mut found = |check, why: &str| {
        bad.push(Bad { seq: None, file: FILE.to_owned(), check, detail: why.to_owned() });
    };
    let signed = |noted: &Noted<'_>| {
        let trusted =
            options.vkeys.iter().filter(|key| note::signed_by(noted.note, &[(*key).clone()]).is_ok());
        trusted.map(|key| key.name().to_owned()).collect::<Vec<_>>()
    };
    let (by_old, by_new) = (signed(&old), signed(&new));
    // two keys of one name are keys of one log
    if old.checkpoint.origin != new.checkpoint.origin || !by_old.iter().any(|name| by_new.contains(name)) {
        found(CheckName::Checkpoint, "not both are signed for one log by a --vkey of it");
    }
    if !tree::forks(&old.checkpoint, &new.checkpoint, &proof) {
        found(CheckName::Tree, "the two checkpoints may be of one log: no fork is proved");
    }
    Ok(report(&new.checkpoint, bad, options))
}

fn report(newer: &Checkpoint, bad: Vec<Bad>, options: &Options) -> Report {
    let told = |name: CheckName| {
        let told = match name {
            CheckName::Tree => (Verdict::Ok, "no log has both: the key signed a fork"),
            CheckName::Checkpoint => (Verdict::Ok, keys::by_whom(&options.vkeys)),
            _ => (Verdict::Skipped, "evidence carries none"),
        };
        Check::of(name, &bad, || (told.0, told.1.to_owned()))
    };
    let checks = CheckName::ALL.iter().map(|name| told(*name)).collect();
    let first_bad = FirstBad::of(bad);
    let result = Outcome::of(first_bad.as_ref(), None);
    Report {
        result,
        trusted: result == Outcome::Intact,
        size: newer.size,
        root: newer.root.to_string(),
        checks,
        first_bad,
        attested: 0,
        signed: 0,
        unsigned: None,
        torn_bytes: 0,
        erased: Vec::new(),
        complete_below: None,
    }
}
