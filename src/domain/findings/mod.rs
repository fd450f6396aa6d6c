//! What is wrong, reported and never refused (DOMAIN section 7). One file per kind; each a pure
//! function of the state and the day asked about.

pub mod conflict;
pub mod orphan;
pub mod stalled;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::event::responsibility::Nature;
use super::state::State;
use super::state::responsibility::Responsibility;
use super::timeline::{self, Status};
use super::{AgencyId, Date, ResponsibilityId, Seq, Subject};

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Kind {
    Orphan,
    Conflict,
    Stalled,
}

impl Kind {
    /// As keys write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Orphan => "orphan",
            Self::Conflict => "conflict",
            Self::Stalled => "stalled",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Orphan, Self::Conflict, Self::Stalled].into_iter().find(|kind| kind.as_str() == text)
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

/// Every finding of a day, by kind, then key.
#[must_use]
pub fn findings(state: &State, valid_at: Date) -> Vec<Finding> {
    let mut all = orphan::findings(state, valid_at);
    all.extend(conflict::findings(state, valid_at));
    all.extend(stalled::findings(state, valid_at));
    all.sort_by(|a, b| (a.kind, &a.key).cmp(&(b.kind, &b.key)));
    all
}

/// First day of the unbroken time, up to the day, in which a responsibility had a status.
fn since(state: &State, id: &ResponsibilityId, status: Status, day: Date) -> Option<Date> {
    let periods = timeline::periods(state, id);
    let before = periods.iter().rev().filter(|period| period.from <= day);
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
