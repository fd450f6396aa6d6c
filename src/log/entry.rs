//! Entry bytes: what the log holds and the tree hashes (FORMAT section 2).
//!
//! Decoding is exact: it succeeds only for bytes that encoding would give again.

mod scan;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::domain::{Instant, Seq};

use super::link::Link;
use scan::Scanner;

/// Largest entry, in bytes: its length must fit the u16 of an entries tile.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// Most subjects one entry is linked under.
pub const SUBJECTS_MAX: usize = 256;

/// `[ordinal, seq of ordinal - 1 or -1, seq of ordinal & (ordinal - 1) or -1]`.
pub type LinkTriple = [i64; 3];

/// Who said what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// A statement its agency signed.
    Signed {
        /// The JWT in compact form, without disclosures.
        jwt: &'a str,
    },
    /// A statement under an API token: the operator's word that the agency said it.
    Attested {
        /// The agency.
        agency: &'a str,
        /// `token:<id>` or `import`.
        via: &'a str,
        /// The canonical JSON object.
        statement: &'a str,
    },
    /// A statement of the ledger itself.
    Ledger {
        /// `init`, `clock`, `index`, `rotate` or `token`.
        voice: &'a str,
        /// The canonical JSON object.
        statement: &'a str,
    },
}

impl<'a> Body<'a> {
    /// The bytes whose SHA-256 is taken when the statement is checked: the JWT, or the JSON object.
    #[must_use]
    pub fn statement(&self) -> &'a str {
        match self {
            Self::Signed { jwt } => jwt,
            Self::Attested { statement, .. } | Self::Ledger { statement, .. } => statement,
        }
    }
}

/// One entry, borrowed from its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its number.
    pub seq: Seq,
    /// When the ledger recorded it.
    pub at: Instant,
    /// The link of the entry before.
    pub prev: Link,
    /// Subjects, sorted bytewise, each with its place in that subject's history.
    pub links: Vec<(&'a str, LinkTriple)>,
    /// Who said what.
    pub body: Body<'a>,
}

impl<'a> Entry<'a> {
    /// Appends the entry's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"seq\":");
        put_number(out, self.seq.0);
        out.extend_from_slice(b",\"at\":\"");
        put_instant(out, self.at);
        out.extend_from_slice(b"\",\"prev\":\"");
        self.prev.encode(out);
        out.extend_from_slice(b"\",\"links\":{");
        for (n, (subject, triple)) in self.links.iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            put_link(out, subject, triple);
        }
        match self.body {
            Body::Signed { jwt } => put(out, &["},\"jwt\":\"", jwt, "\"}"]),
            Body::Attested { agency, via, statement } => put(
                out,
                &[
                    "},\"by\":{\"agency\":\"",
                    agency,
                    "\",\"via\":\"",
                    via,
                    "\"},\"statement\":",
                    statement,
                    "}",
                ],
            ),
            Body::Ledger { voice, statement } => {
                put(out, &["},\"by\":{\"ledger\":\"", voice, "\"},\"statement\":", statement, "}"]);
            }
        }
    }

    /// Reads an entry from exactly its bytes.
    ///
    /// # Errors
    /// [`EntryError`] for bytes that encoding would not give.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(EntryError { at: ENTRY_BYTES_MAX, expected: "at most 65,535 bytes" });
        }
        let text =
            std::str::from_utf8(bytes).map_err(|e| EntryError { at: e.valid_up_to(), expected: "UTF-8" })?;
        let mut s = Scanner::new(text);
        s.literal("{\"seq\":")?;
        let seq = Seq(s.number()?);
        s.literal(",\"at\":\"")?;
        let at = s.instant()?;
        s.literal("\",\"prev\":\"")?;
        let prev = s.link()?;
        s.literal("\",\"links\":{")?;
        let links = s.links()?;
        s.literal(",\"")?;
        let body = s.body()?;
        s.end()?;
        Ok(Self { seq, at, prev, links, body })
    }

    /// The subject's place in its history that this entry is.
    #[must_use]
    pub fn link(&self, subject: &str) -> Option<LinkTriple> {
        let place = self.links.binary_search_by(|(name, _)| (*name).cmp(subject)).ok()?;
        self.links.get(place).map(|(_, triple)| *triple)
    }
}

/// Bytes that are no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryError {
    /// Offset in the entry, in bytes.
    pub at: usize,
    /// What should stand there.
    pub expected: &'static str,
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no entry: expected {} at byte {}", self.expected, self.at)
    }
}

impl std::error::Error for EntryError {}

fn put(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

fn put_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut rest = number;
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits.iter().skip(20 - used));
}

fn put_signed(out: &mut Vec<u8>, number: i64) {
    if number < 0 {
        out.push(b'-');
    }
    put_number(out, number.unsigned_abs());
}

fn put_link(out: &mut Vec<u8>, subject: &str, triple: &LinkTriple) {
    put(out, &["\"", subject, "\":["]);
    for (n, number) in triple.iter().enumerate() {
        if n > 0 {
            out.push(b',');
        }
        put_signed(out, *number);
    }
    out.push(b']');
}

/// Writes `2026-11-24T03:28:02.123456Z`; years outside 0..=9999 give text that decoding refuses.
fn put_instant(out: &mut Vec<u8>, at: Instant) {
    let days = at.micros.div_euclid(86_400_000_000);
    let micros = at.micros.rem_euclid(86_400_000_000);
    let (year, month, day) = civil_from_days(days);
    let seconds = micros / 1_000_000;
    let fields = [
        (year, 4, b'-'),
        (month, 2, b'-'),
        (day, 2, b'T'),
        (seconds / 3600, 2, b':'),
        (seconds / 60 % 60, 2, b':'),
        (seconds % 60, 2, b'.'),
        (micros % 1_000_000, 6, b'Z'),
    ];
    for (number, width, end) in fields {
        put_padded(out, number, width);
        out.push(end);
    }
}

fn put_padded(out: &mut Vec<u8>, number: i64, width: u32) {
    let mut scale = 10_i64.pow(width.saturating_sub(1));
    for _ in 0..width {
        out.push(b'0' + u8::try_from((number / scale).rem_euclid(10)).unwrap_or(0));
        scale = (scale / 10).max(1);
    }
}

/// Proleptic Gregorian date of a day number counted from 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// Day number counted from 1970-01-01 of a proleptic Gregorian date.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = year - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}
