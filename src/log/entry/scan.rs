//! The hand scanner behind [`Entry::decode`](super::Entry::decode): no copies, no white space, no
//! second spelling of anything. It is the hot path of every replay.

use crate::domain::Instant;

use super::super::link::Link;
use super::{Body, EntryError, LinkTriple, SUBJECTS_MAX, civil_from_days, days_from_civil};

/// Deepest nesting of a statement, in brackets.
const DEPTH_MAX: u32 = 64;

/// A place in an entry's text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn error(&self, expected: &'static str) -> EntryError {
        EntryError { at: self.at, expected }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    pub(super) fn literal(&mut self, expected: &'static str) -> Result<(), EntryError> {
        if !self.rest().starts_with(expected.as_bytes()) {
            return Err(self.error(expected));
        }
        self.at += expected.len();
        Ok(())
    }

    fn accept(&mut self, literal: &'static str) -> bool {
        self.literal(literal).is_ok()
    }

    pub(super) fn end(&self) -> Result<(), EntryError> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.error("the end of the entry")) }
    }

    /// A whole number without leading zeros.
    pub(super) fn number(&mut self) -> Result<u64, EntryError> {
        let mut number: u64 = 0;
        let mut digits = 0;
        for byte in self.rest() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            if digits > 0 && number == 0 {
                return Err(self.error("no leading zero"));
            }
            number = number
                .checked_mul(10)
                .and_then(|n| n.checked_add(u64::from(digit)))
                .ok_or(self.error("a number below 2^64"))?;
            digits += 1;
        }
        if digits == 0 {
            return Err(self.error("a number"));
        }
        self.at += digits;
        Ok(number)
    }

    /// A seq of a link: a whole number, or -1 for none.
    fn link_seq(&mut self) -> Result<i64, EntryError> {
        if self.accept("-1") {
            return Ok(-1);
        }
        let error = self.error("a number below 2^63");
        i64::try_from(self.number()?).map_err(|_| error)
    }

    fn take(&mut self, length: usize, expected: &'static str) -> Result<&'a str, EntryError> {
        let taken = self.text.get(self.at..self.at + length).ok_or(self.error(expected))?;
        self.at += length;
        Ok(taken)
    }

    pub(super) fn instant(&mut self) -> Result<Instant, EntryError> {
        const FORM: &str = "an instant such as 2026-11-24T03:28:02.123456Z";
        let error = self.error(FORM);
        let text = self.take(27, FORM)?;
        instant(text.as_bytes()).ok_or(error)
    }

    pub(super) fn link(&mut self) -> Result<Link, EntryError> {
        const FORM: &str = "32 bytes as 43 base64url characters";
        let error = self.error(FORM);
        Link::parse(self.take(43, FORM)?).ok_or(error)
    }

    /// A string of bytes of one class, up to its closing quote, which is taken too.
    fn plain(&mut self, class: fn(u8) -> bool, expected: &'static str) -> Result<&'a str, EntryError> {
        let length = self.rest().iter().position(|b| !class(*b)).ok_or(self.error(expected))?;
        if length == 0 {
            return Err(self.error(expected));
        }
        let text = self.take(length, expected)?;
        self.literal("\"")?;
        Ok(text)
    }

    /// The members of `links` and the brace after them.
    pub(super) fn links(&mut self) -> Result<Vec<(&'a str, LinkTriple)>, EntryError> {
        let mut links: Vec<(&'a str, LinkTriple)> = Vec::with_capacity(4);
        if self.accept("}") {
            return Ok(links);
        }
        loop {
            self.literal("\"")?;
            let subject = self.plain(is_visible, "a subject")?;
            if links.last().is_some_and(|(before, _)| *before >= subject) {
                return Err(self.error("subjects sorted bytewise, each once"));
            }
            self.literal(":[")?;
            let ordinal = self.link_seq()?;
            self.literal(",")?;
            let prev = self.link_seq()?;
            self.literal(",")?;
            let skip = self.link_seq()?;
            if ordinal < 1 {
                return Err(self.error("an ordinal from 1 on"));
            }
            self.literal("]")?;
            links.push((subject, [ordinal, prev, skip]));
            if links.len() > SUBJECTS_MAX {
                return Err(self.error("at most 256 subjects"));
            }
            if self.accept("}") {
                return Ok(links);
            }
            self.literal(",")?;
        }
    }

    /// What follows `links`, up to the brace that closes the entry.
    pub(super) fn body(&mut self) -> Result<Body<'a>, EntryError> {
        if self.accept("jwt\":\"") {
            let from = self.at;
            let jwt = self.plain(is_jwt, "a JWT")?;
            if jwt.bytes().filter(|b| *b == b'.').count() != 2 {
                return Err(EntryError { at: from, expected: "a JWT of three parts" });
            }
            self.literal("}")?;
            return Ok(Body::Signed { jwt });
        }
        self.literal("by\":{\"")?;
        if self.accept("agency\":\"") {
            let agency = self.plain(is_visible, "an agency")?;
            self.literal(",\"via\":\"")?;
            let via = self.plain(is_visible, "a token or import")?;
            let statement = self.statement()?;
            return Ok(Body::Attested { agency, via, statement });
        }
        self.literal("ledger\":\"")?;
        let voice = self.plain(is_visible, "a voice of the ledger")?;
        let statement = self.statement()?;
        Ok(Body::Ledger { voice, statement })
    }

    fn statement(&mut self) -> Result<&'a str, EntryError> {
        self.literal("},\"statement\":")?;
        let length = object_length(self.rest())
            .map_err(|(offset, expected)| EntryError { at: self.at + offset, expected })?;
        let statement = self.take(length, "a JSON object")?;
        self.literal("}")?;
        Ok(statement)
    }
}

