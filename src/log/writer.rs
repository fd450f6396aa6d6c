//! The one writer: stages entries, commits groups, signs what is durable (FORMAT section 3, "Writing").

mod copy;
mod create;
mod files;

pub use create::put;
pub use files::{is_written, lock};

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use crate::domain::{Instant, Seq, Subject};

use super::backup;
use super::committed::{Committed, Seal};
use super::details::{self, Details};
use super::entry::{Body, LinkTriple};
use super::error::{Error, Result};
use super::group::{Group, Mark, Staged};
use super::index::{Index, jti_key};
use super::keys;
use super::link::Link;
use super::manifest::Manifest;
use super::note::{Signer, Vkey};
use super::proven::{Beyond, Proof};
use super::reader::{Published, Reader, SegmentFile, Shared};
use super::recover::{self, Ids, Loaded, Rebuilt, Recheck};
use super::seen::Seen;
use super::slots::{HeadWriter, Stop};
use super::source::{HeadState, Source, io};
use super::storage::Storage;
use super::subjects::Cache;
use super::tree::{Nodes as _, Tree, verify_consistency};

/// How files are laid out. No setting weakens what is promised.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Size a segment is closed at, in bytes; a larger commit gets one of its own.
    pub segment_bytes: u64,
    /// Space is reserved by this many bytes at a time.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, reserve_bytes: 4 << 20 }
    }
}

/// What opening found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Entries in the log.
    pub size: u64,
    /// Entries that `head` did not cover: they were verified again.
    pub beyond_head: u64,
    /// Bytes of a torn tail that were cut; they were never acknowledged.
    pub cut_bytes: u64,
    /// A torn slot of `head` was written again.
    pub repaired_slot: bool,
    /// Derived state that was built again.
    pub rebuilt: Rebuilt,
}

/// The writer. Owns the directory's lock until it is dropped.
#[derive(Debug)]
pub struct Log<S: Storage> {
    storage: Arc<S>,
    dir: PathBuf,
    options: Options,
    seal: Seal,
    shared: Arc<Shared>,
    tree: Tree,
    group: Group,
    /// The last segment and where its next commit goes; `None` before the first commit.
    tail: Option<Tail>,
    committed: Arc<Committed>,
    head: Option<HeadWriter<S>>,
    stop: Stop,
    offsets_file: Option<File>,
    read_back: Vec<u8>,
    _lock: File,
}

/// The end of the log in its last segment.
#[derive(Debug)]
struct Tail {
    segment: Arc<SegmentFile>,
    /// Where the next commit goes, in bytes.
    next: u64,
    /// Zeros are written up to here.
    reserved: u64,
}

impl<S: Storage> Log<S> {
    /// Opens a ledger for writing: takes the lock, walks what `head` does not cover, cuts a torn tail,
    /// makes every byte that may not have been durable durable, repairs `head`.
    ///
    /// `ids` gives the speaker and jti of an entry, for the index; `recheck` judges the entries that
    /// `head` did not cover by signatures and rules; `seen` was kept elsewhere, and is held against the
    /// log before anything is signed.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::OtherVersion`], [`Error::MissingKey`], [`Error::Corrupt`] with the
    /// place, [`Error::RolledBack`], [`Error::Copied`], [`Error::NotKept`], [`Error::Io`].
    pub fn open(
        storage: Arc<S>,
        dir: &Path,
        options: Options,
        ids: Ids<'_>,
        recheck: Recheck<'_>,
        seen: &[Seen],
    ) -> Result<(Self, Opened)> {
        let lock = files::lock(&*storage, dir)?;
        backup::is_none(dir)?;
        let source = Source { storage: &*storage, dir, writable: true };
        let manifest = source.manifest()?;
        if manifest.format != super::segment::VERSION {
            // Says whether the segments agree on the other version.
            source.segments(&manifest)?;
        }
        let signers = source.signers(&manifest.origin)?;
        let head = source.head(&manifest.origin, Some(&signers.vkeys()))?;
        let beyond = Beyond::Proven(Proof::new(source, &signers, &head.note)?);
        let seal = Seal::ours(signers);
        Self::load((storage, dir, options, lock), (seal, manifest), (head, beyond), (ids, recheck), seen)
    }

