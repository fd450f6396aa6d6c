//! Two standing responsibilities of different agencies, the code of one containing the other's.

use super::super::Date;
use super::super::state::State;
use super::meeting::{self, Meeting, Pair};
use super::{Finding, Kind, Severity};

/// Overlaps of a day, among what meets.
pub(super) fn findings<'a>(
    state: &State,
    pairs: impl Iterator<Item = (&'a Pair, &'a Meeting)>,
    day: Date,
) -> Vec<Finding> {
    let contained = pairs.filter(|(_, meeting)| **meeting == Meeting::Contained);
    let told = (Kind::Overlap, Severity::Medium);
    contained.filter_map(|(pair, meeting)| meeting::finding(state, told, pair, *meeting, day)).collect()
}
