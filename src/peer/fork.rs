//! Evidence of a fork (FORMAT section 7): two checkpoints that one ledger signed and that no one log has
//! both of.

use serde::Serialize;

use crate::log::Hash;

#[derive(Serialize)]
struct Evidence<'a> {
    format: &'static str,
    a: &'a str,
    b: &'a str,
    #[serde(skip_serializing_if = "<[Hash]>::is_empty")]
    proof: &'a [Hash],
}

/// The file. The proof leads from the smaller to the larger; where the smaller is a power of two, the
/// larger one's root at that size stands before it.
#[must_use]
pub(super) fn evidence(a: &str, b: &str, proof: &[Hash]) -> String {
    let evidence = Evidence { format: "estafet-evidence/1", a, b, proof };
    serde_json::to_string(&evidence).unwrap_or_default() + "\n"
}
