//! Writing `head`: beside the write path, one slot at a time, each durable before the other is touched.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::committed::Committed;
use super::error::{Damage, Error, Result};
use super::head::{SLOT_BYTES, Slot};
use super::source::{HEAD, HeadState, fault, io};
use super::storage::Storage;

/// Set once, after a failed write or sync of truth, or by who knows of a reason: nothing is written any
/// more.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Nothing is written from here on.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.is_set() { Err(Error::Stopped) } else { Ok(()) }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Passes a result on, and stops writing when it is an error.
    pub(crate) fn guard<T>(&self, result: Result<T>) -> Result<T> {
        if result.is_err() {
            self.set();
        }
        result
    }
}

/// Where the two slots stand.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) file: File,
    /// Counter of the newest durable slot.
    pub(crate) counter: u64,
    /// Place of the newest durable slot.
    pub(crate) place: usize,
    /// Size in it.
    pub(crate) size: u64,
}

/// Writes `head`. May be called from another thread than the writer's; clones share the file.
#[derive(Debug)]
pub struct HeadWriter<S: Storage> {
    pub(crate) storage: Arc<S>,
    pub(crate) slots: Arc<Mutex<Slots>>,
    pub(crate) stop: Stop,
}

impl<S: Storage> Clone for HeadWriter<S> {
    fn clone(&self) -> Self {
        Self { storage: Arc::clone(&self.storage), slots: Arc::clone(&self.slots), stop: self.stop.clone() }
    }
}

impl<S: Storage> HeadWriter<S> {
    /// Goes on from what `head` said on opening.
    pub(crate) fn after(head: &HeadState, storage: &Arc<S>, dir: &Path, stop: &Stop) -> Result<Self> {
        let name = Path::new(HEAD);
        let file = storage.open(&dir.join(name), true).map_err(io("open", name))?;
        // The slot that counts may have been written and not synced by the process before.
        storage.sync_data(&file).map_err(io("sync", name))?;
        let slots = Slots { file, counter: head.counter, place: head.place, size: head.checkpoint.size };
        Ok(Self { storage: Arc::clone(storage), slots: Arc::new(Mutex::new(slots)), stop: stop.clone() })
    }

    /// Writes the checkpoint into the older slot and makes it durable. A state that `head` covers
    /// already is left alone.
    ///
    /// # Errors
    /// [`Error::Stopped`] after an earlier failure, [`Error::Io`] for this one: writing has stopped.
    pub fn write(&self, committed: &Committed) -> Result<()> {
        self.stop.check()?;
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if committed.size <= slots.size {
            return Ok(());
        }
        self.stop.guard(self.put(&mut slots, committed))
    }

    /// Writes the newest state into the other slot even when its size is covered: a torn one is whole
    /// again, and keys that are new have signed.
    pub(crate) fn put_now(&self, committed: &Committed) -> Result<()> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        self.stop.guard(self.put(&mut slots, committed))
    }

    fn put(&self, slots: &mut Slots, committed: &Committed) -> Result<()> {
        let name = Path::new(HEAD);
        let counter = slots.counter + 1;
        let slot = Slot { counter, link: committed.link, note: committed.checkpoint.clone() };
        let place = 1 - slots.place.min(1);
        let offset = (place * SLOT_BYTES) as u64;
        let bytes = slot.encode().ok_or_else(|| fault(name, offset, None, Damage::HeadSlot))?;
        self.storage.write_at(&slots.file, &bytes, offset).map_err(io("write", name))?;
        self.storage.sync_data(&slots.file).map_err(io("sync", name))?;
        (slots.counter, slots.place, slots.size) = (counter, place, committed.size);
        Ok(())
    }
}
