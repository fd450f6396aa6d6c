//! Which subjects an entry links (DOMAIN section 4): the one function that defines it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::basis::{Basis, Reference};
use super::event::Data;
use super::event::decision::Decider;
use super::event::programme::Goal;
use super::state::fold::Holding;
use super::{AssignmentId, ClaimId, CommitmentId, Event, HandoffId, ResponsibilityId, State, Subject};

/// Subjects an event links by what it names and by the object it continues, before it is folded
/// in; not those of holdings it makes, ends or revives.
fn mentioned(state: &State, event: &Event) -> BTreeSet<Subject> {
    let mut links = BTreeSet::new();
    if let Some(agency) = event.speaker.agency() {
        links.insert(Subject::agency(agency));
    }
    about(&mut links, state, &event.statement.data);
    links
}

/// Every subject an event links, sorted bytewise, as the fold stands at its seq.
#[must_use]
pub fn subjects(before: &State, after: &State, event: &Event) -> Vec<Subject> {
    let mut links = mentioned(before, event);
    // an object that this entry creates is continued by it, too
    continued(&mut links, after, &event.statement.data);
    for id in moved(before, after, &event.statement.data) {
        for holding in changed(before, after, &id) {
            links.insert(Subject::assignment(&holding));
        }
    }
    links.into_iter().collect()
}

/// What data names, and what the object it continues names.
pub(super) fn about(links: &mut BTreeSet<Subject>, state: &State, data: &Data) {
    named(links, data);
    continued(links, state, data);
}

fn named(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::LedgerOpened(_) | Data::PolicyChanged(_) | Data::TokenRevoked(_) => {
            links.insert(Subject::ledger());
        }
        Data::TokenRegistered(d) => {
            links.insert(Subject::ledger());
            links.extend(d.agency.iter().map(Subject::agency));
        }
        Data::ApprovalGiven(_) => {}
        Data::AgencyRegistered(_)
        | Data::AgencyChanged(_)
        | Data::AgencyClosed(_)
        | Data::KeyRegistered(_)
        | Data::KeyRevoked(_) => {
            named_agency(links, data);
        }
        Data::TerritoryRegistered(_) | Data::TerritoryChanged(_) | Data::InstrumentRecorded(_) => {
            named_register(links, data);
        }
        Data::AssignmentMade(_) | Data::AssignmentEnded(_) => named_assignment(links, data),
        Data::DecisionRecorded(_) | Data::DecisionVoted(_) | Data::DecisionDelivered(_) => {
            named_decision(links, data);
        }
        Data::HandoffProposed(d) => {
            links.extend(d.responsibilities.iter().map(Subject::responsibility));
            links.insert(Subject::agency(&d.from));
            links.insert(Subject::agency(&d.to));
            links.extend(d.steps.iter().map(|step| Subject::agency(&step.by)));
            basis(links, d.basis.as_ref());
            links.insert(Subject::handoff(&d.handoff));
        }
        Data::HandoffChanged(d) => basis(links, d.basis.as_ref()),
        Data::HandoffStepAdded(d) => {
            links.insert(Subject::agency(&d.by));
            basis(links, d.basis.as_ref());
        }
        Data::HandoffReversed(d) => {
            links.insert(Subject::decision(&d.decision));
        }
        Data::ActRecorded(_)
        | Data::FindingTolerated(_)
        | Data::DetailsRestricted(_)
        | Data::DetailsHeld(_)
        | Data::DetailsReleased(_) => named_record(links, data),
        Data::ClaimRaised(_)
        | Data::ClaimAnswered(_)
        | Data::ClaimReferred(_)
        | Data::ClaimWithdrawn(_)
        | Data::ClaimResolved(_) => named_claim(links, data),
        Data::ForumFormed(_) | Data::ForumChanged(_) | Data::ForumMet(_) => named_forum(links, data),
        Data::CommitmentMade(_)
        | Data::CommitmentConfirmed(_)
        | Data::CommitmentChanged(_)
        | Data::CommitmentFulfilled(_)
        | Data::CommitmentDropped(_) => named_commitment(links, data),
        Data::ProgrammeStarted(_)
        | Data::ProgrammeChanged(_)
        | Data::ProgrammeReported(_)
        | Data::ProgrammeEnded(_) => named_programme(links, data),
        _ => named_responsibility(links, data),
    }
    if let Some(id) = handoff(data) {
        links.insert(Subject::handoff(id));
    }
}

