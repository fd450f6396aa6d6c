//! Rules of decisions (DOMAIN section 4, rules 6 to 9 and 12): an agency decides by itself, a forum
//! by the votes of its members.

use std::sync::Arc;

use super::super::event::agency::Power;
use super::super::event::decision::{
    Capacity, Decider, DecisionDelivered, DecisionRecorded, DecisionVoted, Relation, Verb,
};
use super::super::state::dated::Told as _;
use super::super::state::decision::Decision;
use super::super::state::fold::Holding;
use super::super::state::responsibility::Responsibility;
use super::super::{AgencyId, Code, Date, State, timeline};
use super::require::{known, missing, wrong};
use super::{Case, Refusal, forum};

/// Kinds of objects a decision can be about.
const ABOUT: &[&str] = &["r", "h", "c", "p"];

pub(in crate::domain) fn delivered(case: &Case<'_>, data: &DecisionDelivered) -> Result<(), Refusal> {
    let there = case.state.decisions.get(&data.decision);
    let there = there.ok_or_else(|| missing("decision", data.decision.as_str(), "data.decision"))?;
    case.agency_known(&data.to, "data.to")?;
    case.party(speaks_for(case, &there.recorded.data.decided_by), "who decided")?;
    case.after()?;
    case.on(Some(data.on), there.decided_on())
}

/// Whether the speaker is the decider: for a forum, its convener.
pub(super) fn speaks_for(case: &Case<'_>, decider: &Decider) -> bool {
    match decider {
        Decider::Agency(id) => case.is(id),
        Decider::Forum(id) => case.convener(id).is_some_and(|convener| case.is(&convener)),
    }
}

/// A member says itself how it voted, once.
pub(in crate::domain) fn voted(case: &Case<'_>, data: &DecisionVoted) -> Result<(), Refusal> {
    let there = case.state.decisions.get(&data.decision);
    let there = there.ok_or_else(|| missing("decision", data.decision.as_str(), "data.decision"))?;
    case.after()?;
    let recorded = &there.recorded.data;
    let Decider::Forum(forum) = &recorded.decided_by else {
        let detail = "the decision is no forum's; only members of a forum vote";
        return Err(Refusal::new(Code::NotAMember, detail));
    };
    let forum = forum::there(case, forum, "data.decision")?.on(there.decided_on());
    if !forum.members().iter().any(|member| case.is(member)) {
        let detail = format!("only who was a member of the forum on {} votes", there.decided_on());
        return Err(Refusal::new(Code::NotAMember, detail));
    }
    match there.voted.iter().find(|fact| fact.agency.as_ref() == case.agency()) {
        Some(fact) => Err(wrong("it has said how it voted already; a vote is said once").seq(fact.by)),
        None => Ok(()),
    }
}

/// Whom and what a decision names is there.
fn named(case: &Case<'_>, data: &DecisionRecorded) -> Result<(), Refusal> {
    match &data.decided_by {
        Decider::Agency(id) => case.agency_known(id, "data.decided_by")?,
        Decider::Forum(id) => forum::there(case, id, "data.decided_by").map(drop)?,
    }
    for id in data.officer.iter().chain(&data.on_behalf_of) {
        case.agency_known(id, "data.officer")?;
    }
    data.about.iter().try_for_each(|subject| case.subject_known(subject, ABOUT, "data.about"))?;
    data.votes.iter().try_for_each(|vote| case.agency_known(&vote.agency, "data.votes"))?;
    for relation in &data.relations {
        known(
            case.state.decisions.contains_key(&relation.decision),
            "decision",
            relation.decision.as_str(),
            "data.relations",
        )?;
    }
    case.basis_known(data.basis.as_ref())
}

/// Who records it: the decider, for a forum its convener; the registrar from a source.
fn may(case: &Case<'_>, data: &DecisionRecorded) -> Result<(), Refusal> {
    let (speaks, behind) = match &data.decided_by {
        // a successor decides in its own name
        Decider::Agency(id) => (case.agency() == Some(id), Some(id.clone())),
        Decider::Forum(id) => (speaks_for(case, &data.decided_by), case.convener(id)),
    };
    let imported = case.has(Power::Registrar) && data.source.is_some();
    let who = "who decided, for a forum its convener, or the registrar with a source";
    case.party(speaks || imported, who)?;
    let undoes = |relation: &Relation| matches!(relation.verb, Verb::Annuls | Verb::Suspends);
    if !speaks_for(case, &data.decided_by) && data.relations.iter().any(undoes) {
        case.approved_by_overseer(&case.agency().into_iter().chain(&behind).collect())?;
    }
    Ok(())
}

