//! What is kept beside the objects so that nothing is searched for: who occurs where, what is open,
//! what depends on what, and which folded holdings are still good.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::super::event::assignment::AssignmentMade;
use super::super::event::handoff::Regime;
use super::super::{AgencyId, AssignmentId, HandoffId, ResponsibilityId};
use super::commitment::Commitment;
use super::decision::Decision;
use super::evolve::heirs;
use super::fold::{self, Fold, Holding, New};
use super::handoff::Handoff;
use super::responsibility::Inherited;
use super::{Key, State};

impl State {
    /// Brings every index about a handoff up to date, and folds anew what it may move.
    pub(super) fn relink(&mut self, id: &HandoffId) {
        let Some(handoff) = self.linked(id) else { return };
        handoff.proposed.data.responsibilities.iter().for_each(|id| self.refold(id));
    }

    /// Brings every index up to date with the newest entry about a handoff, and the holdings with the
    /// move that it brings, if it does.
    pub(super) fn follow(&mut self, id: &HandoffId, before: Option<&Handoff>) {
        let Some(handoff) = self.linked(id) else { return };
        let named = &handoff.proposed.data.responsibilities;
        match (before.and_then(Handoff::moves), handoff.moves()) {
            (None, None) => {}
            (Some(was), Some(is)) if was.is(&is) => {}
            (None, Some(_)) => named.iter().for_each(|id| self.advance(id, New::Moved(&handoff))),
            _ => named.iter().for_each(|id| self.refold(id)),
        }
    }

    fn linked(&mut self, id: &HandoffId) -> Option<Arc<Handoff>> {
        let mut handoff = self.handoffs.get(id).cloned()?;
        let giver = self.agencies.get(&handoff.proposed.data.from);
        let closing = giver.and_then(|giver| giver.closed.as_ref());
        let closing = closing.map(|fact| (fact.seq, fact.data.effective));
        if handoff.closing != closing {
            Arc::make_mut(&mut handoff).closing = closing;
            self.handoffs.insert(id.clone(), Arc::clone(&handoff));
        }
        self.touched(Key::Handoff(id.clone()));
        self.index_handoff(&handoff);
        let ended: Vec<_> = self.ended_by(id).cloned().collect();
        ended.iter().for_each(|responsibility| self.refold(responsibility));
        Some(handoff)
    }

    /// Brings what the closing of an agency ends up to date: its holdings, and what it has only proposed.
    pub(super) fn regard_closing(&mut self, id: &AgencyId) {
        let open: Vec<_> = self.open_with(id).cloned().collect();
        open.iter().for_each(|handoff| self.relink(handoff));
        let held: Vec<_> = self.held_by(id).cloned().collect();
        held.iter().for_each(|responsibility| self.refold(responsibility));
    }

    pub(super) fn unlink(&mut self, handoff: &Handoff) {
        let data = &handoff.proposed.data;
        for party in [&data.from, &data.to] {
            self.open.remove(&(party.clone(), data.handoff.clone()));
        }
        for id in &data.responsibilities {
            if let Some(there) = self.responsibilities.get_mut(id) {
                let there = Arc::make_mut(there);
                there.handoffs.remove(&data.handoff);
                there.open.remove(&data.handoff);
            }
            self.refold(id);
        }
    }

    fn index_handoff(&mut self, handoff: &Handoff) {
        let data = &handoff.proposed.data;
        let ended = handoff.is_ended();
        for party in [&data.from, &data.to] {
            let pair = (party.clone(), data.handoff.clone());
            // to insert or remove copies part of the index: only where something changes
            if self.open.contains(&pair) == ended {
                drop(if ended { self.open.remove(&pair) } else { self.open.insert(pair) });
            }
        }
        let moves = handoff.moves().map(|moves| moves.seq);
        for id in &data.responsibilities {
            let Some(there) = self.responsibilities.get_mut(id) else { continue };
            let open = !ended && data.regime == Regime::ByAgreement;
            if there.open.contains(&data.handoff) != open || !there.handoffs.contains(&data.handoff) {
                let there = Arc::make_mut(there);
                there.handoffs.insert(data.handoff.clone());
                drop(if open {
                    there.open.insert(data.handoff.clone())
                } else {
                    there.open.remove(&data.handoff)
                });
            }
            if let Some(seq) = moves {
                self.index_made(&handoff.holding(seq, id), id, &data.to, None);
                self.index_held(&data.from, id);
            }
        }
    }

