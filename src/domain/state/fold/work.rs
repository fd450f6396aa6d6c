//! One holding while changes apply to it.

use super::super::super::{Date, Seq};
use super::{End, Holding, Place, Point, Span};

impl Holding {
    /// Whether it is held on the day, which no change applied so far is after.
    pub(super) fn lives(&self, day: Date) -> bool {
        self.spans.last().is_some_and(|span| span.contains(day))
    }

    /// Whether it is held after a day, or ends on it.
    pub(super) fn lasts(&self, day: Date) -> bool {
        self.spans.last().is_some_and(|span| span.until >= day)
    }

    /// Where it would end by itself; [`Date::MAX`] while that is open.
    pub(super) fn planned_day(&self) -> Date {
        self.planned.map_or(Date::MAX, |(day, _)| day)
    }

    /// Until when it is held, and how it ends.
    pub(super) fn course(&self) -> Option<(Date, Option<End>)> {
        self.spans.last().map(|span| (span.until, span.ended))
    }

    /// Notes the change that began or ended its last span, and whether its day is sure.
    pub(super) fn note_turn(&mut self, place: Place, sure: bool) {
        let Some(span) = self.spans.last_mut() else { return };
        if span.turn.is_none() {
            (span.turn, span.unsure) = (Some(place), !sure);
        } else if let Some(end) = span.ended.as_mut() {
            (end.turn, end.unsure) = (Some(place), !sure);
        }
    }

    /// Plans its end anew while it is held: where its own period ends it, or sooner with what it stands under.
    pub(super) fn plan(&mut self, life: Option<(Date, End)>) {
        self.planned = self.own.into_iter().chain(life).min_by_key(|(day, _)| *day);
        let planned = self.planned;
        if let Some(span) = self.spans.last_mut() {
            span.planned = planned.map_or(Date::MAX, |(day, _)| day.max(span.from));
            (span.until, span.ended) = (span.planned, None);
            if let Some((day, end)) = planned {
                span.end(day, end);
            }
        }
    }

    pub(super) fn open(&mut self, from: Date, began: Option<Point>) {
        let planned = self.planned_day().max(from);
        let mut span = Span { from, until: planned, planned, began, turn: None, unsure: false, ended: None };
        if let Some((day, end)) = self.planned {
            span.end(day, end);
        }
        self.spans.push(span);
    }

    pub(super) fn end(&mut self, day: Date, end: End, evidence: impl IntoIterator<Item = Seq>) {
        if let Some(span) = self.spans.last_mut() {
            span.end(day, end);
        }
        self.evidence.extend(evidence);
    }
}
