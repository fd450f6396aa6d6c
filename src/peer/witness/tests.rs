//! The witness itself: what it decides, what it keeps, and what it does when that fails.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod evidence;
mod failure;
mod kit;
mod life;
mod statuses;
