//! Erasure: the entry first, then the destruction of what it names, then the answer (FORMAT section 8).

use crate::domain::State;
use crate::domain::state::record::DetailsSaid;
use crate::domain::text::Text;
use crate::log::details::{self, Details};
use crate::log::{self, Entry, Reader};
use crate::seal;

/// Digests of the details of an entry that have these names; or the first name that none has. What
/// is lost or damaged has no name any more: it goes where as many names are left as such details.
pub(super) fn named(
    entry: &Entry<'_>,
    fields: &[Text],
    details: &Details,
) -> log::Result<Result<Vec<[u8; 32]>, String>> {
    let (mut doomed, mut lost) = (Vec::new(), Vec::new());
    let mut left: Vec<&str> = fields.iter().map(Text::as_str).collect();
    for digest in seal::digests(entry).unwrap_or_default() {
        match seal::details::known(entry.seq, details.get(&digest))? {
            None => lost.push(digest),
            Some(known) if left.contains(&&*known.name) => {
                left.retain(|name| *name != known.name);
                doomed.push(digest);
            }
            Some(_) => {}
        }
    }
    match left.first() {
        None => Ok(Ok(doomed)),
        Some(_) if left.len() == lost.len() => Ok(Ok([doomed, lost].concat())),
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
    let mut last = None;
    for (seq, said) in &state.details {
        let undone = |said: &DetailsSaid| match said {
            DetailsSaid::Erased(fact) if found.erased_through.is_none_or(|through| fact.by > through) => {
                Some((fact.by, fact.data.fields.clone()))
            }
            _ => None,
        };
        for (by, fields) in said.said.iter().filter_map(undone) {
            let bytes = reader.entry(*seq)?;
            // one that is destroyed already has no name any more, and is not asked for again
            for field in &fields {
                if let Ok(doomed) = named(&Entry::decode(&bytes)?, std::slice::from_ref(field), details)? {
                    details.destroy(&doomed)?;
                }
            }
            last = last.max(Some(by));
        }
    }
    last.map_or(Ok(()), |last| details.erased(last))
}
