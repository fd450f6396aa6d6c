//! `verify URL`: the entries that a server gives, as what is verified. They are kept in a file without a
//! name while they are, since the rules look back at earlier ones.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::domain::{Data, Seq};
use crate::log::access::Checked;
use crate::log::details::Kept;
use crate::log::head::Slot;
use crate::log::manifest::Manifest;
use crate::log::tree::leaf_hash;
use crate::log::{
    self, Checkpoint, Damage, Entry, Fault, Link, NoteError, Position, ScanReport, Visited, note,
};
use crate::seal;
use crate::verify::{self, CheckName, Options, Place, Report, Source};

use super::fork;
use super::remote::Remote;
use super::tiles::{Bundle, ReadError, Server};

/// What its checkpoint is called in reports.
const CHECKPOINT: &str = "checkpoint";

/// What a verification of a served ledger gives.
#[derive(Debug)]
pub struct Verified {
    /// The report.
    pub report: Report,
    /// Evidence of a fork (FORMAT section 7), where a checkpoint that somebody kept, in a receipt or by
    /// itself, and the one that is served now prove one.
    pub evidence: Option<String>,
}

/// Verifies the ledger that a server gives, up to the checkpoint it serves now.
///
/// # Errors
/// [`ReadError`]: what keeps it from being read. What is wrong with the ledger is in the report.
pub fn verify(server: &Server, options: &Options) -> Result<Verified, ReadError> {
    let url = || server.base().at(CHECKPOINT);
    let note = server.checkpoint()?;
    let malformed = |_: NoteError| ReadError::Malformed { url: url(), why: "no signed checkpoint" };
    let checkpoint = note::peek(&note).map_err(malformed)?;
    let machine = |error: std::io::Error| ReadError::Machine(format!("no file to keep entries in: {error}"));
    let cache = tempfile::tempfile().map_err(machine)?;
    let failed = Mutex::new(None);
    let served = Served { server, note, checkpoint, cache, cached: AtomicU64::new(0), failed };
    let report = verify::run(&served, options).map_err(|error| {
        let failed = served.failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        failed.unwrap_or_else(|| match error {
            log::Error::OtherRules { found } => ReadError::OtherRules { found },
            other => ReadError::Machine(other.to_string()),
        })
    })?;
    let evidence = if report.is_intact() { None } else { served.contradicted(options) };
    Ok(Verified { report, evidence })
}

/// The checkpoints that somebody kept.
fn kept(options: &Options) -> impl Iterator<Item = String> {
    let in_receipt = |receipt: &String| {
        if receipt.starts_with(log::proof::FIRST) {
            return receipt.split_once("\n\n").map(|(_, note)| note.to_owned());
        }
        let receipt: serde_json::Value = serde_json::from_str(receipt).ok()?;
        receipt.get("checkpoint")?.as_str().map(str::to_owned)
    };
    options.receipts.iter().filter_map(in_receipt).chain(options.since.clone())
}

/// A ledger behind a server, at one checkpoint.
#[derive(Debug)]
struct Served<'a> {
    server: &'a Server,
    note: String,
    checkpoint: Checkpoint,
    cache: File,
    /// Where the entry that is visited stands in `cache`.
    cached: AtomicU64,
    /// What kept the server from being read.
    failed: Mutex<Option<ReadError>>,
}

/// Why a scan ends before its end.
enum End {
    Read(ReadError),
    Log(log::Error),
    /// Entries that are not what they must be: the rest rests on them.
    Bad(Fault),
}

impl From<ReadError> for End {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl Served<'_> {
    /// Evidence against a checkpoint that was kept, of which both are signed by a key that was given.
    fn contradicted(&self, options: &Options) -> Option<String> {
        let signed = |note: &str| note::open_any(note, &options.vkeys).ok();
        signed(&self.note)?;
        let mut remote = None;
        kept(options).find_map(|kept| {
            let known = signed(&kept).filter(|known| known.origin == self.checkpoint.origin)?;
            if known.size == self.checkpoint.size {
                let forks = known.root != self.checkpoint.root;
                return forks.then(|| fork::evidence(&kept, &self.note, &[]));
            }
            // a larger one that was kept proves nothing without its own tiles
            if known.size == 0 || known.size > self.checkpoint.size {
                return None;
            }
            let remote =
                remote.get_or_insert_with(|| Remote::at(self.server, &self.checkpoint).ok()).as_ref()?;
            let proof = remote.against(&known).ok()??;
            Some(fork::evidence(&kept, &self.note, &proof))
        })
    }

