//! Acts: what was done, by whom, as what, and with which authority.

use serde::Serialize;

use crate::domain::event::act::ActRecorded;
use crate::domain::event::decision::Capacity;
use crate::domain::scope::SchemeCode;
use crate::domain::state::act::Act;
use crate::domain::state::decision::Authority;
use crate::domain::{ActId, AgencyId, AssignmentId, Date, Name, ResponsibilityId, Seq, Time};

use super::super::Known;
use super::Items;

/// An act, once it was done.
#[derive(Debug, Serialize)]
pub struct Answer {
    act: ActId,
    code: SchemeCode,
    responsibility: ResponsibilityId,
    agency: AgencyId,
    officer: Option<AgencyId>,
    capacity: Capacity,
    on_behalf_of: Option<AgencyId>,
    under: Option<AssignmentId>,
    on: Date,
    time: Option<Time>,
    omission: bool,
    authority: Authority,
    unverified: Vec<Name>,
    evidence: Vec<Seq>,
}

/// Acts done by a day, after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.acts, after);
    Items::take(limit, all.filter_map(|(id, act)| Some((id.to_string(), answer(known, day, act)?))))
}

/// One, if it was done by that day.
#[must_use]
pub fn one(known: &Known, day: Date, id: &ActId) -> Option<Answer> {
    answer(known, day, known.state.acts.get(id)?)
}

fn answer(known: &Known, day: Date, act: &Act) -> Option<Answer> {
    let data: &ActRecorded = &act.recorded.data;
    (data.on <= day).then(|| Answer {
        act: data.act.clone(),
        code: data.code.clone(),
        responsibility: data.responsibility.clone(),
        agency: data.agency.clone(),
        officer: data.officer.clone(),
        capacity: data.capacity,
        on_behalf_of: data.on_behalf_of.clone(),
        under: data.under.clone(),
        on: data.on,
        time: data.time.clone(),
        omission: data.omission.unwrap_or_default(),
        authority: known.state.authority_of_act(act),
        unverified: data.unverified.clone(),
        evidence: act.recorded.evidence().collect(),
    })
}
