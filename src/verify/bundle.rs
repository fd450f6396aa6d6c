//! A bundle (FORMAT section 7): some entries of a ledger, each proved to stand under one checkpoint,
//! and the histories of some subjects, proved to be whole. Checked with a verifier key alone.

mod entries;
mod proofs;
mod rules;
mod statements;
mod subjects;

use serde_json::{Map, Value};

use crate::domain::Seq;
use crate::log::manifest::Manifest;
use crate::log::{Checkpoint, Entry, note};

use super::kept::Kept;
use super::keys::{self, LedgerKeys};
use super::report::{Bad, Check, CheckName, Erased, FirstBad, Outcome, Report, Verdict};
use super::shape::{self, Read};
use super::witnesses::{Judged, Witnesses};
use super::{Options, Unjudged};

use entries::Carried;

/// What the file is called in a report.
const FILE: &str = "bundle";
/// What a bundle must say it is.
pub(super) const FORMAT: &str = "estafet-bundle/1";

/// A bundle that was read, and what was found of it so far.
struct Bundle<'a> {
    origin: &'a str,
    note: &'a str,
    checkpoint: Checkpoint,
    /// Size below which its subjects are proved to be whole.
    complete_below: Option<u64>,
    entries: &'a [Value],
    subjects: &'a [Value],
    since: Option<&'a Value>,
    bad: Vec<Bad>,
}

/// How much of it was checked.
#[derive(Default)]
struct Counted {
    attested: u64,
    signed: u64,
    shown: usize,
    erased: Vec<Erased>,
    /// Subjects whose entries here have no gap.
    whole: usize,
    /// Those of them that an index root proves.
    proved: usize,
    rules: rules::Judged,
    /// What is said of witnesses.
    witnesses: Option<(Verdict, String)>,
}

/// Verifies a bundle.
///
/// # Errors
/// What keeps it from being a bundle at all, or from being judged. What is wrong in it is in the report.
pub(super) fn verify(said: &Map<String, Value>, options: &Options) -> Result<Report, Unjudged> {
    let mut bundle = Bundle::read(said).map_err(|why| Unjudged::Malformed(why.to_owned()))?;
    let kept = Kept::read(options);
    let carried = entries::check(&mut bundle);
    let told: Vec<_> = carried.iter().filter_map(Carried::decode).collect();
    if let Some(opened) = told.first().filter(|entry| entry.seq == Seq(0))
        && let Some(found) = Manifest::other_rules(opened.body.statement())
    {
        return Err(Unjudged::OtherRules { found });
    }
    let mut ledger = LedgerKeys::default();
    for entry in &told {
        if let Err(broken) = ledger.take(entry) {
            bundle.found(broken.check, Some(entry.seq), broken.detail);
        }
    }
    let keys = ledger.counting(&options.vkeys);
    if bundle.checkpoint.origin != bundle.origin || note::open_any(bundle.note, &keys).is_err() {
        let why = format!("not signed for this origin by {}", keys::whose(&options.vkeys));
        bundle.found(CheckName::Checkpoint, None, why);
    }
    let cosigned = witnesses(&bundle, &told, options);
    bundle.bad.extend(cosigned.bad.iter().cloned());
    proofs::since(&mut bundle, &kept, &keys);
    let names = subjects::names(bundle.subjects);
    let mut counted = Counted { witnesses: Some(cosigned.told), ..Counted::default() };
    let statements = statements::check(&mut bundle, &carried, &told, &names, options, &mut counted);
    subjects::check(&mut bundle, &told, &statements, &mut counted);
    proofs::receipts(&mut bundle, &carried, &told, &kept, &keys);
    Ok(bundle.report(&counted, options))
}

/// What witnesses signed of its checkpoint: those that the ledger's history names, which is carried.
fn witnesses(bundle: &Bundle<'_>, told: &[Entry<'_>], options: &Options) -> Judged {
    let Checkpoint { size, root, .. } = bundle.checkpoint;
    let mut witnesses = Witnesses::of(vec![(FILE.to_owned(), bundle.note.to_owned())]);
    told.iter().for_each(|entry| witnesses.take(entry));
    witnesses.judge((size, &|at| (at == size).then_some(root)), Some(bundle.origin), &options.cosigners)
}

