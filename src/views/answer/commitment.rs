//! Commitments: who is to act by when, whether it agreed, and what became of it by a day.

use serde::Serialize;

use crate::domain::state::commitment::{Commitment, CommitmentState};
use crate::domain::state::dated::Told as _;
use crate::domain::{AgencyId, CommitmentId, Date, Digest, Seq, Subject};

use super::super::Known;
use super::Items;

/// A commitment on a day.
#[derive(Debug, Serialize)]
pub struct Answer {
    commitment: CommitmentId,
    by: AgencyId,
    under: Subject,
    /// Who made it.
    agency: Option<AgencyId>,
    on: Date,
    due: Date,
    /// The entry in which `by` agreed: its confirmation, or its own promise.
    confirmed: Option<Seq>,
    state: CommitmentState,
    overdue: bool,
    /// What shows that it was done.
    evidence_digests: Vec<Digest>,
    evidence: Vec<Seq>,
}

/// Commitments made by a day, after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.commitments, after);
    Items::take(limit, all.filter_map(|(id, there)| Some((id.to_string(), answer(there, day)?))))
}

/// One, if it was made by that day.
#[must_use]
pub fn one(known: &Known, day: Date, id: &CommitmentId) -> Option<Answer> {
    answer(known.state.commitments.get(id)?, day)
}

fn answer(commitment: &Commitment, day: Date) -> Option<Answer> {
    if day < commitment.own_date() {
        return None;
    }
    let there = commitment.on(day);
    let data = &there.made.data;
    let shown = there.fulfilled.as_ref().map(|fact| fact.data.evidence.clone());
    Some(Answer {
        commitment: data.commitment.clone(),
        by: data.by.clone(),
        under: data.under.clone(),
        agency: there.made.agency.clone(),
        on: there.own_date(),
        due: there.due(),
        confirmed: there.agreed(),
        state: there.state(),
        overdue: there.is_overdue(day),
        evidence_digests: shown.unwrap_or_default(),
        evidence: there.evidence(),
    })
}
