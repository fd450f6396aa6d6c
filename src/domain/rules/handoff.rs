//! Rules of handoffs (DOMAIN rules 1, 3, 4 and 8, section 6).

use std::collections::BTreeSet;

use super::super::basis::{Basis, Reference};
use super::super::event::Data;
use super::super::event::agency::Power;
use super::super::event::assignment::{HoldingRole, Mode};
use super::super::event::decision::Decider;
use super::super::event::handoff::{
    HandoffAccepted, HandoffAcknowledged, HandoffChanged, HandoffClosed, HandoffDeclined, HandoffLapsed,
    HandoffProposed, HandoffReversed, HandoffWithdrawn, RESPONSIBILITIES_MAX, Regime, Reservation,
};
use super::super::state::handoff::{Handoff, HandoffState, Standing};
use super::super::{AgencyId, Code, Date, HandoffId, Name, timeline};
use super::require::{known, missing, wrong};
use super::{Case, Refusal, decision, lapse};

/// A handoff, and where it stands on the record day.
pub(super) fn there<'a>(case: &Case<'a>, id: &HandoffId) -> Result<(&'a Handoff, Standing), Refusal> {
    let there = case.state.handoffs.get(id).ok_or_else(|| missing("handoff", id.as_str(), "data.handoff"))?;
    // a correction is judged by what was said before its place
    let later = there.closing.is_some_and(|(closing, _)| closing > case.place());
    let standing = if later {
        case.state.but_for_closing(there).standing(case.today)
    } else {
        there.standing(case.today)
    };
    Ok((there, standing))
}

pub(in crate::domain) fn accepted(case: &Case<'_>, data: &HandoffAccepted) -> Result<(), Refusal> {
    let (there, mut standing) = there(case, &data.handoff)?;
    receives(case, there, Regime::ByAgreement, "the receiver of a handoff by agreement")?;
    case.after()?;
    case.on(data.on, there.own_date())?;
    reservations(there, &standing, &data.reservations)?;
    if case.is_late_for(&there.proposed.data.to) && standing.is_withdrawn_by_closing(there) {
        // it was accepted before the giver was closed, and only a lapse comes before that
        standing = case.state.but_for_closing(there).standing(case.today);
    }
    if standing.accepted.is_some() {
        // there is no second move that could meet another holding
        return state(&standing, &[HandoffState::Proposed]).map_err(Refusal::before_rule_2);
    }
    state(&standing, &[HandoffState::Proposed])?;
    still_held(case, there, &standing, data.on.unwrap_or(case.today))
}

pub(in crate::domain) fn acknowledged(case: &Case<'_>, data: &HandoffAcknowledged) -> Result<(), Refusal> {
    let (there, standing) = there(case, &data.handoff)?;
    receives(case, there, Regime::ByLaw, "the receiver of a handoff by law")?;
    case.after()?;
    case.on(data.on, there.own_date().min(standing.effective))?;
    reservations(there, &standing, &data.reservations)?;
    state(&standing, &[HandoffState::Proposed, HandoffState::Effective])?;
    match standing.acknowledged {
        Some((seq, _)) => Err(wrong("it is acknowledged already").seq(seq)),
        None => Ok(()),
    }
}

pub(in crate::domain) fn declined(case: &Case<'_>, data: &HandoffDeclined) -> Result<(), Refusal> {
    let (there, standing) = there(case, &data.handoff)?;
    receives(case, there, Regime::ByAgreement, "the receiver of a handoff by agreement")?;
    case.after()?;
    case.on(data.on, there.own_date())?;
    state(&standing, &[HandoffState::Proposed])
}

pub(in crate::domain) fn lapsed(case: &Case<'_>, data: &HandoffLapsed) -> Result<(), Refusal> {
    let (there, _) = there(case, &data.handoff)?;
    let due = lapse::due(there, case.today).is_some_and(|due| due == *data);
    if due { Ok(()) } else { Err(wrong("its day to lapse has not come")) }
}

pub(in crate::domain) fn closed(case: &Case<'_>, data: &HandoffClosed) -> Result<(), Refusal> {
    let (there, standing) = there(case, &data.handoff)?;
    case.party(case.is(&there.proposed.data.to), "the receiver")?;
    case.after()?;
    case.on(data.on, there.own_date().min(standing.effective))?;
    state(&standing, &[HandoffState::Effective])?;
    nothing_open(&standing)
}

/// The speaker is the receiver of a handoff of this regime.
fn receives(case: &Case<'_>, there: &Handoff, regime: Regime, who: &str) -> Result<(), Refusal> {
    let data = &there.proposed.data;
    case.party(case.is(&data.to) && data.regime == regime, who)
}

