//! Who answers for what: on a day, and over its whole life.

use serde::Serialize;

use crate::domain::event::responsibility::Nature;
use crate::domain::scope::SchemeCode;
use crate::domain::state::handoff::{Followed, Handoff};
use crate::domain::state::responsibility::Responsibility;
use crate::domain::text::Names;
use crate::domain::timeline::{self, By, OnDay, Status};
use crate::domain::{
    ClaimId, Date, HandoffId, Instant, Name, Period, ResponsibilityId, Seq, Subject, TerritoryId, Time,
};

use super::super::Known;
use super::holding::{HoldingShape, shapes, unverified};
use super::{Items, claim, handoff};

/// A responsibility on a day.
#[derive(Debug, Serialize)]
pub struct Answer {
    responsibility: ResponsibilityId,
    name: Names,
    code: SchemeCode,
    territory: Option<TerritoryId>,
    nature: Nature,
    status: Status,
    /// Whether a claim on it is open.
    disputed: bool,
    accountable: Vec<HoldingShape>,
    executors: Vec<HoldingShape>,
    others: Vec<HoldingShape>,
    handoffs: Vec<HandoffId>,
    claims: Vec<ClaimId>,
    unverified: Vec<Name>,
    evidence: Vec<Seq>,
    /// Where a time was asked about: the time, and what the answer goes by.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<By>,
}

/// Responsibilities after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.responsibilities, after);
    Items::take(limit, all.filter_map(|(id, _)| Some((id.to_string(), one(known, day, id)?))))
}

/// One.
#[must_use]
pub fn one(known: &Known, day: Date, id: &ResponsibilityId) -> Option<Answer> {
    answer(known, day, id, timeline::on(&known.state, id, day)?)
}

/// One at a time; the day is the time's date as written.
#[must_use]
pub fn at_time(known: &Known, time: &Time, id: &ResponsibilityId) -> Option<Answer> {
    let (on, by) = timeline::at_time(&known.state, id, time)?;
    let answer = answer(known, time.date(), id, on)?;
    Some(Answer { time: Some(time.clone()), by: Some(by), ..answer })
}

fn answer(known: &Known, day: Date, id: &ResponsibilityId, on: OnDay) -> Option<Answer> {
    let responsibility = known.state.responsibilities.get(id)?;
    let was = responsibility.on(day);
    let unsure = timeline::is_unsure(&known.state, id, (on.status, &on.accountable), day);
    let handoffs = known.state.handoffs_of(id).filter_map(|handoff| known.state.handoffs.get(handoff));
    let mut handoffs: Vec<_> = handoffs
        .filter(|handoff| handoff::is_open(handoff, day))
        .map(|handoff| handoff.id().clone())
        .collect();
    handoffs.sort_unstable();
    let mut evidence = on.evidence;
    let mut claims = Vec::new();
    for (claim, seqs) in claim::open_on(known, day, &Subject::responsibility(id)) {
        claims.push(claim);
        evidence.extend(seqs);
    }
    evidence.sort_unstable();
    evidence.dedup();
    Some(Answer {
        responsibility: id.clone(),
        name: was.name.clone(),
        code: was.code.clone(),
        territory: was.territory.cloned(),
        nature: responsibility.defined.data.nature.unwrap_or_default(),
        status: on.status,
        disputed: !claims.is_empty(),
        accountable: shapes(&on.accountable, day),
        executors: shapes(&on.executors, day),
        others: shapes(&on.others, day),
        handoffs,
        claims,
        unverified: unverified(&responsibility.defined.data.unverified, unsure.then_some("status")),
        evidence,
        time: None,
        by: None,
    })
}

/// A responsibility over its whole life.
#[derive(Debug, Serialize)]
pub struct Timeline {
    responsibility: ResponsibilityId,
    periods: Vec<PeriodShape>,
    entries: Vec<EntryShape>,
    evidence: Vec<Seq>,
}

/// Days without a change, and how many; null reaches without end.
#[derive(Debug, Serialize)]
struct PeriodShape {
    from: Option<Date>,
    to: Option<Date>,
    days: Option<i64>,
    accountable: Vec<HoldingShape>,
    executors: Vec<HoldingShape>,
    status: Status,
    unverified: Vec<Name>,
}

