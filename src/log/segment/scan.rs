//! The walk over a segment's bytes: every byte is a header's, a body's, or must be zero.

use crate::domain::Seq;

use super::super::error::Damage;
use super::{COMMIT_HEADER_BYTES, CommitHeader, SECTOR, SEGMENT_HEADER_BYTES, align, records};

/// One commit of a segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Commit<'a> {
    /// Where its header begins, in bytes from the start of the file.
    pub(crate) offset: u64,
    /// What its header says; the checksums hold and the records add up.
    pub(crate) header: CommitHeader,
    /// The records.
    pub(crate) body: &'a [u8],
}

impl Commit<'_> {
    /// Where its records begin.
    pub(crate) fn body_offset(&self) -> u64 {
        self.offset + COMMIT_HEADER_BYTES as u64
    }

    /// Where its bytes end.
    pub(crate) fn end(&self) -> u64 {
        self.body_offset() + self.body.len() as u64
    }
}

/// What the walk met.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// A sound commit.
    Commit(Commit<'a>),
    /// Nothing but zeros from here on.
    End,
    /// Something else. The walk ends here.
    Bad {
        /// Where.
        offset: u64,
        /// What.
        what: Damage,
    },
}

/// A walk over the commits of one segment.
#[derive(Clone, Debug)]
pub(crate) struct Scan<'a> {
    bytes: &'a [u8],
    /// End of the last sound commit, or of the segment header.
    end: u64,
    next: Seq,
}

impl<'a> Scan<'a> {
    /// A walk from the header on.
    pub(crate) fn new(bytes: &'a [u8], first: Seq) -> Self {
        Self { bytes, end: SEGMENT_HEADER_BYTES as u64, next: first }
    }

    /// Where the next commit begins or would begin.
    pub(crate) fn position(&self) -> u64 {
        align(self.end)
    }

    /// The next thing in the file.
    pub(crate) fn step(&mut self) -> Step<'a> {
        let start = self.position();
        if let Some(offset) = nonzero(self.bytes, self.end, start) {
            return Step::Bad { offset, what: Damage::NotZero };
        }
        let rest = tail(self.bytes, start);
        let head = rest.get(..COMMIT_HEADER_BYTES).unwrap_or(rest);
        if head.iter().all(|b| *b == 0) {
            return match nonzero(self.bytes, start, self.bytes.len() as u64) {
                None => Step::End,
                Some(offset) => Step::Bad { offset, what: Damage::NotZero },
            };
        }
        match self.commit(start, rest) {
            Ok(commit) => {
                self.end = commit.end();
                self.next = Seq(self.next.0 + u64::from(commit.header.count));
                Step::Commit(commit)
            }
            Err(what) => Step::Bad { offset: start, what },
        }
    }

    fn commit(&self, offset: u64, rest: &'a [u8]) -> Result<Commit<'a>, Damage> {
        let header = CommitHeader::parse(rest)?;
        let length = usize::try_from(header.length).map_err(|_| Damage::CommitHeader)?;
        let body =
            rest.get(COMMIT_HEADER_BYTES..COMMIT_HEADER_BYTES + length).ok_or(Damage::CommitChecksum)?;
        if crc32c::crc32c(body) != header.body_crc {
            return Err(Damage::CommitChecksum);
        }
        if header.first != self.next {
            return Err(Damage::CommitGap);
        }
        let mut count = 0;
        for record in records(body) {
            record?;
            count += 1;
        }
        if count == header.count { Ok(Commit { offset, header, body }) } else { Err(Damage::CommitRecords) }
    }

    /// The body of the commit at an offset, whatever its checksum says; empty where there is none.
    pub(crate) fn unchecked(&self, offset: u64) -> &'a [u8] {
        let rest = tail(self.bytes, offset);
        let length = CommitHeader::parse(rest).ok().and_then(|header| usize::try_from(header.length).ok());
        let body = length.and_then(|length| rest.get(COMMIT_HEADER_BYTES..COMMIT_HEADER_BYTES + length));
        body.unwrap_or_default()
    }

    /// Whether a sound commit header stands anywhere from this multiple of 512 on. If so, what could
    /// not be read before it was not the last thing written, and is no torn tail.
    pub(crate) fn later_commit(&self, from: u64) -> bool {
        let mut offset = from;
        while offset < self.bytes.len() as u64 {
            if CommitHeader::parse(tail(self.bytes, offset)).is_ok() {
                return true;
            }
            offset += SECTOR;
        }
        false
    }
}

fn tail(bytes: &[u8], from: u64) -> &[u8] {
    usize::try_from(from).ok().and_then(|from| bytes.get(from..)).unwrap_or_default()
}

/// First byte in `from..to` that is not zero.
fn nonzero(bytes: &[u8], from: u64, to: u64) -> Option<u64> {
    let length = usize::try_from(to.saturating_sub(from)).ok()?;
    let rest = tail(bytes, from);
    let rest = rest.get(..length).unwrap_or(rest);
    // Whole blocks first: reserved space is mebibytes of zeros.
    let mut skipped = 0;
    for block in rest.chunks(4096) {
        if block.iter().fold(0, |all, b| all | b) != 0 {
            let place = block.iter().position(|b| *b != 0)?;
            return Some(from + (skipped + place) as u64);
        }
        skipped += block.len();
    }
    None
}
