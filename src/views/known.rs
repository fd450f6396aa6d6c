//! "As known at K": what a question may name, and the state that answers it.

use crate::domain::{Date, Instant, ResponsibilityId, Seq, State, Zone};
use crate::log::Hash;

use super::error::BadKnownAt;

/// What `known_at` says (API section 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KnownAt {
    /// Nothing: the newest entry.
    #[default]
    Newest,
    /// Up to and including an entry.
    Seq(Seq),
    /// Up to the last entry recorded at or before an instant.
    Instant(Instant),
    /// Up to the end of a date in the ledger's zone.
    Date(Date),
}

impl KnownAt {
    /// Reads a seq, an RFC 3339 instant with offset, or a date.
    ///
    /// # Errors
    /// [`BadKnownAt::Form`] for anything else.
    pub fn parse(text: &str) -> Result<Self, BadKnownAt> {
        let bad = || BadKnownAt::Form { found: text.chars().take(60).collect() };
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return text.parse().map(|seq| Self::Seq(Seq(seq))).map_err(|_| bad());
        }
        if let Ok(date) = Date::parse(text) {
            return Ok(Self::Date(date));
        }
        Instant::parse(text).map(Self::Instant).map_err(|_| bad())
    }
}

/// What a question is about, so that an old state is folded from no more than it needs.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// Everything: the log is replayed.
    All,
    /// One responsibility: its subjects are walked along their links (DOMAIN section 4).
    Responsibility(&'a ResponsibilityId),
}

/// A state as known at K, and the position of K.
#[derive(Clone, Debug)]
pub struct Known {
    /// What was known, as far as the scope goes.
    pub state: State,
    /// K.
    pub seq: Seq,
    /// When K was recorded.
    pub at: Instant,
    /// The civil date of K: what `valid_at` is when not said.
    pub day: Date,
    /// Whether no later entry can still belong to K.
    pub final_: bool,
    /// Root of the tree of size K + 1.
    pub root: Hash,
    /// K + 1.
    pub size: u64,
}

/// K as found in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) seq: Seq,
    pub(super) at: Instant,
    pub(super) day: Date,
    pub(super) final_: bool,
}

/// Where instants lie in a log of some size.
pub(super) trait Times {
    /// Error of reading.
    type Error: From<BadKnownAt>;
    /// Count of entries.
    fn size(&self) -> u64;
    /// When an entry was recorded.
    fn at(&self, seq: Seq) -> Result<Instant, Self::Error>;
    /// The last entry recorded at or before an instant.
    fn seq_at(&self, instant: Instant) -> Result<Option<Seq>, Self::Error>;
}

impl KnownAt {
    /// Finds K in a log, at a time of the ledger's clock.
    pub(super) fn place<T: Times>(&self, log: &T, zone: &Zone, now: Instant) -> Result<Place, T::Error> {
        let Some(newest) = log.size().checked_sub(1).map(Seq) else {
            return Err(BadKnownAt::Empty.into());
        };
        let of_seq = |seq| {
            let at = log.at(seq)?;
            Ok(Place { seq, at, day: at.date_in(zone), final_: true })
        };
        // An entry may bear an instant slightly after the clock (a clamped clock): it is known.
        let now = now.max(log.at(newest)?);
        let (last, day) = match *self {
            Self::Newest => return of_seq(newest),
            Self::Seq(seq) if seq > newest => return Err(BadKnownAt::Unwritten { seq, newest }.into()),
            Self::Seq(seq) => return of_seq(seq),
            Self::Instant(instant) if instant > now => return Err(BadKnownAt::Future { now }.into()),
            Self::Instant(instant) => (instant, instant.date_in(zone)),
            Self::Date(date) if date > now.date_in(zone) => return Err(BadKnownAt::Future { now }.into()),
            // The first instant of the next day is no longer of this one.
            Self::Date(date) => (Instant { micros: zone.end_of(date).micros.saturating_sub(1) }, date),
        };
        let Some(seq) = log.seq_at(last)? else {
            return Err(BadKnownAt::Before { first: log.at(Seq(0))? }.into());
        };
        Ok(Place { seq, at: log.at(seq)?, day, final_: seq < newest })
    }
}
