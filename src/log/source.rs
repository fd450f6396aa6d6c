//! The data directory as it is read on opening: manifest, key, head, segment headers.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::domain::Seq;

use super::error::{Damage, Error, Fault, Result};
use super::head::Head;
use super::link::Link;
use super::manifest::{self, Manifest};
use super::note::{self, Checkpoint, NoteError, Vkey};
use super::reader::SegmentFile;
use super::segment::{self, SEGMENT_HEADER_BYTES, SegmentHeader, VERSION};
use super::storage::Storage;
use super::tree::empty_root;

/// File of the two slots.
pub(crate) const HEAD: &str = "head";
/// Directory of the segments.
pub(crate) const LOG: &str = "log";
/// File of the first signing key's seed.
pub(crate) const KEY: &str = "keys/ledger";

/// The data directory behind a storage.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) storage: &'a dyn Storage,
    pub(crate) dir: &'a Path,
    pub(crate) writable: bool,
}

impl Source<'_> {
    pub(crate) fn open(&self, name: &Path) -> Result<File> {
        self.storage.open(&self.dir.join(name), self.writable).map_err(io("open", name))
    }

    pub(crate) fn read_all(&self, file: &File, name: &Path) -> Result<Vec<u8>> {
        let length = self.storage.len(file).map_err(io("measure", name))?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        self.storage.read_at(file, &mut bytes, 0).map_err(io("read", name))?;
        Ok(bytes)
    }

    /// A file of truth as a whole.
    pub(crate) fn read(&self, name: &Path) -> Result<Vec<u8>> {
        match self.storage.open(&self.dir.join(name), false) {
            Ok(file) => self.read_all(&file, name),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Err(fault(name, 0, None, Damage::Missing).into())
            }
            Err(e) => Err(io("open", name)(e)),
        }
    }

    pub(crate) fn manifest(&self) -> Result<Manifest> {
        let name = Path::new(manifest::FILE);
        let bytes = self.read(name)?;
        let bad = |(offset, what)| Error::from(fault(name, offset, None, what));
        let manifest = Manifest::parse(&bytes).map_err(bad)?;
        match self.other_origin(&manifest) {
            None => Ok(manifest),
            Some(other) => Err(bad((manifest.origin_differs(&other), Damage::Manifest))),
        }
    }

    /// The origin that `head` and the first segment agree on, when it is not the manifest's.
    fn other_origin(&self, manifest: &Manifest) -> Option<String> {
        let head = Head::parse(&self.read(Path::new(HEAD)).ok()?);
        let origin = note::peek(&head.choose()?.1.note).ok()?.origin;
        let path = self.dir.join(LOG).join(segment::file_name(Seq(0)));
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        self.storage.read_at(&self.storage.open(&path, false).ok()?, &mut bytes, 0).ok()?;
        let header = SegmentHeader::parse(&bytes).ok()?;
        let hash = |origin: &str| *blake3::hash(origin.as_bytes()).as_bytes();
        (header.origin != hash(&manifest.origin) && header.origin == hash(&origin)).then_some(origin)
    }

    /// What `head` says, signed by one of these keys; none is asked for where they are not there.
    pub(crate) fn head(&self, origin: &str, vkeys: Option<&[Vkey]>) -> Result<HeadState> {
        let name = Path::new(HEAD);
        let head = Head::parse(&self.read(name)?);
        let Some((place, slot)) = head.choose() else {
            return Err(fault(name, 0, None, Damage::NoHead).into());
        };
        let bad = |what| Error::from(fault(name, (place * super::head::SLOT_BYTES) as u64, None, what));
        let opened = vkeys.map_or_else(|| note::peek(&slot.note), |vkeys| note::open_any(&slot.note, vkeys));
        let checkpoint = opened.map_err(|e| match e {
            NoteError::Unsigned | NoteError::BadKey => Error::MissingKey { file: KEY.into() },
            NoteError::BadSignature => bad(Damage::HeadSignature),
            NoteError::Malformed => bad(Damage::HeadMismatch),
        })?;
        if checkpoint.origin != origin {
            return Err(bad(Damage::HeadMismatch));
        }
        let (counter, link, note) = (slot.counter, slot.link, slot.note.clone());
        Ok(HeadState { place, counter, link, note, checkpoint, torn: head.torn().next().is_some() })
    }

    /// Segments in order, with headers that parse, belong here and follow each other.
    pub(crate) fn segments(&self, manifest: &Manifest) -> Result<Vec<(SegmentFile, SegmentHeader)>> {
        let dir = Path::new(LOG);
        let mut found: Vec<(SegmentFile, SegmentHeader)> = Vec::new();
        let names = self.storage.list(&self.dir.join(dir)).map_err(io("list", dir))?;
        for first in names.iter().filter_map(|name| segment::parse_name(name)) {
            let name = dir.join(segment::file_name(first));
            let file = self.open(&name)?;
            let length = self.storage.len(&file).map_err(io("measure", &name))?;
            let mut bytes = [0; SEGMENT_HEADER_BYTES];
            let bad = |what| Error::from(fault(&name, 0, Some(first), what));
            if length < bytes.len() as u64 {
                return Err(bad(Damage::SegmentHeader));
            }
            self.storage.read_at(&file, &mut bytes, 0).map_err(io("read", &name))?;
            let header = SegmentHeader::parse(&bytes).map_err(bad)?;
            check_header(&header, manifest, first).map_err(bad)?;
            if found.is_empty() && (first.0 != 0 || header.prev != Link::genesis(&manifest.origin)) {
                return Err(bad(Damage::SegmentGap));
            }
            found.push((SegmentFile { first, name, file }, header));
        }
        if manifest.format != VERSION {
            return Err(Error::OtherVersion { found: manifest.format });
        }
        Ok(found)
    }
}

