//! Receipts as COSE: the one place beside commits where the ledger's key signs, and only roots that the
//! committed tree had.

use std::path::PathBuf;

use crate::domain::Seq;

use super::super::error::{Error, Result};
use super::super::note::cose;
use super::super::source::KEY;
use super::Reader;

impl Reader {
    /// The receipt of an entry in the tree of its first `size` entries, as `COSE_Sign1` (RFC 9942). It
    /// is the same bytes whenever it is asked for.
    ///
    /// The root of that size is signed once a proof shows that the newest checkpoint's tree begins with
    /// it, so that two roots of one size are never signed: hashes of old sizes come from derived files.
    ///
    /// # Errors
    /// [`Error::BadProof`] for a size beyond the log or without the entry, and for damaged tiles;
    /// [`Error::MissingKey`] for a reader that no writer gave.
    pub fn receipt(&self, seq: Seq, size: u64) -> Result<Vec<u8>> {
        let missing = || Error::MissingKey { file: PathBuf::from(KEY) };
        let signer = self.shared.signer.as_ref().ok_or_else(missing)?;
        let now = self.shared.now();
        let tree = &now.committed.tree;
        let proof = tree.inclusion_proof(seq.0, size)?;
        tree.consistency_proof(size, now.committed.size)?;
        Ok(cose::receipt(signer, &tree.root_at(size)?, size, seq.0, &proof))
    }
}
