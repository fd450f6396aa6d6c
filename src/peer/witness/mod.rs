//! A witness (tlog-witness): it cosigns a checkpoint of a log it was told to watch when the log has
//! signed it and has shown that it extends the checkpoint cosigned last. Two heads that contradict
//! each other are never cosigned, whatever fails in between: checking and keeping are one step, under
//! one lock for each log, and durable before the answer leaves.

mod evidence;
mod judge;
mod open;
mod request;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::log::{Checkpoint, Cosigner, CosignerVkey, NoteError, Vkey, note};
use crate::seal;

use super::files::{Files, NotPut};
use evidence::{Evidence, Kind};

pub use evidence::KEPT_MAX;
pub use judge::{Refusal, forks, judge};
pub use open::OpenError;
pub use request::Request;

/// Directory of the key.
const KEYS: &str = "keys";
/// The key.
const KEY: &str = "keys/witness";
/// Directory of the heads.
const HEADS: &str = "heads";
/// Directory of what was refused.
const EVIDENCE: &str = "evidence";
/// Furthest the clock may be behind the last cosignature and be held at it, in seconds.
const CLAMP_S: u64 = 30;

/// A witness. Shared by the threads that answer.
pub struct Witness {
    cosigner: Cosigner,
    /// By origin.
    logs: BTreeMap<String, Log>,
    files: Files,
    /// A sync failed: what is on the disk is no longer known.
    stopped: AtomicBool,
    _lock: File,
}

/// A log that is watched.
struct Log {
    /// Lower hex of the SHA-256 of its origin: its path, and the name of its file.
    hash: String,
    keys: Vec<Vkey>,
    /// One request at a time decides and keeps.
    state: Mutex<State>,
    /// The newest cosigned head, as it is served.
    shown: RwLock<Option<Arc<str>>>,
}

struct State {
    head: Option<Head>,
    evidence: Evidence,
}

/// The head cosigned last.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    checkpoint: Checkpoint,
    /// The note with the log's lines and ours: the file, and what is served.
    note: Arc<str>,
    /// What is signed.
    text: String,
    time_s: u64,
}

impl Head {
    /// Takes a note that we cosigned.
    fn read(note: &str, vkey: &CosignerVkey) -> Result<Self, NoteError> {
        let (checkpoint, time_s) = note::cosigned(note, vkey)?;
        let (text, _) = note::text(note)?;
        Ok(Self { checkpoint, note: note.into(), text: text.to_owned(), time_s })
    }
}

impl Witness {
    /// The key its cosignatures are checked with.
    #[must_use]
    pub fn vkey(&self) -> CosignerVkey {
        self.cosigner.vkey()
    }

    /// Origins of the logs it watches.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.logs.keys().map(String::as_str)
    }

    /// Whether a failed sync has ended cosigning; reading goes on.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// The newest cosigned head of the log whose origin has that SHA-256 (lower hex): a note with the
    /// log's signature and ours.
    #[must_use]
    pub fn newest(&self, hash: &str) -> Option<Arc<str>> {
        let log = self.logs.values().find(|log| log.hash == hash)?;
        log.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Checks an `add-checkpoint` request at a time in POSIX seconds; the answer is our signature line,
    /// durable by then.
    ///
    /// # Errors
    /// The [`Refusal`]: nothing was cosigned.
    pub fn add(&self, body: &[u8], now_s: u64) -> Result<String, Refusal> {
        let request = Request::parse(body)?;
        let log = self.logs.get(&request.new.origin).ok_or(Refusal::UnknownOrigin)?;
        let lines = note::signed_by(request.note, &log.keys).map_err(Refusal::Untrusted)?;
        let signed = format!("{}\n{}", request.text, lines.concat());
        let mut state = log.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { head, evidence } = &mut *state;
        let last = head.as_ref().map(|head| &head.checkpoint);
        if let Err(refusal) = judge(last, &request) {
            let kind = match refusal {
                _ if last.is_some_and(|last| forks(last, &request)) => Some(Kind::Fork),
                Refusal::Inconsistent(_) => Some(Kind::Refused),
                _ => None,
            };
            if let (Some(kind), Some(head)) = (kind, head.as_ref()) {
                evidence.keep(&self.files, kind, &head.note, (request.text, &signed), &request.proof);
            }
            return Err(refusal);
        }
        if self.stopped() {
            return Err(Refusal::Stopped);
        }
        let time_s = time(head.as_ref(), now_s)?;
        let line = self.cosigner.cosign(request.text, time_s);
        // the same once more within a second: it is on the disk
        let again = head.as_ref().is_some_and(|head| head.text == request.text && head.time_s == time_s);
        if !again {
            let whole: Arc<str> = format!("{signed}{line}").into();
            self.keep(&log.hash, &whole)?;
            let text = request.text.to_owned();
            *head = Some(Head { checkpoint: request.new, note: Arc::clone(&whole), text, time_s });
            *log.shown.write().unwrap_or_else(PoisonError::into_inner) = Some(whole);
        }
        Ok(line)
    }

    /// Makes a head durable. After a failed sync nobody knows which head the disk holds: the next
    /// process reads it again.
    fn keep(&self, hash: &str, note: &str) -> Result<(), Refusal> {
        match self.files.put(&format!("{HEADS}/{hash}"), note, 0o644) {
            Ok(()) => Ok(()),
            Err(NotPut::Unchanged(error)) => {
                tracing::error!(%error, "a head could not be written; nothing was cosigned");
                Err(Refusal::Full)
            }
            Err(NotPut::Unknown(error)) => {
                tracing::error!(%error, "a head could not be made durable; nothing is cosigned any more");
                self.stopped.store(true, Ordering::SeqCst);
                Err(Refusal::Stopped)
            }
        }
    }
}

/// The time of the next cosignature: never before the last one of that log, which said that its head
/// was the largest seen until then.
fn time(last: Option<&Head>, now_s: u64) -> Result<u64, Refusal> {
    let last_s = last.map_or(0, |head| head.time_s);
    if last_s.saturating_sub(now_s) > CLAMP_S {
        tracing::error!(last_s, now_s, "the clock is behind the last cosignature");
        return Err(Refusal::ClockBehind);
    }
    Ok(now_s.max(last_s))
}

/// The path of a log's newest head, and the name of its file: lower hex of SHA-256 of its origin.
#[must_use]
pub fn origin_hash(origin: &str) -> String {
    seal::hex(&seal::sha256(origin.as_bytes()))
}
