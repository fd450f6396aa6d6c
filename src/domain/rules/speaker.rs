//! Rule 1: who speaks, and whether it may speak at all.

use super::super::event::agency::Power;
use super::super::subjects;
use super::super::{AgencyId, Code, Data, Instant, Seq, Speaker, State, Statement, Voice};
use super::{Context, Refusal};

/// Token, policy, existence of the speaker.
pub(super) fn check(
    state: &State,
    speaker: &Speaker,
    statement: &Statement,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    match speaker {
        Speaker::Ledger(voice) => return own(*voice, statement, context.seq),
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
        Speaker::Import { .. } => {}
    }
    if let Data::LedgerOpened(_)
    | Data::TokenRegistered(_)
    | Data::TokenRevoked(_)
    | Data::HandoffLapsed(_)
    | Data::KeyRegistered(_) = &statement.data
    {
        return Err(Refusal::new(Code::NotEntitled, "only the ledger itself says this").field("type"));
    }
    let Some(agency) = speaker.agency() else { return Ok(()) };
    let required = state.policy().require_signed;
    let by_type = required.types.iter().any(|name| name.as_str() == statement.data.type_name());
    if required.agencies.contains(agency) || by_type {
        return Err(Refusal::new(
            Code::SignatureRequired,
            "policy demands that this agency signs this statement",
        ));
    }
    active(state, agency, &statement.data, context.at)
}

fn own(voice: Voice, statement: &Statement, seq: Seq) -> Result<(), Refusal> {
    let fits = match (voice, &statement.data) {
        (Voice::Init, Data::LedgerOpened(_)) => seq == Seq(0),
        (Voice::Init, Data::AgencyRegistered(data)) => {
            seq == Seq(1) && data.powers.contains(&Power::Registrar)
        }
        (Voice::Init, Data::KeyRegistered(_)) => seq == Seq(2),
        (Voice::Clock, Data::HandoffLapsed(_))
        | (Voice::Token, Data::TokenRegistered(_) | Data::TokenRevoked(_)) => true,
        _ => false,
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
    let winds_up = matches!(
        data,
        Data::HandoffAcknowledged(_)
            | Data::HandoffClosed(_)
            | Data::HandoffStepDone(_)
            | Data::HandoffStepConfirmed(_)
            | Data::HandoffReservationLifted(_)
    );
    let began = subjects::handoff(data).and_then(|id| state.handoffs.get(id));
    let before = began.is_some_and(|there| there.own_date() < known.closing());
    if winds_up && before && winding.is_some_and(|until| today <= until) {
        return Ok(());
    }
    let detail =
        format!("{agency} was closed on {}; its successors or the registrar speak for it", known.closing());
    Err(Refusal::new(Code::AgencyNotActive, detail))
}
