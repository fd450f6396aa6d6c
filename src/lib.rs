//! Estafet: an event-sourced responsibility ledger. The map, in reading order: an agency's statement
//! is admitted by [`domain`], chained and made durable by [`log`], read and written by [`seal`],
//! decided and acknowledged by [`ledger`], answered from [`views`], proved by [`verify`]; [`interop`] reads what other systems wrote, [`peer`]
//! countersigns what other ledgers commit to; [`http`] and [`cli`] are its doors. A module uses only what stands
//! above it; `verify` and `views` do not know each other, nor do `interop` and `peer`.

pub mod domain;

pub mod log;

pub mod seal;

pub mod verify;

pub mod views;

pub mod ledger;

pub mod interop;

pub mod peer;

pub mod http;

pub mod cli;
