//! Tests of the service: parts, and the whole over real sockets.

mod accept;
mod cose;
mod details;
mod findings;
mod kit;
mod parts;
mod pipe;
mod problems;
mod reading;
mod reads;
mod rules;
mod shown;
mod signed;
mod tiles;
mod witness;
