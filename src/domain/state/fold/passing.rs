//! Holdings that pass on: handoffs and their reversals, splits (DOMAIN sections 5 and 6).

use std::sync::Arc;

use super::super::super::event::assignment::{HoldingRole, Mode};
use super::super::super::event::responsibility::ResponsibilitySplit;
use super::super::super::{Date, ResponsibilityId, Seq};
use super::super::fact::Fact;
use super::super::handoff::Move;
use super::super::sure::Sure as _;
use super::build::Build;
use super::change::Place;
use super::{End, Ended, Heir, Holding, Look as _};

impl Build<'_, '_> {
    pub(super) fn moved(&mut self, moved: &Move<'_>) {
        let data = &moved.handoff.proposed.data;
        let (role, day) = (moved.handoff.role(), moved.day);
        let id = moved.handoff.holding(moved.seq, self.of.id());
        if self.position(&id).is_some() {
            return;
        }
        let (taken, evidence) = (self.taken(moved), moved.evidence());
        let mut holding = Holding {
            assignment: id.clone(),
            agency: data.to.clone(),
            role,
            mode: (role == HoldingRole::Accountable).then_some(Mode::Attribution),
            under: None,
            took: None,
            components: Vec::new(),
            sub_delegable: false,
            basis: data.basis.clone(),
            rebased: Vec::new(),
            unverified: data.unverified.clone(),
            from_unknown: false,
            to_unknown: false,
            made: moved.seq,
            evidence: evidence.clone(),
            spans: Vec::new(),
            heirs: Vec::new(),
            exercised_until: None,
            own: None,
            planned: None,
        };
        let mut kept = taken.first().copied();
        if taken.len() > 1 {
            kept = taken.iter().copied().find(|at| !self.dormant(*at, day)).or(kept);
        }
        if let Some(kept) = kept.and_then(|at| self.works.get(at)) {
            (holding.mode, holding.under) = (kept.mode, kept.under.clone());
            (holding.components, holding.sub_delegable) = (kept.components.clone(), kept.sub_delegable);
            (holding.to_unknown, holding.own, holding.planned) = (kept.to_unknown, kept.own, kept.planned);
            holding.took = Some(kept.assignment.clone());
        }
        let until = holding.planned_day();
        let mut differs = false;
        for at in taken {
            differs |= self.works.get(at).is_some_and(|given| given.planned_day() != until);
            self.succeed(at, &id, day, self.own_end(Ended::Transferred, moved.seq), &evidence);
        }
        self.begin_under(day, holding, &evidence);
        if differs {
            self.plan_children(&id, day);
        }
    }

    /// Positions of what a move takes: all that the giver holds in the role that day, in the order in which it
    /// began.
    pub(super) fn taken(&self, moved: &Move<'_>) -> Vec<usize> {
        let of_giver = |holding: &Arc<Holding>| {
            holding.agency == moved.handoff.proposed.data.from
                && holding.role == moved.handoff.role()
                && (holding.lives(moved.day) || ends_later_that_day(holding, moved))
        };
        let mut all = self.lasting.clone();
        all.retain(|at| self.works.get(*at).is_some_and(of_giver));
        all
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
        // the links go first: what stood under what was taken or displaced goes back to it, what the receiver
        // itself put under its holding ends with that
        let gave = |at: &usize| {
            self.works.get(*at).is_some_and(|gave| gave.heirs.iter().any(|heir| heir.assignment == id))
        };
        let mut back: Vec<_> = (0..self.works.len()).filter(gave).collect();
        for giver in &back {
            self.change(*giver, |holding| {
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
        while let Some(first) = self.uppermost(&back, day) {
            back.retain(|at| *at != first);
            self.revive(first, day, (seq, &evidence));
        }
    }

    /// The first of some holdings that stands under none of the others.
    fn uppermost(&mut self, among: &[usize], day: Date) -> Option<usize> {
        let holding = |at: &usize| Some((*at, Arc::clone(self.works.get(*at)?)));
        let all: Vec<_> = among.iter().filter_map(holding).collect();
        let below = |(_, one): &&(usize, Arc<Holding>)| {
            let above = one.under.as_ref().map(|under| self.resolve(under, day, one.below(self.of.id())));
            !all.iter().any(|(_, other)| Some(&other.assignment) == above.as_ref())
        };
        all.iter().find(below).or(all.first()).map(|(at, _)| *at)
    }

    /// Revives what a move took or displaced, from the day of the reversal.
    fn revive(&mut self, at: usize, day: Date, (by, evidence): (Seq, &[Seq])) {
        let Some(mut holding) = self.works.get(at).map(|holding| Holding::clone(holding)) else { return };
        let below = holding.below(self.of.id());
        let life = holding.under.clone().and_then(|under| self.life(&under, day, below));
        holding.planned = holding.own.into_iter().chain(life).min_by_key(|(day, _)| *day);
        holding.evidence.extend(evidence);
        if let Some(fact) = self.of.retired.as_ref().filter(|fact| fact.data.effective < day) {
            let end = End::by_day(Ended::Retired, fact.seq).unless(fact.data.is_sure());
            holding.planned = Some((day, end));
            holding.evidence.extend(fact.evidence());
        }
        self.live(at, holding, day, (by, evidence));
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
            let names = self.of.names().filter(|name| name.old == old);
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
            holding.took = Some(old.assignment.clone());
            holding.made = fact.seq;
            holding.basis = old.basis_on(day).map(|(basis, _)| basis.clone());
            holding.rebased = Vec::new();
            holding.from_unknown = false;
            holding.evidence = old.evidence().into_iter().chain(fact.evidence()).collect();
            (holding.spans, holding.heirs, holding.exercised_until) = (Vec::new(), Vec::new(), None);
            let sure = old.planned.is_none_or(|(_, end)| !end.unsure);
            let expired = End::by_day(Ended::Expired, old.made).unless(sure);
            holding.planned = (span.planned < Date::MAX).then_some((span.planned, expired));
            let evidence: Vec<_> = fact.evidence().collect();
            self.begin_under(day, holding, &evidence);
        }
    }
}

/// Whether a holding ends on the day of a move, but after it: what ends it is something above it, in another
/// responsibility, whose place in the day is a later one.
fn ends_later_that_day(holding: &Holding, moved: &Move<'_>) -> bool {
    // across responsibilities no time counts; what ends by itself has no place, and ends before all
    let place = Place::of_move(moved.day, moved.seq);
    let later = |end: End| end.cascade && end.turn.is_some_and(|turn| !turn.is_upto(place));
    let ends = holding.spans.last().is_some_and(|span| span.from <= moved.day && span.until == moved.day);
    ends && holding.planned.is_some_and(|(day, end)| day == moved.day && later(end))
}
