//! The log as a whole: what opens, what is cut, what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod copies;
mod copy;
mod damage;
mod failure;
mod index;
pub(crate) mod kit;
mod life;
mod receipt;
mod tail;