    pub(super) fn index_made(
        &mut self,
        id: &AssignmentId,
        responsibility: &ResponsibilityId,
        agency: &AgencyId,
        under: Option<&AssignmentId>,
    ) {
        if self.holdings.get(id) != Some(responsibility) {
            self.holdings.insert(id.clone(), responsibility.clone());
        }
        self.index_held(agency, responsibility);
        self.index_under(under, responsibility);
    }

    fn index_under(&mut self, under: Option<&AssignmentId>, responsibility: &ResponsibilityId) {
        if let Some(above) = under.and_then(|under| self.holdings.get(under))
            && above != responsibility
        {
            self.dependents.insert((above.clone(), responsibility.clone()));
        }
    }

    fn index_held(&mut self, agency: &AgencyId, responsibility: &ResponsibilityId) {
        let pair = (agency.clone(), responsibility.clone());
        if !self.held.contains(&pair) {
            self.held.insert(pair);
        }
    }

    pub(super) fn index_ends(&mut self, made: &AssignmentMade) {
        if let Some(ends) = &made.ends_when {
            self.ends.insert((ends.handoff.clone(), made.responsibility.clone()));
        }
    }

    pub(super) fn index_relations(&mut self, decision: &Decision) {
        let data = &decision.recorded.data;
        for relation in &data.relations {
            self.relations.insert((relation.decision.clone(), data.decision.clone()));
        }
    }

    pub(super) fn index_commitment(&mut self, commitment: &Commitment) {
        let data = &commitment.made.data;
        self.promised.insert((data.by.clone(), data.commitment.clone()));
    }

    pub(super) fn index_parents(&mut self, parents: &[AgencyId], of: &AgencyId) {
        self.below.extend(parents.iter().map(|parent| (parent.clone(), of.clone())));
    }

    /// Brings the folded holdings of a responsibility up to date with a new change; what depends on
    /// them is folded anew.
    pub(super) fn advance(&mut self, id: &ResponsibilityId, new: New<'_>) {
        let Some(fold) = self.advanced(id, new) else { return self.refold(id) };
        if let Some(there) = self.responsibilities.get_mut(id) {
            Arc::make_mut(there).fold = OnceLock::from(Arc::new(fold));
        }
        let below: Vec<_> = self.depending_on(id).cloned().collect();
        below.iter().for_each(|id| self.refold(id));
    }

    fn advanced(&self, id: &ResponsibilityId, new: New<'_>) -> Option<Fold> {
        let there = self.responsibilities.get(id).filter(|there| there.split.is_none())?;
        let mut below: Vec<_> = self.depending_on(id).collect();
        let mut seen: BTreeSet<_> = below.iter().copied().collect();
        while let Some(one) = below.pop() {
            below.extend(self.depending_on(one).filter(|next| seen.insert(next)));
        }
        // what depends on itself is folded as a whole
        if seen.contains(id) { None } else { fold::append(self, id, there.fold.get()?, new) }
    }

