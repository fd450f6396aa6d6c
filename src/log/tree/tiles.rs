//! Where the tree's hashes are kept: the partial tiles of its right edge in memory, full tiles of 256
//! in `tree/<level>`. Derived state: written without sync, checked on reading, rebuilt from the log.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::hashes::{TILE_BYTES, Tile, WIDTH};
use super::{Error, Hash, Nodes, Result, empty_root, verify_consistency, verify_inclusion};

/// Full tiles kept in memory; with their inner nodes each takes 16 KiB.
const CACHED: usize = 256;

/// Full tiles, by level and number: a cache before the files.
#[derive(Debug)]
pub(crate) struct TileStore {
    dir: PathBuf,
    writable: bool,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    files: HashMap<u32, Arc<File>>,
    cache: HashMap<(u32, u64), Arc<Tile>>,
    order: VecDeque<(u32, u64)>,
    /// Tiles no file holds: the directory is not ours to write, or the write failed.
    pinned: HashMap<(u32, u64), Arc<Tile>>,
}

impl TileStore {
    /// Tiles in `dir`, which a reader beside a running writer must not write.
    pub(crate) fn new(dir: &Path, writable: bool) -> Self {
        Self { dir: dir.to_owned(), writable, inner: Mutex::default() }
    }

    /// Forgets and removes every tile.
    pub(crate) fn clear(&self) {
        let mut inner = self.inner();
        *inner = Inner::default();
        if self.writable {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, level: u32) -> Option<Arc<File>> {
        if let Some(file) = self.inner().files.get(&level) {
            return Some(Arc::clone(file));
        }
        let path = self.dir.join(level.to_string());
        let file = if self.writable {
            fs::create_dir_all(&self.dir).ok()?;
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).ok()?
        } else {
            File::open(path).ok()?
        };
        let file = Arc::new(file);
        self.inner().files.insert(level, Arc::clone(&file));
        Some(file)
    }

    /// A full tile, or `None` when no intact copy is there.
    pub(crate) fn get(&self, level: u32, number: u64) -> Option<Arc<Tile>> {
        let key = (level, number);
        {
            let inner = self.inner();
            if let Some(tile) = inner.cache.get(&key).or_else(|| inner.pinned.get(&key)) {
                return Some(Arc::clone(tile));
            }
        }
        let mut bytes = vec![0; TILE_BYTES];
        self.file(level)?.read_exact_at(&mut bytes, offset(number)?).ok()?;
        let tile = Arc::new(Tile::decode(&bytes)?);
        self.inner().keep(key, &tile);
        Some(tile)
    }

    /// A hash of a full tile read without its checksum: only for comparing with what must equal it.
    fn glimpse(&self, index: u64) -> Option<Hash> {
        let (number, place) = (index / WIDTH as u64, index % WIDTH as u64);
        {
            let inner = self.inner();
            if let Some(tile) = inner.cache.get(&(0, number)).or_else(|| inner.pinned.get(&(0, number))) {
                return tile.get(0, usize::try_from(place).ok()?);
            }
        }
        let mut hash = [0; 32];
        self.file(0)?.read_exact_at(&mut hash, offset(number)? + place * 32).ok()?;
        Some(Hash(hash))
    }

    /// Keeps a tile whose copy was lost, in the file where that is ours to write.
    fn mend(&self, level: u32, number: u64, tile: &Arc<Tile>) {
        if self.writable {
            self.put(level, number, tile);
        } else {
            self.inner().keep((level, number), tile);
        }
    }

    fn put(&self, level: u32, number: u64, tile: &Arc<Tile>) {
        let key = (level, number);
        let write = |tile: &Tile, (level, number): (u32, u64)| {
            let written = offset(number).and_then(|at| {
                self.file(level).filter(|_| self.writable)?.write_all_at(&tile.encode(), at).ok()
            });
            written.is_some()
        };
        let written = write(tile, key);
        let mut inner = self.inner();
        if written {
            inner.keep(key, tile);
        } else {
            inner.pinned.insert(key, Arc::clone(tile));
            return;
        }
        // The disk takes tiles again: those it refused before go first out of memory.
        let refused: Vec<_> = inner.pinned.iter().map(|(key, tile)| (*key, Arc::clone(tile))).collect();
        drop(inner);
        for (key, tile) in refused {
            if write(&tile, key) {
                self.inner().pinned.remove(&key);
            }
        }
    }
}

