//! A decision as the record has it, and its state on a day (DOMAIN section 6).

use serde::{Deserialize, Serialize};

use super::super::event::decision::{DecisionDelivered, DecisionRecorded, DecisionVoted, Effect, Verb};
use super::super::{Date, DecisionId};
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
#[must_use]
pub fn state_on(state: &State, id: &DecisionId, day: Date) -> Option<DecisionState> {
    let decision = state.decisions.get(id)?;
    let mut on = if day >= decision.recorded.data.in_force.end() {
        DecisionState::Expired
    } else {
        DecisionState::InForce
    };
    let mut later: Vec<_> = related(state, id).collect();
    later.sort_by_key(|(other, _)| (other.decided_on(), other.recorded.seq));
    for (other, relation) in later {
        let from_start = relation.verb == Verb::Annuls && relation.effect == Some(Effect::FromStart);
        let begins = other.recorded.data.in_force.start().max(other.decided_on());
        let counts_on = if from_start { day.max(begins) } else { day };
        let in_force =
            state_on(state, &other.recorded.data.decision, counts_on) == Some(DecisionState::InForce);
        // what a decision did to another outlives its own expiry, but not its annulment
        let expired =
            state_on(state, &other.recorded.data.decision, counts_on) == Some(DecisionState::Expired);
        if counts_on < begins || !(in_force || expired) {
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
    Some(on)
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
    related(state, id).filter(|(_, relation)| relation.verb == Verb::Annuls).filter_map(
        move |(by, relation)| {
            let data = &by.recorded.data;
            let begins = data.in_force.start().max(by.decided_on());
            let from_start = relation.effect == Some(Effect::FromStart);
            let counts_on = if from_start { day.max(begins) } else { day };
            // what a decision did to another outlives its own expiry, but not its annulment
            let stands = state_on(state, &data.decision, counts_on);
            let stands = matches!(stands, Some(DecisionState::InForce | DecisionState::Expired));
            let annuls = || begins <= day && state_on(state, id, begins) == Some(DecisionState::Annulled);
            let counts = stands && (from_start || annuls());
            counts.then_some(Annulment { by, from: (!from_start).then_some(begins) })
        },
    )
}

/// Decisions with a relation to this one, each with the relation.
pub fn related<'a>(
    state: &'a State,
    id: &'a DecisionId,
) -> impl Iterator<Item = (&'a Decision, &'a super::super::event::decision::Relation)> {
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
    pub fn evidence(&self) -> Vec<super::super::Seq> {
        let mut seqs: Vec<_> = self.recorded.evidence().collect();
        seqs.extend(self.delivered.iter().flat_map(Fact::evidence));
        seqs.extend(self.voted.iter().flat_map(Fact::evidence));
        seqs
    }
}
