//! The ground state: entries in a hash chain and a Merkle tree, in files that are durable before
//! anything is acknowledged (FORMAT sections 2 to 5). Everything else is derived from it.
//!
//! One [`Log`] writes; any number of [`Reader`]s read durable entries beside it.

pub mod access;
pub mod backup;
pub mod details;
pub mod entry;
pub mod head;
pub mod index;
pub mod keys;
pub mod link;
pub mod manifest;
pub mod note;
pub mod proof;
pub mod seen;
pub mod segment;
pub mod storage;
pub mod subjects;
pub mod sum;
pub mod tile;
pub mod tree;

mod aside;
mod cbor;
mod committed;
pub mod cosigned;
mod error;
mod group;
mod offsets;
mod proven;
mod reader;
mod recover;
mod scan;
mod slots;
mod source;
mod walk;
mod writer;

#[cfg(test)]
mod tests;

pub use aside::{Aside, set_aside};
pub use committed::Committed;
pub use entry::{Body, ENTRY_BYTES_MAX, Entry, EntryError, LinkTriple};
pub use error::{Damage, Error, Fault, Result};
pub use group::{Mark, Staged};
pub use index::{Index, SubjectLast};
pub use keys::Signers;
pub use link::Link;
pub use note::{Checkpoint, Cosigner, CosignerVkey, NoteError, Signer, Vkey};
pub use reader::{Entries, Reader};
pub use recover::Rebuilt;
pub use scan::{ScanReport, Visited, scan_directory};
pub use seen::Seen;
pub use slots::{HeadWriter, Stop};
pub use storage::{FaultyFiles, RealFiles, Storage};
pub use subjects::Subjects;
pub use tile::{BadTilePath, TileKind, TilePath};
pub use tree::{Hash, Tree, TreeSnapshot};
pub use walk::Position;
pub use writer::{Log, Opened, Options, is_written, lock, put};
