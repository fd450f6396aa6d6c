//! A log made of the entries of FORMAT section 5, and witnesses of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::log::{Checkpoint, Cosigner, Hash, RealFiles, Signer, Storage, Tree, note, tree};
use crate::peer::witness::{OpenError, Witness};

pub(super) const ORIGIN: &str = "ledger.example/log1";
pub(super) const NAME: &str = "witness.example/w1";
/// When the tests take place, in POSIX seconds.
pub(super) const NOW: u64 = 1_767_000_000;

/// Seed of the witness of FORMAT section 5.
pub(super) fn seed() -> [u8; 32] {
    let bytes: Vec<u8> = (0x20..0x40).collect();
    bytes.try_into().unwrap()
}

/// A log of some entries; `branch` counts the last entries that are another's.
pub(super) struct TestLog {
    pub(super) signer: Signer,
    tree: Tree,
}

impl TestLog {
    pub(super) fn new(size: u64) -> Self {
        Self::forked(size, size)
    }

    /// Its first entries are those of every test log, the others are not.
    pub(super) fn forked(size: u64, common: u64) -> Self {
        let mut tree = Tree::new(Path::new("/nowhere"));
        for n in 0..size {
            let entry = if n < common { format!("event {n}") } else { format!("other {n}") };
            tree.append(tree::leaf_hash(entry.as_bytes())).unwrap();
        }
        let seed: Vec<u8> = (0..0x20).collect();
        Self { signer: Signer::new(ORIGIN, &seed.try_into().unwrap()), tree }
    }

    pub(super) fn checkpoint(&self, size: u64) -> Checkpoint {
        Checkpoint { origin: ORIGIN.to_owned(), size, root: self.tree.root_at(size).unwrap() }
    }

    pub(super) fn note(&self, size: u64) -> String {
        self.signer.sign(&self.checkpoint(size).encode())
    }

    pub(super) fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        self.tree.consistency_proof(old, new).unwrap()
    }

    /// The request for a size after another, as a log makes it.
    pub(super) fn request(&self, old: u64, new: u64) -> String {
        request(old, &self.proof(old, new), &self.note(new))
    }
}

pub(super) fn request(old: u64, proof: &[Hash], note: &str) -> String {
    let proof: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
    format!("old {old}\n{proof}\n{note}")
}

/// A witness in a directory that goes with the test.
pub(super) struct House {
    dir: TempDir,
}

impl House {
    pub(super) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join("witness")
    }

    pub(super) fn open(&self) -> Witness {
        self.open_on(Arc::new(RealFiles)).unwrap()
    }

    pub(super) fn open_on(&self, storage: Arc<dyn Storage>) -> Result<Witness, OpenError> {
        let log = TestLog::new(0).signer.vkey();
        Witness::open(storage, &self.path(), Some(NAME), &seed(), &[log])
    }
}

/// The witness of the tests, to check lines with.
pub(super) fn cosigner() -> Cosigner {
    Cosigner::new(NAME, &seed()).unwrap()
}

/// The checkpoint that an answer cosigns, and when: the line must verify on the note it was given for.
pub(super) fn cosigned(note: &str, line: &str) -> (Checkpoint, u64) {
    note::cosigned(&format!("{note}{line}"), &cosigner().vkey()).unwrap()
}

/// The size of the newest head that a witness serves; 0 when it serves none.
pub(super) fn served(witness: &Witness) -> u64 {
    let newest = witness.newest(&crate::peer::witness::origin_hash(ORIGIN));
    newest.map_or(0, |note| note::cosigned(&note, &cosigner().vkey()).unwrap().0.size)
}
