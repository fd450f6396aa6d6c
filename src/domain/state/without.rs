//! The state without one fact: what a correction is judged against (DOMAIN rule 8).

use std::slice::from_ref;
use std::sync::Arc;

use super::super::event::Data;
use super::super::subjects::handoff;
use super::super::{ResponsibilityId, Seq};
use super::State;
use super::fact::Fact;
use super::responsibility::Responsibility;

/// A fact that a statement may correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stands {
    /// Its place in the order.
    pub place: Seq,
    /// Record instant of the place.
    pub at: super::super::Instant,
}

/// The fact of a list whose words are those of an entry.
fn by<T>(list: &[Fact<T>], seq: Seq) -> Option<Stands> {
    list.iter().find(|fact| fact.by == seq).map(|fact| Stands { place: fact.seq, at: fact.at })
}

impl State {
    /// The fact of the object this data is about whose words are those of an entry; `None` when the
    /// object is not there, or those words do not stand (any more).
    #[must_use]
    pub fn standing_fact(&self, data: &Data, seq: Seq) -> Option<Stands> {
        match data {
            Data::AgencyChanged(d) => by(&self.agencies.get(&d.agency)?.changed, seq),
            Data::AgencyClosed(d) => by(self.agencies.get(&d.agency)?.closed.as_slice(), seq),
            Data::TerritoryRegistered(d) => {
                by(from_ref(&self.territories.get(&d.territory)?.registered), seq)
            }
            Data::TerritoryChanged(d) => by(&self.territories.get(&d.territory)?.changed, seq),
            Data::InstrumentRecorded(d) => by(&self.instruments.get(&d.reference)?.recorded, seq),
            Data::ResponsibilityDefined(d) => by(from_ref(&self.of(&d.responsibility)?.defined), seq),
            Data::ResponsibilityChanged(d) => by(&self.of(&d.responsibility)?.changed, seq),
            Data::ResponsibilitySplit(d) => by(self.of(&d.responsibility)?.split.as_slice(), seq),
            Data::ResponsibilityRetired(d) => by(self.of(&d.responsibility)?.retired.as_slice(), seq),
            Data::AssignmentMade(d) => by(&self.of(&d.responsibility)?.made, seq),
            Data::AssignmentEnded(d) => {
                let named = d.assignment.as_ref().and_then(|id| self.holdings.get(id));
                by(&self.of(named.or(d.responsibility.as_ref())?)?.ended, seq)
            }
            Data::DecisionRecorded(d) => by(from_ref(&self.decisions.get(&d.decision)?.recorded), seq),
            Data::DecisionDelivered(d) => by(&self.decisions.get(&d.decision)?.delivered, seq),
            Data::HandoffProposed(d) => by(from_ref(&self.handoffs.get(&d.handoff)?.proposed), seq),
            _ => by(&self.handoffs.get(handoff(data)?)?.followed, seq),
        }
    }

    fn of(&self, id: &ResponsibilityId) -> Option<&Responsibility> {
        self.responsibilities.get(id).map(|there| &**there)
    }

