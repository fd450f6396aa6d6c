//! What rests on a decision that is void or annulled, and on nothing else (DOMAIN section 7, "Void and
//! annulled"): a finding where it was done on that authority, and named by the decision where it was done
//! before and still runs.

use std::collections::BTreeSet;

use super::super::super::basis::{Basis, Reference};
use super::super::super::event::assignment::AssignmentMade;
use super::super::super::event::decision::Decider;
use super::super::super::event::handoff::Regime;
use super::super::super::state::decision::{self, Decision, DecisionState};
use super::super::super::state::fact::Fact;
use super::super::super::state::fold::Holding;
use super::super::super::state::handoff::{Handoff, HandoffState};
use super::super::super::state::responsibility::Responsibility;
use super::super::super::state::{Rests, State};
use super::super::super::{Date, DecisionId, ResponsibilityId, Seq, Subject};
use super::super::Finding;
use super::{Authority, Done, finding};

/// Longest walk back along splits to the assignment that a holding was inherited from.
const WALK_MAX: usize = 65_536;

/// What was done by a day on decisions that are void, or were annulled by then.
pub(super) fn findings(state: &State, day: Date) -> Vec<Finding> {
    let annulled = state.decisions.keys().filter(|id| decision::annulments(state, id, day).next().is_some());
    let resting: BTreeSet<&Rests> = annulled.flat_map(|id| state.resting_on(id)).collect();
    let mut all = Vec::new();
    for rests in resting {
        match rests {
            Rests::Responsibility(id) => {
                let there = state.responsibilities.get(id);
                all.extend(there.into_iter().flat_map(|of| assignments(state, of, day)));
            }
            Rests::Handoff(id) => {
                let there = state.handoffs.get(id);
                all.extend(there.and_then(|there| handoff(state, there, day)));
            }
            Rests::Decision(id) => {
                let there = state.decisions.get(id);
                all.extend(there.and_then(|there| decided(state, there, day)));
            }
        }
    }
    all
}

/// Where nothing that a basis names carries what was done on a day: the decisions that it names, and the
/// entries that show it.
fn lost(state: &State, basis: &Basis, done: Date, day: Date) -> Option<(Vec<Subject>, BTreeSet<Seq>)> {
    let (mut about, mut evidence) = (Vec::new(), BTreeSet::new());
    for item in basis.items() {
        // an instrument carries always
        let Reference::Decision(id) = &item.reference else { return None };
        let there = state.decisions.get(id)?;
        let by: Vec<_> = decision::annulments(state, id, day)
            .filter(|one| one.from.is_none_or(|from| from <= done))
            .collect();
        if by.is_empty() {
            return None;
        }
        about.push(Subject::decision(id));
        evidence.extend(there.recorded.evidence());
        evidence.extend(by.iter().flat_map(|one| one.by.recorded.evidence()));
    }
    (!about.is_empty()).then_some((about, evidence))
}

/// Assignments of a responsibility, each judged by the basis that its holding has on the day.
fn assignments(state: &State, of: &Responsibility, day: Date) -> Vec<Finding> {
    let fold = state.fold(of.id());
    let one = |fact: &Fact<AssignmentMade>| {
        let id = fact.data.assignment.as_ref()?;
        let holding = fold.get(id)?;
        let (basis, since) = holding.basis_on(day)?;
        if since > day {
            return None;
        }
        let (decisions, evidence) = lost(state, basis, since, day)?;
        let about = [Subject::assignment(id), Subject::responsibility(of.id())].into_iter().chain(decisions);
        let done = Done {
            id: id.as_str(),
            about: about.collect(),
            agencies: vec![fact.data.agency.clone()],
            on: since,
            evidence: fact.evidence().chain(evidence).collect(),
        };
        finding(done, Authority::AnnulledLater, day)
    };
    of.made.iter().filter_map(one).collect()
}

/// A handoff that has not come to nothing.
fn handoff(state: &State, of: &Handoff, day: Date) -> Option<Finding> {
    let data = &of.proposed.data;
    if of.own_date() > day || has_failed(of, day) {
        return None;
    }
    let (decisions, evidence) = lost(state, of.basis()?, of.own_date(), day)?;
    let about = data.responsibilities.iter().map(Subject::responsibility);
    let about = [Subject::handoff(&data.handoff)].into_iter().chain(about).chain(decisions);
    let done = Done {
        id: data.handoff.as_str(),
        about: about.collect(),
        agencies: BTreeSet::from([data.from.clone(), data.to.clone()]).into_iter().collect(),
        on: of.own_date(),
        evidence: of.proposed.evidence().chain(evidence).collect(),
    };
    finding(done, Authority::AnnulledLater, day)
}

/// Whether nothing of a handoff stands on a day.
fn has_failed(of: &Handoff, day: Date) -> bool {
    match of.standing(day).state {
        HandoffState::Declined | HandoffState::Withdrawn | HandoffState::Lapsed | HandoffState::Reversed => {
            true
        }
        HandoffState::Proposed | HandoffState::Accepted | HandoffState::Effective | HandoffState::Closed => {
            false
        }
    }
}

