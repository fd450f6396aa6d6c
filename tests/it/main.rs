//! The integration tests: one binary, so that they link once.

// A test says what went wrong by panicking; nothing here is for others to call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    missing_docs
)]

mod attacks;
mod backup;
mod bundles;
mod case;
mod cli;
mod cose;
mod crash;
mod demo;
mod disk;
mod erased;
mod faces;
mod http;
mod jose;
mod kit;
mod licences;
mod maps;
mod readme;
mod rollback;
mod second;
mod signed;
mod story;
mod submit;
mod syncs;
mod tidy;
mod tiles;
mod truth;
mod witness;
mod witnessed;
