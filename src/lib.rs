//! Estafet: an event-sourced responsibility ledger. The map, in reading order:
//! an agency's statement is admitted by [`domain`], chained and made durable by `log`, acknowledged
//! by `ledger`, answered from `views`, proved by `verify`; `http` and `cli` are its doors.

pub mod domain;
pub mod log;
pub mod views;
