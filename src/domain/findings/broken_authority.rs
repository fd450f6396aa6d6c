//! What was done without an authority: decisions and acts that lacked one then, or lack it as known
//! now; assignments under a holding, and handoffs of one, that the record no longer has.

#[cfg(test)]
mod tests;
mod void;

use std::collections::{BTreeMap, BTreeSet};

use super::super::event::assignment::AssignmentMade;
use super::super::event::decision::Decider;
use super::super::event::handoff::Regime;
use super::super::state::State;
use super::super::state::act::Act;
use super::super::state::decision::{Authority, Decision};
use super::super::state::fact::Fact;
use super::super::state::fold::{Below, Holding};
use super::super::state::handoff::Handoff;
use super::super::{AgencyId, AssignmentId, Date, Seq, Subject, timeline};
use super::{Finding, Kind, Severity, counted};
pub use void::still_running;

/// What was done by a day without authority.
#[must_use]
pub fn findings(state: &State, day: Date) -> Vec<Finding> {
    let mut all: Vec<_> = state.decisions.values().filter_map(|there| decision(state, there, day)).collect();
    all.extend(state.acts.values().filter_map(|there| act(state, there, day)));
    for of in state.responsibilities.values() {
        all.extend(of.made.iter().filter_map(|fact| assignment(state, fact, day)));
    }
    all.extend(state.handoffs.values().filter_map(|there| handoff(state, there, day)));
    all.extend(void::findings(state, day));
    merged(all)
}

/// One finding for each key: what was done under nothing and rests on nothing is one thing that is wrong.
fn merged(all: Vec<Finding>) -> Vec<Finding> {
    let mut merged: BTreeMap<String, Finding> = BTreeMap::new();
    for one in all {
        match merged.get_mut(&one.key) {
            None => drop(merged.insert(one.key.clone(), one)),
            Some(first) => join(first, one),
        }
    }
    merged.into_values().collect()
}

/// Adds to a finding what another says of the same object.
fn join(first: &mut Finding, other: Finding) {
    if first.since > other.since {
        (first.since, first.days) = (other.since, other.days);
    }
    first.severity = first.severity.min(other.severity);
    let about = other.about.into_iter().filter(|subject| !first.about.contains(subject));
    let about: Vec<_> = about.collect();
    first.about.extend(about);
    let agencies: BTreeSet<_> = first.agencies.drain(..).chain(other.agencies).collect();
    first.agencies = agencies.into_iter().collect();
    let evidence: BTreeSet<_> = first.evidence.drain(..).chain(other.evidence).collect();
    first.evidence = evidence.into_iter().collect();
}

/// What was done: its id, what it is about, by whom, when, and by which entries it is known.
struct Done<'a> {
    id: &'a str,
    about: Vec<Subject>,
    agencies: Vec<AgencyId>,
    on: Date,
    evidence: BTreeSet<Seq>,
}

fn finding(done: Done<'_>, authority: Authority, day: Date) -> Option<Finding> {
    let severity = match authority {
        Authority::WithoutAuthority => Severity::High,
        Authority::AnnulledLater => Severity::Medium,
        Authority::Alive | Authority::Unknown => return None,
    };
    let (since, days) = counted(Some(done.on), day);
    Some(Finding {
        kind: Kind::BrokenAuthority,
        key: format!("broken-authority:{}", done.id),
        about: done.about,
        agencies: done.agencies,
        since,
        days,
        waiting_on: None,
        median_days: None,
        evidence: done.evidence.into_iter().collect(),
        severity,
    })
}

fn decision(state: &State, of: &Decision, day: Date) -> Option<Finding> {
    let data = &of.recorded.data;
    let Decider::Agency(decider) = &data.decided_by else { return None };
    if of.decided_on() > day {
        return None;
    }
    let about = [Subject::decision(&data.decision)].into_iter().chain(data.about.iter().cloned());
    let mut evidence: BTreeSet<Seq> = of.recorded.evidence().collect();
    evidence.extend(held(state, data.under.as_ref()));
    let done = Done {
        id: data.decision.as_str(),
        about: about.collect(),
        agencies: vec![decider.clone()],
        on: of.decided_on(),
        evidence,
    };
    finding(done, state.authority_of_decision(of), day)
}

fn act(state: &State, of: &Act, day: Date) -> Option<Finding> {
    let data = &of.recorded.data;
    if data.on > day {
        return None;
    }
    let mut evidence: BTreeSet<Seq> = of.recorded.evidence().collect();
    evidence.extend(held(state, data.under.as_ref()));
    let done = Done {
        id: data.act.as_str(),
        about: vec![Subject::responsibility(&data.responsibility)],
        agencies: vec![data.agency.clone()],
        on: data.on,
        evidence,
    };
    finding(done, state.authority_of_act(of), day)
}

/// The entries of what was acted under.
fn held(state: &State, under: Option<&AssignmentId>) -> Vec<Seq> {
    let holding = under.and_then(|id| state.holding(id));
    holding.map(|(_, holding)| holding.evidence()).unwrap_or_default()
}

/// An assignment was admitted under a holding alive on its first day: where none is, that one was
/// annulled later.
fn assignment(state: &State, fact: &Fact<AssignmentMade>, day: Date) -> Option<Finding> {
    let (data, from) = (&fact.data, fact.data.valid.start());
    let (under, id) = (data.under.as_ref()?, data.assignment.as_ref()?);
    let named = state.holding(under);
    let below = Below { of: &data.responsibility, holding: Some(id) };
    let above = state.holding(&timeline::resolve(state, under, from, below));
    if from > day || named.iter().chain(&above).any(|(_, holding)| holding.was_alive_on(from)) {
        return None;
    }
    let giver = above.map(|(_, holding)| holding.agency.clone());
    let agencies: BTreeSet<_> = giver.into_iter().chain([data.agency.clone()]).collect();
    let done = Done {
        id: id.as_str(),
        about: vec![Subject::assignment(id), Subject::responsibility(&data.responsibility)],
        agencies: agencies.into_iter().collect(),
        on: from,
        evidence: fact.evidence().chain(held(state, Some(under))).collect(),
    };
    finding(done, Authority::AnnulledLater, day)
}

/// A handoff by agreement was admitted while its giver held what it gives: where the giver held nothing
/// up to the day of the move, that was annulled later.
fn handoff(state: &State, of: &Handoff, day: Date) -> Option<Finding> {
    let data = &of.proposed.data;
    let moves = of.moves().filter(|moves| moves.day <= day && moves.reversed.is_none())?;
    if data.regime != Regime::ByAgreement {
        return None;
    }
    let held = |holding: &Holding| {
        holding.agency == data.from
            && holding.role == of.role()
            && holding.spans.iter().any(|span| span.from <= moves.day && moves.day <= span.until)
    };
    let lacks = |id| !state.fold(id).holdings.iter().any(|holding| held(holding));
    if !data.responsibilities.iter().any(lacks) {
        return None;
    }
    let about = data.responsibilities.iter().map(Subject::responsibility);
    let done = Done {
        id: data.handoff.as_str(),
        about: [Subject::handoff(&data.handoff)].into_iter().chain(about).collect(),
        agencies: BTreeSet::from([data.from.clone(), data.to.clone()]).into_iter().collect(),
        on: moves.day,
        evidence: moves.evidence().into_iter().collect(),
    };
    finding(done, Authority::AnnulledLater, day)
}
