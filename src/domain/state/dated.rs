//! When what an entry says happened (DOMAIN section 3), for objects whose state on a day is what was
//! said with an own date up to it.

use super::super::event::claim::{ClaimAnswered, ClaimRaised, ClaimReferred, ClaimResolved, ClaimWithdrawn};
use super::super::event::commitment::{
    CommitmentChanged, CommitmentConfirmed, CommitmentDropped, CommitmentFulfilled, CommitmentMade,
};
use super::super::event::forum::{ForumChanged, ForumMet};
use super::super::event::programme::{ProgrammeChanged, ProgrammeEnded, ProgrammeReported};
use super::super::{Date, Seq};
use super::fact::Fact;

/// Data that may say when it happened.
pub trait Dated: Clone {
    /// The day it names, if it does.
    fn dated(&self) -> Option<Date>;
}

macro_rules! dated {
    ($($name:ident => |$data:ident| $date:expr;)*) => {
        $(impl Dated for $name {
            fn dated(&self) -> Option<Date> {
                let $data = self;
                $date
            }
        })*
    };
}

dated! {
    ClaimRaised => |data| data.on;
    ClaimAnswered => |data| data.on;
    ClaimReferred => |data| data.on;
    ClaimWithdrawn => |data| data.on;
    ClaimResolved => |data| data.on;
    CommitmentMade => |data| data.on;
    CommitmentConfirmed => |data| data.on;
    CommitmentChanged => |data| data.on;
    CommitmentFulfilled => |data| data.on;
    CommitmentDropped => |data| data.on;
    ForumMet => |data| Some(data.held_on);
    ProgrammeReported => |data| Some(data.on);
    ProgrammeEnded => |data| Some(data.effective);
    // nothing to date them by but the record
    ForumChanged => |_data| None;
    ProgrammeChanged => |_data| None;
}

impl<T: Dated> Fact<T> {
    /// Its own date: what it names, by default the record day of its place.
    #[must_use]
    pub fn own_date(&self) -> Date {
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
    fn counts<T: Dated>(self, fact: &Fact<T>) -> bool {
        match self {
            Self::Before(place) => fact.seq < place,
            Self::Day(day) => fact.own_date() <= day,
        }
    }

    pub(super) fn all<T: Dated>(self, list: &[Fact<T>]) -> Vec<Fact<T>> {
        list.iter().filter(|fact| self.counts(fact)).cloned().collect()
    }

    pub(super) fn one<T: Dated>(self, slot: Option<&Fact<T>>) -> Option<Fact<T>> {
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
