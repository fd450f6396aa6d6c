//! Proofs as text (C2SP tlog-proof): what somebody keeps in a file, and checks without a server.

use std::fmt::Write as _;

use crate::domain::Seq;

use super::note::NoteError;
use super::tree::Hash;

/// Longest bundle (FORMAT section 7), in bytes.
pub const BUNDLE_BYTES_MAX: u64 = 256 << 20;
/// First line of such a file.
pub(crate) const FIRST: &str = "c2sp.org/tlog-proof@v1";

/// The file: the entry's number, its inclusion proof, and the checkpoint that the proof leads to.
#[must_use]
pub fn text(seq: Seq, proof: &[Hash], checkpoint: &str) -> String {
    let mut text = format!("{FIRST}\nindex {seq}\n");
    for hash in proof {
        // writing to memory does not fail
        let _ = writeln!(text, "{hash}");
    }
    text + "\n" + checkpoint
}

/// A proof as such a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof<'a> {
    /// The entry's number.
    pub seq: Seq,
    /// Its inclusion proof, from the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The checkpoint that the proof leads to, as a signed note; it is not looked into.
    pub checkpoint: &'a str,
}

/// Reads what [`text`] writes; `None` for a text that does not begin as such a file does.
///
/// # Errors
/// [`NoteError::Malformed`] for one that does, and is none.
#[must_use]
pub fn parse(text: &str) -> Option<Result<Proof<'_>, NoteError>> {
    let rest = text.strip_prefix(FIRST)?.strip_prefix('\n')?;
    Some(parts(rest).ok_or(NoteError::Malformed))
}

fn parts(text: &str) -> Option<Proof<'_>> {
    let (head, checkpoint) = text.split_once("\n\n")?;
    let mut lines = head.split('\n');
    let digits = lines.next()?.strip_prefix("index ")?;
    let seq = Seq(digits.parse().ok()?);
    // one spelling of each number and hash
    let plain = seq.to_string() == digits;
    let hashes = lines.map(Hash::parse).collect::<Option<Vec<_>>>()?;
    plain.then_some(Proof { seq, hashes, checkpoint })
}