/// Whether a header belongs to this ledger and to this file name.
pub(crate) fn check_header(
    header: &SegmentHeader,
    manifest: &Manifest,
    first: Seq,
) -> std::result::Result<(), Damage> {
    if header.version != manifest.format {
        return Err(Damage::SegmentVersion);
    }
    if *header
        != (SegmentHeader {
            version: header.version,
            ..SegmentHeader::new(first, header.prev, &manifest.origin)
        })
    {
        return Err(if header.first == first { Damage::SegmentOrigin } else { Damage::SegmentGap });
    }
    Ok(())
}

/// What `head` said.
#[derive(Debug)]
pub(crate) struct HeadState {
    pub(crate) place: usize,
    pub(crate) counter: u64,
    pub(crate) link: Link,
    pub(crate) note: String,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) torn: bool,
}

impl HeadState {
    /// Before the first checkpoint of a copy: no file.
    pub(crate) fn none(origin: &str) -> Self {
        let checkpoint = Checkpoint { origin: origin.to_owned(), size: 0, root: empty_root() };
        let (note, link) = (String::new(), Link::genesis(origin));
        Self { place: 0, counter: 0, link, note, checkpoint, torn: false }
    }

    /// Whether there is a file.
    pub(crate) fn is_written(&self) -> bool {
        !self.note.is_empty()
    }
}

pub(crate) fn io<'a>(op: &'static str, name: &'a Path) -> impl Fn(io::Error) -> Error + 'a {
    move |source| Error::Io { op, path: name.to_owned(), source }
}

/// Tells a disk that is full, which may be tried again, from one that fails.
pub(crate) fn no_space<'a>(
    needed: u64,
    op: &'static str,
    name: &'a Path,
) -> impl Fn(io::Error) -> Error + 'a {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Error::Full { needed, source }
        }
        _ => io(op, name)(source),
    }
}

pub(crate) fn fault(file: &Path, offset: u64, seq: Option<Seq>, what: Damage) -> Fault {
    Fault { file: file.to_owned(), offset, seq, what }
}
