//! A programme as the record has it.

use serde::{Deserialize, Serialize};

use super::super::basis::Basis;
use super::super::event::programme::{
    Goal, ProgrammeChanged, ProgrammeEnded, ProgrammeReported, ProgrammeStarted,
};
use super::super::{AgencyId, Date, Name, ResponsibilityId, Seq};
use super::dated::{Told, Upto};
use super::fact::Fact;

/// A joint undertaking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Programme {
    /// How it began.
    pub started: Fact<ProgrammeStarted>,
    /// What changed, by place.
    pub changed: Vec<Fact<ProgrammeChanged>>,
    /// Reports on its goals, by place.
    pub reported: Vec<Fact<ProgrammeReported>>,
    /// How it ended.
    pub ended: Option<Fact<ProgrammeEnded>>,
}

impl Told for Programme {
    fn upto(&self, upto: Upto) -> Self {
        Self {
            started: self.started.clone(),
            changed: upto.all(&self.changed),
            reported: upto.all(&self.reported),
            ended: upto.one(self.ended.as_ref()),
        }
    }
}

impl Programme {
    /// A programme just started.
    #[must_use]
    pub fn new(started: Fact<ProgrammeStarted>) -> Self {
        Self { started, changed: Vec::new(), reported: Vec::new(), ended: None }
    }

    /// What was said last of a field.
    fn last<'a, T>(&'a self, of: impl Fn(&'a ProgrammeChanged) -> Option<T>) -> Option<T> {
        self.changed.iter().rev().find_map(|fact| of(&fact.data))
    }

    /// Who leads it.
    #[must_use]
    pub fn coordinator(&self) -> &AgencyId {
        self.last(|data| data.coordinator.as_ref()).unwrap_or(&self.started.data.coordinator)
    }

    /// Who takes part.
    #[must_use]
    pub fn members(&self) -> &[AgencyId] {
        self.last(|data| data.members.as_deref()).unwrap_or(&self.started.data.members)
    }

    /// What it is in discharge of.
    #[must_use]
    pub fn responsibilities(&self) -> &[ResponsibilityId] {
        self.last(|data| data.responsibilities.as_deref()).unwrap_or(&self.started.data.responsibilities)
    }

    /// What it is to reach.
    #[must_use]
    pub fn goals(&self) -> &[Goal] {
        self.last(|data| data.goals.as_deref()).unwrap_or(&self.started.data.goals)
    }

    /// The newest report on a goal, by own date.
    #[must_use]
    pub fn report(&self, goal: &Name) -> Option<&Fact<ProgrammeReported>> {
        let on_it = self.reported.iter().filter(|fact| fact.data.goal == *goal);
        on_it.max_by_key(|fact| (fact.own_date(), fact.seq))
    }

    /// The end that has come by a day, if it has.
    #[must_use]
    pub fn ended_by(&self, day: Date) -> Option<&Fact<ProgrammeEnded>> {
        self.ended.as_ref().filter(|fact| fact.data.effective <= day)
    }

    /// Legal basis: what was said last.
    #[must_use]
    pub fn basis(&self) -> Option<&Basis> {
        self.last(|data| data.basis.as_ref()).or(self.started.data.basis.as_ref())
    }

    /// The entries about it.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seq> {
        let mut seqs: Vec<_> = self.started.evidence().collect();
        seqs.extend(self.changed.iter().flat_map(Fact::evidence));
        seqs.extend(self.reported.iter().flat_map(Fact::evidence));
        seqs.extend(self.ended.iter().flat_map(Fact::evidence));
        seqs.sort_unstable();
        seqs
    }
}
