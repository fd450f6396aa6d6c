//! Rules of assignments (DOMAIN section 2, rules 2, 5, 6 and 7).

use super::super::date::Bound;
use super::super::event::agency::Power;
use super::super::event::assignment::{
    AssignmentChanged, AssignmentEnded, AssignmentMade, HoldingRole, Mode,
};
use super::super::state::fact::Fact;
use super::super::state::fold::{Below, Holding};
use super::super::state::responsibility::Responsibility;
use super::super::timeline::via;
use super::super::{AssignmentId, Code, Date, Period, ResponsibilityId, timeline};
use super::require::{known, wrong};
use super::{Case, Refusal};

pub(in crate::domain) fn made(case: &Case<'_>, data: &AssignmentMade) -> Result<(), Refusal> {
    if data.assignment.as_ref().is_some_and(AssignmentId::is_reserved) {
        let detail = "the form as-<seq> is reserved for holdings no statement names; choose another id";
        return Err(Refusal::new(Code::BadId, detail).field("data.assignment"));
    }
    form(data)?;
    let of = case.responsibility(&data.responsibility, "data.responsibility")?;
    case.agency_known(&data.agency, "data.agency")?;
    let under = data.under.as_ref().map(|id| case.assignment(id, "data.under")).transpose()?;
    let replaced = data.supersedes.as_ref().map(|id| case.assignment(id, "data.supersedes")).transpose()?;
    if let Some(ends) = &data.ends_when {
        let steps = case.handoff(&ends.handoff)?.standing(case.today).steps;
        let there = steps.iter().any(|on| on.step.step == ends.step);
        known(there, "step", ends.step.as_str(), "data.ends_when")?;
    }
    case.basis_known(data.basis.as_ref())?;
    // `under` names a holding; who stands in its place on the first day is who gives
    let above = under.and_then(|(_, named)| {
        let at = timeline::resolve(case.state, &named.assignment, data.valid.start(), below(data));
        case.state.holding(&at)
    });
    let gives = above.as_ref().is_some_and(|(_, holding)| case.is(&holding.agency));
    let supports =
        data.role == HoldingRole::Supporter && accountable(case, &data.responsibility, data.valid.start());
    case.entitled(case.has(Power::Registrar) || gives || supports, "the registrar or who gives it")?;
    case.after()?;
    case.active_on(&data.agency, first_day(case, data), "data.agency")?;
    if let Some((above, holding)) = &above {
        inside(case, data, above.id(), holding)?;
    }
    case.basis(data.basis.as_ref())?;
    if delegates_to_itself(case, data) {
        let detail = format!("{} has that place itself; nobody delegates to itself", data.agency);
        return Err(wrong(detail).field("data.under"));
    }
    if replaced.is_some_and(|(there, _)| *there.id() != data.responsibility) {
        return Err(
            wrong("what is superseded is a holding of another responsibility").field("data.supersedes")
        );
    }
    case.in_period(of, (data.valid.start(), data.valid.end()), "data.valid")?;
    match &data.assignment {
        Some(id) => case.free(case.state.responsibility_of(id).is_some(), id.as_str(), "data.assignment"),
        None => Ok(()),
    }
}

/// A holding's first day; one since an unknown day is judged on the agency's own first day.
fn first_day(case: &Case<'_>, data: &AssignmentMade) -> Date {
    if data.valid.from != Bound::Unknown {
        return data.valid.start();
    }
    let agency = case.state.agencies.get(&data.agency);
    let valid = agency.and_then(|agency| agency.registered.data.valid.as_ref());
    valid.map_or(Date::MIN, Period::start)
}

fn accountable(case: &Case<'_>, id: &ResponsibilityId, day: Date) -> bool {
    timeline::on(case.state, id, day)
        .is_some_and(|on| on.accountable.iter().any(|held| case.is(&held.holding.agency)))
}

/// Fields that a role has or lacks.
fn form(data: &AssignmentMade) -> Result<(), Refusal> {
    let bad = |detail: &str, field| Err(Refusal::new(Code::Malformed, detail).field(field));
    let source = data.source.is_some();
    if data.mode.is_some() && data.role != HoldingRole::Accountable {
        return bad("only an accountable holding has a mode", "data.mode");
    }
    if data.role == HoldingRole::Caretaker && data.components.is_empty() {
        return bad("a caretaker names the components it answers for", "data.components");
    }
    let derives = data.mode == Some(Mode::Delegation) || data.role == HoldingRole::Executor;
    if derives && data.under.is_none() && !source {
        return bad("a delegation or mandate names the holding it is under", "data.under");
    }
    if data.valid.end() <= data.valid.start() {
        return Err(Refusal::new(Code::BadDate, "the period ends before it begins").field("data.valid"));
    }
    Ok(())
}

/// What is made, as what it stands under sees it.
fn below(data: &AssignmentMade) -> Below<'_> {
    Below { of: &data.responsibility, holding: data.assignment.as_ref() }
}

