//! Whose signature under a checkpoint counts.

use crate::log::{Vkey, note};

use super::Options;

/// Whether a key that counts signed a note: one that was given, else the one the ledger names itself.
pub(super) fn signed(note: &str, options: &Options, own: Option<&Vkey>) -> bool {
    match options.vkeys.as_slice() {
        [] => own.is_some_and(|own| note::open(note, own).is_ok()),
        given => given.iter().any(|vkey| note::open(note, vkey).is_ok()),
    }
}

/// What `signed` looks for, in words.
pub(super) fn whose(options: &Options) -> &'static str {
    if options.vkeys.is_empty() { "the key that entry 0 names" } else { "any --vkey" }
}

/// By whom a sound checkpoint is signed, in words.
pub(super) fn by_whom(options: &Options) -> &'static str {
    if options.vkeys.is_empty() {
        "self-consistent only: give --vkey with the key the ledger has published"
    } else {
        "signed by the key that was given"
    }
}
