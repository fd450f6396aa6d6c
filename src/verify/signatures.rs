//! Signatures of statements, checked by every thread that reads them: a key is named by its own
//! thumbprint, so it is the same key wherever it was registered. Whether it counted for the agency by
//! then is for the rules to say.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::domain::statement::Unreadable;
use crate::domain::{Code, Data, Kid, Seq, Speaker};
use crate::seal::{PublicKey, Signature, Submission};

/// Every key met so far, with the first entry that registers it.
#[derive(Debug, Default)]
pub(super) struct Keys(RwLock<HashMap<Kid, (Seq, PublicKey)>>);

impl Keys {
    /// Takes note of a key, or checks a signature with one; a signature that does not hold, or whose key
    /// another thread has yet to meet, stays unchecked.
    pub(super) fn meet(&self, seq: Seq, said: &mut Submission) {
        if let Data::KeyRegistered(key) = &said.statement.data
            && let Ok(public) = PublicKey::of(&key.jwk)
        {
            let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
            let (first, _) = keys.entry(key.kid.clone()).or_insert((seq, public));
            *first = seq.min(*first);
        }
        if said.signature != Signature::Checked && self.check(seq, said).is_ok() {
            said.signature = Signature::Checked;
        }
    }

    /// Whether the signature holds, for who comes in the order of the log: every key registered before
    /// has been met by then, and one that is registered later does not count whoever met it already.
    pub(super) fn check(&self, seq: Seq, said: &Submission) -> Result<(), Unreadable> {
        let Speaker::Signed { kid, .. } = &said.speaker else { return Ok(()) };
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(kid).filter(|(first, _)| *first < seq).map(|(_, key)| key.clone());
        drop(keys);
        let unknown = || Unreadable {
            code: Code::KeyNotValid,
            detail: format!("no entry before registers the key {kid}"),
            field: None,
        };
        said.signed_with(&key.ok_or_else(unknown)?)
    }
}
