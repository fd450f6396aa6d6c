//! From stored entries to the state they make.

use std::sync::Arc;

use crate::domain::state::Change;
use crate::domain::statement::Unreadable;
use crate::domain::{Event, Seq, State};
use crate::log::{Entry, Reader};
use crate::seal;

use super::{Error, Result};

/// The event an entry records.
fn event(entry: &Entry<'_>) -> Result<Event> {
    seal::event(entry).map_err(|why| Error::Entry { seq: entry.seq, why })
}

/// The event an entry records, with what it takes back.
pub(super) fn whole(reader: &Reader, entry: &Entry<'_>) -> Result<Event> {
    let mut event = event(entry)?;
    if let Some(seq) = event.takes_back() {
        let bytes = reader.entry(seq)?;
        event.withdraws = Some(Arc::new(self::event(&decode(seq, &bytes)?)?));
    }
    Ok(event)
}

/// Decodes stored bytes that the log has already compared with its tree.
pub(super) fn decode(seq: Seq, bytes: &[u8]) -> Result<Entry<'_>> {
    Entry::decode(bytes).map_err(|e| Error::Entry { seq, why: Unreadable::malformed(e.to_string()) })
}

/// Folds entries into the state from where it stands up to `size`; hands on what they changed.
///
/// # Errors
/// Those of the log; [`Error::Entry`] for an entry that is no event.
pub fn into(
    state: &mut State,
    reader: &Reader,
    size: u64,
    changed: &mut dyn FnMut(Vec<Change>),
) -> Result<()> {
    for read in reader.entries(Seq(state.size), Seq(size)) {
        let (seq, bytes) = read?;
        changed(state.evolve(&whole(reader, &decode(seq, &bytes)?)?).changes);
    }
    Ok(())
}
