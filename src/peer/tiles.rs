//! Somebody's ledger as it is served by tiles (FORMAT section 5): its checkpoint, its hashes, its entries.
//! Answers are held to their form and their size here; whether they are true is for who asked.

use std::sync::Arc;

use crate::domain::Seq;
use crate::log::tile::{self, TileKind, TilePath};
use crate::log::tree::WIDTH;
use crate::log::{ENTRY_BYTES_MAX, Hash};

use super::client::{Base, CallError, Client, Deadlines};

/// Longest checkpoint: a note with sixteen lines of a witness each is shorter.
const NOTE_BYTES_MAX: usize = 16 << 10;
/// Longest answer that is a problem and not a tile.
const PROBLEM_BYTES_MAX: usize = 4 << 10;
/// Tiles asked for at once.
const AT_ONCE: usize = 8;

/// Why a ledger cannot be read from its server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Another answer than the one asked for.
    #[error("{url} answered {status}{}; check that a ledger is served there, and who may read it", behind(.why))]
    Status {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What the server says of it, as far as it can be shown.
        why: String,
    },
    /// Bytes that are not what stands at such an address.
    #[error("{url}: {why}; this server is broken or lies")]
    Malformed {
        /// What was asked for.
        url: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The ledger's entries are judged by rules that this program does not know.
    #[error("the entries are judged by rule set {found}, which this program does not know")]
    OtherRules {
        /// The rule set that entry 0 names.
        found: String,
    },
    /// This machine gives no thread or no sockets.
    #[error("this machine cannot call out: {0}")]
    Machine(String),
}

fn behind(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(" ({why})") }
}

impl ReadError {
    /// Whether the same question may have an answer later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Call(error) => error.may_pass(),
            Self::Status { status, .. } => *status >= 500 || matches!(status, 404 | 408 | 429),
            // something in between may have answered in its place
            Self::Malformed { .. } => true,
            Self::Machine(_) | Self::OtherRules { .. } => false,
        }
    }
}

type Result<T> = std::result::Result<T, ReadError>;

/// A ledger's server. Calls wait for their answer: no thread that serves others may make them.
#[derive(Debug)]
pub struct Server {
    base: Base,
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    /// The server at an address.
    ///
    /// # Errors
    /// [`ReadError::Machine`].
    pub fn new(base: Base, deadlines: Deadlines) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| ReadError::Machine(error.to_string()))?;
        Ok(Self { base, client: Client::new(deadlines)?, runtime })
    }

    /// Its address.
    #[must_use]
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// The checkpoint it serves now, as a note; nothing of it is checked.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn checkpoint(&self) -> Result<String> {
        let url = self.base.at("checkpoint");
        let body = self.runtime.block_on(fetch(&self.client, &url, NOTE_BYTES_MAX))?;
        let malformed = |_| ReadError::Malformed { url, why: "a checkpoint is text" };
        String::from_utf8(body).map_err(malformed)
    }

    /// Hashes of a tile of a log of this size, as many as the log has there.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn hashes(&self, level: u8, number: u64, width: u16) -> Result<Vec<Hash>> {
        let path = self.path(TileKind::Hashes(level), number, width)?;
        let (url, bytes) =
            self.runtime.block_on(whole_or_part(&self.client, &self.base, path, 32 * WIDTH))?;
        let bytes = bytes.get(..32 * usize::from(width)).filter(|_| is_of(&bytes, width));
        let read = bytes.and_then(|bytes| tile::read_hashes(bytes, width));
        read.ok_or(ReadError::Malformed { url, why: "a tile of hashes has 32 bytes for each" })
    }

    /// Entries `from..to`, from the beginning of the tile of the first, in order: tile by tile, several
    /// asked for at once. What `take` answers ends it.
    ///
    /// # Errors
    /// [`ReadError`], and what `take` answers.
    pub fn entries<E: From<ReadError>>(
        &self,
        from: u64,
        to: u64,
        take: &mut dyn FnMut(&Bundle) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let width = WIDTH as u64;
        let mut next = from / width;
        let end = to.div_ceil(width);
        let mut coming = std::collections::VecDeque::new();
        while next < end || !coming.is_empty() {
            while next < end && coming.len() < AT_ONCE {
                let held = u16::try_from((to - next * width).min(width)).unwrap_or(u16::MAX);
                let path = self.path(TileKind::Entries, next, held)?;
                let (client, base) = (self.client.clone(), self.base.clone());
                let limit = WIDTH * (ENTRY_BYTES_MAX + 2);
                let call = async move { whole_or_part(&client, &base, path, limit).await };
                coming.push_back((path, self.runtime.spawn(call)));
                next += 1;
            }
            let Some((path, call)) = coming.pop_front() else { break };
            let answer = self.runtime.block_on(call);
            let (url, bytes) = answer.map_err(|error| ReadError::Machine(error.to_string()))??;
            take(&Bundle::read(path, &url, bytes)?)?;
        }
        Ok(())
    }

    fn path(&self, kind: TileKind, number: u64, width: u16) -> Result<TilePath> {
        let url = || self.base.to_string();
        TilePath::new(kind, number, width)
            .ok_or_else(|| ReadError::Malformed { url: url(), why: "a log of that size has no such tile" })
    }
}

