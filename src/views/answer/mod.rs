//! Answers in the shapes of API section 3: pure functions of what was known and a day. The same
//! (D, K) gives the same bytes, whichever way the state was come by.

pub mod act;
pub mod agency;
pub mod assignment;
pub mod claim;
pub mod commitment;
pub mod compare;
pub mod decision;
pub mod details;
pub mod event;
pub mod finding;
pub mod forum;
pub mod handoff;
pub mod holding;
pub mod instrument;
pub mod programme;
pub mod responsibility;
pub mod territory;

use std::borrow::Borrow;
use std::ops::Bound;

use imbl::OrdMap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::domain::{Date, Instant, Seq};
use crate::log::Hash;

use super::Known;

/// Version of the shapes.
pub const ANSWER: u32 = 1;

/// Where in the log an answer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The last entry it rests on.
    pub seq: Seq,
    /// Count of entries up to it.
    pub size: u64,
    /// Root over them, base64.
    pub root: String,
}

impl Position {
    /// The position of a tree.
    #[must_use]
    pub fn new(size: u64, root: Hash) -> Self {
        Self { seq: Seq(size.saturating_sub(1)), size, root: root.to_string() }
    }
}

/// K, as an answer names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KnownShape {
    /// Its number.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Instant,
}

impl From<&Known> for KnownShape {
    fn from(known: &Known) -> Self {
        Self { seq: known.seq, at: known.at }
    }
}

/// One object, with what every answer about one says.
#[derive(Debug, Serialize)]
pub struct Single<T> {
    /// The object.
    #[serde(flatten)]
    pub object: T,
    /// The day it is about.
    pub valid_at: Date,
    /// K.
    pub known_at: KnownShape,
    /// Whether no later entry can still belong to K.
    #[serde(rename = "final")]
    pub final_: bool,
    /// Where K stands.
    pub position: Position,
    /// Version of the shape.
    pub answer: u32,
}

impl<T> Single<T> {
    /// An object as known, on a day.
    #[must_use]
    pub fn new(object: T, known: &Known, valid_at: Date) -> Self {
        Self {
            object,
            valid_at,
            known_at: known.into(),
            final_: known.final_,
            position: Position::new(known.size, known.root),
            answer: ANSWER,
        }
    }
}

/// Objects of a page, sorted by id.
#[derive(Debug)]
pub struct Items<T> {
    /// The objects.
    pub items: Vec<T>,
    /// Id of the last, when more follow: the next page's cursor.
    pub next: Option<String>,
}

impl<T> Items<T> {
    /// Takes a page of what an iterator sorted by id gives: objects with their ids.
    pub fn take(limit: usize, objects: impl Iterator<Item = (String, T)>) -> Self {
        let mut objects = objects.peekable();
        let (mut items, mut last) = (Vec::new(), None);
        while items.len() < limit {
            let Some((id, item)) = objects.next() else { break };
            items.push(item);
            last = Some(id);
        }
        let more = objects.peek().is_some();
        Self { items, next: last.filter(|_| more) }
    }
}

/// Objects after an id, in the order of their ids.
fn after<'a, K: Ord + Borrow<str>, V>(
    map: &'a OrdMap<K, V>,
    id: Option<&str>,
) -> impl Iterator<Item = (&'a K, &'a V)> {
    let from = id.map_or(Bound::Unbounded, Bound::Excluded);
    map.range::<_, str>((from, Bound::Unbounded))
}

/// A page of a list.
#[derive(Debug)]
pub struct List<T> {
    plural: &'static str,
    /// The objects, and the next page's cursor.
    pub items: Items<T>,
    valid_at: Date,
    known_at: KnownShape,
    position: Position,
}

impl<T> List<T> {
    /// A page as known, on a day, under the plural of its noun.
    #[must_use]
    pub fn new(plural: &'static str, items: Items<T>, known: &Known, valid_at: Date) -> Self {
        let position = Position::new(known.size, known.root);
        Self { plural, items, valid_at, known_at: known.into(), position }
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(6))?;
        map.serialize_entry(self.plural, &self.items.items)?;
        map.serialize_entry("next", &self.items.next)?;
        map.serialize_entry("valid_at", &self.valid_at)?;
        map.serialize_entry("known_at", &self.known_at)?;
        map.serialize_entry("position", &self.position)?;
        map.serialize_entry("answer", &ANSWER)?;
        map.end()
    }
}
