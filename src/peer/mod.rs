//! What works with other people's servers: the client that asks them, and the witness, an outsider that
//! countersigns the checkpoints of ledgers it knows and never two that contradict each other.

pub mod client;
pub mod mirror;
pub mod source;
pub mod tiles;
pub mod witness;

mod fork;
mod remote;