/// Entries of one tile.
#[derive(Debug)]
pub struct Bundle {
    /// The tile they came in.
    pub path: TilePath,
    /// Number of the first.
    pub first: Seq,
    bytes: Arc<[u8]>,
    ends: Vec<usize>,
}

impl Bundle {
    /// A full tile may come where a part of it was asked for: the server has grown.
    fn read(path: TilePath, url: &str, bytes: Vec<u8>) -> Result<Self> {
        let widths = [path.width(), WIDTH as u16];
        let read = widths.iter().find_map(|width| tile::read_entries(&bytes, *width));
        let malformed = || ReadError::Malformed {
            url: url.to_owned(),
            why: "a tile of entries has each behind its length in two bytes, as many as its name says",
        };
        let mut end = 0;
        let mut ends = Vec::with_capacity(usize::from(path.width()));
        for entry in read.ok_or_else(malformed)?.into_iter().take(usize::from(path.width())) {
            end += entry.len() + 2;
            ends.push(end);
        }
        Ok(Self { path, first: Seq(path.number() * WIDTH as u64), bytes: bytes.into(), ends })
    }

    /// Number, offset in the tile and bytes of each entry.
    pub fn iter(&self) -> impl Iterator<Item = (Seq, u64, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        (self.first.0..).zip(starts.zip(&self.ends)).map(|(seq, (start, end))| {
            let bytes = self.bytes.get(start + 2..*end).unwrap_or_default();
            (Seq(seq), start as u64, bytes)
        })
    }
}

/// A tile, or the full one that a partial one has become: a server need not keep the part.
async fn whole_or_part(
    client: &Client,
    base: &Base,
    path: TilePath,
    limit: usize,
) -> Result<(String, Vec<u8>)> {
    let url = base.at(&path.to_string());
    match fetch(client, &url, limit).await {
        Err(ReadError::Status { status: 404, url, why }) if usize::from(path.width()) < WIDTH => {
            let gone = ReadError::Status { status: 404, url, why };
            let full = TilePath::new(path.kind(), path.number(), WIDTH as u16).ok_or_else(|| gone.clone())?;
            let url = base.at(&full.to_string());
            match fetch(client, &url, limit).await {
                Err(ReadError::Status { status: 404, .. }) => Err(gone),
                other => other.map(|bytes| (url, bytes)),
            }
        }
        other => other.map(|bytes| (url, bytes)),
    }
}

async fn fetch(client: &Client, url: &str, limit: usize) -> Result<Vec<u8>> {
    let answer = client.get(url, limit.max(PROBLEM_BYTES_MAX)).await?;
    if answer.status == 200 {
        return Ok(answer.body);
    }
    // a problem's detail, which is shown to people: nothing else of what a stranger sends
    let short = if answer.body.len() <= PROBLEM_BYTES_MAX { answer.body.as_slice() } else { b"" };
    let problem: serde_json::Value = serde_json::from_slice(short).unwrap_or_default();
    let detail = problem.get("detail").and_then(serde_json::Value::as_str).unwrap_or_default();
    let why = detail.chars().filter(|c| !c.is_control()).take(200).collect();
    Err(ReadError::Status { url: url.to_owned(), status: answer.status, why })
}

fn is_of(bytes: &[u8], width: u16) -> bool {
    [32 * usize::from(width), 32 * WIDTH].contains(&bytes.len())
}
