//! A ledger's own witnesses: each is asked to cosign the log's checkpoints as it grows, and what they
//! give is kept and published under them (FORMAT section 5). No answer of a witness changes anything
//! but whether its own line stands under a checkpoint, and that only where the line verifies over
//! exactly the text that the log signed. Writing waits for no witness.

mod ask;
mod heads;
mod kept;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::event::ledger::WitnessRegistered;
use crate::domain::{Instant, Seq, State, WitnessName};
use crate::ledger::Ledger;
use crate::log::{CosignerVkey, NoteError, Reader, RealFiles, cosigned, note};
use crate::seal::{hex, sha256};
use crate::views::{self, Snapshot};

use super::files::Files;
use kept::{Head, Kept};

pub use heads::newest_heads;
pub use kept::Last;

/// How long the newest that met the quorum is published when the log has grown beyond it, in
/// microseconds.
const FRESH_US: i64 = 60_000_000;

/// What the witnesses of a ledger gave, and the asking for more.
pub struct Cosigning {
    ledger: Ledger,
    kept: Mutex<Kept>,
    written: Mutex<Written>,
}

/// The folder, and what was written to it last of what is published.
struct Written {
    files: Option<Files>,
    published: String,
}

impl fmt::Debug for Cosigning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cosigning").finish_non_exhaustive()
    }
}

/// The checkpoint that outsiders are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its entries.
    pub size: u64,
    /// The note, with the lines of witnesses that count.
    pub note: Arc<str>,
    /// Whether the quorum has signed it.
    pub met: bool,
    /// Since when no quorum has signed what was recorded, once that is a minute.
    pub unwitnessed_since: Option<Instant>,
}

impl Published {
    /// Of a ledger whose witnesses nobody asks: the newest.
    #[must_use]
    pub fn newest(snapshot: &Snapshot) -> Self {
        let note = Arc::clone(&snapshot.checkpoint);
        Self { size: snapshot.size, note, met: false, unwitnessed_since: None }
    }
}

/// A witness and how far it is.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its name.
    pub name: WitnessName,
    /// What it signed last.
    pub last: Option<Last>,
}

impl Cosigning {
    /// Takes up what was kept in the ledger's directory, as far as it verifies. What does not is asked
    /// for again.
    #[must_use]
    pub fn open(ledger: &Ledger) -> Arc<Self> {
        let folder = ledger.dir().join(cosigned::FOLDER);
        let files = Files::within(Arc::new(RealFiles), &folder);
        let files = files.inspect_err(|error| tracing::warn!(%error, "cosignatures will not be kept")).ok();
        let written = Mutex::new(Written { files, published: String::new() });
        let this = Self { ledger: ledger.clone(), kept: Mutex::default(), written };
        let snapshot = ledger.views().current();
        let kept = take_up(ledger.dir(), ledger.reader(), &snapshot.state);
        *this.kept() = kept;
        Arc::new(this)
    }

    /// The checkpoint that outsiders are shown: the newest that met the quorum, or the newest where no
    /// quorum is asked for, none was met yet, or the log has been ahead of it for a minute.
    #[must_use]
    pub fn published(&self, snapshot: &Snapshot) -> Published {
        let (state, reader) = (&snapshot.state, self.ledger.reader());
        published(&self.kept(), state, reader, &newest(snapshot), self.ledger.now())
    }

    /// The newest checkpoint that met the quorum, where it holds an entry: what a receipt rests on.
    #[must_use]
    pub fn covering(&self, snapshot: &Snapshot, seq: Seq) -> Option<(u64, Arc<str>)> {
        let kept = self.kept();
        let met = kept.met(&snapshot.state).filter(|there| there.head.size > seq.0)?;
        Some((met.head.size, met.whole(&snapshot.state).into()))
    }

    /// Every witness that is asked, by name.
    #[must_use]
    pub fn standings(&self, state: &State) -> Vec<Standing> {
        let kept = self.kept();
        let live = state.live_witnesses().map(|witness| witness.registered.data.name.clone());
        live.map(|name| Standing { last: kept.last(&name), name }).collect()
    }

