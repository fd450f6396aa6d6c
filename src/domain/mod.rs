//! What the ledger is about: pure rules without IO, clock, async, randomness or hashing.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

pub mod basis;
pub mod code;
pub mod date;
pub mod event;
pub mod findings;
pub mod id;
pub mod rules;
pub mod scope;
pub mod state;
pub mod statement;
pub mod strict;
pub mod subjects;
pub mod text;
pub mod timeline;
pub mod waiting;
pub mod witness;

pub use code::Code;
pub use date::{Bound, Date, Instant, Period, Time, Zone};
pub use event::Data;
pub use id::*;
pub use rules::{Admitted, Context, Refusal, admit, heard, lapse, speaks};
pub use state::State;
pub use statement::{Assurance, Earlier, Event, Nothing, Past, Speaker, Statement, Voice};
pub use witness::{WitnessName, WitnessUrl};
