//! Answers in the shapes of API section 3: pure functions of what was known and a day. The same
//! (D, K) gives the same bytes, whichever way the state was come by.

pub mod event;

use serde::Serialize;

use crate::domain::Seq;
use crate::log::Hash;

/// Version of the shapes.
pub const ANSWER: u32 = 1;

/// Where in the log an answer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The last entry it rests on.
    pub seq: Seq,
    /// Count of entries up to it.
    pub size: u64,
    /// Root over them, base64.
    pub root: String,
}

impl Position {
    /// The position of a tree.
    #[must_use]
    pub fn new(size: u64, root: Hash) -> Self {
        Self { seq: Seq(size.saturating_sub(1)), size, root: root.to_string() }
    }
}
