//! What a verification says: each check in its order, and the first thing that is bad.

use serde::Serialize;

use crate::domain::Seq;
use crate::log::{Damage, Fault, Hash, note};

use super::Options;
use super::kept::Kept;
use super::keys;
use super::pipeline::Walked;

/// The checks, in the order of FORMAT section 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckName {
    /// Files, commits and entries are the bytes they must be.
    Entries,
    /// Each entry carries the link of the one before.
    Chain,
    /// The entries are the tree that was committed to.
    Tree,
    /// Checkpoints are signed by the ledger's key.
    Checkpoint,
    /// Enough witnesses cosigned.
    Witnesses,
    /// Signed statements are signed by their agency.
    Signatures,
    /// Each entry stands where it must in its subjects' histories.
    Links,
    /// The domain rules admit each entry.
    Rules,
    /// Details are what entries commit to.
    Details,
    /// Index roots are those of the log.
    Index,
    /// The access log is chained.
    Access,
}

impl CheckName {
    pub(super) const ALL: [Self; 11] = [
        Self::Entries,
        Self::Chain,
        Self::Tree,
        Self::Checkpoint,
        Self::Witnesses,
        Self::Signatures,
        Self::Links,
        Self::Rules,
        Self::Details,
        Self::Index,
        Self::Access,
    ];
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds.
    Ok,
    /// It does not.
    Failed,
    /// It was not asked for, or there is nothing it could be about.
    Skipped,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which.
    pub check: CheckName,
    /// How it ended.
    pub result: Verdict,
    /// What was found, or how much was checked.
    pub detail: String,
}

/// The first thing that is bad.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirstBad {
    /// The first entry that rests on it; none for `head` and `ledger.toml`.
    pub seq: Option<Seq>,
    /// Where it stands.
    pub file: String,
    /// The check that found it.
    pub check: CheckName,
    /// What is wrong, at which byte.
    pub detail: String,
}

/// A field of an entry that was erased, and the entry that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// The entry.
    pub seq: Seq,
    /// The field.
    pub field: String,
    /// The entry that erased it.
    pub by: Seq,
}

/// Whether everything holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every check that was made holds.
    Intact,
    /// What the checkpoint covers holds; entries behind it are signed by nobody.
    UnsignedTail,
    /// A check of what the checkpoint covers does not hold.
    Failed,
}

/// Entries behind those that the checkpoint covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unsigned {
    /// The first of them.
    pub from: Seq,
    /// How many are sound and chained.
    pub count: u64,
    /// The first thing among them that is bad.
    pub first_bad: Option<FirstBad>,
}

/// A verification's whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether everything holds.
    pub result: Outcome,
    /// Whether a key that was given signed the checkpoint; else it is self-consistent only.
    pub trusted: bool,
    /// Entries that the checkpoint covers; where none can be read, those that are sound.
    pub size: u64,
    /// Root over them.
    pub root: String,
    /// Each check, in order.
    pub checks: Vec<Check>,
    /// The first thing that is bad.
    pub first_bad: Option<FirstBad>,
    /// Entries on the operator's word.
    pub attested: u64,
    /// Entries that their agency signed.
    pub signed: u64,
    /// What stands behind the entries that the checkpoint covers.
    pub unsigned: Option<Unsigned>,
    /// Bytes of a torn tail: never acknowledged, cut on opening, no damage.
    pub torn_bytes: u64,
    /// Erased details.
    pub erased: Vec<Erased>,
    /// Of a bundle: the size below which its subjects are proved to be whole.
    pub complete_below: Option<u64>,
}

impl Outcome {
    /// What comes of the first thing that is bad, or of none.
    pub(super) fn of(first: Option<&FirstBad>, unsigned: Option<&Unsigned>) -> Self {
        match (first, unsigned) {
            (Some(_), _) => Self::Failed,
            (None, Some(_)) => Self::UnsignedTail,
            (None, None) => Self::Intact,
        }
    }
}

