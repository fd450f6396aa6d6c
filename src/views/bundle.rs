//! Bundles (FORMAT section 7): everything that is needed to check some entries, or all entries about a
//! subject, without this server. What a bundle holds is settled on one committed state; it is written
//! piece by piece, so that a long history is never in memory as a whole.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::domain::statement::Unreadable;
use crate::domain::{Data, ResponsibilityId, Seq, Speaker, Subject, Voice};
use crate::log::proof::BUNDLE_BYTES_MAX;
use crate::log::{self, Body, Committed, Entry, Hash, Reader, SubjectLast, subjects};
use crate::seal;

use super::answer::details::Look;
use super::{Error, Result, closure, fold};

/// Bytes of a piece, about.
const PIECE_BYTES: usize = 256 << 10;
/// Characters that an entry and its proof take beside their own, at most.
const AROUND: u64 = 128;
/// Characters of a hash with its quotation marks and comma.
const HASH: u64 = 47;

/// What a bundle is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// Every entry of a subject; of a responsibility, everything that its answer is folded from.
    Subject(Subject),
    /// One entry, with what it takes to judge it.
    Entry(Seq),
}

/// A bundle on its way out.
#[derive(Debug)]
pub struct Bundle {
    reader: Reader,
    committed: Arc<Committed>,
    /// Its checkpoint, with the lines of witnesses where they are known.
    note: Box<str>,
    seqs: Vec<Seq>,
    subjects: Vec<Line>,
    complete_below: Option<u64>,
    since: Option<Since>,
    /// Entries written; the beginning is written with the first.
    written: usize,
    begun: bool,
    bytes: u64,
    limit: u64,
}

/// A subject's line.
#[derive(Debug, Serialize)]
struct Line {
    name: Subject,
    count: u64,
    last: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<Index>,
}

/// That the line stands under an index root.
#[derive(Debug, Serialize)]
struct Index {
    seq: Seq,
    leaf_index: u64,
    leaf_count: u64,
    proof: Vec<Hash>,
}

#[derive(Debug, Serialize)]
struct Since {
    checkpoint: String,
    proof: Vec<Hash>,
}

#[derive(Serialize)]
struct Carried {
    seq: Seq,
    entry: String,
    proof: Vec<Hash>,
    disclosures: Vec<Box<str>>,
}

impl Bundle {
    /// Settles what the bundle holds, as the log is now. `dir` is the data directory, in which subjects of
    /// the newest index root may be kept. `None` when no entry is about the subject.
    ///
    /// # Errors
    /// Those of the log; [`Error::TooLarge`].
    pub fn settle(reader: &Reader, dir: &Path, about: &About) -> Result<Option<Self>> {
        Self::within(reader, dir, about, BUNDLE_BYTES_MAX)
    }

    pub(super) fn within(reader: &Reader, dir: &Path, about: &About, limit: u64) -> Result<Option<Self>> {
        let committed = reader.committed();
        let Some(upto) = committed.size.checked_sub(1).map(Seq) else { return Ok(None) };
        let mut collected = Collected {
            reader,
            upto,
            names: Vec::new(),
            seqs: BTreeSet::new(),
            bytes: 0,
            levels: levels(upto),
            limit,
        };
        match about {
            About::Subject(subject) => {
                if reader.last(subject.as_str(), Some(upto))?.is_none() {
                    return Ok(None);
                }
                collected.subject(subject)?;
                let responsibility = subject.as_str().strip_prefix("r:").map(ResponsibilityId::parse);
                if let Some(Ok(responsibility)) = responsibility {
                    for subject in closure::subjects(reader, &responsibility, upto)? {
                        collected.subject(&subject)?;
                    }
                }
            }
            About::Entry(seq) => collected.entry_alone(*seq)?,
        }
        collected.subject(&Subject::ledger())?;
        let Collected { names, seqs, .. } = collected;
        let (subjects, complete_below) = lines(reader, dir, &names, upto)?;
        Ok(Some(Self {
            reader: reader.clone(),
            note: committed.checkpoint.as_str().into(),
            committed,
            seqs: seqs.into_iter().collect(),
            subjects,
            complete_below,
            since: None,
            written: 0,
            begun: false,
            bytes: 0,
            limit,
        }))
    }

