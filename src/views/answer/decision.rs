//! Decisions: who decided what, on which basis, with which authority, and what became of it.

use serde::Serialize;

use crate::domain::event::decision::{Capacity, Decider, Effect, Relation, Verb, VoteValue};
use crate::domain::findings::broken_authority;
use crate::domain::state::decision::{self, Authority, Decision, DecisionState};
use crate::domain::state::sure::Sure as _;
use crate::domain::text::Text;
use crate::domain::{
    AgencyId, AssignmentId, Assurance, Date, DecisionId, Digest, Name, Period, Seq, Subject,
};

use super::super::Known;
use super::Items;
use super::holding::{basis, unverified};

/// A decision on a day.
#[derive(Debug, Serialize)]
pub struct Answer {
    decision: DecisionId,
    number: Option<Text>,
    decided_by: Decider,
    decided_on: Date,
    unverified: Vec<Name>,
    capacity: Capacity,
    on_behalf_of: Option<AgencyId>,
    under: Option<AssignmentId>,
    authority: Authority,
    basis: Vec<serde_json::Value>,
    evidence_digests: Vec<Digest>,
    votes: Vec<VoteShape>,
    in_force: Period,
    state: DecisionState,
    relations: Vec<RelationShape>,
    still_running: Vec<Subject>,
    evidence: Vec<Seq>,
}

/// A member's vote as the convener recorded it, and as the member said it itself.
#[derive(Debug, Serialize)]
struct VoteShape {
    agency: AgencyId,
    recorded: Option<VoteValue>,
    own: Option<OwnVote>,
}

/// A vote that a member said itself.
#[derive(Debug, Serialize)]
struct OwnVote {
    vote: VoteValue,
    seq: Seq,
    assurance: Assurance,
}

#[derive(Debug, Serialize)]
struct RelationShape {
    verb: Verb,
    decision: DecisionId,
    direction: &'static str,
    effect: Option<Effect>,
}

/// Decisions taken by a day, after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.decisions, after);
    Items::take(limit, all.filter_map(|(id, decision)| Some((id.to_string(), answer(known, day, decision)?))))
}

/// One, if it was taken by that day.
#[must_use]
pub fn one(known: &Known, day: Date, id: &DecisionId) -> Option<Answer> {
    answer(known, day, known.state.decisions.get(id)?)
}

/// The votes of members that are recorded, in their order; then of those who only said it themselves.
fn votes(decision: &Decision) -> Vec<VoteShape> {
    let recorded = &decision.recorded.data.votes;
    let own = |agency: &AgencyId| {
        let said = decision.voted.iter().find(|fact| fact.agency.as_ref() == Some(agency))?;
        Some(OwnVote { vote: said.data.vote, seq: said.by, assurance: said.assurance })
    };
    let shape =
        |agency: &AgencyId, recorded| VoteShape { agency: agency.clone(), recorded, own: own(agency) };
    let only_said = decision.voted.iter().filter_map(|fact| fact.agency.as_ref());
    let only_said = only_said.filter(|agency| recorded.iter().all(|vote| vote.agency != **agency));
    let shapes = recorded.iter().map(|vote| shape(&vote.agency, Some(vote.vote)));
    shapes.chain(only_said.map(|agency| shape(agency, None))).collect()
}

fn answer(known: &Known, day: Date, decision: &Decision) -> Option<Answer> {
    let data = &decision.recorded.data;
    if day < decision.decided_on() {
        return None;
    }
    let shape = |relation: &Relation, decision: &DecisionId, direction| RelationShape {
        verb: relation.verb,
        decision: decision.clone(),
        direction,
        effect: relation.effect,
    };
    let out = data.relations.iter().map(|relation| shape(relation, &relation.decision, "out"));
    let mut related: Vec<_> = decision::related(&known.state, &data.decision)
        .filter(|(other, _)| other.decided_on() <= day)
        .collect();
    related.sort_by_key(|(other, _)| other.recorded.seq);
    let into = related.iter().map(|(other, relation)| shape(relation, &other.recorded.data.decision, "in"));
    let mut evidence = decision.evidence();
    evidence.extend(related.iter().flat_map(|(other, _)| other.recorded.evidence()));
    evidence.sort_unstable();
    evidence.dedup();
    Some(Answer {
        decision: data.decision.clone(),
        number: data.number.clone(),
        decided_by: data.decided_by.clone(),
        decided_on: decision.decided_on(),
        unverified: unverified(&data.unverified, (!data.is_sure()).then_some("decided_on")),
        capacity: data.capacity,
        on_behalf_of: data.on_behalf_of.clone(),
        under: data.under.clone(),
        authority: known.state.authority_of_decision(decision),
        basis: basis(data.basis.as_ref()),
        evidence_digests: data.evidence.clone(),
        votes: votes(decision),
        in_force: data.in_force.clone(),
        state: decision::state_on(&known.state, &data.decision, day)?,
        relations: out.chain(into).collect(),
        still_running: broken_authority::still_running(&known.state, &data.decision, day),
        evidence,
    })
}
