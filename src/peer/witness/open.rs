//! Opening a witness's directory, or making it. A witness whose memory is gone would sign whatever it
//! is shown first: what is missing or damaged is said, and nothing is served.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};

use crate::log::{self, Cosigner, Damage, NoteError, Storage, Vkey};
use crate::seal;

use super::super::files::Files;
use super::evidence::Evidence;
use super::{EVIDENCE, HEADS, KEY, KEYS};
use super::{Head, Log, State, Witness, origin_hash};

/// Why a witness does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory: in use, damaged, without its key, or not to be read.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// A name that keys cannot have.
    #[error("a witness cannot have the name {0:?}: 1 to 255 bytes, without spaces and +")]
    BadName(String),
    /// The witness in the directory has another name.
    #[error("the witness here is {kept}, not {asked}")]
    OtherName {
        /// Its name.
        kept: String,
        /// The name that was asked for.
        asked: String,
    },
}

impl Witness {
    /// Opens the witness in a directory; one that holds none yet gets a key made of `seed`, under
    /// `name` or one that is made of the key. It watches the logs whose keys are given: a log's origin
    /// is its key's name, and several keys of one name are keys of one log.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        storage: Arc<dyn Storage>,
        dir: &Path,
        name: Option<&str>,
        seed: &[u8; 32],
        logs: &[Vkey],
    ) -> Result<Self, OpenError> {
        let (files, lock) = Files::lock(storage, dir)?;
        let cosigner = match files.read(KEY)? {
            Some(text) => Cosigner::from_secret(&text).ok_or_else(no_key)?,
            None => found(&files, name, seed)?,
        };
        if let Some(asked) = name.filter(|name| *name != cosigner.name()) {
            return Err(OpenError::OtherName { kept: cosigner.name().to_owned(), asked: asked.to_owned() });
        }
        let missing = |folder: &str| damaged(folder, Damage::Missing);
        files.names(HEADS)?.ok_or_else(|| missing(HEADS))?;
        let kept = files.names(EVIDENCE)?.ok_or_else(|| missing(EVIDENCE))?;
        // what an earlier process may have named without making it durable is served only after this
        files.sync(HEADS)?;
        let mut keys: BTreeMap<String, Vec<Vkey>> = BTreeMap::new();
        for vkey in logs {
            keys.entry(vkey.name().to_owned()).or_default().push(vkey.clone());
        }
        let mut watched = BTreeMap::new();
        for (origin, keys) in keys {
            let hash = origin_hash(&origin);
            let head = head(&files, &cosigner, &origin, &hash)?;
            let shown = RwLock::new(head.as_ref().map(|head| Arc::clone(&head.note)));
            let state = Mutex::new(State { head, evidence: Evidence::new(&hash, &kept) });
            watched.insert(origin, Log { hash, keys, state, shown });
        }
        Ok(Self { cosigner, logs: watched, files, stopped: AtomicBool::new(false), _lock: lock })
    }
}

/// Makes a witness's key, unless the directory holds what a witness without a key left behind.
fn found(files: &Files, name: Option<&str>, seed: &[u8; 32]) -> Result<Cosigner, OpenError> {
    if files.names(HEADS)?.is_some_and(|names| !names.is_empty()) {
        return Err(no_key().into());
    }
    let name = name.map_or_else(|| default_name(seed), str::to_owned);
    let cosigner = Cosigner::new(&name, seed).map_err(|_| OpenError::BadName(name))?;
    files.found(&[KEYS, HEADS, EVIDENCE])?;
    files.put(KEY, &cosigner.secret(), 0o600).map_err(|why| why.on(KEY))?;
    Ok(cosigner)
}

/// A name that no other witness has: the beginning of a hash of the key's secret tells nothing of it.
fn default_name(seed: &[u8; 32]) -> String {
    let hash = seal::hex(&seal::sha256(&[b"estafet witness name", &seed[..]].concat()));
    format!("witness/{}", hash.get(..12).unwrap_or("1"))
}

/// The head of a log that is on the disk: only one that we cosigned.
fn head(files: &Files, cosigner: &Cosigner, origin: &str, hash: &str) -> Result<Option<Head>, log::Error> {
    let name = format!("{HEADS}/{hash}");
    let Some(note) = files.read(&name)? else { return Ok(None) };
    let head = Head::read(&note, &cosigner.vkey()).map_err(|why| match why {
        NoteError::Malformed | NoteError::BadKey => damaged(&name, Damage::HeadMismatch),
        NoteError::Unsigned | NoteError::BadSignature => damaged(&name, Damage::HeadSignature),
    })?;
    if head.checkpoint.origin != origin {
        return Err(damaged(&name, Damage::HeadMismatch));
    }
    Ok(Some(head))
}

fn no_key() -> log::Error {
    log::Error::MissingKey { file: KEY.into() }
}

fn damaged(name: &str, what: Damage) -> log::Error {
    log::Error::Corrupt { file: name.into(), offset: 0, seq: None, what }
}
