//! The one walk over a segment's entries: opening, rebuilding and verifying all go through it.

use crate::domain::{Instant, Seq};

use super::entry::Entry;
use super::error::{Damage, Result};
use super::link::Link;
use super::segment::{Commit, CommitHeader, SECTOR, SEGMENT_HEADER_BYTES, Scan, Step, align, records};

/// Where a walk stands: what the next entry must continue.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Number of the next entry.
    pub seq: Seq,
    /// Link of the entry before it.
    pub link: Link,
    /// Instant of the entry before it.
    pub at: Instant,
}

impl Position {
    /// Before an entry whose predecessor's instant is not known.
    #[must_use]
    pub fn before(seq: Seq, link: Link) -> Self {
        Self { seq, link, at: Instant { micros: i64::MIN } }
    }

    /// Takes the bytes of the next entry: they decode, chain and follow in time. Gives what they say and
    /// their link.
    ///
    /// # Errors
    /// What is wrong with them; the position stays.
    pub fn take<'a>(&mut self, bytes: &'a [u8]) -> std::result::Result<(Entry<'a>, Link), Damage> {
        let entry = Entry::decode(bytes).map_err(|_| Damage::Entry)?;
        if entry.seq != self.seq {
            return Err(Damage::EntrySeq);
        }
        if entry.prev != self.link {
            return Err(Damage::Chain);
        }
        if entry.at < self.at {
            return Err(Damage::EntryTime);
        }
        let link = Link::of(bytes);
        *self = Self { seq: Seq(self.seq.0 + 1), link, at: entry.at };
        Ok((entry, link))
    }
}

/// An entry the walk came by: its bytes decode, chain and follow in time.
pub(crate) struct Visit<'a, 'b> {
    /// Where its record begins in the segment, in bytes.
    pub(crate) offset: u64,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// What they say.
    pub(crate) entry: &'b Entry<'a>,
    /// Its link.
    pub(crate) link: Link,
    /// The commit that holds it.
    pub(crate) commit: &'b Whole,
}

/// A commit, all of whose entries are sound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole {
    /// Where it begins, in bytes.
    pub(crate) offset: u64,
    /// What its header says.
    pub(crate) header: CommitHeader,
    /// Link of its last entry.
    pub(crate) last: Link,
}

/// Where a walk ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walked {
    /// End of the last sound commit, or of the segment header, in bytes.
    pub(crate) end: u64,
    /// What stands behind it, when that is not zeros.
    pub(crate) bad: Option<Bad>,
}

/// Something that is no sound commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bad {
    /// Where.
    pub(crate) offset: u64,
    /// What.
    pub(crate) what: Damage,
    /// The entry it is in, as far as can be told: the first behind the last sound commit, or later.
    pub(crate) seq: Seq,
    /// Whether a sound commit header stands behind it: then it is no torn tail.
    pub(crate) later: bool,
}

/// Walks a segment's bytes from its first entry up to entry `upto` (exclusive), moving `position`.
pub(crate) fn walk(
    bytes: &[u8],
    position: &mut Position,
    upto: u64,
    visit: &mut dyn FnMut(&Visit<'_, '_>) -> Result<()>,
) -> Result<Walked> {
    let mut scan = Scan::new(bytes, position.seq);
    let mut end = SEGMENT_HEADER_BYTES as u64;
    let mut entries = Vec::new();
    loop {
        if position.seq.0 >= upto {
            return Ok(Walked { end, bad: None });
        }
        let (offset, what, later_from) = match scan.step() {
            Step::End => return Ok(Walked { end, bad: None }),
            Step::Bad { offset, what } if offset == align(end) => (offset, what, offset + SECTOR),
            Step::Bad { offset, what } => (offset, what, offset - offset % SECTOR),
            Step::Commit(commit) => match check(&commit, *position, &mut entries) {
                Ok(after) => {
                    let commit_end = commit.end();
                    let whole = Whole { offset: commit.offset, header: commit.header, last: after.link };
                    for (offset, bytes, entry, link) in entries.drain(..) {
                        visit(&Visit { offset, bytes, entry: &entry, link, commit: &whole })?;
                    }
                    *position = after;
                    end = commit_end;
                    continue;
                }
                Err((offset, what)) => (offset, what, commit.offset + SECTOR),
            },
        };
        let seq = match what {
            Damage::CommitChecksum => damaged(scan.unchecked(offset), *position),
            _ => position.seq,
        };
        let later = scan.later_commit(later_from);
        return Ok(Walked { end, bad: Some(Bad { offset, what, seq, later }) });
    }
}

/// The entry of a commit that its checksum does not fit: the first that does not decode or follow, or
/// the one before where it is only its link that the next does not carry.
fn damaged(body: &[u8], mut position: Position) -> Seq {
    let first = position.seq;
    for record in records(body) {
        let entry = record.ok().and_then(|(_, bytes)| Some((bytes, Entry::decode(bytes).ok()?)));
        match entry {
            Some((bytes, entry)) if entry.seq == position.seq && entry.prev == position.link => {
                let link = Link::of(bytes);
                position = Position { seq: Seq(position.seq.0 + 1), link, at: entry.at };
            }
            Some((_, entry)) if entry.seq == position.seq => break,
            _ => return position.seq,
        }
    }
    Seq(position.seq.0.saturating_sub(1).max(first.0))
}

type Checked<'a> = (u64, &'a [u8], Entry<'a>, Link);

/// Checks every entry of a commit before any is taken: a commit counts whole or not at all.
fn check<'a>(
    commit: &Commit<'a>,
    mut position: Position,
    into: &mut Vec<Checked<'a>>,
) -> std::result::Result<Position, (u64, Damage)> {
    into.clear();
    for record in records(commit.body) {
        let (at, bytes) = record.map_err(|what| (commit.offset, what))?;
        let offset = commit.body_offset() + at as u64;
        let (entry, link) = position.take(bytes).map_err(|what| (offset, what))?;
        into.push((offset, bytes, entry, link));
    }
    Ok(position)
}
