//! Every core at work, in order: one thread walks the files and hashes, several read the statements,
//! one replays what they read in the order of the log.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::domain::Seq;
use crate::domain::statement::Unreadable;
use crate::log::access::Checked;
use crate::log::{self, Body, Entry, Fault, ScanReport, Visited};
use crate::seal::{self, Submission};

use super::Options;
use super::details;
use super::index;
use super::judge::Broken;
use super::kept::Kept;
use super::keys::LedgerKeys;
use super::replay::Replay;
use super::report::{Bad, CheckName, Erased};
use super::roots::Roots;
use super::signatures::Keys;
use super::source::{Place, Source};
use super::witnesses::Witnesses;

/// Entries handed over at a time: enough that handing over costs nothing.
const CHUNK: usize = 256;
/// Chunks that may wait for a thread: memory stays flat whatever is slowest.
const WAITING: usize = 4;

/// What the walk found.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) scan: ScanReport,
    /// What the checkpoints stand in.
    pub(super) checkpoints: &'static str,
    /// Why nothing was looked at of details, and of the access log.
    pub(super) lacks: [Option<&'static str>; 2],
    pub(super) roots: Roots,
    /// What links and rules say.
    pub(super) broken: Vec<Bad>,
    /// The ledger's own.
    pub(super) keys: LedgerKeys,
    /// Lines of witnesses, and who they are.
    pub(super) witnesses: Witnesses,
    pub(super) attested: u64,
    pub(super) signed: u64,
    pub(super) subjects: usize,
    pub(super) replayed: u64,
    pub(super) index: index::Roots,
    /// Details that are sound.
    pub(super) details: u64,
    pub(super) erased: Vec<Erased>,
    /// Details are not kept, and no entry that was read erases them.
    pub(super) unexplained: bool,
    /// Damage among details that no entry shows.
    pub(super) details_faults: Vec<Fault>,
    pub(super) access: Checked,
    /// Leaves of entries that kept receipts speak of.
    pub(super) leaves: std::collections::BTreeMap<u64, log::Hash>,
}

impl Walked {
    /// How many entries the checkpoint covers; all where there is none.
    pub(super) fn signed_size(&self) -> u64 {
        self.scan.slots.first().map_or(u64::MAX, |(_, checkpoint)| checkpoint.size)
    }
}

/// Entries on their way.
#[derive(Default)]
struct Chunk {
    /// Number of the first; the others follow it.
    first: u64,
    bytes: Vec<u8>,
    /// Ends of the entries in `bytes`, and where each can be read again.
    entries: Vec<(usize, Place)>,
}

impl Chunk {
    fn iter(&self) -> impl Iterator<Item = (&[u8], Place)> {
        let starts = std::iter::once(0).chain(self.entries.iter().map(|(end, _)| *end));
        starts
            .zip(&self.entries)
            .map(|(start, (end, place))| (self.bytes.get(start..*end).unwrap_or_default(), *place))
    }
}

/// What statements are looked at for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) rules: bool,
    pub(super) signatures: bool,
}

/// A chunk with what its entries say, nothing where nobody asks, and what is found of their details.
struct Said {
    chunk: Chunk,
    said: Vec<Option<Result<Submission, Unreadable>>>,
    details: Result<details::Found, log::Error>,
}

/// What the replaying thread found.
struct Told {
    broken: Vec<(Seq, Broken)>,
    subjects: usize,
    replayed: u64,
    index: index::Roots,
    /// Entries whose links were looked at.
    taken: u64,
    /// What is found of details, or why they could not be read.
    details: Result<details::Told, log::Error>,
}

