//! Agencies, territories and scopes on a day (DOMAIN section 2).

use std::collections::BTreeSet;

use super::said::{Carved, Code, Day, Fact, OPEN, Period, Record, UNKNOWN};

/// What a responsibility covers on a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scope {
    pub(super) code: Code,
    pub(super) territory: Option<String>,
    pub(super) carved: Vec<Carved>,
    pub(super) parent: Option<String>,
}

/// Whether a code contains another.
fn contains(outer: &Code, inner: &Code) -> bool {
    let rest = inner.value.strip_prefix(&outer.value);
    outer.scheme == inner.scheme && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Record {
    /// Facts of a kind with `effective` up to a day, in the order of `effective`, then seq.
    fn changes<'a>(&'a self, kind: &'a str, day: Day) -> Vec<&'a Fact> {
        let mut changes: Vec<&Fact> = self.of(kind).filter(|fact| fact.w.effective() <= day).collect();
        changes.sort_by_key(|fact| (fact.w.effective(), fact.place));
        changes
    }

    pub(super) fn agency(&self, id: &str) -> Option<&Fact> {
        self.of("agency.registered").find(|fact| fact.w.agency() == id)
    }

    pub(super) fn closing(&self, agency: &str) -> Option<&Fact> {
        self.of("agency.closed").find(|fact| fact.w.agency() == agency)
    }

    pub(super) fn has_power(&self, agency: &str, power: &str) -> bool {
        self.agency(agency).is_some_and(|fact| fact.w.powers.iter().any(|one| one == power))
    }

    /// When an agency exists, as said by a day, closings left out.
    pub(super) fn valid_agency(&self, agency: &str, day: Day) -> Option<Period> {
        let mut valid = self.agency(agency)?.w.valid();
        for fact in self.changes("agency.changed", day) {
            if let (true, Some(period)) = (fact.w.agency() == agency, &fact.w.valid) {
                valid = period.clone();
            }
        }
        Some(valid)
    }

    /// Whether an agency exists on a day.
    pub(super) fn active(&self, agency: &str, day: Day) -> bool {
        let closed = self.closing(agency).is_some_and(|fact| fact.w.effective() <= day);
        !closed && self.valid_agency(agency, day).is_some_and(|valid| valid.has(day))
    }

    pub(super) fn parents(&self, agency: &str, day: Day) -> Vec<String> {
        let first = self.agency(agency).and_then(|fact| fact.w.parents.clone());
        let mut parents = first.unwrap_or_default();
        for fact in self.changes("agency.changed", day) {
            if let (true, Some(changed)) = (fact.w.agency() == agency, &fact.w.parents) {
                parents.clone_from(changed);
            }
        }
        parents
    }

    pub(super) fn territory(&self, id: &str) -> Option<&Fact> {
        self.of("territory.registered").find(|fact| fact.w.territory.as_deref() == Some(id))
    }

    pub(super) fn within(&self, territory: &str, day: Day) -> Option<String> {
        let mut within = self.territory(territory)?.w.within.clone();
        for fact in self.changes("territory.changed", day) {
            if fact.w.territory.as_deref() == Some(territory) && fact.w.within.is_some() {
                within.clone_from(&fact.w.within);
            }
        }
        within
    }

    /// Whether a territory contains another; absent is the whole.
    fn around(&self, outer: Option<&str>, inner: Option<&str>, day: Day) -> bool {
        let (Some(outer), Some(inner)) = (outer, inner) else { return outer.is_none() };
        let (mut at, mut seen) = (Some(inner.to_owned()), BTreeSet::new());
        while let Some(one) = at {
            if one == outer {
                return true;
            }
            at = if seen.insert(one.clone()) { self.within(&one, day) } else { None };
        }
        false
    }

    pub(super) fn defined(&self, id: &str) -> Option<&Fact> {
        self.of("responsibility.defined").find(|fact| fact.w.responsibility() == id)
    }

    pub(super) fn scope(&self, id: &str, day: Day) -> Option<Scope> {
        let w = &self.defined(id)?.w;
        let mut scope = Scope {
            code: w.code.clone().unwrap_or_default(),
            territory: w.territory.clone(),
            carved: w.carve_outs.clone().unwrap_or_default(),
            parent: w.parent.clone(),
        };
        for fact in self.changes("responsibility.changed", day) {
            if fact.w.responsibility() != id {
                continue;
            }
            scope.code = fact.w.code.clone().unwrap_or(scope.code);
            scope.territory = fact.w.territory.clone().or(scope.territory);
            scope.carved = fact.w.carve_outs.clone().unwrap_or(scope.carved);
            scope.parent = fact.w.parent.clone().or(scope.parent);
        }
        Some(scope)
    }

    /// Whether a scope lies inside another on a day.
    pub(super) fn inside(&self, inner: &Scope, outer: &Scope, day: Day) -> bool {
        let carved = |out: &Carved| {
            out.code.as_ref().is_none_or(|code| contains(code, &inner.code))
                && out
                    .territory
                    .as_deref()
                    .is_none_or(|t| self.around(Some(t), inner.territory.as_deref(), day))
        };
        contains(&outer.code, &inner.code)
            && self.around(outer.territory.as_deref(), inner.territory.as_deref(), day)
            && !outer.carved.iter().any(carved)
    }

    /// The same for responsibilities.
    pub(super) fn lies_inside(&self, inner: &str, outer: &str, day: Day) -> bool {
        let scopes = (self.scope(inner, day), self.scope(outer, day));
        matches!(scopes, (Some(inner), Some(outer)) if self.inside(&inner, &outer, day))
    }

    pub(super) fn split(&self, of: &str) -> Option<&Fact> {
        self.of("responsibility.split").find(|fact| fact.w.responsibility() == of)
    }

    pub(super) fn retired(&self, of: &str) -> Option<&Fact> {
        self.of("responsibility.retired").find(|fact| fact.w.responsibility() == of)
    }

    /// When a responsibility exists: its `valid`, ended by a split or retirement.
    pub(super) fn period(&self, of: &str) -> Option<(Day, Day)> {
        let valid = self.defined(of)?.w.valid();
        let split = self.split(of).filter(|fact| fact.w.remainder.as_deref() != Some("unassigned"));
        let ends = [split, self.retired(of)].into_iter().flatten().map(|fact| fact.w.effective());
        Some((valid.first(), ends.fold(valid.end(), Day::min)))
    }

    pub(super) fn exists_on(&self, of: &str, day: Day) -> bool {
        self.period(of).is_some_and(|(from, to)| from <= day && day < to)
    }

    /// The wholes that a responsibility came out of.
    pub(super) fn came_out_of(&self, part: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut ask = vec![part.to_owned()];
        while let Some(one) = ask.pop() {
            for fact in self.of("responsibility.split").filter(|fact| parts(fact).contains(&one)) {
                if found.insert(fact.w.responsibility().to_owned()) {
                    ask.push(fact.w.responsibility().to_owned());
                }
            }
        }
        found
    }

    /// Whether on any day there is a circle of agencies' parents, of responsibilities' parents or of
    /// territories' `within`.
    pub(super) fn has_circle(&self) -> bool {
        let mut days: BTreeSet<Day> = self.facts.iter().filter_map(|fact| fact.w.effective).collect();
        days.extend([UNKNOWN, OPEN - 1]);
        days.into_iter().any(|day| {
            let agencies = self.of("agency.registered").map(|fact| fact.w.agency().to_owned());
            let territories = self.of("territory.registered").filter_map(|fact| fact.w.territory.clone());
            let defined = self.of("responsibility.defined").map(|fact| fact.w.responsibility().to_owned());
            let parent = |id: &str| self.scope(id, day).and_then(|scope| scope.parent);
            circle(agencies, |id| self.parents(id, day))
                || circle(territories, |id| self.within(id, day).into_iter().collect())
                || circle(defined, |id| parent(id).into_iter().collect())
        })
    }
}

/// The parts of a split: each `into`, and a remainder id.
pub(super) fn parts(split: &Fact) -> Vec<String> {
    let rest = split.w.remainder.clone().filter(|rest| rest != "none" && rest != "unassigned");
    split.w.into.iter().cloned().chain(rest).collect()
}

/// Whether somebody is above itself.
fn circle(all: impl Iterator<Item = String>, above: impl Fn(&str) -> Vec<String>) -> bool {
    let mut all = all;
    all.any(|one| {
        let (mut ask, mut seen) = (above(&one), BTreeSet::new());
        while let Some(next) = ask.pop() {
            if next == one {
                return true;
            }
            if seen.insert(next.clone()) {
                ask.extend(above(&next));
            }
        }
        false
    })
}