impl Inner {
    fn keep(&mut self, key: (u32, u64), tile: &Arc<Tile>) {
        if self.cache.insert(key, Arc::clone(tile)).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > CACHED
            && let Some(oldest) = self.order.pop_front()
        {
            self.cache.remove(&oldest);
        }
    }
}

fn offset(number: u64) -> Option<u64> {
    number.checked_mul(TILE_BYTES as u64)
}

/// The tree as it was at one size: shared by readers, never blocks the writer.
#[derive(Clone, Debug)]
pub struct TreeSnapshot {
    size: u64,
    root: Hash,
    /// Partial tile of each level; possibly empty.
    edge: Vec<Arc<Tile>>,
    store: Arc<TileStore>,
}

impl TreeSnapshot {
    /// Count of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Root over the first `size` leaves.
    ///
    /// # Errors
    /// [`Error::BadProof`] beyond the size, or when tiles are missing.
    pub fn root_at(&self, size: u64) -> Result<Hash> {
        if size == self.size {
            return Ok(self.root);
        }
        if size > self.size {
            return Err(Error::BadProof { size });
        }
        self.range_root(0, size)
    }

    /// The leaf of an entry.
    ///
    /// # Errors
    /// [`Error::BadProof`] beyond the size, or when its tile is missing.
    pub fn leaf(&self, index: u64) -> Result<Hash> {
        self.node(0, index)
    }

    /// Whether the entry at `index` has this leaf. Reads 32 bytes where it can.
    pub(crate) fn holds(&self, index: u64, leaf: &Hash) -> Result<bool> {
        if index / (WIDTH as u64) < self.size / (WIDTH as u64)
            && self.store.glimpse(index).as_ref() == Some(leaf)
        {
            return Ok(true);
        }
        Ok(self.leaf(index)? == *leaf)
    }

    /// Proof that the entry at `index` is among the first `size`; checked before it is returned.
    ///
    /// # Errors
    /// [`Error::BadProof`] when it cannot be shown.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>> {
        if index >= size || size > self.size {
            return Err(Error::BadProof { size });
        }
        let proof = self.inclusion(index, size)?;
        verify_inclusion(index, size, &self.leaf(index)?, &proof, &self.root_at(size)?)?;
        Ok(proof)
    }

    /// Proof that the first `to` leaves begin with the first `from`; checked before it is returned.
    ///
    /// # Errors
    /// [`Error::BadProof`] when it cannot be shown.
    pub fn consistency_proof(&self, from: u64, to: u64) -> Result<Vec<Hash>> {
        if from > to || to > self.size {
            return Err(Error::BadProof { size: to });
        }
        let proof = self.consistency(from, to)?;
        verify_consistency(from, &self.root_at(from)?, to, &self.root_at(to)?, &proof)?;
        Ok(proof)
    }

    /// The first `width` (1 to 256) hashes of a tile, for `/tile/<level>/<number>`. A full tile is
    /// compared with the root: it comes from a file.
    ///
    /// # Errors
    /// [`Error::BadProof`] when the tree does not hold so many there, or others.
    pub fn tile(&self, level: u32, number: u64, width: usize) -> Result<Vec<Hash>> {
        let bad = || Error::BadProof { size: self.size };
        let tile = self.full_or_edge(level, number).ok_or_else(bad)?;
        let hashes = tile.hashes().get(..width).filter(|_| width > 0).ok_or_else(bad)?;
        if tile.root().is_some() {
            self.belongs(level, number, &tile)?;
        }
        Ok(hashes.to_vec())
    }

    /// Whether the root stands on a full tile.
    fn belongs(&self, level: u32, number: u64, tile: &Tile) -> Result<()> {
        let bad = Error::BadProof { size: self.size };
        let height = level.checked_mul(8).and_then(|below| below.checked_add(8));
        let (Some(root), Some(height)) = (tile.root(), height) else { return Err(bad) };
        if self.root_through((height, number), root, self.size)? == self.root { Ok(()) } else { Err(bad) }
    }

    /// Takes a full tile in place of one that was lost, when the root stands on it.
    ///
    /// # Errors
    /// [`Error::BadProof`] when it does not.
    pub(crate) fn mend(&self, level: u32, number: u64, hashes: &[Hash]) -> Result<()> {
        let mut tile = Tile::default();
        for hash in hashes.iter().take(WIDTH) {
            tile.push(*hash);
        }
        self.belongs(level, number, &tile)?;
        self.store.mend(level, number, &Arc::new(tile));
        Ok(())
    }

    fn full_or_edge(&self, level: u32, number: u64) -> Option<Arc<Tile>> {
        let full = self.size.checked_shr(level.checked_mul(8)?.checked_add(8)?).unwrap_or(0);
        match number.cmp(&full) {
            std::cmp::Ordering::Less => self.store.get(level, number),
            std::cmp::Ordering::Equal => self.edge.get(usize::try_from(level).ok()?).cloned(),
            std::cmp::Ordering::Greater => None,
        }
    }
}

