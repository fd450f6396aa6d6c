//! Which subjects an entry links (DOMAIN section 4): the one function that defines it.

mod folded;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::event::Data;
use super::event::saying::Holdings;
use super::state::fold::Holding;
use super::{AssignmentId, Event, ResponsibilityId, Seq, Speaker, State, Subject};

pub use folded::folded_from;

/// Subjects an entry links whatever stands before it: its speaker's, and those that its data names.
#[must_use]
pub fn stated(speaker: &Speaker, data: &Data) -> BTreeSet<Subject> {
    let mut links: BTreeSet<_> = speaker.agency().map(Subject::agency).into_iter().collect();
    data.names(&mut links);
    links
}

/// Subjects an event links by what it names and by the object it continues, before it is folded
/// in; not those of holdings it makes, ends or revives.
fn mentioned(state: &State, event: &Event) -> BTreeSet<Subject> {
    let mut links = stated(&event.speaker, &event.statement.data);
    event.statement.data.continues(state, event.seq, &mut links);
    links
}

/// Every subject an event links, sorted bytewise, as the fold stands at its seq.
#[must_use]
pub fn subjects(before: &State, after: &State, event: &Event) -> Vec<Subject> {
    linked(before, after, event, &event.statement.data.holdings(after, event.seq))
}

/// The same, where it is known which holdings the event may move as the state after it has them.
pub(super) fn linked(before: &State, after: &State, event: &Event, moved: &Holdings) -> Vec<Subject> {
    let mut links = mentioned(before, event);
    // an object that this entry creates is continued by it, too
    event.statement.data.continues(after, event.seq, &mut links);
    let was = event.statement.data.holdings(before, event.seq);
    let of: BTreeSet<_> =
        [&was, moved].into_iter().filter(|one| one.linked).flat_map(|one| &one.of).collect();
    for id in of {
        links.extend(changed(before, after, id).iter().map(Subject::assignment));
    }
    links.into_iter().collect()
}

/// What data names, and what the object it continues names.
pub(super) fn about(links: &mut BTreeSet<Subject>, state: &State, data: &Data) {
    data.names(links);
    data.continues(state, Seq(state.size), links);
}

/// Holdings of a responsibility that differ between two states, but for what only followed a
/// parent's end.
fn changed(before: &State, after: &State, id: &ResponsibilityId) -> BTreeSet<AssignmentId> {
    let (old, new) = (before.fold(id), after.fold(id));
    if Arc::ptr_eq(&old, &new) {
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
