//! Why a file cannot be imported, or one of its rows cannot.

use std::io;

use crate::domain::Code;

/// Why nothing of a file can be imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system did not hand it over.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is not what it should be.
    #[error("{place}: {why}")]
    Unreadable {
        /// Line and column, or the part of a map.
        place: String,
        /// What was found.
        why: String,
        /// What to do.
        hint: &'static str,
    },
}

impl Error {
    pub(super) fn at(line: u64, column: u64, why: impl Into<String>, hint: &'static str) -> Self {
        Self::Unreadable { place: format!("line {line}, column {column}"), why: why.into(), hint }
    }

    pub(super) fn of(place: impl Into<String>, why: impl Into<String>, hint: &'static str) -> Self {
        Self::Unreadable { place: place.into(), why: why.into(), hint }
    }

    /// A column that the map names and the table lacks.
    pub(super) fn no_column(name: &str, there: &[String]) -> Self {
        let why = format!("the table has no column {name:?}; its columns are {}", list(there));
        Self::of("the map", why, "write the name in the map as the table has it, or leave the line out")
    }
}

/// Names, as many as a reader can take in.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 60;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") + &more }
}

/// What is wrong with one row; the others stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1.
    pub line: u64,
    /// Character in that line, from 1.
    pub column: u64,
    /// Name of the column, where one is at fault.
    pub field: Option<String>,
    /// `malformed` or `bad-date`.
    pub code: Code,
    /// What was found, and what to do.
    pub detail: String,
}

impl Problem {
    pub(super) fn malformed(line: u64, column: u64, detail: impl Into<String>) -> Self {
        Self { line, column, field: None, code: Code::Malformed, detail: detail.into() }
    }
}
