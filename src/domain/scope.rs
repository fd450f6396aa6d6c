//! What a responsibility covers: a code of a scheme, a territory (DOMAIN section 3).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Code as Stable, Name, TerritoryId, id::text_from};

/// A value of a classification: segments `[a-z0-9-]+` joined by dots, containing what extends it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeValue(Arc<str>);

/// Text that is no code value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCode {
    /// The beginning of what was found.
    pub found: String,
}

impl fmt::Display for BadCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected code segments of a-z 0-9 - joined by dots, at most 128, found {:?}",
            Stable::BadId,
            self.found
        )
    }
}

impl std::error::Error for BadCode {}

impl CodeValue {
    /// Takes a code value.
    ///
    /// # Errors
    /// `bad-id` when it has another form.
    pub fn parse(text: &str) -> Result<Self, BadCode> {
        let segment = |s: &str| {
            !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if text.len() <= 128 && text.split('.').all(segment) {
            Ok(Self(text.into()))
        } else {
            Err(BadCode { found: text.chars().take(140).collect() })
        }
    }

    /// The value as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the other is this one or extends it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.strip_prefix(&*self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

impl Serialize for CodeValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CodeValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// A code of a scheme; schemes never compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemeCode {
    /// The classification.
    pub scheme: Name,
    /// The value in it.
    pub value: CodeValue,
}

impl SchemeCode {
    /// Whether the other is of this scheme and equal or inside.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.value.contains(&other.value)
    }
}

/// A part that a responsibility does not cover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarveOut {
    /// The code left out; absent = every code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<SchemeCode>,
    /// The territory left out; absent = everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub territory: Option<TerritoryId>,
}
