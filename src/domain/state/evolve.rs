//! The fold itself: one admitted event into the state.
//! Total: what an event names and the state lacks is passed over, so that a state of a few subjects
//! can be folded from their entries alone.

use std::sync::{Arc, OnceLock};

use super::super::event::Data;
use super::super::event::assignment::{AssignmentEnded, AssignmentMade};
use super::super::event::decision::DecisionRecorded;
use super::super::event::responsibility::{Remainder, ResponsibilitySplit};
use super::super::{AgencyId, AssignmentId, Event, HandoffId, ResponsibilityId, Seq};
use super::agency::Agency;
use super::decision::{Authority, Decision};
use super::fact::Fact;
use super::handoff::{Followed, Handoff};
use super::register::{Instrument, Territory};
use super::responsibility::{Inherited, Responsibility};
use super::{Approval, Key, Ledger, State, Token};

impl State {
    /// Folds an admitted event in.
    pub fn evolve(&mut self, event: &Event) {
        self.size = event.seq.0 + 1;
        self.at = event.at;
        for seq in event.statement.data.approvals() {
            if let Some(approval) = self.approvals.get_mut(seq) {
                Arc::make_mut(approval).used_by = Some(event.seq);
                self.touched.push(Key::Approval(*seq));
            }
        }
        match &event.statement.data {
            Data::LedgerOpened(_)
            | Data::PolicyChanged(_)
            | Data::TokenRegistered(_)
            | Data::TokenRevoked(_)
            | Data::ApprovalGiven(_) => self.evolve_ledger(event),
            Data::AgencyRegistered(_)
            | Data::AgencyChanged(_)
            | Data::AgencyClosed(_)
            | Data::KeyRegistered(_) => {
                self.evolve_agency(event);
            }
            Data::TerritoryRegistered(_) | Data::TerritoryChanged(_) | Data::InstrumentRecorded(_) => {
                self.evolve_register(event);
            }
            Data::ResponsibilityDefined(_)
            | Data::ResponsibilityChanged(_)
            | Data::ResponsibilitySplit(_)
            | Data::ResponsibilityRetired(_) => self.evolve_responsibility(event),
            Data::AssignmentMade(_) | Data::AssignmentEnded(_) => self.evolve_assignment(event),
            Data::DecisionRecorded(_) | Data::DecisionDelivered(_) | Data::DecisionVoted(_) => {
                self.evolve_decision(event);
            }
            _ => self.evolve_handoff(event),
        }
        if event.speaker.agency().is_none() {
            Arc::make_mut(&mut self.ledger).own += 1;
            self.touched.push(Key::Ledger);
        }
    }

    fn fact<T>(&self, event: &Event, data: T) -> Fact<T> {
        Fact::of(event, &self.zone(), data)
    }

    /// Puts what an event says into a list of facts: at its own place, or at that of what it corrects.
    fn put<T: Clone>(&self, list: &mut Vec<Fact<T>>, event: &Event, data: &T) {
        match event.statement.corrects {
            None => list.push(self.fact(event, data.clone())),
            Some(corrects) => correct(list, corrects, event, data),
        }
    }

    fn put_one<T: Clone>(&self, slot: &mut Option<Fact<T>>, event: &Event, data: &T) {
        match event.statement.corrects {
            None => *slot = Some(self.fact(event, data.clone())),
            Some(corrects) => correct(slot.as_mut_slice(), corrects, event, data),
        }
    }

    fn evolve_ledger(&mut self, event: &Event) {
        match &event.statement.data {
            Data::LedgerOpened(data) => {
                let opened = Some(Fact::of(event, &data.zone, data.clone()));
                self.ledger = Arc::new(Ledger { opened, policy: Vec::new(), own: 0 });
                self.touched.push(Key::Ledger);
            }
            Data::PolicyChanged(data) => {
                let fact = self.fact(event, data.clone());
                Arc::make_mut(&mut self.ledger).policy.push(fact);
                self.touched.push(Key::Ledger);
            }
            Data::TokenRegistered(data) => {
                let token = Token { registered: self.fact(event, data.clone()), revoked: None };
                self.tokens.insert(data.token.clone(), Arc::new(token));
                self.touched.push(Key::Token(data.token.clone()));
            }
            Data::TokenRevoked(data) => {
                let fact = self.fact(event, data.clone());
                if let Some(token) = self.tokens.get_mut(&data.token) {
                    Arc::make_mut(token).revoked = Some(fact);
                    self.touched.push(Key::Token(data.token.clone()));
                }
            }
            Data::ApprovalGiven(data) => {
                let approval = Approval { given: self.fact(event, data.clone()), used_by: None };
                self.approvals.insert(event.seq, Arc::new(approval));
                self.touched.push(Key::Approval(event.seq));
            }
            _ => {}
        }
    }

