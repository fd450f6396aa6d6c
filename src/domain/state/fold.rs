//! The holdings of a responsibility, folded from everything that moves them (DOMAIN sections 5
//! and 6). Pure: the same state gives the same holdings for ever.

mod build;
mod change;
mod moment;
mod overtaking;
mod part;
mod passing;
#[cfg(test)]
pub(crate) mod story;
#[cfg(test)]
mod tests;
mod together;
mod twice;
mod under;
mod work;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet, Vector};
use serde::Serialize;

use super::super::basis::Basis;
use super::super::event::assignment::{AssignmentEnded, AssignmentMade, Component, HoldingRole, Mode};
use super::super::{AgencyId, AssignmentId, Date, HandoffId, Name, ResponsibilityId, Seq, TerritoryId};
use super::State;
use super::fact::Fact;
use super::handoff::Handoff;
pub(super) use build::{Built, Path, fold};
pub use change::Place;
pub use moment::{Moment, Point};
pub use part::Below;
pub(crate) use part::{Choice, Look};

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
    /// The holding whose place it took: by a move, or in a part of a split.
    took: Option<AssignmentId>,
    /// What a caretaker answers for.
    pub components: Vec<Component>,
    /// Whether it may be delegated further.
    pub sub_delegable: bool,
    /// Legal basis, as it began; that of a day is [`Holding::basis_on`].
    pub basis: Option<Basis>,
    /// Other bases that it was given while it was held, by their first day.
    rebased: Vec<Rebased>,
    /// Fields that are not sure.
    pub unverified: Vec<Name>,
    /// Nobody knows since when.
    pub from_unknown: bool,
    /// Nobody knows until when.
    pub to_unknown: bool,
    /// The entry that makes it.
    pub made: Seq,
    /// The entries that make, end and revive it, but for those that [`Span::ended`] names.
    evidence: Vec<Seq>,
    /// When it is held; several when revived.
    pub spans: Vec<Span>,
    /// Who stands in its place, and when.
    pub heirs: Vec<Heir>,
    /// It was annulled afterwards, and exercised until this day.
    pub exercised_until: Option<Date>,
    /// Where its own period or a step would end it, whatever it stands under.
    own: Option<(Date, End)>,
    /// Where it would end by itself, and why: by the above, or with what it stands under.
    planned: Option<(Date, End)>,
}

/// A basis that a holding was given later.
#[derive(Clone, Debug, PartialEq)]
struct Rebased {
    /// First day.
    from: Date,
    /// The whole of it.
    basis: Option<Basis>,
    /// The entries that say so.
    evidence: Vec<Seq>,
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
    /// When it began that day, where all of that day's changes have a time.
    pub began: Option<Point>,
    /// The change that began it.
    pub turn: Option<Place>,
    /// Whether the day on which it begins is unknown or not verified.
    pub unsure: bool,
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
    /// When that day, where all of that day's changes have a time.
    pub at: Option<Point>,
    /// The change that ended it; absent where it ends by itself, before all changes of its day.
    pub turn: Option<Place>,
    /// Whether the day is unknown or not verified.
    pub unsure: bool,
}

impl End {
    /// An end of its own that no time of day tells.
    fn by_day(reason: Ended, by: Seq) -> Self {
        Self { reason, by, cascade: false, at: None, turn: None, unsure: false }
    }

    /// The same, on a day that is sure or not.
    fn unless(self, sure: bool) -> Self {
        Self { unsure: !sure, ..self }
    }
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

    /// Whether it was held on the day, holdings of zero days counting on theirs.
    #[must_use]
    pub fn was_alive_on(&self, day: Date) -> bool {
        self.was_alive_at(Moment { day, point: None })
    }

    /// The entries that make, end and revive it, or give it another basis, in order.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seq> {
        let ends = self.spans.iter().filter_map(|span| span.ended).map(|end| end.by);
        let rebased = self.rebased.iter().flat_map(|rebased| &rebased.evidence).copied();
        let mut seqs: Vec<_> = self.evidence.iter().copied().chain(ends).chain(rebased).collect();
        seqs.sort_unstable();
        seqs.dedup();
        seqs
    }

    /// The basis that it has on a day, and the day from which it has it.
    #[must_use]
    pub fn basis_on(&self, day: Date) -> Option<(&Basis, Date)> {
        let given = self.rebased.iter().rev().find(|rebased| rebased.from <= day);
        let (basis, since) =
            given.map_or_else(|| (&self.basis, self.from()), |given| (&given.basis, given.from));
        basis.as_ref().map(|basis| (basis, since))
    }

    /// The days from which it has another basis.
    pub fn rebased_on(&self) -> impl Iterator<Item = Date> {
        self.rebased.iter().map(|rebased| rebased.from)
    }

    /// Whether the day until which it is held in a span is unknown or not verified.
    #[must_use]
    pub fn ends_unsure(&self, span: &Span) -> bool {
        match span.ended {
            Some(end) => end.unsure,
            None => self.to_unknown,
        }
    }

    /// The holding whose place it took: by a move, or in a part of a split.
    #[must_use]
    pub fn took(&self) -> Option<&AssignmentId> {
        self.took.as_ref()
    }

    /// Whether the split at a place passed it on.
    #[must_use]
    pub fn passed_by(&self, split: Seq) -> bool {
        let passes = |end: End| end.by == split && end.reason == Ended::Transferred && !end.cascade;
        self.spans.iter().any(|span| span.ended.is_some_and(passes))
    }

    /// What it is of, and its name, for who asks what it stands under.
    #[must_use]
    pub fn below<'a>(&'a self, of: &'a ResponsibilityId) -> Below<'a> {
        Below { of, holding: Some(&self.assignment) }
    }

    /// The day on which it would end by itself, whatever it stands under; [`Date::MAX`] where it is open.
    #[must_use]
    pub fn limit(&self) -> Date {
        self.own.map_or(Date::MAX, |(day, _)| day)
    }

    /// The first day.
    #[must_use]
    pub fn from(&self) -> Date {
        self.spans.first().map_or(Date::MAX, |span| span.from)
    }
}

