//! What is wrong, reported and never refused (DOMAIN section 7). One file per kind; each a pure
//! function of the state and the day asked about.

pub mod broken_authority;
pub mod conflict;
pub mod dispute;
mod duplication;
mod meeting;
pub mod orphan;
mod overlap;
pub mod party;
pub mod stalled;
mod sure;
#[cfg(test)]
mod tests;
pub mod unplaced;

use std::collections::BTreeMap;

use serde::Serialize;

use super::event::responsibility::Nature;
use super::state::State;
use super::state::responsibility::Responsibility;
use super::timeline::{self, Status};
use super::{AgencyId, Date, ResponsibilityId, Seq, Subject};
pub use sure::unsure;

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Kind {
    Orphan,
    Conflict,
    Dispute,
    Duplication,
    Overlap,
    Stalled,
    BrokenAuthority,
    Unplaced,
}

impl Kind {
    /// Every kind that is reported.
    pub const ALL: [Self; 8] = [
        Self::Orphan,
        Self::Conflict,
        Self::Dispute,
        Self::Duplication,
        Self::Overlap,
        Self::Stalled,
        Self::BrokenAuthority,
        Self::Unplaced,
    ];

    /// As keys write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Orphan => "orphan",
            Self::Conflict => "conflict",
            Self::Dispute => "dispute",
            Self::Duplication => "duplication",
            Self::Overlap => "overlap",
            Self::Stalled => "stalled",
            Self::BrokenAuthority => "broken-authority",
            Self::Unplaced => "unplaced",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Severity {
    High,
    Medium,
    Low,
}

/// A finding, with the entries that prove it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What kind.
    pub kind: Kind,
    /// Its key: `kind:id`.
    pub key: String,
    /// What it is about.
    pub about: Vec<Subject>,
    /// The agencies concerned.
    pub agencies: Vec<AgencyId>,
    /// First day; absent when it has always been so.
    pub since: Option<Date>,
    /// Days from then to the day asked about.
    pub days: Option<i64>,
    /// Whose turn it is.
    pub waiting_on: Option<AgencyId>,
    /// Lower median of the path of a handoff, in days.
    pub median_days: Option<i64>,
    /// The entries that prove it, in order.
    pub evidence: Vec<Seq>,
    /// How grave it is.
    pub severity: Severity,
}

/// Every finding of a day, by key.
#[must_use]
pub fn findings(state: &State, valid_at: Date) -> Vec<Finding> {
    of_kinds(state, &Kind::ALL, valid_at)
}

/// The findings of some kinds on a day, by key.
#[must_use]
pub fn of_kinds(state: &State, kinds: &[Kind], day: Date) -> Vec<Finding> {
    let meet = kinds.contains(&Kind::Overlap) || kinds.contains(&Kind::Duplication);
    let pairs = if meet { meeting::pairs(state, day) } else { BTreeMap::new() };
    let mut all = Vec::new();
    for kind in kinds {
        all.extend(match kind {
            Kind::Orphan => orphan::findings(state, day),
            Kind::Conflict => conflict::findings(state, day),
            Kind::Dispute => dispute::findings(state, day),
            Kind::Duplication => duplication::findings(state, pairs.iter(), day),
            Kind::Overlap => overlap::findings(state, pairs.iter(), day),
            Kind::Stalled => stalled::findings(state, day),
            Kind::BrokenAuthority => broken_authority::findings(state, day),
            Kind::Unplaced => unplaced::findings(state, day),
        });
    }
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all
}

/// First day of the unbroken time, up to the day, in which a responsibility had a status.
fn since(state: &State, id: &ResponsibilityId, status: Status, day: Date) -> Option<Date> {
    let periods = timeline::periods(state, id);
    let before = periods.iter().rev().filter(|period| !period.is_empty() && period.from <= day);
    before.take_while(|period| period.status == status).last().map(|period| period.from)
}

/// A beginning that is known, and the days since.
fn counted(since: Option<Date>, day: Date) -> (Option<Date>, Option<i64>) {
    let since = since.filter(|since| *since > Date::MIN);
    (since, since.map(|since| day.days_since(since)))
}

/// Standing duties weigh more than single cases.
fn severity(of: &Responsibility) -> Severity {
    match of.defined.data.nature.unwrap_or_default() {
        Nature::Standing => Severity::High,
        Nature::Case => Severity::Medium,
    }
}
