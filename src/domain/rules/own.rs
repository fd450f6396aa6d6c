//! What the ledger says of itself: its index roots and its keys. Whether a root or a signature is right
//! is for who hashes; here is only where it may stand.

use super::super::{Code, Data};
use super::{Case, Refusal};

/// Neither covers an entry that is not there yet, and each goes further than the one before.
pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    let ledger = &case.state.ledger;
    let (size, before) = match &case.statement.data {
        Data::LedgerIndex(data) => (data.size, ledger.index.as_ref().map(|fact| fact.data.size)),
        Data::LedgerKeyRotated(data) => (data.size, ledger.rotated.last().map(|fact| fact.data.size)),
        _ => return Ok(()),
    };
    let least = before.map_or(1, |before| before + 1);
    if (least..=case.context.seq.0).contains(&size) {
        return Ok(());
    }
    let detail = format!("the size is {size}; must be {least} to {}, its own number", case.context.seq);
    Err(Refusal::new(Code::WrongState, detail).field("data.size"))
}
