//! Opening: what stands, what may be cut, and what is corruption (FORMAT section 3). The walk is the
//! one that `verify` uses; only the reaction differs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::{Code, Instant, Seq};

use super::entry::Entry;
use super::error::{Damage, Error, Result};
use super::index::{Active, Index, Sealed};
use super::link::Link;
use super::manifest::Manifest;
use super::offsets::Offsets;
use super::proven::Beyond;
use super::reader::SegmentFile;
use super::segment::{self, SegmentHeader};
use super::source::{HEAD, HeadState, LOG, Source, fault, io};
use super::storage::Storage;
use super::tree::{Hash, TileStore, Tree, leaf_hash};
use super::walk::{Position, Visit, Walked, walk};

/// Leaves counted on before their tiles are full.
const TILE: u64 = 256;

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
    /// What is to be written again, in place.
    unsettled: Vec<Unsettled>,
    /// Segments of a copy that hold nothing of what it knows to be the ledger's.
    dropped: Vec<PathBuf>,
}

/// Bytes of a segment that may not have been durable.
struct Unsettled {
    number: usize,
    from: u64,
    bytes: Vec<u8>,
}

impl Loaded {
    /// What is to be made durable, once nothing speaks against it.
    pub(crate) fn settling(&mut self) -> Settling {
        let unsettled = std::mem::take(&mut self.unsettled).into_iter();
        let of = |unsettled: Unsettled| Some((Arc::clone(self.segments.get(unsettled.number)?), unsettled));
        Settling { unsettled: unsettled.filter_map(of).collect(), dropped: std::mem::take(&mut self.dropped) }
    }
}

/// Bytes to be written again in place, and segments of a copy to be removed.
pub(crate) struct Settling {
    unsettled: Vec<(Arc<SegmentFile>, Unsettled)>,
    dropped: Vec<PathBuf>,
}

impl Settling {
    /// Writes every byte from `head`'s size on again, in place, and makes it durable: a page that was
    /// never durable must not be acknowledged.
    pub(crate) fn settle(self, storage: &dyn Storage, dir: &Path) -> Result<()> {
        // the last first: what is left between two steps is a log
        for name in self.dropped.iter().rev() {
            storage.remove(&dir.join(name)).map_err(io("remove", name))?;
        }
        for (segment, Unsettled { from, bytes, .. }) in &self.unsettled {
            let name = segment.name.as_path();
            storage.write_at(&segment.file, bytes, *from).map_err(io("rewrite", name))?;
            storage.sync_all(&segment.file).map_err(io("sync", name))?;
        }
        storage.sync_dir(&dir.join(LOG)).map_err(io("sync", Path::new(LOG)))
    }
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

/// Loads the log. A ledger takes what stands in the files and is proved to be its own, cutting a torn tail;
/// a copy takes what `head` covers and drops the rest; a reader takes that and writes nothing.
pub(crate) fn load(
    source: Source<'_>,
    manifest: &Manifest,
    (head, beyond): (&HeadState, Beyond),
    ids: Ids<'_>,
    recheck: Recheck<'_>,
) -> Result<Loaded> {
    let mut segments = source.segments(manifest)?;
    let size = head.checkpoint.size;
    let mut dropped = Vec::new();
    if !matches!(beyond, Beyond::Proven(_)) {
        let from = segments.partition_point(|(segment, _)| segment.first.0 < size);
        dropped.extend(segments.drain(from..).map(|(segment, _)| segment.name));
    }
    if matches!(beyond, Beyond::Left) {
        dropped.clear();
    }
    let offsets = Offsets::load(&source.dir.join("offsets"));
    let known = offsets.len().min(size);
    // Entries from `head` on are walked, and the last segment, and whatever has no offsets.
    let start = segments.iter().rposition(|(segment, _)| segment.first.0 <= known).unwrap_or(0);
    let start = start.min(segments.len().saturating_sub(1));
    let mut loading = Loading {
        source,
        head,
        beyond,
        ids,
        recheck,
        segments,
        leaves: Vec::new(),
        offsets,
        active: Active::default(),
        sealed: Vec::new(),
        rebuilt: Rebuilt::default(),
        cut: 0,
        unsettled: Vec::new(),
    };
    loading.sealed_before(start)?;
    let (position, end) = loading.walk_from(start, known)?;
    let tree = loading.tree(position.seq.0)?;
    let Loading { segments, offsets, active, sealed, rebuilt, cut, unsettled, .. } = loading;
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
        unsettled,
        dropped,
    })
}

