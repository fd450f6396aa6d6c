//! Verification, one path (FORMAT section 9): everything that can be checked of a ledger without the
//! server that wrote it. It uses the domain, the codecs and the hashes; where entries come from is
//! handed to it, and it opens no socket and knows no view.
//!
//! A chain alone stops nobody who can recompute it: a tail that the holder of the key wrote anew is
//! intact by itself, and only receipts and checkpoints that others kept show that it was another.

mod details;
mod index;
mod judge;
mod kept;
mod links;
mod pipeline;
mod replay;
mod report;
mod roots;
mod signatures;
mod source;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::log::{self, Vkey};

pub use judge::{Broken, judge};
pub use report::{Check, CheckName, FirstBad, Report, Verdict};
pub use source::{Directory, Place, Source};

/// What is asked of a verification.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Keys the ledger is known by; without one the result is self-consistency only.
    pub vkeys: Vec<Vkey>,
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
    run(&Directory::new(dir), options)
}

/// Verifies what a source holds.
///
/// # Errors
/// As [`directory`].
pub fn run(source: &dyn Source, options: &Options) -> Result<Report, log::Error> {
    let kept = kept::Kept::read(options);
    let mut walked = pipeline::walk(source, options, &kept)?;
    if walked.unexplained {
        // a server may have erased them meanwhile, by an entry behind those that were read
        walked = pipeline::walk(source, options, &kept)?;
    }
    Ok(report::write(&walked, options, &kept))
}
