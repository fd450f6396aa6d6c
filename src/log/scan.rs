//! Checking a whole directory without opening it: every byte of ledger.toml, head and log/ up to the
//! end of the last commit. Damage is data here, not an error; `verify` and the background scrub use it.

use std::path::{Path, PathBuf};

use crate::domain::Seq;

use super::entry::Entry;
use super::error::{Damage, Error, Fault, Result};
use super::head::{Head, SLOT_BYTES, Slot};
use super::link::Link;
use super::manifest::{self, Manifest};
use super::note::{self, Checkpoint};
use super::segment::{self, SegmentHeader};
use super::source::{HEAD, LOG, Source, check_header, fault, io};
use super::storage::{RealFiles, Storage as _};
use super::tree::{Hash, leaf_hash};
use super::walk::{Position, walk};

/// An entry the scan came by.
#[derive(Debug)]
pub struct Visited<'a, 'b> {
    /// Segment, relative to the data directory.
    pub file: &'b Path,
    /// Where its record begins, in bytes.
    pub offset: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What they say.
    pub entry: &'b Entry<'a>,
    /// Its leaf.
    pub leaf: Hash,
}

/// What a scan found.
#[derive(Clone, Debug, Default)]
pub struct ScanReport {
    /// Damage, in the order it was met.
    pub faults: Vec<Fault>,
    /// What ledger.toml says, when it can be read.
    pub manifest: Option<Manifest>,
    /// Valid slots of head, with their checkpoints (signatures unchecked), the one that counts first.
    pub slots: Vec<(Slot, Checkpoint)>,
    /// Entries up to the first fault in log/, all sound and chained.
    pub size: u64,
    /// Link of the last of them.
    pub link: Link,
    /// Bytes of a torn tail beyond head: no damage, opening cuts them.
    pub torn_bytes: u64,
}

/// Scans a data directory; hands every sound entry to `visit`, in order.
///
/// # Errors
/// [`Error::OtherVersion`] when ledger.toml and the segments agree on another version, [`Error::Io`],
/// and what `visit` returns. Damage is no error.
pub fn scan_directory(
    dir: &Path,
    visit: &mut dyn FnMut(&Visited<'_, '_>) -> Result<()>,
) -> Result<ScanReport> {
    let source = Source { storage: &RealFiles, dir, writable: false };
    let mut report = ScanReport::default();
    report.manifest = found(&mut report, source.manifest())?;
    let head = match found(&mut report, source.read(Path::new(HEAD)))? {
        Some(bytes) => read_head(&mut report, &bytes),
        None => None,
    };
    let names = segment_names(&mut report, dir)?;
    let mut scan = Scanning { source, report, head, next: None, visit, broken: false };
    for (number, first) in names.iter().enumerate() {
        scan.segment(*first, number + 1 == names.len())?;
    }
    scan.finish(&names)
}

/// Turns damage into data.
fn found<T>(report: &mut ScanReport, result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Corrupt { file, offset, seq, what }) => {
            report.faults.push(Fault { file, offset, seq, what });
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

fn read_head(report: &mut ScanReport, bytes: &[u8]) -> Option<(Slot, Checkpoint)> {
    let (head, name) = (Head::parse(bytes), Path::new(HEAD));
    report.faults.extend(head.torn().map(|offset| fault(name, offset, None, Damage::HeadSlot)));
    let chosen = head.choose().map(|(place, _)| place);
    if chosen.is_none() {
        report.faults.push(fault(name, 0, None, Damage::NoHead));
    }
    let origin = report.manifest.as_ref().map(|manifest| manifest.origin.clone());
    for place in [chosen, chosen.map(|place| 1 - place)].into_iter().flatten() {
        let Some(super::head::Place::Valid(slot)) = head.places.get(place) else { continue };
        match note::peek(&slot.note) {
            Ok(checkpoint) if origin.as_ref().is_none_or(|origin| *origin == checkpoint.origin) => {
                report.slots.push((slot.clone(), checkpoint));
            }
            _ => report.faults.push(fault(name, (place * SLOT_BYTES) as u64, None, Damage::HeadMismatch)),
        }
    }
    report.slots.first().cloned()
}

fn segment_names(report: &mut ScanReport, dir: &Path) -> Result<Vec<Seq>> {
    let log = Path::new(LOG);
    let mut segments = Vec::new();
    let names = match RealFiles.list(&dir.join(log)) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            report.faults.push(fault(log, 0, Some(Seq(0)), Damage::Missing));
            Vec::new()
        }
        other => other.map_err(io("list", log))?,
    };
    for name in names {
        match segment::parse_name(&name) {
            Some(first) => segments.push(first),
            None if name.ends_with(".tmp") => {}
            None => report.faults.push(fault(&log.join(name), 0, None, Damage::Stray)),
        }
    }
    Ok(segments)
}

struct Scanning<'a, 'v> {
    source: Source<'a>,
    report: ScanReport,
    head: Option<(Slot, Checkpoint)>,
    /// What the next segment must continue.
    next: Option<Position>,
    visit: &'v mut dyn FnMut(&Visited<'_, '_>) -> Result<()>,
    /// A fault in log/ was met: entries after it rest on it and do not count.
    broken: bool,
}