    /// Takes what a witness answered to a checkpoint, and keeps it.
    ///
    /// # Errors
    /// [`NoteError`]: no line of this witness under exactly this checkpoint. Nothing is changed.
    fn take(&self, witness: &WitnessRegistered, head: &Head, answer: &str) -> Result<(), NoteError> {
        let text = note::text(&head.note)?.0;
        let (line, time_s) = note::cosignature_under(text, answer, &key(witness)?)?;
        let whole = format!("{}{line}", head.note);
        let state = &self.ledger.views().current().state;
        // what is published follows on what was written last, whoever of two is quicker
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let published = {
            let mut kept = self.kept();
            kept.put(head, &witness.name, (line, time_s));
            kept.settle(state);
            kept.met(state).map(|there| there.whole(state))
        };
        written.write(&file(&witness.name), &whole, published);
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Written {
    /// A file that cannot be written costs one more question after the next start.
    fn write(&mut self, name: &str, whole: &str, published: Option<String>) {
        let Self { files: Some(files), published: last } = self else { return };
        let put = |name: &str, text: &str| match files.put(name, text, 0o644) {
            Ok(()) => true,
            Err(why) => {
                tracing::warn!(error = %why.on(name), "a cosignature is not kept");
                false
            }
        };
        put(name, whole);
        if let Some(published) = published.filter(|published| published != last)
            && put(cosigned::PUBLISHED, &published)
        {
            *last = published;
        }
    }
}

/// The checkpoint that outsiders are shown, for who has a directory without its server.
///
/// # Errors
/// Those of the log, where it cannot be told who its witnesses are.
pub fn published_from(dir: &Path, reader: &Reader, now: Instant) -> views::Result<Published> {
    let state = views::of_ledger(reader)?;
    let committed = reader.committed();
    let newest = Head { size: committed.size, note: committed.checkpoint.as_str().into() };
    Ok(published(&take_up(dir, reader, &state), &state, reader, &newest, now))
}

/// What is kept in a directory, as far as it verifies. What does not is asked for again.
fn take_up(dir: &Path, reader: &Reader, state: &State) -> Kept {
    let mut kept = Kept::default();
    for (file, text) in cosigned::notes(dir).unwrap_or_default() {
        if take_up_note(&mut kept, reader, state, &text).is_none() {
            tracing::warn!(file, "what a witness gave is damaged or of another log; it is asked again");
        }
    }
    kept
}

fn take_up_note(kept: &mut Kept, reader: &Reader, state: &State, text: &str) -> Option<()> {
    let checkpoint = note::open_any(text, reader.vkeys()).ok()?;
    if checkpoint.size > reader.size() {
        // beside a server, `head` may be behind what was signed; and whoever opens to write is told
        return Some(());
    }
    if reader.tree().root_at(checkpoint.size).ok()? != checkpoint.root {
        return None;
    }
    let own = note::signed_by(text, reader.vkeys()).ok()?.concat();
    let head = Head { size: checkpoint.size, note: format!("{}\n{own}", checkpoint.encode()).into() };
    for witness in state.live_witnesses() {
        let witness = &witness.registered.data;
        match key(witness).and_then(|vkey| note::cosignature(text, &vkey)) {
            Ok(line) => kept.put(&head, &witness.name, line),
            Err(NoteError::Unsigned) => {}
            Err(_) => return None,
        }
    }
    Some(())
}

fn published(kept: &Kept, state: &State, reader: &Reader, newest: &Head, now: Instant) -> Published {
    let whole = |there: &kept::Cosigned| Arc::from(there.whole(state));
    let note = kept.of(newest.size).map_or_else(|| Arc::clone(&newest.note), whole);
    let newest = Published { size: newest.size, note, met: false, unwitnessed_since: None };
    if state.policy().witness_quorum == 0 {
        return newest;
    }
    let met = kept.met(state);
    let reached = met.map_or(0, |there| there.head.size);
    // the first entry that no quorum has signed
    let ahead = if reached < newest.size { reader.at(Seq(reached)).ok() } else { None };
    let unwitnessed_since = ahead.filter(|at| now.micros - at.micros > FRESH_US);
    match met {
        Some(there) if unwitnessed_since.is_none() => {
            Published { size: reached, note: whole(there), met: true, unwitnessed_since }
        }
        _ => Published { unwitnessed_since, ..newest },
    }
}

/// The key a witness is registered with.
fn key(witness: &WitnessRegistered) -> Result<CosignerVkey, NoteError> {
    CosignerVkey::parse(witness.vkey.as_str())
}

/// A witness's file.
fn file(name: &WitnessName) -> String {
    hex(&sha256(name.as_str().as_bytes()))
}

/// The newest checkpoint of a snapshot.
fn newest(snapshot: &Snapshot) -> Head {
    Head { size: snapshot.size, note: Arc::clone(&snapshot.checkpoint) }
}
