//! Programmes: who leads them, for what, and how far each goal is by a day.

use serde::Serialize;

use crate::domain::event::programme::Goal;
use crate::domain::state::dated::Told as _;
use crate::domain::state::programme::Programme;
use crate::domain::{AgencyId, Date, Decimal, ProgrammeId, ResponsibilityId, Seq};

use super::super::Known;
use super::Items;
use super::holding::basis;

/// A programme on a day. Its start has no date, so it is there on every day.
#[derive(Debug, Serialize)]
pub struct Answer {
    programme: ProgrammeId,
    coordinator: AgencyId,
    members: Vec<AgencyId>,
    responsibilities: Vec<ResponsibilityId>,
    goals: Vec<GoalShape>,
    basis: Vec<serde_json::Value>,
    /// `running` or `ended`.
    state: &'static str,
    /// First day it did not run.
    ended: Option<Date>,
    evidence: Vec<Seq>,
}

/// A goal and what was last reported on it.
#[derive(Debug, Serialize)]
struct GoalShape {
    #[serde(flatten)]
    goal: Goal,
    reported: Option<Report>,
}

#[derive(Debug, Serialize)]
struct Report {
    value: Decimal,
    on: Date,
    seq: Seq,
}

/// Programmes after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.programmes, after);
    Items::take(limit, all.map(|(id, programme)| (id.to_string(), answer(programme, day))))
}

/// One.
#[must_use]
pub fn one(known: &Known, day: Date, id: &ProgrammeId) -> Option<Answer> {
    Some(answer(known.state.programmes.get(id)?, day))
}

fn answer(programme: &Programme, day: Date) -> Answer {
    let programme = programme.on(day);
    let goals = programme.goals().iter().map(|goal| {
        let report = programme.report(&goal.goal);
        let report =
            report.map(|fact| Report { value: fact.data.value.clone(), on: fact.data.on, seq: fact.by });
        GoalShape { goal: goal.clone(), reported: report }
    });
    let ended = programme.ended.as_ref().map(|fact| fact.data.effective);
    Answer {
        programme: programme.started.data.programme.clone(),
        coordinator: programme.coordinator().clone(),
        members: programme.members().to_vec(),
        responsibilities: programme.responsibilities().to_vec(),
        goals: goals.collect(),
        basis: basis(programme.basis()),
        state: if ended.is_some() { "ended" } else { "running" },
        ended,
        evidence: programme.evidence(),
    }
}
