//! The course of a handoff: its terms, who accepted or gave it up, and from these the day of its move. Where it
//! stands on a day and which move it makes are both made of it.

use super::super::event::handoff::Regime;
use super::super::{Date, Seq};
use super::fact::Fact;
use super::followed::Followed;
use super::handoff::{Handoff, HandoffState};

/// What decides on the move of a handoff, and its due.
pub(super) struct Course<'a> {
    /// The entry that accepts it.
    pub(super) accepted: Option<&'a Fact<Followed>>,
    /// As what it was given up, by which entry and when.
    pub(super) void: Option<(HandoffState, (Seq, Date))>,
    /// Where the closing of its giver withdraws it, the entry that closes.
    pub(super) withdrawn_by: Option<Seq>,
    /// From when it is to be in force.
    pub(super) effective: Date,
    /// By when it is to be answered.
    pub(super) due: Option<Date>,
}

impl Handoff {
    /// Its course by the facts that count; a closing of its giver counts from its day on.
    pub(super) fn course(&self, day: Date, counts: impl Fn(&Fact<Followed>) -> bool) -> Course<'_> {
        let (effective, due) = (self.effective(), self.proposed.data.due);
        let mut course = Course { accepted: None, void: None, withdrawn_by: None, effective, due };
        for fact in self.followed.iter().filter(|fact| counts(fact)) {
            if matches!(*fact.data, Followed::Accepted(_)) {
                course.accepted = Some(fact);
            } else if let Some(state) = fact.data.gives_up() {
                course.give_up(state, (fact.seq, fact.on()));
            }
        }
        for (_, changed) in self.changes(counts) {
            course.effective = changed.effective.unwrap_or(course.effective);
            course.due = changed.due.or(course.due);
        }
        let closing = self.closing.filter(|(_, closed)| *closed <= day);
        if let Some(closed) = closing.filter(|_| course.accepted.is_none() && course.void.is_none()) {
            (course.void, course.withdrawn_by) = (Some((HandoffState::Withdrawn, closed)), Some(closed.0));
        }
        course
    }
}

impl Course<'_> {
    /// The earliest day of several counts.
    fn give_up(&mut self, state: HandoffState, at: (Seq, Date)) {
        if self.void.is_none_or(|(_, (_, before))| at.1 < before) {
            self.void = Some((state, at));
        }
    }

    /// The day of the move, if there is one.
    pub(super) fn moves_on(&self, regime: Regime) -> Option<Date> {
        match (self.void, regime) {
            (Some(_), _) => None,
            (None, Regime::ByAgreement) => self.accepted.map(|fact| fact.on().max(self.effective)),
            (None, Regime::ByLaw | Regime::Observed) => Some(self.effective),
        }
    }
}
