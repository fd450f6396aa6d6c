//! Agencies: what they are, hold, hand over and receive, and what closed ones leave behind.

use serde::Serialize;

use crate::domain::event::agency::Power;
use crate::domain::event::assignment::HoldingRole;
use crate::domain::state::agency::Agency;
use crate::domain::state::commitment::{Commitment, CommitmentState};
use crate::domain::state::dated::Told as _;
use crate::domain::text::Names;
use crate::domain::timeline::{self, Status};
use crate::domain::{
    AgencyId, CommitmentId, Date, HandoffId, Name, ResponsibilityId, Seq, Subject, TerritoryId,
};

use super::super::Known;
use super::Items;
use super::handoff::is_open;
use super::holding::{HoldingShape, unverified};

/// An agency on a day.
#[derive(Debug, Serialize)]
pub struct Answer {
    agency: AgencyId,
    name: Names,
    kind: Name,
    parents: Vec<AgencyId>,
    territory: Option<TerritoryId>,
    powers: Vec<Power>,
    state: &'static str,
    successors: Vec<AgencyId>,
    unverified: Vec<Name>,
    holds: Vec<Held>,
    handoffs: Handoffs,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_behind: Option<Vec<Subject>>,
    evidence: Vec<Seq>,
}

/// A responsibility it holds.
#[derive(Debug, Serialize)]
struct Held {
    responsibility: ResponsibilityId,
    holding: HoldingShape,
}

/// Handoffs that are not at their end.
#[derive(Debug, Serialize)]
struct Handoffs {
    incoming: Vec<HandoffId>,
    outgoing: Vec<HandoffId>,
}

/// Agencies after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.agencies, after);
    Items::take(limit, all.map(|(id, agency)| (id.to_string(), answer(known, day, agency))))
}

/// One.
#[must_use]
pub fn one(known: &Known, day: Date, id: &AgencyId) -> Option<Answer> {
    Some(answer(known, day, known.state.agencies.get(id)?))
}

fn answer(known: &Known, day: Date, agency: &Agency) -> Answer {
    let id = agency.id();
    let on = agency.on(day);
    let closed = agency.closing() <= day;
    let successors = agency.closed.as_ref().filter(|_| closed);
    let handoffs = handoffs(known, day, id);
    Answer {
        agency: id.clone(),
        name: on.name.clone(),
        kind: agency.kind().clone(),
        parents: on.parents.to_vec(),
        territory: on.territory.cloned(),
        powers: agency.powers().to_vec(),
        state: if agency.exists_on(day) { "active" } else { "closed" },
        successors: successors.map(|fact| fact.data.successors.clone()).unwrap_or_default(),
        unverified: unverified(&[], agency.unsure_on(day)),
        holds: holds(known, day, id),
        left_behind: closed.then(|| left_behind(known, day, agency, &handoffs)),
        handoffs,
        evidence: agency.evidence(),
    }
}

fn holds(known: &Known, day: Date, id: &AgencyId) -> Vec<Held> {
    let held = known.state.held_by(id).flat_map(|responsibility| {
        let on = timeline::on(&known.state, responsibility, day);
        let all =
            on.into_iter().flat_map(|on| on.accountable.into_iter().chain(on.executors).chain(on.others));
        // What a parent's holder answers for is the parent's.
        let own = all.filter(|held| held.holding.agency == *id && held.via.is_none());
        let shape = |held: timeline::Held| Held {
            responsibility: responsibility.clone(),
            holding: HoldingShape::of(&held, day),
        };
        own.map(shape).collect::<Vec<_>>()
    });
    held.collect()
}

/// Open on the day: proposed, accepted, or effective and not closed.
fn handoffs(known: &Known, day: Date, id: &AgencyId) -> Handoffs {
    let mut found = Handoffs { incoming: Vec::new(), outgoing: Vec::new() };
    for handoff in known.state.open_with(id).filter_map(|handoff| known.state.handoffs.get(handoff)) {
        if !is_open(handoff, day) {
            continue;
        }
        let data = &handoff.proposed.data;
        if data.to == *id {
            found.incoming.push(handoff.id().clone());
        }
        if data.from == *id {
            found.outgoing.push(handoff.id().clone());
        }
    }
    found
}

/// Responsibilities it was accountable for on its last day and that nobody is accountable for on
/// this one, its handoffs and commitments that are still open, and agencies that still stand below it.
fn left_behind(known: &Known, day: Date, agency: &Agency, handoffs: &Handoffs) -> Vec<Subject> {
    let last = agency.closing().plus_days(-1);
    let orphaned = known.state.held_by(agency.id()).filter(|id| {
        let fold = known.state.fold(id);
        let mut was = fold.alive_on(last).filter(|holding| holding.role == HoldingRole::Accountable);
        was.any(|holding| holding.agency == *agency.id())
            && timeline::on(&known.state, id, day).is_some_and(|on| on.status == Status::Orphan)
    });
    let open = handoffs.incoming.iter().chain(&handoffs.outgoing);
    let mut left: Vec<_> = orphaned.map(Subject::responsibility).chain(open.map(Subject::handoff)).collect();
    left.extend(promised(known, day, agency.id()).map(Subject::commitment));
    left.extend(offices(known, day, agency.id()).map(Subject::agency));
    left
}

/// Commitments it was to fulfil and that are open on the day.
fn promised<'a>(known: &'a Known, day: Date, id: &'a AgencyId) -> impl Iterator<Item = &'a CommitmentId> {
    let open = move |there: &Commitment| {
        there.made.data.by == *id && there.own_date() <= day && there.on(day).state() == CommitmentState::Open
    };
    let all = known.state.promised_by(id);
    all.filter(move |commitment| known.state.commitments.get(*commitment).is_some_and(|there| open(there)))
}

/// Agencies that have it above them on the day.
fn offices<'a>(known: &'a Known, day: Date, id: &'a AgencyId) -> impl Iterator<Item = &'a AgencyId> {
    let below = move |there: &Agency| there.exists_on(day) && there.on(day).parents.contains(id);
    let all = known.state.below(id);
    all.filter(move |office| known.state.agencies.get(*office).is_some_and(|there| below(there)))
}