    fn evolve_agency(&mut self, event: &Event) {
        let id = match &event.statement.data {
            Data::AgencyRegistered(data) => {
                let agency =
                    Agency { registered: self.fact(event, data.clone()), changed: Vec::new(), closed: None };
                self.agencies.insert(data.agency.clone(), Arc::new(agency));
                data.agency.clone()
            }
            Data::KeyRegistered(data) => {
                let (agency, kid) = (data.agency.clone(), data.kid.clone());
                let fact = self.fact(event, data.clone());
                self.keys.insert((agency.clone(), kid.clone()), Arc::new(fact));
                return self.touched.push(Key::AgencyKey(agency, kid));
            }
            Data::AgencyChanged(data) => {
                let Some(mut agency) = self.agencies.get(&data.agency).cloned() else { return };
                self.put(&mut Arc::make_mut(&mut agency).changed, event, data);
                self.agencies.insert(data.agency.clone(), agency);
                data.agency.clone()
            }
            Data::AgencyClosed(data) => {
                let Some(mut agency) = self.agencies.get(&data.agency).cloned() else { return };
                self.put_one(&mut Arc::make_mut(&mut agency).closed, event, data);
                self.agencies.insert(data.agency.clone(), agency);
                let open: Vec<_> = self.open_with(&data.agency).cloned().collect();
                open.iter().for_each(|handoff| self.relink(handoff));
                data.agency.clone()
            }
            _ => return,
        };
        let held: Vec<_> = self.held_by(&id).cloned().collect();
        self.touched.push(Key::Agency(id));
        held.iter().for_each(|responsibility| self.refold(responsibility));
    }

    fn evolve_register(&mut self, event: &Event) {
        match &event.statement.data {
            Data::TerritoryRegistered(data) => {
                let id = data.territory.clone();
                let territory = match (event.statement.corrects, self.territories.get(&id)) {
                    (Some(corrects), Some(there)) => {
                        let mut there = Territory::clone(there);
                        correct(std::slice::from_mut(&mut there.registered), corrects, event, data);
                        there
                    }
                    _ => Territory { registered: self.fact(event, data.clone()), changed: Vec::new() },
                };
                self.territories.insert(id.clone(), Arc::new(territory));
                self.touched.push(Key::Territory(id));
            }
            Data::TerritoryChanged(data) => {
                let Some(mut territory) = self.territories.get(&data.territory).cloned() else { return };
                self.put(&mut Arc::make_mut(&mut territory).changed, event, data);
                self.territories.insert(data.territory.clone(), territory);
                self.touched.push(Key::Territory(data.territory.clone()));
            }
            Data::InstrumentRecorded(data) => {
                let there = self.instruments.get(&data.reference).cloned();
                let mut instrument = there.unwrap_or_else(|| Arc::new(Instrument { recorded: Vec::new() }));
                self.put(&mut Arc::make_mut(&mut instrument).recorded, event, data);
                self.instruments.insert(data.reference.clone(), instrument);
                self.touched.push(Key::Instrument(data.reference.clone()));
            }
            _ => {}
        }
    }