/// The holdings of a responsibility.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fold {
    /// In the order in which they began.
    pub holdings: Vector<Arc<Holding>>,
    /// Where each is.
    positions: OrdMap<AssignmentId, usize>,
    /// Positions of those that last until the day of the last change, or beyond.
    lasting: Vec<usize>,
    /// Handoffs by agreement that were overtaken here before the turn of their move: since when, and by what.
    pub(super) overtaken: OrdMap<HandoffId, (Date, Seq)>,
    /// The last change.
    last: Option<Place>,
}

impl Fold {
    /// The holding of that id.
    #[must_use]
    pub fn get(&self, id: &AssignmentId) -> Option<&Arc<Holding>> {
        self.positions.get(id).and_then(|at| self.holdings.get(*at))
    }

    /// The day of the last change.
    pub(super) fn last_day(&self) -> Option<Date> {
        self.last.map(|last| last.day)
    }

    /// Holdings of a day, in the order in which they began.
    pub fn alive_on(&self, day: Date) -> impl Iterator<Item = &Arc<Holding>> {
        self.beyond(day).filter(move |holding| holding.is_alive_on(day))
    }

    /// Holdings that last beyond a day, and maybe others: what is not among them is over by then.
    pub fn beyond(&self, day: Date) -> impl Iterator<Item = &Arc<Holding>> {
        let recent = self.last.is_some_and(|last| last.day <= day);
        let all = (!recent).then(|| self.holdings.iter());
        let lasting = recent.then(|| self.lasting.iter().filter_map(|at| self.holdings.get(*at)));
        all.into_iter().flatten().chain(lasting.into_iter().flatten())
    }
}

/// Whether all changes of a responsibility on a day have a time that does not contradict their order, or there
/// are none (DOMAIN section 7, "By `time`").
#[must_use]
pub fn is_timed(state: &State, id: &ResponsibilityId, day: Date) -> bool {
    state.responsibilities.get(id).is_none_or(|of| change::is_timed(state, of, day))
}

/// A fold, and what it was folded from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Folded {
    /// The holdings.
    pub(super) fold: Arc<Fold>,
    /// What was read beside the responsibility's own facts and its handoffs: where one of these changes, the
    /// fold is made anew.
    pub(super) reads: OrdSet<Read>,
    /// Whether all that it depends on could be folded: where responsibilities depend on each other in a
    /// circle, what is folded further down sees those above as empty, and nobody else may use it.
    pub(super) whole: bool,
}

impl Folded {
    /// The responsibilities whose folds it has read.
    pub(super) fn folds_read(&self) -> impl Iterator<Item = &ResponsibilityId> {
        let from = Read::Fold(ResponsibilityId::least());
        self.reads.range(from..).map_while(|read| if let Read::Fold(id) = read { Some(id) } else { None })
    }
}

/// Something that a fold has read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Read {
    /// Whether and when an agency was closed.
    Agency(AgencyId),
    /// The holdings of another responsibility.
    Fold(ResponsibilityId),
    /// When the steps of a handoff end.
    Handoff(HandoffId),
    /// Which responsibility a holding is of.
    Holding(AssignmentId),
    /// Out of which splits a responsibility came.
    Parts(ResponsibilityId),
    /// What a responsibility covers.
    Scope(ResponsibilityId),
    /// What a territory lies in.
    Territory(TerritoryId),
}

/// A change that a new entry brings.
#[derive(Clone, Copy)]
pub(super) enum New<'a> {
    /// The move of a handoff.
    Moved(&'a Handoff),
    /// An assignment made.
    Made(&'a Fact<AssignmentMade>),
    /// An assignment ended.
    Ended(&'a Fact<AssignmentEnded>),
}

/// The fold with a change that comes after all others; `None` when it does not come last or brings
/// others with it, so that everything is to be folded again.
pub(super) fn append(state: &State, id: &ResponsibilityId, old: &Folded, new: New<'_>) -> Option<Folded> {
    let of = state.responsibilities.get(id)?;
    build::append(state, of, old, change::last(state, &old.fold, new)?)
}