    /// Responsibilities whose holdings depend on those of this one: also what stands under a holding of
    /// a divided responsibility, which by now is one of this.
    fn depending_on<'a>(&'a self, id: &ResponsibilityId) -> impl Iterator<Item = &'a ResponsibilityId> {
        let mut divided: Vec<&ResponsibilityId> = Vec::new();
        let mut waiting = vec![id];
        while let Some(there) = waiting.pop().and_then(|id| self.responsibilities.get(id)) {
            let new = there.split_from.iter().filter(|from| !divided.contains(from)).collect::<Vec<_>>();
            waiting.extend(&new);
            divided.extend(new);
        }
        let under = move |of: &ResponsibilityId, below: &ResponsibilityId| {
            let made = self.responsibilities.get(below).map(|there| &there.made);
            let mut above = made.into_iter().flatten().filter_map(|fact| fact.data.under.as_ref());
            above.any(|holding| self.holdings.get(holding) == Some(of))
        };
        let stands = divided.into_iter().flat_map(move |of| {
            let below = self.dependents_of(of);
            below.filter(move |below| under(of, below))
        });
        self.dependents_of(id).chain(stands)
    }

    /// Empties the folded holdings of a responsibility and of all that depend on it, and names what
    /// a split of it passes on.
    pub(super) fn refold(&mut self, id: &ResponsibilityId) {
        let mut waiting = vec![id.clone()];
        let mut seen = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            if let Some(there) = self.responsibilities.get_mut(&id) {
                Arc::make_mut(there).fold = OnceLock::new();
            }
            waiting.extend(self.depending_on(&id).cloned());
        }
        for id in seen {
            self.inherit(&id);
        }
    }

    /// Names the holdings that a split of this responsibility passes on and that have no name yet:
    /// names once given stay (DOMAIN section 3).
    fn inherit(&mut self, id: &ResponsibilityId) {
        let Some(split) = self.responsibilities.get(id).and_then(|there| there.split.clone()) else { return };
        let fold = self.fold(id);
        let passed = |holding: &&Arc<Holding>| {
            holding.spans.iter().any(|s| s.ended.is_some_and(|e| e.by == split.seq && !e.cascade))
        };
        let mut old: Vec<_> = fold.holdings.iter().filter(passed).cloned().collect();
        old.sort_by(|a, b| a.assignment.cmp(&b.assignment));
        let mut parts: Vec<_> = heirs(&split.data).cloned().collect();
        parts.sort_unstable();
        let several = parts.len() * old.len() > 1;
        let given = |state: &Self, part: &ResponsibilityId| {
            let part = state.responsibilities.get(part);
            part.map_or(0, |part| part.inherited.iter().filter(|i| i.split == split.seq).count())
        };
        let mut n: usize = parts.iter().map(|part| given(self, part)).sum();
        let mut named = false;
        for part in &parts {
            for holding in &old {
                let Some(there) = self.responsibilities.get_mut(part) else { continue };
                if there.inherited.iter().any(|i| i.split == split.seq && i.old == holding.assignment) {
                    continue;
                }
                n += 1;
                let number = if several || n > 1 { u32::try_from(n).ok() } else { None };
                let new = AssignmentId::derived(split.by, number);
                let there = Arc::make_mut(there);
                there.fold = OnceLock::new();
                there.inherited.push(Inherited {
                    split: split.seq,
                    old: holding.assignment.clone(),
                    new: new.clone(),
                });
                self.touched(Key::Responsibility(part.clone()));
                self.index_made(&new, part, &holding.agency, None);
                named = true;
            }
        }
        // its folded holdings name their heirs
        if named && let Some(there) = self.responsibilities.get_mut(id) {
            Arc::make_mut(there).fold = OnceLock::new();
        }
    }

    /// Derives every index from the objects, after a load.
    pub(super) fn index_all(&mut self) {
        let responsibilities: Vec<_> = self.responsibilities.values().cloned().collect();
        for there in &responsibilities {
            for fact in &there.made {
                if let Some(id) = &fact.data.assignment {
                    // what it stands under may not be indexed yet
                    self.index_made(id, there.id(), &fact.data.agency, None);
                }
                self.index_ends(&fact.data);
            }
            for inherited in &there.inherited {
                self.holdings.insert(inherited.new.clone(), there.id().clone());
            }
            for parent in &there.split_from {
                self.dependents.insert((parent.clone(), there.id().clone()));
            }
        }
        for handoff in self.handoffs.values().cloned().collect::<Vec<_>>() {
            self.index_handoff(&handoff);
        }
        for decision in self.decisions.values().cloned().collect::<Vec<_>>() {
            self.index_relations(&decision);
        }
        for claim in self.claims.values().cloned().collect::<Vec<_>>() {
            self.index_claim(&claim);
        }
        for commitment in self.commitments.values().cloned().collect::<Vec<_>>() {
            self.index_commitment(&commitment);
        }
        for agency in self.agencies.values().cloned().collect::<Vec<_>>() {
            self.index_parents(&agency.registered.data.parents, agency.id());
            let said = agency.changed.iter().filter_map(|fact| fact.data.parents.as_deref());
            said.for_each(|parents| self.index_parents(parents, agency.id()));
        }
        for there in self.withdrawn.values() {
            self.taken.extend(there.made.iter().cloned());
        }
        for there in &responsibilities {
            for fact in &there.made {
                self.index_under(fact.data.under.as_ref(), there.id());
            }
            // an inherited holding's agency is known only from the fold
            if !there.inherited.is_empty() {
                for holding in &self.fold(there.id()).holdings {
                    self.index_held(&holding.agency, there.id());
                }
            }
        }
        self.touched.clear();
    }
}
