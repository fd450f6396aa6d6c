//! Randomness of the operating system: the one place it enters the ledger.

use std::path::Path;

use crate::domain::State;
use crate::log::Reader;
use crate::views::{self, Views};

/// Fills bytes with random ones.
///
/// # Errors
/// Those of the operating system.
pub fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    getrandom::fill(bytes).map_err(std::io::Error::other)
}

/// Opens the views of a directory; a key that they need is made of randomness.
///
/// # Errors
/// Those of [`Views::open`], and of the operating system's randomness.
pub fn views(dir: &Path, reader: Reader) -> views::Result<(Views, State)> {
    let mut seed = [0; 32];
    random(&mut seed).map_err(views::Error::Store)?;
    Views::open(dir, reader, seed)
}