    /// The state without the fact at a place of the object this data is about: the object with it,
    /// where the fact is what made it; without the later steps, where it is a step of a handoff.
    #[must_use]
    pub fn without(&self, data: &Data, place: Seq) -> Self {
        let mut state = self.clone();
        match data {
            Data::AgencyChanged(d) => {
                if let Some(there) = state.agencies.get_mut(&d.agency) {
                    Arc::make_mut(there).changed.retain(|fact| fact.seq != place);
                }
            }
            Data::AgencyClosed(d) => {
                if let Some(there) = state.agencies.get_mut(&d.agency) {
                    Arc::make_mut(there).closed = None;
                }
                state.regard_closing(&d.agency);
            }
            Data::TerritoryRegistered(d) => drop(state.territories.remove(&d.territory)),
            Data::TerritoryChanged(d) => {
                if let Some(there) = state.territories.get_mut(&d.territory) {
                    Arc::make_mut(there).changed.retain(|fact| fact.seq != place);
                }
            }
            Data::InstrumentRecorded(d) => {
                if let Some(there) = state.instruments.get_mut(&d.reference) {
                    Arc::make_mut(there).recorded.retain(|fact| fact.seq != place);
                }
            }
            Data::DecisionRecorded(d) => drop(state.decisions.remove(&d.decision)),
            Data::DecisionDelivered(d) => {
                if let Some(there) = state.decisions.get_mut(&d.decision) {
                    Arc::make_mut(there).delivered.retain(|fact| fact.seq != place);
                }
            }
            Data::ResponsibilityDefined(_)
            | Data::ResponsibilityChanged(_)
            | Data::ResponsibilitySplit(_)
            | Data::ResponsibilityRetired(_)
            | Data::AssignmentMade(_)
            | Data::AssignmentEnded(_) => state.responsibility_without(data, place),
            _ => state.handoff_without(data, place),
        }
        state
    }

    fn responsibility_without(&mut self, data: &Data, place: Seq) {
        let id = match data {
            Data::ResponsibilityDefined(d) => {
                drop(self.responsibilities.remove(&d.responsibility));
                return;
            }
            Data::ResponsibilityChanged(d) => Some(&d.responsibility),
            Data::ResponsibilitySplit(d) => Some(&d.responsibility),
            Data::ResponsibilityRetired(d) => Some(&d.responsibility),
            Data::AssignmentMade(d) => Some(&d.responsibility),
            Data::AssignmentEnded(d) => {
                d.assignment.as_ref().and_then(|id| self.holdings.get(id)).or(d.responsibility.as_ref())
            }
            _ => None,
        };
        let Some(id) = id.cloned() else { return };
        let Some(mut there) = self.responsibilities.get(&id).cloned() else { return };
        let new = Arc::make_mut(&mut there);
        match data {
            Data::ResponsibilityChanged(_) => new.changed.retain(|fact| fact.seq != place),
            Data::ResponsibilitySplit(_) => {
                if let Some(split) = new.split.take() {
                    self.unsplit(&id, split.seq, &[]);
                }
            }
            Data::ResponsibilityRetired(_) => new.retired = None,
            Data::AssignmentMade(_) => {
                let gone = new.made.iter().filter(|fact| fact.seq == place);
                for holding in gone.filter_map(|fact| fact.data.assignment.as_ref()) {
                    self.holdings.remove(holding);
                }
                new.made.retain(|fact| fact.seq != place);
            }
            _ => new.ended.retain(|fact| fact.seq != place),
        }
        self.responsibilities.insert(id.clone(), there);
        self.refold(&id);
    }

    /// Takes back what a split passed on to parts, but for those that keep it.
    pub(super) fn unsplit(&mut self, id: &ResponsibilityId, split: Seq, keep: &[&ResponsibilityId]) {
        let parts: Vec<_> = self.dependents_of(id).filter(|part| !keep.contains(part)).cloned().collect();
        for part in parts {
            let Some(there) = self.responsibilities.get_mut(&part) else { continue };
            if !there.split_from.contains(id) {
                continue;
            }
            let there = Arc::make_mut(there);
            there.split_from.retain(|from| from != id);
            there.inherited.retain(|inherited| inherited.split != split);
            self.refold(&part);
        }
    }

    fn handoff_without(&mut self, data: &Data, place: Seq) {
        let Some(id) = handoff(data) else { return };
        let Some(mut there) = self.handoffs.get(id).cloned() else { return };
        if let Data::HandoffProposed(_) = data {
            self.unlink(&there);
            self.handoffs.remove(id);
            let named = there.proposed.data.responsibilities.iter();
            let all: Vec<_> = named.chain(self.ended_by(id)).cloned().collect();
            return all.iter().for_each(|id| self.refold(id));
        }
        Arc::make_mut(&mut there).followed.retain(|fact| fact.seq < place);
        self.handoffs.insert(id.clone(), there);
        self.relink(id);
    }
}
