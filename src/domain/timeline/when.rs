//! A point in the days at which it is asked who holds: at a day's end, at a time of it, or right after one of
//! its changes.

use super::super::event::responsibility::ResponsibilitySplit;
use super::super::state::State;
use super::super::state::fact::Fact;
use super::super::state::fold::{Below, Heir, Holding, Look, Moment, Place, Read, Span};
use super::super::{AssignmentId, Date, ResponsibilityId};

/// When it is asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// On a day: the last change of a day holds the day.
    Day(Date),
    /// At a time of a day.
    At(Moment),
    /// Right after a change: what it begins counts, also where it ends at once.
    After(Place),
}

impl When {
    /// The day.
    pub(super) fn day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::At(moment) => moment.day,
            Self::After(place) => place.day,
        }
    }

    /// What is over by this day's end is not held then.
    pub(super) fn all_after(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::At(_) | Self::After(_) => self.day().plus_days(-1),
        }
    }

    /// The span of a holding in which it is held then.
    pub(super) fn span(self, holding: &Holding) -> Option<&Span> {
        holding.spans.iter().find(|span| self.is_in(span))
    }

    fn is_in(self, span: &Span) -> bool {
        match self {
            Self::Day(day) => span.contains(day),
            Self::At(moment) => span.contains_at(moment),
            Self::After(place) if span.turn == Some(place) => true,
            Self::After(place) => {
                let ended = span.ended.and_then(|end| end.turn);
                let later = ended.is_some_and(|ended| !ended.is_upto(place));
                self.has_begun(span) && (span.until > place.day || span.until == place.day && later)
            }
        }
    }

    fn has_begun(self, span: &Span) -> bool {
        span.from < self.day()
            || span.from == self.day()
                && match self {
                    Self::Day(_) => true,
                    Self::At(moment) => span.began.zip(moment.point).is_none_or(|(began, at)| began <= at),
                    Self::After(place) => span.turn.is_none_or(|turn| turn.is_upto(place)),
                }
    }

    /// Those of a holding's heirs that stand in its place then, for the whole of the day.
    pub(super) fn heirs(self, state: &State, all: &[Heir]) -> Vec<Heir> {
        let day = self.day();
        let counts = |heir: &&Heir| {
            let holding = || state.holding(&heir.assignment).map(|(_, holding)| holding);
            let begun = heir.from < day
                || heir.from == day
                    && holding().is_none_or(|h| h.spans.first().is_none_or(|span| self.has_begun(span)));
            begun && (heir.until > day || heir.until == day && holding().is_some_and(|h| self.still(&h)))
        };
        let whole = |heir: &Heir| Heir { from: day, until: Date::MAX, ..heir.clone() };
        all.iter().filter(counts).map(whole).collect()
    }

    /// Who stands in the place of a holding then, for what stands under it.
    pub(super) fn resolve(self, state: &State, id: &AssignmentId, below: Below<'_>) -> AssignmentId {
        Then { state, when: self }.resolve(id, self.day(), below)
    }

    /// Whether a split has taken place by then.
    pub(super) fn is_split(self, split: &Fact<ResponsibilitySplit>) -> bool {
        let day = split.data.effective;
        day < self.day()
            || day == self.day()
                && match self {
                    Self::Day(_) => true,
                    Self::At(moment) => {
                        let times = split.data.time.as_ref().zip(moment.point);
                        times.is_none_or(|(time, at)| time.instant <= at.time)
                    }
                    Self::After(place) => Place::of_split(day, split.seq).is_upto(place),
                }
    }

    /// Whether a holding that ends that day is held then.
    fn still(self, holding: &Holding) -> bool {
        !matches!(self, Self::Day(_)) && holding.spans.last().is_some_and(|span| self.is_in(span))
    }
}

/// The holdings as they are at that point of a day.
struct Then<'s> {
    state: &'s State,
    when: When,
}

impl<'s> Look<'s> for Then<'s> {
    fn state(&self) -> &'s State {
        self.state
    }
    fn look<T>(&mut self, id: &AssignmentId, read: impl FnOnce(&Holding) -> T) -> Option<T> {
        self.state.look(id, read)
    }
    fn responsibility(&self, id: &AssignmentId) -> Option<&'s ResponsibilityId> {
        self.state.responsibility_of(id)
    }
    fn heirs(&mut self, id: &AssignmentId, _: Date) -> Option<Vec<Heir>> {
        let (state, when) = (self.state, self.when);
        self.look(id, |holding| when.heirs(state, &holding.heirs))
    }
    fn met(&mut self, _: Read) {}
}
