//! What can go wrong with the log: one closed enum, three reactions (refused, retry, fatal).

use std::io;
use std::path::PathBuf;

use crate::domain::event::ledger::RULES;
use crate::domain::{Code, Seq};

use super::entry::EntryError;

/// Result of the log's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the log did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes are not what they must be (exit 7).
    #[error("{}: byte {offset}{}: {what}", file.display(), resting(*seq))]
    Corrupt {
        /// File, relative to the data directory.
        file: PathBuf,
        /// Where in the file, in bytes.
        offset: u64,
        /// First entry that rests on it.
        seq: Option<Seq>,
        /// What is wrong there.
        what: Damage,
    },
    /// Another process writes this ledger (exit 8).
    #[error("{} is in use by another process", dir.display())]
    InUse {
        /// The data directory.
        dir: PathBuf,
    },
    /// The directory was written by another version (exit 10).
    #[error("format {found}; this program reads format 2")]
    OtherVersion {
        /// Version found in ledger.toml and the segments.
        found: u32,
    },
    /// The ledger's entries are judged by rules that this program does not know (exit 10).
    #[error("the entries are judged by rule set {found}; this program knows rule set {RULES}")]
    OtherRules {
        /// The rule set that entry 0 names, as it is written there.
        found: String,
    },
    /// The signing key is not there, or is not the one that signed `head` (exit 10).
    #[error("{} does not hold the key that signed this ledger", file.display())]
    MissingKey {
        /// Where the key should be.
        file: PathBuf,
    },
    /// The operating system refused (exit 6 where it concerned truth: the writer has stopped).
    #[error("{op} {}: {source}", path.display())]
    Io {
        /// What was tried.
        op: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// No space could be reserved: nothing was written, and it may be tried again (507).
    #[error("no space for {needed} bytes: {source}")]
    Full {
        /// Bytes the next commit needs.
        needed: u64,
        /// What the system answered.
        source: io::Error,
    },
    /// A write or sync failed before: this process writes no more (exit 6).
    #[error("writing has stopped after a failed write or sync")]
    Stopped,
    /// No entry of that number (exit 4).
    #[error("no entry {seq}: the log holds {size}")]
    NotFound {
        /// Number asked for.
        seq: Seq,
        /// Entries there are.
        size: u64,
    },
    /// An entry above the limit (413).
    #[error("an entry of {found} bytes; at most {max}")]
    TooLarge {
        /// Its bytes.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The group holds as much as one commit can: commit, then stage again.
    #[error("a group of {found} bytes; at most {max}")]
    GroupFull {
        /// Bytes the group would have.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// What was to be staged would not be read again.
    #[error(transparent)]
    BadEntry(#[from] EntryError),
    /// An instant before the last entry's.
    #[error("an entry may not be earlier than the one before it")]
    Earlier,
    /// The directory already holds something of a ledger.
    #[error("{} exists already", path.display())]
    Exists {
        /// What was found.
        path: PathBuf,
    },
    /// The directory is older than something the ledger has signed.
    #[error("the directory has been rolled back: {why} ({from})")]
    RolledBack {
        /// Where the newer checkpoint was kept.
        from: String,
        /// What shows it.
        why: String,
    },
    /// The directory is a copy that may not write, or not yet (exit 9).
    #[error("the directory is a copy: {why}")]
    Copied {
        /// Which, and what it lacks.
        why: String,
    },
    /// The key that the log names signs from now on: it was taken up, and nothing was signed without it. The
    /// ledger is to be opened again.
    #[error("the key that the log names was taken up; open again")]
    TakenUp,
    /// What should be a checkpoint of this ledger is none.
    #[error("{from}: {why}")]
    NotKept {
        /// Where it was kept.
        from: String,
        /// What is wrong with it.
        why: String,
    },
    /// A proof that does not give the root it should: nothing was signed or handed out.
    #[error("a proof for size {size} does not give its root")]
    BadProof {
        /// Tree size it was for.
        size: u64,
    },
}

impl Error {
    /// Exit code of a command this ends (API section 1).
    #[must_use]
    pub fn exit(&self) -> u8 {
        match self {
            Self::Corrupt { .. } | Self::BadProof { .. } => 7,
            Self::InUse { .. } => 8,
            Self::RolledBack { .. } | Self::Copied { .. } => 9,
            Self::OtherVersion { .. } | Self::OtherRules { .. } | Self::MissingKey { .. } => 10,
            Self::Io { .. } | Self::Full { .. } | Self::Stopped => 6,
            Self::NotFound { .. } => 4,
            Self::Exists { .. } | Self::NotKept { .. } => 2,
            Self::TooLarge { .. }
            | Self::GroupFull { .. }
            | Self::BadEntry(_)
            | Self::Earlier
            | Self::TakenUp => 1,
        }
    }
}

/// A place where bytes are not what they must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// File, relative to the data directory.
    pub file: PathBuf,
    /// Where in the file, in bytes.
    pub offset: u64,
    /// First entry that rests on it, where one does.
    pub seq: Option<Seq>,
    /// What is wrong there.
    pub what: Damage,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Corrupt { file: fault.file, offset: fault.offset, seq: fault.seq, what: fault.what }
    }
}

/// What is wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The file is not there.
    #[error("the file is missing")]
    Missing,
    /// A file that has no place in the directory.
    #[error("a file that does not belong here")]
    Stray,
    /// ledger.toml is not its three lines.
    #[error("not the three lines format, origin, zone")]
    Manifest,
    /// No slot of head is valid.
    #[error("no valid slot")]
    NoHead,
    /// A slot of head is neither valid nor zeros.
    #[error("a slot that is neither valid nor empty")]
    HeadSlot,
    /// The checkpoint in head is not the log's.
    #[error("the checkpoint does not fit the log")]
    HeadMismatch,
    /// The checkpoint in head is not signed by the ledger's key.
    #[error("the checkpoint's signature does not verify")]
    HeadSignature,
    /// A segment header that does not parse.
    #[error("no segment header")]
    SegmentHeader,
    /// A segment header of another version than ledger.toml says.
    #[error("a version that ledger.toml does not agree with")]
    SegmentVersion,
    /// A segment of another ledger.
    #[error("a segment of another origin")]
    SegmentOrigin,
    /// A segment that does not continue the one before.
    #[error("does not continue the segment before")]
    SegmentGap,
    /// A commit header that does not parse.
    #[error("no commit header")]
    CommitHeader,
    /// A commit's checksum does not hold.
    #[error("the checksum of the commit does not hold")]
    CommitChecksum,
    /// A commit that does not continue the one before.
    #[error("the commit does not continue the one before")]
    CommitGap,
    /// The records of a commit are not those its header says.
    #[error("the records of the commit do not add up")]
    CommitRecords,
    /// A commit beyond head whose MAC is not by the ledger's key.
    #[error("nobody shows that this ledger wrote it: its MAC is not by the ledger's key")]
    Unproven,
    /// A byte that must be zero.
    #[error("a byte that must be zero")]
    NotZero,
    /// Entry bytes that do not decode.
    #[error("no entry")]
    Entry,
    /// An entry of another number.
    #[error("an entry of another number")]
    EntrySeq,
    /// An entry earlier than the one before.
    #[error("earlier than the entry before")]
    EntryTime,
    /// An entry that does not carry the link of the one before.
    #[error("does not carry the link of the entry before")]
    Chain,
    /// An entry that is not linked under the subject whose history leads to it.
    #[error("is not linked under the subject that leads to it")]
    Links,
    /// An entry that is not the tree's leaf.
    #[error("is not the leaf the tree holds")]
    Leaf,
    /// What was read back is not what was checked.
    #[error("read back otherwise than it was checked")]
    ReadBack,
    /// The log ends before head's size.
    #[error("the log ends before the size in head")]
    Short,
    /// A block of an index file (derived) whose checksum does not hold.
    #[error("the checksum of the index does not hold")]
    Index,
    /// Bytes among the records of details that are none.
    #[error("no record of a detail")]
    Detail,
    /// The slot a record of a detail names holds no key.
    #[error("a slot that holds no key for its detail")]
    DetailKey,
    /// A line of the access log that is none, or not the next.
    #[error("not a line that continues the one before")]
    Access,
    /// The rules refuse an entry that was never acknowledged.
    #[error("the rules refuse it: {0}")]
    Refused(Code),
}

fn resting(seq: Option<Seq>) -> String {
    seq.map(|seq| format!(" (entry {seq})")).unwrap_or_default()
}
