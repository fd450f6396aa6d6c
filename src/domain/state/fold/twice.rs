//! One agency does not hold one responsibility twice in one role: who begins second takes the place of the
//! older (DOMAIN section 5, "Twice").

use std::sync::Arc;

use super::super::super::event::assignment::HoldingRole;
use super::super::super::{AssignmentId, Date, Seq};
use super::build::{Build, WALK_MAX};
use super::{End, Ended, Heir, Holding, Look as _};

impl Build<'_, '_> {
    /// A holding is held from a day on: it begins, or is revived, at its position. Where its agency would hold
    /// twice by that, it takes the place of the older.
    pub(super) fn live(&mut self, at: usize, mut holding: Holding, day: Date, (by, evidence): (Seq, &[Seq])) {
        let id = holding.assignment.clone();
        if let Some((end, entries)) = self.gone(&holding, day) {
            holding.planned = Some((day, end));
            holding.evidence.extend(entries);
        }
        let lives = holding.planned_day() > day;
        let older = if lives { self.doubles(&holding, day) } else { Vec::new() };
        for old in &older {
            let Some(old) = self.works.get(*old).cloned() else { continue };
            if self.stands_under(&holding, &old.assignment, day) {
                (holding.mode, holding.under) = (old.mode, old.under.clone());
                (holding.sub_delegable, holding.to_unknown) = (old.sub_delegable, old.to_unknown);
                (holding.own, holding.planned) = (old.own, old.planned);
                holding.took = Some(old.assignment.clone());
            }
        }
        holding.open(day, self.at);
        let until = holding.planned_day();
        self.put(at, holding);
        let mut differs = until < Date::MAX;
        for old in older {
            differs |= self.works.get(old).is_some_and(|old| old.planned_day() != until);
            self.succeed(old, &id, day, self.own_end(Ended::Transferred, by), evidence);
        }
        if differs {
            self.plan_children(&id, day);
        }
    }

    /// Ends a holding in whose place another stands from a day on.
    pub(super) fn succeed(&mut self, at: usize, heir: &AssignmentId, day: Date, end: End, evidence: &[Seq]) {
        let responsibility = self.of.id().clone();
        let heir = Heir { from: day, until: Date::MAX, assignment: heir.clone(), responsibility };
        self.change(at, |holding| {
            holding.heirs.push(heir);
            holding.end(day, end, evidence.iter().copied());
        });
    }

    /// Positions of what the agency of a holding holds on a day in the same role, so that it would hold twice.
    fn doubles(&mut self, new: &Holding, day: Date) -> Vec<usize> {
        let alike = |old: &Holding| {
            let same = old.agency == new.agency && old.role == new.role && old.assignment != new.assignment;
            let shares = || old.components.iter().any(|component| new.components.contains(component));
            match new.role {
                HoldingRole::Accountable | HoldingRole::Executor => same,
                HoldingRole::Caretaker => same && shares(),
                HoldingRole::Supporter => false,
            }
        };
        let mut all = self.alive(day);
        all.retain(|at| self.works.get(*at).is_some_and(|old| alike(old)));
        if new.role == HoldingRole::Executor && !all.is_empty() {
            let of = self.of.id();
            let above = new.under.as_ref().map(|under| self.resolve(under, day, new.below(of)));
            let all = all.into_iter().filter_map(|at| Some((at, Arc::clone(self.works.get(at)?))));
            let all: Vec<_> = all.collect();
            let under = all.into_iter().map(|(at, old)| {
                (at, old.under.as_ref().map(|under| self.resolve(under, day, old.below(of))))
            });
            return under.filter(|(_, of_old)| *of_old == above).map(|(at, _)| at).collect();
        }
        all
    }

    /// Whether a holding stands under another on a day, be it by way of others.
    fn stands_under(&mut self, below: &Holding, above: &AssignmentId, day: Date) -> bool {
        let (mut of, mut next) = (self.of.id(), below.clone());
        for _ in 0..WALK_MAX {
            let Some(under) = &next.under else { return false };
            let at = self.resolve(under, day, next.below(of));
            if at == *above {
                return true;
            }
            let Some(there) = self.view(&at, Holding::clone) else { return false };
            (of, next) = (self.responsibility(&at).unwrap_or(of), there);
        }
        false
    }
}
