//! The log as a whole: what opens, what is cut, what is refused.

mod damage;
mod failure;
mod index;
pub(crate) mod kit;
mod life;
