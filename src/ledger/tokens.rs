//! API tokens: the operator's file of hashes (API section 2). A secret is shown once and kept as its
//! SHA-256 only.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Date, TokenId};
use crate::seal;

const FILE: &str = "tokens.json";

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

/// The file, read again whenever it may hold something new.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    /// Guarded: read by every request, replaced when the file is read again.
    known: Mutex<Vec<Token>>,
}

impl Tokens {
    /// The tokens of a data directory; none when it has no file.
    #[must_use]
    pub fn open(dir: &Path) -> Self {
        let tokens = Self { path: dir.join(FILE), known: Mutex::default() };
        tokens.reload();
        tokens
    }

    /// Every token, as the file has them now.
    #[must_use]
    pub fn list(&self) -> Vec<Token> {
        self.reload();
        self.lock().clone()
    }

    /// The token of a secret on a day, if it counts then. A secret that is not known has the file
    /// read again first.
    #[must_use]
    pub fn find(&self, secret: &str, today: Date) -> Option<Token> {
        let hash = hex(&seal::sha256(secret.as_bytes()));
        let there = |tokens: &[Token]| tokens.iter().find(|t| t.sha256 == hash).cloned();
        let first = there(&self.lock()).filter(|token| !token.revoked);
        let found = match first {
            Some(token) => Some(token),
            None => {
                self.reload();
                there(&self.lock())
            }
        };
        found.filter(|t| !t.revoked && t.expires.is_none_or(|day| today < day))
    }

    /// The token of that name.
    #[must_use]
    pub fn named(&self, id: &TokenId) -> Option<Token> {
        self.list().into_iter().find(|token| token.token == *id)
    }

    /// Adds a token, named by the beginning of its hash; answers it with its secret.
    ///
    /// # Errors
    /// Those of writing the file.
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
        let mut all = self.list();
        all.push(token.clone());
        self.write(&all)?;
        Ok((token, secret))
    }

    /// Revokes a token; `false` when there is none of that name.
    ///
    /// # Errors
    /// Those of writing the file.
    pub fn revoke(&self, id: &TokenId) -> std::io::Result<bool> {
        let mut all = self.list();
        let Some(token) = all.iter_mut().find(|token| token.token == *id) else { return Ok(false) };
        token.revoked = true;
        self.write(&all).map(|()| true)
    }

    fn write(&self, all: &[Token]) -> std::io::Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let new = self.path.with_extension("json.tmp");
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec_pretty(all)?)?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        if let Some(dir) = self.path.parent() {
            std::fs::File::open(dir)?.sync_all()?;
        }
        self.reload();
        Ok(())
    }

    /// A file that cannot be read leaves what was known: a half-written one never is there, since
    /// it is replaced as a whole.
    fn reload(&self) {
        if let Some(tokens) =
            std::fs::read(&self.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
        {
            *self.lock() = tokens;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Token>> {
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
