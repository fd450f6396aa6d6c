//! What a request names: query parameters and path segments, refused with a problem where axum's own
//! rejections would answer plain text.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;

use crate::domain::{Code, Date, Instant, Time};
use crate::views::KnownAt;

use super::problem::Problem;

/// Entries or objects of a page when not said.
pub(super) const LIMIT: usize = 100;
/// At most.
pub(super) const LIMIT_MAX: usize = 1000;

/// The query, decoded.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(pairs) =
            read.map_err(|_| Problem::of(Code::BadParameter, "the query is no name=value&.. of UTF-8 text"))?;
        Ok(Self(pairs))
    }
}

impl Params {
    /// Refuses parameters that the route does not have, and those given twice.
    ///
    /// # Errors
    /// `bad-parameter`, naming the first.
    pub(super) fn only(&self, allowed: &[&str]) -> Result<(), Problem> {
        for (place, (name, _)) in self.0.iter().enumerate() {
            if !allowed.contains(&name.as_str()) {
                let detail = format!("this route takes {}", wording(allowed));
                return Err(Problem::parameter(&clip(name), detail));
            }
            if self.0.iter().take(place).any(|(earlier, _)| earlier == name) {
                return Err(Problem::parameter(name, "the parameter is given twice"));
            }
        }
        Ok(())
    }

    /// A parameter's text.
    #[must_use]
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A parameter read by its type's parser; `expected` says what it should be.
    ///
    /// # Errors
    /// `bad-parameter`.
    pub(super) fn read<T, E>(
        &self,
        name: &str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let bad =
            |found: &str| Problem::parameter(name, format!("expected {expected}, found {:?}", clip(found)));
        self.get(name).map(|text| parse(text).map_err(|_| bad(text))).transpose()
    }

    /// A count or seq.
    ///
    /// # Errors
    /// `bad-parameter`.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Problem> {
        self.read(name, "a number", |text| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten().ok_or(())
        })
    }

    /// A choice, `0` (also when not said) or `1`.
    ///
    /// # Errors
    /// `bad-parameter`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        let flag = |text: &str| match text {
            "0" => Ok(false),
            "1" => Ok(true),
            _ => Err(()),
        };
        Ok(self.read(name, "0 or 1", flag)?.unwrap_or(false))
    }

    /// `limit`, within 1 and [`LIMIT_MAX`].
    ///
    /// # Errors
    /// `bad-parameter`.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        let bad = || Problem::parameter("limit", format!("expected 1 to {LIMIT_MAX}"));
        match self.number("limit")? {
            None => Ok(LIMIT),
            Some(limit) => {
                usize::try_from(limit).ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)).ok_or_else(bad)
            }
        }
    }

    /// `known_at`.
    ///
    /// # Errors
    /// `bad-known-at`.
    pub(super) fn known_at(&self, name: &str) -> Result<KnownAt, Problem> {
        let bad = |e: crate::views::BadKnownAt| Problem::of(Code::BadKnownAt, e.to_string());
        self.get(name).map_or(Ok(KnownAt::Newest), |text| {
            KnownAt::parse(text).map_err(|e| bad(e).field(name.to_owned()))
        })
    }

    /// `valid_at`.
    ///
    /// # Errors
    /// `bad-date`.
    pub(super) fn valid_at(&self) -> Result<Option<Date>, Problem> {
        let bad = |e: crate::domain::date::BadDate| {
            let detail = format!("expected {}, found {:?}", e.what, e.found);
            Problem::of(Code::BadDate, detail).field("valid_at")
        };
        self.get("valid_at").map(|text| Date::parse(text).map_err(bad)).transpose()
    }

    /// `time`, and the day it lies in, which `valid_at` may name too.
    ///
    /// # Errors
    /// `bad-parameter`; `bad-date` for a `valid_at` that is no date.
    pub(super) fn time(&self) -> Result<Option<Time>, Problem> {
        let expected = "an RFC 3339 time with offset (write + as %2B)";
        let time = self.read("time", expected, Time::parse)?;
        let day = self.valid_at()?.filter(|day| time.as_ref().is_some_and(|time| time.date() != *day));
        match day {
            Some(day) => {
                let detail = format!("the time is not of the day {day}; leave one of them out");
                Err(Problem::parameter("valid_at", detail))
            }
            None => Ok(time),
        }
    }

    /// A record instant.
    ///
    /// # Errors
    /// `bad-parameter`.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Instant>, Problem> {
        self.read(name, "an RFC 3339 instant with offset (write + as %2B)", Instant::parse)
    }

    /// The query again, with one parameter set: for `Link: rel=next`.
    #[must_use]
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let kept = self.0.iter().filter(|(found, _)| found != name);
        let pairs = kept.map(|(name, value)| (name.as_str(), value.as_str())).chain([(name, value)]);
        let pairs = pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

fn wording(allowed: &[&str]) -> String {
    if allowed.is_empty() { "no parameters".to_owned() } else { allowed.join(", ") }
}

fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Percent-encodes everything but unreserved characters.
#[must_use]
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The one variable segment of a route, percent-decoded.
#[derive(Clone, Debug)]
pub(super) struct Segment(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let bad = |_| Problem::of(Code::BadId, "the address holds no UTF-8 text");
        Path::<String>::from_request_parts(parts, state).await.map(|Path(text)| Self(text)).map_err(bad)
    }
}

impl Segment {
    /// The segment read by an id's parser.
    ///
    /// # Errors
    /// `bad-id`.
    pub(super) fn id<T>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, crate::domain::id::BadId>,
    ) -> Result<T, Problem> {
        parse(&self.0).map_err(|e| {
            let found: String = e.found.chars().take(60).collect();
            Problem::of(Code::BadId, format!("expected {}, found {found:?}", e.what))
        })
    }

    /// The segment as an entry's number.
    ///
    /// # Errors
    /// `bad-id`.
    pub(super) fn seq(&self) -> Result<crate::domain::Seq, Problem> {
        let digits = !self.0.is_empty() && self.0.bytes().all(|b| b.is_ascii_digit());
        let seq = digits.then(|| self.0.parse().ok()).flatten();
        seq.map(crate::domain::Seq)
            .ok_or_else(|| Problem::of(Code::BadId, "expected the number of an entry, such as 17"))
    }
}
