//! The fold itself: one admitted event into the state.
//! Total: what an event names and the state lacks is passed over, so that a state of a few subjects
//! can be folded from their entries alone.

use std::sync::Arc;

use super::super::event::Data;
use super::super::event::assignment::AssignmentEnded;
use super::super::event::responsibility::{Remainder, ResponsibilitySplit};
use super::super::subjects::handoff;
use super::super::{AssignmentId, Event, ResponsibilityId, Seq, Speaker};
use super::agency::{Agency, SigningKey};
use super::decision::Decision;
use super::fact::Fact;
use super::fold::New;
use super::handoff::{Followed, Handoff};
use super::register::{Instrument, Territory};
use super::responsibility::Responsibility;
use super::{Approval, Key, Ledger, State, Token};

impl State {
    /// Folds an admitted event in.
    pub fn evolve(&mut self, event: &Event) {
        self.size = event.seq.0 + 1;
        self.at = event.at;
        for seq in event.statement.data.approvals() {
            if let Some(approval) = self.approvals.get_mut(seq) {
                Arc::make_mut(approval).used_by = Some(event.seq);
                self.touched(Key::Approval(*seq));
            }
        }
        match &event.statement.data {
            Data::LedgerOpened(_)
            | Data::LedgerIndex(_)
            | Data::LedgerKeyRotated(_)
            | Data::PolicyChanged(_)
            | Data::TokenRegistered(_)
            | Data::TokenRevoked(_)
            | Data::ApprovalGiven(_) => self.evolve_ledger(event),
            Data::WitnessRegistered(_) | Data::WitnessRetired(_) => self.evolve_witness(event),
            Data::AgencyRegistered(_)
            | Data::AgencyChanged(_)
            | Data::AgencyClosed(_)
            | Data::KeyRegistered(_)
            | Data::KeyRevoked(_) => {
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
            data if handoff(data).is_some() => self.evolve_handoff(event),
            _ => self.evolve_object(event),
        }
        match &event.speaker {
            Speaker::Ledger(_) => Arc::make_mut(&mut self.ledger).own += 1,
            Speaker::Signed { .. } => Arc::make_mut(&mut self.ledger).signed += 1,
            Speaker::Token { .. } | Speaker::Import { .. } => return,
        }
        self.touched(Key::Ledger);
    }

    pub(super) fn fact<T>(&self, event: &Event, data: T) -> Fact<T> {
        Fact::of(event, &self.zone(), data)
    }

    /// Puts what an event says into a list of facts: at its own place, or at that of what it corrects.
    pub(super) fn put<T: Clone>(&self, list: &mut Vec<Fact<T>>, event: &Event, data: &T) {
        match event.statement.corrects {
            None => list.push(self.fact(event, data.clone())),
            Some(corrects) => correct(list, corrects, event, data),
        }
    }

    pub(super) fn put_one<T: Clone>(&self, slot: &mut Option<Fact<T>>, event: &Event, data: &T) {
        match event.statement.corrects {
            None => *slot = Some(self.fact(event, data.clone())),
            Some(corrects) => correct(slot.as_mut_slice(), corrects, event, data),
        }
    }

    fn evolve_ledger(&mut self, event: &Event) {
        match &event.statement.data {
            Data::LedgerOpened(data) => {
                let opened = Some(Fact::of(event, &data.zone, data.clone()));
                self.ledger = Arc::new(Ledger { opened, ..Ledger::default() });
                self.touched(Key::Ledger);
            }
            Data::LedgerIndex(data) => {
                let fact = self.fact(event, data.clone());
                Arc::make_mut(&mut self.ledger).index = Some(fact);
                self.touched(Key::Ledger);
            }
            Data::LedgerKeyRotated(data) => {
                let fact = self.fact(event, data.clone());
                Arc::make_mut(&mut self.ledger).rotated.push(fact);
                self.touched(Key::Ledger);
            }
            Data::PolicyChanged(data) => {
                let fact = self.fact(event, data.clone());
                Arc::make_mut(&mut self.ledger).policy.push(fact);
                self.touched(Key::Ledger);
            }
            Data::TokenRegistered(data) => {
                let token = Token { registered: self.fact(event, data.clone()), revoked: None };
                self.tokens.insert(data.token.clone(), Arc::new(token));
                self.touched(Key::Token(data.token.clone()));
            }
            Data::TokenRevoked(data) => {
                let fact = self.fact(event, data.clone());
                if let Some(token) = self.tokens.get_mut(&data.token) {
                    Arc::make_mut(token).revoked = Some(fact);
                    self.touched(Key::Token(data.token.clone()));
                }
            }
            Data::ApprovalGiven(data) => {
                let approval = Approval { given: self.fact(event, data.clone()), used_by: None };
                self.approvals.insert(event.seq, Arc::new(approval));
                self.touched(Key::Approval(event.seq));
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
                self.index_parents(&data.parents, &data.agency);
                data.agency.clone()
            }
            Data::KeyRegistered(data) => {
                let (agency, kid) = (data.agency.clone(), data.kid.clone());
                let key = SigningKey { registered: self.fact(event, data.clone()), revoked: None };
                self.keys.insert((agency.clone(), kid.clone()), Arc::new(key));
                return self.touched(Key::AgencyKey(agency, kid));
            }
            Data::KeyRevoked(data) => {
                let id = (data.agency.clone(), data.kid.clone());
                let fact = self.fact(event, data.clone());
                if let Some(key) = self.keys.get_mut(&id) {
                    Arc::make_mut(key).revoked = Some(fact);
                    self.touched(Key::AgencyKey(id.0, id.1));
                }
                return;
            }
            Data::AgencyChanged(data) => {
                let Some(mut agency) = self.agencies.get(&data.agency).cloned() else { return };
                self.put(&mut Arc::make_mut(&mut agency).changed, event, data);
                self.agencies.insert(data.agency.clone(), agency);
                self.index_parents(data.parents.as_deref().unwrap_or_default(), &data.agency);
                data.agency.clone()
            }
            Data::AgencyClosed(data) => {
                let Some(mut agency) = self.agencies.get(&data.agency).cloned() else { return };
                self.put_one(&mut Arc::make_mut(&mut agency).closed, event, data);
                self.agencies.insert(data.agency.clone(), agency);
                self.regard_closing(&data.agency);
                data.agency.clone()
            }
            _ => return,
        };
        self.touched(Key::Agency(id));
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
                self.touched(Key::Territory(id));
            }
            Data::TerritoryChanged(data) => {
                let Some(mut territory) = self.territories.get(&data.territory).cloned() else { return };
                self.put(&mut Arc::make_mut(&mut territory).changed, event, data);
                self.territories.insert(data.territory.clone(), territory);
                self.touched(Key::Territory(data.territory.clone()));
            }
            Data::InstrumentRecorded(data) => {
                let there = self.instruments.get(&data.reference).cloned();
                let mut instrument = there.unwrap_or_else(|| Arc::new(Instrument { recorded: Vec::new() }));
                self.put(&mut Arc::make_mut(&mut instrument).recorded, event, data);
                self.instruments.insert(data.reference.clone(), instrument);
                self.touched(Key::Instrument(data.reference.clone()));
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
        self.touched(Key::Responsibility(id.clone()));
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
            self.touched(Key::Responsibility(into.clone()));
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
                self.index_ends(&data);
                let new = there.made.last().filter(|_| event.statement.corrects.is_none()).cloned();
                self.put_back(there, new.as_ref().map(New::Made));
            }
            Data::AssignmentEnded(data) => {
                let mut data = data.clone();
                let named = data.assignment.clone().or_else(|| self.corrected(event, &data));
                let Some(id) = named.or_else(|| self.fitting(&data)) else { return };
                let Some(responsibility) = self.holdings.get(&id).cloned() else { return };
                data.assignment = Some(id);
                let Some(mut there) = self.responsibilities.get(&responsibility).cloned() else { return };
                self.put(&mut Arc::make_mut(&mut there).ended, event, &data);
                let new = there.ended.last().filter(|_| event.statement.corrects.is_none()).cloned();
                self.put_back(there, new.as_ref().map(New::Ended));
            }
            _ => {}
        }
    }

    /// Puts a responsibility back with what is new about its holdings; folds them anew when that is not
    /// all.
    fn put_back(&mut self, there: Arc<Responsibility>, new: Option<New<'_>>) {
        let id = there.id().clone();
        self.touched(Key::Responsibility(id.clone()));
        self.responsibilities.insert(id.clone(), there);
        match new {
            Some(new) => self.advance(&id, new),
            None => self.refold(&id),
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
                        voted: Vec::new(),
                        authority_then: super::authority::of_decision(self, data, event.seq),
                    },
                };
                self.index_relations(&decision);
                self.decisions.insert(id.clone(), Arc::new(decision));
                self.touched(Key::Decision(id));
            }
            Data::DecisionVoted(data) => {
                let Some(mut there) = self.decisions.get(&data.decision).cloned() else { return };
                self.put(&mut Arc::make_mut(&mut there).voted, event, data);
                self.decisions.insert(data.decision.clone(), there);
                self.touched(Key::Decision(data.decision.clone()));
            }
            Data::DecisionDelivered(data) => {
                let Some(mut there) = self.decisions.get(&data.decision).cloned() else { return };
                self.put(&mut Arc::make_mut(&mut there).delivered, event, data);
                self.decisions.insert(data.decision.clone(), there);
                self.touched(Key::Decision(data.decision.clone()));
            }
            _ => {}
        }
    }

    fn evolve_handoff(&mut self, event: &Event) {
        let (id, followed) = match &event.statement.data {
            Data::HandoffProposed(data) => {
                if let (Some(corrects), Some(mut there)) =
                    (event.statement.corrects, self.handoffs.get(&data.handoff).cloned())
                {
                    self.unlink(&there);
                    let proposed = &mut Arc::make_mut(&mut there).proposed;
                    correct(std::slice::from_mut(proposed), corrects, event, data);
                    self.handoffs.insert(data.handoff.clone(), there);
                    return self.relink(&data.handoff);
                }
                let proposed = self.fact(event, data.clone());
                let handoff = Handoff { proposed, followed: Vec::new(), closing: None };
                self.handoffs.insert(data.handoff.clone(), Arc::new(handoff));
                return self.follow(&data.handoff, None);
            }
            data => match Followed::of(data) {
                Some(followed) => followed,
                None => return,
            },
        };
        let Some(before) = self.handoffs.get(&id).cloned() else { return };
        let mut there = Arc::clone(&before);
        self.put(&mut Arc::make_mut(&mut there).followed, event, &followed);
        self.handoffs.insert(id.clone(), there);
        self.follow(&id, Some(&before));
    }
}

/// The responsibilities that a split passes holdings on to.
pub(super) fn heirs(data: &ResponsibilitySplit) -> impl Iterator<Item = &ResponsibilityId> {
    let rest = match &data.remainder {
        Remainder::Into(id) => Some(id),
        Remainder::None | Remainder::Unassigned => None,
    };
    data.into.iter().chain(rest)
}

/// Replaces the words of the fact that a correction names, at its place.
pub(super) fn correct<T: Clone>(list: &mut [Fact<T>], corrects: Seq, event: &Event, data: &T) {
    for fact in list.iter_mut().filter(|fact| fact.by == corrects) {
        *fact = fact.corrected(event, data.clone());
    }
}
