//! One agency does not hold one responsibility twice in one role: who begins second takes the place of the
//! older (DOMAIN section 5, "Twice").

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
        let mut older = if holding.planned_day() > day { self.alike(&holding, day) } else { Vec::new() };
        if !older.is_empty() && at == self.works.len() {
            // what it stands under is looked for by its name, and by the day on which it begins
            let mut begun = holding.clone();
            begun.open(day, self.at);
            self.put(at, begun);
        }
        self.doubles(&holding, day, &mut older);
        for old in &older {
            let Some(old) = self.works.get(*old).cloned() else { continue };
            if !self.stands_under(&holding, &old.assignment, day) {
                continue;
            }
            if !holding.spans.is_empty() {
                return self.yield_to(at, &old.assignment, day, evidence);
            }
            (holding.mode, holding.under) = (old.mode, old.under.clone());
            (holding.sub_delegable, holding.to_unknown) = (old.sub_delegable, old.to_unknown);
            (holding.own, holding.planned) = (old.own, old.planned);
            holding.took = Some(old.assignment.clone());
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

    /// A holding is not revived under one that its agency holds already: that one stands in its place.
    fn yield_to(&mut self, at: usize, above: &AssignmentId, day: Date, evidence: &[Seq]) {
        let responsibility = self.of.id().clone();
        let heir = Heir { from: day, until: Date::MAX, assignment: above.clone(), responsibility };
        self.change(at, |holding| {
            holding.heirs.push(heir);
            holding.evidence.extend(evidence);
        });
        self.plan_children(above, day);
    }

    /// Positions of what the agency of a holding holds on a day in the same role, so that it might hold twice.
    fn alike(&self, new: &Holding, day: Date) -> Vec<usize> {
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
        all
    }

    /// Leaves of these what is double with a holding: of an executor's, what stands under the same that day.
    fn doubles(&mut self, new: &Holding, day: Date, among: &mut Vec<usize>) {
        if new.role != HoldingRole::Executor || among.is_empty() {
            return;
        }
        let above = self.above(new, day);
        among.retain(|at| {
            let old = self.works.get(*at).cloned();
            old.is_some_and(|old| self.above(&old, day) == above)
        });
    }

    /// What a holding stands under on a day.
    fn above(&mut self, holding: &Holding, day: Date) -> Option<AssignmentId> {
        let below = holding.below(self.of.id());
        holding.under.as_ref().map(|under| self.resolve(under, day, below))
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