pub(in crate::domain) fn proposed(case: &Case<'_>, data: &HandoffProposed) -> Result<(), Refusal> {
    let unique: BTreeSet<_> = data.responsibilities.iter().collect();
    if !(1..=RESPONSIBILITIES_MAX).contains(&data.responsibilities.len())
        || unique.len() != data.responsibilities.len()
    {
        let detail = format!("a handoff names 1 to {RESPONSIBILITIES_MAX} responsibilities, each once");
        return Err(Refusal::new(Code::Malformed, detail).field("data.responsibilities"));
    }
    let role = data.role.unwrap_or(HoldingRole::Accountable);
    if !matches!(role, HoldingRole::Accountable | HoldingRole::Executor) || data.from == data.to {
        let detail = "a handoff moves an accountable or executor holding from one agency to another";
        return Err(Refusal::new(Code::Malformed, detail).field("data.role"));
    }
    let steps: BTreeSet<&Name> = data.steps.iter().map(|step| &step.step).collect();
    let after = data.steps.iter().flat_map(|step| &step.after).all(|name| steps.contains(name));
    if steps.len() != data.steps.len() || !after {
        let detail = "step ids are unique within a handoff, and `after` names steps of it";
        return Err(Refusal::new(Code::Malformed, detail).field("data.steps"));
    }
    data.responsibilities
        .iter()
        .try_for_each(|id| case.responsibility(id, "data.responsibilities").map(drop))?;
    case.agency_known(&data.from, "data.from")?;
    case.agency_known(&data.to, "data.to")?;
    data.steps.iter().try_for_each(|step| case.agency_known(&step.by, "data.steps"))?;
    case.basis_known(data.basis.as_ref())?;
    instead_known(case, data)?;
    match data.regime {
        Regime::ByAgreement => case.party(case.is(&data.from), "the giver")?,
        Regime::ByLaw | Regime::Observed => {
            case.entitled(
                case.has(Power::Registrar) || case.has(Power::Overseer),
                "the registrar or an overseer",
            )?;
        }
    }
    case.after()?;
    case.on(data.on, Date::MIN)?;
    let day = case.counts_from(data.effective, data.on);
    exist(case, data, day)?;
    if data.regime == Regime::ByAgreement {
        giver_holds(case, data, day.max(data.on.unwrap_or(case.today)))?;
        none_open(case, data)?;
    }
    case.basis(data.basis.as_ref())?;
    if data.regime != Regime::Observed {
        in_period(case, data, day)?;
    }
    instead(case, data)?;
    case.free(case.state.handoffs.contains_key(&data.handoff), data.handoff.as_str(), "data.handoff")
}

/// The entry that a proposal stands in for is there.
fn instead_known(case: &Case<'_>, data: &HandoffProposed) -> Result<(), Refusal> {
    let there = data.instead_of.is_none_or(|seq| case.context.past.entry(seq).is_some());
    let seq = data.instead_of.map(|seq| seq.to_string()).unwrap_or_default();
    known(there, "entry", &seq, "data.instead_of")
}

/// Rule 8: a proposal stands in for one that was withdrawn, and for which no other stands in.
fn instead(case: &Case<'_>, data: &HandoffProposed) -> Result<(), Refusal> {
    let Some(seq) = data.instead_of else { return Ok(()) };
    let proposed = case
        .context
        .past
        .entry(seq)
        .is_some_and(|earlier| matches!(earlier.event.statement.data, Data::HandoffProposed(_)));
    if !proposed || !case.state.withdrawn.contains_key(&seq) {
        let detail = format!("entry {seq} is no proposal that was withdrawn; withdraw it first");
        return Err(wrong(detail).seq(seq).field("data.instead_of"));
    }
    match case.state.instead_of(seq) {
        None => Ok(()),
        Some(other) => {
            let detail = format!("the handoff {} stands in for entry {seq} already", other.id());
            Err(wrong(detail).seq(other.proposed.by).field("data.instead_of"))
        }
    }
}

/// Rule 1: the receiver exists on the day of the move, the giver then or the day before.
fn exist(case: &Case<'_>, data: &HandoffProposed, day: Date) -> Result<(), Refusal> {
    case.active_on(&data.to, day, "data.to")?;
    let giver = case.active_on(&data.from, day, "data.from");
    giver.or_else(|_| case.active_on(&data.from, day.plus_days(-1), "data.from"))
}

fn in_period(case: &Case<'_>, data: &HandoffProposed, day: Date) -> Result<(), Refusal> {
    let period = (day, day.plus_days(1));
    let mut all = data.responsibilities.iter();
    all.try_for_each(|id| {
        case.in_period(case.responsibility(id, "data.responsibilities")?, period, "data.effective")
    })
}