fn named_register(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::TerritoryRegistered(d) => {
            links.insert(Subject::territory(&d.territory));
            links.extend(d.within.iter().map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::TerritoryChanged(d) => {
            links.insert(Subject::territory(&d.territory));
            links.extend(d.within.iter().map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::InstrumentRecorded(d) => {
            links.insert(Subject::instrument(&d.reference));
            links.extend(d.repeals.iter().map(Subject::instrument));
        }
        _ => {}
    }
}

fn named_agency(links: &mut BTreeSet<Subject>, data: &Data) {
    let mut about = |id: &super::AgencyId| {
        links.insert(Subject::agency(id));
        links.insert(Subject::genealogy(id));
    };
    match data {
        Data::AgencyRegistered(d) => {
            about(&d.agency);
            links.extend(d.parents.iter().map(Subject::agency));
            links.extend(d.territory.iter().map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::AgencyChanged(d) => {
            about(&d.agency);
            links.extend(d.parents.iter().flatten().map(Subject::agency));
            links.extend(d.territory.iter().map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::AgencyClosed(d) => {
            about(&d.agency);
            d.successors.iter().for_each(about);
            basis(links, d.basis.as_ref());
        }
        Data::KeyRegistered(d) => {
            links.insert(Subject::agency(&d.agency));
            links.insert(Subject::key(&d.agency, &d.kid));
        }
        Data::KeyRevoked(d) => {
            links.insert(Subject::agency(&d.agency));
            links.insert(Subject::key(&d.agency, &d.kid));
        }
        _ => {}
    }
}

fn named_responsibility(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::ResponsibilityDefined(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.extend(d.parent.iter().map(Subject::responsibility));
            links.extend(d.territory.iter().map(Subject::territory));
            links.extend(d.carve_outs.iter().flat_map(|c| &c.territory).map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::ResponsibilityChanged(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.extend(d.territory.iter().map(Subject::territory));
            links.extend(d.carve_outs.iter().flatten().flat_map(|c| &c.territory).map(Subject::territory));
            basis(links, d.basis.as_ref());
        }
        Data::ResponsibilitySplit(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.extend(d.into.iter().map(Subject::responsibility));
            if let super::event::responsibility::Remainder::Into(id) = &d.remainder {
                links.insert(Subject::responsibility(id));
            }
            basis(links, d.basis.as_ref());
        }
        Data::ResponsibilityRetired(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.extend(d.into.iter().map(Subject::responsibility));
            basis(links, d.basis.as_ref());
        }
        _ => {}
    }
}

fn named_assignment(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::AssignmentMade(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            links.insert(Subject::agency(&d.agency));
            let holdings = d.assignment.iter().chain(&d.under).chain(&d.supersedes);
            links.extend(holdings.map(Subject::assignment));
            links.extend(d.ends_when.iter().map(|e| Subject::handoff(&e.handoff)));
            basis(links, d.basis.as_ref());
        }
        Data::AssignmentEnded(d) => {
            links.extend(d.assignment.iter().map(Subject::assignment));
            links.extend(d.responsibility.iter().map(Subject::responsibility));
            links.extend(d.agency.iter().map(Subject::agency));
            basis(links, d.basis.as_ref());
        }
        _ => {}
    }
}

fn named_decision(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::DecisionRecorded(d) => {
            links.insert(Subject::decision(&d.decision));
            links.extend(d.about.iter().cloned());
            match &d.decided_by {
                Decider::Agency(id) => drop(links.insert(Subject::agency(id))),
                Decider::Forum(id) => drop(links.insert(Subject::forum(id))),
            }
            links.extend(d.officer.iter().chain(&d.on_behalf_of).map(Subject::agency));
            links.extend(d.votes.iter().map(|vote| Subject::agency(&vote.agency)));
            links.extend(d.under.iter().map(Subject::assignment));
            links.extend(d.relations.iter().map(|relation| Subject::decision(&relation.decision)));
            basis(links, d.basis.as_ref());
        }
        Data::DecisionVoted(d) => drop(links.insert(Subject::decision(&d.decision))),
        Data::DecisionDelivered(d) => {
            links.insert(Subject::decision(&d.decision));
            links.insert(Subject::agency(&d.to));
        }
        _ => {}
    }
}

fn named_record(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::ActRecorded(d) => {
            links.insert(Subject::responsibility(&d.responsibility));
            let agencies = [&d.agency].into_iter().chain(&d.officer).chain(&d.on_behalf_of);
            links.extend(agencies.map(Subject::agency));
            links.extend(d.under.iter().map(Subject::assignment));
        }
        Data::FindingTolerated(d) => basis(links, d.basis.as_ref()),
        Data::DetailsRestricted(d) => basis(links, d.basis.as_ref()),
        Data::DetailsHeld(d) => basis(links, d.basis.as_ref()),
        Data::DetailsReleased(d) => basis(links, d.basis.as_ref()),
        _ => {}
    }
}

fn named_claim(links: &mut BTreeSet<Subject>, data: &Data) {
    links.extend(claim(data).map(Subject::claim));
    match data {
        Data::ClaimRaised(d) => {
            links.extend(d.about.iter().cloned());
            links.extend(d.against.iter().map(Subject::agency));
            basis(links, d.basis.as_ref());
        }
        Data::ClaimReferred(d) => drop(links.insert(Subject::forum(&d.forum))),
        Data::ClaimResolved(d) => {
            links.extend(d.keeps.iter().map(Subject::agency));
            links.extend(d.decision.iter().map(Subject::decision));
        }
        _ => {}
    }
}

/// The claim that data is about.
#[must_use]
pub fn claim(data: &Data) -> Option<&ClaimId> {
    Some(match data {
        Data::ClaimRaised(d) => &d.claim,
        Data::ClaimAnswered(d) => &d.claim,
        Data::ClaimReferred(d) => &d.claim,
        Data::ClaimWithdrawn(d) => &d.claim,
        Data::ClaimResolved(d) => &d.claim,
        _ => return None,
    })
}

/// The commitment that data is about.
#[must_use]
pub fn commitment(data: &Data) -> Option<&CommitmentId> {
    Some(match data {
        Data::CommitmentMade(d) => &d.commitment,
        Data::CommitmentConfirmed(d) => &d.commitment,
        Data::CommitmentChanged(d) => &d.commitment,
        Data::CommitmentFulfilled(d) => &d.commitment,
        Data::CommitmentDropped(d) => &d.commitment,
        _ => return None,
    })
}

fn named_forum(links: &mut BTreeSet<Subject>, data: &Data) {
    match data {
        Data::ForumFormed(d) => {
            links.insert(Subject::forum(&d.forum));
            links.extend([&d.convener].into_iter().chain(&d.members).map(Subject::agency));
            basis(links, d.basis.as_ref());
        }
        Data::ForumChanged(d) => {
            links.insert(Subject::forum(&d.forum));
            links.extend(d.convener.iter().chain(d.members.iter().flatten()).map(Subject::agency));
            basis(links, d.basis.as_ref());
        }
        Data::ForumMet(d) => {
            links.insert(Subject::forum(&d.forum));
            links.extend(d.present.iter().map(Subject::agency));
        }
        _ => {}
    }
}

fn named_commitment(links: &mut BTreeSet<Subject>, data: &Data) {
    links.extend(commitment(data).map(Subject::commitment));
    if let Data::CommitmentMade(d) = data {
        links.insert(Subject::agency(&d.by));
        links.insert(d.under.clone());
    }
}

fn named_programme(links: &mut BTreeSet<Subject>, data: &Data) {
    let mut goals = |all: &[Goal]| links.extend(all.iter().map(|goal| Subject::agency(&goal.by)));
    match data {
        Data::ProgrammeStarted(d) => {
            goals(&d.goals);
            links.insert(Subject::programme(&d.programme));
            links.extend([&d.coordinator].into_iter().chain(&d.members).map(Subject::agency));
            links.extend(d.responsibilities.iter().map(Subject::responsibility));
            basis(links, d.basis.as_ref());
        }
        Data::ProgrammeChanged(d) => {
            goals(d.goals.as_deref().unwrap_or_default());
            links.insert(Subject::programme(&d.programme));
            links.extend(d.coordinator.iter().chain(d.members.iter().flatten()).map(Subject::agency));
            links.extend(d.responsibilities.iter().flatten().map(Subject::responsibility));
            basis(links, d.basis.as_ref());
        }
        Data::ProgrammeReported(d) => drop(links.insert(Subject::programme(&d.programme))),
        Data::ProgrammeEnded(d) => drop(links.insert(Subject::programme(&d.programme))),
        _ => {}
    }
}

fn basis(links: &mut BTreeSet<Subject>, basis: Option<&Basis>) {
    for item in basis.map(Basis::items).unwrap_or_default() {
        links.insert(match &item.reference {
            Reference::Instrument(id) => Subject::instrument(id),
            Reference::Decision(id) => Subject::decision(id),
        });
    }
}

/// The handoff that data is about.
#[must_use]
pub fn handoff(data: &Data) -> Option<&HandoffId> {
    Some(match data {
        Data::HandoffProposed(d) => &d.handoff,
        Data::HandoffAccepted(d) => &d.handoff,
        Data::HandoffAcknowledged(d) => &d.handoff,
        Data::HandoffDeclined(d) => &d.handoff,
        Data::HandoffWithdrawn(d) => &d.handoff,
        Data::HandoffChanged(d) => &d.handoff,
        Data::HandoffStepAdded(d) => &d.handoff,
        Data::HandoffStepDone(d) => &d.handoff,
        Data::HandoffStepConfirmed(d) => &d.handoff,
        Data::HandoffReservationLifted(d) => &d.handoff,
        Data::HandoffClosed(d) => &d.handoff,
        Data::HandoffLapsed(d) => &d.handoff,
        Data::HandoffReversed(d) => &d.handoff,
        _ => return None,
    })
}

/// What the object that the data continues names: parties and responsibilities of a handoff, what
/// an assignment is of, what a decision is about.
fn continued(links: &mut BTreeSet<Subject>, state: &State, data: &Data) {
    if let Some(handoff) = handoff(data).and_then(|id| state.handoffs.get(id)) {
        let proposed = &handoff.proposed.data;
        links.extend(proposed.responsibilities.iter().map(Subject::responsibility));
        links.insert(Subject::agency(&proposed.from));
        links.insert(Subject::agency(&proposed.to));
    }
    if let Data::AssignmentEnded(d) = data
        && let Some((there, holding)) = d.assignment.as_ref().and_then(|id| state.holding(id))
    {
        links.insert(Subject::responsibility(there.id()));
        links.insert(Subject::agency(&holding.agency));
        links.extend(holding.under.iter().map(Subject::assignment));
    }
    if let Some(claim) = claim(data).and_then(|id| state.claims.get(id)) {
        let raised = &claim.raised;
        links.extend(raised.data.about.iter().cloned());
        links.extend(raised.data.against.iter().chain(&raised.agency).map(Subject::agency));
    }
    if let Some(there) = commitment(data).and_then(|id| state.commitments.get(id)) {
        links.insert(Subject::agency(&there.made.data.by));
        links.insert(there.made.data.under.clone());
    }
    let decision = match data {
        Data::DecisionVoted(d) => Some(&d.decision),
        Data::DecisionDelivered(d) => Some(&d.decision),
        _ => None,
    };
    if let Some(decision) = decision.and_then(|id| state.decisions.get(id)) {
        links.extend(decision.recorded.data.about.iter().cloned());
        links.insert(match &decision.recorded.data.decided_by {
            Decider::Agency(id) => Subject::agency(id),
            Decider::Forum(id) => Subject::forum(id),
        });
    }
}

/// Responsibilities whose holdings a handoff or assignment event itself changes.
fn moved(before: &State, after: &State, data: &Data) -> BTreeSet<ResponsibilityId> {
    let mut ids = BTreeSet::new();
    for state in [before, after] {
        if let Some(handoff) = handoff(data).and_then(|id| state.handoffs.get(id)) {
            ids.extend(handoff.proposed.data.responsibilities.iter().cloned());
            ids.extend(state.ended_by(handoff.id()).cloned());
        }
    }
    match data {
        Data::AssignmentMade(d) => drop(ids.insert(d.responsibility.clone())),
        Data::AssignmentEnded(d) => {
            ids.extend(d.responsibility.clone());
            ids.extend(d.assignment.as_ref().and_then(|id| before.holdings.get(id)).cloned());
        }
        _ => {}
    }
    ids
}

/// Holdings of a responsibility that differ between two states, but for what only followed a
/// parent's end.
fn changed(before: &State, after: &State, id: &ResponsibilityId) -> BTreeSet<AssignmentId> {
    let (old, new) = (before.fold(id), after.fold(id));
    if Arc::ptr_eq(&old, &new) {
        return BTreeSet::new();
    }
    let own = |holding: &Holding| {
        let spans = holding.spans.iter().map(|s| (s.from, s.until, s.ended.is_some_and(|e| e.cascade)));
        spans.collect::<Vec<_>>()
    };
    let cascaded = |holding: &Holding| holding.spans.iter().any(|s| s.ended.is_some_and(|e| e.cascade));
    let mut ids = BTreeSet::new();
    let mut common = 0;
    let mut there = old.holdings.iter();
    for holding in &new.holdings {
        // most are the very same, at the same place
        let beside = there.next();
        if beside.is_some_and(|was| Arc::ptr_eq(was, holding)) {
            common += 1;
            continue;
        }
        let was = old.get(&holding.assignment);
        common += usize::from(was.is_some());
        match was {
            Some(was) if own(was) == own(holding) => {}
            Some(_) if cascaded(holding) => {}
            _ => drop(ids.insert(holding.assignment.clone())),
        }
    }
    if common < old.holdings.len() {
        let gone = old.holdings.iter().map(|h| &h.assignment).filter(|id| new.get(id).is_none());
        ids.extend(gone.cloned());
    }
    ids
}
