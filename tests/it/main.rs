//! The integration tests: one binary, so that they link once.

// A test says what went wrong by panicking.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    missing_docs,
    dead_code,
    unused_imports
)]

mod case;
mod crash;
mod kit;
mod licences;
mod readme;
mod syncs;
mod tidy;
