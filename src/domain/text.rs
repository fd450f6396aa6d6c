//! Short texts an entry may carry: names in two languages, and strings such as numbers and places.
//! Longer free text belongs in details (DOMAIN section 3).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Code, id::text_from};

/// Longest text, in characters.
pub const TEXT_CHARS_MAX: usize = 200;

/// A text of 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Arc<str>);

/// Text that is empty or too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadText {
    /// Its length, in characters.
    pub found_chars: usize,
}

impl fmt::Display for BadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected 1 to {TEXT_CHARS_MAX} characters, found {}; longer text belongs in details",
            Code::Malformed,
            self.found_chars
        )
    }
}

impl std::error::Error for BadText {}

impl Text {
    /// Takes a text of 1 to 200 characters.
    ///
    /// # Errors
    /// `malformed` when it is empty or longer.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let found_chars = text.chars().count();
        if (1..=TEXT_CHARS_MAX).contains(&found_chars) {
            Ok(Self(Arc::from(text)))
        } else {
            Err(BadText { found_chars })
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// A name in Indonesian, English or both; one suffices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Names {
    /// English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<Text>,
    /// Indonesian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Text>,
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Either {
            en: Option<Text>,
            id: Option<Text>,
        }
        let Either { en, id } = Either::deserialize(from)?;
        if en.is_none() && id.is_none() {
            return Err(serde::de::Error::custom(format!(
                "{}: a name needs \"id\" or \"en\"",
                Code::Malformed
            )));
        }
        Ok(Self { en, id })
    }
}
