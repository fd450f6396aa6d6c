//! Another key signs from here on: kept aside, named by an entry that the old one vouches for, then taken
//! up. A crash in between leaves the old key at work, or a key that the next opening takes up.

use std::path::Path;
use std::sync::Arc;

use crate::domain::Data;
use crate::domain::event::ledger::LedgerKeyRotated;
use crate::domain::text::Text;
use crate::log::{self, RealFiles, Signer, Storage, Vkey, keys};

use super::queue::Asked;
use super::{Clock, Config, Error, Ledger, OpenError, SystemClock};

/// Why the key was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The ledger does not open, or not again: then the next opening finishes it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The entry was not recorded.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl From<log::Error> for RotateError {
    fn from(error: log::Error) -> Self {
        Self::Open(error.into())
    }
}

/// Lets a new key, from a random seed, sign a ledger that nobody serves; answers its verification key.
///
/// # Errors
/// [`RotateError`]. Nothing is half done: the old key signs, or both do.
pub fn rotate(dir: &Path, config: &Config, seed: &[u8; 32]) -> Result<Vkey, RotateError> {
    rotate_on(&Arc::new(RealFiles), &(Arc::new(SystemClock) as _), dir, config, seed)
}

/// [`rotate`] on files and clocks that are handed in.
pub(super) fn rotate_on<S: Storage>(
    files: &Arc<S>,
    clock: &Arc<dyn Clock>,
    dir: &Path,
    config: &Config,
    seed: &[u8; 32],
) -> Result<Vkey, RotateError> {
    let open =
        || Ledger::open_on(Arc::clone(files), Arc::clone(clock), dir, config).map(|(ledger, _)| ledger);
    let ledger = open()?;
    let new = Signer::new(ledger.reader().origin(), seed);
    let said = ledger.say_rotation(&**files, &new);
    ledger.close()?;
    said?;
    // opening takes the key up, and both sign the newest checkpoint
    open()?.close()?;
    Ok(new.vkey())
}

impl Ledger {
    pub(super) fn say_rotation(&self, files: &dyn Storage, new: &Signer) -> Result<(), RotateError> {
        let state = self.views().current();
        let number = state.state.ledger.key().map_or(1, |(number, _)| number) + 1;
        let signer = self.reader().signer().ok_or(Error::ReadOnly)?;
        let signature = signer.vouch(&new.vkey());
        let text = |text: &str| Text::parse(text).map_err(|_| Error::ReadOnly);
        let data = LedgerKeyRotated {
            vkey: text(&new.vkey().to_string())?,
            size: state.size,
            signature: text(&signature)?,
            approvals: Vec::new(),
            source: None,
            unverified: Vec::new(),
        };
        keys::prepare(files, self.dir(), number, new)?;
        let asked = Asked::Rotation(Box::new(Data::LedgerKeyRotated(data)), Box::new(new.clone()));
        let answer = self.add(asked).map_err(Error::from);
        let said = answer.and_then(|answer| answer.blocking_recv().unwrap_or(Err(Error::ReadOnly)));
        match said {
            Ok(_) => Ok(()),
            Err(refused) => {
                // what a failed write left of the entry is told by the next opening, which needs the key
                if !matches!(refused, Error::ReadOnly) {
                    keys::forget(files, self.dir(), number)?;
                }
                Err(refused.into())
            }
        }
    }
}
