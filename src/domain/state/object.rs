//! The fold of acts, claims, forums, commitments, programmes and of what is said about the record:
//! objects beside the holdings, none of which moves one.

use std::sync::Arc;

use super::super::event::Data;
use super::super::event::act::ActRecorded;
use super::super::event::claim::ClaimRaised;
use super::super::{Event, Seq};
use super::act::Act;
use super::claim::Claim;
use super::commitment::Commitment;
use super::evolve::correct;
use super::forum::Forum;
use super::programme::Programme;
use super::record::DetailsSaid;
use super::{Key, State};

impl State {
    pub(super) fn evolve_object(&mut self, event: &Event) {
        match &event.statement.data {
            Data::ActRecorded(data) => self.evolve_act(event, data),
            Data::FindingTolerated(data) => {
                let mut there = self.tolerated.get(&data.finding).cloned().unwrap_or_default();
                self.put(&mut Arc::make_mut(&mut there).tolerated, event, data);
                self.tolerated.insert(data.finding.clone(), there);
                self.touched(Key::Tolerated(data.finding.clone()));
            }
            Data::RecordWithdrawn(data) => self.evolve_withdrawn(event, data),
            Data::DetailsRestricted(data) => {
                self.evolve_details(data.seq, DetailsSaid::Restricted(self.fact(event, data.clone())));
            }
            Data::DetailsHeld(data) => {
                self.evolve_details(data.seq, DetailsSaid::Held(self.fact(event, data.clone())));
            }
            Data::DetailsReleased(data) => {
                self.evolve_details(data.seq, DetailsSaid::Released(self.fact(event, data.clone())));
            }
            Data::DetailsErased(data) => {
                self.evolve_details(data.seq, DetailsSaid::Erased(self.fact(event, data.clone())));
            }
            Data::ClaimRaised(_)
            | Data::ClaimAnswered(_)
            | Data::ClaimReferred(_)
            | Data::ClaimWithdrawn(_)
            | Data::ClaimResolved(_) => self.evolve_claim(event),
            Data::ForumFormed(_) | Data::ForumChanged(_) | Data::ForumMet(_) => self.evolve_forum(event),
            Data::CommitmentMade(_)
            | Data::CommitmentConfirmed(_)
            | Data::CommitmentChanged(_)
            | Data::CommitmentFulfilled(_)
            | Data::CommitmentDropped(_) => self.evolve_commitment(event),
            _ => self.evolve_programme(event),
        }
    }

    fn evolve_act(&mut self, event: &Event, data: &ActRecorded) {
        let act = match (event.statement.corrects, self.acts.get(&data.act)) {
            (Some(corrects), Some(there)) => {
                let mut there = Act::clone(there);
                correct(std::slice::from_mut(&mut there.recorded), corrects, event, data);
                there
            }
            _ => Act {
                recorded: self.fact(event, data.clone()),
                authority_then: super::authority::of_act(self, data, event.seq),
            },
        };
        self.acts.insert(data.act.clone(), Arc::new(act));
        self.touched(Key::Act(data.act.clone()));
    }

    fn evolve_details(&mut self, seq: Seq, said: DetailsSaid) {
        let mut there = self.details.get(&seq).cloned().unwrap_or_default();
        Arc::make_mut(&mut there).said.push(said);
        self.details.insert(seq, there);
        self.touched(Key::Details(seq));
    }

    fn evolve_claim(&mut self, event: &Event) {
        let id = match &event.statement.data {
            Data::ClaimRaised(data) => return self.evolve_raised(event, data),
            Data::ClaimAnswered(data) => &data.claim,
            Data::ClaimReferred(data) => &data.claim,
            Data::ClaimWithdrawn(data) => &data.claim,
            Data::ClaimResolved(data) => &data.claim,
            _ => return,
        };
        let Some(mut there) = self.claims.get(id).cloned() else { return };
        let new = Arc::make_mut(&mut there);
        match &event.statement.data {
            Data::ClaimAnswered(data) => self.put(&mut new.answered, event, data),
            Data::ClaimReferred(data) => self.put(&mut new.referred, event, data),
            Data::ClaimWithdrawn(data) => self.put_one(&mut new.withdrawn, event, data),
            Data::ClaimResolved(data) => self.put_one(&mut new.resolved, event, data),
            _ => {}
        }
        self.claims.insert(id.clone(), there);
        self.touched(Key::Claim(id.clone()));
    }

    fn evolve_raised(&mut self, event: &Event, data: &ClaimRaised) {
        let claim = match (event.statement.corrects, self.claims.get(&data.claim).cloned()) {
            (Some(corrects), Some(there)) => {
                for subject in &there.raised.data.about {
                    self.claimed.remove(&(subject.clone(), data.claim.clone()));
                }
                let mut there = Claim::clone(&there);
                // who raised it stays its raiser, whoever corrects the words
                let raiser = there.raised.agency.clone();
                correct(std::slice::from_mut(&mut there.raised), corrects, event, data);
                there.raised.agency = raiser;
                there
            }
            _ => Claim {
                raised: self.fact(event, data.clone()),
                answered: Vec::new(),
                referred: Vec::new(),
                resolved: None,
                withdrawn: None,
            },
        };
        self.index_claim(&claim);
        self.claims.insert(data.claim.clone(), Arc::new(claim));
        self.touched(Key::Claim(data.claim.clone()));
    }

