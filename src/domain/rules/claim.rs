//! Rules of claims (DOMAIN sections 4 and 6): the parties speak, somebody else resolves.

use super::super::event::agency::Power;
use super::super::event::claim::{ClaimAnswered, ClaimRaised, ClaimReferred, ClaimResolved, ClaimWithdrawn};
use super::super::state::claim::Claim;
use super::super::state::dated::Told as _;
use super::super::{ClaimId, Code, Date};
use super::require::{known, missing, wrong};
use super::{Case, Refusal};

/// Kinds of objects a claim can be about.
const ABOUT: &[&str] = &["r", "as", "h", "d", "c", "f", "m", "p"];

/// A claim as the record stands, and whether the speaker is a party to it.
fn there(case: &Case<'_>, id: &ClaimId) -> Result<(Claim, bool), Refusal> {
    let there = case.state.claims.get(id).ok_or_else(|| missing("claim", id.as_str(), "data.claim"))?;
    let there = there.before(case.place());
    let involved = there.parties().any(|party| case.is(party));
    Ok((there, involved))
}

fn open(there: &Claim) -> Result<(), Refusal> {
    match there.ended() {
        Some(seq) => Err(wrong("the claim is resolved or withdrawn already; raise another").seq(seq)),
        None => Ok(()),
    }
}

pub(in crate::domain) fn answered(case: &Case<'_>, data: &ClaimAnswered) -> Result<(), Refusal> {
    let (there, involved) = there(case, &data.claim)?;
    case.party(involved, "a party to the claim")?;
    case.after()?;
    case.on(data.on, there.own_date())?;
    open(&there)
}

pub(in crate::domain) fn referred(case: &Case<'_>, data: &ClaimReferred) -> Result<(), Refusal> {
    let (there, involved) = there(case, &data.claim)?;
    let forum = case.state.forums.contains_key(&data.forum);
    known(forum, "forum", data.forum.as_str(), "data.forum")?;
    case.party(involved || case.has(Power::Overseer), "a party to the claim or an overseer")?;
    case.after()?;
    case.on(data.on, there.own_date())?;
    open(&there)
}

pub(in crate::domain) fn withdrawn(case: &Case<'_>, data: &ClaimWithdrawn) -> Result<(), Refusal> {
    let (there, _) = there(case, &data.claim)?;
    let raiser = there.raised.agency.as_ref().is_some_and(|agency| case.is(agency));
    case.party(raiser, "who raised the claim")?;
    case.after()?;
    case.on(data.on, there.own_date())?;
    open(&there)
}

pub(in crate::domain) fn raised(case: &Case<'_>, data: &ClaimRaised) -> Result<(), Refusal> {
    data.about.iter().try_for_each(|subject| case.subject_known(subject, ABOUT, "data.about"))?;
    data.against.iter().try_for_each(|id| case.agency_known(id, "data.against"))?;
    case.basis_known(data.basis.as_ref())?;
    case.after()?;
    case.on(data.on, Date::MIN)?;
    case.free(case.state.claims.contains_key(&data.claim), data.claim.as_str(), "data.claim")
}

/// Nobody judges its own cause: the convener of the forum it was last referred to resolves it, or an
/// overseer, neither being a party.
pub(in crate::domain) fn resolved(case: &Case<'_>, data: &ClaimResolved) -> Result<(), Refusal> {
    let (there, involved) = there(case, &data.claim)?;
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
    case.on(data.on, referred.map_or(there.own_date(), |fact| fact.own_date().max(there.own_date())))?;
    open(&there)
}
