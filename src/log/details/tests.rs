//! The store of details: its life, what damage does to it, what a failing disk does.

mod damage;
mod failure;
mod kit;
mod life;
