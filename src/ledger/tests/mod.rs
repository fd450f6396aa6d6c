//! The write path, tried from outside: what is answered, what is recorded, and what survives.

mod decide;
mod details;
mod erasure;
mod faults;
mod index;
mod kit;
mod reading;
mod rotate;
mod shown;
mod time;
mod tokens;