    /// Adds the proof that its checkpoint extends an older one of this log, of `size` entries.
    ///
    /// # Errors
    /// Those of the log.
    pub fn since(&mut self, checkpoint: &str, size: u64) -> Result<()> {
        let proof = self.committed.tree.consistency_proof(size, self.committed.size)?;
        self.since = Some(Since { checkpoint: checkpoint.to_owned(), proof });
        Ok(())
    }

    /// Takes the lines of witnesses from a note, if it is of the very checkpoint that the bundle has.
    pub fn cosigned(&mut self, note: &str) {
        let same = |text: &str| log::note::text(text).ok().map(|(text, _)| text.to_owned());
        if same(note).is_some_and(|text| same(&self.note) == Some(text)) {
            self.note = note.into();
        }
    }

    /// Entries it holds.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.seqs.len()
    }

    /// Size below which its subjects are proved to be whole.
    #[must_use]
    pub fn complete_below(&self) -> Option<u64> {
        self.complete_below
    }

    /// Appends the next piece, with the details that `look` shows; false after the last.
    ///
    /// # Errors
    /// Those of the log; [`Error::TooLarge`]. What was written is no bundle then.
    pub fn piece(&mut self, look: &Look, out: &mut Vec<u8>) -> Result<bool> {
        let before = out.len();
        if !self.begun {
            self.begun = true;
            out.extend_from_slice(br#"{"format":"estafet-bundle/1","origin":"#);
            put(out, self.reader.origin())?;
            out.extend_from_slice(br#","checkpoint":"#);
            put(out, &self.note)?;
            out.extend_from_slice(br#","entries":["#);
        }
        while out.len() - before < PIECE_BYTES
            && let Some(seq) = self.seqs.get(self.written).copied()
        {
            if self.written > 0 {
                out.push(b',');
            }
            put(out, &self.carried(seq, look)?)?;
            self.written += 1;
        }
        let more = self.written < self.seqs.len();
        if !more {
            self.end(out)?;
        }
        self.bytes += (out.len() - before) as u64;
        if self.bytes > self.limit { Err(Error::TooLarge { bytes: self.bytes }) } else { Ok(more) }
    }

    fn end(&self, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(br#"],"subjects":"#);
        put(out, &self.subjects)?;
        out.extend_from_slice(br#","complete_below":"#);
        put(out, &self.complete_below)?;
        if let Some(since) = &self.since {
            out.extend_from_slice(br#","since":"#);
            put(out, since)?;
        }
        out.extend_from_slice(b"}\n");
        Ok(())
    }

    fn carried(&self, seq: Seq, look: &Look) -> Result<Carried> {
        let bytes = self.reader.entry(seq)?;
        let proof = self.committed.tree.inclusion_proof(seq.0, self.committed.size)?;
        let disclosures = look.disclosures(&fold::decode(seq, &bytes)?)?;
        Ok(Carried { seq, entry: URL_SAFE_NO_PAD.encode(&bytes), proof, disclosures })
    }
}

/// Appends a value as JSON.
fn put(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<()> {
    serde_json::to_writer(out, value).map_err(|error| Error::Store(error.into()))
}

/// Hashes of a proof, at most.
fn levels(upto: Seq) -> u64 {
    u64::from(64 - upto.0.leading_zeros())
}

/// What a bundle will hold.
struct Collected<'a> {
    reader: &'a Reader,
    upto: Seq,
    /// In the order in which they were met: the one that is asked about is the first.
    names: Vec<Subject>,
    seqs: BTreeSet<Seq>,
    /// Characters that the entries take, without their details.
    bytes: u64,
    levels: u64,
    limit: u64,
}

impl Collected<'_> {
    /// Takes every entry of a subject, and the histories of the keys they are signed with.
    fn subject(&mut self, subject: &Subject) -> Result<()> {
        let mut open = vec![subject.clone()];
        while let Some(subject) = open.pop() {
            if self.names.contains(&subject) {
                continue;
            }
            let history = self.reader.history(subject.as_str(), Some(self.upto))?;
            if history.is_empty() {
                continue;
            }
            self.names.push(subject);
            for seq in history {
                open.extend(self.entry(seq)?);
            }
        }
        Ok(())
    }

    /// Takes one entry; gives the subject of the key it is signed with.
    fn entry(&mut self, seq: Seq) -> Result<Option<Subject>> {
        if !self.seqs.insert(seq) {
            return Ok(None);
        }
        let bytes = self.reader.entry(seq)?;
        self.bytes += bytes.len().div_ceil(3) as u64 * 4 + self.levels * HASH + AROUND;
        if self.bytes > self.limit {
            return Err(Error::TooLarge { bytes: self.bytes });
        }
        let entry = fold::decode(seq, &bytes)?;
        Ok(if matches!(entry.body, Body::Signed { .. }) { signer(&entry)? } else { None })
    }

    /// Takes an entry with what it takes to judge it: who its speaker is, its key, and the entries that it
    /// names.
    fn entry_alone(&mut self, seq: Seq) -> Result<()> {
        let bytes = self.reader.entry(seq)?;
        let event = event(&fold::decode(seq, &bytes)?)?;
        let statement = &event.statement;
        let named = statement.corrects.into_iter().chain(statement.about_entry());
        let approvals = statement.data.approvals().iter().copied();
        let named: Vec<_> = named.chain(approvals).filter(|named| *named < seq).collect();
        for seq in named.into_iter().chain([seq]) {
            let key = self.entry(seq)?;
            key.map_or(Ok(()), |key| self.subject(&key))?;
        }
        event.speaker.agency().map_or(Ok(()), |agency| self.subject(&Subject::genealogy(agency)))
    }
}

fn event(entry: &Entry<'_>) -> Result<crate::domain::Event> {
    seal::event(entry).map_err(|why: Unreadable| Error::Entry { seq: entry.seq, why })
}

/// The subject of the key that an entry is signed with.
fn signer(entry: &Entry<'_>) -> Result<Option<Subject>> {
    Ok(match event(entry)?.speaker {
        Speaker::Signed { agency, kid, .. } => Some(Subject::key(&agency, &kid)),
        Speaker::Token { .. } | Speaker::Import { .. } | Speaker::Ledger(_) | Speaker::Nobody => None,
    })
}

/// The lines of subjects, proved under the newest index root where there is one.
fn lines(reader: &Reader, dir: &Path, names: &[Subject], upto: Seq) -> Result<(Vec<Line>, Option<u64>)> {
    let Some((by, size, root)) = newest(reader, upto)? else {
        let whole = |name: &Subject| Ok(Line::new(name, reader.last(name.as_str(), Some(upto))?, None));
        return Ok((names.iter().map(whole).collect::<Result<_>>()?, None));
    };
    let found = reader.subjects(dir, size, Some((size, root)), &|| true)?;
    let found = found.filter(|found| found.root() == root).ok_or(log::Error::BadProof { size })?;
    let line = |name: &Subject| {
        let Some(subjects::Line { last, index, proof }) = found.find(name.as_str())? else {
            return Ok(Line::new(name, None, None));
        };
        let index = Index { seq: by, leaf_index: index, leaf_count: found.count(), proof };
        Ok(Line::new(name, Some(last), Some(index)))
    };
    Ok((names.iter().map(line).collect::<Result<_>>()?, Some(size)))
}

impl Line {
    fn new(name: &Subject, last: Option<SubjectLast>, index: Option<Index>) -> Self {
        let count = last.map_or(0, |last| last.ordinal);
        let last = last.and_then(|last| i64::try_from(last.seq.0).ok()).unwrap_or(-1);
        Self { name: name.clone(), count, last, index }
    }
}

/// The newest index root: the entry that records it, the entries it covers, the root.
fn newest(reader: &Reader, upto: Seq) -> Result<Option<(Seq, u64, Hash)>> {
    for seq in reader.history(Subject::ledger().as_str(), Some(upto))?.into_iter().rev() {
        let bytes = reader.entry(seq)?;
        let entry = fold::decode(seq, &bytes)?;
        if !matches!(entry.body, Body::Ledger { voice, .. } if voice == Voice::Index.as_str()) {
            continue;
        }
        if let Data::LedgerIndex(index) = event(&entry)?.statement.data {
            let root = Hash::parse(index.root.as_str()).ok_or(log::Error::BadProof { size: index.size })?;
            return Ok(Some((seq, index.size, root)));
        }
    }
    Ok(None)
}
