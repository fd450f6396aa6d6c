//! The integration tests: one binary, so that they link once.

mod attacks;
mod case;
mod cli;
mod cli;
mod crash;
mod http;
mod kit;
mod licences;
mod readme;
mod syncs;
mod tidy;
