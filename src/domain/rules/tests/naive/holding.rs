//! One holding of the naive fold, and what it was on a day.

use super::said::{Day, Fact, OPEN, Record};

/// A holding that began.
#[derive(Clone, Debug)]
pub(super) struct Holding {
    pub(super) id: String,
    pub(super) of: String,
    pub(super) agency: String,
    pub(super) role: String,
    /// By delegation; of an accountable holding.
    pub(super) delegated: bool,
    /// What it stands under, as it passed on: the last one is the one now.
    pub(super) trail: Vec<String>,
    /// What it stood under, since when.
    pub(super) above: Vec<(Day, Option<String>)>,
    pub(super) components: Vec<String>,
    /// The basis that it began with.
    pub(super) basis: Option<serde_json::Value>,
    pub(super) sub_delegable: bool,
    /// Where it ends by itself.
    pub(super) planned: Day,
    /// The place of what made it.
    pub(super) made: usize,
    /// Days on which it is held: the first, the first not.
    pub(super) spans: Vec<(Day, Day)>,
    /// Held now.
    pub(super) alive: bool,
    /// Who took its place: since, until, who.
    pub(super) heirs: Vec<(Day, Day, String)>,
    /// What a move took for it.
    pub(super) took: Vec<String>,
    /// What it displaced.
    pub(super) displaced: Vec<String>,
}

impl Holding {
    pub(super) fn under(&self) -> Option<&str> {
        self.trail.last().map(String::as_str)
    }

    /// The span that a day lies in.
    pub(super) fn span(&self, day: Day) -> Option<(Day, Day)> {
        self.spans.iter().copied().find(|(from, to)| *from <= day && day < *to)
    }

    pub(super) fn held(&self, day: Day) -> bool {
        self.span(day).is_some()
    }

    /// Its basis on a day.
    pub(super) fn basis_on(&self, record: &Record, day: Day) -> Option<serde_json::Value> {
        let mine =
            |fact: &&Fact| fact.w.assignment.as_ref() == Some(&self.id) && self.held(fact.w.effective());
        let mut said: Vec<&Fact> = record.of("assignment.changed").filter(mine).collect();
        said.retain(|fact| fact.w.effective() <= day);
        said.sort_by_key(|fact| (fact.w.effective(), fact.place));
        said.last().map_or_else(|| self.basis.clone(), |fact| fact.w.basis.clone())
    }

    /// What it stands under on a day.
    pub(super) fn under_on(&self, day: Day) -> Option<&str> {
        let on = self.above.iter().rev().find(|(since, _)| *since <= day).or(self.above.first());
        on.and_then(|(_, under)| under.as_deref())
    }

    /// Whether it is held together with another on any day.
    pub(super) fn meets(&self, other: &Self) -> Option<Day> {
        let pairs = self.spans.iter().flat_map(|a| other.spans.iter().map(move |b| (a, b)));
        pairs.filter_map(|(a, b)| Some(a.0.max(b.0)).filter(|day| *day < a.1.min(b.1))).min()
    }

    pub(super) fn passed_on(&self) -> Option<&str> {
        let now = self.heirs.iter().find(|(_, until, _)| *until == OPEN);
        now.map(|(_, _, heir)| heir.as_str())
    }

    /// Whether one agency would have both twice, apart from what executors stand under.
    pub(super) fn alike(&self, other: &Self) -> bool {
        let same = self.of == other.of && self.agency == other.agency && self.role == other.role;
        same && self.id != other.id
            && match self.role.as_str() {
                "accountable" | "executor" => true,
                "caretaker" => self.components.iter().any(|one| other.components.contains(one)),
                _ => false,
            }
    }
}
