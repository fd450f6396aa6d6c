//! Civil dates, half-open periods and record instants (DOMAIN section 3).

use std::fmt;

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Code, id::text_from};

/// A civil date, `YYYY-MM-DD`, never converted between zones.
///
/// The calendar ends on 9999-12-31, a day like any other: [`Date::MAX`], where what is open ends, is the day
/// after it, which no document can bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    day: jiff::civil::Date,
    /// The day after the last one of the calendar.
    after: bool,
}

impl Date {
    /// Before every date a document can bear: what an unknown start reaches back to.
    pub const MIN: Self = Self::of(jiff::civil::Date::MIN);
    /// After every date a document can bear: what an open end reaches forward to.
    pub const MAX: Self = Self { day: jiff::civil::Date::MAX, after: true };

    const fn of(day: jiff::civil::Date) -> Self {
        Self { day, after: false }
    }

    /// Takes a date written `YYYY-MM-DD`.
    ///
    /// # Errors
    /// `bad-date` for any other form or a day the calendar does not have.
    pub fn parse(text: &str) -> Result<Self, BadDate> {
        let bad = || BadDate { what: "a civil date, YYYY-MM-DD", found: text.chars().take(60).collect() };
        let shape = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        if !shape {
            return Err(bad());
        }
        text.parse().map(Self::of).map_err(|_| bad())
    }

    /// The date `days` later (earlier when negative), held at [`Date::MIN`] and [`Date::MAX`].
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let days = days.saturating_add(i64::from(self.after));
        let sum = jiff::Span::new().try_days(days).ok().and_then(|span| self.day.checked_add(span).ok());
        let end = if days < 0 { Self::MIN } else { Self::MAX };
        sum.map_or(end, Self::of)
    }

    /// The date so many days later; `None` where that lies beyond the calendar.
    #[must_use]
    pub fn checked_plus_days(self, days: u64) -> Option<Self> {
        let later = self.plus_days(i64::try_from(days).unwrap_or(i64::MAX));
        Some(later).filter(|later| *later < Self::MAX)
    }

    /// Whole days from `earlier` to this date, negative when it is later.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        let days = self.day.since(earlier.day).map_or(0, |span| i64::from(span.get_days()));
        days + i64::from(self.after) - i64::from(earlier.after)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.after { f.write_str("10000-01-01") } else { self.day.fmt(f) }
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// An end of a period, or the day of a change: a date, or `"unknown"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The document says the day.
    On(Date),
    /// The document does not. A period reaches without end, a change counts from its `on` or record day; what
    /// rests on it says so.
    Unknown,
}

impl Bound {
    /// The day, where the document says it.
    #[must_use]
    pub fn known(self) -> Option<Date> {
        match self {
            Self::On(date) => Some(date),
            Self::Unknown => None,
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, BadDate> {
        if text == "unknown" { Ok(Self::Unknown) } else { Date::parse(text).map(Self::On) }
    }
}

impl Serialize for Bound {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::On(date) => date.serialize(to),
            Self::Unknown => to.serialize_str("unknown"),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// A half-open period of civil dates; `to` absent is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// First day of the period.
    pub from: Bound,
    /// First day after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Bound>,
}

impl Period {
    /// First day; [`Date::MIN`] when unknown.
    #[must_use]
    pub fn start(&self) -> Date {
        match self.from {
            Bound::On(date) => date,
            Bound::Unknown => Date::MIN,
        }
    }
    /// First day after; [`Date::MAX`] when open or unknown.
    #[must_use]
    pub fn end(&self) -> Date {
        match self.to {
            Some(Bound::On(date)) => date,
            Some(Bound::Unknown) | None => Date::MAX,
        }
    }
    /// Whether the day lies inside.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.start() <= day && day < self.end()
    }
}

/// An instant of record: UTC, microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub micros: i64,
}

impl Instant {
    /// Takes an RFC 3339 instant with an offset (`Z` or `+07:00`).
    ///
    /// # Errors
    /// `bad-date` for any other form.
    pub fn parse(text: &str) -> Result<Self, BadDate> {
        let bad =
            || BadDate { what: "an RFC 3339 instant with offset", found: text.chars().take(60).collect() };
        if text.as_bytes().get(10) != Some(&b'T') {
            return Err(bad());
        }
        text.parse::<jiff::Timestamp>().map(|t| Self { micros: t.as_microsecond() }).map_err(|_| bad())
    }

    /// The civil date of the instant in a zone.
    #[must_use]
    pub fn date_in(self, zone: &Zone) -> Date {
        let stamp = jiff::Timestamp::from_microsecond(self.micros).unwrap_or_default();
        Date::of(zone.0.to_datetime(stamp).date())
    }
}

impl fmt::Display for Instant {
    /// `2026-11-24T03:28:02.123456Z`, always six digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = jiff::Timestamp::from_microsecond(self.micros).unwrap_or_default();
        write!(f, "{stamp:.6}")
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// An instant as its author wrote it: kept verbatim, compared by instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    /// As written, RFC 3339 with offset.
    pub text: std::sync::Arc<str>,
    /// The instant it names.
    pub instant: Instant,
}

impl Time {
    /// Takes an RFC 3339 time with an offset.
    ///
    /// # Errors
    /// `bad-date` for any other form.
    pub fn parse(text: &str) -> Result<Self, BadDate> {
        Instant::parse(text).map(|instant| Self { text: text.into(), instant })
    }
}

impl Time {
    /// Its date as written.
    #[must_use]
    pub fn date(&self) -> Date {
        let date = self.text.get(..10).and_then(|text| Date::parse(text).ok());
        date.unwrap_or_else(|| self.instant.date_in(&Zone::utc()))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// The ledger's time zone, by its IANA name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Takes an IANA name such as `Asia/Jakarta` from the bundled database.
    ///
    /// # Errors
    /// `malformed` when the database does not have it.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        let iana = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+'));
        let zone = iana.then(|| jiff::tz::TimeZoneDatabase::bundled().get(name).ok()).flatten();
        zone.map(Self).ok_or_else(|| UnknownZone { found: name.chars().take(60).collect() })
    }

    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The instant at which a civil date ends in this zone.
    #[must_use]
    pub fn end_of(&self, day: Date) -> Instant {
        let next = day.plus_days(1);
        let midnight = next.day.to_datetime(jiff::civil::Time::midnight());
        let next = (!next.after).then(|| self.0.to_timestamp(midnight).ok()).flatten();
        Instant { micros: next.map_or(i64::MAX, jiff::Timestamp::as_microsecond) }
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// A zone name the bundled time zone database does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownZone {
    /// What was found.
    pub found: String,
}

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected an IANA time zone such as Asia/Jakarta, found {:?}",
            Code::Malformed,
            self.found
        )
    }
}

impl std::error::Error for UnknownZone {}

/// Text that is no date or instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadDate {
    /// The form that was expected.
    pub what: &'static str,
    /// The beginning of what was found.
    pub found: String,
}

impl fmt::Display for BadDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {:?}", Code::BadDate, self.what, self.found)
    }
}

impl std::error::Error for BadDate {}
