//! The one door through which objects of the state change. From what passes it, and from nothing else,
//! follow the entries of the indexes, the folded holdings, the keys to persist and their digest.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use super::super::{Instant, ResponsibilityId};
use super::State;
use super::broken::{self, Broken};
use super::fold::{Fold, Folded};
use super::index::Entry;
use super::kept::{Kept, Key, Object};

/// That an object changed: what it was before, and what it is after.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which object.
    pub key: Key,
    /// What it was; `None` where it was not there.
    pub before: Option<Object>,
    /// What it is; `None` where it is there no more.
    pub after: Option<Object>,
}

/// What folding one event in has changed, in the objects and in what follows from them. It tells what there
/// was before, and [`State::undo`] brings that back.
#[derive(Clone, Debug)]
#[must_use]
pub struct Evolved {
    /// The objects that changed, in order, some more than once.
    pub changes: Vec<Change>,
    /// The folds that were made anew, as they were.
    folds: BTreeMap<ResponsibilityId, Option<Folded>>,
    /// Size and instant before it.
    position: (u64, Instant),
}

impl Evolved {
    /// The holdings of a responsibility before it; `after` is the state that it has led to.
    pub(in crate::domain) fn fold_before(&self, after: &State, id: &ResponsibilityId) -> Arc<Fold> {
        match self.folds.get(id) {
            Some(before) => before.as_ref().map(|folded| Arc::clone(&folded.fold)).unwrap_or_default(),
            None => after.fold(id),
        }
    }
}

impl State {
    /// Puts an object in the place of another, or takes it away. [`State::settle`] brings the holdings up to
    /// date once all that belongs together has passed.
    pub(super) fn change<T: Kept>(&mut self, id: &T::Id, after: Option<Arc<T>>) {
        let before = T::get(self, id).cloned();
        match (&before, &after) {
            (None, None) => return,
            (Some(before), Some(after)) if Arc::ptr_eq(before, after) => return,
            _ => {}
        }
        let (gone, new) = differing(before.as_deref(), after.as_deref());
        let moved = gone.iter().chain(&new).filter_map(|entry| {
            if let Entry::Holding(holding, _) = entry { Some(holding.clone()) } else { None }
        });
        self.holdings_moved.extend(moved);
        if !broken::is(Broken::EntryKept) {
            gone.into_iter().for_each(|entry| self.indexes.take(entry));
        }
        let forgotten = broken::is(Broken::EntryForgotten) && before.is_some();
        new.into_iter().filter(|_| !forgotten).for_each(|entry| self.indexes.give(entry));
        T::put(self, id, after.clone());
        let (before, after) = (before.map(T::object), after.map(T::object));
        self.unsettled.push(Change { key: T::key(id.clone()), before, after });
    }

    /// Settles what has passed since a position, and takes the list of it.
    pub(super) fn evolved(&mut self, since: (u64, Instant)) -> Evolved {
        self.settle();
        let (changes, folds) = (mem::take(&mut self.settled), mem::take(&mut self.folds_before));
        Evolved { changes, folds, position: since }
    }

    /// Brings back the state that an event was folded into. Nothing may have been folded in after it.
    pub fn undo(&mut self, evolved: Evolved) {
        for change in evolved.changes.into_iter().rev() {
            self.put_back(&change.key, change.before);
        }
        for (id, folded) in evolved.folds {
            self.keep_fold(&id, folded);
        }
        (self.size, self.at) = evolved.position;
        // what follows from the objects is back already
        self.unsettled.clear();
        self.holdings_moved.clear();
        self.folds_before.clear();
    }
}

/// The index entries that only the one object gives, and those that only the other gives.
fn differing<T: Kept>(before: Option<&T>, after: Option<&T>) -> (Vec<Entry>, Vec<Entry>) {
    let given = |object: Option<&T>| {
        let mut entries = Vec::new();
        object.inspect(|object| object.entries(&mut entries));
        entries.sort_unstable();
        entries.dedup();
        entries
    };
    let (mut before, mut after) = (given(before).into_iter().peekable(), given(after).into_iter().peekable());
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return (gone, new),
        };
        match order {
            Ordering::Less => gone.extend(before.next()),
            Ordering::Greater => new.extend(after.next()),
            Ordering::Equal => drop((before.next(), after.next())),
        }
    }
}
