//! Which subjects an entry links (DOMAIN section 4): the one function that defines it.

mod folded;
mod named;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::event::Data;
use super::event::decision::Decider;
use super::state::fold::Holding;
use super::{
    AssignmentId, ClaimId, CommitmentId, Event, HandoffId, ResponsibilityId, Speaker, State, Subject,
};

pub use folded::folded_from;

/// Subjects an entry links whatever stands before it: its speaker's, and those that its data names.
#[must_use]
pub fn stated(speaker: &Speaker, data: &Data) -> BTreeSet<Subject> {
    let mut links: BTreeSet<_> = speaker.agency().map(Subject::agency).into_iter().collect();
    named::named(&mut links, data);
    links
}

/// Subjects an event links by what it names and by the object it continues, before it is folded
/// in; not those of holdings it makes, ends or revives.
fn mentioned(state: &State, event: &Event) -> BTreeSet<Subject> {
    let mut links = stated(&event.speaker, &event.statement.data);
    continued(&mut links, state, &event.statement.data);
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
    named::named(links, data);
    continued(links, state, data);
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