    /// Loads what stands in the files, and goes on from there.
    fn load(
        (storage, dir, options, lock): (Arc<S>, &Path, Options, File),
        (seal, manifest): (Seal, Manifest),
        (head, beyond): (HeadState, Beyond),
        (ids, recheck): (Ids<'_>, Recheck<'_>),
        seen: &[Seen],
    ) -> Result<(Self, Opened)> {
        let source = Source { storage: &*storage, dir, writable: true };
        let mut loaded = recover::load(source, &manifest, (&head, beyond), ids, recheck)?;
        // what a key signed whose file is gone is this ledger's, too
        let keys = if seen.is_empty() { Vec::new() } else { Reader::open(dir)?.vkeys().to_vec() };
        let mut newest = None;
        for seen in seen {
            let size = seen.extended(&manifest.origin, &keys, &loaded.tree.snapshot())?;
            newest = newest.max(Some(size));
        }
        // who signs nothing puts no second history under a key
        let ours = matches!(seal, Seal::Ours(_));
        let restored = ours && backup::may_write(source, newest)?;
        let settling = loaded.settling();
        let opened = Opened {
            size: loaded.size,
            beyond_head: loaded.size - head.checkpoint.size,
            cut_bytes: loaded.cut,
            repaired_slot: head.torn,
            rebuilt: loaded.rebuilt,
        };
        let files = Arc::clone(&storage);
        let mut log = Self::assemble(storage, dir, options, (seal, manifest), loaded, &head, lock)?;
        let mut named = Vec::new();
        if log.size() > 0 {
            log.reader().agrees()?;
            named = log.reader().named_keys()?;
            log.newest_signs(&named)?;
        }
        settling.settle(&*files, dir)?;
        if restored {
            backup::unmark(Source { storage: &*files, dir, writable: true })?;
        }
        let keys = log.reader().with_named(named);
        if let Some(shared) = Arc::get_mut(&mut log.shared) {
            shared.vkeys = keys;
        }
        // of another size, or by other keys
        let differs = head.note != log.committed.checkpoint;
        if let Some(writer) = log.head.as_ref().filter(|_| head.torn || differs) {
            writer.put_now(&log.committed)?;
            if head.checkpoint.size == log.committed.size && !head.torn {
                // keys are new: neither slot is left without their line
                writer.put_now(&log.committed)?;
            }
        }
        Ok((log, opened))
    }

    /// Whether the newest key that the log names is the newest that signs here. One that was kept aside is taken
    /// up: no checkpoint over the entry that names it is signed without it.
    fn newest_signs(&self, named: &[Vkey]) -> Result<()> {
        let Some(signer) = self.seal.signer() else { return Ok(()) };
        let ours = signer.vkey();
        // entries that name no key are judged elsewhere
        let Some(newest) = named.last().filter(|newest| **newest != ours) else { return Ok(()) };
        if !named.contains(&ours) {
            let why = format!("the log does not name the key {ours}, which signs here");
            return Err(Error::RolledBack { from: "keys/".to_owned(), why });
        }
        let number = named.len();
        if keys::take_up(&*self.storage, &self.dir, number, &newest.to_string(), signer.name())? {
            return Err(Error::TakenUp);
        }
        Err(Error::MissingKey { file: keys::file(number) })
    }

    fn assemble(
        storage: Arc<S>,
        dir: &Path,
        options: Options,
        (seal, manifest): (Seal, Manifest),
        loaded: Loaded,
        head: &HeadState,
        lock: File,
    ) -> Result<Self> {
        let Loaded { segments, offsets, index, tree, size, link, at, next_commit, .. } = loaded;
        // Never two checkpoints without a consistency proof between them, across restarts too.
        let signed = &head.checkpoint;
        let proof = tree.consistency(signed.size, size)?;
        verify_consistency(signed.size, &signed.root, size, &tree.root(), &proof)?;
        let committed = Arc::new(seal.put_on(&tree, &manifest.origin, (Seq(size), 0), link, at));
        let tail = match segments.last() {
            None => None,
            Some(segment) => {
                let reserved = storage.len(&segment.file).map_err(io("measure", &segment.name))?;
                Some(Tail { segment: Arc::clone(segment), next: next_commit, reserved })
            }
        };
        let published = Published { committed: Arc::clone(&committed), segments: Arc::new(segments) };
        let (vkeys, signer) = (seal.vkeys(), seal.signer().cloned());
        let offsets_file = offsets.file();
        let (subjects, now) = (Cache::default(), RwLock::new(Arc::new(published)));
        let shared = Shared { manifest, vkeys, signer, offsets, index, subjects, now };
        let stop = Stop::default();
        let head =
            if head.is_written() { Some(HeadWriter::after(head, &storage, dir, &stop)?) } else { None };
        Ok(Self {
            storage,
            dir: dir.to_owned(),
            options,
            seal,
            shared: Arc::new(shared),
            tree,
            group: Group::new(Seq(size), link, at),
            tail,
            committed,
            head,
            stop,
            offsets_file,
            read_back: Vec::new(),
            _lock: lock,
        })
    }

