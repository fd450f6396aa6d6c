//! Newtypes for every identifier of the domain: parsing is validating (DOMAIN section 3).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Code;

/// An entry's 0-based number in the log: the only order there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A form of identifier: which bytes it may hold and how long it may be.
type Form = fn(&str) -> bool;

fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 128
        && bytes.first().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'))
}

fn is_instrument(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 256
        && bytes.first().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'/' | b'-'))
}

fn is_kid(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn is_jti(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha-256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

fn is_finding(text: &str) -> bool {
    let is_kind = |kind: &str| !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    // an id may carry the code or territory that it leaves out, behind a slash
    let is_one = |id: &str| id.split_once('/').map_or(is_id(id), |(id, out)| is_id(id) && is_id(out));
    text.split_once(':').is_some_and(|(kind, ids)| is_kind(kind) && ids.split(',').all(is_one))
}

fn is_decimal(text: &str) -> bool {
    let digits = |s: &str| (1..=30).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = number.split_once('.').map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    digits(whole) && rest.is_none_or(digits) && (whole.len() == 1 || !whole.starts_with('0'))
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $form:expr, $what:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Takes the text when it has the form of this kind of identifier.
            ///
            /// # Errors
            /// `bad-id` when it has not.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let form: fn(&str) -> bool = $form;
                if form(text) { Ok(Self(std::sync::Arc::from(text))) } else { Err($crate::domain::id::BadId { what: $what, found: text.chars().take(140).collect() }) }
            }

            /// Sorts before every identifier: where a range begins.
            #[allow(dead_code)]
            pub(crate) fn least() -> Self {
                Self(std::sync::Arc::from(""))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                text_from(from, Self::parse)
            }
        }
    };
}

pub(crate) use text_id;

/// Reads a string and hands it to a parser whose error carries a stable code.
pub(crate) fn text_from<'de, D, T, E>(from: D, parse: fn(&str) -> Result<T, E>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: fmt::Display,
{
    struct Text<T, E>(fn(&str) -> Result<T, E>);
    impl<T, E: fmt::Display> de::Visitor<'_> for Text<T, E> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_str<X: de::Error>(self, text: &str) -> Result<T, X> {
            (self.0)(text).map_err(X::custom)
        }
    }
    from.deserialize_str(Text(parse))
}

/// Text that has not the form of the identifier it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadId {
    /// The form that was expected.
    pub what: &'static str,
    /// The beginning of what was found.
    pub found: String,
}

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found {:?}", Code::BadId, self.what, self.found)
    }
}

impl std::error::Error for BadId {}

const ID: &str = "an id: a-z 0-9 first, then a-z 0-9 . _ -, at most 128";

text_id!(
    /// A body or post that can hold responsibilities and speak.
    AgencyId, is_id, ID
);
text_id!(
    /// Something somebody must answer for.
    ResponsibilityId, is_id, ID
);
text_id!(
    /// An assignment, and the holding it makes.
    AssignmentId, is_id, ID
);
text_id!(
    /// A handoff.
    HandoffId, is_id, ID
);
text_id!(
    /// A decision.
    DecisionId, is_id, ID
);
text_id!(
    /// An act.
    ActId, is_id, ID
);
text_id!(
    /// A claim.
    ClaimId, is_id, ID
);
text_id!(
    /// A forum.
    ForumId, is_id, ID
);
text_id!(
    /// A commitment.
    CommitmentId, is_id, ID
);
text_id!(
    /// A programme.
    ProgrammeId, is_id, ID
);
text_id!(
    /// The key of a finding, `kind:id,id` (DOMAIN section 7).
    FindingKey, is_finding, "a finding's key: its kind, a colon, and ids joined by commas"
);
text_id!(
    /// A number that is no count, as decimal text.
    Decimal, is_decimal, "a decimal number: digits, a point and digits where needed, - before them if negative"
);
text_id!(
    /// A territory of the register.
    TerritoryId, is_id, ID
);
text_id!(
    /// A name inside one object: a step, a reservation, a component, a kind, a scheme.
    Name, is_id, ID
);
text_id!(
    /// The reference of a legal instrument.
    InstrumentRef, is_instrument, "an instrument ref: a-z 0-9 first, then a-z 0-9 . _ / -, at most 256"
);
text_id!(
    /// The RFC 7638 SHA-256 thumbprint of a key.
    Kid, is_kid, "a key id: 43 base64url characters"
);
text_id!(
    /// A statement's id, unique per speaker for ever (DOMAIN rule 11).
    Jti, is_jti, "a jti: 1 to 128 printable ASCII characters"
);
text_id!(
    /// A digest, `sha-256:` and 64 lower hex digits.
    Digest, is_digest, "a digest: sha-256: and 64 lower hex digits"
);
text_id!(
    /// The name of an API token (not its secret).
    TokenId, is_id, ID
);

