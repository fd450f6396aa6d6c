//! What a holding stands under, and how long it lives because of that.

use std::collections::BTreeSet;

use super::super::super::{AssignmentId, Date};
use super::build::{Build, WALK_MAX};
use super::{Below, End, Ended, Look as _, Span};

impl Build<'_, '_> {
    /// When a holding that begins under another one must end because what it stands under does.
    pub(super) fn life(&mut self, under: &AssignmentId, from: Date, below: Below<'_>) -> Option<(Date, End)> {
        let mut day = from;
        let mut last = None;
        for _ in 0..WALK_MAX {
            let at = self.resolve(under, day, below);
            let found = self.view(&at, |holding| {
                let course = |span: &Span| (span.until, span.ended);
                let of_day = holding.span_on(day);
                let lives = of_day.or_else(|| holding.spans.iter().find(|span| span.from > day)).map(course);
                lives.ok_or_else(|| holding.spans.iter().rev().find(|span| span.until <= day).map(course))
            })?;
            match found {
                Ok((until, _)) if until == Date::MAX => return None,
                Ok((until, ended)) => {
                    let end = ended?;
                    if !self.passes_on(under, until, end, below) {
                        return Some((until, End { cascade: true, ..end }));
                    }
                    // a split that has no part for it ends it
                    if self.is_divided_by(&at, end) && self.heir(&at, until, below).is_none() {
                        let end = End { reason: Ended::Expired, cascade: true, ..end };
                        return Some((until, end));
                    }
                    (day, last) = (until, Some(end));
                }
                Err(gone) => {
                    // what was gone before it began ended on a day of its own
                    let day = gone.filter(|_| last.is_none()).map_or(day, |(until, _)| until);
                    let end = last.or(gone.and_then(|(_, ended)| ended))?;
                    let divided = self.is_divided_by(&at, end);
                    let reason = if divided { Ended::Expired } else { end.reason };
                    let end = End { reason, ..end };
                    return Some((day, End { cascade: true, ..end }));
                }
            }
        }
        None
    }

    /// Whether what ends a holding is the split of its responsibility.
    fn is_divided_by(&self, id: &AssignmentId, end: End) -> bool {
        let whole = self.state.responsibility_of(id).and_then(|of| self.state.responsibilities.get(of));
        let split = whole.and_then(|whole| whole.split.as_ref());
        end.reason == Ended::Transferred && split.is_some_and(|split| split.seq == end.by)
    }

    /// Whether what ends a holding gives it to who stands in its place then: a transfer, or the reversal
    /// that revives the giver; not an ending on the day on which something else revives it.
    fn passes_on(&mut self, under: &AssignmentId, day: Date, end: End, below: Below<'_>) -> bool {
        if end.reason == Ended::Transferred {
            return true;
        }
        let mut at = Some(under.clone());
        for _ in 0..WALK_MAX {
            let Some(id) = at.take() else { break };
            if self.view(&id, |holding| holding.evidence.contains(&end.by)).unwrap_or_default() {
                return true;
            }
            at = self.heir(&id, day, below).map(|heir| heir.assignment);
        }
        false
    }

    /// Positions of what is alive on the day and stands under the holding then.
    pub(super) fn children(&mut self, of: &AssignmentId, day: Date) -> Vec<usize> {
        let under = |at: usize| {
            let holding = self.works.get(at)?;
            Some((at, holding.under.clone()?, holding.assignment.clone()))
        };
        let mut alive: Vec<_> = self.alive(day).into_iter().filter_map(under).collect();
        alive.retain(|(_, under, id)| {
            let below = Below { of: self.of.id(), holding: Some(id) };
            self.resolve(under, day, below) == *of
        });
        alive.into_iter().map(|(at, ..)| at).collect()
    }

    /// Plans the ends of what stands under a holding anew, where that begins, is revived or takes the place of
    /// another.
    pub(super) fn plan_children(&mut self, of: &AssignmentId, day: Date) {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![of.clone()]);
        while let Some(id) = waiting.pop() {
            for child in self.children(&id, day) {
                let Some(below) = self.works.get(child).filter(|_| seen.insert(child)).cloned() else {
                    continue;
                };
                let stands = below.below(self.of.id());
                let life = below.under.as_ref().and_then(|under| self.life(under, day, stands));
                let before = below.planned_day();
                self.change(child, |holding| holding.plan(life));
                if self.works.get(child).is_some_and(|after| after.planned_day() != before) {
                    waiting.push(below.assignment.clone());
                }
            }
        }
    }
}
