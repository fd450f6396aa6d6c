//! Erasure: the entry first, then the destruction of what it names, then the answer (FORMAT section 8).

use std::collections::BTreeSet;

use crate::domain::State;
use crate::domain::state::record::{self as said, DetailsNow, DetailsSaid};
use crate::domain::text::Text;
use crate::log::details::{self, Details};
use crate::log::{self, Entry, Reader};
use crate::seal;

/// Digests of the details of an entry that have these names; or the first name that none has. `before`
/// is what was said of them so far. What is lost or damaged has no name any more: names go where as many
/// are left as such details, but for those that were erased before and while none of them may be held.
pub(super) fn named(
    entry: &Entry<'_>,
    fields: &[Text],
    before: &DetailsNow,
    details: &Details,
) -> log::Result<Result<Vec<[u8; 32]>, String>> {
    let (mut doomed, mut lost, mut known) = (Vec::new(), Vec::new(), BTreeSet::new());
    for digest in seal::digests(entry).unwrap_or_default() {
        match seal::details::known(entry.seq, details.get(&digest))? {
            None => lost.push(digest),
            Some(told) => {
                if fields.iter().any(|field| field.as_str() == told.name) {
                    doomed.push(digest);
                }
                known.insert(told.name);
            }
        }
    }
    let left: BTreeSet<&str> =
        fields.iter().map(Text::as_str).filter(|name| !known.contains(*name)).collect();
    let gone = before.erased.keys().filter(|name| !known.contains(*name)).count();
    let held = before.held.keys().any(|name| !known.contains(name));
    match left.first() {
        None => Ok(Ok(doomed)),
        Some(_) if !held && lost.len() == left.len() + gone => Ok(Ok([doomed, lost].concat())),
        Some(name) => Ok(Err((*name).to_owned())),
    }
}

/// Ends what a crash left undone: erasures behind the last that is noted as done.
///
/// # Errors
/// Those of the log and of the details.
pub(super) fn finish(
    details: &mut Details,
    found: &details::Opened,
    state: &State,
    reader: &Reader,
) -> log::Result<()> {
    // a note of a log that was longer is of no use
    let through = found.erased_through.filter(|through| through.0 < reader.size());
    let mut last = None;
    for (seq, said) in &state.details {
        for (place, fact) in said.said.iter().enumerate() {
            let DetailsSaid::Erased(erased) = &*fact.data else { continue };
            if through.is_some_and(|through| fact.by <= through) {
                continue;
            }
            let before = said::Details { said: said.said.iter().take(place).cloned().collect() };
            let bytes = reader.entry(*seq)?;
            match named(&Entry::decode(&bytes)?, &erased.fields, &before.now(), details)? {
                Ok(doomed) => {
                    details.destroy(&doomed)?;
                    last = last.max(Some(fact.by));
                }
                // as many details are lost as cannot be told apart: there is nothing to destroy by name
                Err(name) => {
                    tracing::error!(seq = seq.0, by = fact.by.0, name, "an erasure cannot be finished")
                }
            }
        }
    }
    last.map_or(Ok(()), |last| details.erased(last))
}
