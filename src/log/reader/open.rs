//! Opening for reading only.

use std::path::Path;
use std::sync::{Arc, RwLock};

use crate::domain::Seq;

use super::super::committed::Committed;
use super::super::entry::Entry;
use super::super::error::{Damage, Result};
use super::super::manifest::{self, Manifest};
use super::super::proven::Beyond;
use super::super::recover::{self, Loaded};
use super::super::segment::VERSION;
use super::super::source::{HEAD, Source, fault};
use super::super::storage::RealFiles;
use super::super::subjects::Cache;
use super::{Published, Reader, Shared};

impl Reader {
    /// Opens a ledger for reading, beside a running server or none: no lock, up to `head`, writes
    /// nothing. It does not follow later commits.
    ///
    /// # Errors
    /// `OtherVersion`, `Corrupt` with the place, `Io`.
    pub fn open(dir: &Path) -> Result<Self> {
        let source = Source { storage: &RealFiles, dir, writable: false };
        let manifest = source.manifest()?;
        if manifest.format != VERSION {
            source.segments(&manifest)?;
        }
        let vkeys = source.signers(&manifest.origin).ok().map(|signers| signers.vkeys());
        let head = source.head(&manifest.origin, vkeys.as_deref())?;
        let vkeys = vkeys.unwrap_or_default();
        let no_ids = |_: &Entry<'_>| None;
        let loaded = recover::load(source, &manifest, (&head, Beyond::Left), &no_ids, &mut |_, _| Ok(()))?;
        let Loaded { segments, offsets, index, tree, size, link, at, .. } = loaded;
        if tree.root() != head.checkpoint.root || size != head.checkpoint.size {
            return Err(fault(Path::new(HEAD), 0, Some(Seq(size)), Damage::HeadMismatch).into());
        }
        let committed = Committed {
            first: Seq(size),
            count: 0,
            size,
            root: tree.root(),
            link,
            at,
            checkpoint: head.note,
            tree: tree.snapshot(),
        };
        let published = Published { committed: Arc::new(committed), segments: Arc::new(segments) };
        let now = RwLock::new(Arc::new(published));
        let subjects = Cache::default();
        let shared = Shared { manifest, vkeys, signer: None, offsets, index, subjects, now };
        let mut reader = Self { shared: Arc::new(shared) };
        reader.agrees()?;
        let keys = reader.every_key()?;
        if let Some(shared) = Arc::get_mut(&mut reader.shared) {
            shared.vkeys = keys;
        }
        Ok(reader)
    }

    /// Whether ledger.toml says what entry 0 says, and this program knows the rules that entry 0 names.
    pub(crate) fn agrees(&self) -> Result<()> {
        let bytes = self.entry(Seq(0))?;
        let opened = self.decode(Seq(0), &bytes)?.body.statement();
        Manifest::knows_rules(opened)?;
        match self.shared.manifest.disagrees(opened) {
            None => Ok(()),
            Some(offset) => {
                Err(fault(Path::new(manifest::FILE), offset, Some(Seq(0)), Damage::Manifest).into())
            }
        }
    }
}
