//! Proofs as text (C2SP tlog-proof): what somebody keeps in a file, and checks without a server.

use std::fmt::Write as _;

use crate::domain::Seq;

use super::tree::Hash;

/// First line of such a file.
const FIRST: &str = "c2sp.org/tlog-proof@v1";

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
