//! A responsibility as the record has it: what was said about it, and what moved its holdings.

use serde::{Deserialize, Serialize};

use super::super::event::assignment::{AssignmentChanged, AssignmentEnded, AssignmentMade};
use super::super::event::responsibility::{
    Due, Remainder, ResponsibilityChanged, ResponsibilityDefined, ResponsibilityRetired, ResponsibilitySplit,
};
use super::super::scope::{CarveOut, SchemeCode};
use super::super::text::Names;
use super::super::{AssignmentId, Date, ResponsibilityId, Seq, TerritoryId};
use super::fact::Fact;

/// A responsibility and what was said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Responsibility {
    /// How it was defined.
    pub defined: Fact<ResponsibilityDefined>,
    /// What changed, by place.
    pub changed: Vec<Fact<ResponsibilityChanged>>,
    /// How it was divided.
    pub split: Option<Fact<ResponsibilitySplit>>,
    /// How it ended.
    pub retired: Option<Fact<ResponsibilityRetired>>,
    /// Assignments made, by place; each names its holding.
    pub made: Vec<Fact<AssignmentMade>>,
    /// Assignments ended, by place; each names its holding.
    pub ended: Vec<Fact<AssignmentEnded>>,
    /// Other bases that holdings were given, by place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rebased: Vec<Fact<AssignmentChanged>>,
    /// The holdings that its split passes on, by the parts they pass to, and their names there.
    pub passed: Vec<Passed>,
}

/// The name of a holding that a split passes on to a part (DOMAIN section 3). Once given it stays, also
/// while a correction leaves the part out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The place of the split: one that is withdrawn and said again gives other names.
    pub split: Seq,
    /// The part.
    pub part: ResponsibilityId,
    /// The holding of what was split.
    pub old: AssignmentId,
    /// The holding of the part.
    pub new: AssignmentId,
}

/// A responsibility as it was on a day.
#[derive(Clone, Copy, Debug)]
pub struct ResponsibilityOn<'a> {
    /// Its name then.
    pub name: &'a Names,
    /// Its code then.
    pub code: &'a SchemeCode,
    /// Its territory then; absent = the whole.
    pub territory: Option<&'a TerritoryId>,
    /// The responsibility it was a part of then.
    pub parent: Option<&'a ResponsibilityId>,
    /// What it did not cover then.
    pub carve_outs: &'a [CarveOut],
    /// When it was due.
    pub due: Option<&'a Due>,
}

impl<'a> ResponsibilityOn<'a> {
    /// What is defined so and changed so was on a day.
    #[must_use]
    pub fn of(
        first: &'a ResponsibilityDefined,
        changed: &'a [Fact<ResponsibilityChanged>],
        day: Date,
    ) -> Self {
        let mut on = Self {
            name: &first.name,
            code: &first.code,
            territory: first.territory.as_ref(),
            parent: first.parent.as_ref(),
            carve_outs: &first.carve_outs,
            due: first.due.as_ref(),
        };
        let mut changes: Vec<_> = changed.iter().filter(|fact| fact.data.effective <= day).collect();
        changes.sort_by_key(|fact| (fact.data.effective, fact.seq));
        for fact in changes {
            on.name = fact.data.name.as_ref().unwrap_or(on.name);
            on.code = fact.data.code.as_ref().unwrap_or(on.code);
            on.territory = fact.data.territory.as_ref().or(on.territory);
            on.parent = fact.data.parent.as_ref().or(on.parent);
            on.carve_outs = fact.data.carve_outs.as_deref().unwrap_or(on.carve_outs);
            on.due = fact.data.due.as_ref().or(on.due);
        }
        on
    }
}

impl Responsibility {
    /// A responsibility just defined.
    #[must_use]
    pub fn new(defined: Fact<ResponsibilityDefined>) -> Self {
        Self {
            defined,
            changed: Vec::new(),
            split: None,
            retired: None,
            made: Vec::new(),
            ended: Vec::new(),
            rebased: Vec::new(),
            passed: Vec::new(),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &ResponsibilityId {
        &self.defined.data.responsibility
    }

    /// The responsibility it is a part of on a day.
    #[must_use]
    pub fn parent_on(&self, day: Date) -> Option<&ResponsibilityId> {
        let said =
            self.changed.iter().filter(|fact| fact.data.parent.is_some() && fact.data.effective <= day);
        let last = said.max_by_key(|fact| (fact.data.effective, fact.seq));
        last.and_then(|fact| fact.data.parent.as_ref()).or(self.defined.data.parent.as_ref())
    }

    /// Every responsibility that it is a part of on some day.
    pub fn ever_parents(&self) -> impl Iterator<Item = &ResponsibilityId> {
        let changed = self.changed.iter().filter_map(|fact| fact.data.parent.as_ref());
        changed.chain(&self.defined.data.parent)
    }

    /// Every territory in which it lies on some day.
    pub fn ever_territories(&self) -> impl Iterator<Item = &TerritoryId> {
        let changed = self.changed.iter().filter_map(|fact| fact.data.territory.as_ref());
        changed.chain(&self.defined.data.territory)
    }

    /// The responsibilities that its split passes holdings on to: the parts, and the one that takes the rest.
    pub fn parts(&self) -> impl Iterator<Item = &ResponsibilityId> {
        self.split.iter().flat_map(|fact| fact.data.parts())
    }

    /// The names of the holdings that its split passes on, as the split stands.
    pub fn names(&self) -> impl Iterator<Item = &Passed> {
        let of_split =
            self.split.iter().flat_map(|split| self.passed.iter().filter(|n| n.split == split.seq));
        of_split.filter(|name| self.parts().any(|part| *part == name.part))
    }

    /// Its first day and the first day after it, as the rules that refuse see it: what has no `valid` is always
    /// there.
    #[must_use]
    pub fn period(&self) -> (Date, Date) {
        let valid = self.defined.data.valid.as_ref();
        let from = valid.map_or(Date::MIN, super::super::Period::start);
        let mut to = valid.map_or(Date::MAX, super::super::Period::end);
        if let Some(split) = &self.split
            && split.data.remainder != Remainder::Unassigned
        {
            to = to.min(split.data.effective);
        }
        if let Some(retired) = &self.retired {
            to = to.min(retired.data.effective);
        }
        (from, to)
    }

    /// What it was on a day: changes by effective day, then place.
    #[must_use]
    pub fn on(&self, day: Date) -> ResponsibilityOn<'_> {
        ResponsibilityOn::of(&self.defined.data, &self.changed, day)
    }

    /// The holding that an ending means, by the entry whose words it has.
    #[must_use]
    pub fn ended_by(&self, entry: Seq) -> Option<&AssignmentId> {
        self.ended.iter().find(|fact| fact.by == entry)?.data.assignment.as_ref()
    }

    /// The entries about the responsibility itself, not its holdings.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seq> {
        let mut seqs: Vec<_> = self.defined.evidence().collect();
        seqs.extend(self.changed.iter().flat_map(Fact::evidence));
        seqs.extend(self.split.iter().flat_map(Fact::evidence));
        seqs.extend(self.retired.iter().flat_map(Fact::evidence));
        seqs.sort_unstable();
        seqs
    }
}
