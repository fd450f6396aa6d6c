//! Evidence of logs that contradict themselves: requests that were refused although the log had
//! signed them, beside the head cosigned before. Each checkpoint is kept once, and no more than a
//! number of them, so that nobody fills the disk.

use std::collections::BTreeSet;

use crate::log::Hash;
use crate::seal::{hex, sha256};

use super::super::files::Files;
use super::super::fork::evidence;
use super::EVIDENCE;

/// Kept of each kind and log. The first ones count: later ones cannot push them out.
pub const KEPT_MAX: usize = 64;

/// What a refused checkpoint shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Two roots at one size, or a proof from another root at the older size: the log has forked,
    /// whoever handed it in.
    Fork,
    /// A proof that does not hold: the log may have forked, or somebody handed its checkpoint in with
    /// another proof.
    Refused,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Refused => "refused",
        }
    }
}

/// Evidence about one log.
pub(super) struct Evidence {
    /// First part of the names of its files: the SHA-256 of the origin.
    log: String,
    names: BTreeSet<String>,
}

impl Evidence {
    /// Of the log with that hash, among the names there are.
    pub(super) fn new(log: &str, names: &[String]) -> Self {
        let names = names.iter().filter(|name| name.starts_with(log)).cloned().collect();
        Self { log: log.to_owned(), names }
    }

    /// Keeps a checkpoint `b` (its text, and the note with the log's own lines) beside the cosigned
    /// head `a`. What cannot be written is said in the traces: it changes no answer.
    pub(super) fn keep(
        &mut self,
        files: &Files,
        kind: Kind,
        a: &str,
        (text, b): (&str, &str),
        proof: &[Hash],
    ) {
        let name = format!("{}-{}-{}.json", self.log, kind.as_str(), hex(&sha256(text.as_bytes())));
        let first = format!("{}-{}-", self.log, kind.as_str());
        let kept = self.names.iter().filter(|name| name.starts_with(&first)).count();
        if kept >= KEPT_MAX || self.names.contains(&name) {
            return;
        }
        let text = evidence(a, b, proof);
        match files.put(&format!("{EVIDENCE}/{name}"), &text, 0o644) {
            Ok(()) => tracing::error!(file = name, "a log contradicts what was cosigned: evidence is kept"),
            Err(why) => tracing::error!(file = name, ?why, "evidence could not be kept"),
        }
        // also where it failed: the disk is not asked again for each request
        self.names.insert(name);
    }
}
