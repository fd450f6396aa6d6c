//! The map: a small TOML file that says what the columns of a table mean (docs/maps/README.md).

use serde::Deserialize;

use crate::domain::scope::CodeValue;
use crate::domain::{Instant, Name};

use super::{Error, Result};

/// Longest name of a map and longest prefix: ids and jtis keep room for the rest.
const SHORT_MAX: usize = 24;
const HINT: &str = "docs/maps/README.md says what a map holds; docs/maps/coselog.toml is one";

/// What a table holds: cases, and rows of what was done in them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// Begins the jti of every statement.
    pub name: String,
    /// Language of the names in the table, `en` or `id`.
    pub language: Language,
    /// Between the cells of a CSV file.
    #[serde(default = "comma")]
    pub separator: char,
    /// Offset of times that have none.
    pub offset: Option<String>,
    /// What is the same in every row of a case: a responsibility.
    pub case: Case,
    /// What each row tells: an act, and perhaps a handoff before it.
    pub row: Activity,
    /// The groups that `accountable` and `executor` name.
    pub agencies: Agencies,
    /// The posts that `officer` names.
    #[serde(default)]
    pub officers: Officers,
}

/// Language of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Indonesian.
    Id,
}

impl Language {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Id => "id",
        }
    }
}

/// Columns of a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its key, and the name of its responsibility.
    pub id: String,
    /// Begins the ids of responsibilities, and of what is about them.
    #[serde(default)]
    pub prefix: String,
    /// What every case is about.
    pub code: CaseCode,
    /// Who answers for it.
    pub accountable: String,
    /// Since when.
    pub start: Option<String>,
    /// When it was done.
    pub end: Option<String>,
    /// When it is to be done.
    pub deadline: Option<String>,
    /// Columns told in the details of the responsibility.
    #[serde(default)]
    pub details: Vec<String>,
}

/// The code of a responsibility.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseCode {
    /// The classification.
    pub scheme: String,
    /// The value in it.
    pub value: String,
}

/// Columns of a row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// When it was done.
    pub time: String,
    /// The group that did it.
    pub executor: String,
    /// The post that did it.
    pub officer: Option<String>,
    /// What was done.
    pub activity: String,
    /// The classification that the slugs of activities are values of.
    pub scheme: String,
    /// Columns told in the details of the act.
    #[serde(default)]
    pub details: Vec<String>,
}

/// How groups become agencies.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agencies {
    /// Begins their ids.
    #[serde(default)]
    pub prefix: String,
    /// Their kind.
    pub kind: String,
    /// Names that say that nobody was recorded: agencies of their own, of kind `unrecorded`.
    #[serde(default)]
    pub unrecorded: Vec<String>,
    /// Id of the agency, of kind `unrecorded`, that an empty cell stands for.
    #[serde(default = "unrecorded")]
    pub blank: String,
}

/// How officers become agencies of kind `post`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officers {
    /// Begins their ids.
    #[serde(default)]
    pub prefix: String,
}

fn comma() -> char {
    ','
}

fn unrecorded() -> String {
    "unrecorded".to_owned()
}

impl Map {
    /// Reads a map.
    ///
    /// # Errors
    /// Where it is wrong, and what would be right.
    pub fn parse(text: &str) -> Result<Self> {
        let map: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            Error::of(format!("line {line}, column {column}"), error.message(), HINT)
        })?;
        map.check()?;
        Ok(map)
    }

    fn check(&self) -> Result<()> {
        let bad = |place: &str, why: &str| Err(Error::of(place, why, HINT));
        let is_short = |text: &str| text.len() <= SHORT_MAX && Name::parse(text).is_ok();
        if !is_short(&self.name) {
            return bad("name", "expected a-z 0-9 first, then a-z 0-9 . _ -, at most 24");
        }
        let prefixes = [
            ("case.prefix", &self.case.prefix),
            ("agencies.prefix", &self.agencies.prefix),
            ("officers.prefix", &self.officers.prefix),
        ];
        for (place, prefix) in prefixes {
            if !prefix.is_empty() && !is_short(prefix) {
                return bad(place, "expected a-z 0-9 first, then a-z 0-9 . _ -, at most 24");
            }
        }
        let names = [
            ("case.code.scheme", &self.case.code.scheme),
            ("row.scheme", &self.row.scheme),
            ("agencies.kind", &self.agencies.kind),
            ("agencies.blank", &self.agencies.blank),
        ];
        for (place, name) in names {
            if Name::parse(name).is_err() {
                return bad(place, "expected a-z 0-9 first, then a-z 0-9 . _ -, at most 128");
            }
        }
        if CodeValue::parse(&self.case.code.value).is_err() {
            return bad("case.code.value", "expected segments of a-z 0-9 - joined by dots, at most 128");
        }
        if !self.separator.is_ascii() || matches!(self.separator, '"' | '\n' | '\r') {
            return bad("separator", "expected one character of ASCII, such as , or ;");
        }
        let is_offset = |offset: &String| Instant::parse(&format!("2000-01-01T00:00:00{offset}")).is_ok();
        if !self.offset.as_ref().is_none_or(is_offset) {
            return bad("offset", "expected an offset such as +07:00");
        }
        Ok(())
    }

    /// The columns it names, each once.
    pub(super) fn columns(&self) -> Vec<String> {
        let (case, row) = (&self.case, &self.row);
        let needed = [&case.id, &case.accountable, &row.time, &row.executor, &row.activity].into_iter();
        let others = [&case.start, &case.end, &case.deadline, &row.officer].into_iter().flatten();
        let mut columns: Vec<String> = Vec::new();
        for column in needed.chain(others).chain(&case.details).chain(&row.details) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        columns
    }

    /// The separator as the byte it is.
    pub(super) fn separator(&self) -> u8 {
        u8::try_from(self.separator).unwrap_or(b',')
    }
}