impl AssignmentId {
    /// The name of a holding no statement named: `as-<seq>`, or `as-<seq>.<n>` where the entry
    /// makes several (DOMAIN section 3).
    #[must_use]
    pub fn derived(seq: Seq, n: Option<u32>) -> Self {
        Self(match n {
            None => format!("as-{seq}").into(),
            Some(n) => format!("as-{seq}.{n}").into(),
        })
    }

    /// Whether the name has the form reserved for derived holdings.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        self.0.strip_prefix("as-").is_some_and(|rest| match rest.split_once('.') {
            None => digits(rest),
            Some((seq, n)) => digits(seq) && digits(n),
        })
    }
}

/// A log key under which entries are linked, such as `r:housing` (DOMAIN section 4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Subject(Arc<str>);

impl Subject {
    /// Whether it is of a kind, such as `r`.
    #[must_use]
    pub fn is_a(&self, kind: &str) -> bool {
        self.as_str().split_once(':').is_some_and(|(is, _)| is == kind)
    }

    const KINDS: [(&'static str, Form); 14] = [
        ("a:", is_id),
        ("r:", is_id),
        ("as:", is_id),
        ("h:", is_id),
        ("d:", is_id),
        ("c:", is_id),
        ("f:", is_id),
        ("m:", is_id),
        ("p:", is_id),
        ("t:", is_id),
        ("i:", is_instrument),
        ("g:", is_id),
        ("k:", |s| s.split_once('/').is_some_and(|(agency, kid)| is_id(agency) && is_kid(kid))),
        ("l:", |s| s == "ledger"),
    ];

    /// Takes a subject in its written form.
    ///
    /// # Errors
    /// `bad-id` when the prefix is unknown or the rest has not the form of its kind.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let known = Self::KINDS.iter().any(|(prefix, form)| text.strip_prefix(prefix).is_some_and(form));
        if known {
            Ok(Self(Arc::from(text)))
        } else {
            Err(BadId {
                what: "a subject such as r:<id>, a:<id>, h:<id>",
                found: text.chars().take(140).collect(),
            })
        }
    }

    /// The subject as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The subject of ledger, policy, token and witness events.
    #[must_use]
    pub fn ledger() -> Self {
        Self(Arc::from("l:ledger"))
    }

    fn of(prefix: &str, id: &str) -> Self {
        let mut text = String::with_capacity(prefix.len() + id.len());
        text.push_str(prefix);
        text.push_str(id);
        Self(text.into())
    }
    /// `a:`
    #[must_use]
    pub fn agency(id: &AgencyId) -> Self {
        Self::of("a:", id.as_str())
    }
    /// `g:`, the few entries about the agency itself and its successors.
    #[must_use]
    pub fn genealogy(id: &AgencyId) -> Self {
        Self::of("g:", id.as_str())
    }
    /// `r:`
    #[must_use]
    pub fn responsibility(id: &ResponsibilityId) -> Self {
        Self::of("r:", id.as_str())
    }
    /// `as:`
    #[must_use]
    pub fn assignment(id: &AssignmentId) -> Self {
        Self::of("as:", id.as_str())
    }
    /// `h:`
    #[must_use]
    pub fn handoff(id: &HandoffId) -> Self {
        Self::of("h:", id.as_str())
    }
    /// `d:`
    #[must_use]
    pub fn decision(id: &DecisionId) -> Self {
        Self::of("d:", id.as_str())
    }
    /// `c:`
    #[must_use]
    pub fn claim(id: &ClaimId) -> Self {
        Self::of("c:", id.as_str())
    }
    /// `f:`
    #[must_use]
    pub fn forum(id: &ForumId) -> Self {
        Self::of("f:", id.as_str())
    }
    /// `m:`
    #[must_use]
    pub fn commitment(id: &CommitmentId) -> Self {
        Self::of("m:", id.as_str())
    }
    /// `p:`
    #[must_use]
    pub fn programme(id: &ProgrammeId) -> Self {
        Self::of("p:", id.as_str())
    }
    /// `t:`
    #[must_use]
    pub fn territory(id: &TerritoryId) -> Self {
        Self::of("t:", id.as_str())
    }
    /// `i:`
    #[must_use]
    pub fn instrument(id: &InstrumentRef) -> Self {
        Self::of("i:", id.as_str())
    }
    /// `k:`
    #[must_use]
    pub fn key(agency: &AgencyId, kid: &Kid) -> Self {
        Self(format!("k:{agency}/{kid}").into())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}
