//! The writer of a copy: entries come with their bytes, checkpoints from the ledger that signed them
//! (FORMAT section 3, "A mirror"). A copy signs nothing.

use std::path::Path;
use std::sync::Arc;

use super::super::committed::{Committed, Seal};
use super::super::entry::Entry;
use super::super::error::{Damage, Error, Result};
use super::super::group::Staged;
use super::super::manifest::{self, Manifest};
use super::super::note;
use super::super::proven::Beyond;
use super::super::reader::{Published, Reader};
use super::super::recover::{Ids, Recheck};
use super::super::segment::VERSION;
use super::super::source::{HEAD, HeadState, KEY, LOG, Source, fault, io};
use super::super::storage::Storage;
use super::{Log, Opened, Options, backup, files};

impl<S: Storage> Log<S> {
    /// Opens the copy of the ledger of that origin and zone, or begins it where there is nothing of one.
    /// What stands beyond `head` is dropped: nothing shows whose it is, and it is fetched again.
    ///
    /// # Errors
    /// As [`Log::open`]; [`Error::Exists`] where the directory holds a ledger's own key.
    pub fn open_copy(
        storage: Arc<S>,
        dir: &Path,
        options: Options,
        (origin, zone): (&str, &str),
        ids: Ids<'_>,
        recheck: Recheck<'_>,
    ) -> Result<(Self, Opened)> {
        let mut manifest = Manifest::new(origin, zone);
        manifest.check()?;
        let made = |name: &str| storage.mkdir(&dir.join(name)).map_err(io("make", Path::new(name)));
        made("")?;
        let lock = files::lock(&*storage, dir)?;
        backup::is_none(dir)?;
        made(LOG)?;
        let source = Source { storage: &*storage, dir, writable: true };
        if there(source.read(Path::new(KEY)))?.is_some() {
            return Err(Error::Exists { path: KEY.into() });
        }
        let head = there(source.read(Path::new(HEAD)))?;
        let head = if head.is_some() { source.head(origin, None)? } else { HeadState::none(origin) };
        // `head` is written first: ledger.toml may still be missing
        let named = there(source.manifest())?;
        let unnamed = named.is_none();
        if let Some(named) = named {
            manifest = named;
        }
        if manifest.format != VERSION || manifest.origin != origin {
            return Err(fault(Path::new(manifest::FILE), 0, None, Damage::Manifest).into());
        }
        let seal = Seal::Theirs(head.note.clone());
        let (log, opened) = Self::load(
            (storage, dir, options, lock),
            (seal, manifest),
            (head, Beyond::Dropped),
            (ids, recheck),
            &[],
        )?;
        if unnamed && log.head.is_some() {
            log.name_ledger()?;
        }
        Ok((log, opened))
    }

    /// Stages the next entry as it stands in the log that is copied. The caller has judged it.
    ///
    /// # Errors
    /// As [`Log::stage`]; [`Error::Corrupt`] for an entry that does not continue the one before.
    pub fn stage_copy(&mut self, bytes: &[u8], speaker: &str, jti: &str) -> Result<Staged> {
        self.stop.check()?;
        let entry = Entry::decode(bytes)?;
        let reader = Reader { shared: Arc::clone(&self.shared) };
        self.group.stage_copy((&entry, bytes), (speaker, jti), &reader)
    }

    /// Takes the checkpoint of the ledger that is copied over exactly the entries that are durable here,
    /// and writes it to `head`. The caller has checked its signature.
    ///
    /// # Errors
    /// [`Error::BadProof`] for another size or root; those of writing `head`, after which writing has
    /// stopped.
    pub fn take_checkpoint(&mut self, note: &str) -> Result<Arc<Committed>> {
        self.stop.check()?;
        let checkpoint = note::peek(note).map_err(|_| Error::BadProof { size: self.size() })?;
        let (size, root) = (self.committed.size, self.committed.root);
        let same = (&checkpoint.origin, checkpoint.size, checkpoint.root);
        if same != (&self.shared.manifest.origin, size, root) || self.group.count() > 0 {
            return Err(Error::BadProof { size: checkpoint.size });
        }
        self.seal = Seal::Theirs(note.to_owned());
        let committed = Arc::new(Committed { checkpoint: note.to_owned(), ..(*self.committed).clone() });
        let written = match &self.head {
            Some(head) => head.write(&committed),
            None => self.found(&committed),
        };
        self.stop.guard(written)?;
        self.committed = Arc::clone(&committed);
        let segments = Arc::clone(&self.shared.now().segments);
        self.shared.publish(Published { committed: Arc::clone(&committed), segments });
        Ok(committed)
    }
}

/// What is not there is nothing, and no damage.
fn there<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Error::Corrupt { what: Damage::Missing, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
