//! Rule 1: who speaks, and whether it may speak at all.

use super::super::event::saying::SaidBy;
use super::super::{AgencyId, Code, Data, Instant, Kid, Seq, Speaker, State, Statement, Voice};
use super::{Context, Refusal};

/// Token, policy, existence of the speaker.
pub(super) fn check(
    state: &State,
    speaker: &Speaker,
    statement: &Statement,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    speaks(state, speaker, statement, context)?;
    let Some(agency) = speaker.agency() else { return Ok(()) };
    active(state, agency, &statement.data, context.at)
}

/// Whether the speaker is who it says, and may say such a thing at all: what the ledger's own entries
/// and the histories of keys decide, whatever the statement is about.
///
/// # Errors
/// `unauthenticated`, `not-entitled`, `signature-required`, those of [`heard`].
pub fn speaks(
    state: &State,
    speaker: &Speaker,
    statement: &Statement,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    match speaker {
        Speaker::Ledger(voice) => return own(*voice, statement, context.seq),
        Speaker::Nobody => {
            let detail = "nobody speaks; send a token, or sign the statement";
            return Err(Refusal::new(Code::Unauthenticated, detail));
        }
        Speaker::Token { agency, token } => {
            let known = state.tokens.get(token).filter(|known| known.revoked.is_none());
            let known = known.ok_or_else(|| {
                Refusal::new(
                    Code::Unauthenticated,
                    "the token is not registered, or revoked; ask the operator for one",
                )
            })?;
            if known.registered.data.agency.as_ref() != Some(agency) || !known.registered.data.role.writes() {
                let detail =
                    "the token does not write for this agency; use one with the role recorder or overseer";
                return Err(Refusal::new(Code::NotEntitled, detail));
            }
        }
        Speaker::Signed { .. } => heard(state, speaker, context.at)?,
        Speaker::Import { .. } => {}
    }
    if let SaidBy::Ledger(_) = statement.data.said_by() {
        return Err(Refusal::new(Code::NotEntitled, "only the ledger itself says this").field("type"));
    }
    let Some(agency) = speaker.agency() else { return Ok(()) };
    let required = state.policy().require_signed;
    let signed = matches!(speaker, Speaker::Signed { .. });
    let by_type = required.types.iter().any(|name| name.as_str() == statement.data.type_name());
    if !signed && (required.agencies.contains(agency) || by_type) {
        return Err(Refusal::new(
            Code::SignatureRequired,
            "policy demands that this agency signs this statement",
        ));
    }
    Ok(())
}

/// Whether a signed statement counts here and now, whatever it says: its key is the agency's, and it is
/// meant for this ledger and not stale. Others always do.
///
/// # Errors
/// `key-not-valid`, `wrong-audience`, `stale`.
pub fn heard(state: &State, speaker: &Speaker, at: Instant) -> Result<(), Refusal> {
    let Speaker::Signed { agency, kid, aud, iat } = speaker else { return Ok(()) };
    key_counts(state, agency, kid)?;
    meant(state, aud, *iat, at)
}

/// The key is the agency's by now, and not revoked.
fn key_counts(state: &State, agency: &AgencyId, kid: &Kid) -> Result<(), Refusal> {
    let refused = |detail: String| Err(Refusal::new(Code::KeyNotValid, detail));
    match state.keys.get(&(agency.clone(), kid.clone())) {
        Some(key) if key.revoked.is_none() => Ok(()),
        Some(key) => {
            let by = key.revoked.as_ref().map_or(key.registered.by, |fact| fact.by);
            let refusal = refused(format!("the key {kid} of {agency} is revoked; sign with another"));
            refusal.map_err(|refusal| refusal.seq(by))
        }
        None => refused(format!("the key {kid} is not registered for {agency}; register it first")),
    }
}

/// The statement is meant for this ledger, and signed within the policy's window.
fn meant(state: &State, aud: &str, iat: i64, at: Instant) -> Result<(), Refusal> {
    let origin = state.ledger.opened.as_ref().map_or("", |fact| fact.data.origin.as_str());
    if aud != origin {
        let aud: String = aud.chars().take(100).collect();
        let detail = format!("signed for {aud:?}; this ledger is {origin:?}");
        return Err(Refusal::new(Code::WrongAudience, detail).field("aud"));
    }
    let (policy, now) = (state.policy(), at.micros.div_euclid(1_000_000));
    let (past, future) = (
        i64::try_from(policy.iat_past_s).unwrap_or(i64::MAX),
        i64::try_from(policy.iat_future_s).unwrap_or(i64::MAX),
    );
    if iat >= now.saturating_sub(past) && iat <= now.saturating_add(future) {
        return Ok(());
    }
    let detail = format!(
        "iat {iat} is not within {past} s before and {future} s after the ledger's clock, {now}; sign it again"
    );
    Err(Refusal::new(Code::Stale, detail).field("iat"))
}

/// The ledger says in each voice what is said in that voice alone; when it is opened, it registers the
/// first registrar, and the key of that.
fn own(voice: Voice, statement: &Statement, seq: Seq) -> Result<(), Refusal> {
    let fits = match (voice, statement.data.said_by()) {
        (Voice::Init, SaidBy::Ledger(Voice::Init)) => seq == Seq(0),
        (Voice::Init, SaidBy::Opening(place)) => seq == place,
        (voice, said_by) => said_by == SaidBy::Ledger(voice),
    };
    let named = statement.jti.as_str() == format!("{}-{seq}", voice.as_str());
    if fits && named {
        Ok(())
    } else {
        Err(Refusal::new(Code::NotEntitled, "the ledger says no such thing here"))
    }
}

/// The speaker exists and is not closed; a closed one may wind up what began before (rule 10).
fn active(state: &State, agency: &AgencyId, data: &Data, at: Instant) -> Result<(), Refusal> {
    let known = state.agencies.get(agency).ok_or_else(|| {
        Refusal::new(
            Code::NotFound,
            format!("the speaker {agency} is not registered; the registrar registers it first"),
        )
    })?;
    let today = state.today(at);
    if today < known.closing() {
        return Ok(());
    }
    let winding = known.closed.as_ref().and_then(|fact| fact.data.winding_up_until);
    let winds_up = data.said_by() == SaidBy::Winding;
    let before = state.began(data).is_some_and(|day| day < known.closing());
    if winds_up && before && winding.is_some_and(|until| today <= until) {
        return Ok(());
    }
    let detail =
        format!("{agency} was closed on {}; its successors or the registrar speak for it", known.closing());
    Err(Refusal::new(Code::AgencyNotActive, detail))
}
