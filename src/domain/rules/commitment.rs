//! Rules of commitments (DOMAIN sections 4 and 6).

use super::super::event::commitment::{
    CommitmentChanged, CommitmentConfirmed, CommitmentDropped, CommitmentFulfilled, CommitmentMade,
};
use super::super::event::decision::Decider;
use super::super::state::commitment::Commitment;
use super::super::state::dated::Told as _;
use super::super::{AgencyId, Code, CommitmentId, Date, Subject};
use super::require::{missing, wrong};
use super::{Case, Refusal};

/// Kinds of objects a commitment is made under.
const UNDER: &[&str] = &["f", "d", "p"];

/// A commitment as the record stands.
fn there(case: &Case<'_>, id: &CommitmentId) -> Result<Commitment, Refusal> {
    let there = case.state.commitments.get(id);
    let there = there.ok_or_else(|| missing("commitment", id.as_str(), "data.commitment"))?;
    Ok(there.before(case.place()))
}

/// What is asked of every step once it is clear who may.
fn open(case: &Case<'_>, there: &Commitment, on: Option<Date>) -> Result<(), Refusal> {
    case.after()?;
    case.on(on, there.own_date())?;
    match there.ended() {
        Some(seq) => Err(wrong("the commitment is fulfilled or dropped already; make another").seq(seq)),
        None => Ok(()),
    }
}

pub(in crate::domain) fn confirmed(case: &Case<'_>, data: &CommitmentConfirmed) -> Result<(), Refusal> {
    let there = there(case, &data.commitment)?;
    case.party(case.is(&there.made.data.by), "who is to act")?;
    open(case, &there, data.on)?;
    match &there.confirmed {
        Some(fact) => Err(wrong("the commitment is confirmed already").seq(fact.by)),
        None => Ok(()),
    }
}

pub(in crate::domain) fn fulfilled(case: &Case<'_>, data: &CommitmentFulfilled) -> Result<(), Refusal> {
    let there = there(case, &data.commitment)?;
    case.party(case.is(&there.made.data.by), "who is to act")?;
    open(case, &there, data.on)
}

pub(in crate::domain) fn changed(case: &Case<'_>, data: &CommitmentChanged) -> Result<(), Refusal> {
    let there = there(case, &data.commitment)?;
    maker(case, &there)?;
    open(case, &there, data.on)
}

pub(in crate::domain) fn dropped(case: &Case<'_>, data: &CommitmentDropped) -> Result<(), Refusal> {
    let there = there(case, &data.commitment)?;
    maker(case, &there)?;
    open(case, &there, data.on)
}

fn maker(case: &Case<'_>, there: &Commitment) -> Result<(), Refusal> {
    let maker = there.made.agency.as_ref().is_some_and(|agency| case.is(agency));
    case.party(maker, "who made the commitment")
}

pub(in crate::domain) fn made(case: &Case<'_>, data: &CommitmentMade) -> Result<(), Refusal> {
    let (kind, id) = data.under.as_str().split_once(':').unwrap_or_default();
    if !UNDER.contains(&kind) {
        let detail =
            "a commitment is made under a forum, a decision or a programme: f:<id>, d:<id> or p:<id>";
        return Err(Refusal::new(Code::Malformed, detail).field("data.under"));
    }
    case.subject_known(&data.under, UNDER, "data.under")?;
    case.agency_known(&data.by, "data.by")?;
    let leads = leader(case, &data.under).is_some_and(|leader| case.is(&leader));
    case.party(leads || case.is(&data.by), "who leads or decided what it is under, or who is to act,")?;
    case.after()?;
    case.on(data.on, Date::MIN)?;
    let programme = (kind == "p").then(|| case.state.programmes.get(id)).flatten();
    let programme = programme.map(|there| there.before(case.place()));
    let day = data.on.unwrap_or(case.today);
    if let Some(end) = programme.as_ref().and_then(|there| there.ended_by(day)) {
        let detail = format!("programme {id} ended on {}", end.data.effective);
        return Err(wrong(detail).seq(end.by).field("data.under"));
    }
    let taken = case.state.commitments.contains_key(&data.commitment);
    case.free(taken, data.commitment.as_str(), "data.commitment")
}

/// The convener, coordinator or decider of what a commitment is made under.
fn leader(case: &Case<'_>, under: &Subject) -> Option<AgencyId> {
    let (kind, id) = under.as_str().split_once(':')?;
    match kind {
        "f" => Some(case.state.forums.get(id)?.before(case.place()).convener().clone()),
        "p" => Some(case.state.programmes.get(id)?.before(case.place()).coordinator().clone()),
        _ => match &case.state.decisions.get(id)?.recorded.data.decided_by {
            Decider::Agency(agency) => Some(agency.clone()),
            Decider::Forum(forum) => case.convener(forum),
        },
    }
}
