//! What is disputed: an open claim, and a vote that a member says itself otherwise than it is recorded.

use std::collections::BTreeSet;

use super::super::event::decision::{Decider, DecisionVoted};
use super::super::state::State;
use super::super::state::claim::Claim;
use super::super::state::dated::Told as _;
use super::super::state::decision::Decision;
use super::super::state::fact::Fact;
use super::super::{AgencyId, Date, Seq, Subject};
use super::{Finding, Kind, Severity, counted};

/// Disputes of a day.
#[must_use]
pub fn findings(state: &State, day: Date) -> Vec<Finding> {
    let mut all: Vec<_> = state.claims.values().filter_map(|there| claim(state, there, day)).collect();
    all.extend(state.decisions.values().filter_map(|there| votes(there, day)));
    all
}

fn finding(
    key: String,
    about: Vec<Subject>,
    agencies: BTreeSet<AgencyId>,
    since: Date,
    day: Date,
) -> Finding {
    let (since, days) = counted(Some(since), day);
    Finding {
        kind: Kind::Dispute,
        key,
        about,
        agencies: agencies.into_iter().collect(),
        since,
        days,
        waiting_on: None,
        median_days: None,
        evidence: Vec::new(),
        severity: Severity::Medium,
    }
}

/// A claim that was raised by the day and neither resolved nor withdrawn.
fn claim(state: &State, of: &Claim, day: Date) -> Option<Finding> {
    let on = of.on(day);
    if of.own_date() > day || on.ended().is_some() {
        return None;
    }
    let raised = &on.raised.data;
    let about = [Subject::claim(&raised.claim)].into_iter().chain(raised.about.iter().cloned()).collect();
    let forum = on.referred.last().and_then(|fact| state.forums.get(&fact.data.forum));
    let convener = forum.map(|forum| forum.on(day).convener().clone());
    let unanswered = raised.against.first().filter(|_| on.answered.is_empty() && raised.against.len() == 1);
    let agencies = on.parties().cloned().collect();
    Some(Finding {
        waiting_on: convener.or_else(|| unanswered.cloned()),
        evidence: on.evidence(),
        ..finding(format!("dispute:{}", raised.claim), about, agencies, of.own_date(), day)
    })
}

/// Members whose own word, the last of each, is not what is recorded of them. It is about the vote, so it
/// counts from the day of the decision.
fn votes(of: &Decision, day: Date) -> Option<Finding> {
    let data = &of.recorded.data;
    if of.decided_on() > day {
        return None;
    }
    let last = |fact: &&Fact<DecisionVoted>| {
        !of.voted.iter().any(|later| later.seq > fact.seq && later.agency == fact.agency)
    };
    let recorded = |fact: &&Fact<DecisionVoted>| {
        let vote = data.votes.iter().find(|vote| Some(&vote.agency) == fact.agency.as_ref());
        vote.is_some_and(|vote| vote.vote == fact.data.vote)
    };
    let differing: Vec<_> = of.voted.iter().filter(last).filter(|fact| !recorded(fact)).collect();
    differing.first()?;
    let mut agencies: BTreeSet<AgencyId> = differing.iter().filter_map(|fact| fact.agency.clone()).collect();
    match &data.decided_by {
        Decider::Agency(id) => drop(agencies.insert(id.clone())),
        Decider::Forum(_) => agencies.extend(of.recorded.agency.iter().cloned()),
    }
    let evidence: BTreeSet<Seq> =
        of.recorded.evidence().chain(differing.iter().flat_map(|fact| fact.evidence())).collect();
    let about = [Subject::decision(&data.decision)].into_iter().chain(data.about.iter().cloned()).collect();
    Some(Finding {
        evidence: evidence.into_iter().collect(),
        ..finding(format!("dispute:{}", data.decision), about, agencies, of.decided_on(), day)
    })
}