/// Rule 4: the giver holds the role on the day of the move, dormant counts; a derived holding needs the
/// approval of who stands above it that day, unless that is a party, which says so itself.
fn giver_holds(case: &Case<'_>, data: &HandoffProposed, day: Date) -> Result<(), Refusal> {
    let role = data.role.unwrap_or(HoldingRole::Accountable);
    let mut all = Vec::new();
    for id in &data.responsibilities {
        let held = timeline::holders(case.state, id, role, &data.from, day);
        if held.is_empty() {
            let detail = format!(
                "{} does not hold {id} in that role on {day}; check the day with the timeline",
                data.from
            );
            return Err(Refusal::new(Code::NotAccountable, detail).field("data.from"));
        }
        all.push((id, held));
    }
    for (id, held) in all.iter().flat_map(|(id, all)| all.iter().map(move |held| (id, held))) {
        let derived =
            held.holding.mode == Some(Mode::Delegation) || held.holding.role == HoldingRole::Executor;
        let above = held.under.as_ref().filter(|_| derived).and_then(|under| case.state.holding(under));
        if let Some((_, above)) = above
            && ![&data.from, &data.to].contains(&&above.agency)
            && case.approved_by(&above.agency).is_err()
        {
            let detail = format!("{id} is held under {}'s holding; its approval is needed", above.agency);
            return Err(Refusal::new(Code::NotSubDelegable, detail).seq(above.made));
        }
    }
    Ok(())
}

/// Rule 4: one open handoff per responsibility and role.
fn none_open(case: &Case<'_>, data: &HandoffProposed) -> Result<(), Refusal> {
    let role = data.role.unwrap_or(HoldingRole::Accountable);
    for id in &data.responsibilities {
        let open = case
            .state
            .decided_from(id, case.today)
            .filter_map(|other| case.state.handoffs.get(other))
            .find(|other| other.role() == role && other.standing(case.today).is_open());
        if let Some(open) = open {
            let detail = format!(
                "the handoff {} of {id} is open; it is accepted, declined or withdrawn first",
                open.id()
            );
            return Err(Refusal::new(Code::HandoffOpen, detail).seq(open.proposed.seq));
        }
    }
    Ok(())
}

/// Acceptance is judged like the proposal, but for the approval of who stands above what is given: the
/// proposal rested on it.
fn still_held(case: &Case<'_>, there: &Handoff, standing: &Standing, on: Date) -> Result<(), Refusal> {
    let (data, day) = (&there.proposed.data, standing.effective.max(on));
    case.active_on(&data.to, day, "data.to")?;
    for id in &data.responsibilities {
        if timeline::holders(case.state, id, there.role(), &data.from, day).is_empty() {
            let detail = format!("{} does not hold {id} in that role on {day} any more", data.from);
            return Err(Refusal::new(Code::NotAccountable, detail));
        }
    }
    in_period(case, data, day)
}

fn reservations(there: &Handoff, standing: &Standing, new: &[Reservation]) -> Result<(), Refusal> {
    let passes = &there.proposed.data.responsibilities;
    let other = new.iter().filter_map(|r| r.responsibility.as_ref()).find(|id| !passes.contains(id));
    if let Some(id) = other {
        return Err(missing("responsibility of the handoff", id.as_str(), "data.reservations"));
    }
    let ids: BTreeSet<&Name> = new.iter().map(|reservation| &reservation.reservation).collect();
    let steps = new
        .iter()
        .filter_map(|r| r.step.as_ref())
        .find(|step| !standing.steps.iter().any(|s| s.step.step == **step));
    if let Some(step) = steps {
        return Err(missing("step", step.as_str(), "data.reservations"));
    }
    if ids.len() == new.len() {
        return Ok(());
    }
    Err(Refusal::new(Code::Malformed, "reservation ids are unique within a handoff")
        .field("data.reservations"))
}

pub(super) fn state(standing: &Standing, legal: &[HandoffState]) -> Result<(), Refusal> {
    if legal.contains(&standing.state) {
        return Ok(());
    }
    let refusal =
        wrong(format!("the handoff is {:?}, which does not allow this", standing.state).to_lowercase());
    let seq = standing.closed.or(standing.void).or(standing.reversed).or(standing.accepted);
    Err(seq.map_or(refusal.clone(), |(seq, _)| refusal.seq(seq)))
}