impl Check {
    /// A check that found the first of these things that is its, or else what `told` says.
    pub(super) fn of(name: CheckName, bad: &[Bad], told: impl FnOnce() -> (Verdict, String)) -> Self {
        let (result, detail) = match bad.iter().find(|bad| bad.check == name) {
            Some(bad) => {
                let place = bad.seq.map(|seq| format!(" (entry {seq})")).unwrap_or_default();
                (Verdict::Failed, format!("{}{place}: {}", bad.file, bad.detail))
            }
            None => told(),
        };
        Self { check: name, result, detail }
    }
}

impl FirstBad {
    /// The first of these things. Damage to bytes comes before what follows from it; then the check's
    /// place in the order. Files that do not agree with ledger.toml are as they were when it is the one
    /// that is damaged.
    pub(super) fn of(bad: Vec<Bad>) -> Option<Self> {
        let first = bad.into_iter().min_by_key(|bad| (bad.check, bad.file != "ledger.toml"));
        first.map(|Bad { seq, file, check, detail }| Self { seq, file, check, detail })
    }
}

impl Report {
    /// Whether every check that was made holds.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.result == Outcome::Intact
    }

    /// What it calls unsigned, and is sound, was signed since.
    pub(super) fn is_signed_by_now(&mut self) {
        drop(self.unsigned.take_if(|tail| tail.first_bad.is_none()));
        self.result = Outcome::of(self.first_bad.as_ref(), self.unsigned.as_ref());
    }

    /// One check of the report.
    #[must_use]
    pub fn check(&self, name: CheckName) -> Option<&Check> {
        self.checks.iter().find(|check| check.check == name)
    }
}

/// Something bad, before it is known whether it is the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) seq: Option<Seq>,
    pub(super) file: String,
    pub(super) check: CheckName,
    pub(super) detail: String,
}

impl Bad {
    /// Whether it stands in the log behind the first `size` entries.
    fn is_behind(&self, size: u64) -> bool {
        self.file.starts_with("log") && self.seq.is_some_and(|seq| seq.0 >= size)
    }
}

impl From<&Fault> for Bad {
    fn from(fault: &Fault) -> Self {
        let check = match fault.what {
            Damage::Chain | Damage::SegmentGap => CheckName::Chain,
            Damage::Leaf | Damage::HeadMismatch => CheckName::Tree,
            Damage::NoHead | Damage::HeadSlot | Damage::HeadSignature => CheckName::Checkpoint,
            Damage::Detail | Damage::DetailKey => CheckName::Details,
            Damage::Access => CheckName::Access,
            _ => CheckName::Entries,
        };
        let file = fault.file.display().to_string();
        // `head` and ledger.toml are no entry's bytes, whatever entry showed that they are wrong.
        let entries = fault.file.starts_with("log") || fault.file.starts_with("tile");
        let seq = fault.seq.filter(|_| entries);
        Self { seq, file, check, detail: format!("byte {}: {}", fault.offset, fault.what) }
    }
}

/// Puts together what was found.
pub(super) fn write(walked: &Walked, options: &Options, kept: &Kept) -> Report {
    let mut bad: Vec<Bad> = walked.scan.faults.iter().map(Bad::from).collect();
    bad.extend(walked.broken.iter().cloned());
    // behind the entries that miss them
    bad.extend(walked.details_faults.iter().chain(&walked.access.fault).map(Bad::from));
    let trusted = checkpoints(walked, options, &mut bad);
    bad.extend(kept.compare(walked, options));

    let judged = walked.witnesses.judge(
        (walked.roots.size(), &|size| walked.roots.at(size)),
        walked.keys.origin(),
        &options.cosigners,
    );
    bad.extend(judged.bad);
    let witnesses = &judged.told;

    // a log that ends before what is signed is bad in the signed part
    let signed = walked.signed_size();
    let size = signed.min(walked.roots.size());
    let root = walked.roots.at(size).unwrap_or_else(|| walked.roots.root());
    let (tail, bad): (Vec<_>, Vec<_>) = bad.into_iter().partition(|bad| bad.is_behind(signed));
    let count = walked.roots.size() - size;
    let first_bad = FirstBad::of(tail);
    let there = count > 0 || first_bad.is_some();
    let unsigned = there.then_some(Unsigned { from: Seq(size), count, first_bad });

    let told =
        |name: CheckName| Check::of(name, &bad, || told(name, walked, (size, root), options, witnesses));
    let checks = CheckName::ALL.iter().map(|name| told(*name)).collect();
    let first_bad = FirstBad::of(bad);
    let result = Outcome::of(first_bad.as_ref(), unsigned.as_ref());
    Report {
        result,
        trusted: trusted && result != Outcome::Failed,
        size,
        root: root.to_string(),
        checks,
        first_bad,
        attested: walked.attested,
        signed: walked.signed,
        unsigned,
        torn_bytes: walked.scan.torn_bytes,
        erased: walked.erased.clone(),
        complete_below: None,
    }
}

