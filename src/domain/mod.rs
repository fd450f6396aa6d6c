//! What the ledger is about: pure rules without IO, clock, async, randomness or hashing.

pub mod code;
pub mod date;
pub mod id;

pub use code::Code;
pub use date::{Date, Instant, Period, Time, Zone};
pub use id::*;