    fn evolve_responsibility(&mut self, event: &Event) {
        let id = match &event.statement.data {
            Data::ResponsibilityDefined(data) => &data.responsibility,
            Data::ResponsibilityChanged(data) => &data.responsibility,
            Data::ResponsibilitySplit(data) => &data.responsibility,
            Data::ResponsibilityRetired(data) => &data.responsibility,
            _ => return,
        };
        let there = match (&event.statement.data, event.statement.corrects) {
            (Data::ResponsibilityDefined(data), None) => {
                Some(Arc::new(Responsibility::new(self.fact(event, data.clone()))))
            }
            _ => self.responsibilities.get(id).cloned(),
        };
        let Some(mut there) = there else { return };
        let new = Arc::make_mut(&mut there);
        match &event.statement.data {
            Data::ResponsibilityDefined(data) => {
                if let Some(corrects) = event.statement.corrects {
                    correct(std::slice::from_mut(&mut new.defined), corrects, event, data);
                }
            }
            Data::ResponsibilityChanged(data) => self.put(&mut new.changed, event, data),
            Data::ResponsibilityRetired(data) => self.put_one(&mut new.retired, event, data),
            Data::ResponsibilitySplit(data) => self.put_one(&mut new.split, event, data),
            _ => {}
        }
        let split = new.split.as_ref().map(|fact| fact.seq);
        self.responsibilities.insert(id.clone(), there);
        if let (Data::ResponsibilitySplit(data), Some(split)) = (&event.statement.data, split) {
            self.unsplit(id, split, &heirs(data).collect::<Vec<_>>());
            self.split(data);
        }
        self.refold(id);
    }

    fn split(&mut self, data: &ResponsibilitySplit) {
        for into in heirs(data) {
            let Some(part) = self.responsibilities.get_mut(into) else { continue };
            let part = Arc::make_mut(part);
            if !part.split_from.contains(&data.responsibility) {
                part.split_from.push(data.responsibility.clone());
            }
            self.dependents.insert((data.responsibility.clone(), into.clone()));
        }
    }

    fn evolve_assignment(&mut self, event: &Event) {
        match &event.statement.data {
            Data::AssignmentMade(data) => {
                let mut data = data.clone();
                let Some(mut there) = self.responsibilities.get(&data.responsibility).cloned() else {
                    return;
                };
                let corrected = there.made.iter().find(|fact| Some(fact.by) == event.statement.corrects);
                let named = corrected.and_then(|fact| fact.data.assignment.clone());
                let derived = || named.unwrap_or_else(|| AssignmentId::derived(event.seq, None));
                let id = data.assignment.get_or_insert_with(derived).clone();
                self.put(&mut Arc::make_mut(&mut there).made, event, &data);
                self.index_made(&id, &data.responsibility, &data.agency, data.under.as_ref());
                self.index_awaiting(&data);
                self.responsibilities.insert(data.responsibility.clone(), there);
                self.refold(&data.responsibility);
            }
            Data::AssignmentEnded(data) => {
                let mut data = data.clone();
                let named = data.assignment.clone().or_else(|| self.corrected(event, &data));
                let Some(id) = named.or_else(|| self.fitting(&data)) else { return };
                let Some(responsibility) = self.holdings.get(&id).cloned() else { return };
                data.assignment = Some(id);
                let Some(mut there) = self.responsibilities.get(&responsibility).cloned() else { return };
                self.put(&mut Arc::make_mut(&mut there).ended, event, &data);
                self.responsibilities.insert(responsibility.clone(), there);
                self.refold(&responsibility);
            }
            _ => {}
        }
    }

    /// The holding that the ending which this one corrects has meant.
    fn corrected(&self, event: &Event, data: &AssignmentEnded) -> Option<AssignmentId> {
        let corrects = event.statement.corrects?;
        let there = self.responsibilities.get(data.responsibility.as_ref()?)?;
        there.ended.iter().find(|fact| fact.by == corrects)?.data.assignment.clone()
    }

    /// The holding an ending by (responsibility, agency, role) means: the one alive just before.
    fn fitting(&self, data: &AssignmentEnded) -> Option<AssignmentId> {
        let fold = self.fold(data.responsibility.as_ref()?);
        let mut fit = fold.holdings.iter().filter(|holding| {
            Some(&holding.agency) == data.agency.as_ref()
                && Some(holding.role) == data.role
                && holding.spans.iter().any(|span| span.from <= data.effective && data.effective < span.until)
        });
        fit.next().map(|holding| holding.assignment.clone())
    }