    /// Count of durable entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.committed.size
    }

    /// Number the next staged entry gets.
    #[must_use]
    pub fn next_seq(&self) -> Seq {
        self.group.next_seq()
    }

    /// Link of the last entry, staged ones included; the genesis link before the first.
    #[must_use]
    pub fn last_link(&self) -> Link {
        self.group.link()
    }

    /// Instant of the last entry, staged ones included.
    #[must_use]
    pub fn last_at(&self) -> Instant {
        self.group.at()
    }

    /// The newest durable state.
    #[must_use]
    pub fn committed(&self) -> Arc<Committed> {
        Arc::clone(&self.committed)
    }

    /// The index over the durable entries.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.shared.index
    }

    /// The ledger's newest signer; `None` for a copy.
    #[must_use]
    pub fn signer(&self) -> Option<&Signer> {
        self.seal.signer()
    }

    /// A readers' handle.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { shared: Arc::clone(&self.shared) }
    }

    /// What stops writing for good, from anywhere.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Whether a failed write or sync has stopped writing for good.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.is_set()
    }

    /// Opens the details beside the log: whichever fails first stops both. `referred` says whether an
    /// entry refers to a detail that is not erased.
    ///
    /// # Errors
    /// As [`Details::open`].
    pub fn details(&self, referred: impl FnMut(&[u8; 32]) -> bool) -> Result<(Details, details::Opened)> {
        let storage = Arc::clone(&self.storage);
        let (mut details, opened) = Details::open(storage, &self.dir, referred)?;
        details.stops_with(&self.stop);
        Ok((details, opened))
    }

    /// Links that an entry about these subjects would carry if it were staged now.
    ///
    /// # Errors
    /// Those of reading entries.
    pub fn next_links(&mut self, subjects: &[Subject]) -> Result<Vec<LinkTriple>> {
        let reader = Reader { shared: Arc::clone(&self.shared) };
        subjects.iter().map(|subject| self.group.next_link(subject.as_str(), &reader)).collect()
    }

    /// The entry, durable or staged, in which the speaker used this jti: found by a 16-byte hash, to
    /// be confirmed by reading it. A staged one (`>= size()`) can be read only after the commit.
    ///
    /// # Errors
    /// Those of [`Index::jti`].
    pub fn lookup_jti(&self, speaker: &str, jti: &str) -> Result<Option<Seq>> {
        let key = jti_key(speaker, jti);
        if let Some(seq) = self.group.jtis.get(&key) {
            return Ok(Some(Seq(*seq)));
        }
        self.shared.index.jti_by_key(key)
    }

    /// Encodes an entry into the group. Later entries of the group see its links and its jti.
    /// `statement_sha256` is over [`Body::statement`], taken when the statement was checked; it must
    /// be found again in the file.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::GroupFull`], [`Error::BadEntry`], [`Error::Earlier`],
    /// [`Error::Stopped`], and those of reading entries. Nothing is staged then.
    #[allow(
        clippy::too_many_arguments,
        reason = "an entry has these parts, and they come from different hands"
    )]
    pub fn stage(
        &mut self,
        at: Instant,
        subjects: &[Subject],
        body: Body<'_>,
        speaker: &str,
        jti: &str,
        statement_sha256: [u8; 32],
    ) -> Result<Staged> {
        self.stop.check()?;
        let reader = Reader { shared: Arc::clone(&self.shared) };
        self.group.stage(at, subjects, body, (speaker, jti), statement_sha256, &reader)
    }

    /// A key signs from the commit on that holds the entry just staged, which names it.
    pub fn rotates(&mut self, next: Signer) {
        self.seal.rotates(Seq(self.group.next_seq().0 - 1), next);
    }

    /// The bytes of an entry that is staged and not durable yet.
    #[must_use]
    pub fn staged_entry(&self, seq: Seq) -> Option<&[u8]> {
        self.group.entry(seq)
    }

    /// A point of the group to go back to.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.group.mark()
    }

    /// Takes away what was staged after the mark: a batch that is refused whole.
    pub fn rollback(&mut self, mark: Mark) {
        self.group.rollback(mark);
        self.seal.forget(self.group.next_seq());
    }

    /// Entries staged.
    #[must_use]
    pub fn staged(&self) -> usize {
        self.group.count()
    }

    /// Bytes of the group's body; at most 16 MiB fit a commit.
    #[must_use]
    pub fn staged_bytes(&self) -> usize {
        self.group.body_bytes()
    }

    /// Makes room for the group, so that its commit is not refused for want of it.
    ///
    /// # Errors
    /// As [`Log::commit`], and nothing was written.
    pub fn reserve(&mut self) -> Result<()> {
        self.stop.check()?;
        match self.make_room(self.group.commit_bytes()) {
            Err(full @ Error::Full { .. }) => Err(full),
            other => self.stop.guard(other),
        }
    }

    /// Makes the group durable and signs it: one write, one sync, then read back and compared with
    /// what was checked. An empty group gives the newest state.
    ///
    /// # Errors
    /// [`Error::Full`] when no space can be reserved: nothing was written, the group is as it was, and
    /// it may be tried again. Any other error stops writing for good; entries of the group are then
    /// not acknowledged.
    pub fn commit(&mut self) -> Result<Arc<Committed>> {
        self.stop.check()?;
        if self.group.count() == 0 {
            return Ok(Arc::clone(&self.committed));
        }
        match self.try_commit() {
            Err(full @ Error::Full { .. }) => Err(full),
            other => self.stop.guard(other),
        }
    }

    fn try_commit(&mut self) -> Result<Arc<Committed>> {
        let length = self.group.commit_bytes();
        self.make_room(length)?;
        let Some(tail) = &self.tail else { return Err(Error::Stopped) };
        let (segment, offset) = (Arc::clone(&tail.segment), tail.next);
        let name = segment.name.as_path();
        let bytes = self.group.seal(self.seal.commit_key().as_ref());
        self.storage.write_at(&segment.file, bytes, offset).map_err(io("write", name))?;
        self.storage.sync_data(&segment.file).map_err(io("sync", name))?;

        self.read_back.resize(length, 0);
        self.storage.read_at(&segment.file, &mut self.read_back, offset).map_err(io("read back", name))?;
        self.group.compare(&self.read_back, name, offset)?;
        self.seal.turn(self.group.next_seq());
        let committed = Arc::new(self.extend()?);

        if let Some(tail) = &mut self.tail {
            tail.next = super::segment::align(offset + length as u64);
        }
        self.shared.offsets.extend(&self.group.places(offset), self.offsets_file.as_ref());
        let segments = Arc::clone(&self.shared.now().segments);
        self.committed = Arc::clone(&committed);
        if self.head.is_none() && self.seal.signer().is_some() {
            // The first commit: the directory becomes a ledger only now, and only whole.
            self.found(&committed)?;
        }
        let published = Published { committed: Arc::clone(&committed), segments };
        let publish = || self.shared.publish(published);
        self.shared.index.merge(&mut self.group.jtis, &mut self.group.histories, publish);
        self.group.next();
        Ok(committed)
    }

    /// Extends the tree and signs it, once a proof shows that it extends what was signed last.
    fn extend(&mut self) -> Result<Committed> {
        for leaf in self.group.leaves() {
            self.tree.push(leaf);
        }
        let root = self.tree.seal()?;
        let (old_size, old_root) = (self.committed.size, self.committed.root);
        let proof = self.tree.consistency(old_size, self.tree.size())?;
        verify_consistency(old_size, &old_root, self.tree.size(), &root, &proof)?;
        let count = self.group.count() as u64;
        let (origin, group) = (&self.shared.manifest.origin, &self.group);
        Ok(self.seal.put_on(&self.tree, origin, (group.first(), count), group.link(), group.at()))
    }

    /// Writes the newest state to `head`, durably.
    ///
    /// # Errors
    /// Those of [`HeadWriter::write`].
    pub fn write_head(&mut self) -> Result<()> {
        match &self.head {
            Some(head) => head.write(&self.committed),
            None => Ok(()),
        }
    }

    /// A handle that writes `head` from another thread; `None` before the first commit.
    #[must_use]
    pub fn head_writer(&self) -> Option<HeadWriter<S>> {
        self.head.clone()
    }

    /// Writes `head` and gives up the lock. What is staged and not committed is forgotten.
    ///
    /// # Errors
    /// Those of [`HeadWriter::write`].
    pub fn close(mut self) -> Result<()> {
        self.write_head()
    }
}
