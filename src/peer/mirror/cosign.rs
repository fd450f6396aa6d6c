//! A mirror's own signature under the ledger's checkpoint: that it has replayed everything under it, index
//! roots too, and never signed another face (FORMAT section 7).

use std::sync::Arc;

use crate::domain::Instant;
use crate::ledger::Clock;
use crate::log::{Committed, Cosigner, CosignerVkey, note};
use crate::views::Snapshot;

use super::{Mirror, MirrorError};

/// The key: name and seed, as a witness's.
const KEY: &str = "keys/mirror";
/// Its folder.
const KEYS: &str = "keys";

/// Who signs, and what tells the time.
pub(super) struct Signing {
    cosigner: Cosigner,
    clock: Arc<dyn Clock>,
}

impl Mirror {
    /// Has the mirror sign what it serves, under a name; the key is made of `seed` where there is none.
    /// Answers the key to check it with.
    ///
    /// # Errors
    /// [`MirrorError::BadName`] for a name that keys cannot have, or that is another than before; those
    /// of the key's file.
    pub fn cosigns(
        &mut self,
        name: &str,
        seed: &[u8; 32],
        clock: Arc<dyn Clock>,
    ) -> Result<CosignerVkey, MirrorError> {
        let bad = || MirrorError::BadName { name: name.to_owned() };
        let cosigner = match self.files.read(KEY)? {
            Some(text) => {
                Cosigner::from_secret(&text).filter(|known| known.name() == name).ok_or_else(bad)?
            }
            None => {
                let new = Cosigner::new(name, seed).map_err(|_| bad())?;
                self.files.found(&[KEYS])?;
                self.files.put(KEY, &new.secret(), 0o600).map_err(|why| why.on(KEY))?;
                new
            }
        };
        let vkey = cosigner.vkey();
        self.signing = Some(Signing { cosigner, clock });
        if let Some(views) = &self.views {
            let state = views.current().state.clone();
            views.publish(Arc::new(self.snapshot(state, &self.log.committed())), Vec::new());
        }
        Ok(vkey)
    }

    /// What is served of a checkpoint that was reached.
    pub(super) fn snapshot(&self, state: crate::domain::State, committed: &Committed) -> Snapshot {
        let mut snapshot = Snapshot::new(state, committed);
        if let Some(Signing { cosigner, clock }) = &self.signing
            && let Ok((text, _)) = note::text(&committed.checkpoint)
        {
            let Instant { micros } = clock.now();
            let time_s = u64::try_from(micros / 1_000_000).unwrap_or(0);
            snapshot.checkpoint = format!("{}{}", committed.checkpoint, cosigner.cosign(text, time_s)).into();
        }
        snapshot
    }
}
