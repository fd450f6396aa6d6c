//! A line of a story: what is said on a day, by whom, and who approves it. A line names other lines by the
//! number of their entry as it was when the story was drawn.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::super::super::Date;

#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Days since 2024-01-01.
    pub(super) day: i64,
    /// `a`, `token:a:<token>`, `signed:a:<kid>`, or `ledger:<voice>`.
    pub(super) by: String,
    pub(super) kind: &'static str,
    /// A `size` of null is filled in with the number of the entry.
    pub(super) data: Value,
    pub(super) approved_by: Vec<String>,
    pub(super) corrects: Option<u64>,
    /// The number its entry got when the story was drawn.
    pub(super) was: Option<u64>,
}

pub(super) fn date(day: i64) -> String {
    Date::parse("2024-01-01").unwrap().plus_days(day).to_string()
}

/// The day of a date.
pub(super) fn day_of(date: &str) -> Option<i64> {
    Some(Date::parse(date).ok()?.days_since(Date::parse("2024-01-01").unwrap()))
}

impl Line {
    pub(super) fn new(day: i64, by: impl Into<String>, kind: &'static str, data: Value) -> Self {
        Self { day, by: by.into(), kind, data, approved_by: Vec::new(), corrects: None, was: None }
    }

    pub(super) fn approved(self, by: &[&str]) -> Self {
        Self { approved_by: by.iter().map(|by| (*by).to_owned()).collect(), ..self }
    }

    /// The agency that speaks.
    pub(super) fn agency(&self) -> Option<&str> {
        let mut parts = self.by.split(':');
        match (parts.next(), parts.next()) {
            (Some("ledger"), Some(_)) => None,
            (Some(_), Some(agency)) | (Some(agency), None) => Some(agency),
            _ => None,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({"day": date(self.day), "by": self.by, "type": self.kind, "data": self.data,
            "approved_by": self.approved_by, "corrects": self.corrects, "seq": self.was})
    }

    /// The line with the numbers that the entries it names have by now; none where one is not there.
    pub(super) fn renumbered(&self, now: &BTreeMap<u64, u64>, all: &BTreeSet<u64>) -> Option<Self> {
        let number = |was: u64| if all.contains(&was) { now.get(&was).copied() } else { Some(was) };
        let mut line = self.clone();
        if let Some(was) = self.corrects {
            line.corrects = Some(number(was)?);
        }
        if let Some(was) = self.data["seq"].as_u64() {
            line.data["seq"] = json!(number(was)?);
        }
        line.data = renamed(&line.data, &number)?;
        Some(line)
    }
}

/// Data with the names of unnamed holdings, `as-<seq>`, as they are by now.
fn renamed(data: &Value, number: &impl Fn(u64) -> Option<u64>) -> Option<Value> {
    Some(match data {
        Value::Array(all) => Value::Array(all.iter().map(|one| renamed(one, number)).collect::<Option<_>>()?),
        Value::Object(all) => Value::Object(
            all.iter().map(|(key, one)| Some((key.clone(), renamed(one, number)?))).collect::<Option<_>>()?,
        ),
        Value::String(text) => {
            let Some((before, rest)) = text.split_once("as-") else { return Some(data.clone()) };
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            match rest[..end].parse() {
                Ok(was) => json!(format!("{before}as-{}{}", number(was)?, &rest[end..])),
                Err(_) => data.clone(),
            }
        }
        _ => data.clone(),
    })
}
