//! The refusal rules as tables: given a ledger, when something is said, then it stands or is refused.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod act;
mod agency;
mod agreement;
mod assignment;
mod carries;
mod children;
mod claim;
mod closed;
mod commitment;
mod correction;
mod course;
mod decision;
pub(crate) mod differential;
mod forum;
mod handoff;
mod instead;
mod key;
mod lapse;
mod matrix;
mod naive;
mod passing;
mod period;
mod programme;
mod rebased;
mod record;
mod responsibility;
mod shown;
mod signed;
mod speaker;
mod told;
mod truth;
mod twice;
mod unknown;
mod waiting;
mod witness;
