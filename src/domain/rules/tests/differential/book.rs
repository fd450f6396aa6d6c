//! A light book of what was said and still stands, from which plausible statements are drawn.

use serde_json::Value;

use super::line::{Line, day_of};

/// An admitted statement.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) line: Line,
    /// The entry whose place it has, and the day of that place.
    pub(super) place: u64,
    pub(super) day: i64,
    /// How many corrections stand before it.
    pub(super) depth: usize,
    /// Whether it was neither corrected nor withdrawn.
    pub(super) stands: bool,
}

/// Everything that was said.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    pub(super) entries: Vec<Entry>,
}

/// The kind of statement and the field that make an object, and the field by which others name it.
pub(super) const MAKERS: &[(&str, &str)] = &[
    ("agency.registered", "agency"),
    ("territory.registered", "territory"),
    ("responsibility.defined", "responsibility"),
    ("handoff.proposed", "handoff"),
    ("decision.recorded", "decision"),
    ("act.recorded", "act"),
    ("claim.raised", "claim"),
    ("forum.formed", "forum"),
    ("commitment.made", "commitment"),
    ("programme.started", "programme"),
    ("token.registered", "token"),
    ("witness.registered", "name"),
];

impl Entry {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.line.data[field].as_str()
    }

    pub(super) fn texts(&self, field: &str) -> Vec<String> {
        let all = self.line.data[field].as_array().into_iter().flatten();
        all.filter_map(|one| one.as_str().map(str::to_owned)).collect()
    }

    pub(super) fn date(&self, field: &str) -> Option<i64> {
        day_of(self.text(field)?)
    }
}

impl Book {
    /// Writes an admitted line down, and how deep a correction it is.
    pub(super) fn admitted(&mut self, seq: u64, line: &Line) -> Option<(&'static str, usize)> {
        let mut entry = Entry { seq, line: line.clone(), place: seq, day: line.day, depth: 0, stands: true };
        let gone = line.corrects.or_else(|| match line.kind {
            "record.withdrawn" => line.data["seq"].as_u64(),
            _ => None,
        });
        let mut was = None;
        if let Some(old) = self.entries.iter_mut().find(|old| Some(old.seq) == gone) {
            old.stands = false;
            was = Some((old.line.kind, old.depth));
            if line.corrects.is_some() {
                (entry.place, entry.day, entry.depth) = (old.place, old.day, old.depth + 1);
            }
        }
        self.entries.push(entry);
        was
    }

    /// Statements of a kind that stand.
    pub(super) fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.stands && entry.line.kind == kind)
    }

    /// Statements of a kind about an object that stand.
    pub(super) fn about<'a>(
        &'a self,
        kind: &'a str,
        field: &'a str,
        id: &'a str,
    ) -> impl Iterator<Item = &'a Entry> {
        self.all(kind).filter(move |entry| entry.text(field) == Some(id))
    }

    pub(super) fn ids(&self, kind: &str, field: &str) -> Vec<String> {
        self.all(kind).filter_map(|entry| entry.text(field).map(str::to_owned)).collect()
    }

    pub(super) fn has(&self, kind: &str, field: &str, id: &str) -> bool {
        self.about(kind, field, id).next().is_some()
    }

    /// Whether the object that an entry is about is there.
    pub(super) fn is_about_something(&self, entry: &Entry) -> bool {
        let family = entry.line.kind.split('.').next().unwrap();
        let made = MAKERS.iter().find(|(kind, _)| kind.split('.').next() == Some(family));
        let Some((kind, field)) = made else { return true };
        entry.text(field).is_none_or(|id| self.has(kind, field, id))
    }

    /// What a field says last of an object, by its making and its changes.
    pub(super) fn newest(&self, id: &str, kinds: [&str; 2], by: &str, field: &str) -> Option<Value> {
        let said = |entry: &Entry| kinds.contains(&entry.line.kind) && entry.text(by) == Some(id);
        let mut all: Vec<_> = self.entries.iter().filter(|entry| entry.stands && said(entry)).collect();
        all.sort_by_key(|entry| entry.place);
        let found = all.iter().rev().map(|entry| &entry.line.data[field]).find(|value| !value.is_null());
        found.cloned()
    }
}
