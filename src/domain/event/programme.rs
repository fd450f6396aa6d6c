//! Programmes: joint undertakings with goals, led by their coordinator (DOMAIN section 4).

use serde::{Deserialize, Serialize};

use super::super::{
    AgencyId, Date, Decimal, Name, ProgrammeId, ResponsibilityId, Time, basis::Basis, text::Text,
};
use super::data;
use super::saying::{Holdings, agencies, basis, nowhere, saying};
use crate::domain::Subject;
use crate::domain::rules::programme;
use crate::domain::state::programme::Programme;

data! {
    /// A programme begins.
    ProgrammeStarted {
        /// Its id.
        programme: ProgrammeId,
        /// Who leads it.
        coordinator: AgencyId,
        /// Who takes part.
        #[serde(default)]
        members: Vec<AgencyId>,
        /// What it is in discharge of.
        responsibilities: Vec<ResponsibilityId>,
        /// What it is to reach.
        #[serde(default)]
        goals: Vec<Goal>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// Something about a programme changes.
    ProgrammeChanged {
        /// The programme.
        programme: ProgrammeId,
        /// New coordinator.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coordinator: Option<AgencyId>,
        /// New members.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        members: Option<Vec<AgencyId>>,
        /// New responsibilities.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        responsibilities: Option<Vec<ResponsibilityId>>,
        /// New goals.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        goals: Option<Vec<Goal>>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// How far a goal is.
    ProgrammeReported {
        /// The programme.
        programme: ProgrammeId,
        /// The goal.
        goal: Name,
        /// Its indicator then.
        value: Decimal,
        /// When.
        on: Date,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

data! {
    /// A programme ends.
    ProgrammeEnded {
        /// The programme.
        programme: ProgrammeId,
        /// First day it does not run.
        effective: Date,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
    }
}

/// What a programme is to reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Its id within the programme.
    pub goal: Name,
    /// Who reports on it.
    pub by: AgencyId,
    /// What its indicator counts.
    pub unit: Text,
    /// Which way is better.
    pub direction: Direction,
    /// The indicator at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Decimal>,
    /// The indicator to reach.
    pub target: Decimal,
    /// Last day.
    pub due: Date,
}

/// Which way an indicator is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Direction {
    Up,
    Down,
}

saying! {
    ProgrammeStarted of Programme by programme;
    kept: first started begins |started, _, _| Programme::new(started);
    dated: |_| None;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::programme(&data.programme));
        agencies(links, data.members.iter().chain([&data.coordinator]));
        agencies(links, data.goals.iter().map(|goal| &goal.by));
        links.extend(data.responsibilities.iter().map(Subject::responsibility));
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: programme::started;
}

saying! {
    ProgrammeChanged of Programme by programme;
    kept: list changed;
    dated: |_| None;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::programme(&data.programme));
        agencies(links, data.members.iter().flatten().chain(&data.coordinator));
        agencies(links, data.goals.iter().flatten().map(|goal| &goal.by));
        links.extend(data.responsibilities.iter().flatten().map(Subject::responsibility));
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: programme::changed;
}

saying! {
    ProgrammeReported of Programme by programme and goal;
    kept: list reported;
    dated: |data| Some(data.on);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::programme(&data.programme)]);
    leads: nowhere;
    judged: programme::reported;
}

saying! {
    ProgrammeEnded of Programme by programme;
    kept: one ended;
    dated: |data| Some(data.effective);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::programme(&data.programme)]);
    leads: nowhere;
    judged: programme::ended;
}
