//! Rules of decisions (DOMAIN section 4, rules 6 to 9). Forums come with a later family, so what a
//! forum decides is not found.

use super::super::event::agency::Power;
use super::super::event::decision::{Capacity, Decider, DecisionRecorded, Verb};
use super::super::{AgencyId, Code, Data};
use super::require::{known, missing, wrong};
use super::{Case, Refusal};

pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    match &case.statement.data {
        Data::DecisionRecorded(data) => recorded(case, data),
        Data::DecisionVoted(data) => {
            known(
                case.state.decisions.contains_key(&data.decision),
                "decision",
                data.decision.as_str(),
                "data.decision",
            )?;
            Err(Refusal::new(Code::NotAMember, "the decision is no forum's; only members of a forum vote"))
        }
        Data::DecisionDelivered(data) => {
            let there = case.state.decisions.get(&data.decision);
            let there = there.ok_or_else(|| missing("decision", data.decision.as_str(), "data.decision"))?;
            case.agency_known(&data.to, "data.to")?;
            let decider = matches!(&there.recorded.data.decided_by, Decider::Agency(id) if case.is(id));
            case.party(decider, "who decided")?;
            case.on(Some(data.on), there.recorded.data.decided_on)
        }
        _ => Ok(()),
    }
}

fn recorded(case: &Case<'_>, data: &DecisionRecorded) -> Result<(), Refusal> {
    let decider = match &data.decided_by {
        Decider::Agency(id) => id,
        Decider::Forum(id) => return Err(missing("forum", id.as_str(), "data.decided_by")),
    };
    case.agency_known(decider, "data.decided_by")?;
    for id in data.officer.iter().chain(&data.on_behalf_of) {
        case.agency_known(id, "data.officer")?;
    }
    for subject in &data.about {
        let there = match subject.as_str().split_once(':') {
            Some(("r", id)) => case.state.responsibilities.contains_key(id),
            Some(("h", id)) => case.state.handoffs.contains_key(id),
            _ => false,
        };
        known(there, "subject", subject.as_str(), "data.about")?;
    }
    let under = data.under.as_ref().map(|id| case.assignment(id, "data.under")).transpose()?;
    for relation in &data.relations {
        known(
            case.state.decisions.contains_key(&relation.decision),
            "decision",
            relation.decision.as_str(),
            "data.relations",
        )?;
    }
    let imported = case.has(Power::Registrar) && data.source.is_some();
    case.party(case.is(decider) || imported, "who decided, or the registrar with a source")?;
    if !data.votes.is_empty() {
        let detail = "votes are recorded for decisions of a forum";
        return Err(Refusal::new(Code::NotAMember, detail).field("data.votes"));
    }
    capacity(case, data, decider, under.as_ref().map(|(_, holding)| &**holding))?;
    case.basis(data.basis.as_ref())?;
    relations(case, data, decider)?;
    case.on(Some(data.decided_on), super::super::Date::MIN)?;
    if data.relations.iter().any(|relation| relation.decision == data.decision) {
        return Err(wrong("a decision points to earlier ones only").field("data.relations"));
    }
    case.free(case.state.decisions.contains_key(&data.decision), data.decision.as_str(), "data.decision")
}

/// Rule 6: under a mandate the executor acts for the agency of the holding above.
fn capacity(
    case: &Case<'_>,
    data: &DecisionRecorded,
    decider: &AgencyId,
    under: Option<&super::super::state::fold::Holding>,
) -> Result<(), Refusal> {
    if data.capacity != Capacity::Mandate {
        return Ok(());
    }
    let above = under.and_then(|holding| holding.under.as_ref()).and_then(|id| case.state.holding(id));
    let fits = under.is_some_and(|holding| holding.agency == *decider)
        && above.is_some_and(|(_, above)| data.on_behalf_of.as_ref() == Some(&above.agency));
    if fits {
        return Ok(());
    }
    let detail = "under a mandate, `under` is the decider's own holding and on_behalf_of the agency of the holding above it";
    Err(Refusal::new(Code::CapacityMismatch, detail).field("data.capacity"))
}

/// Rule 8: who may undo a decision.
fn relations(case: &Case<'_>, data: &DecisionRecorded, decider: &AgencyId) -> Result<(), Refusal> {
    for relation in data.relations.iter().filter(|r| !matches!(r.verb, Verb::Implements | Verb::Cites)) {
        let Some(there) = case.state.decisions.get(&relation.decision) else { continue };
        let first = match &there.recorded.data.decided_by {
            Decider::Agency(id) => id,
            Decider::Forum(_) => continue,
        };
        let successor = |closed: &AgencyId| {
            let agency = case.state.agencies.get(closed).and_then(|agency| agency.closed.as_ref());
            agency.is_some_and(|fact| fact.data.successors.contains(decider))
        };
        let above =
            case.state.agencies.get(first).is_some_and(|a| a.on(data.decided_on).parents.contains(decider));
        let power = |power| case.state.has_power(decider, power);
        let may =
            decider == first || successor(first) || above || power(Power::Court) || power(Power::Overseer);
        if !may {
            let detail = format!(
                "{} was decided by {first}: it, its successor, an agency above it, a court or an overseer may do this",
                relation.decision
            );
            return Err(Refusal::new(Code::NotEntitled, detail).field("data.relations"));
        }
    }
    Ok(())
}
