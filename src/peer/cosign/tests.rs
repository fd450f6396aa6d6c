//! What witnesses give: in which order soever they answer, and whatever they answer.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod evil;
mod kept;
mod kit;
mod life;
