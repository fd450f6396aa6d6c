//! Holdings that pass on: handoffs and their reversals, splits (DOMAIN sections 5 and 6).

use std::sync::Arc;

use super::super::super::event::assignment::{HoldingRole, Mode};
use super::super::super::event::responsibility::ResponsibilitySplit;
use super::super::super::{Date, ResponsibilityId};
use super::super::fact::Fact;
use super::super::handoff::Move;
use super::build::Build;
use super::{End, Ended, Heir, Holding};

impl Build<'_, '_> {
    pub(super) fn moved(&mut self, moved: &Move<'_>) {
        let data = &moved.handoff.proposed.data;
        let (role, day) = (moved.handoff.role(), moved.day);
        let id = moved.handoff.holding(moved.seq, self.of.id());
        if self.position(&id).is_some() {
            return;
        }
        let giver = self.holder(&data.from, role, day);
        let giver = giver.or_else(|| self.ends_later_that_day(moved));
        let mut holding = Holding {
            assignment: id.clone(),
            agency: data.to.clone(),
            role,
            mode: (role == HoldingRole::Accountable).then_some(Mode::Attribution),
            under: None,
            components: Vec::new(),
            sub_delegable: false,
            basis: data.basis.clone(),
            unverified: data.unverified.clone(),
            from_unknown: false,
            to_unknown: false,
            made: moved.seq,
            evidence: moved.evidence.clone(),
            spans: Vec::new(),
            heirs: Vec::new(),
            exercised_until: None,
            planned: None,
        };
        let end = self.own_end(Ended::Transferred, moved.seq);
        if let Some(given) = giver.and_then(|at| self.works.get_mut(at)).map(Arc::make_mut) {
            (holding.mode, holding.under) = (given.mode, given.under.clone());
            (holding.components, holding.sub_delegable) = (given.components.clone(), given.sub_delegable);
            (holding.to_unknown, holding.planned) = (given.to_unknown, given.planned);
            let responsibility = self.of.id().clone();
            given.heirs.push(Heir { from: day, until: Date::MAX, assignment: id, responsibility });
            given.end(day, end, moved.evidence.iter().copied());
        }
        self.begin(day, holding);
    }

    /// A holding of the giver that ends on the day of a move, but after it: what ends it is something
    /// above it, in another responsibility, whose place in the day is a later one.
    fn ends_later_that_day(&self, moved: &Move<'_>) -> Option<usize> {
        let later = |end: End| {
            end.cascade && (end.by > moved.seq || matches!(end.reason, Ended::AgencyClosed | Ended::Retired))
        };
        self.works.iter().position(|holding| {
            let span = holding.spans.last();
            holding.agency == moved.handoff.proposed.data.from
                && holding.role == moved.handoff.role()
                && span.is_some_and(|span| span.from <= moved.day && span.until == moved.day)
                && holding.planned.is_some_and(|(day, end)| day == moved.day && later(end))
        })
    }

    pub(super) fn reversed(&mut self, moved: &Move<'_>) {
        let Some((seq, by, day, _, said)) = moved.reversed else { return };
        let id = moved.handoff.holding(moved.seq, self.of.id());
        let Some(at) = self.position(&id) else { return };
        let ends =
            |holding: &Arc<Holding>| holding.spans.last().and_then(|span| span.ended).map(|end| end.reason);
        if self.works.get(at).and_then(ends) == Some(Ended::Transferred) {
            return;
        }
        // the link goes first: what stood under the giver before goes back to it, what the
        // receiver itself put under its holding ends with it
        let giver = self.works.iter().position(|h| h.heirs.iter().any(|heir| heir.assignment == id));
        if let Some(giver) = giver {
            self.change(giver, |holding| {
                for heir in holding.heirs.iter_mut().filter(|heir| heir.assignment == id) {
                    heir.until = day.max(heir.from);
                }
            });
        }
        let evidence = [seq, by];
        if self.works.get(at).is_some_and(|holding| holding.lives(day)) {
            self.end(at, day, self.own_end(Ended::Annulled, seq), &evidence);
        }
        self.change(at, |holding| {
            holding.exercised_until = Some(said.max(day));
            holding.evidence.extend(evidence);
        });
        let retired = self.of.retired.as_ref().filter(|fact| fact.data.effective < day);
        let Some((giver, mut holding)) = giver.and_then(|at| Some((at, Holding::clone(self.works.get(at)?))))
        else {
            return;
        };
        let life = holding.under.clone().and_then(|under| self.life(&under, day));
        holding.planned = holding.planned.into_iter().chain(life).min_by_key(|(day, _)| *day);
        holding.open(day, self.at);
        holding.evidence.extend(evidence);
        self.close_if_gone(&mut holding, day);
        if let Some(fact) = retired {
            holding.end(day, End::by_day(Ended::Retired, fact.seq), fact.evidence());
        }
        let revived = holding.assignment.clone();
        self.works.set(giver, Arc::new(holding));
        self.lasts(giver);
        self.cap_children(&revived, day);
    }

    pub(super) fn split(&mut self, fact: &Fact<ResponsibilitySplit>) {
        let day = fact.data.effective;
        let mut parts: Vec<_> = fact.data.parts().collect();
        parts.sort_unstable();
        parts.dedup();
        let alive = self.alive(day);
        let end = self.own_end(Ended::Transferred, fact.seq);
        for at in alive {
            let Some(old) = self.works.get(at).map(|holding| holding.assignment.clone()) else { continue };
            // a holding that has no name in a part yet gets one once the fold is made
            let names = self.of.passed.iter().filter(|name| name.old == old && parts.contains(&&name.part));
            let heirs: Vec<_> = names
                .map(|name| Heir {
                    from: day,
                    until: Date::MAX,
                    assignment: name.new.clone(),
                    responsibility: name.part.clone(),
                })
                .collect();
            self.change(at, |holding| {
                holding.heirs.extend(heirs);
                holding.end(day, end, fact.evidence());
            });
        }
    }

    pub(super) fn inherited(&mut self, parent: &ResponsibilityId, fact: &Fact<ResponsibilitySplit>) {
        let day = fact.data.effective;
        let fold = self.other(parent);
        for old in &fold.holdings {
            let span = old.spans.iter().find(|span| {
                span.ended.is_some_and(|end| end.reason == Ended::Transferred && end.by == fact.seq)
            });
            let heir = old.heirs.iter().find(|heir| heir.from == day && heir.responsibility == *self.of.id());
            let (Some(span), Some(heir)) = (span, heir) else { continue };
            let mut holding = Holding::clone(old);
            holding.assignment = heir.assignment.clone();
            holding.made = fact.seq;
            holding.from_unknown = false;
            holding.evidence = old.evidence().into_iter().chain(fact.evidence()).collect();
            (holding.spans, holding.heirs, holding.exercised_until) = (Vec::new(), Vec::new(), None);
            let expired = End::by_day(Ended::Expired, old.made);
            holding.planned = (span.planned < Date::MAX).then_some((span.planned, expired));
            self.begin(day, holding);
        }
    }
}
