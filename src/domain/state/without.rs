//! The state without one fact: what a correction is judged against (DOMAIN rule 8).

use std::slice::from_ref;
use std::sync::Arc;

use super::super::event::Data;
use super::super::subjects::{claim, commitment, handoff};
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
            Data::ActRecorded(d) => by(from_ref(&self.acts.get(&d.act)?.recorded), seq),
            Data::FindingTolerated(d) => by(&self.tolerated.get(&d.finding)?.tolerated, seq),
            Data::ClaimRaised(d) => by(from_ref(&self.claims.get(&d.claim)?.raised), seq),
            Data::ClaimAnswered(d) => by(&self.claims.get(&d.claim)?.answered, seq),
            Data::ClaimReferred(d) => by(&self.claims.get(&d.claim)?.referred, seq),
            Data::ClaimWithdrawn(d) => by(self.claims.get(&d.claim)?.withdrawn.as_slice(), seq),
            Data::ClaimResolved(d) => by(self.claims.get(&d.claim)?.resolved.as_slice(), seq),
            Data::ForumFormed(d) => by(from_ref(&self.forums.get(&d.forum)?.formed), seq),
            Data::ForumChanged(d) => by(&self.forums.get(&d.forum)?.changed, seq),
            Data::ForumMet(d) => by(&self.forums.get(&d.forum)?.met, seq),
            Data::CommitmentMade(d) => by(from_ref(&self.commitments.get(&d.commitment)?.made), seq),
            Data::CommitmentConfirmed(d) => {
                by(self.commitments.get(&d.commitment)?.confirmed.as_slice(), seq)
            }
            Data::CommitmentChanged(d) => by(&self.commitments.get(&d.commitment)?.changed, seq),
            Data::CommitmentFulfilled(d) => {
                by(self.commitments.get(&d.commitment)?.fulfilled.as_slice(), seq)
            }
            Data::CommitmentDropped(d) => by(self.commitments.get(&d.commitment)?.dropped.as_slice(), seq),
            Data::ProgrammeStarted(d) => by(from_ref(&self.programmes.get(&d.programme)?.started), seq),
            Data::ProgrammeChanged(d) => by(&self.programmes.get(&d.programme)?.changed, seq),
            Data::ProgrammeReported(d) => by(&self.programmes.get(&d.programme)?.reported, seq),
            Data::ProgrammeEnded(d) => by(self.programmes.get(&d.programme)?.ended.as_slice(), seq),
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
            Data::ActRecorded(d) => drop(state.acts.remove(&d.act)),
            Data::FindingTolerated(d) => {
                if let Some(there) = state.tolerated.get_mut(&d.finding) {
                    Arc::make_mut(there).tolerated.retain(|fact| fact.seq != place);
                }
            }
            Data::ForumFormed(_)
            | Data::ForumChanged(_)
            | Data::ForumMet(_)
            | Data::ClaimRaised(_)
            | Data::ClaimAnswered(_)
            | Data::ClaimReferred(_)
            | Data::ClaimWithdrawn(_)
            | Data::ClaimResolved(_) => state.claim_or_forum_without(data, place),
            Data::CommitmentMade(_)
            | Data::CommitmentConfirmed(_)
            | Data::CommitmentChanged(_)
            | Data::CommitmentFulfilled(_)
            | Data::CommitmentDropped(_)
            | Data::ProgrammeStarted(_)
            | Data::ProgrammeChanged(_)
            | Data::ProgrammeReported(_)
            | Data::ProgrammeEnded(_) => state.undertaking_without(data, place),
            Data::DecisionRecorded(d) => {
                for relation in &d.relations {
                    state.relations.remove(&(relation.decision.clone(), d.decision.clone()));
                }
                state.decisions.remove(&d.decision);
            }
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

    fn claim_or_forum_without(&mut self, data: &Data, place: Seq) {
        match data {
            Data::ClaimRaised(d) => {
                for subject in &d.about {
                    self.claimed.remove(&(subject.clone(), d.claim.clone()));
                }
                self.claims.remove(&d.claim);
            }
            Data::ForumFormed(d) => drop(self.forums.remove(&d.forum)),
            Data::ForumChanged(d) => {
                if let Some(there) = self.forums.get_mut(&d.forum) {
                    Arc::make_mut(there).changed.retain(|fact| fact.seq != place);
                }
            }
            Data::ForumMet(d) => {
                if let Some(there) = self.forums.get_mut(&d.forum) {
                    Arc::make_mut(there).met.retain(|fact| fact.seq != place);
                }
            }
            data => {
                let Some(there) = claim(data).and_then(|id| self.claims.get_mut(id)) else { return };
                let there = Arc::make_mut(there);
                there.answered.retain(|fact| fact.seq != place);
                there.referred.retain(|fact| fact.seq != place);
                there.withdrawn.take_if(|fact| fact.seq == place);
                there.resolved.take_if(|fact| fact.seq == place);
            }
        }
    }

    fn undertaking_without(&mut self, data: &Data, place: Seq) {
        match data {
            Data::CommitmentMade(d) => drop(self.commitments.remove(&d.commitment)),
            Data::ProgrammeStarted(d) => drop(self.programmes.remove(&d.programme)),
            Data::ProgrammeChanged(d) => {
                if let Some(there) = self.programmes.get_mut(&d.programme) {
                    Arc::make_mut(there).changed.retain(|fact| fact.seq != place);
                }
            }
            Data::ProgrammeReported(d) => {
                if let Some(there) = self.programmes.get_mut(&d.programme) {
                    Arc::make_mut(there).reported.retain(|fact| fact.seq != place);
                }
            }
            Data::ProgrammeEnded(d) => {
                if let Some(there) = self.programmes.get_mut(&d.programme) {
                    Arc::make_mut(there).ended = None;
                }
            }
            data => {
                let there = commitment(data).and_then(|id| self.commitments.get_mut(id));
                let Some(there) = there else { return };
                let there = Arc::make_mut(there);
                there.confirmed.take_if(|fact| fact.seq == place);
                there.changed.retain(|fact| fact.seq != place);
                there.fulfilled.take_if(|fact| fact.seq == place);
                there.dropped.take_if(|fact| fact.seq == place);
            }
        }
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
