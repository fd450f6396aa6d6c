//! The one door through which objects of the state change. From what passes it, and from nothing else,
//! follow the entries of the indexes, the folded holdings, the keys to persist and their digest.

use std::cmp::Ordering;
use std::mem;
use std::sync::Arc;

use super::State;
use super::broken::{self, Broken};
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
        let change =
            Change { key: T::key(id.clone()), before: before.map(T::object), after: after.map(T::object) };
        self.unsettled.push(change.clone());
        let unlisted = broken::is(Broken::ChangeUnlisted) && change.before.is_some();
        if !unlisted {
            self.changes.push(change);
        }
    }

    /// Takes the changes since the last call, in order.
    pub fn take_changes(&mut self) -> Vec<Change> {
        mem::take(&mut self.changes)
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