    pub(super) fn index_claim(&mut self, claim: &Claim) {
        let data = &claim.raised.data;
        for subject in &data.about {
            self.claimed.insert((subject.clone(), data.claim.clone()));
        }
    }

    fn evolve_forum(&mut self, event: &Event) {
        let id = match &event.statement.data {
            Data::ForumFormed(data) => &data.forum,
            Data::ForumChanged(data) => &data.forum,
            Data::ForumMet(data) => &data.forum,
            _ => return,
        };
        let there = match (&event.statement.data, event.statement.corrects) {
            (Data::ForumFormed(data), None) => Some(Arc::new(Forum {
                formed: self.fact(event, data.clone()),
                changed: Vec::new(),
                met: Vec::new(),
            })),
            _ => self.forums.get(id).cloned(),
        };
        let Some(mut there) = there else { return };
        let new = Arc::make_mut(&mut there);
        match &event.statement.data {
            Data::ForumFormed(data) => {
                if let Some(corrects) = event.statement.corrects {
                    correct(std::slice::from_mut(&mut new.formed), corrects, event, data);
                }
            }
            Data::ForumChanged(data) => self.put(&mut new.changed, event, data),
            Data::ForumMet(data) => self.put(&mut new.met, event, data),
            _ => {}
        }
        self.forums.insert(id.clone(), there);
        self.touched(Key::Forum(id.clone()));
    }

    fn evolve_commitment(&mut self, event: &Event) {
        let id = match &event.statement.data {
            Data::CommitmentMade(data) => &data.commitment,
            Data::CommitmentConfirmed(data) => &data.commitment,
            Data::CommitmentChanged(data) => &data.commitment,
            Data::CommitmentFulfilled(data) => &data.commitment,
            Data::CommitmentDropped(data) => &data.commitment,
            _ => return,
        };
        let there = match (&event.statement.data, event.statement.corrects) {
            (Data::CommitmentMade(data), None) => Some(Arc::new(Commitment {
                made: self.fact(event, data.clone()),
                confirmed: None,
                changed: Vec::new(),
                fulfilled: None,
                dropped: None,
            })),
            _ => self.commitments.get(id).cloned(),
        };
        let Some(mut there) = there else { return };
        let new = Arc::make_mut(&mut there);
        match &event.statement.data {
            Data::CommitmentMade(data) => {
                if let Some(corrects) = event.statement.corrects {
                    // who made it stays its maker, whoever corrects the words
                    let maker = new.made.agency.clone();
                    correct(std::slice::from_mut(&mut new.made), corrects, event, data);
                    new.made.agency = maker;
                }
            }
            Data::CommitmentConfirmed(data) => self.put_one(&mut new.confirmed, event, data),
            Data::CommitmentChanged(data) => self.put(&mut new.changed, event, data),
            Data::CommitmentFulfilled(data) => self.put_one(&mut new.fulfilled, event, data),
            Data::CommitmentDropped(data) => self.put_one(&mut new.dropped, event, data),
            _ => {}
        }
        if matches!(event.statement.data, Data::CommitmentMade(_)) {
            self.index_commitment(&there);
        }
        self.commitments.insert(id.clone(), there);
        self.touched(Key::Commitment(id.clone()));
    }

    fn evolve_programme(&mut self, event: &Event) {
        let id = match &event.statement.data {
            Data::ProgrammeStarted(data) => &data.programme,
            Data::ProgrammeChanged(data) => &data.programme,
            Data::ProgrammeReported(data) => &data.programme,
            Data::ProgrammeEnded(data) => &data.programme,
            _ => return,
        };
        let there = match (&event.statement.data, event.statement.corrects) {
            (Data::ProgrammeStarted(data), None) => Some(Arc::new(Programme {
                started: self.fact(event, data.clone()),
                changed: Vec::new(),
                reported: Vec::new(),
                ended: None,
            })),
            _ => self.programmes.get(id).cloned(),
        };
        let Some(mut there) = there else { return };
        let new = Arc::make_mut(&mut there);
        match &event.statement.data {
            Data::ProgrammeStarted(data) => {
                if let Some(corrects) = event.statement.corrects {
                    correct(std::slice::from_mut(&mut new.started), corrects, event, data);
                }
            }
            Data::ProgrammeChanged(data) => self.put(&mut new.changed, event, data),
            Data::ProgrammeReported(data) => self.put(&mut new.reported, event, data),
            Data::ProgrammeEnded(data) => self.put_one(&mut new.ended, event, data),
            _ => {}
        }
        self.programmes.insert(id.clone(), there);
        self.touched(Key::Programme(id.clone()));
    }
}
