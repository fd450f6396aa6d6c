//! What works with other people's servers: the client that asks them, ledgers read by their tiles, mirrors
//! of them, the witness, an outsider that countersigns the checkpoints of ledgers it knows and never two that
//! contradict each other, and a ledger's asking its own witnesses.

pub mod client;
pub mod cosign;
pub mod mirror;
pub mod source;
pub mod tiles;
pub mod witness;

mod files;
mod fork;
mod remote;
