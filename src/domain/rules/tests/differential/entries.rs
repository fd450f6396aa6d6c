//! A drawn story as the entries it leaves, for tests that put it on disk.

use super::super::super::super::{Event, Subject};
use super::story::{How, tell};

/// One entry of a story.
pub(crate) struct Entry {
    /// What was admitted.
    pub(crate) event: Event,
    /// What was said, as JSON.
    pub(crate) claims: String,
    /// What the entry links.
    pub(crate) subjects: Vec<Subject>,
    /// Whether the statement that was drawn ends with it: approvals and lapses come before.
    pub(crate) last: bool,
}

/// The entries of the story of a seed.
pub(crate) fn entries(seed: u64) -> Vec<Entry> {
    let story = tell(seed, How { only_told: true, ..How::default() });
    let drawn: std::collections::BTreeSet<_> = story.lines.iter().filter_map(|line| line.was).collect();
    let told = story.told.into_iter();
    told.map(|(event, claims, subjects)| Entry {
        last: drawn.contains(&event.seq.0),
        event,
        claims,
        subjects,
    })
    .collect()
}