impl<'a> Bundle<'a> {
    fn read(said: &'a Map<String, Value>) -> Read<Self> {
        let must = ["format", "origin", "checkpoint", "entries", "subjects"];
        let known = |name: &String| {
            must.contains(&name.as_str()) || matches!(name.as_str(), "complete_below" | "since")
        };
        if !said.keys().all(known) {
            return Err("a bundle with a member that does not belong there");
        }
        let note = shape::text(said, "checkpoint").map_err(|_| "a bundle without a checkpoint")?;
        let checkpoint = note::peek(note).map_err(|_| "a bundle without a signed checkpoint")?;
        let complete_below = match shape::member(said, "complete_below") {
            Value::Null => None,
            size => {
                let size = size.as_u64().filter(|size| (1..=checkpoint.size).contains(size));
                Some(size.ok_or("complete_below is no size of this log")?)
            }
        };
        Ok(Self {
            origin: shape::text(said, "origin").map_err(|_| "a bundle without origin")?,
            note,
            checkpoint,
            complete_below,
            entries: shape::list(said, "entries").map_err(|_| "a bundle without entries")?,
            subjects: shape::list(said, "subjects").map_err(|_| "a bundle without subjects")?,
            since: said.get("since"),
            bad: Vec::new(),
        })
    }

    /// Takes note of what is wrong.
    fn found(&mut self, check: CheckName, seq: Option<Seq>, detail: impl Into<String>) {
        self.bad.push(Bad { seq, file: FILE.to_owned(), check, detail: detail.into() });
    }

    /// Of a subject: whether it is known below a size only.
    fn below(&self, seq: Seq) -> bool {
        self.complete_below.is_none_or(|size| seq.0 < size)
    }

    fn report(self, counted: &Counted, options: &Options) -> Report {
        let told = |name: CheckName| Check::of(name, &self.bad, || self.told(name, counted, options));
        let checks = CheckName::ALL.iter().map(|name| told(*name)).collect();
        let complete_below = self.complete_below;
        let first_bad = FirstBad::of(self.bad);
        let result = Outcome::of(first_bad.as_ref(), None);
        Report {
            result,
            trusted: !options.vkeys.is_empty() && result == Outcome::Intact,
            size: self.checkpoint.size,
            root: self.checkpoint.root.to_string(),
            checks,
            first_bad,
            attested: counted.attested,
            signed: counted.signed,
            unsigned: None,
            torn_bytes: 0,
            erased: counted.erased.clone(),
            complete_below,
        }
    }

    fn told(&self, name: CheckName, counted: &Counted, options: &Options) -> (Verdict, String) {
        let sound = |detail: String| (Verdict::Ok, detail);
        let skipped = |detail: &str| (Verdict::Skipped, detail.to_owned());
        match name {
            CheckName::Entries => sound(format!("{} entries", self.entries.len())),
            CheckName::Chain => sound("where neighbours are carried".to_owned()),
            CheckName::Tree => sound(format!("each entry stands under root {}", self.checkpoint.root)),
            CheckName::Checkpoint => sound(keys::by_whom(&options.vkeys).to_owned()),
            CheckName::Witnesses => counted.witnesses.clone().unwrap_or_else(|| skipped("")),
            CheckName::Signatures if options.no_signatures => skipped("left out"),
            CheckName::Signatures => {
                sound(format!("{} signed; {} are the operator's word", counted.signed, counted.attested))
            }
            CheckName::Links => sound(format!("{} subjects without a gap; {}", counted.whole, self.behind())),
            CheckName::Rules if options.no_rules => skipped("left out"),
            CheckName::Rules => sound(counted.rules.told()),
            CheckName::Details if counted.shown == 0 => skipped("no details are shown"),
            CheckName::Details => sound(format!("{} details shown", counted.shown)),
            CheckName::Index if self.complete_below.is_none() => skipped("no index root is given"),
            CheckName::Index => sound(format!(
                "{} subjects complete below entry {}",
                counted.proved,
                self.complete_below.unwrap_or_default()
            )),
            CheckName::Access => skipped("a bundle holds no access log"),
        }
    }

    /// From where on entries may have been left out unseen.
    fn behind(&self) -> String {
        match self.complete_below {
            Some(size) => format!("none is left out below entry {size}; behind it, what the server knew"),
            None => "entries left out behind the last of a subject cannot be excluded".to_owned(),
        }
    }
}