impl Scanning<'_, '_> {
    fn fault(&mut self, file: &Path, offset: u64, seq: Seq, what: Damage) {
        self.report.faults.push(fault(file, offset, Some(seq), what));
        self.broken = true;
    }

    fn head_size(&self) -> u64 {
        self.head.as_ref().map_or(u64::MAX, |(_, checkpoint)| checkpoint.size)
    }

    fn segment(&mut self, first: Seq, last: bool) -> Result<()> {
        let name: PathBuf = Path::new(LOG).join(segment::file_name(first));
        let bytes = self.source.read(&name)?;
        let mut position = match self.header(&name, &bytes, first)? {
            Some(position) => position,
            None => return Ok(()),
        };
        let (slots, mut mismatch) = (self.report.slots.clone(), None);
        let (visit, broken) = (&mut *self.visit, self.broken);
        let (manifest, mut disagrees) = (self.report.manifest.clone(), None);
        let walked = walk(&bytes, &mut position, u64::MAX, &mut |met| {
            let seq = met.entry.seq;
            let covered = |(slot, checkpoint): &&(Slot, Checkpoint)| {
                checkpoint.size == seq.0 + 1 && slot.link != met.link
            };
            if !broken && slots.iter().any(|slot| covered(&slot)) {
                mismatch.get_or_insert(seq);
            }
            if seq.0 == 0 {
                let statement = met.entry.body.statement();
                Manifest::knows_rules(statement)?;
                disagrees = manifest.as_ref().and_then(|manifest| manifest.disagrees(statement));
            }
            let leaf = leaf_hash(met.bytes);
            visit(&Visited { file: &name, offset: met.offset, bytes: met.bytes, entry: met.entry, leaf })
        })?;
        if let Some(offset) = disagrees {
            let file = Path::new(manifest::FILE);
            self.report.faults.push(fault(file, offset, Some(Seq(0)), Damage::Manifest));
        }
        if let Some(seq) = mismatch {
            self.report.faults.push(fault(Path::new(HEAD), 0, Some(seq), Damage::HeadMismatch));
        }
        if let Some(bad) = walked.bad {
            let torn = last && !bad.later && position.seq.0 >= self.head_size();
            if torn {
                let length = bytes.iter().rposition(|b| *b != 0).map_or(0, |place| place as u64 + 1);
                self.report.torn_bytes = length.saturating_sub(walked.end);
            } else {
                self.fault(&name, bad.offset, bad.seq, bad.what);
            }
        }
        if !self.broken {
            (self.report.size, self.report.link) = (position.seq.0, position.link);
        }
        self.next = Some(position);
        Ok(())
    }

    /// Checks a segment's header; gives where its walk begins.
    fn header(&mut self, name: &Path, bytes: &[u8], first: Seq) -> Result<Option<Position>> {
        let parsed = SegmentHeader::parse(bytes);
        let format = self.report.manifest.as_ref().map_or(segment::VERSION, |manifest| manifest.format);
        if let Ok(header) = parsed
            && header.version != segment::VERSION
            && header.version == format
        {
            return Err(Error::OtherVersion { found: format });
        }
        let checked = parsed.and_then(|header| match &self.report.manifest {
            // a sound header of this version shows that ledger.toml is wrong: said at the end
            Some(manifest) if header.version == segment::VERSION => {
                let manifest = Manifest { format: segment::VERSION, ..manifest.clone() };
                check_header(&header, &manifest, first).map(|()| header)
            }
            Some(manifest) => check_header(&header, manifest, first).map(|()| header),
            None if header.first != first => Err(Damage::SegmentGap),
            None => Ok(header),
        });
        let expected = match (self.next, &self.report.manifest) {
            (Some(position), _) => Some(position),
            (None, Some(manifest)) => Some(Position::before(Seq(0), Link::genesis(&manifest.origin))),
            (None, None) => None,
        };
        match checked {
            Err(what) => {
                self.fault(name, 0, first, what);
                // Its entries can still be walked where the segment before ended soundly.
                Ok(expected.filter(|position| position.seq == first))
            }
            Ok(header) => {
                let fits = expected.is_none_or(|p| (p.seq, p.link) == (first, header.prev));
                if !fits && !self.broken {
                    let seq = expected.map_or(first, |position| position.seq);
                    self.fault(name, 0, seq, Damage::SegmentGap);
                }
                let at = expected.filter(|_| fits);
                Ok(Some(at.unwrap_or_else(|| Position::before(first, header.prev))))
            }
        }
    }

    fn finish(mut self, names: &[Seq]) -> Result<ScanReport> {
        if let Some(manifest) = &self.report.manifest
            && manifest.format != segment::VERSION
        {
            let file = Path::new(manifest::FILE);
            self.report.faults.push(fault(file, 9, None, Damage::Manifest));
        }
        let head = self.head_size();
        if self.head.is_some() && !self.broken && self.report.size < head {
            let last = names.last().map(|first| Path::new(LOG).join(segment::file_name(*first)));
            let file = last.unwrap_or_else(|| LOG.into());
            let seq = Some(Seq(self.report.size));
            self.report.faults.push(fault(&file, 0, seq, Damage::Short));
        }
        Ok(self.report)
    }
}
