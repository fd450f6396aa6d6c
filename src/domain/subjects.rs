//! Which subjects an entry links (DOMAIN section 4): the one function that defines it.

mod folded;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::event::Data;
use super::event::saying::Holdings;
use super::state::Evolved;
use super::state::fold::{Fold, Holding};
use super::{AssignmentId, Event, Seq, Speaker, State, Subject};

pub use folded::folded_from;

/// Subjects an entry links whatever stands before it: its speaker's, and those that its data names.
#[must_use]
pub fn stated(speaker: &Speaker, data: &Data) -> BTreeSet<Subject> {
    let mut links: BTreeSet<_> = speaker.agency().map(Subject::agency).into_iter().collect();
    data.names(&mut links);
    links
}

/// What is asked of the state before an event is folded in.
pub(super) struct Before {
    /// Subjects it links by what it names and by the object it continues; not those of holdings that it
    /// makes, ends or revives.
    mentioned: BTreeSet<Subject>,
    /// The holdings that it may move.
    holdings: Holdings,
}

impl Before {
    pub(super) fn of(state: &State, event: &Event) -> Self {
        let data = &event.statement.data;
        let mut mentioned = stated(&event.speaker, data);
        data.continues(state, event.seq, &mut mentioned);
        Self { mentioned, holdings: data.holdings(state, event.seq) }
    }
}

/// Every subject an event links, sorted bytewise, as the fold stands at its seq. `moved` are the holdings that
/// it may move, as the state after it has them.
pub(super) fn linked(
    before: Before,
    after: &State,
    evolved: &Evolved,
    event: &Event,
    moved: &Holdings,
) -> Vec<Subject> {
    let Before { mentioned: mut links, holdings: was } = before;
    // an object that this entry creates is continued by it, too
    event.statement.data.continues(after, event.seq, &mut links);
    let of: BTreeSet<_> =
        [&was, moved].into_iter().filter(|one| one.linked).flat_map(|one| &one.of).collect();
    for id in of {
        let (old, new) = (evolved.fold_before(after, id), after.fold(id));
        links.extend(changed(&old, &new).iter().map(Subject::assignment));
    }
    links.into_iter().collect()
}

/// The same for an event of which it is not asked whether it may stand; folds it in.
#[cfg(test)]
pub(crate) fn subjects(state: &mut State, event: &Event) -> Vec<Subject> {
    let before = Before::of(state, event);
    let evolved = state.evolve(event);
    linked(before, state, &evolved, event, &event.statement.data.holdings(state, event.seq))
}

/// What data names, and what the object it continues names.
pub(super) fn about(links: &mut BTreeSet<Subject>, state: &State, data: &Data) {
    data.names(links);
    data.continues(state, Seq(state.size), links);
}

/// Holdings that differ between two folds of one responsibility, but for what only followed a
/// parent's end.
fn changed(old: &Arc<Fold>, new: &Arc<Fold>) -> BTreeSet<AssignmentId> {
    if Arc::ptr_eq(old, new) {
        return BTreeSet::new();
    }
    let own = |holding: &Holding| {
        let spans = holding.spans.iter().map(|s| (s.from, s.until, s.ended.is_some_and(|e| e.cascade)));
        spans.collect::<Vec<_>>()
    };
    let cascaded = |holding: &Holding| holding.spans.iter().any(|s| s.ended.is_some_and(|e| e.cascade));
    let mut ids = BTreeSet::new();
    let mut common = 0;
    let mut there = old.holdings.iter();
    for holding in &new.holdings {
        // most are the very same, at the same place
        let beside = there.next();
        if beside.is_some_and(|was| Arc::ptr_eq(was, holding)) {
            common += 1;
            continue;
        }
        let was = old.get(&holding.assignment);
        common += usize::from(was.is_some());
        match was {
            Some(was) if own(was) == own(holding) => {}
            Some(_) if cascaded(holding) => {}
            _ => drop(ids.insert(holding.assignment.clone())),
        }
    }
    if common < old.holdings.len() {
        let gone = old.holdings.iter().map(|h| &h.assignment).filter(|id| new.get(id).is_none());
        ids.extend(gone.cloned());
    }
    ids
}
