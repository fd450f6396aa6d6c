//! Where entries come from: a directory, or what is handed in (tiles of a server, in `peer`).

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::domain::Seq;
use crate::log::access::{self, Checked};
use crate::log::details::{self, Kept};
use crate::log::{
    self, Fault, RealFiles, ScanReport, Visited, Vkey, cosigned, head, manifest, note, scan_directory,
    segment,
};

use super::report::CheckName;

/// Where an entry was met, to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First entry of its segment.
    pub segment: Seq,
    /// Offset of its record in the segment, in bytes.
    pub offset: u64,
    /// Its length, in bytes.
    pub length: u32,
}

/// What is verified.
pub trait Source: Sync {
    /// Hands every sound entry to `visit`, in order, and reports what is not sound.
    ///
    /// # Errors
    /// What keeps it from being read at all.
    fn scan(&self, visit: &mut dyn FnMut(&Visited<'_, '_>) -> log::Result<()>) -> log::Result<ScanReport>;

    /// Sizes of the checkpoints that the scan will report, the one that counts first: the walk tells their
    /// roots as it passes.
    fn sizes(&self) -> Vec<u64>;

    /// What its checkpoints stand in, as reports name it.
    fn checkpoints(&self) -> &'static str {
        "head"
    }

    /// Why there is nothing here for a check (of details, or of the access log) to look at; nothing
    /// where there may be.
    fn lacks(&self, _check: CheckName) -> Option<&'static str> {
        None
    }

    /// Where an entry that the scan met can be read again.
    fn place(&self, met: &Visited<'_, '_>) -> Place;

    /// An entry's bytes, read again; the rules look back at entries that statements name.
    fn entry(&self, place: Place) -> Option<Vec<u8>>;

    /// What is kept of a detail that an entry commits to. Details are durable before their entry, so
    /// one that the scan met has them, unless they were erased since.
    ///
    /// # Errors
    /// [`log::Error::Corrupt`] for a damaged one; what keeps it from being read at all.
    fn detail(&self, digest: &[u8; 32]) -> log::Result<Kept>;

    /// Damage among the details that no entry shows.
    ///
    /// # Errors
    /// What keeps them from being read at all.
    fn details(&self) -> log::Result<Vec<Fault>>;

    /// Notes with lines of witnesses, each with what it is called in reports. They are read before the
    /// scan: the log never holds less than was signed.
    ///
    /// # Errors
    /// What keeps them from being read at all.
    fn cosigned(&self) -> log::Result<Vec<(String, String)>>;

    /// What is found of the access log.
    ///
    /// # Errors
    /// What keeps it from being read at all.
    fn access(&self) -> log::Result<Checked>;
}

/// A data directory.
#[derive(Debug)]
pub struct Directory {
    dir: PathBuf,
    /// Guarded: segments opened for looking back.
    open: Mutex<HashMap<Seq, File>>,
    /// Opened when the first detail is asked for.
    details: OnceLock<details::Reader>,
}

impl Directory {
    /// The data directory at a path.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), open: Mutex::default(), details: OnceLock::new() }
    }

    /// The size of the newest checkpoint in `head` that one of these keys signed.
    pub(super) fn signed(&self, keys: &[Vkey]) -> Option<u64> {
        let bytes = std::fs::read(self.dir.join("head")).ok()?;
        let head = head::Head::parse(&bytes);
        Some(note::open_any(&head.choose()?.1.note, keys).ok()?.size)
    }

    fn kept(&self) -> log::Result<&details::Reader> {
        if let Some(known) = self.details.get() {
            return Ok(known);
        }
        let opened = details::Reader::open(Arc::new(RealFiles), &self.dir)?;
        Ok(self.details.get_or_init(|| opened))
    }
}

impl Source for Directory {
    fn scan(&self, visit: &mut dyn FnMut(&Visited<'_, '_>) -> log::Result<()>) -> log::Result<ScanReport> {
        scan_directory(&self.dir, visit)
    }

    fn lacks(&self, check: CheckName) -> Option<&'static str> {
        let there = |name: &str| self.dir.join(name).exists();
        // what somebody keeps all the same is looked at
        let mirror = check == CheckName::Details && there(manifest::MIRROR) && !there(details::FOLDER);
        mirror.then_some("not looked at: a mirror keeps none")
    }

    fn sizes(&self) -> Vec<u64> {
        let bytes = std::fs::read(self.dir.join("head")).unwrap_or_default();
        let head = head::Head::parse(&bytes);
        let checkpoints = head.newest_first().into_iter().filter_map(|(_, slot)| note::peek(&slot.note).ok());
        checkpoints.map(|checkpoint| checkpoint.size).collect()
    }

    fn place(&self, met: &Visited<'_, '_>) -> Place {
        let name = met.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let segment = segment::parse_name(name).unwrap_or_default();
        Place { segment, offset: met.offset, length: u32::try_from(met.bytes.len()).unwrap_or(0) }
    }

    fn entry(&self, place: Place) -> Option<Vec<u8>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match open.entry(place.segment) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                let path = self.dir.join("log").join(segment::file_name(place.segment));
                new.insert(File::open(path).ok()?)
            }
        };
        let mut bytes = vec![0; usize::try_from(place.length).ok()?];
        // The length of the record stands before its bytes.
        file.read_exact_at(&mut bytes, place.offset + 4).ok()?;
        Some(bytes)
    }

    fn detail(&self, digest: &[u8; 32]) -> log::Result<Kept> {
        self.kept()?.get(digest)
    }

    fn details(&self) -> log::Result<Vec<Fault>> {
        Ok(self.kept()?.faults())
    }

    fn cosigned(&self) -> log::Result<Vec<(String, String)>> {
        let failed = |source| log::Error::Io { op: "read", path: cosigned::FOLDER.into(), source };
        cosigned::notes(&self.dir).map_err(failed)
    }

    fn access(&self) -> log::Result<Checked> {
        access::check(&RealFiles, &self.dir)
    }
}
