//! Rules of decisions (DOMAIN section 4, rules 6 to 9). Forums come with a later family, so what a
//! forum decides is not found.

use std::sync::Arc;

use super::super::event::agency::Power;
use super::super::event::decision::{Capacity, Decider, DecisionRecorded, Relation, Verb};
use super::super::state::decision::Decision;
use super::super::state::fold::Holding;
use super::super::state::responsibility::Responsibility;
use super::super::{AgencyId, Code, Data, Date, State, timeline};
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
            case.after()?;
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
    case.basis_known(data.basis.as_ref())?;
    let imported = case.has(Power::Registrar) && data.source.is_some();
    case.party(case.agency() == Some(decider) || imported, "who decided, or the registrar with a source")?;
    let undoes = |relation: &Relation| matches!(relation.verb, Verb::Annuls | Verb::Suspends);
    if !case.is(decider) && data.relations.iter().any(undoes) {
        case.approved_by_overseer(&case.agency().into_iter().chain([decider]).collect())?;
    }
    case.after()?;
    if !data.votes.is_empty() {
        let detail = "votes are recorded for decisions of a forum";
        return Err(Refusal::new(Code::NotAMember, detail).field("data.votes"));
    }
    let acting = Acting {
        capacity: data.capacity,
        actor: decider,
        on_behalf_of: data.on_behalf_of.as_ref(),
        day: data.decided_on,
    };
    capacity(case, &acting, under.as_ref())?;
    case.basis(data.basis.as_ref())?;
    relations(case, data, decider)?;
    case.on(Some(data.decided_on), Date::MIN)?;
    if data.relations.iter().any(|relation| relation.decision == data.decision) {
        return Err(wrong("a decision points to earlier ones only").field("data.relations"));
    }
    case.free(case.state.decisions.contains_key(&data.decision), data.decision.as_str(), "data.decision")
}

/// Who acts, as what, for whom and when: of a decision or an act.
pub(super) struct Acting<'a> {
    pub(super) capacity: Capacity,
    pub(super) actor: &'a AgencyId,
    pub(super) on_behalf_of: Option<&'a AgencyId>,
    pub(super) day: Date,
}

/// Rule 6: under a mandate the executor acts for the agency of the holding above.
pub(super) fn capacity(
    case: &Case<'_>,
    acting: &Acting<'_>,
    under: Option<&(Arc<Responsibility>, Arc<Holding>)>,
) -> Result<(), Refusal> {
    if acting.capacity != Capacity::Mandate {
        return Ok(());
    }
    // who stands in the giver's place that day is who the executor acts for
    let above = under.and_then(|(of, holding)| {
        let id = holding.under.as_ref()?;
        case.state.holding(&timeline::resolve(case.state, id, acting.day, of.id()))
    });
    let fits = under.is_some_and(|(_, holding)| holding.agency == *acting.actor)
        && above.is_some_and(|(_, above)| acting.on_behalf_of == Some(&above.agency));
    if fits {
        return Ok(());
    }
    let detail = "under a mandate, `under` is the actor's own holding and on_behalf_of the agency of the holding above it";
    Err(Refusal::new(Code::CapacityMismatch, detail).field("data.capacity"))
}

/// Rule 8: who may undo a decision.
fn relations(case: &Case<'_>, data: &DecisionRecorded, decider: &AgencyId) -> Result<(), Refusal> {
    for relation in data.relations.iter().filter(|r| !matches!(r.verb, Verb::Implements | Verb::Cites)) {
        let Some(there) = case.state.decisions.get(&relation.decision) else { continue };
        if !may_undo(case.state, decider, there, data.decided_on) {
            let first = &there.recorded.data.decided_by;
            let detail = format!(
                "{} was decided by {first}: it, its successor, an agency above it, a court or an overseer may do this",
                relation.decision
            );
            return Err(Refusal::new(Code::NotEntitled, detail).field("data.relations"));
        }
    }
    Ok(())
}

/// Whether an agency may undo a decision on a day: its decider, a successor, an agency above it, a
/// court or an overseer.
pub(super) fn may_undo(state: &State, agency: &AgencyId, decision: &Decision, day: Date) -> bool {
    let power = |power| state.has_power(agency, power);
    let Decider::Agency(first) = &decision.recorded.data.decided_by else {
        return power(Power::Court) || power(Power::Overseer);
    };
    let there = state.agencies.get(first);
    let successor = there.and_then(|first| first.closed.as_ref());
    let successor = successor.is_some_and(|fact| fact.data.successors.contains(agency));
    let above = there.is_some_and(|first| first.on(day).parents.contains(agency));
    agency == first || successor || above || power(Power::Court) || power(Power::Overseer)
}