/// A derived holding stays inside its parent (rules 5 and 6).
fn inside(
    case: &Case<'_>,
    data: &AssignmentMade,
    above: &ResponsibilityId,
    holding: &Holding,
) -> Result<(), Refusal> {
    if holding.role == HoldingRole::Executor {
        let detail = "the holding above is a mandate; a mandate is not given on";
        return Err(Refusal::new(Code::NotSubDelegable, detail).seq(holding.made).field("data.under"));
    }
    let delegates = data.mode == Some(Mode::Delegation);
    // one level: what was itself delegated further ends the chain
    let first = data.valid.start();
    let second = holding.under.as_ref().and_then(|under| {
        case.state.holding(&timeline::resolve(case.state, under, first, holding.below(above)))
    });
    let second = second.is_some_and(|(_, giver)| giver.mode == Some(Mode::Delegation));
    if delegates && holding.mode == Some(Mode::Delegation) && (second || !holding.sub_delegable) {
        let detail = "the holding above is a delegation that may not be delegated further";
        return Err(Refusal::new(Code::NotSubDelegable, detail).seq(holding.made).field("data.under"));
    }
    let scope = via::leads_to(case.state, &data.responsibility, above, first);
    let fits = holding.is_alive_on(first) && data.valid.end() <= lasts(case, data, holding);
    if scope && fits && holding.role == HoldingRole::Accountable {
        return Ok(());
    }
    let detail = format!("outside the scope or period of {}, which it is under", holding.assignment);
    Err(Refusal::new(Code::ExceedsParent, detail).seq(holding.made).field("data.under"))
}

/// "Twice" 2: whether it is a delegation under a holding in whose place the same agency stands.
fn delegates_to_itself(case: &Case<'_>, data: &AssignmentMade) -> bool {
    let under = data.under.as_ref().filter(|_| data.mode == Some(Mode::Delegation));
    let above = under.map(|id| timeline::resolve(case.state, id, data.valid.start(), below(data)));
    let above = above.and_then(|id| case.state.holding(&id));
    above.is_some_and(|(_, holding)| holding.agency == data.agency)
}

/// The first day on which neither a holding nor who stands in its place is there any more: what is
/// derived outlives a transfer, and is divided together with what it stands under in one responsibility.
fn lasts(case: &Case<'_>, data: &AssignmentMade, holding: &Holding) -> Date {
    // from the holding that was named: a reversal may give its place back to it
    let named = data.under.as_ref().unwrap_or(&holding.assignment);
    let mut day = data.valid.start();
    while day < Date::MAX {
        let at = timeline::resolve(case.state, named, day, below(data));
        let Some((of, at)) = case.state.holding(&at) else { break };
        let Some(span) = at.span_on(day) else { break };
        let split = of.split.as_ref().filter(|_| *of.id() == data.responsibility).map(|split| split.seq);
        if split.is_some() && span.ended.map(|end| end.by) == split {
            return Date::MAX;
        }
        day = span.until;
    }
    day
}

pub(in crate::domain) fn ended(case: &Case<'_>, data: &AssignmentEnded) -> Result<(), Refusal> {
    let day = case.counts_from(data.effective, data.on);
    let id = match (&data.assignment, &data.responsibility, &data.agency, data.role) {
        (Some(id), ..) => id.clone(),
        (None, Some(responsibility), Some(agency), Some(role)) => {
            case.responsibility(responsibility, "data.responsibility")?;
            let before = case.whole.responsibilities.get(responsibility);
            let meant = before.zip(case.statement.corrects).and_then(|(there, entry)| there.ended_by(entry));
            let fold = case.state.fold(responsibility);
            let mut fit = fold.holdings.iter().filter(|h| {
                h.agency == *agency && h.role == role && h.spans.iter().any(|span| span.contains(day))
            });
            match (meant, fit.next(), fit.next()) {
                // a correction means what was meant
                (Some(meant), ..) => meant.clone(),
                (None, Some(one), None) => one.assignment.clone(),
                (None, None, _) => {
                    return Err(super::require::missing("holding of", agency.as_str(), "data.agency"));
                }
                (None, Some(_), Some(_)) => {
                    let detail = "more than one holding fits; name the assignment";
                    return Err(Refusal::new(Code::Ambiguous, detail).field("data.assignment"));
                }
            }
        }
        _ => {
            let detail = "name the assignment, or responsibility, agency and role";
            return Err(Refusal::new(Code::Malformed, detail).field("data.assignment"));
        }
    };
    let (of, holding) = case.assignment(&id, "data.assignment")?;
    case.basis_known(data.basis.as_ref())?;
    let may = case.has(Power::Registrar) || gave(case, &of, &holding, day);
    case.entitled(may, "the registrar or who gave it")?;
    case.after()?;
    case.seen_on(data.on)?;
    case.basis(data.basis.as_ref())?;
    held_on(&holding, day)
}

fn held_on(holding: &Holding, day: Date) -> Result<(), Refusal> {
    if holding.is_alive_on(day) {
        return Ok(());
    }
    let detail = format!("{} is not held on {day}", holding.assignment);
    Err(wrong(detail).seq(holding.made).field("data.effective"))
}

pub(in crate::domain) fn changed(case: &Case<'_>, data: &AssignmentChanged) -> Result<(), Refusal> {
    let (_, holding) = case.assignment(&data.assignment, "data.assignment")?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()?;
    case.after()?;
    case.basis(data.basis.as_ref())?;
    held_on(&holding, data.effective)
}

/// Whether the speaker gave the holding: it stands above it that day, or took the supporter on.
fn gave(case: &Case<'_>, of: &Responsibility, holding: &Holding, day: Date) -> bool {
    let above =
        holding.under.as_ref().map(|under| timeline::resolve(case.state, under, day, holding.below(of.id())));
    let gives = above.and_then(|id| case.state.holding(&id)).is_some_and(|(_, h)| case.is(&h.agency));
    let took = |fact: &Fact<AssignmentMade>| {
        fact.data.assignment.as_ref() == Some(&holding.assignment) && fact.agency.as_ref() == case.agency()
    };
    gives || holding.role == HoldingRole::Supporter && of.made.iter().any(took)
}
