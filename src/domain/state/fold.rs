//! The holdings of a responsibility, folded from everything that moves them (DOMAIN sections 5
//! and 6). Pure: the same state gives the same holdings for ever.

mod build;
mod change;
mod passing;
#[cfg(test)]
pub(crate) mod story;
#[cfg(test)]
mod tests;
mod work;

use std::sync::Arc;

use serde::Serialize;

use super::super::basis::Basis;
use super::super::event::assignment::{Component, HoldingRole, Mode};
use super::super::{AgencyId, AssignmentId, Date, Name, ResponsibilityId, Seq};
use super::State;

/// Deepest chain of responsibilities whose holdings depend on each other; beyond it what is
/// referred to counts as absent.
pub(super) const DEPTH_MAX: u32 = 64;

/// That an agency holds a responsibility: as what, by what, when.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    /// Its id.
    pub assignment: AssignmentId,
    /// Who holds.
    pub agency: AgencyId,
    /// As what.
    pub role: HoldingRole,
    /// Accountable holdings: attribution or delegation.
    pub mode: Option<Mode>,
    /// The holding it was put under; who stands there now is [`State`]'s to resolve by day.
    pub under: Option<AssignmentId>,
    /// What a caretaker answers for.
    pub components: Vec<Component>,
    /// Whether it may be delegated further.
    pub sub_delegable: bool,
    /// Legal basis.
    pub basis: Option<Basis>,
    /// Fields that are not sure.
    pub unverified: Vec<Name>,
    /// Nobody knows since when.
    pub from_unknown: bool,
    /// Nobody knows until when.
    pub to_unknown: bool,
    /// The entry that makes it.
    pub made: Seq,
    /// The entries that make, end and revive it.
    pub evidence: Vec<Seq>,
    /// When it is held; several when revived.
    pub spans: Vec<Span>,
    /// Who stands in its place, and when.
    pub heirs: Vec<Heir>,
    /// It was annulled afterwards, and exercised until this day.
    pub exercised_until: Option<Date>,
}

/// Days on which a holding is held: `from` included, `until` not.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// First day.
    pub from: Date,
    /// First day after; [`Date::MAX`] while open.
    pub until: Date,
    /// Where it would end by itself.
    pub planned: Date,
    /// How it ended.
    pub ended: Option<End>,
}

impl Span {
    /// Whether the day lies inside.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && day < self.until
    }
}

/// How a span ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Why.
    pub reason: Ended,
    /// The entry.
    pub by: Seq,
    /// It ended because what it stood under did.
    pub cascade: bool,
}

/// Why a holding ended (DOMAIN section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Ended {
    Expired,
    Revoked,
    Superseded,
    Transferred,
    Annulled,
    AgencyClosed,
    Retired,
}

/// A holding that stands in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heir {
    /// First day.
    pub from: Date,
    /// First day after; [`Date::MAX`] unless reversed.
    pub until: Date,
    /// The holding.
    pub assignment: AssignmentId,
    /// What it holds.
    pub responsibility: ResponsibilityId,
}

impl Heir {
    fn contains(&self, day: Date) -> bool {
        self.from <= day && day < self.until
    }
}

impl Holding {
    /// The span that contains the day.
    #[must_use]
    pub fn span_on(&self, day: Date) -> Option<&Span> {
        self.spans.iter().find(|span| span.contains(day))
    }

    /// Whether it is held on the day, dormant or not.
    #[must_use]
    pub fn is_alive_on(&self, day: Date) -> bool {
        self.span_on(day).is_some()
    }

    /// The first day.
    #[must_use]
    pub fn from(&self) -> Date {
        self.spans.first().map_or(Date::MAX, |span| span.from)
    }

    /// Who stands in its place on the day: in the given responsibility before any other.
    #[must_use]
    pub fn heir_on(&self, day: Date, prefer: &ResponsibilityId) -> Option<&Heir> {
        let mut alive = self.heirs.iter().filter(|heir| heir.contains(day));
        let first = alive.clone().next();
        alive.find(|heir| heir.responsibility == *prefer).or(first)
    }
}

/// The holdings of a responsibility.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fold {
    /// In the order in which they began.
    pub holdings: Vec<Arc<Holding>>,
}

impl Fold {
    /// The holding of that id.
    #[must_use]
    pub fn get(&self, id: &AssignmentId) -> Option<&Arc<Holding>> {
        self.holdings.iter().find(|holding| holding.assignment == *id)
    }

    /// Holdings of a day, in the order in which they began.
    pub fn alive_on(&self, day: Date) -> impl Iterator<Item = &Arc<Holding>> {
        self.holdings.iter().filter(move |holding| holding.is_alive_on(day))
    }
}

/// Folds the holdings of a responsibility; empty when it does not exist. `depth` is how many
/// folds are being built above this one.
pub(super) fn fold(state: &State, id: &ResponsibilityId, depth: u32) -> Fold {
    let mut above = Vec::new();
    build::fold(state, id, depth, &mut above).0
}