impl Nodes for TreeSnapshot {
    fn node(&self, height: u32, index: u64) -> Result<Hash> {
        let (level, inner) = (height / 8, height % 8);
        let number = index >> (8 - inner);
        let place = usize::try_from(index & ((1 << (8 - inner)) - 1)).unwrap_or(usize::MAX);
        let tile = self.full_or_edge(level, number);
        let inner = usize::try_from(inner).unwrap_or(usize::MAX);
        tile.and_then(|tile| tile.get(inner, place)).ok_or(Error::BadProof { size: self.size })
    }
}

/// The growing tree; owned by the writer.
#[derive(Debug)]
pub struct Tree {
    now: TreeSnapshot,
}

impl Tree {
    /// A tree without leaves whose full tiles go to files in `dir`.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self::empty(Arc::new(TileStore::new(dir, true)))
    }

    pub(crate) fn empty(store: Arc<TileStore>) -> Self {
        Self { now: TreeSnapshot { size: 0, root: empty_root(), edge: Vec::new(), store } }
    }

    /// The tree over the leaves of the first `tiles` full tiles; `None` when one is missing.
    pub(crate) fn from_tiles(store: Arc<TileStore>, tiles: u64) -> Option<Self> {
        let mut tree = Self::empty(store);
        tree.now.size = tiles.checked_mul(WIDTH as u64)?;
        tree.now.edge.push(Arc::default());
        let (mut count, mut level) = (tiles, 0);
        while count > 0 {
            let full = count / WIDTH as u64;
            let mut edge = Tile::default();
            for number in full * WIDTH as u64..count {
                edge.push(tree.now.store.get(level, number)?.root()?);
            }
            tree.now.edge.push(Arc::new(edge));
            (count, level) = (full, level + 1);
        }
        tree.seal().ok()?;
        Some(tree)
    }

    /// Adds a leaf. The root is known after [`Self::seal`].
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut carry = Some(leaf);
        let mut level = 0;
        while let Some(hash) = carry {
            if self.now.edge.len() <= level {
                self.now.edge.push(Arc::default());
            }
            let Some(edge) = self.now.edge.get_mut(level) else { break };
            carry = Arc::make_mut(edge).push(hash);
            if carry.is_some() {
                let full = std::mem::take(edge);
                let shift = u32::try_from(level).map_or(64, |level| level * 8);
                // The count of full tiles before this one, at this level.
                let number = (self.now.size >> 8).checked_shr(shift).unwrap_or(0);
                self.now.store.put(shift / 8, number, &full);
            }
            level += 1;
        }
        self.now.size += 1;
    }

    /// Computes the root over the leaves pushed so far.
    pub(crate) fn seal(&mut self) -> Result<Hash> {
        self.now.root = self.now.range_root(0, self.now.size)?;
        Ok(self.now.root)
    }

    /// Adds a leaf.
    ///
    /// # Errors
    /// [`Error::BadProof`] when tiles needed for the root are missing.
    pub fn append(&mut self, leaf: Hash) -> Result<()> {
        self.push(leaf);
        self.seal().map(|_| ())
    }

    /// The tree as it is now, for readers.
    #[must_use]
    pub fn snapshot(&self) -> TreeSnapshot {
        self.now.clone()
    }
}

impl std::ops::Deref for Tree {
    type Target = TreeSnapshot;
    fn deref(&self) -> &TreeSnapshot {
        &self.now
    }
}