pub(in crate::domain) fn recorded(case: &Case<'_>, data: &DecisionRecorded) -> Result<(), Refusal> {
    forum::votes(&data.votes)?;
    named(case, data)?;
    let under = data.under.as_ref().map(|id| case.assignment(id, "data.under")).transpose()?;
    may(case, data)?;
    case.after()?;
    if matches!(data.decided_by, Decider::Agency(_)) && !data.votes.is_empty() {
        let detail = "votes are recorded for decisions of a forum";
        return Err(Refusal::new(Code::NotAMember, detail).field("data.votes"));
    }
    let day = case.counts_from(data.decided_on, data.on);
    let acting = Acting {
        capacity: data.capacity,
        actor: match &data.decided_by {
            Decider::Agency(id) => Some(id),
            Decider::Forum(_) => None,
        },
        on_behalf_of: data.on_behalf_of.as_ref(),
        day,
    };
    capacity(case, &acting, under.as_ref())?;
    case.basis(data.basis.as_ref())?;
    relations(case, data, day)?;
    case.on(Some(day), Date::MIN)?;
    if data.relations.iter().any(|relation| relation.decision == data.decision) {
        return Err(wrong("a decision points to earlier ones only").field("data.relations"));
    }
    let taken = case.state.decisions.contains_key(&data.decision);
    case.free(taken, data.decision.as_str(), "data.decision")?;
    match &data.decided_by {
        Decider::Agency(_) => Ok(()),
        Decider::Forum(id) => forum::carried(&forum::there(case, id, "data.decided_by")?, data, day),
    }
}

/// Who acts, as what, for whom and when: of a decision or an act.
pub(super) struct Acting<'a> {
    pub(super) capacity: Capacity,
    /// Absent for a forum, which holds nothing.
    pub(super) actor: Option<&'a AgencyId>,
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
        case.state.holding(&timeline::resolve(case.state, id, acting.day, holding.below(of.id())))
    });
    let fits = under.is_some_and(|(_, holding)| Some(&holding.agency) == acting.actor)
        && above.is_some_and(|(_, above)| acting.on_behalf_of == Some(&above.agency));
    if fits {
        return Ok(());
    }
    let detail = "under a mandate, `under` is the actor's own holding and on_behalf_of the agency of the holding above it";
    Err(Refusal::new(Code::CapacityMismatch, detail).field("data.capacity"))
}

/// Rule 8: who may undo a decision.
fn relations(case: &Case<'_>, data: &DecisionRecorded, day: Date) -> Result<(), Refusal> {
    for relation in data.relations.iter().filter(|r| !matches!(r.verb, Verb::Implements | Verb::Cites)) {
        let Some(there) = case.state.decisions.get(&relation.decision) else { continue };
        if !may_undo(case.state, &data.decided_by, there, day) {
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

/// Whether who decides may undo a decision on a day: its decider, a successor, an agency above it, a
/// court or an overseer.
pub(super) fn may_undo(state: &State, by: &Decider, decision: &Decision, day: Date) -> bool {
    let first = &decision.recorded.data.decided_by;
    let (agency, first) = match (by, first) {
        (Decider::Agency(agency), Decider::Agency(first)) => (agency, Some(first)),
        (Decider::Agency(agency), Decider::Forum(_)) => (agency, None),
        (Decider::Forum(_), _) => return by == first,
    };
    let power = |power| state.has_power(agency, power);
    let there = first.and_then(|first| state.agencies.get(first));
    let successor = there.and_then(|first| first.closed.as_ref());
    let successor = successor.is_some_and(|fact| fact.data.successors.contains(agency));
    let above = there.is_some_and(|first| first.on(day).parents.contains(agency));
    Some(agency) == first || successor || above || power(Power::Court) || power(Power::Overseer)
}