    fn evolve_decision(&mut self, event: &Event) {
        match &event.statement.data {
            Data::DecisionRecorded(data) => {
                let id = data.decision.clone();
                let decision = match (event.statement.corrects, self.decisions.get(&id)) {
                    (Some(corrects), Some(there)) => {
                        let mut there = Decision::clone(there);
                        for relation in &there.recorded.data.relations {
                            self.relations.remove(&(relation.decision.clone(), id.clone()));
                        }
                        correct(std::slice::from_mut(&mut there.recorded), corrects, event, data);
                        there
                    }
                    _ => Decision {
                        recorded: self.fact(event, data.clone()),
                        delivered: Vec::new(),
                        authority_then: self.authority(data),
                    },
                };
                self.index_relations(&decision);
                self.decisions.insert(id.clone(), Arc::new(decision));
                self.touched.push(Key::Decision(id));
            }
            Data::DecisionDelivered(data) => {
                let Some(mut there) = self.decisions.get(&data.decision).cloned() else { return };
                self.put(&mut Arc::make_mut(&mut there).delivered, event, data);
                self.decisions.insert(data.decision.clone(), there);
                self.touched.push(Key::Decision(data.decision.clone()));
            }
            _ => {}
        }
    }

    /// Whether the authority a decision claims is alive on its day, as the record stands
    /// (DOMAIN section 7, broken-authority).
    #[must_use]
    pub fn authority(&self, data: &DecisionRecorded) -> Authority {
        super::authority::judge(self, data)
    }

    fn evolve_handoff(&mut self, event: &Event) {
        let (id, followed) = match &event.statement.data {
            Data::HandoffProposed(data) => {
                let there = self.handoffs.get(&data.handoff).cloned();
                let handoff = match (event.statement.corrects, there) {
                    (Some(corrects), Some(mut there)) => {
                        self.unlink(&there);
                        let proposed = &mut Arc::make_mut(&mut there).proposed;
                        correct(std::slice::from_mut(proposed), corrects, event, data);
                        there
                    }
                    _ => Arc::new(Handoff {
                        proposed: self.fact(event, data.clone()),
                        followed: Vec::new(),
                        closing: None,
                    }),
                };
                self.handoffs.insert(data.handoff.clone(), handoff);
                return self.relink(&data.handoff);
            }
            data => match Followed::of(data) {
                Some(followed) => followed,
                None => return,
            },
        };
        let Some(mut there) = self.handoffs.get(&id).cloned() else { return };
        self.put(&mut Arc::make_mut(&mut there).followed, event, &followed);
        self.handoffs.insert(id.clone(), there);
        self.relink(&id);
    }

    /// Brings every index about a handoff up to date, and what its move changes.
    pub(super) fn relink(&mut self, id: &HandoffId) {
        let Some(mut handoff) = self.handoffs.get(id).cloned() else { return };
        let giver = self.agencies.get(&handoff.proposed.data.from);
        let closing = giver.and_then(|giver| giver.closed.as_ref());
        let closing = closing.map(|fact| (fact.seq, fact.data.effective));
        if handoff.closing != closing {
            Arc::make_mut(&mut handoff).closing = closing;
            self.handoffs.insert(id.clone(), Arc::clone(&handoff));
        }
        self.touched.push(Key::Handoff(id.clone()));
        let named = self.index_handoff(&handoff);
        let awaiting: Vec<_> = self.awaiting(id).cloned().collect();
        named.iter().chain(&awaiting).for_each(|responsibility| self.refold(responsibility));
    }

    pub(super) fn unlink(&mut self, handoff: &Handoff) {
        let data = &handoff.proposed.data;
        for party in [&data.from, &data.to] {
            self.open.remove(&(party.clone(), data.handoff.clone()));
        }
        for id in &data.responsibilities {
            if let Some(there) = self.responsibilities.get_mut(id) {
                Arc::make_mut(there).handoffs.retain(|other| *other != data.handoff);
            }
            self.refold(id);
        }
    }

