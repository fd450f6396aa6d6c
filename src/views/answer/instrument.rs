//! Legal instruments: what was recorded last.

use serde::Serialize;

use crate::domain::event::register::InstrumentStatus;
use crate::domain::state::fact::Fact;
use crate::domain::state::register::Instrument;
use crate::domain::text::Text;
use crate::domain::{Date, Digest, InstrumentRef, Seq};

use super::super::Known;
use super::Items;

/// An instrument.
#[derive(Debug, Serialize)]
pub struct Answer {
    #[serde(rename = "ref")]
    reference: InstrumentRef,
    rank: Option<Text>,
    signed: Option<Date>,
    promulgated: Option<Date>,
    in_force: Option<Date>,
    digest: Option<Digest>,
    status: InstrumentStatus,
    repeals: Vec<InstrumentRef>,
    /// `in_force`, `not_yet`, or null where no day is known.
    state: Option<&'static str>,
    evidence: Vec<Seq>,
}

/// Instruments after a reference.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.instruments, after);
    Items::take(limit, all.filter_map(|(id, instrument)| Some((id.to_string(), answer(instrument, day)?))))
}

/// One.
#[must_use]
pub fn one(known: &Known, day: Date, reference: &InstrumentRef) -> Option<Answer> {
    answer(known.state.instruments.get(reference)?, day)
}

fn answer(instrument: &Instrument, day: Date) -> Option<Answer> {
    let data = &instrument.recorded.last()?.data;
    let mut evidence: Vec<Seq> = instrument.recorded.iter().flat_map(Fact::evidence).collect();
    evidence.sort_unstable();
    Some(Answer {
        reference: data.reference.clone(),
        rank: data.rank.clone(),
        signed: data.signed,
        promulgated: data.promulgated,
        in_force: data.in_force,
        digest: data.digest.clone(),
        status: data.status,
        repeals: data.repeals.clone(),
        state: data.in_force.map(|from| if from <= day { "in_force" } else { "not_yet" }),
        evidence,
    })
}
