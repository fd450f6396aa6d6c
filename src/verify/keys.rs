//! The ledger's own keys: the one entry 0 names, and those that rotations name after it, each vouched for
//! by the one before. Who trusts one of them trusts those that follow it.

use crate::domain::{Data, Voice};
use crate::log::{Body, Entry, Vkey};
use crate::seal;

use super::judge::Broken;
use super::report::CheckName;

/// The keys in the order in which they came to sign.
#[derive(Clone, Debug, Default)]
pub struct LedgerKeys {
    chain: Vec<Vkey>,
    origin: String,
}

impl LedgerKeys {
    /// Takes what an entry says of the ledger's keys; most say nothing.
    ///
    /// # Errors
    /// [`Broken`]: entry 0 names no key, or the key before does not vouch for the next.
    pub fn take(&mut self, entry: &Entry<'_>) -> Result<(), Broken> {
        let rotates = Voice::Rotate.as_str();
        if entry.seq.0 == 0 {
            let said = seal::event(entry).map(|event| event.statement.data);
            let opened = match &said {
                Ok(Data::LedgerOpened(opened)) => Vkey::parse(opened.vkey.as_str()).ok().map(|v| (opened, v)),
                _ => None,
            };
            let Some((opened, vkey)) = opened else {
                let detail = "entry 0 must be ledger.opened and name the ledger's key";
                return Err(Broken::new(CheckName::Rules, detail.to_owned()));
            };
            self.origin = opened.origin.as_str().to_owned();
            self.chain = vec![vkey];
        } else if matches!(entry.body, Body::Ledger { voice, .. } if voice == rotates) {
            let said = seal::event(entry).map(|event| event.statement.data);
            let (Ok(Data::LedgerKeyRotated(said)), Some(newest)) = (said, self.chain.last()) else {
                return Err(Broken::new(CheckName::Checkpoint, "no rotation of a key".to_owned()));
            };
            let next = newest.followed_by(said.vkey.as_str(), said.signature.as_str()).map_err(|why| {
                Broken::new(
                    CheckName::Checkpoint,
                    format!("the key before does not vouch for the next: {why}"),
                )
            })?;
            self.chain.push(next);
        }
        Ok(())
    }

    /// The origin that entry 0 names, if it does.
    pub(super) fn origin(&self) -> Option<&str> {
        Some(self.origin.as_str()).filter(|origin| !origin.is_empty())
    }

    /// Keys whose signatures count: those that were given and what follows them, else all.
    #[must_use]
    pub fn counting(&self, given: &[Vkey]) -> Vec<Vkey> {
        let from = match given {
            [] => Some(0),
            given => self.chain.iter().position(|known| given.contains(known)),
        };
        let following = from.and_then(|from| self.chain.get(from..)).unwrap_or_default();
        let further = given.iter().filter(|given| !following.contains(given));
        following.iter().chain(further).cloned().collect()
    }
}

/// Whose signature a checkpoint needs, in words.
pub(super) fn whose(given: &[Vkey]) -> &'static str {
    if given.is_empty() { "a key that the log names" } else { "any --vkey" }
}

/// By whom a sound checkpoint is signed, in words.
pub(super) fn by_whom(given: &[Vkey]) -> &'static str {
    if given.is_empty() {
        "self-consistent only: give --vkey with the key the ledger has published"
    } else {
        "signed by the key that was given"
    }
}
