//! Randomness of the operating system: the one place it enters the ledger.

/// Fills bytes with random ones.
///
/// # Errors
/// Those of the operating system.
pub fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    getrandom::fill(bytes).map_err(std::io::Error::other)
}
