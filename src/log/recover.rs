//! Opening: what stands, what may be cut, and what is corruption (FORMAT section 3). The walk is the
//! one that `verify` uses; only the reaction differs.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::{Code, Instant, Seq};

use super::entry::Entry;
use super::error::{Damage, Error, Fault, Result};
use super::head::Head;
use super::index::{Active, Index, Sealed};
use super::link::Link;
use super::manifest::{self, Manifest};
use super::note::{self, Checkpoint, NoteError, Signer, Vkey};
use super::offsets::Offsets;
use super::reader::SegmentFile;
use super::segment::{self, SEGMENT_HEADER_BYTES, SegmentHeader, VERSION};
use super::storage::Storage;
use super::tree::{Hash, TileStore, Tree, leaf_hash};
use super::walk::{Position, Visit, Walked, walk};

/// File of the two slots.
pub(crate) const HEAD: &str = "head";
/// Directory of the segments.
pub(crate) const LOG: &str = "log";
/// File of the signing key's seed.
pub(crate) const KEY: &str = "keys/ledger";

/// Leaves counted on before their tiles are full.
const TILE: u64 = 256;

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
        Manifest::parse(&bytes).map_err(|(offset, what)| fault(name, offset, None, what).into())
    }

    /// The signing key.
    pub(crate) fn signer(&self, origin: &str) -> Result<Signer> {
        let missing = || Error::MissingKey { file: KEY.into() };
        let bytes = self.read(Path::new(KEY)).map_err(|e| match e {
            Error::Corrupt { .. } => missing(),
            other => other,
        })?;
        let text = std::str::from_utf8(&bytes).map_err(|_| missing())?;
        Signer::from_secret(origin, text).ok_or_else(missing)
    }

    pub(crate) fn head(&self, origin: &str, vkey: Option<&Vkey>) -> Result<HeadState> {
        let name = Path::new(HEAD);
        let head = Head::parse(&self.read(name)?);
        let Some((place, slot)) = head.choose() else {
            return Err(fault(name, 0, None, Damage::NoHead).into());
        };
        let bad = |what| Error::from(fault(name, (place * super::head::SLOT_BYTES) as u64, None, what));
        let opened = vkey.map_or_else(|| note::peek(&slot.note), |vkey| note::open(&slot.note, vkey));
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

pub(crate) fn io<'a>(op: &'static str, name: &'a Path) -> impl Fn(io::Error) -> Error + 'a {
    move |source| Error::Io { op, path: name.to_owned(), source }
}

pub(crate) fn fault(file: &Path, offset: u64, seq: Option<Seq>, what: Damage) -> Fault {
    Fault { file: file.to_owned(), offset, seq, what }
}

/// Gives the speaker and jti of an entry.
pub(crate) type Ids<'a> = &'a dyn Fn(&Entry<'_>) -> Option<(String, String)>;
/// Judges an entry that `head` did not cover by the rules.
pub(crate) type Recheck<'a> = &'a mut dyn FnMut(&Entry<'_>, &[u8]) -> std::result::Result<(), Code>;

/// What was loaded.
pub(crate) struct Loaded {
    pub(crate) segments: Vec<Arc<SegmentFile>>,
    pub(crate) offsets: Offsets,
    pub(crate) index: Index,
    pub(crate) tree: Tree,
    pub(crate) size: u64,
    pub(crate) link: Link,
    pub(crate) at: Instant,
    /// Where the next commit goes in the last segment, in bytes.
    pub(crate) next_commit: u64,
    /// Bytes cut from the tail.
    pub(crate) cut: u64,
    /// Derived state that had to be built again.
    pub(crate) rebuilt: Rebuilt,
}

/// Derived state that was missing or damaged, and was built again from the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Index files of sealed segments.
    pub indexes: u64,
    /// The tree.
    pub tree: bool,
    /// Offsets of entries before the last segment.
    pub offsets: bool,
}

/// Loads the log. A writer takes what stands in the files, cutting a torn tail; a reader takes what
/// `head` covers and writes nothing.
pub(crate) fn load(
    source: Source<'_>,
    manifest: &Manifest,
    head: &HeadState,
    ids: Ids<'_>,
    recheck: Recheck<'_>,
) -> Result<Loaded> {
    let mut segments = source.segments(manifest)?;
    let size = head.checkpoint.size;
    if !source.writable {
        segments.retain(|(segment, _)| segment.first.0 < size);
    }
    let offsets = Offsets::load(&source.dir.join("offsets"));
    let known = offsets.len().min(size);
    // Entries from `head` on are walked, and the last segment, and whatever has no offsets.
    let start = segments.iter().rposition(|(segment, _)| segment.first.0 <= known).unwrap_or(0);
    let start = start.min(segments.len().saturating_sub(1));
    let mut loading = Loading {
        source,
        head,
        ids,
        recheck,
        segments,
        leaves: Vec::new(),
        offsets,
        active: Active::default(),
        sealed: Vec::new(),
        rebuilt: Rebuilt::default(),
        cut: 0,
    };
    loading.sealed_before(start)?;
    let (position, end) = loading.walk_from(start, known)?;
    let tree = loading.tree(position.seq.0)?;
    let Loading { segments, offsets, active, sealed, rebuilt, cut, .. } = loading;
    Ok(Loaded {
        segments: segments.into_iter().map(|(segment, _)| Arc::new(segment)).collect(),
        offsets,
        index: Index::new(active, sealed),
        tree,
        size: position.seq.0,
        link: position.link,
        at: position.at,
        next_commit: segment::align(end),
        cut,
        rebuilt,
    })
}

struct Loading<'a> {
    source: Source<'a>,
    head: &'a HeadState,
    ids: Ids<'a>,
    recheck: Recheck<'a>,
    segments: Vec<(SegmentFile, SegmentHeader)>,
    /// Leaves of the walked entries from `leaves_from` on.
    leaves: Vec<(u64, Hash)>,
    offsets: Offsets,
    active: Active,
    sealed: Vec<Sealed>,
    rebuilt: Rebuilt,
    cut: u64,
}

impl Loading<'_> {
    fn index_dir(&self) -> PathBuf {
        self.source.dir.join("index")
    }

    fn upto(&self) -> u64 {
        if self.source.writable { u64::MAX } else { self.head.checkpoint.size }
    }

    fn bytes(&self, number: usize) -> Result<(Vec<u8>, PathBuf, SegmentHeader)> {
        let Some((segment, header)) = self.segments.get(number) else {
            return Err(fault(Path::new(LOG), 0, None, Damage::Missing).into());
        };
        Ok((self.source.read_all(&segment.file, &segment.name)?, segment.name.clone(), *header))
    }

    /// Number of the first entry after a segment that is not the last.
    fn next_first(&self, number: usize) -> Option<(Seq, Link)> {
        self.segments.get(number + 1).map(|(segment, header)| (segment.first, header.prev))
    }

    /// Loads the indexes of segments that need no walk; builds those that are missing.
    fn sealed_before(&mut self, start: usize) -> Result<()> {
        for number in 0..start {
            let Some((segment, _)) = self.segments.get(number) else { break };
            let first = segment.first;
            let Some((next, link)) = self.next_first(number) else { break };
            let count = next.0.saturating_sub(first.0);
            if let Some(sealed) = Sealed::load(&self.index_dir(), first, count) {
                self.sealed.push(sealed);
                continue;
            }
            let (bytes, name, header) = self.bytes(number)?;
            let mut active = Active::default();
            let mut position = Position::before(first, header.prev);
            let walked = walk(&bytes, &mut position, u64::MAX, &mut |visit| {
                active.add(visit.entry, (self.ids)(visit.entry));
                Ok(())
            })?;
            sound(&name, &walked, &position, next, link)?;
            self.rebuilt.indexes += 1;
            self.keep(active.seal(first, count));
        }
        Ok(())
    }

    fn keep(&mut self, sealed: Sealed) {
        let dir = self.index_dir();
        self.sealed.push(if self.source.writable { sealed.store(&dir) } else { sealed });
    }

    /// Walks from a segment to the end.
    fn walk_from(&mut self, start: usize, known: u64) -> Result<(Position, u64)> {
        let Some((segment, header)) = self.segments.get(start) else {
            // A ledger without a segment has no entries: `head` says otherwise.
            return Err(fault(Path::new(LOG), 0, Some(Seq(0)), Damage::Short).into());
        };
        let mut position = Position::before(segment.first, header.prev);
        self.rebuilt.offsets = start + 1 < self.segments.len() && known < self.head.checkpoint.size;
        self.offsets.truncate(segment.first);
        let mut end = 0;
        let file = self.source.writable.then(|| self.offsets.file()).flatten();
        for number in start..self.segments.len() {
            end = self.segment(number, &mut position, file.as_ref())?;
        }
        if position.seq.0 < self.head.checkpoint.size {
            let name = self.segments.last().map(|(segment, _)| segment.name.clone()).unwrap_or_default();
            return Err(fault(&name, segment::align(end), Some(position.seq), Damage::Short).into());
        }
        Ok((position, end))
    }

    fn segment(&mut self, number: usize, position: &mut Position, offsets: Option<&File>) -> Result<u64> {
        let (mut bytes, name, header) = self.bytes(number)?;
        let first = header.first;
        let head = self.head;
        self.check_link(position)?;
        let mut places = Vec::new();
        let mut active = Active::default();
        let mut uncovered = None;
        let leaves_from = head.checkpoint.size / TILE * TILE;
        let (ids, recheck, leaves) = (self.ids, &mut *self.recheck, &mut self.leaves);
        let upto = if self.source.writable { u64::MAX } else { head.checkpoint.size };
        let walked = walk(&bytes, position, upto, &mut |visit: &Visit<'_, '_>| {
            let seq = visit.entry.seq.0;
            if seq >= upto {
                return Ok(());
            }
            if seq + 1 == head.checkpoint.size && visit.link != head.link {
                return Err(head_mismatch(head));
            }
            if seq >= head.checkpoint.size {
                uncovered.get_or_insert(visit.commit);
                recheck(visit.entry, visit.bytes).map_err(|code| {
                    fault(&name, visit.offset, Some(visit.entry.seq), Damage::Refused(code))
                })?;
            }
            if seq >= leaves_from {
                leaves.push((seq, leaf_hash(visit.bytes)));
            }
            places.push(u32::try_from(visit.offset).unwrap_or(u32::MAX));
            active.add(visit.entry, ids(visit.entry));
            Ok(())
        })?;
        self.offsets.extend(&places, offsets);
        match self.next_first(number) {
            Some((next, link)) => {
                sound(&name, &walked, position, next, link)?;
                let count = next.0 - first.0;
                match Sealed::load(&self.index_dir(), first, count) {
                    Some(sealed) => self.sealed.push(sealed),
                    None => self.keep(active.seal(first, count)),
                }
            }
            None => {
                self.active = active;
                self.cut = self.cut_tail(&name, &mut bytes, &walked, position)?;
            }
        }
        if self.source.writable && position.seq.0 >= head.checkpoint.size {
            self.settle(number, &bytes, uncovered.unwrap_or(walked.end))?;
        }
        Ok(walked.end)
    }

    /// At the start of a walk: the link before must be `head`'s where that is its place.
    fn check_link(&self, position: &Position) -> Result<()> {
        if position.seq.0 == self.head.checkpoint.size && position.link != self.head.link {
            return Err(head_mismatch(self.head));
        }
        Ok(())
    }

    /// The cut rule: only the last thing, only at or beyond `head`'s size. Gives the length cut.
    fn cut_tail(&self, name: &Path, bytes: &mut [u8], walked: &Walked, position: &Position) -> Result<u64> {
        let Some(bad) = walked.bad else { return Ok(0) };
        if bad.later || position.seq.0 < self.head.checkpoint.size {
            return Err(fault(name, bad.offset, Some(position.seq), bad.what).into());
        }
        let end = usize::try_from(walked.end).unwrap_or(usize::MAX);
        let tail = bytes.get_mut(end..).unwrap_or_default();
        let length = tail.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
        tail.fill(0);
        Ok(length as u64)
    }

    /// Writes every byte from `head`'s size on again, in place, and makes it durable: a page that was
    /// never durable must not be acknowledged.
    fn settle(&self, number: usize, bytes: &[u8], from: u64) -> Result<()> {
        let Some((segment, _)) = self.segments.get(number) else { return Ok(()) };
        let (storage, name) = (self.source.storage, segment.name.as_path());
        let rest = usize::try_from(from).ok().and_then(|from| bytes.get(from..)).unwrap_or_default();
        storage.write_at(&segment.file, rest, from).map_err(io("rewrite", name))?;
        storage.sync_all(&segment.file).map_err(io("sync", name))
    }

    /// The tree over `size` entries; its root at `head`'s size must be `head`'s.
    fn tree(&mut self, size: u64) -> Result<Tree> {
        let covered = self.head.checkpoint.size;
        let store = Arc::new(TileStore::new(&self.source.dir.join("tree"), self.source.writable));
        if let Some(tree) = self.tree_from_tiles(&store, covered)? {
            return Ok(tree);
        }
        self.rebuilt.tree = covered >= TILE;
        store.clear();
        let mut tree = Tree::empty(Arc::clone(&store));
        for number in 0..self.segments.len() {
            let (bytes, name, header) = self.bytes(number)?;
            let mut position = Position::before(header.first, header.prev);
            let mut matched = true;
            let walked = walk(&bytes, &mut position, self.upto(), &mut |visit| {
                if visit.entry.seq.0 == covered {
                    matched = tree.seal()? == self.head.checkpoint.root;
                }
                if visit.entry.seq.0 < size {
                    tree.push(leaf_hash(visit.bytes));
                }
                Ok(())
            })?;
            if let Some((next, link)) = self.next_first(number) {
                sound(&name, &walked, &position, next, link)?;
            }
            if !matched {
                return Err(head_mismatch(self.head));
            }
        }
        tree.seal()?;
        if tree.root_at(covered)? == self.head.checkpoint.root {
            Ok(tree)
        } else {
            Err(head_mismatch(self.head))
        }
    }

    fn tree_from_tiles(&self, store: &Arc<TileStore>, covered: u64) -> Result<Option<Tree>> {
        let Some(mut tree) = Tree::from_tiles(Arc::clone(store), covered / TILE) else { return Ok(None) };
        let walked_from = self.leaves.first().map_or(u64::MAX, |(seq, _)| *seq);
        let before = covered.min(walked_from);
        for seq in covered / TILE * TILE..before {
            let Some(leaf) = self.stored_leaf(Seq(seq))? else { return Ok(None) };
            tree.push(leaf);
        }
        let mut leaves = self.leaves.iter().peekable();
        while leaves.next_if(|(seq, _)| *seq < covered).map(|(_, leaf)| tree.push(*leaf)).is_some() {}
        if tree.seal()? != self.head.checkpoint.root {
            return Ok(None);
        }
        leaves.for_each(|(_, leaf)| tree.push(*leaf));
        tree.seal()?;
        Ok(Some(tree))
    }

    /// The leaf of an entry before the walk.
    fn stored_leaf(&self, seq: Seq) -> Result<Option<Hash>> {
        let number = self.segments.partition_point(|(segment, _)| segment.first <= seq).checked_sub(1);
        let segment = number.and_then(|number| self.segments.get(number));
        let (Some((segment, _)), Some(offset)) = (segment, self.offsets.get(seq)) else { return Ok(None) };
        let mut length = [0; 4];
        let storage = self.source.storage;
        storage.read_at(&segment.file, &mut length, offset).map_err(io("read", &segment.name))?;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > super::entry::ENTRY_BYTES_MAX {
            return Ok(None);
        }
        let mut bytes = vec![0; length];
        storage.read_at(&segment.file, &mut bytes, offset + 4).map_err(io("read", &segment.name))?;
        Ok(Some(leaf_hash(&bytes)))
    }
}

fn head_mismatch(head: &HeadState) -> Error {
    let offset = (head.place * super::head::SLOT_BYTES) as u64;
    fault(Path::new(HEAD), offset, Some(Seq(head.checkpoint.size)), Damage::HeadMismatch).into()
}

/// A segment that another follows must end soundly, where that one begins.
fn sound(name: &Path, walked: &Walked, position: &Position, next: Seq, link: Link) -> Result<()> {
    if let Some(bad) = walked.bad {
        return Err(fault(name, bad.offset, Some(position.seq), bad.what).into());
    }
    if position.seq != next || position.link != link {
        return Err(fault(name, segment::align(walked.end), Some(position.seq), Damage::SegmentGap).into());
    }
    Ok(())
}
