//! The place of the one object that has no id: the ledger's own record.

use std::ops::Deref;
use std::sync::Arc;

use super::Ledger;

/// The ledger's record, kept like the objects that have ids. Until something is said of the ledger it is
/// not there, and reads as one of which nothing is known.
#[derive(Clone, Debug, Default)]
pub struct Alone {
    ledger: Arc<Ledger>,
    there: bool,
}

impl Deref for Alone {
    type Target = Ledger;
    fn deref(&self) -> &Ledger {
        &self.ledger
    }
}

impl Alone {
    pub(super) fn get(&self, (): &()) -> Option<&Arc<Ledger>> {
        self.there.then_some(&self.ledger)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &()> {
        self.there.then_some(&()).into_iter()
    }

    pub(super) fn insert(&mut self, (): (), ledger: Arc<Ledger>) {
        *self = Self { ledger, there: true };
    }

    pub(super) fn remove(&mut self, (): &()) {
        *self = Self::default();
    }
}
