//! From stored entries to the state they make.

use crate::domain::statement::Unreadable;
use crate::domain::{Event, Seq, State};
use crate::log::{Entry, Reader};
use crate::seal;

use super::{Error, Result};

/// The event an entry records.
pub(super) fn event(entry: &Entry<'_>) -> Result<Event> {
    seal::event(entry).map_err(|why| Error::Entry { seq: entry.seq, why })
}

/// Decodes stored bytes that the log has already compared with its tree.
pub(super) fn decode(seq: Seq, bytes: &[u8]) -> Result<Entry<'_>> {
    Entry::decode(bytes).map_err(|e| Error::Entry { seq, why: Unreadable::malformed(e.to_string()) })
}

/// Folds entries into the state from where it stands up to `size`.
pub(super) fn into(state: &mut State, reader: &Reader, size: u64) -> Result<()> {
    for read in reader.entries(Seq(state.size), Seq(size)) {
        let (seq, bytes) = read?;
        state.evolve(&event(&decode(seq, &bytes)?)?);
    }
    Ok(())
}