fn decided(state: &State, of: &Decision, day: Date) -> Option<Finding> {
    let data = &of.recorded.data;
    if of.decided_on() > day {
        return None;
    }
    let (decisions, evidence) = lost(state, data.basis.as_ref()?, of.decided_on(), day)?;
    let agency = match &data.decided_by {
        Decider::Agency(id) => Some(id),
        Decider::Forum(_) => of.recorded.agency.as_ref(),
    };
    let about = [Subject::decision(&data.decision)].into_iter().chain(data.about.iter().cloned());
    let done = Done {
        id: data.decision.as_str(),
        about: about.chain(decisions).collect(),
        agencies: agency.into_iter().cloned().collect(),
        on: of.decided_on(),
        evidence: of.recorded.evidence().chain(evidence).collect(),
    };
    finding(done, Authority::AnnulledLater, day)
}

/// What was done on a decision before it was annulled, and still runs on a day: holdings held, handoffs not
/// at their end, decisions in force. Nothing where the decision is void, or not annulled by then.
#[must_use]
pub fn still_running(state: &State, id: &DecisionId, day: Date) -> Vec<Subject> {
    if decision::state_on(state, id, day) != Some(DecisionState::Annulled) {
        return Vec::new();
    }
    let Some(from) = decision::annulments(state, id, day).filter_map(|one| one.from).min() else {
        return Vec::new();
    };
    let mut running: BTreeSet<Subject> = BTreeSet::new();
    let mut holders: Vec<&ResponsibilityId> = Vec::new();
    for rests in state.resting_on(id) {
        match rests {
            Rests::Responsibility(of) => holders.push(of),
            Rests::Handoff(handoff) => {
                let Some(there) = state.handoffs.get(handoff) else { continue };
                holders.extend(&there.proposed.data.responsibilities);
                if runs(there, day) && there.own_date() < from && rests_on(state, there.basis(), id, day) {
                    running.insert(Subject::handoff(handoff));
                }
            }
            Rests::Decision(other) => {
                let Some(there) = state.decisions.get(other) else { continue };
                let (data, on) = (&there.recorded.data, there.decided_on());
                let in_force = decision::state_on(state, other, day) == Some(DecisionState::InForce);
                let before = on < from && on <= day;
                if in_force && before && rests_on(state, data.basis.as_ref(), id, day) {
                    running.insert(Subject::decision(other));
                }
            }
        }
    }
    running.extend(holdings(state, holders, (id, from), day));
    running.into_iter().collect()
}

/// Whether a handoff is not at its end on a day.
fn runs(of: &Handoff, day: Date) -> bool {
    of.own_date() <= day && of.proposed.data.regime != Regime::Observed && {
        match of.standing(day).state {
            HandoffState::Proposed | HandoffState::Accepted | HandoffState::Effective => true,
            HandoffState::Declined
            | HandoffState::Withdrawn
            | HandoffState::Lapsed
            | HandoffState::Closed
            | HandoffState::Reversed => false,
        }
    }
}

/// Whether a basis names a decision and nothing else that carries on a day.
fn rests_on(state: &State, basis: Option<&Basis>, id: &DecisionId, day: Date) -> bool {
    let lacks = |reference: &Reference| match reference {
        Reference::Instrument(_) => false,
        Reference::Decision(other) => other == id || decision::annulments(state, other, day).next().is_some(),
    };
    let Some(basis) = basis else { return false };
    basis.decisions().any(|named| named == id) && basis.items().iter().all(|item| lacks(&item.reference))
}

/// The holdings of a day of some responsibilities, and of what came out of these by splits, that rest on a
/// decision by something done before a day.
fn holdings<'a>(
    state: &'a State,
    mut open: Vec<&'a ResponsibilityId>,
    (id, from): (&DecisionId, Date),
    day: Date,
) -> BTreeSet<Subject> {
    let (mut seen, mut found): (BTreeSet<ResponsibilityId>, _) = (BTreeSet::new(), BTreeSet::new());
    while let Some(of) = open.pop() {
        let Some(there) = state.responsibilities.get(of).filter(|there| seen.insert(there.id().clone()))
        else {
            continue;
        };
        open.extend(there.parts());
        for holding in state.fold(of).alive_on(day) {
            let basis = holding.basis_on(day).map(|(basis, _)| basis);
            if rests_on(state, basis, id, day) && done_on(state, there, holding, day) < from {
                found.insert(Subject::assignment(&holding.assignment));
            }
        }
    }
    found
}

/// When that was done which a holding rests on: its assignment or handoff, the one that it was inherited
/// from, or a later change of its basis.
fn done_on(state: &State, of: &Responsibility, holding: &Holding, mut day: Date) -> Date {
    let (mut of, mut holding) = (of, holding.clone());
    for _ in 0..WALK_MAX {
        let since = holding.basis_on(day).map_or(Date::MIN, |(_, since)| since);
        let made = of.made.iter().any(|fact| fact.data.assignment.as_ref() == Some(&holding.assignment));
        if made || since > holding.from() {
            return since;
        }
        let whole = state.split_from(of.id()).filter_map(|whole| state.responsibilities.get(whole));
        let inherited = whole.into_iter().find_map(|whole| {
            let name = whole.names().find(|name| name.new == holding.assignment)?;
            Some((whole, state.fold(whole.id()).get(&name.old)?.as_ref().clone()))
        });
        let Some((whole, old)) = inherited else { break };
        day = whole.split.as_ref().map_or(day, |split| split.data.effective);
        (of, holding) = (whole, old);
    }
    let moved_by =
        |there: &&std::sync::Arc<Handoff>| there.moves().is_some_and(|moves| moves.seq == holding.made);
    let handoffs = state.handoffs_of(of.id()).filter_map(|id| state.handoffs.get(id));
    handoffs.into_iter().find(moved_by).map_or_else(|| holding.from(), |there| there.own_date())
}
