//! When what an entry says happened (DOMAIN section 3), for objects whose state on a day is what was
//! said with an own date up to it.

use super::super::event::saying::Saying;
use super::super::{Date, Seq};
use super::fact::Fact;

#[allow(private_bounds)] // the table of facts is the domain's own
impl<T: Saying> Fact<T> {
    /// Its own date: what it names, by default the record day of its place.
    pub(crate) fn own_date(&self) -> Date {
        self.data.dated().unwrap_or(self.day)
    }
}

/// What of an object's story counts: by place in the order, or by own date.
#[derive(Clone, Copy, Debug)]
pub enum Upto {
    /// Said before a place.
    Before(Seq),
    /// With an own date up to a day.
    Day(Date),
}

impl Upto {
    fn counts<T: Saying>(self, fact: &Fact<T>) -> bool {
        match self {
            Self::Before(place) => fact.seq < place,
            Self::Day(day) => fact.own_date() <= day,
        }
    }

    pub(super) fn all<T: Saying>(self, list: &[Fact<T>]) -> Vec<Fact<T>> {
        list.iter().filter(|fact| self.counts(fact)).cloned().collect()
    }

    pub(super) fn one<T: Saying>(self, slot: Option<&Fact<T>>) -> Option<Fact<T>> {
        slot.filter(|fact| self.counts(fact)).cloned()
    }
}

/// An object whose story can be told up to a point.
pub trait Told: Sized {
    /// The object with what counts by then.
    fn upto(&self, upto: Upto) -> Self;

    /// The object with what was said before a place.
    #[must_use]
    fn before(&self, place: Seq) -> Self {
        self.upto(Upto::Before(place))
    }

    /// The object as it was on a day; what has no day of its own counts from its record day.
    #[must_use]
    fn on(&self, day: Date) -> Self {
        self.upto(Upto::Day(day))
    }
}