/// Walks a source from its beginning to its end.
pub(super) fn walk(source: &dyn Source, options: &Options, kept: &Kept) -> Result<Walked, log::Error> {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let readers = options.threads.unwrap_or(cores).clamp(1, 64);
    let wanted = Wanted { rules: !options.no_rules, signatures: !options.no_signatures };
    let keys = &Keys::default();
    let cosigned = source.cosigned()?;
    thread::scope(|scope| {
        let (mut to_read, mut read) = (Vec::new(), Vec::new());
        for _ in 0..readers {
            let (into, chunks) = sync_channel::<Chunk>(WAITING);
            let (done, said) = sync_channel::<Said>(WAITING);
            scope.spawn(move || read_statements(source, &chunks, &done, wanted, keys));
            to_read.push(into);
            read.push(said);
        }
        let replaying = scope.spawn(move || replay(source, wanted, keys, &read));
        let mut walk = Walk::new(source, to_read, kept, Witnesses::of(cosigned));
        let scan = source.scan(&mut |met| {
            walk.take(met);
            Ok(())
        });
        let Walk { roots, places, ledger, misnamed, witnesses, attested, signed, leaves, .. } = walk.finish();
        // What was not looked at may not pass for verified.
        let whole = |told: &Told| told.taken == roots.size();
        let told = replaying.join().ok().filter(whole).unwrap_or_else(Told::fallen);
        let scan = scan?;
        let details::Told { sound, broken, erased, unexplained } = told.details?;
        let broken = misnamed.into_iter().chain(told.broken).chain(broken);
        let broken = broken.map(|(seq, why)| bad(seq, why, &places)).collect();
        let (subjects, replayed, index) = (told.subjects, told.replayed, told.index);
        let lacks = |check| source.lacks(check);
        let details_faults = if lacks(CheckName::Details).is_none() { source.details()? } else { Vec::new() };
        let access = if lacks(CheckName::Access).is_none() { source.access()? } else { Checked::default() };
        Ok(Walked {
            scan,
            checkpoints: source.checkpoints(),
            lacks: [CheckName::Details, CheckName::Access].map(lacks),
            roots,
            broken,
            keys: ledger,
            witnesses,
            attested,
            signed,
            subjects,
            replayed,
            index,
            details: sound,
            erased,
            unexplained,
            details_faults,
            access,
            leaves,
        })
    })
}

impl Told {
    /// A thread ended early.
    fn fallen() -> Self {
        let why = Broken::new(CheckName::Rules, "the replay stopped by a defect of this program".to_owned());
        Self {
            broken: vec![(Seq(0), why)],
            subjects: 0,
            replayed: 0,
            index: index::Roots::default(),
            taken: 0,
            details: Ok(details::Told::default()),
        }
    }
}

fn bad(seq: Seq, why: Broken, places: &[(u64, String)]) -> Bad {
    let segment = places.partition_point(|(first, _)| *first <= seq.0).checked_sub(1);
    let file = segment.and_then(|segment| places.get(segment)).map(|(_, file)| file.clone());
    Bad {
        seq: Some(seq),
        file: file.unwrap_or_else(|| "log".to_owned()),
        check: why.check,
        detail: why.detail,
    }
}

/// The walking thread's side.
struct Walk<'a> {
    source: &'a dyn Source,
    to_read: Vec<SyncSender<Chunk>>,
    /// Whose turn it is; the replay takes turns in the same order.
    turn: usize,
    chunk: Chunk,
    roots: Roots,
    /// First entry and name of each file met.
    places: Vec<(u64, String)>,
    /// How many entries the checkpoint covers.
    covered: u64,
    ledger: LedgerKeys,
    witnesses: Witnesses,
    /// Entries that say no key where they must.
    misnamed: Vec<(Seq, Broken)>,
    attested: u64,
    signed: u64,
    wanted: std::collections::BTreeSet<u64>,
    leaves: std::collections::BTreeMap<u64, log::Hash>,
}

impl<'a> Walk<'a> {
    fn new(
        source: &'a dyn Source,
        to_read: Vec<SyncSender<Chunk>>,
        kept: &Kept,
        witnesses: Witnesses,
    ) -> Self {
        let signed = source.sizes();
        let covered = signed.first().copied().unwrap_or(u64::MAX);
        let sizes = kept.sizes().into_iter().chain(signed).chain(witnesses.sizes());
        Self {
            source,
            to_read,
            turn: 0,
            chunk: Chunk::default(),
            roots: Roots::wanting(sizes),
            places: Vec::new(),
            covered,
            ledger: LedgerKeys::default(),
            witnesses,
            misnamed: Vec::new(),
            attested: 0,
            signed: 0,
            wanted: kept.seqs(),
            leaves: std::collections::BTreeMap::new(),
        }
    }

