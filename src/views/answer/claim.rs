//! Claims: who disputes what, and what became of it by a day.

use serde::Serialize;

use crate::domain::event::claim::{ClaimKind, Outcome};
use crate::domain::state::claim::{Claim, ClaimState};
use crate::domain::state::dated::Told as _;
use crate::domain::state::fact::Fact;
use crate::domain::{AgencyId, ClaimId, Date, DecisionId, FindingKey, ForumId, Seq, Subject};

use super::super::Known;
use super::Items;
use super::holding::basis;

/// A claim on a day.
#[derive(Debug, Serialize)]
pub struct Answer {
    claim: ClaimId,
    kind: ClaimKind,
    /// Who raised it.
    agency: Option<AgencyId>,
    about: Vec<Subject>,
    against: Vec<AgencyId>,
    finding: Option<FindingKey>,
    basis: Vec<serde_json::Value>,
    on: Date,
    state: ClaimState,
    answered: Vec<Answered>,
    /// The forum it was last referred to.
    forum: Option<ForumId>,
    outcome: Option<Outcome>,
    keeps: Option<AgencyId>,
    decision: Option<DecisionId>,
    evidence: Vec<Seq>,
}

/// A party's answer, and the entry it stands in.
#[derive(Debug, Serialize)]
struct Answered {
    agency: Option<AgencyId>,
    on: Date,
    seq: Seq,
}

/// Claims raised by a day, after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.claims, after);
    Items::take(limit, all.filter_map(|(id, claim)| Some((id.to_string(), answer(claim, day)?))))
}

/// One, if it was raised by that day.
#[must_use]
pub fn one(known: &Known, day: Date, id: &ClaimId) -> Option<Answer> {
    answer(known.state.claims.get(id)?, day)
}

/// Claims on a subject that are open on a day, by id, with the entries about each.
pub(super) fn open_on(known: &Known, day: Date, subject: &Subject) -> Vec<(ClaimId, Vec<Seq>)> {
    let claims = known.state.claims_on(subject).filter_map(|id| Some((id, known.state.claims.get(id)?)));
    let open = claims.filter_map(|(id, claim)| {
        let then = claim.on(day);
        (claim.own_date() <= day && then.ended().is_none()).then(|| (id.clone(), then.evidence()))
    });
    open.collect()
}

fn answer(claim: &Claim, day: Date) -> Option<Answer> {
    if day < claim.own_date() {
        return None;
    }
    let claim = claim.on(day);
    let (state, evidence) = (claim.state(), claim.evidence());
    let data = &claim.raised.data;
    let answered = claim.answered.iter().map(|fact| Answered {
        agency: fact.agency.clone(),
        on: fact.own_date(),
        seq: fact.by,
    });
    let resolved = claim.resolved.as_ref().map(|fact| &fact.data);
    Some(Answer {
        claim: data.claim.clone(),
        kind: data.kind,
        agency: claim.raised.agency.clone(),
        about: data.about.clone(),
        against: data.against.clone(),
        finding: data.finding.clone(),
        basis: basis(data.basis.as_ref()),
        on: claim.own_date(),
        state,
        answered: answered.collect(),
        forum: claim.referred.last().map(|fact: &Fact<_>| fact.data.forum.clone()),
        outcome: resolved.map(|data| data.outcome),
        keeps: resolved.and_then(|data| data.keeps.clone()),
        decision: resolved.and_then(|data| data.decision.clone()),
        evidence,
    })
}
