//! API tokens: the operator's file of hashes (API section 2). A secret is shown once and kept as its
//! SHA-256 only.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Date, TokenId};
use crate::log::sum::same_secret;
use crate::seal::{self, hex};

use super::clock::Clock;

/// File of the tokens.
pub(super) const FILE: &str = "tokens.json";
/// The file is looked at again after this; whoever changes it waits as long, so that the change
/// counts when the command ends.
const LOOK_US: i64 = 1_000;
/// How often, and after how long each time, the lock of the file is asked for: half a minute in all, which is
/// hundreds of commands one after the other.
const LOCK_TRIES: u32 = 10_000;
const LOCK_PAUSE: Duration = Duration::from_millis(3);

/// A token as the file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Its name.
    pub token: TokenId,
    /// SHA-256 of the secret, hex.
    pub sha256: String,
    /// What it may do.
    pub role: Role,
    /// Whose it is.
    pub agency: Option<AgencyId>,
    /// First day it does not count.
    pub expires: Option<Date>,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// The file, read again whenever it is another.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    /// Absent: the file is looked at whenever it is asked about.
    clock: Option<Arc<dyn Clock>>,
    /// Guarded: read by every request, replaced when the file is read again.
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    tokens: Vec<Token>,
    /// The hash of each, in the same order; none where the file has no hash.
    hashes: Vec<Option<[u8; 32]>>,
    /// When it was last looked whether the file is another.
    looked_us: Option<i64>,
    /// Which file they were read from.
    stamp: Option<Stamp>,
    times_read: u64,
}

/// What tells one file from another that took its name.
type Stamp = (u64, u64, std::time::SystemTime);

impl Tokens {
    /// The tokens of a data directory; none when it has no file.
    #[must_use]
    pub fn open(dir: &Path) -> Self {
        Self { path: dir.join(FILE), clock: None, known: Mutex::default() }
    }

    /// The tokens of a ledger that is served: the file is looked at once in a millisecond.
    pub(super) fn served(dir: &Path, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..Self::open(dir) }
    }

    /// Every token, as the file has them now.
    #[must_use]
    pub fn list(&self) -> Vec<Token> {
        self.fresh().tokens.clone()
    }

    /// The token of a secret on a day, if it counts then. Secrets are compared by their hashes, and hashes in
    /// constant time.
    #[must_use]
    pub fn find(&self, secret: &str, today: Date) -> Option<Token> {
        let hash = seal::sha256(secret.as_bytes());
        let known = self.fresh();
        let is = |known: &Option<[u8; 32]>| known.is_some_and(|known| same_secret(&known, &hash));
        let at = known.hashes.iter().position(is);
        let found = at.and_then(|at| known.tokens.get(at)).cloned();
        found.filter(|token| !token.revoked && token.expires.is_none_or(|day| today < day))
    }

    /// The token of that name.
    #[must_use]
    pub fn named(&self, id: &TokenId) -> Option<Token> {
        self.fresh().tokens.iter().find(|token| token.token == *id).cloned()
    }

    /// Names of the tokens that were revoked.
    #[must_use]
    pub fn revoked(&self) -> Vec<TokenId> {
        let known = self.fresh();
        known.tokens.iter().filter(|token| token.revoked).map(|token| token.token.clone()).collect()
    }

    /// How often another file was found.
    #[must_use]
    pub fn times_read(&self) -> u64 {
        self.fresh().times_read
    }

    /// Adds a token, named by the beginning of its hash; answers it with its secret.
    ///
    /// # Errors
    /// Those of reading and writing the file; `TimedOut` while other commands hold it.
    pub fn create(
        &self,
        random: &[u8; 32],
        role: Role,
        agency: Option<AgencyId>,
        expires: Option<Date>,
    ) -> std::io::Result<(Token, String)> {
        let secret = format!("estafet_{}", hex(random));
        let sha256 = hex(&seal::sha256(secret.as_bytes()));
        let name = sha256.get(..12).unwrap_or("token");
        let token = TokenId::parse(name).map_err(std::io::Error::other)?;
        let token = Token { token, sha256, role, agency, expires, revoked: false };
        self.change(|all| {
            all.push(token.clone());
            true
        })?;
        Ok((token, secret))
    }

    /// Revokes a token; `false` when there is none of that name.
    ///
    /// # Errors
    /// As [`Tokens::create`].
    pub fn revoke(&self, id: &TokenId) -> std::io::Result<bool> {
        self.change(|all| match all.iter_mut().find(|token| token.token == *id) {
            Some(token) => {
                token.revoked = true;
                true
            }
            None => false,
        })
    }

    /// The one way in which the file changes: read, changed and put in its place under one lock, so that of two
    /// commands neither undoes what the other has reported as done. Answers what `change` does: whether there is
    /// anything to write.
    fn change(&self, change: impl FnOnce(&mut Vec<Token>) -> bool) -> std::io::Result<bool> {
        let _lock = self.lock()?;
        let mut all = self.read()?;
        let changed = change(&mut all);
        if changed {
            self.write(&all)?;
        }
        Ok(changed)
    }

    /// Locks a file beside the tokens until it is dropped.
    fn lock(&self) -> std::io::Result<File> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = self.path.with_extension("lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Err(std::io::Error::new(ErrorKind::TimedOut, "another command is changing tokens.json; try again"))
    }

    /// Who writes holds the lock.
    fn write(&self, all: &[Token]) -> std::io::Result<()> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let new = self.path.with_extension("json.tmp");
        // what a command left that was killed, or somebody put there, is neither followed nor written into
        match std::fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec_pretty(all)?)?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        if let Some(dir) = self.path.parent() {
            File::open(dir)?.sync_all()?;
        }
        std::thread::sleep(Duration::from_micros(LOOK_US.unsigned_abs()));
        Ok(())
    }

    /// The file's tokens, to write them back with a change: a file that cannot be read is not
    /// written over.
    fn read(&self) -> std::io::Result<Vec<Token>> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// What the file has now: it is read again when it is another. One that is gone or damaged
    /// leaves no token that counts.
    fn fresh(&self) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now_us = self.clock.as_ref().map(|clock| clock.boot_us());
        if let (Some(looked), Some(now)) = (known.looked_us, now_us)
            && (0..LOOK_US).contains(&(now - looked))
        {
            return known;
        }
        known.looked_us = now_us;
        let stamp = std::fs::metadata(&self.path).ok().and_then(|data| {
            use std::os::unix::fs::MetadataExt;
            Some((data.ino(), data.len(), data.modified().ok()?))
        });
        if known.stamp != stamp {
            known.tokens = self.read().unwrap_or_else(|error| {
                tracing::error!(%error, "tokens.json cannot be read: no token counts");
                Vec::new()
            });
            known.hashes = known.tokens.iter().map(|token| unhex(&token.sha256)).collect();
            known.stamp = stamp;
            known.times_read += 1;
        }
        known
    }
}

/// The hash that its hex digits say.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}
