//! The legal basis of what an entry says (DOMAIN section 3).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeSeq};

use super::{Code, DecisionId, Digest, InstrumentRef, id::text_from, text::Text};

/// What an item of a basis refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A legal instrument, recorded or not.
    Instrument(InstrumentRef),
    /// A decision of the ledger, written `d:<decision>`.
    Decision(DecisionId),
}

impl Reference {
    fn parse(text: &str) -> Result<Self, super::id::BadId> {
        match text.strip_prefix("d:") {
            Some(id) => DecisionId::parse(id).map(Self::Decision),
            None => InstrumentRef::parse(text).map(Self::Instrument),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instrument(id) => id.fmt(f),
            Self::Decision(id) => write!(f, "d:{id}"),
        }
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

/// One item of a basis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BasisItem {
    /// The instrument or decision.
    #[serde(rename = "ref")]
    pub reference: Reference,
    /// The article in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<Text>,
    /// Digest of its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// A basis: items, or said to be unknown (DOMAIN rule 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// At least one item.
    Known(Vec<BasisItem>),
    /// `{"unknown":true}`.
    Unknown,
}

impl Basis {
    /// The items; none when unknown.
    #[must_use]
    pub fn items(&self) -> &[BasisItem] {
        match self {
            Self::Known(items) => items,
            Self::Unknown => &[],
        }
    }
}

impl Basis {
    /// The decisions that it names.
    pub fn decisions(&self) -> impl Iterator<Item = &DecisionId> {
        self.items().iter().filter_map(|item| match &item.reference {
            Reference::Decision(id) => Some(id),
            Reference::Instrument(_) => None,
        })
    }
}

#[derive(Serialize)]
struct Unknown {
    unknown: bool,
}

impl Serialize for Basis {
    /// Always an array: the shape of answers (API section 3).
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(items) => items.serialize(to),
            Self::Unknown => {
                let mut seq = to.serialize_seq(Some(1))?;
                seq.serialize_element(&Unknown { unknown: true })?;
                seq.end()
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    #[serde(rename = "ref")]
    reference: Option<Reference>,
    article: Option<Text>,
    digest: Option<Digest>,
    unknown: Option<bool>,
}

impl<'de> Deserialize<'de> for Basis {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> de::Visitor<'de> for Either {
            type Value = Vec<Item>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a basis object or an array of them")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Vec<Item>, A::Error> {
                Item::deserialize(de::value::MapAccessDeserializer::new(map)).map(|item| vec![item])
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Vec<Item>, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))
            }
        }
        let items = from.deserialize_any(Either)?;
        let bad = |what: &str| de::Error::custom(format!("{}: {what}", Code::Malformed));
        if let [Item { reference: None, article: None, digest: None, unknown: Some(true) }] = items.as_slice()
        {
            return Ok(Self::Unknown);
        }
        if items.is_empty() {
            return Err(bad("a basis has at least one item, or is {\"unknown\":true}"));
        }
        items
            .into_iter()
            .map(|item| match item {
                Item { reference: Some(reference), article, digest, unknown: None } => {
                    Ok(BasisItem { reference, article, digest })
                }
                _ => Err(bad("each item of a basis has \"ref\"; {\"unknown\":true} stands alone")),
            })
            .collect::<Result<_, _>>()
            .map(Self::Known)
    }
}
