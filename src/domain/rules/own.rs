//! What the ledger says of itself: its index roots, its keys, its policy and tokens. Whether a root or a
//! signature is right is for who hashes; here is only where it may stand.

use super::super::Code;
use super::super::event::ledger::{
    LedgerIndex, LedgerKeyRotated, LedgerOpened, PolicyChanged, RULES, TokenRevoked,
};
use super::require::known;
use super::{Case, Refusal};

pub(in crate::domain) fn opened(_: &Case<'_>, data: &LedgerOpened) -> Result<(), Refusal> {
    let rules = data.rules.unwrap_or(RULES);
    if rules == RULES {
        return Ok(());
    }
    let detail = format!("the rule set is {rules}; this program knows rule set {RULES}");
    Err(Refusal::new(Code::Malformed, detail).field("data.rules"))
}

pub(in crate::domain) fn index(case: &Case<'_>, data: &LedgerIndex) -> Result<(), Refusal> {
    further(case, data.size, case.state.ledger.index.as_ref().map(|fact| fact.data.size))
}

pub(in crate::domain) fn rotated(case: &Case<'_>, data: &LedgerKeyRotated) -> Result<(), Refusal> {
    further(case, data.size, case.state.ledger.rotated.last().map(|fact| fact.data.size))
}

/// It covers no entry that is not there yet, and goes further than the one before.
fn further(case: &Case<'_>, size: u64, before: Option<u64>) -> Result<(), Refusal> {
    let least = before.map_or(1, |before| before + 1);
    if (least..=case.context.seq.0).contains(&size) {
        return Ok(());
    }
    let detail = format!("the size is {size}; must be {least} to {}, its own number", case.context.seq);
    Err(Refusal::new(Code::WrongState, detail).field("data.size"))
}

pub(in crate::domain) fn policy(case: &Case<'_>, _: &PolicyChanged) -> Result<(), Refusal> {
    case.registrar()?;
    case.approved_by_overseer(&case.agency().into_iter().collect())
}

pub(in crate::domain) fn token_revoked(case: &Case<'_>, data: &TokenRevoked) -> Result<(), Refusal> {
    known(case.state.tokens.contains_key(&data.token), "token", data.token.as_str(), "data.token")
}
