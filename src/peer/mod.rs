//! What works with other people's servers. So far the witness: an outsider that countersigns the
//! checkpoints of ledgers it knows, and never two that contradict each other.

pub mod witness;
