//! How many entries are the operator's word: attested statements, not the ledger's own.

use crate::domain::State;
use crate::domain::state::fact::Fact;
use crate::domain::state::handoff::Followed;

/// Entries of attested statements in a full state: all but those the ledger said itself.
#[must_use]
pub fn attested(state: &State) -> u64 {
    fn own<T>(fact: &Fact<T>) -> usize {
        usize::from(fact.agency.is_none())
    }
    let opened = state.ledger.opened.iter().map(own).sum::<usize>();
    let agencies = state.agencies.values().map(|agency| own(&agency.registered)).sum::<usize>();
    let keys = state.keys.values().map(|key| own(&key.registered)).sum::<usize>();
    let token = |token: &crate::domain::state::Token| {
        own(&token.registered) + token.revoked.iter().map(own).sum::<usize>()
    };
    let tokens = state.tokens.values().map(|one| token(one)).sum::<usize>();
    let lapses = state.handoffs.values().flat_map(|handoff| &handoff.followed);
    let lapses = lapses.filter(|fact| matches!(&*fact.data, Followed::Lapsed(_))).count();
    state.size.saturating_sub((opened + agencies + keys + tokens + lapses) as u64)
}
