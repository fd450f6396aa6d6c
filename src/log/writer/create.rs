//! Founding a ledger: nothing counts as one before its first entries are durable.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use crate::domain::{Instant, Seq};

use super::super::committed::{Committed, Seal};
use super::super::error::{Error, Result};
use super::super::group::Group;
use super::super::head::{HEAD_BYTES, SLOT_BYTES, Slot};
use super::super::index::Index;
use super::super::keys::Signers;
use super::super::link::Link;
use super::super::manifest::{self, Manifest};
use super::super::note::Signer;
use super::super::offsets::Offsets;
use super::super::reader::{Published, Shared};
use super::super::slots::{HeadWriter, Slots, Stop};
use super::super::source::{HEAD, KEY, LOG, fault, io};
use super::super::storage::Storage;
use super::super::subjects::Cache;
use super::super::tree::Tree;
use super::{Log, Options, files};

impl<S: Storage> Log<S> {
    /// Makes the directory, the signing key and an empty log. The first commit writes the first
    /// segment, then `head`, then `ledger.toml`, which makes the directory a ledger.
    ///
    /// # Errors
    /// [`Error::Exists`] when something of a ledger is there, [`Error::InUse`], [`Error::Io`];
    /// [`Error::Corrupt`] for an origin or zone that cannot stand in `ledger.toml`.
    pub fn create(
        storage: Arc<S>,
        dir: &Path,
        origin: &str,
        zone: &str,
        signer: Signer,
        options: Options,
    ) -> Result<Self> {
        let manifest = Manifest::new(origin, zone);
        manifest.check()?;
        let made = |name: &str| storage.mkdir(&dir.join(name)).map_err(io("make", Path::new(name)));
        made("")?;
        let lock = files::lock(&*storage, dir)?;
        let names = storage.list(dir).map_err(io("list", Path::new(".")))?;
        if let Some(found) =
            names.iter().find(|name| [manifest::FILE, "keys", LOG, HEAD].contains(&name.as_str()))
        {
            return Err(Error::Exists { path: PathBuf::from(found) });
        }
        made(LOG)?;
        made("keys")?;
        put(&*storage, dir, KEY, signer.secret().as_bytes(), 0o600)?;
        let tree = Tree::new(&dir.join("tree"));
        let (link, at) = (Link::genesis(origin), Instant { micros: i64::MIN });
        let signers = Signers::from(signer);
        let (vkeys, newest) = (signers.vkeys(), Some(signers.newest().clone()));
        let seal = Seal::ours(signers);
        let committed = Arc::new(seal.put_on(&tree, origin, (Seq(0), 0), link, at));
        let published = Published { committed: Arc::clone(&committed), segments: Arc::default() };
        let offsets = Offsets::load(&dir.join("offsets"));
        offsets.truncate(Seq(0));
        let shared = Shared {
            manifest,
            vkeys,
            signer: newest,
            offsets,
            index: Index::default(),
            subjects: Cache::default(),
            now: RwLock::new(Arc::new(published)),
        };
        Ok(Self {
            storage,
            dir: dir.to_owned(),
            options,
            seal,
            offsets_file: shared.offsets.file(),
            shared: Arc::new(shared),
            tree,
            group: Group::new(Seq(0), link, at),
            tail: None,
            committed,
            head: None,
            stop: Stop::default(),
            read_back: Vec::new(),
            _lock: lock,
        })
    }

    /// After the first commit: `head`, then `ledger.toml`.
    pub(super) fn found(&mut self, committed: &Committed) -> Result<()> {
        let slot = Slot { counter: 1, link: committed.link, note: committed.checkpoint.clone() };
        let mut bytes = slot
            .encode()
            .ok_or_else(|| fault(Path::new(HEAD), 0, None, super::super::error::Damage::HeadSlot))?
            .to_vec();
        bytes.resize(HEAD_BYTES, 0);
        debug_assert_eq!(bytes.len(), 2 * SLOT_BYTES);
        put(&*self.storage, &self.dir, HEAD, &bytes, 0o644)?;
        self.name_ledger()?;
        let name = Path::new(HEAD);
        let file = self.storage.open(&self.dir.join(name), true).map_err(io("open", name))?;
        let slots = Slots { file, counter: 1, place: 0, size: committed.size };
        let slots = Arc::new(Mutex::new(slots));
        self.head = Some(HeadWriter { storage: Arc::clone(&self.storage), slots, stop: self.stop.clone() });
        Ok(())
    }

    /// Writes `ledger.toml`, which makes the directory a ledger.
    pub(super) fn name_ledger(&self) -> Result<()> {
        put(&*self.storage, &self.dir, manifest::FILE, self.shared.manifest.encode().as_bytes(), 0o644)
    }
}

/// Writes a file aside, durable, and then gives it its name.
///
/// # Errors
/// [`Error::Io`].
pub fn put(storage: &dyn Storage, dir: &Path, name: &str, bytes: &[u8], permissions: u32) -> Result<()> {
    let (path, whole) = (Path::new(name), dir.join(name));
    let part = dir.join(format!("{name}.tmp"));
    let file = storage.create(&part, permissions).map_err(io("create", path))?;
    storage.write_at(&file, bytes, 0).map_err(io("write", path))?;
    storage.sync_all(&file).map_err(io("sync", path))?;
    storage.rename(&part, &whole).map_err(io("rename", path))?;
    storage.sync_dir(whole.parent().unwrap_or(dir)).map_err(io("sync", path))
}
