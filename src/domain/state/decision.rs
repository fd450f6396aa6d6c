//! A decision as the record has it, and its state on a day (DOMAIN section 6).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::event::decision::{
    DecisionDelivered, DecisionRecorded, DecisionVoted, Effect, Relation, Verb,
};
use super::super::{Date, DecisionId, Seq};
use super::fact::Fact;
use super::{State, authority};

/// A decision and what was said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// How it was taken.
    pub recorded: Fact<DecisionRecorded>,
    /// Whom it reached.
    pub delivered: Vec<Fact<DecisionDelivered>>,
    /// Votes that members said themselves, by place.
    pub voted: Vec<Fact<DecisionVoted>>,
    /// Whether its authority was alive, as known when it was recorded.
    pub authority_then: Authority,
}

/// Whether a decision rested on a living authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// It did.
    Alive,
    /// It did not, as known then.
    WithoutAuthority,
    /// It did as known then, and does not as known now.
    AnnulledLater,
    /// Not judged: a court's, an overseer's, or about no responsibility.
    Unknown,
}

/// The state of a decision on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DecisionState {
    InForce,
    Suspended,
    Superseded,
    Revoked,
    Annulled,
    Void,
    Expired,
}

/// The state of a decision on a day: its period, and what later decisions in force did to it.
/// `None` when there is no such decision.
///
/// What a decision did rests on what still later ones did to it, on a day that may be another; so all that is asked
/// is gathered first, and then answered from the latest on. However many there are, each is answered once for a day.
#[must_use]
pub fn state_on(state: &State, id: &DecisionId, day: Date) -> Option<DecisionState> {
    let asked = state.decisions.get(id)?;
    let (mut needed, mut open) = (BTreeMap::new(), vec![(&**asked, day)]);
    while let Some((decision, day)) = open.pop() {
        if needed.insert((decision.recorded.seq, day), decision).is_none() {
            open.extend(
                bearing(state, decision).map(|(other, relation)| (other, when(other, relation, day))),
            );
        }
    }
    let mut known = BTreeMap::new();
    for ((seq, day), decision) in needed.into_iter().rev() {
        let on = answered(state, decision, day, &known);
        known.insert((seq, day), on);
    }
    known.remove(&(asked.recorded.seq, day))
}

/// Later decisions with a relation to this one. Which is later is said by the places: only so does nothing rest on
/// itself, for a correction may let a decision refer to one that came after it.
fn bearing<'a>(
    state: &'a State,
    decision: &'a Decision,
) -> impl Iterator<Item = (&'a Decision, &'a Relation)> {
    let earlier = decision.recorded.seq;
    related(state, &decision.recorded.data.decision).filter(move |(other, _)| other.recorded.seq > earlier)
}

/// The day from which what a decision says of another can count.
fn begins(other: &Decision) -> Date {
    other.recorded.data.in_force.start().max(other.decided_on())
}

/// The day on which the other must stand so that it bears on a day.
fn when(other: &Decision, relation: &Relation, day: Date) -> Date {
    if relation.effect == Some(Effect::FromStart) { day.max(begins(other)) } else { day }
}

/// The state of a decision on a day, where that of later ones is known.
fn answered(
    state: &State,
    decision: &Decision,
    day: Date,
    known: &BTreeMap<(Seq, Date), DecisionState>,
) -> DecisionState {
    let mut on = if day >= decision.recorded.data.in_force.end() {
        DecisionState::Expired
    } else {
        DecisionState::InForce
    };
    let mut later: Vec<_> = bearing(state, decision).collect();
    later.sort_by_key(|(other, _)| (other.decided_on(), other.recorded.seq));
    for (other, relation) in later {
        let from_start = relation.verb == Verb::Annuls && relation.effect == Some(Effect::FromStart);
        let counts_on = when(other, relation, day);
        // what a decision did to another outlives its own expiry, but not its annulment
        let stands = known.get(&(other.recorded.seq, counts_on));
        let stands = matches!(stands, Some(DecisionState::InForce | DecisionState::Expired));
        if counts_on < begins(other) || !stands {
            continue;
        }
        on = match (relation.verb, on) {
            (Verb::Annuls, _) if from_start => DecisionState::Void,
            (Verb::Annuls, DecisionState::InForce | DecisionState::Suspended) => DecisionState::Annulled,
            (Verb::Supersedes, DecisionState::InForce | DecisionState::Suspended) => {
                DecisionState::Superseded
            }
            (Verb::Revokes, DecisionState::InForce | DecisionState::Suspended) => DecisionState::Revoked,
            (Verb::Suspends, DecisionState::InForce) => DecisionState::Suspended,
            (Verb::Reinstates, DecisionState::Suspended) => DecisionState::InForce,
            _ => on,
        };
    }
    on
}

/// That a decision is annulled by another.
#[derive(Clone, Copy, Debug)]
pub struct Annulment<'a> {
    /// The other.
    pub by: &'a Decision,
    /// The day from which it counts; `None` from the start, so that the decision is void.
    pub from: Option<Date>,
}

/// What annuls a decision, as far as it counts on a day.
pub fn annulments<'a>(
    state: &'a State,
    id: &'a DecisionId,
    day: Date,
) -> impl Iterator<Item = Annulment<'a>> {
    let all = state.decisions.get(id).into_iter().flat_map(|decision| bearing(state, decision));
    all.filter(|(_, relation)| relation.verb == Verb::Annuls).filter_map(move |(by, relation)| {
        let data = &by.recorded.data;
        let begins = begins(by);
        let from_start = relation.effect == Some(Effect::FromStart);
        let counts_on = when(by, relation, day);
        // what a decision did to another outlives its own expiry, but not its annulment
        let stands = state_on(state, &data.decision, counts_on);
        let stands = matches!(stands, Some(DecisionState::InForce | DecisionState::Expired));
        let annuls = || begins <= day && state_on(state, id, begins) == Some(DecisionState::Annulled);
        let counts = stands && (from_start || annuls());
        counts.then_some(Annulment { by, from: (!from_start).then_some(begins) })
    })
}

/// Decisions with a relation to this one, each with the relation.
pub fn related<'a>(
    state: &'a State,
    id: &'a DecisionId,
) -> impl Iterator<Item = (&'a Decision, &'a Relation)> {
    state
        .relations_to(id)
        .filter_map(|other| state.decisions.get(other))
        .filter(|other| other.recorded.data.decision != *id)
        .flat_map(move |other| {
            other.recorded.data.relations.iter().filter(move |r| r.decision == *id).map(|r| (&**other, r))
        })
}

impl Decision {
    /// A decision just recorded, with what the state before it knows of its authority.
    #[must_use]
    pub fn new(recorded: Fact<DecisionRecorded>, state: &State) -> Self {
        let authority_then = authority::of_decision(state, &recorded);
        Self { recorded, delivered: Vec::new(), voted: Vec::new(), authority_then }
    }

    /// When it was taken; where that is unknown, the day from which it counts (DOMAIN section 3, "Unknown dates").
    #[must_use]
    pub fn decided_on(&self) -> Date {
        self.recorded.own_date()
    }

    /// The entries about it.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seq> {
        let mut seqs: Vec<_> = self.recorded.evidence().collect();
        seqs.extend(self.delivered.iter().flat_map(Fact::evidence));
        seqs.extend(self.voted.iter().flat_map(Fact::evidence));
        seqs
    }
}