struct Loading<'a> {
    source: Source<'a>,
    head: &'a HeadState,
    beyond: Beyond,
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
    unsettled: Vec<Unsettled>,
}

impl Loading<'_> {
    fn index_dir(&self) -> PathBuf {
        self.source.dir.join("index")
    }

    fn upto(&self) -> u64 {
        if matches!(self.beyond, Beyond::Proven(_)) { u64::MAX } else { self.head.checkpoint.size }
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
            // A ledger without a segment has no entries; only a copy that has not begun may be so.
            if self.head.checkpoint.size == 0 {
                return Ok((Position::before(Seq(0), self.head.link), 0));
            }
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
        if matches!(self.beyond, Beyond::Dropped) && position.seq.0 > self.head.checkpoint.size {
            // a copy reaches a checkpoint at the end of a commit
            return Err(head_mismatch(self.head));
        }
        if position.seq.0 < self.head.checkpoint.size {
            let name = self.segments.last().map(|(segment, _)| segment.name.clone()).unwrap_or_default();
            return Err(fault(&name, segment::align(end), Some(position.seq), Damage::Short).into());
        }
        Ok((position, end))
    }

    fn segment(&mut self, number: usize, position: &mut Position, offsets: Option<&File>) -> Result<u64> {
        let (mut bytes, name, header) = self.bytes(number)?;
        let (first, head) = (header.first, self.head);
        self.check_link(position)?;
        let mut places = Vec::new();
        let mut active = Active::default();
        let mut uncovered = None;
        let leaves_from = head.checkpoint.size / TILE * TILE;
        let upto = self.upto();
        let (ids, recheck, leaves) = (self.ids, &mut *self.recheck, &mut self.leaves);
        let beyond = &mut self.beyond;
        let walked = walk(&bytes, position, upto, &mut |visit: &Visit<'_, '_>| {
            let seq = visit.entry.seq.0;
            if seq >= upto {
                return Ok(());
            }
            if seq + 1 == head.checkpoint.size && visit.link != head.link {
                return Err(head_mismatch(head));
            }
            if seq >= head.checkpoint.size {
                beyond.take(visit, head.checkpoint.size, &name)?;
                uncovered.get_or_insert(visit.commit.offset);
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
                    None => {
                        self.rebuilt.indexes += 1;
                        self.keep(active.seal(first, count));
                    }
                }
            }
            None => {
                self.active = active;
                self.cut = self.cut_tail(&name, &mut bytes, &walked, position)?;
            }
        }
        if self.source.writable && position.seq.0 >= head.checkpoint.size {
            let from = uncovered.unwrap_or(walked.end);
            let covered = usize::try_from(from).map_or(bytes.len(), |from| from.min(bytes.len()));
            self.unsettled.push(Unsettled { number, from, bytes: bytes.split_off(covered) });
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

    /// The cut rule: of a copy all that `head` does not cover; else only the last thing, only at or beyond `head`'s size. Gives the length cut.
    fn cut_tail(&self, name: &Path, bytes: &mut [u8], walked: &Walked, position: &Position) -> Result<u64> {
        if matches!(self.beyond, Beyond::Dropped) {
            return Ok(drop_tail(bytes, walked));
        }
        let Some(bad) = walked.bad else { return Ok(0) };
        if bad.later || position.seq.0 < self.head.checkpoint.size {
            return Err(fault(name, bad.offset, Some(position.seq), bad.what).into());
        }
        Ok(drop_tail(bytes, walked))
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

/// Makes everything behind a walk's end zeros; answers how many bytes of it were something.
fn drop_tail(bytes: &mut [u8], walked: &Walked) -> u64 {
    let end = usize::try_from(walked.end).unwrap_or(usize::MAX);
    let tail = bytes.get_mut(end..).unwrap_or_default();
    let length = tail.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    tail.fill(0);
    length as u64
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