/// An entry about it: its own date, and when it was recorded.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct EntryShape {
    seq: Seq,
    #[serde(rename = "type")]
    type_name: &'static str,
    on: Date,
    at: Instant,
}

/// The timeline of one.
#[must_use]
pub fn timeline(known: &Known, id: &ResponsibilityId) -> Option<Timeline> {
    let responsibility = known.state.responsibilities.get(id)?;
    let periods = timeline::periods(&known.state, id).into_iter().map(|period| PeriodShape {
        from: Some(period.from).filter(|from| *from != Date::MIN),
        to: Some(period.to).filter(|to| *to != Date::MAX),
        days: period.days(),
        accountable: shapes(&period.accountable, period.from),
        executors: shapes(&period.executors, period.from),
        status: period.status,
        unverified: {
            let told = (period.status, &period.accountable[..]);
            let unsure = timeline::is_unsure(&known.state, id, told, period.from);
            unverified(&[], unsure.then_some("status"))
        },
    });
    let mut entries = entries(responsibility);
    for handoff in known.state.handoffs_of(id).filter_map(|id| known.state.handoffs.get(id)) {
        handoff_entries(handoff, &mut entries);
    }
    entries.sort_unstable();
    entries.dedup();
    let evidence = entries.iter().map(|entry| entry.seq).collect();
    Some(Timeline { responsibility: id.clone(), periods: periods.collect(), entries, evidence })
}

fn entries(of: &Responsibility) -> Vec<EntryShape> {
    let begins = |valid: Option<&Period>, recorded: Date| match valid.map(Period::start) {
        None | Some(Date::MIN) => recorded,
        Some(from) => from,
    };
    let entry = |seq, type_name, on, at| EntryShape { seq, type_name, on, at };
    let defined = &of.defined;
    let from = begins(defined.data.valid.as_ref(), defined.day);
    let mut all = vec![entry(defined.seq, "responsibility.defined", from, defined.at)];
    for fact in &of.changed {
        all.push(entry(fact.seq, "responsibility.changed", fact.data.effective, fact.at));
    }
    if let Some(fact) = &of.split {
        all.push(entry(fact.seq, "responsibility.split", fact.data.effective, fact.at));
    }
    if let Some(fact) = &of.retired {
        all.push(entry(fact.seq, "responsibility.retired", fact.data.effective, fact.at));
    }
    for fact in &of.made {
        all.push(entry(fact.seq, "assignment.made", begins(Some(&fact.data.valid), fact.day), fact.at));
    }
    for fact in &of.ended {
        all.push(entry(fact.seq, "assignment.ended", fact.own_date(), fact.at));
    }
    for fact in &of.rebased {
        all.push(entry(fact.seq, "assignment.changed", fact.data.effective, fact.at));
    }
    all
}

fn handoff_entries(handoff: &Handoff, all: &mut Vec<EntryShape>) {
    let proposed = &handoff.proposed;
    let (seq, on) = (proposed.seq, handoff.own_date());
    all.push(EntryShape { seq, type_name: "handoff.proposed", on, at: proposed.at });
    for fact in &handoff.followed {
        let type_name = match &*fact.data {
            Followed::Accepted(_) => "handoff.accepted",
            Followed::Acknowledged(_) => "handoff.acknowledged",
            Followed::Declined(_) => "handoff.declined",
            Followed::Withdrawn(_) => "handoff.withdrawn",
            Followed::Changed(_) => "handoff.changed",
            Followed::StepAdded(_) => "handoff.step_added",
            Followed::StepDone(_) => "handoff.step_done",
            Followed::StepConfirmed(_) => "handoff.step_confirmed",
            Followed::ReservationLifted(_) => "handoff.reservation_lifted",
            Followed::Closed(_) => "handoff.closed",
            Followed::Lapsed(_) => "handoff.lapsed",
            Followed::Reversed(_) => "handoff.reversed",
        };
        all.push(EntryShape { seq: fact.seq, type_name, on: fact.own_date(), at: fact.at });
    }
}
