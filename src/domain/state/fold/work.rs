//! One holding while changes apply to it.

use std::sync::Arc;

use super::super::super::{Date, Seq};
use super::{End, Holding, Span};

/// A holding while changes apply, and why it would end by itself.
pub(super) struct Work {
    pub(super) holding: Holding,
    /// Its planned end, when one is known.
    pub(super) planned: Option<(Date, End)>,
}

impl Work {
    pub(super) fn alive(&self, day: Date) -> bool {
        self.holding.spans.last().is_some_and(|span| span.contains(day))
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
        if let Some(span) = self.holding.spans.last_mut() {
            let until = day.max(span.from);
            span.planned = until;
            if until < span.until {
                (span.until, span.ended) = (until, Some(end));
            }
        }
    }

    pub(super) fn open(&mut self, from: Date) {
        let until = self.planned_day().max(from);
        self.holding.spans.push(Span {
            from,
            until,
            planned: until,
            ended: self.planned.map(|(_, end)| end),
        });
    }

    pub(super) fn end(&mut self, day: Date, end: End, evidence: impl IntoIterator<Item = Seq>) {
        if let Some(span) = self.holding.spans.last_mut() {
            span.until = day.max(span.from);
            span.ended = Some(end);
        }
        self.holding.evidence.extend(evidence);
    }

    pub(super) fn finish(mut self) -> Arc<Holding> {
        let ended = self.holding.spans.iter().filter_map(|span| span.ended);
        self.holding.evidence.extend(ended.map(|end| end.by));
        self.holding.evidence.sort_unstable();
        self.holding.evidence.dedup();
        Arc::new(self.holding)
    }
}
