//! What is held at a moment of a day: by time where the moment and all of that day's changes have
//! one, else by day (DOMAIN section 7, broken-authority).

use std::sync::Arc;

use super::super::super::event::assignment::HoldingRole;
use super::super::super::{Date, Instant, Seq};
use super::{End, Fold, Holding, Span};

/// A place within a day: by time, then seq.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The time.
    pub time: Instant,
    /// The place in the order of what is said of it.
    pub seq: Seq,
}

/// A day, and where in it, if that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The day.
    pub day: Date,
    /// Where in it.
    pub point: Option<Point>,
}

impl Span {
    /// Whether the moment lies inside, as far as times say: `None` where the span neither begins nor
    /// ends that day, or one of the times is missing.
    fn contains_point(&self, moment: Moment) -> Option<bool> {
        let point = moment.point?;
        let (begins, ends) = (self.from == moment.day, self.until == moment.day);
        let began = if begins { Some(self.began?) } else { None };
        let ended = if ends { Some(self.ended.and_then(|end| end.at)?) } else { None };
        began.or(ended)?;
        let inside = began.is_none_or(|began| began <= point) && ended.is_none_or(|ended| point < ended);
        // held for no time at all, at this very time
        let none = began.is_some_and(|began| {
            began.time == point.time && ended.is_some_and(|ended| ended.time == point.time)
        });
        Some(inside || none)
    }

    /// Whether the moment lies inside, by time where times say, else by day.
    #[must_use]
    pub fn contains_at(&self, moment: Moment) -> bool {
        self.contains_point(moment).unwrap_or_else(|| self.contains(moment.day))
    }

    /// Ends it on a day, at the earliest where it begins.
    pub(super) fn end(&mut self, day: Date, end: End) {
        self.until = day.max(self.from);
        // the time of another day orders nothing on this one
        let at = end.at.filter(|_| self.until == day);
        self.ended = Some(End { at, ..end });
    }
}

impl Holding {
    /// Whether it is held at the moment, dormant or not.
    #[must_use]
    pub fn is_alive_at(&self, moment: Moment) -> bool {
        self.spans.iter().any(|span| span.contains_at(moment))
    }

    /// Whether it was held at the moment; by day, holdings of zero days count on theirs.
    #[must_use]
    pub fn was_alive_at(&self, moment: Moment) -> bool {
        let day = moment.day;
        let by_day = |span: &Span| span.contains(day) || span.from == day && span.until == day;
        self.spans.iter().any(|span| span.contains_point(moment).unwrap_or_else(|| by_day(span)))
    }

    /// Forgets the time at which it ended on a day.
    pub(super) fn end_by_day(&mut self) {
        if let Some(end) = self.spans.last_mut().and_then(|span| span.ended.as_mut()) {
            end.at = None;
        }
    }

    /// Whether it ends on a day, at a time.
    pub(super) fn ends_at_a_time_of(&self, day: Date) -> bool {
        let last = self.spans.last().filter(|span| span.until == day);
        last.and_then(|span| span.ended).is_some_and(|end| end.at.is_some())
    }
}

impl Fold {
    /// Every holding that is alive at some time of a day, and maybe others.
    pub fn around(&self, day: Date) -> impl Iterator<Item = &Arc<Holding>> {
        self.beyond(day.plus_days(-1))
    }

    /// Who is accountable at a moment, the dormant too.
    pub fn accountable_at(&self, moment: Moment) -> impl Iterator<Item = &Arc<Holding>> {
        let accountable = |holding: &&Arc<Holding>| holding.role == HoldingRole::Accountable;
        self.around(moment.day).filter(accountable).filter(move |holding| holding.is_alive_at(moment))
    }
}
