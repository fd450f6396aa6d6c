//! Taking new entries: each is held to the root, judged, and only then written; the checkpoint last.

use std::sync::Arc;

use crate::domain::{Code, Data, Seq, Voice};
use crate::log::manifest::Manifest;
use crate::log::{Body, Checkpoint, Entry, Hash, NoteError, Vkey, note};
use crate::seal;
use crate::verify::{Broken, CheckName};

use super::super::remote::Remote;
use super::super::tiles::{Bundle, ReadError, Server};
use super::{Mirror, MirrorError, SEEN};

/// Bytes staged before a commit.
const COMMIT_BYTES: usize = 4 << 20;
/// Entries staged before a commit.
const COMMIT_ENTRIES: usize = 4096;

/// A checkpoint that the ledger signed, with the lines of its own keys only.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) note: String,
    pub(super) checkpoint: Checkpoint,
}

impl Seen {
    /// Reads a note; lines of others than these keys are left out.
    pub(super) fn read(shown: &str, keys: &[Vkey]) -> Result<Self, NoteError> {
        let checkpoint = note::open_any(shown, keys)?;
        let (text, _) = note::text(shown)?;
        let note = format!("{text}\n{}", note::signed_by(shown, keys)?.concat());
        Ok(Self { note, checkpoint })
    }
}

impl Seen {
    /// Reads what a server shows at an address.
    pub(super) fn shown(shown: &str, keys: &[Vkey], url: String) -> Result<Self, MirrorError> {
        Self::read(shown, keys).map_err(|why| match why {
            NoteError::Malformed => ReadError::Malformed { url, why: "no signed checkpoint" }.into(),
            why => MirrorError::Unsigned { url, why },
        })
    }
}

impl Mirror {
    /// Keeps what was shown, durably, before anything of it is taken: another face is found out by it
    /// even where this mirror ends in between.
    pub(super) fn note(&mut self, shown: &Seen) -> Result<(), MirrorError> {
        let known = self.seen.as_ref().map_or(0, |seen| seen.checkpoint.size);
        if shown.checkpoint.size > known {
            self.files.put(SEEN, &shown.note, 0o644).map_err(|why| why.on(SEEN))?;
            self.seen = Some(shown.clone());
        }
        Ok(())
    }

    /// Takes every entry up to a checkpoint that extends what is here, and then the checkpoint.
    pub(super) fn copy(&mut self, shown: &Seen) -> Result<(), MirrorError> {
        let to = shown.checkpoint.size;
        let Self { server, dir, log, judging, keys, changes, .. } = self;
        let server: &Server = server;
        let unfit = |error| MirrorError::of(error, to);
        let remote = Remote::at(server, &shown.checkpoint).map_err(unfit)?;
        let mut copying = Copying { dir, log, judging, keys, changes };
        // what a full disk left staged is judged already
        copying.commit()?;
        let from = copying.log.size();
        let read = if from < to {
            server.entries(from, to, &mut |bundle| {
                remote.holds(bundle).map_err(unfit)?;
                copying.take(bundle, from)
            })
        } else {
            Ok(())
        };
        // what came before the reading broke off was held to the root and judged: it is gone on from
        copying.commit()?;
        read?;
        let committed = self.log.take_checkpoint(&shown.note)?;
        let views = match &self.views {
            Some(views) => Arc::clone(views),
            None => Arc::new(crate::ledger::views(&self.dir, self.log.reader())?.0),
        };
        let snapshot = self.snapshot(self.judging.state().clone(), &committed);
        views.publish(Arc::new(snapshot), std::mem::take(&mut self.changes));
        self.views = Some(views);
        Ok(())
    }
}

/// What takes entries.
struct Copying<'a> {
    dir: &'a std::path::Path,
    log: &'a mut crate::log::Log<crate::log::RealFiles>,
    judging: &'a mut crate::ledger::Judging,
    keys: &'a mut crate::verify::LedgerKeys,
    changes: &'a mut Vec<crate::domain::state::Change>,
}

