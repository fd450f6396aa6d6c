//! Rules of claims (DOMAIN sections 4 and 6): the parties speak, somebody else resolves.

use super::super::event::agency::Power;
use super::super::event::claim::{ClaimRaised, ClaimResolved};
use super::super::state::claim::Claim;
use super::super::state::dated::Told as _;
use super::super::{Code, Data, Date, subjects};
use super::require::{known, missing, wrong};
use super::{Case, Refusal};

/// Kinds of objects a claim can be about.
const ABOUT: &[&str] = &["r", "as", "h", "d", "c", "f", "m", "p"];

pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    let data = &case.statement.data;
    if let Data::ClaimRaised(data) = data {
        return raised(case, data);
    }
    let Some(id) = subjects::claim(data) else { return Ok(()) };
    let there = case.state.claims.get(id).ok_or_else(|| missing("claim", id.as_str(), "data.claim"))?;
    let there = there.before(case.place());
    let involved = there.parties().any(|party| case.is(party));
    match data {
        Data::ClaimAnswered(data) => {
            case.party(involved, "a party to the claim")?;
            case.after()?;
            case.on(data.on, there.own_date())?;
        }
        Data::ClaimReferred(data) => {
            let forum = case.state.forums.contains_key(&data.forum);
            known(forum, "forum", data.forum.as_str(), "data.forum")?;
            case.party(involved || case.has(Power::Overseer), "a party to the claim or an overseer")?;
            case.after()?;
            case.on(data.on, there.own_date())?;
        }
        Data::ClaimWithdrawn(data) => {
            let raiser = there.raised.agency.as_ref().is_some_and(|agency| case.is(agency));
            case.party(raiser, "who raised the claim")?;
            case.after()?;
            case.on(data.on, there.own_date())?;
        }
        Data::ClaimResolved(data) => resolved(case, &there, data, involved)?,
        _ => {}
    }
    match there.ended() {
        Some(seq) => Err(wrong("the claim is resolved or withdrawn already; raise another").seq(seq)),
        None => Ok(()),
    }
}

fn raised(case: &Case<'_>, data: &ClaimRaised) -> Result<(), Refusal> {
    data.about.iter().try_for_each(|subject| case.subject_known(subject, ABOUT, "data.about"))?;
    data.against.iter().try_for_each(|id| case.agency_known(id, "data.against"))?;
    case.basis_known(data.basis.as_ref())?;
    case.after()?;
    case.on(data.on, Date::MIN)?;
    case.free(case.state.claims.contains_key(&data.claim), data.claim.as_str(), "data.claim")
}

/// Nobody judges its own cause: the convener of the forum it was last referred to resolves it, or an
/// overseer, neither being a party.
fn resolved(case: &Case<'_>, there: &Claim, data: &ClaimResolved, involved: bool) -> Result<(), Refusal> {
    data.keeps.iter().try_for_each(|id| case.agency_known(id, "data.keeps"))?;
    if let Some(id) = &data.decision {
        known(case.state.decisions.contains_key(id), "decision", id.as_str(), "data.decision")?;
    }
    let referred = there.referred.last();
    let convener = referred.and_then(|fact| case.convener(&fact.data.forum));
    let convenes = convener.is_some_and(|convener| case.is(&convener));
    let who = "the convener of the forum it was referred to, or an overseer,";
    case.party(convenes || case.has(Power::Overseer), who)?;
    case.after()?;
    if involved {
        let detail = "a party to the claim does not resolve it; leave it to the convener of a forum or an overseer that is none";
        return Err(Refusal::new(Code::PartyInOwnCause, detail));
    }
    case.on(data.on, referred.map_or(there.own_date(), |fact| fact.own_date().max(there.own_date())))
}
