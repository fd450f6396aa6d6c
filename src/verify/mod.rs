//! Verification, one path (FORMAT section 9): everything that can be checked of a ledger without the
//! server that wrote it. It uses the domain, the codecs and the hashes; where entries come from is
//! handed to it, and it opens no socket and knows no view.
//!
//! A chain alone stops nobody who can recompute it: a tail that the holder of the key wrote anew is
//! intact by itself, and only receipts and checkpoints that others kept show that it was another.

mod bundle;
mod details;
mod evidence;
mod index;
mod judge;
mod kept;
mod keys;
mod links;
mod pipeline;
mod replay;
mod report;
mod roots;
mod shape;
mod signatures;
mod source;
mod witnesses;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use crate::domain::strict;
use crate::log::proof::BUNDLE_BYTES_MAX;
use crate::log::{self, CosignerVkey, Vkey};

pub use judge::{Broken, judge};
pub use keys::LedgerKeys;
pub use report::{Check, CheckName, FirstBad, Outcome, Report, Unsigned, Verdict};
pub use source::{Directory, Place, Source};

/// How often `head` is read again beside a writer, and how long is waited before each time: five seconds in all.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// What is asked of a verification.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Keys the ledger is known by; without one the result is self-consistency only.
    pub vkeys: Vec<Vkey>,
    /// Witnesses that must have cosigned what is verified.
    pub cosigners: Vec<CosignerVkey>,
    /// Receipts that somebody kept, as the JSON text of FORMAT section 6 (of one statement or a batch).
    pub receipts: Vec<String>,
    /// A checkpoint that somebody kept, as a signed note: the ledger must extend it.
    pub since: Option<String>,
    /// Leave out signatures of statements.
    pub no_signatures: bool,
    /// Leave out the replay of the domain rules.
    pub no_rules: bool,
    /// Threads that read statements; by default one for each core.
    pub threads: Option<usize>,
}

/// Verifies a data directory.
///
/// # Errors
/// Only what keeps it from being looked at: permissions, another format version. Damage is in the
/// report.
pub fn directory(dir: &Path, options: &Options) -> Result<Report, log::Error> {
    let directory = Directory::new(dir);
    let (mut report, keys) = judge_all(&directory, options)?;
    let Some(end) = report.unsigned.as_ref().map(|tail| tail.from.0 + tail.count) else { return Ok(report) };
    // a writer signs beside the write path: what was written while this looked is signed in a moment
    for _ in 0..LOOKS {
        if !log::is_written(dir) {
            break;
        }
        std::thread::sleep(PAUSE);
        if directory.signed(&keys).is_some_and(|size| size >= end) {
            report.is_signed_by_now();
            break;
        }
    }
    Ok(report)
}

/// Why a file cannot be judged at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unjudged {
    /// It is neither a bundle nor evidence.
    #[error("{0}")]
    Malformed(String),
    /// Its entries are judged by rules that this program does not know.
    #[error("the entries are judged by rule set {found}, which this program does not know")]
    OtherRules {
        /// The rule set that entry 0 names.
        found: String,
    },
    /// Evidence says nothing without the key that it is about.
    #[error("evidence is judged by a key: give --vkey")]
    NoKey,
}

/// Verifies a file: a bundle or evidence of a fork, as its `format` says (FORMAT section 7).
///
/// # Errors
/// [`Unjudged`] for what is neither. What is wrong in it is in the report.
pub fn file(bytes: &[u8], options: &Options) -> Result<Report, Unjudged> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > BUNDLE_BYTES_MAX) {
        return Err(Unjudged::Malformed(format!("a bundle has at most {BUNDLE_BYTES_MAX} bytes")));
    }
    let malformed = |why: &str| Unjudged::Malformed(why.to_owned());
    let said = strict::parse(bytes).map_err(|why| malformed(&why.to_string()))?;
    let said = said.as_object().ok_or_else(|| malformed("neither a bundle nor evidence: no object"))?;
    match shape::text(said, "format") {
        Ok(bundle::FORMAT) => bundle::verify(said, options),
        Ok(evidence::FORMAT) if options.vkeys.is_empty() => Err(Unjudged::NoKey),
        Ok(evidence::FORMAT) => evidence::verify(said, options).map_err(malformed),
        _ => Err(malformed("neither a bundle nor evidence: its format is another")),
    }
}

/// Verifies what a source holds.
///
/// # Errors
/// As [`directory`].
pub fn run(source: &dyn Source, options: &Options) -> Result<Report, log::Error> {
    judge_all(source, options).map(|(report, _)| report)
}

/// Verifies what a source holds; gives also the keys that count for its checkpoints.
fn judge_all(source: &dyn Source, options: &Options) -> Result<(Report, Vec<Vkey>), log::Error> {
    let kept = kept::Kept::read(options);
    let mut walked = pipeline::walk(source, options, &kept)?;
    if walked.unexplained {
        // a server may have erased them meanwhile, by an entry behind those that were read
        walked = pipeline::walk(source, options, &kept)?;
    }
    Ok((report::write(&walked, options, &kept), walked.keys.counting(&options.vkeys)))
}