impl Copying<'_> {
    fn take(&mut self, bundle: &Bundle, from: u64) -> Result<(), MirrorError> {
        for (seq, _, bytes) in bundle.iter().filter(|(seq, ..)| seq.0 >= from) {
            self.entry(seq, bytes)?;
            if self.log.staged() >= COMMIT_ENTRIES || self.log.staged_bytes() >= COMMIT_BYTES {
                self.commit()?;
            }
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), MirrorError> {
        self.log.commit()?;
        self.judging.settled();
        Ok(())
    }

    fn entry(&mut self, seq: Seq, bytes: &[u8]) -> Result<(), MirrorError> {
        let refused =
            |check, detail: String| MirrorError::Refused { seq, why: Broken { check, detail, code: None } };
        let entry = Entry::decode(bytes).map_err(|why| refused(CheckName::Entries, why.to_string()))?;
        if entry.seq != seq {
            return Err(refused(CheckName::Entries, format!("it says that it is entry {}", entry.seq)));
        }
        if seq.0 == 0 {
            self.opens(&entry)?;
        }
        self.index(&entry)?;
        let said = seal::ids(&entry);
        let (speaker, jti) =
            said.ok_or_else(|| refused(CheckName::Rules, "it has no speaker and jti".to_owned()))?;
        if let Some(before) = self.log.lookup_jti(&speaker, &jti)? {
            return Err(refused(CheckName::Rules, format!("its jti stands in entry {before}")));
        }
        let judged = self.judging.judge(&entry);
        let changes = judged.map_err(|why| MirrorError::Refused { seq, why })?;
        self.keys.take(&entry).map_err(|why| MirrorError::Refused { seq, why })?;
        self.changes.extend(changes);
        // chain, instants and the places in histories are held to what is here
        self.log.stage_copy(bytes, &speaker, &jti).map_err(|error| match error {
            crate::log::Error::Corrupt { what, .. } => refused(CheckName::Chain, what.to_string()),
            other => MirrorError::Log(other),
        })?;
        Ok(())
    }

    /// Entry 0 names the ledger that this directory is of.
    fn opens(&self, entry: &Entry<'_>) -> Result<(), MirrorError> {
        Manifest::knows_rules(entry.body.statement())?;
        let reader = self.log.reader();
        let said = seal::event(entry).map(|event| event.statement.data);
        match said {
            Ok(Data::LedgerOpened(opened))
                if opened.origin.as_str() == reader.origin() && opened.zone.name() == reader.zone() =>
            {
                Ok(())
            }
            _ => {
                let detail = "it must open the ledger of this origin and zone".to_owned();
                let why = Broken { check: CheckName::Rules, detail, code: Some(Code::Malformed) };
                Err(MirrorError::Refused { seq: entry.seq, why })
            }
        }
    }

    /// An index root is computed again from the entries before it.
    fn index(&mut self, entry: &Entry<'_>) -> Result<(), MirrorError> {
        let index = Voice::Index.as_str();
        if !matches!(entry.body, Body::Ledger { voice, .. } if voice == index) {
            return Ok(());
        }
        let seq = entry.seq;
        let refused = |detail: String| MirrorError::Refused {
            seq,
            why: Broken { check: CheckName::Index, detail, code: None },
        };
        let Ok(Data::LedgerIndex(data)) = seal::event(entry).map(|event| event.statement.data) else {
            return Err(refused("no index root".to_owned()));
        };
        if data.size > seq.0 {
            return Err(refused(format!("it covers {} entries; {seq} are there before it", data.size)));
        }
        self.commit()?;
        let known = crate::ledger::IndexRoot::newest(self.judging.state());
        let known = known.map(|known| (known.size, known.root)).filter(|(size, _)| *size <= data.size);
        let found = self.log.reader().subjects(self.dir, data.size, known, &|| true)?;
        let root = found.as_ref().map(|found| found.root());
        if root.is_none() || root != Hash::parse(data.root.as_str()) {
            return Err(refused(format!(
                "the subjects below entry {} give another root than it says",
                data.size
            )));
        }
        if let Some(found) = found
            && let Err(error) = found.keep(self.dir)
        {
            tracing::warn!(%error, "the subjects are not kept: they are computed again after a start");
        }
        Ok(())
    }
}
