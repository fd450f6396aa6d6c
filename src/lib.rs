//! Estafet: an event-sourced responsibility ledger. The map, in reading order:
//! an agency's statement is admitted by [`domain`], chained and made durable by [`log`], acknowledged
//! by [`ledger`], answered from [`views`]; [`http`] is its door.

pub mod cli;
pub mod domain;
pub mod http;
pub mod ledger;
pub mod log;
pub mod seal;
pub mod verify;
pub mod views;
