//! What `known_at` may say, and which entry it names.

use std::convert::Infallible;

use super::super::error::BadKnownAt;
use super::super::known::{KnownAt, Place, Times};
use crate::domain::{Date, Instant, Seq, Zone};

/// Entries recorded at these instants.
struct Log(Vec<Instant>);

#[derive(Debug, PartialEq)]
struct Bad(BadKnownAt);

impl From<BadKnownAt> for Bad {
    fn from(bad: BadKnownAt) -> Self {
        Self(bad)
    }
}

impl From<Infallible> for Bad {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl Times for Log {
    type Error = Bad;

    fn size(&self) -> u64 {
        self.0.len() as u64
    }
    fn at(&self, seq: Seq) -> Result<Instant, Bad> {
        Ok(self.0[usize::try_from(seq.0).unwrap()])
    }
    fn seq_at(&self, instant: Instant) -> Result<Option<Seq>, Bad> {
        let found = self.0.iter().filter(|at| **at <= instant).count() as u64;
        Ok(found.checked_sub(1).map(Seq))
    }
}

fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// Three entries: two on 1 March and one at the first instant of 2 March, all in Jakarta (+07:00).
fn log() -> Log {
    Log(vec![
        instant("2026-03-01T01:00:00+07:00"),
        instant("2026-03-01T23:59:59.999999+07:00"),
        instant("2026-03-02T00:00:00+07:00"),
    ])
}

fn place(known_at: &str, now: &str) -> Result<(u64, String, bool), BadKnownAt> {
    let at = if known_at.is_empty() { KnownAt::Newest } else { KnownAt::parse(known_at)? };
    let zone = Zone::parse("Asia/Jakarta").unwrap();
    let found = at.place(&log(), &zone, instant(now)).map_err(|Bad(bad)| bad)?;
    let Place { seq, day, final_, .. } = found;
    Ok((seq.0, day.to_string(), final_))
}

const NOON: &str = "2026-03-02T12:00:00+07:00";

#[test]
fn known_at_names_an_entry_in_three_ways() {
    let cases = [
        ("", (2, "2026-03-02", true)),
        ("0", (0, "2026-03-01", true)),
        ("1", (1, "2026-03-01", true)),
        // an instant in another offset: the day is judged in the ledger's zone
        ("2026-03-01T17:00:00Z", (2, "2026-03-02", false)),
        ("2026-03-01T16:59:59.999999Z", (1, "2026-03-01", true)),
        ("2026-03-01T05:00:00+07:00", (0, "2026-03-01", true)),
        // the first instant of the next day is not of this one
        ("2026-03-01", (1, "2026-03-01", true)),
        ("2026-03-02", (2, "2026-03-02", false)),
    ];
    for (known_at, (seq, day, final_)) in cases {
        assert_eq!(place(known_at, NOON), Ok((seq, day.to_owned(), final_)), "{known_at}");
    }
}

#[test]
fn a_day_without_entries_is_final_only_when_a_later_entry_exists() {
    let later = "2026-03-05T12:00:00+07:00";
    assert_eq!(place("2026-03-04", later), Ok((2, "2026-03-04".to_owned(), false)));
    assert_eq!(place("2026-03-02", later), Ok((2, "2026-03-02".to_owned(), false)));
}

#[test]
fn known_at_that_names_nothing_is_refused() {
    let newest = Seq(2);
    assert_eq!(place("3", NOON), Err(BadKnownAt::Unwritten { seq: Seq(3), newest }));
    let first = log().0[0];
    assert_eq!(place("2026-02-28", NOON), Err(BadKnownAt::Before { first }));
    assert_eq!(place("2026-03-01T00:59:59+07:00", NOON), Err(BadKnownAt::Before { first }));
    let now = instant(NOON);
    assert_eq!(place("2026-03-02T12:00:01+07:00", NOON), Err(BadKnownAt::Future { now }));
    assert_eq!(place("2026-03-03", NOON), Err(BadKnownAt::Future { now }));
}

#[test]
fn a_clamped_clock_does_not_hide_the_newest_entry() {
    let before = "2026-03-01T23:59:59+07:00";
    assert_eq!(place("2026-03-02", before), Ok((2, "2026-03-02".to_owned(), false)));
}

#[test]
fn known_at_of_another_form_is_refused() {
    for text in ["x", "-1", "+1", "1.0", "2026-13-01", "2026-03-01T10:00:00", "99999999999999999999999", " 1"]
    {
        assert!(matches!(KnownAt::parse(text), Err(BadKnownAt::Form { .. })), "{text}");
    }
    assert_eq!(KnownAt::parse("2026-03-01"), Ok(KnownAt::Date(date("2026-03-01"))));
}

#[test]
fn an_empty_log_knows_nothing() {
    let zone = Zone::parse("UTC").unwrap();
    let found = KnownAt::Newest.place(&Log(Vec::new()), &zone, instant(NOON));
    assert_eq!(found, Err(Bad(BadKnownAt::Empty)));
}
