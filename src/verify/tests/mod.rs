//! What verification must find, and what nothing but a receipt can show.

mod damage;
mod index;
mod kit;
mod rewrite;
mod signed;
