//! Legal instruments: what was recorded last.

use serde::Serialize;

use crate::domain::event::register::{InstrumentStatus, Repeal};
use crate::domain::state::fact::Fact;
use crate::domain::state::register::{Instrument, Repealed};
use crate::domain::text::Text;
use crate::domain::{Date, Digest, InstrumentRef, Seq, State};

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
    repeals: Vec<Part>,
    repealed_by: Vec<RepealedBy>,
    /// `in_force`, `not_yet`, `repealed`, or null where no day is known.
    state: Option<&'static str>,
    evidence: Vec<Seq>,
}

/// An instrument, and what of one of the two is repealed: all where neither articles nor what is saved are
/// named.
#[derive(Debug, Serialize)]
struct Part {
    #[serde(rename = "ref")]
    reference: InstrumentRef,
    articles: Vec<Text>,
    saves: Vec<Text>,
}

/// What repeals an instrument, and from which day, where that is known.
#[derive(Debug, Serialize)]
struct RepealedBy {
    #[serde(flatten)]
    part: Part,
    from: Option<Date>,
}

impl Part {
    fn new(reference: &InstrumentRef, repeal: &Repeal) -> Self {
        let Repeal { articles, saves, .. } = repeal.clone();
        Self { reference: reference.clone(), articles, saves }
    }
}

/// Instruments after a reference.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.instruments, after);
    Items::take(
        limit,
        all.filter_map(|(id, instrument)| Some((id.to_string(), answer(&known.state, instrument, day)?))),
    )
}

/// One.
#[must_use]
pub fn one(known: &Known, day: Date, reference: &InstrumentRef) -> Option<Answer> {
    answer(&known.state, known.state.instruments.get(reference)?, day)
}

fn answer(state: &State, instrument: &Instrument, day: Date) -> Option<Answer> {
    let data = &instrument.recorded.last()?.data;
    let repealed: Vec<_> = state.repeals_of(&data.reference).collect();
    let mut evidence: Vec<Seq> = instrument.recorded.iter().flat_map(Fact::evidence).collect();
    evidence.extend(repealed.iter().flat_map(|repealed| repealed.by.evidence()));
    evidence.sort_unstable();
    evidence.dedup();
    let over =
        |repealed: &Repealed<'_>| repealed.what.is_whole() && repealed.from().is_some_and(|from| from <= day);
    let in_force = data.in_force.map(|from| if from <= day { "in_force" } else { "not_yet" });
    Some(Answer {
        reference: data.reference.clone(),
        rank: data.rank.clone(),
        signed: data.signed,
        promulgated: data.promulgated,
        in_force: data.in_force,
        digest: data.digest.clone(),
        status: data.status,
        repeals: data.repeals.iter().map(|repeal| Part::new(&repeal.reference, repeal)).collect(),
        repealed_by: repealed
            .iter()
            .map(|one| RepealedBy { part: Part::new(&one.by.data.reference, one.what), from: one.from() })
            .collect(),
        state: if repealed.iter().any(over) { Some("repealed") } else { in_force },
        evidence,
    })
}
