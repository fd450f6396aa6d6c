//! Ways in which the door and what follows it could be wrong, so that a test can ask whether each would be
//! found. Outside tests nothing is ever broken, and the compiler leaves these questions out.

/// One way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// What changes while the state settles is not handed out to be kept.
    SettledUnlisted,
    /// An object that changes again is not handed out.
    ChangeUnlisted,
    /// An index entry outlives the object that gave it.
    EntryKept,
    /// An index entry is not given by an object that was there before.
    EntryForgotten,
    /// A fold that rests on another is not made anew with it.
    DependentForgotten,
    /// A fold is not made anew when an agency in it is closed.
    ClosingForgotten,
    /// A handoff whose move is taken back has moved all the same.
    MoveForgotten,
    /// A handoff that waits does not learn that its giver is closed.
    GiverForgotten,
    /// What stands under a split holding follows the first part, not the one that contains it.
    FirstPart,
    /// What a reader was shown once is what the writer sees for ever.
    #[cfg(test)]
    ReaderSeen,
}

#[cfg(test)]
thread_local! {
    static ON: std::cell::Cell<Option<Broken>> = const { std::cell::Cell::new(None) };
}

/// Breaks what this thread does from now on, or mends it.
#[cfg(test)]
pub(crate) fn switch(way: Option<Broken>) {
    ON.set(way);
}

/// Whether it is broken in this way.
#[cfg(test)]
pub(super) fn is(way: Broken) -> bool {
    ON.get() == Some(way)
}

/// Whether it is broken in this way: never.
#[cfg(not(test))]
pub(super) const fn is(_: Broken) -> bool {
    false
}