    fn take(&mut self, met: &Visited<'_, '_>) {
        let seq = met.entry.seq.0;
        if seq != self.roots.size() {
            // Entries behind a gap rest on what is missing: the scan reports the gap.
            return;
        }
        let file = met.file.display().to_string();
        if self.places.last().is_none_or(|(_, last)| *last != file) {
            self.places.push((seq, file));
        }
        self.witnesses.take(met.entry);
        if let Err(why) = self.ledger.take(met.entry) {
            self.misnamed.push((met.entry.seq, why));
        }
        if self.wanted.contains(&seq) {
            self.leaves.insert(seq, met.leaf);
        }
        match met.entry.body {
            Body::Signed { .. } if seq < self.covered => self.signed += 1,
            Body::Attested { .. } if seq < self.covered => self.attested += 1,
            Body::Signed { .. } | Body::Attested { .. } | Body::Ledger { .. } => {}
        }
        self.roots.push(met.leaf);
        if self.chunk.entries.is_empty() {
            self.chunk.first = seq;
        }
        self.chunk.bytes.extend_from_slice(met.bytes);
        self.chunk.entries.push((self.chunk.bytes.len(), self.source.place(met)));
        if self.chunk.entries.len() >= CHUNK {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let chunk = std::mem::take(&mut self.chunk);
        if let Some(into) = self.to_read.get(self.turn) {
            // A thread that is gone has panicked; the replay says that it ended early.
            drop(into.send(chunk));
        }
        self.turn = (self.turn + 1) % self.to_read.len().max(1);
    }

    fn finish(mut self) -> Self {
        self.hand_over();
        self.to_read.clear();
        self
    }
}

fn read_statements(
    source: &dyn Source,
    chunks: &Receiver<Chunk>,
    done: &SyncSender<Said>,
    wanted: Wanted,
    keys: &Keys,
) {
    while let Ok(chunk) = chunks.recv() {
        let mut said = Vec::new();
        if wanted.rules || wanted.signatures {
            said.extend(chunk.iter().map(|(bytes, _)| read(bytes, wanted)));
        }
        if wanted.signatures {
            for (seq, said) in (chunk.first..).zip(&mut said) {
                if let Some(Ok(said)) = said {
                    keys.meet(Seq(seq), said);
                }
            }
        }
        let details = look(source, &chunk, &said);
        if done.send(Said { chunk, said, details }).is_err() {
            return;
        }
    }
}

fn look(
    source: &dyn Source,
    chunk: &Chunk,
    said: &[Option<Result<Submission, Unreadable>>],
) -> Result<details::Found, log::Error> {
    let mut found = details::Found::default();
    if source.lacks(CheckName::Details).is_some() {
        return Ok(found);
    }
    let mut said = said.iter();
    for (bytes, _) in chunk.iter() {
        found.look(source, bytes, said.next().and_then(Option::as_ref))?;
    }
    Ok(found)
}

/// What an entry says; nothing where nobody asks for it.
fn read(bytes: &[u8], wanted: Wanted) -> Option<Result<Submission, Unreadable>> {
    let entry = match Entry::decode(bytes) {
        Ok(entry) => entry,
        Err(why) => return Some(Err(Unreadable::malformed(why.to_string()))),
    };
    let of_use = wanted.rules
        || matches!(entry.body, Body::Signed { .. })
        || entry.body.statement().contains("\"key.registered\"");
    of_use.then(|| seal::again(&entry))
}

fn replay(source: &dyn Source, wanted: Wanted, keys: &Keys, read: &[Receiver<Said>]) -> Told {
    let mut replay = Replay::new(source, wanted, keys);
    let (mut broken, mut found) = (Vec::new(), Ok(details::Found::default()));
    // Turns end with the first thread that has nothing more: chunks were handed out in this order.
    for turn in read.iter().cycle() {
        let Ok(Said { chunk, said, details }) = turn.recv() else { break };
        match (details, &mut found) {
            (Ok(later), Ok(found)) => found.add(later),
            (Err(unread), Ok(_)) => found = Err(unread),
            (_, Err(_)) => {}
        }
        let mut said = said.into_iter();
        for (bytes, place) in chunk.iter() {
            // Bytes the scan has decoded decode again.
            let Ok(entry) = Entry::decode(bytes) else { continue };
            replay.take(&entry, place, said.next().flatten(), &mut broken);
        }
    }
    let (subjects, taken) = (replay.subjects(), replay.taken());
    let details = found.map(details::Found::conclude);
    let (replayed, index) = (replay.replayed, replay.index);
    Told { broken, subjects, replayed, index, taken, details }
}