/// Roots and signatures of the checkpoints in `head`; whether a given key signed the newest.
fn checkpoints(walked: &Walked, options: &Options, bad: &mut Vec<Bad>) -> bool {
    let place = walked.checkpoints;
    let at_head = |check, detail: String| Bad { seq: None, file: place.to_owned(), check, detail };
    let counting = walked.keys.counting(&options.vkeys);
    let mut trusted = false;
    for (number, (slot, checkpoint)) in walked.scan.slots.iter().enumerate() {
        let signed = note::open_any(&slot.note, &counting).is_ok();
        if !signed {
            let whom = keys::whose(&options.vkeys);
            bad.push(at_head(
                CheckName::Checkpoint,
                format!("the checkpoint of size {} is not signed by {whom}", checkpoint.size),
            ));
        }
        trusted |= signed && !options.vkeys.is_empty() && number == 0;
        match walked.roots.at(checkpoint.size) {
            Some(root) if root == checkpoint.root => {}
            Some(root) => {
                let detail = format!(
                    "size {}: the entries give {root}, {place} says {}",
                    checkpoint.size, checkpoint.root
                );
                bad.push(at_head(CheckName::Tree, detail));
            }
            // A log that ends before is a fault of its own, in the place where it ends.
            None => {}
        }
    }
    trusted
}

fn told(
    name: CheckName,
    walked: &Walked,
    (size, root): (u64, Hash),
    options: &Options,
    witnesses: &(Verdict, String),
) -> (Verdict, String) {
    let sound = |detail: String| (Verdict::Ok, detail);
    let skipped = |detail: &str| (Verdict::Skipped, detail.to_owned());
    let [details, access] = walked.lacks;
    match name {
        CheckName::Entries => sound(format!("{size} entries")),
        CheckName::Chain => sound(format!("ends in {}", walked.scan.link)),
        CheckName::Tree => sound(format!("root {root}")),
        CheckName::Checkpoint => sound(keys::by_whom(&options.vkeys).to_owned()),
        CheckName::Witnesses => witnesses.clone(),
        CheckName::Signatures if options.no_signatures => skipped("left out"),
        CheckName::Signatures => {
            sound(format!("{} signed; {} are the operator's word", walked.signed, walked.attested))
        }
        CheckName::Links => sound(format!("{} subjects", walked.subjects)),
        CheckName::Rules if options.no_rules => skipped("left out"),
        CheckName::Rules => sound(format!("{} entries admitted again", walked.replayed)),
        CheckName::Details if let Some(why) = details => skipped(why),
        CheckName::Details if walked.details == 0 && walked.erased.is_empty() => {
            skipped("no entry commits to details")
        }
        CheckName::Details if walked.erased.is_empty() => sound(format!("{} details", walked.details)),
        CheckName::Details => sound(format!("{} details; {} erased", walked.details, walked.erased.len())),
        CheckName::Index if walked.index.count == 0 => skipped("no index root is recorded"),
        CheckName::Index => {
            let (count, size) = (walked.index.count, walked.index.size);
            sound(format!("{count} index roots; the newest covers {size} entries"))
        }
        CheckName::Access if let Some(why) = access => skipped(why),
        CheckName::Access if walked.access.lines == 0 => skipped("there is no access log"),
        CheckName::Access => sound(format!("{} lines", walked.access.lines)),
    }
}
