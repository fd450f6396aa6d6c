//! Opening a mirror's directory, or beginning one.

use std::path::Path;
use std::sync::Arc;

use crate::domain::{Data, State};
use crate::ledger::{self, Judging};
use crate::log::manifest::Manifest;
use crate::log::{self, Entry, Log, Options, Reader, RealFiles, Vkey};
use crate::seal;
use crate::verify::LedgerKeys;

use super::super::files::Files;
use super::super::remote::Remote;
use super::super::tiles::Server;
use super::copying::Seen;
use super::{EVIDENCE, Mirror, MirrorError, SEEN};

/// Says that a directory is a mirror's, and of what.
const MIRROR: &str = log::manifest::MIRROR;
/// What a ledger's directory has, one of which at least stands in every one.
const TAKEN: [&str; 5] = ["ledger.toml", "log", "head", "keys", "tokens.json"];

impl Mirror {
    /// Opens a mirror's directory, or begins one where there is nothing: then the ledger is asked which
    /// it is. `trusted` are the keys that it is known by.
    ///
    /// # Errors
    /// [`MirrorError`].
    pub fn open(
        server: Server,
        trusted: Vec<Vkey>,
        dir: &Path,
        options: Options,
    ) -> Result<Self, MirrorError> {
        let storage = Arc::new(RealFiles);
        let files = Files::within(Arc::<RealFiles>::clone(&storage), dir)?;
        let (origin, zone) = match files.read(MIRROR)? {
            Some(known) => named(&known).ok_or_else(|| MirrorError::NoMirror { dir: dir.to_owned() })?,
            None => begin(&server, &trusted, &files, dir)?,
        };
        let take_all = &mut |_: &Entry<'_>, _: &[u8]| Ok(());
        let (log, _) = Log::open_copy(storage, dir, options, (&origin, &zone), &seal::ids, take_all)?;
        let (reader, head) = (log.reader(), log.committed().checkpoint.clone());
        let keys = keys(&reader)?;
        let counting = keys.counting(&trusted);
        let reached = if head.is_empty() {
            0
        } else {
            let why = |why| MirrorError::Unsigned { url: dir.join("head").display().to_string(), why };
            Seen::read(&head, &counting).map_err(why)?.checkpoint.size
        };
        let seen = files.read(SEEN)?.and_then(|note| Seen::read(&note, &counting).ok());
        let (views, state) = if reached > 0 {
            let (views, state) = ledger::views(dir, reader.clone())?;
            (Some(Arc::new(views)), state)
        } else {
            (None, State::default())
        };
        let judging = Judging::new(reader.clone(), state);
        let (server, changes) = (server, Vec::new());
        let (dir, signing) = (dir.to_owned(), None);
        Ok(Self { dir, server, trusted, keys, files, log, judging, views, changes, seen, signing })
    }
}

/// The ledger's keys as the entries name them.
fn keys(reader: &Reader) -> Result<LedgerKeys, MirrorError> {
    let mut keys = LedgerKeys::default();
    for seq in reader.history(crate::domain::Subject::ledger().as_str(), None)? {
        let bytes = reader.entry(seq)?;
        let entry = Entry::decode(&bytes).map_err(log::Error::from)?;
        keys.take(&entry).map_err(|why| MirrorError::Refused { seq, why })?;
    }
    Ok(keys)
}

/// Makes the directory of the ledger that is served, whose checkpoint a trusted key signed.
fn begin(
    server: &Server,
    trusted: &[Vkey],
    files: &Files,
    dir: &Path,
) -> Result<(String, String), MirrorError> {
    if TAKEN.iter().any(|name| dir.join(name).exists()) {
        return Err(MirrorError::NoMirror { dir: dir.to_owned() });
    }
    let shown = Seen::shown(&server.checkpoint()?, trusted, server.base().at("checkpoint"))?;
    let unfit = |error| MirrorError::of(error, shown.checkpoint.size);
    let remote = Remote::at(server, &shown.checkpoint).map_err(unfit)?;
    let mut zone = None;
    let first_tile = shown.checkpoint.size.min(log::tree::WIDTH as u64);
    server.entries::<MirrorError>(0, first_tile, &mut |bundle| {
        remote.holds(bundle).map_err(unfit)?;
        let first = bundle.iter().next().and_then(|(_, _, bytes)| Entry::decode(bytes).ok());
        first.as_ref().map_or(Ok(()), |entry| Manifest::knows_rules(entry.body.statement()))?;
        if let Some(Ok(Data::LedgerOpened(opened))) =
            first.map(|entry| seal::event(&entry).map(|e| e.statement.data))
        {
            zone = Some(opened.zone.name().to_owned());
        }
        Ok(())
    })?;
    let zone =
        zone.ok_or(MirrorError::Unfit { size: shown.checkpoint.size, why: "no entry opens the ledger" })?;
    drop(remote);
    let origin = shown.checkpoint.origin;
    files.found(&[EVIDENCE])?;
    let named = format!("url = \"{}\"\norigin = \"{origin}\"\nzone = \"{zone}\"\n", server.base());
    files.put(MIRROR, &named, 0o644).map_err(|why| why.on(MIRROR))?;
    Ok((origin, zone))
}

/// Origin and zone that the file names.
fn named(text: &str) -> Option<(String, String)> {
    let value = |key: &str| {
        let mut lines = text.lines();
        let line = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'));
        line.map(str::to_owned)
    };
    Some((value("origin")?, value("zone")?))
}
