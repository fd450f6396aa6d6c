//! The fold of `record.withdrawn`: a correction without replacement (DOMAIN rule 8). The fact the entry
//! states is gone; an object that it made is gone with what was said of it, and its id stays taken.

use std::sync::Arc;

use super::super::event::Data;
use super::super::event::record::RecordWithdrawn;
use super::super::subjects::{claim, commitment, handoff};
use super::super::{AssignmentId, Event, Seq};
use super::record::Withdrawn;
use super::{Key, State};

/// The id that data makes, as `kind:id`.
#[must_use]
pub fn made(data: &Data) -> Option<String> {
    Some(match data {
        Data::TerritoryRegistered(d) => format!("t:{}", d.territory),
        Data::ResponsibilityDefined(d) => format!("r:{}", d.responsibility),
        Data::AssignmentMade(d) => format!("as:{}", d.assignment.as_ref()?),
        Data::HandoffProposed(d) => format!("h:{}", d.handoff),
        Data::DecisionRecorded(d) => format!("d:{}", d.decision),
        Data::ActRecorded(d) => format!("x:{}", d.act),
        Data::ClaimRaised(d) => format!("c:{}", d.claim),
        Data::ForumFormed(d) => format!("f:{}", d.forum),
        Data::CommitmentMade(d) => format!("m:{}", d.commitment),
        Data::ProgrammeStarted(d) => format!("p:{}", d.programme),
        _ => return None,
    })
}

impl State {
    pub(super) fn evolve_withdrawn(&mut self, event: &Event, data: &RecordWithdrawn) {
        let mut ids = Vec::new();
        if let Some(gone) = &event.withdraws
            && let Some(stands) = self.standing_fact(&gone.statement.data, data.seq)
        {
            ids = self.made_by(&gone.statement.data);
            self.take_back(&gone.statement.data, stands.place);
        }
        self.taken.extend(ids.iter().cloned());
        let withdrawn = Withdrawn { withdrawn: self.fact(event, data.clone()), made: ids };
        self.withdrawn.insert(data.seq, Arc::new(withdrawn));
        self.touched(Key::Withdrawn(data.seq));
    }

    /// The ids that go with what data says.
    fn made_by(&self, data: &Data) -> Vec<String> {
        let mut ids: Vec<String> = made(data).into_iter().collect();
        if let Data::ResponsibilityDefined(d) = data {
            let there = self.responsibilities.get(&d.responsibility);
            let named = there.into_iter().flat_map(|there| &there.made);
            let named = named.filter_map(|fact| fact.data.assignment.as_ref());
            ids.extend(named.filter(|id| !AssignmentId::is_reserved(id)).map(|id| format!("as:{id}")));
        }
        ids
    }

    /// Takes back the fact at a place of the object this data is about. Unlike the state a correction is
    /// judged against, this one keeps what was said later.
    fn take_back(&mut self, data: &Data, place: Seq) {
        let keys = self.changed_with(data);
        match data {
            Data::ResponsibilityDefined(d) => {
                self.responsibilities.remove(&d.responsibility);
                self.refold(&d.responsibility);
            }
            data if !matches!(data, Data::HandoffProposed(_)) && handoff(data).is_some() => {
                let Some(id) = handoff(data) else { return };
                if let Some(there) = self.handoffs.get_mut(id) {
                    Arc::make_mut(there).followed.retain(|fact| fact.seq != place);
                }
                self.relink(id);
            }
            data => *self = self.without(data, place),
        }
        keys.into_iter().for_each(|key| self.touched(key));
    }

    /// The objects that change when what data says is taken back.
    fn changed_with(&self, data: &Data) -> Vec<Key> {
        let one = match data {
            Data::AgencyChanged(d) => Key::Agency(d.agency.clone()),
            Data::AgencyClosed(d) => Key::Agency(d.agency.clone()),
            Data::TerritoryRegistered(d) => Key::Territory(d.territory.clone()),
            Data::TerritoryChanged(d) => Key::Territory(d.territory.clone()),
            Data::InstrumentRecorded(d) => Key::Instrument(d.reference.clone()),
            Data::ResponsibilityDefined(d) => Key::Responsibility(d.responsibility.clone()),
            Data::ResponsibilityChanged(d) => Key::Responsibility(d.responsibility.clone()),
            Data::ResponsibilityRetired(d) => Key::Responsibility(d.responsibility.clone()),
            Data::ResponsibilitySplit(d) => {
                let parts = self.dependents_of(&d.responsibility).chain([&d.responsibility]);
                return parts.cloned().map(Key::Responsibility).collect();
            }
            Data::AssignmentMade(d) => Key::Responsibility(d.responsibility.clone()),
            Data::AssignmentEnded(d) => {
                let named = d.assignment.as_ref().and_then(|id| self.holdings.get(id));
                let of = named.or(d.responsibility.as_ref()).cloned();
                return of.map(Key::Responsibility).into_iter().collect();
            }
            Data::DecisionRecorded(d) => Key::Decision(d.decision.clone()),
            Data::DecisionDelivered(d) => Key::Decision(d.decision.clone()),
            Data::ActRecorded(d) => Key::Act(d.act.clone()),
            Data::FindingTolerated(d) => Key::Tolerated(d.finding.clone()),
            Data::ForumFormed(d) => Key::Forum(d.forum.clone()),
            Data::ForumChanged(d) => Key::Forum(d.forum.clone()),
            Data::ForumMet(d) => Key::Forum(d.forum.clone()),
            Data::ProgrammeStarted(d) => Key::Programme(d.programme.clone()),
            Data::ProgrammeChanged(d) => Key::Programme(d.programme.clone()),
            Data::ProgrammeReported(d) => Key::Programme(d.programme.clone()),
            Data::ProgrammeEnded(d) => Key::Programme(d.programme.clone()),
            data => {
                let claims = claim(data).cloned().map(Key::Claim);
                let commitments = commitment(data).cloned().map(Key::Commitment);
                return claims
                    .or(commitments)
                    .or(handoff(data).cloned().map(Key::Handoff))
                    .into_iter()
                    .collect();
            }
        };
        vec![one]
    }
}