pub(in crate::domain) fn withdrawn(case: &Case<'_>, data: &HandoffWithdrawn) -> Result<(), Refusal> {
    let ((there, standing), on) = (there(case, &data.handoff)?, data.on);
    let data = &there.proposed.data;
    let party = case.counterpart(there);
    match (data.regime, standing.accepted) {
        (Regime::ByLaw, _) => case.entitled(case.has(Power::Registrar), "the registrar")?,
        (_, Some(_)) => {
            case.party(party.is_some(), "a party")?;
            if let Some(other) = party {
                case.approved_by(other)?;
            }
        }
        _ => case.party(case.is(&data.from), "the giver")?,
    }
    case.after()?;
    case.on(on, there.own_date())?;
    state(&standing, &[HandoffState::Proposed, HandoffState::Accepted])
}

pub(in crate::domain) fn changed(case: &Case<'_>, data: &HandoffChanged) -> Result<(), Refusal> {
    let (there, standing) = there(case, &data.handoff)?;
    let unknown = data.dropped.iter().find(|name| !standing.steps.iter().any(|s| s.step.step == **name));
    if let Some(step) = unknown {
        return Err(missing("step", step.as_str(), "data.dropped"));
    }
    case.basis_known(data.basis.as_ref())?;
    match there.proposed.data.regime {
        Regime::ByAgreement => {
            let other = case.counterpart(there);
            case.party(other.is_some(), "a party")?;
            if let Some(other) = other {
                case.approved_by(other)?;
            }
        }
        Regime::ByLaw => case.entitled(case.has(Power::Registrar), "the registrar")?,
        Regime::Observed => return Err(wrong("an observed handoff is never open")),
    }
    case.after()?;
    case.on(data.on, there.own_date())?;
    if let Some(day) = data.effective {
        exist(case, &there.proposed.data, day)?;
    }
    state(&standing, &[HandoffState::Proposed, HandoffState::Accepted, HandoffState::Effective])?;
    if data.effective.is_some() && standing.state == HandoffState::Effective {
        let refusal = wrong("it has taken effect; its day does not change any more");
        return Err(refusal.field("data.effective").before_rule_2());
    }
    case.basis(data.basis.as_ref())?;
    data.effective.map_or(Ok(()), |day| in_period(case, &there.proposed.data, day))
}

fn nothing_open(standing: &Standing) -> Result<(), Refusal> {
    if let Some(step) = standing.open_step() {
        let detail = format!("step {} is neither confirmed nor dropped", step.step);
        return Err(Refusal::new(Code::StepOpen, detail));
    }
    if let Some(open) = standing.open_reservation() {
        let detail = format!("reservation {} is not lifted", open.reservation);
        return Err(Refusal::new(Code::ReservationOpen, detail));
    }
    Ok(())
}

pub(in crate::domain) fn reversed(case: &Case<'_>, data: &HandoffReversed) -> Result<(), Refusal> {
    let (there, standing) = there(case, &data.handoff)?;
    if !case.state.decisions.contains_key(&data.decision) {
        return Err(missing("decision", data.decision.as_str(), "data.decision"));
    }
    let rests_on = there.basis().map(Basis::items).unwrap_or_default();
    let undoes = |agency: &AgencyId| {
        let by = Decider::Agency(agency.clone());
        rests_on.iter().any(|item| match &item.reference {
            Reference::Decision(id) => {
                let decision = case.state.decisions.get(id);
                decision.is_some_and(|it| {
                    let own = decision::speaks_for(case, &it.recorded.data.decided_by);
                    own || decision::may_undo(case.state, &by, it, case.today)
                })
            }
            Reference::Instrument(_) => false,
        })
    };
    let may = case.has(Power::Overseer) || case.has(Power::Court) || case.agency().is_some_and(undoes);
    case.entitled(may, "an overseer, a court, or who may annul the decision it rested on")?;
    case.after()?;
    case.on(data.on, there.own_date())?;
    state(&standing, &[HandoffState::Effective, HandoffState::Closed])?;
    let moves = there.moves().filter(|moves| {
        let given = |id| case.state.fold(id).get(&there.holding(moves.seq, id)).is_some();
        there.proposed.data.responsibilities.iter().any(given)
    });
    let Some(moves) = moves else { return Err(wrong("it has moved nothing")) };
    // a reversal whose day is still to come is not in the standing of today
    if let Some((seq, ..)) = moves.reversed {
        return Err(wrong("it is reversed already").seq(seq));
    }
    if data.effective < moves.day {
        let refusal = Refusal::new(Code::BadDate, format!("it took effect on {}", moves.day));
        return Err(refusal.field("data.effective"));
    }
    for id in &there.proposed.data.responsibilities {
        let given = there.holding(moves.seq, id);
        let fold = case.state.fold(id);
        let on =
            fold.get(&given).and_then(|holding| holding.heirs.iter().find(|heir| heir.until == Date::MAX));
        if let Some(heir) = on {
            let detail = format!("{given} has moved on to {}; reverse that first", heir.assignment);
            return Err(wrong(detail));
        }
    }
    Ok(())
}
