//! One holding while changes apply to it.

use super::super::super::{Date, Seq};
use super::{End, Holding, Span};

impl Holding {
    /// Whether it is held on the day, which no change applied so far is after.
    pub(super) fn lives(&self, day: Date) -> bool {
        self.spans.last().is_some_and(|span| span.contains(day))
    }

    /// Whether it is held after a day.
    pub(super) fn lasts(&self, day: Date) -> bool {
        self.spans.last().is_some_and(|span| span.until > day)
    }

    fn planned_day(&self) -> Date {
        self.planned.map_or(Date::MAX, |(day, _)| day)
    }

    /// Brings the planned end forward.
    pub(super) fn cap(&mut self, day: Date, end: End) {
        if self.planned_day() <= day {
            return;
        }
        self.planned = Some((day, end));
        if let Some(span) = self.spans.last_mut() {
            let until = day.max(span.from);
            span.planned = until;
            if until < span.until {
                (span.until, span.ended) = (until, Some(end));
            }
        }
    }

    pub(super) fn open(&mut self, from: Date) {
        let until = self.planned_day().max(from);
        self.spans.push(Span { from, until, planned: until, ended: self.planned.map(|(_, end)| end) });
    }

    pub(super) fn end(&mut self, day: Date, end: End, evidence: impl IntoIterator<Item = Seq>) {
        if let Some(span) = self.spans.last_mut() {
            span.until = day.max(span.from);
            span.ended = Some(end);
        }
        self.evidence.extend(evidence);
    }
}
