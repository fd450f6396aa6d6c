//! What verification must find, and what nothing but a receipt can show.

mod damage;
mod kit;
mod rewrite;
mod signed;