    /// Indexes a handoff; answers the responsibilities whose holdings it may change.
    fn index_handoff(&mut self, handoff: &Handoff) -> Vec<ResponsibilityId> {
        let data = &handoff.proposed.data;
        for party in [&data.from, &data.to] {
            let pair = (party.clone(), data.handoff.clone());
            drop(if handoff.is_ended() { self.open.remove(&pair) } else { self.open.insert(pair) });
        }
        let moves = handoff.moves().map(|moves| moves.seq);
        for id in &data.responsibilities {
            let Some(there) = self.responsibilities.get_mut(id) else { continue };
            if !there.handoffs.contains(&data.handoff) {
                Arc::make_mut(there).handoffs.push(data.handoff.clone());
            }
            if let Some(seq) = moves {
                self.index_made(&handoff.holding(seq, id), id, &data.to, None);
                self.held.insert((data.from.clone(), id.clone()));
            }
        }
        data.responsibilities.clone()
    }

    fn index_made(
        &mut self,
        id: &AssignmentId,
        responsibility: &ResponsibilityId,
        agency: &AgencyId,
        under: Option<&AssignmentId>,
    ) {
        self.holdings.insert(id.clone(), responsibility.clone());
        self.held.insert((agency.clone(), responsibility.clone()));
        if let Some(above) = under.and_then(|under| self.holdings.get(under))
            && above != responsibility
        {
            self.dependents.insert((above.clone(), responsibility.clone()));
        }
    }

    fn index_awaiting(&mut self, data: &AssignmentMade) {
        if let Some(ends) = &data.ends_when {
            self.awaiting.insert((ends.handoff.clone(), data.responsibility.clone()));
        }
    }

    fn index_relations(&mut self, decision: &Decision) {
        let data = &decision.recorded.data;
        for relation in &data.relations {
            self.relations.insert((relation.decision.clone(), data.decision.clone()));
        }
    }

    /// Empties the folded holdings of a responsibility and of all that depend on it, and names what
    /// a split of it passes on.
    pub(super) fn refold(&mut self, id: &ResponsibilityId) {
        let mut waiting = vec![id.clone()];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if !seen.insert(id.clone()) {
                continue;
            }
            if let Some(there) = self.responsibilities.get_mut(&id) {
                Arc::make_mut(there).fold = OnceLock::new();
                self.touched.push(Key::Responsibility(id.clone()));
            }
            waiting.extend(self.dependents_of(&id).cloned());
            // what stands under a holding that was divided stands under its heirs
            let mut above = vec![&id];
            let mut known = std::collections::BTreeSet::new();
            while let Some(at) = above.pop() {
                let Some(there) = self.responsibilities.get(at).filter(|_| known.insert(at)) else {
                    continue;
                };
                waiting.extend(there.split_from.iter().flat_map(|id| self.dependents_of(id)).cloned());
                above.extend(&there.split_from);
            }
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
        let passed = |holding: &&Arc<super::fold::Holding>| {
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
                self.touched.push(Key::Responsibility(part.clone()));
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
                    self.holdings.insert(id.clone(), there.id().clone());
                    self.held.insert((fact.data.agency.clone(), there.id().clone()));
                }
                self.index_awaiting(&fact.data);
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
        for there in &responsibilities {
            for fact in &there.made {
                if let Some(above) = fact.data.under.as_ref().and_then(|under| self.holdings.get(under))
                    && above != there.id()
                {
                    self.dependents.insert((above.clone(), there.id().clone()));
                }
            }
            // an inherited holding's agency is known only from the fold
            if !there.inherited.is_empty() {
                for holding in &self.fold(there.id()).holdings {
                    self.held.insert((holding.agency.clone(), there.id().clone()));
                }
            }
        }
        self.touched.clear();
    }
}

/// The responsibilities that a split passes holdings on to.
fn heirs(data: &ResponsibilitySplit) -> impl Iterator<Item = &ResponsibilityId> {
    let rest = match &data.remainder {
        Remainder::Into(id) => Some(id),
        Remainder::None | Remainder::Unassigned => None,
    };
    data.into.iter().chain(rest)
}

/// Replaces the words of the fact that a correction names, at its place.
fn correct<T: Clone>(list: &mut [Fact<T>], corrects: Seq, event: &Event, data: &T) {
    for fact in list.iter_mut().filter(|fact| fact.by == corrects) {
        *fact = fact.corrected(event, data.clone());
    }
}
