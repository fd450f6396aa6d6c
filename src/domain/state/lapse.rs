//! When a handoff by agreement lapses (DOMAIN section 6, "Lapse"). It follows from the record and is kept
//! with the handoff, equal to what the record says; the entry handoff.lapsed is evidence of it and is never
//! read here.
//!
//! The fold of each responsibility finds, at the place of a move, whether the giver's holdings there have
//! overtaken it. A handoff of one responsibility is thereby decided inside that fold. One of several is
//! overtaken where it is for any of them, so what one fold finds bears on the others: such verdicts are
//! settled here one after the other, the earliest first. What is found for a day rests on nothing of a later
//! one, so the earliest verdict that differs from the one kept is right, and once it is kept the next is.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::event::handoff::{LapseRule, Regime};
use super::super::{Date, HandoffId, ResponsibilityId, Seq};
use super::State;
use super::door::Change;
use super::fact::Fact;
use super::fold::Read;
use super::handoff::{Followed, Handoff, HandoffState, Move, Standing};
use super::kept::Key;

/// Most times that one handoff's verdict is settled anew for one statement: more than days can ask for, so
/// that no record, however strange, keeps the ledger busy for ever.
const SETTLED_MAX: u32 = 64;

/// That a handoff lapses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lapse {
    /// The first day on which it has lapsed.
    pub day: Date,
    /// Why: of one day, expired counts before overtaken.
    pub rule: LapseRule,
    /// What it follows from: the place of what set the due, or of what ended the giver's holding.
    pub by: Seq,
}

impl Handoff {
    /// Its lapse, where no entry says that day and rule.
    #[must_use]
    pub fn unsaid_lapse(&self) -> Option<Lapse> {
        let says = |lapse: &Lapse, fact: &Followed| matches!(fact, Followed::Lapsed(data) if data.on == Some(lapse.day) && data.rule == lapse.rule);
        self.lapsed.filter(|lapse| !self.followed.iter().any(|fact| says(lapse, &fact.data)))
    }

    /// Whether the record says that it is overtaken, so that the folds of its responsibilities carry out
    /// nothing.
    pub(super) fn is_overtaken(&self) -> bool {
        self.lapsed.is_some_and(|lapse| lapse.rule == LapseRule::Overtaken)
    }

    /// Whether it is one of several responsibilities, which lapse as one.
    pub(super) fn is_of_several(&self) -> bool {
        self.proposed.data.regime == Regime::ByAgreement && self.proposed.data.responsibilities.len() > 1
    }

    /// The first day on which it is decided what becomes of it, and on no later one is it open: that of its
    /// move, of its lapse, or on which it is declined or withdrawn, but none before that of a change of its
    /// terms. The last day while nothing decides; the first for what was never open.
    pub(super) fn decided_by(&self, planned: Option<&Move<'_>>) -> Date {
        if self.proposed.data.regime != Regime::ByAgreement {
            return Date::MIN;
        }
        let moves = planned.map(|moves| moves.day);
        let lapses = self.lapsed.map(|lapse| lapse.day);
        let decided = moves.into_iter().chain(lapses).chain(self.given_up()).min().unwrap_or(Date::MAX);
        let changed = self.changes(|_| true).into_iter().map(|(fact, _)| fact.on()).max();
        changed.map_or(decided, |changed| decided.max(changed))
    }

    /// Since when it is declined or withdrawn.
    fn given_up(&self) -> Option<Date> {
        let days = self.followed.iter().filter(|fact| fact.data.gives_up().is_some()).map(Fact::on);
        days.chain(self.closing.map(|(_, day)| day)).min()
    }

    /// Puts its lapse into where it stands on a day.
    pub(super) fn lapse(&self, on: &mut Standing, day: Date) {
        let Some(lapse) = self.lapsed.filter(|lapse| lapse.day <= day) else { return };
        // what gave it up earlier counts
        if on.void.is_none_or(|(_, before)| lapse.day < before) {
            (on.void, on.state) = (Some((lapse.by, lapse.day)), HandoffState::Lapsed);
        }
        on.evidence.push(lapse.by);
        on.evidence.sort_unstable();
        on.evidence.dedup();
        on.moves_on = None;
    }

    /// The day on which it expires, by the grace in force at the place of what set the due.
    fn expires(&self, state: &State) -> Option<Lapse> {
        let answers = |fact: &Followed| {
            matches!(fact, Followed::Accepted(_) | Followed::Declined(_) | Followed::Withdrawn(_))
        };
        if self.followed.iter().any(|fact| answers(&fact.data)) {
            return None;
        }
        let changes = self.changes(|_| true);
        let changed =
            changes.into_iter().rev().find_map(|(fact, data)| Some((fact.seq, fact.on(), data.due?)));
        let first = || Some((self.proposed.seq, self.proposed_on(), self.proposed.data.due?));
        let (by, since, due) = changed.or_else(first)?;
        let day = due.checked_plus_days(state.grace_at(by))?.max(since);
        Some(Lapse { day, rule: LapseRule::Expired, by })
    }
}

impl State {
    /// Days after `due` at which a proposal lapses, by the policy in force at a place.
    fn grace_at(&self, place: Seq) -> u64 {
        let said = self.ledger.policy.iter().rev().filter(|fact| fact.seq < place).map(|fact| &*fact.data);
        let mut said = said.chain(self.ledger.opened.iter().map(|fact| &fact.data.policy));
        said.find_map(|policy| policy.lapse_days_after_due).unwrap_or(super::LAPSE_DAYS_AFTER_DUE)
    }

