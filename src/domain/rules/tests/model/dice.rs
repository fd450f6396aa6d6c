//! Decides by bytes: the same bytes, the same story.

use super::said::{Day, LAST};

/// Bytes that decide.
pub(super) struct Dice<'a> {
    pub(super) bytes: &'a [u8],
}

impl Dice<'_> {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*first) % sides
    }

    /// True once in so many times.
    pub(super) fn rarely(&mut self, times: usize) -> bool {
        self.roll(times) == times - 1
    }

    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }

    pub(super) fn pick_some<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| self.pick(of))
    }

    /// A day around another.
    pub(super) fn near(&mut self, day: Day, before: Day, after: Day) -> Day {
        let by = self.roll(usize::try_from(before + after + 1).unwrap());
        // forward first, so that zeros mean the day itself
        let by = Day::try_from(by).unwrap();
        let by = if by <= after { by } else { after - by };
        (day + by).clamp(0, LAST - 2)
    }
}