fn is_visible(byte: u8) -> bool {
    (0x21..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'
}

fn is_jwt(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Length of the JSON object that the bytes begin with, found by its brackets and strings alone.
fn object_length(bytes: &[u8]) -> Result<usize, (usize, &'static str)> {
    let mut kinds: u64 = 0; // one bit a level: 1 for an object, 0 for an array
    let mut depth = 0;
    let mut places = bytes.iter().enumerate();
    if bytes.first() != Some(&b'{') {
        return Err((0, "a JSON object"));
    }
    while let Some((place, byte)) = places.next() {
        match byte {
            b'"' => skip_string(&mut places)?,
            b'{' | b'[' => {
                if depth == DEPTH_MAX {
                    return Err((place, "at most 64 levels"));
                }
                depth += 1;
                kinds = kinds << 1 | u64::from(*byte == b'{');
            }
            b'}' | b']' => {
                if (kinds & 1 == 1) != (*byte == b'}') {
                    return Err((place, "the bracket that was opened"));
                }
                kinds >>= 1;
                depth -= 1;
                if depth == 0 {
                    return Ok(place + 1);
                }
            }
            b',' | b':' | b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E' => {}
            _ => return Err((place, "JSON without white space")),
        }
    }
    Err((bytes.len(), "the end of the JSON object"))
}

fn skip_string(
    places: &mut std::iter::Enumerate<std::slice::Iter<'_, u8>>,
) -> Result<(), (usize, &'static str)> {
    while let Some((place, byte)) = places.next() {
        match byte {
            b'"' => return Ok(()),
            b'\\' => {
                places.next();
            }
            0..0x20 => return Err((place, "no control character in a string")),
            _ => {}
        }
    }
    Err((0, "the end of a string"))
}

/// Exactly 27 characters with six digits of fraction, a day the calendar has.
fn instant(text: &[u8]) -> Option<Instant> {
    const ENDS: [(usize, usize, u8); 7] = [
        (0, 4, b'-'),
        (5, 2, b'-'),
        (8, 2, b'T'),
        (11, 2, b':'),
        (14, 2, b':'),
        (17, 2, b'.'),
        (20, 6, b'Z'),
    ];
    let mut fields = [0_i64; 7];
    for (field, (from, length, end)) in fields.iter_mut().zip(ENDS) {
        for byte in text.get(from..from + length)? {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            *field = *field * 10 + i64::from(digit);
        }
        if *text.get(from + length)? != end {
            return None;
        }
    }
    let [year, month, day, hour, minute, second, micros] = fields;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    if day > 28 && civil_from_days(days) != (year, month, day) {
        return None;
    }
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some(Instant { micros: seconds * 1_000_000 + micros })
}
