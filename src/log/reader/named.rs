//! The keys that the log itself names: entry 0's, and those of rotations, each vouched for by the one
//! before. What they signed stays this ledger's, whichever files are still in `keys/`.

use crate::domain::Seq;

use super::super::entry::{Body, Entry};
use super::super::error::Result;
use super::super::note::Vkey;
use super::Reader;

/// Subject of what the ledger says of itself (DOMAIN section 4).
const LEDGER: &str = "l:ledger";

impl Reader {
    /// The keys whose files are there, the newest first, and behind them the others that the log names.
    ///
    /// # Errors
    /// As [`Reader::entry`].
    pub(crate) fn every_key(&self) -> Result<Vec<Vkey>> {
        let keys = self.vkeys();
        if keys.len() == 1 && keys == self.first_key()? {
            // of a ledger whose key was never changed nothing else is read
            return Ok(keys.to_vec());
        }
        Ok(self.with_named(self.named_keys()?))
    }

    /// The keys whose files are there, and behind them the others of those that the log names.
    pub(crate) fn with_named(&self, named: Vec<Vkey>) -> Vec<Vkey> {
        let mut keys = self.vkeys().to_vec();
        keys.extend(named.into_iter().rev().filter(|vkey| !self.vkeys().contains(vkey)));
        keys
    }

    /// The keys that the log names, each vouched for by the one before, the newest last.
    ///
    /// # Errors
    /// As [`Reader::entry`].
    pub(crate) fn named_keys(&self) -> Result<Vec<Vkey>> {
        let mut named = self.first_key()?;
        for seq in self.history(LEDGER, None)? {
            let bytes = self.entry(seq)?;
            let rotated = is_rotation(&Entry::decode(&bytes)?);
            if let (true, Some(newest)) = (rotated, named.last())
                && let (Some(vkey), Some(signature)) = (member(&bytes, "vkey"), member(&bytes, "signature"))
                && let Ok(next) = newest.followed_by(&vkey, &signature)
            {
                named.push(next);
            }
        }
        Ok(named)
    }

    /// The key that entry 0 names.
    fn first_key(&self) -> Result<Vec<Vkey>> {
        let vkey = member(self.entry(Seq(0))?.as_slice(), "vkey");
        Ok(vkey.and_then(|vkey| Vkey::parse(&vkey).ok()).into_iter().collect())
    }
}

/// Whether an entry names another key.
pub(crate) fn is_rotation(entry: &Entry<'_>) -> bool {
    matches!(entry.body, Body::Ledger { voice: "rotate", .. })
}

/// A member of a statement as canonical JSON writes it: the log knows no other.
fn member(entry: &[u8], name: &str) -> Option<String> {
    member_of(&Entry::decode(entry).ok()?, name)
}

/// The same, of an entry.
pub(crate) fn member_of(entry: &Entry<'_>, name: &str) -> Option<String> {
    let (_, rest) = entry.body.statement().split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next().map(str::to_owned)
}