    /// When a handoff lapses, by the folds as they are.
    fn lapse_of(&self, handoff: &Handoff) -> Option<Lapse> {
        if handoff.proposed.data.regime != Regime::ByAgreement {
            return None;
        }
        let overtaken = self.overtaken(handoff);
        let overtaken = overtaken.map(|(day, by)| Lapse { day, rule: LapseRule::Overtaken, by });
        let given_up = handoff.given_up();
        let before = |lapse: &Lapse| given_up.is_none_or(|given_up| lapse.day < given_up);
        let first = handoff.expires(self).into_iter().chain(overtaken).min();
        first.filter(before)
    }

    /// A proposal as it would stand if the closing of its giver had not withdrawn it: by then it may have
    /// expired.
    pub(in crate::domain) fn but_for_closing(&self, handoff: &Handoff) -> Handoff {
        let lapsed = handoff.lapsed.into_iter().chain(handoff.expires(self)).min();
        Handoff { closing: None, lapsed, ..handoff.clone() }
    }

    /// The first day on which the giver has lost what a handoff would move, and what ended it.
    fn overtaken(&self, handoff: &Handoff) -> Option<(Date, Seq)> {
        let responsibilities = handoff.proposed.data.responsibilities.iter();
        if handoff.planned().is_some() {
            let found = responsibilities.filter_map(|of| self.fold(of).overtaken.get(handoff.id()).copied());
            return found.min();
        }
        responsibilities.filter_map(|of| self.fold(of).lost(handoff)).min()
    }

    /// Whether the holdings of a responsibility end with this handoff, so that its lapse bears on a fold.
    fn ends_holdings(&self, id: &HandoffId) -> bool {
        self.readers_of(&Read::Handoff(id.clone())).next().is_some()
    }
}

/// When a verdict falls: of one day those of moves, by place, before those of the day's end.
type Turn = (Date, u8, Seq);

/// Handoffs whose lapse is to be worked out anew.
#[derive(Default)]
pub(super) struct Doubts {
    waiting: BTreeSet<HandoffId>,
    /// Those whose lapse was put aside once: it may have rested on what it had ended itself.
    put_aside: BTreeSet<HandoffId>,
    /// How often each was settled.
    settled: BTreeMap<HandoffId, u32>,
}

impl Doubts {
    /// Adds the handoffs that changed, and those of folds that were made anew: all of a whole fold, and of
    /// one to which a change was appended those that are decided on that day or later.
    pub(super) fn add(
        &mut self,
        state: &State,
        changes: &[Change],
        folded: &[(ResponsibilityId, Option<Date>)],
    ) {
        let handoff = |change: &Change| {
            if let Key::Handoff(id) = &change.key { Some(id.clone()) } else { None }
        };
        self.waiting.extend(changes.iter().filter_map(handoff));
        for (id, appended) in folded {
            self.waiting.extend(state.decided_from(id, appended.unwrap_or(Date::MIN)).cloned());
        }
    }
}

impl State {
    /// Brings what is kept of lapses one step nearer to what the record says; answers whether something
    /// changed, so that folds may have to follow before the next step.
    pub(super) fn settle_lapses(&mut self, doubts: &mut Doubts) -> bool {
        let mut first: Option<(Turn, HandoffId, Option<Lapse>)> = None;
        let mut changed = false;
        for id in mem::take(&mut doubts.waiting) {
            let Some(handoff) = self.handoffs.get(&id).cloned() else { continue };
            let (was, is) = (handoff.lapsed, self.lapse_of(&handoff));
            let ends = self.ends_holdings(&id);
            if ends && handoff.is_overtaken() && doubts.put_aside.insert(id.clone()) {
                self.keep_lapse(&handoff, None);
                doubts.waiting.insert(id);
                changed = true;
                continue;
            }
            if was == is {
                continue;
            }
            let moves = handoff.planned().filter(|_| handoff.is_of_several());
            if moves.is_none() && !ends {
                // no fold follows it
                self.keep_lapse(&handoff, is);
                changed = true;
                continue;
            }
            let day = was.into_iter().chain(is).map(|lapse| lapse.day).min().unwrap_or(Date::MAX);
            let at = match moves {
                Some(moves) if moves.day <= day => (moves.day, 0, moves.seq),
                _ => (day, 1, Seq(0)),
            };
            if first.as_ref().is_none_or(|(before, ..)| at < *before) {
                first = Some((at, id.clone(), is));
            }
            doubts.waiting.insert(id);
        }
        if let Some((_, id, is)) = first.filter(|_| !changed) {
            let settled = doubts.settled.entry(id.clone()).or_default();
            *settled += 1;
            if *settled > SETTLED_MAX {
                doubts.waiting.remove(&id);
            } else if let Some(handoff) = self.handoffs.get(&id).cloned() {
                self.keep_lapse(&handoff, is);
            }
            changed = true;
        }
        changed
    }

    fn keep_lapse(&mut self, handoff: &Arc<Handoff>, lapsed: Option<Lapse>) {
        let id = handoff.id().clone();
        self.change(&id, Some(Arc::new(Handoff { lapsed, ..Handoff::clone(handoff) })));
    }
}
