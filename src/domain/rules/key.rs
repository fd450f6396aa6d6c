//! Rules of signing keys (DOMAIN section 4, rule 1).

use std::collections::BTreeSet;

use super::super::event::agency::{KeyRegistered, KeyRevoked, Power};
use super::super::{AgencyId, Code, Kid, Speaker};
use super::require::{missing, wrong};
use super::{Case, Refusal};

pub(in crate::domain) fn registered(case: &Case<'_>, data: &KeyRegistered) -> Result<(), Refusal> {
    case.agency_known(&data.agency, "data.agency")?;
    if !matches!(case.speaker, Speaker::Ledger(_)) {
        let first = !has_had_one(case, &data.agency);
        let by_token =
            matches!(case.speaker, Speaker::Token { agency, .. } if first && *agency == data.agency);
        may(case, (&data.agency, &data.kid), by_token)?;
    }
    case.after()?;
    // a revoked key stays in the register, so that it is never taken up again
    let taken = case.state.keys.contains_key(&(data.agency.clone(), data.kid.clone()));
    case.free(taken, data.kid.as_str(), "data.kid")
}

pub(in crate::domain) fn revoked(case: &Case<'_>, data: &KeyRevoked) -> Result<(), Refusal> {
    case.agency_known(&data.agency, "data.agency")?;
    let there = case.state.keys.get(&(data.agency.clone(), data.kid.clone()));
    let there = there.ok_or_else(|| missing("key", data.kid.as_str(), "data.kid"))?;
    may(case, (&data.agency, &data.kid), false)?;
    case.after()?;
    if data.compromised_from.is_some_and(|from| from > case.context.at) {
        let detail = "a key is compromised from an instant that has come; leave it out if it is not known";
        return Err(Refusal::new(Code::BadDate, detail).field("data.compromised_from"));
    }
    match &there.revoked {
        Some(fact) => Err(wrong(format!("the key {} is revoked already", data.kid)).seq(fact.by)),
        None => Ok(()),
    }
}

/// The agency by another live key; the registrar, approved once the agency has had a key. That the
/// key it is signed with lives has been asked of the speaker.
fn may(case: &Case<'_>, (agency, key): (&AgencyId, &Kid), by_token: bool) -> Result<(), Refusal> {
    if let Speaker::Signed { agency: by, kid, .. } = case.speaker
        && by == agency
    {
        return case
            .entitled(kid != key, "the agency by another of its keys, or the registrar under a token,");
    }
    case.entitled(
        by_token || case.has(Power::Registrar),
        "the agency by another of its keys, or the registrar,",
    )?;
    if by_token || !has_had_one(case, agency) {
        return Ok(());
    }
    case.approved_by_overseer(&case.agency().into_iter().chain([agency]).collect::<BTreeSet<_>>())
}

/// Whether the agency has, or has had, a key.
fn has_had_one(case: &Case<'_>, agency: &AgencyId) -> bool {
    let of = case.state.keys.range((agency.clone(), Kid::least())..);
    of.take_while(|((of, _), _)| of == agency).next().is_some()
}
