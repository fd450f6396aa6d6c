//! The one place of these tests that knows how a state is kept: its objects, its indexes, its folds, and
//! what of it is handed on to be kept between runs.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::super::state::{Key, Object};
use super::super::super::super::*;
use super::super::super::Admitted;

/// Objects by their keys, both encoded.
pub(super) type Objects = BTreeMap<Vec<u8>, Vec<u8>>;

/// Where two states differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// What kind of part differs, without the ids of one story.
    pub(super) kind: String,
    /// The first difference of this kind.
    pub(super) words: String,
}

/// Brings the objects kept between runs up to date with what a statement changed, as the views do.
pub(super) fn keep(objects: &mut Objects, admitted: &Admitted) {
    for change in &admitted.evolved.changes {
        match &change.after {
            Some(object) => drop(objects.insert(change.key.encode(), object.encode().unwrap())),
            None => drop(objects.remove(&change.key.encode())),
        }
    }
}

/// The state of the objects kept between runs.
pub(super) fn loaded(size: u64, at: Instant, objects: &Objects) -> State {
    let decoded = objects.iter().map(|(key, bytes)| (Key::decode(key).unwrap(), bytes.clone()));
    State::load(size, at, decoded).unwrap()
}

/// The state of all events, folded from nothing.
pub(super) fn anew(events: &[Event]) -> State {
    let mut state = State::default();
    events.iter().for_each(|event| drop(state.evolve(event)));
    state
}

/// Who holds an assignment.
pub(super) fn agency_of(state: &State, id: &AssignmentId) -> Option<String> {
    state.holding(id).map(|(_, holding)| holding.agency.to_string())
}

/// Every responsibility.
pub(super) fn responsibilities(state: &State) -> Vec<ResponsibilityId> {
    state.responsibilities.keys().cloned().collect()
}

/// The first difference of each kind between a state and another, in words.
pub(super) fn differences((a, of_a): (&str, &State), (b, of_b): (&str, &State)) -> Vec<Difference> {
    let mut found = Vec::new();
    let names = format!("{a}/{b}");
    if (of_a.size, of_a.at) != (of_b.size, of_b.at) {
        let words = format!("{:?} and {:?}", (of_a.size, of_a.at), (of_b.size, of_b.at));
        found.push(Difference { kind: format!("{names}: position"), words });
    }
    objects(&names, of_a, of_b, &mut found);
    folds(&names, of_a, of_b, &mut found);
    indexes(&names, of_a, of_b, &mut found);
    let mut seen = BTreeSet::new();
    found.retain(|one| seen.insert(one.kind.clone()));
    found
}

fn objects(names: &str, a: &State, b: &State, found: &mut Vec<Difference>) {
    let keys: BTreeSet<_> = a.keys().into_iter().chain(b.keys()).collect();
    for key in keys {
        let (one, other) = (a.object(&key), b.object(&key));
        if one == other {
            continue;
        }
        let how = match (&one, &other) {
            (Some(_), None) => "only in the first",
            (None, Some(_)) => "only in the second",
            _ => "differs",
        };
        let text = |object: Option<Object>| {
            object.map_or("nothing".into(), |object| String::from_utf8(object.encode().unwrap()).unwrap())
        };
        let key = key.text();
        let kind = format!("{names}: object {}: {how}", key.split(':').next().unwrap());
        found.push(Difference { kind, words: format!("{key}\n  {}\n  {}", text(one), text(other)) });
    }
}

fn folds(names: &str, a: &State, b: &State, found: &mut Vec<Difference>) {
    let ids: BTreeSet<_> = a.responsibilities.keys().chain(b.responsibilities.keys()).collect();
    for id in ids {
        let (one, other) = (a.fold(id), b.fold(id));
        let mut put = |what: &str, words: String| {
            found
                .push(Difference { kind: format!("{names}: fold: {what}"), words: format!("{id}: {words}") });
        };
        if one.holdings != other.holdings {
            let (first, second) = (one.holdings.len(), other.holdings.len());
            if first != second {
                put("number of holdings", format!("{first} and {second}"));
            }
            for (x, y) in one.holdings.iter().zip(&other.holdings).filter(|(x, y)| x != y) {
                put(holding(x, y), format!("\n  {x:?}\n  {y:?}"));
            }
        }
        let lasting = |fold: &state::fold::Fold| -> Vec<_> {
            fold.beyond(Date::MAX).map(|holding| holding.assignment.clone()).collect()
        };
        if lasting(&one) != lasting(&other) {
            put("what lasts", format!("{:?} and {:?}", lasting(&one), lasting(&other)));
        }
    }
}

/// The first part in which two holdings differ.
fn holding(x: &state::fold::Holding, y: &state::fold::Holding) -> &'static str {
    if x.assignment != y.assignment {
        return "another holding";
    }
    if x.agency != y.agency {
        return "agency";
    }
    if x.under != y.under {
        return "under";
    }
    if x.spans != y.spans {
        return "spans";
    }
    if x.heirs != y.heirs {
        return "heirs";
    }
    if x.evidence() != y.evidence() {
        return "evidence";
    }
    "other fields"
}

/// Indexes, what folds have read, and whether they are whole: all that follows from the objects.
fn indexes(names: &str, a: &State, b: &State, found: &mut Vec<Difference>) {
    if let Some(words) = a.difference(b) {
        let kind = words.split(':').next().unwrap_or_default();
        let kind = if kind.starts_with("fold of") { "fold" } else { kind };
        found.push(Difference { kind: format!("{names}: derived: {kind}"), words });
    }
}