    /// The entries of a tile, each handed on once it is kept.
    fn tile(
        &self,
        bundle: &Bundle,
        position: &mut Position,
        end: &mut u64,
        visit: &mut dyn FnMut(&Visited<'_, '_>) -> log::Result<()>,
    ) -> Result<(), End> {
        let name = bundle.path.to_string();
        let file = Path::new(&name);
        for (seq, offset, bytes) in bundle.iter() {
            let bad = |what| End::Bad(Fault { file: file.to_owned(), offset, seq: Some(seq), what });
            let (entry, _) = position.take(bytes).map_err(bad)?;
            if seq == Seq(0) {
                Manifest::knows_rules(entry.body.statement()).map_err(End::Log)?;
            }
            if seq == Seq(0) && !opens(&entry, &self.checkpoint.origin) {
                return Err(bad(Damage::HeadMismatch));
            }
            let kept = self.cache.write_all_at(bytes, *end);
            kept.map_err(|error| {
                End::Log(log::Error::Io { op: "keep", path: name.clone().into(), source: error })
            })?;
            self.cached.store(*end, Ordering::SeqCst);
            *end += bytes.len() as u64;
            visit(&Visited { file, offset, bytes, entry: &entry, leaf: leaf_hash(bytes) })
                .map_err(End::Log)?;
        }
        Ok(())
    }
}

/// Whether an entry opens a ledger of that origin.
fn opens(entry: &Entry<'_>, origin: &str) -> bool {
    let said = seal::event(entry).map(|event| event.statement.data);
    matches!(said, Ok(Data::LedgerOpened(opened)) if opened.origin.as_str() == origin)
}

impl Source for Served<'_> {
    fn scan(&self, visit: &mut dyn FnMut(&Visited<'_, '_>) -> log::Result<()>) -> log::Result<ScanReport> {
        let Checkpoint { origin, size, .. } = &self.checkpoint;
        let mut position = Position::before(Seq(0), Link::genesis(origin));
        let mut end = 0;
        let read =
            self.server.entries(0, *size, &mut |bundle| self.tile(bundle, &mut position, &mut end, visit));
        let mut report = ScanReport { size: position.seq.0, link: position.link, ..ScanReport::default() };
        match read {
            Ok(()) => {}
            Err(End::Bad(fault)) => report.faults.push(fault),
            Err(End::Log(error)) => return Err(error),
            Err(End::Read(error)) => {
                let source = std::io::Error::other(error.to_string());
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                return Err(log::Error::Io {
                    op: "read",
                    path: self.server.base().to_string().into(),
                    source,
                });
            }
        }
        let slot = Slot { counter: 1, link: position.link, note: self.note.clone() };
        report.slots.push((slot, self.checkpoint.clone()));
        Ok(report)
    }

    fn sizes(&self) -> Vec<u64> {
        vec![self.checkpoint.size]
    }

    fn checkpoints(&self) -> &'static str {
        CHECKPOINT
    }

    fn lacks(&self, check: CheckName) -> Option<&'static str> {
        match check {
            CheckName::Details => Some("not looked at: tiles hold none"),
            CheckName::Access => Some("not looked at: it is its operator's"),
            _ => None,
        }
    }

    fn place(&self, met: &Visited<'_, '_>) -> Place {
        let length = u32::try_from(met.bytes.len()).unwrap_or(0);
        Place { segment: Seq(0), offset: self.cached.load(Ordering::SeqCst), length }
    }

    fn entry(&self, place: Place) -> Option<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(place.length).ok()?];
        self.cache.read_exact_at(&mut bytes, place.offset).ok()?;
        Some(bytes)
    }

    fn detail(&self, _digest: &[u8; 32]) -> log::Result<Kept> {
        Ok(Kept::Absent)
    }

    fn details(&self) -> log::Result<Vec<Fault>> {
        Ok(Vec::new())
    }

    fn cosigned(&self) -> log::Result<Vec<(String, String)>> {
        Ok(vec![(CHECKPOINT.to_owned(), self.note.clone())])
    }

    fn access(&self) -> log::Result<Checked> {
        Ok(Checked::default())
    }
}
