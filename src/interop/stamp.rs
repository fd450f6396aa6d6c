//! Dates and times as the source writes them: the civil date is never converted, the offset is kept.

use crate::domain::{Date, Instant};

/// What to write instead.
const FORM: &str =
    "expected a date such as 2011-10-11, or a time with its offset such as 2011-10-11 13:45:40+02:00";

/// A date, and the time of that day where the source has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) date: Date,
    /// RFC 3339, with the source's own offset and digits.
    pub(super) time: Option<String>,
}

impl Stamp {
    /// Reads what a cell holds; `offset` stands in where a time has none.
    pub(super) fn parse(cell: &str, offset: Option<&str>) -> Result<Self, String> {
        let text = cell.trim();
        let bad = || format!("{FORM}; found {:?}", text.chars().take(60).collect::<String>());
        let (day, rest) = text.split_at_checked(10).ok_or_else(bad)?;
        let date = Date::parse(day).map_err(|_| bad())?;
        let rest = match rest.strip_prefix(['T', 't', ' ']) {
            Some(rest) => rest,
            None if rest.is_empty() => return Ok(Self { date, time: None }),
            None => return Err(bad()),
        };
        // the first sign behind the time begins its offset
        let split = rest.find(['+', '-', 'Z', 'z']).unwrap_or(rest.len());
        let (clock, own) = rest.split_at_checked(split).ok_or_else(bad)?;
        let zone = match (own, offset) {
            ("", Some(offset)) => offset.to_owned(),
            ("", None) => {
                let why =
                    "the time has no offset; add it, such as +02:00, or write offset = \"+02:00\" in the map";
                return Err(why.to_owned());
            }
            ("Z" | "z", _) => "Z".to_owned(),
            (own, _) => with_colon(own),
        };
        let clock = clock.trim_end();
        let seconds = if clock.len() == 5 { ":00" } else { "" };
        let time = format!("{date}T{clock}{seconds}{zone}");
        Instant::parse(&time).map_err(|_| bad())?;
        Ok(Self { date, time: Some(time) })
    }

    /// As text: the time where there is one, otherwise the date.
    pub(super) fn text(&self) -> String {
        self.time.clone().unwrap_or_else(|| self.date.to_string())
    }
}

/// `+0200` and `+02` as RFC 3339 writes them.
fn with_colon(offset: &str) -> String {
    match (offset.len(), offset.split_at_checked(3)) {
        (5, Some((hours, minutes))) => format!("{hours}:{minutes}"),
        (3, _) => format!("{offset}:00"),
        _ => offset.to_owned(),
    }
}
