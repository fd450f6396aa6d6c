//! From stored entries to the state they make.

use crate::domain::{AgencyId, Event, Seq, Speaker, State, Statement, TokenId, Voice, statement::Unreadable};
use crate::log::{Body, Entry, Reader};

use super::{Error, Result};

/// The event an entry records.
pub(super) fn event(entry: &Entry<'_>) -> Result<Event> {
    read(entry).map_err(|why| Error::Entry { seq: entry.seq, why })
}

fn read(entry: &Entry<'_>) -> std::result::Result<Event, Unreadable> {
    let bad = |what: &str| Unreadable::malformed(what);
    let speaker = match entry.body {
        Body::Signed { .. } => return Err(bad("a signed statement; this version reads attested ones")),
        Body::Attested { agency, via, .. } => {
            let agency = AgencyId::parse(agency).map_err(|e| bad(&e.to_string()))?;
            match via.strip_prefix("token:") {
                Some(token) => {
                    let token = TokenId::parse(token).map_err(|e| bad(&e.to_string()))?;
                    Speaker::Token { agency, token }
                }
                None if via == "import" => Speaker::Import { agency },
                None => return Err(bad("expected via token:<id> or import")),
            }
        }
        Body::Ledger { voice, .. } => {
            Speaker::Ledger(Voice::parse(voice).ok_or_else(|| bad("no voice of the ledger"))?)
        }
    };
    let statement = Statement::from_entry(entry.body.statement())?;
    Ok(Event { seq: entry.seq, at: entry.at, speaker, statement })
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
