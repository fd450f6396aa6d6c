//! What an agency says, before and after the ledger admits it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::event::{Data, dating};
use super::{AgencyId, Code, Instant, Jti, Kid, Seq, Subject, TokenId};

/// A statement: claims of FORMAT section 1 without those of its envelope.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Unique per speaker for ever.
    pub jti: Jti,
    /// Event type and data.
    pub data: Data,
    /// Ordinals the author believes its subjects have.
    pub after: BTreeMap<Subject, u64>,
    /// The entry whose place this takes (DOMAIN rule 8).
    pub corrects: Option<Seq>,
}

/// Who says it, and by which way it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// An agency, under an API token: the operator's word.
    Token {
        /// The agency.
        agency: AgencyId,
        /// The token's name.
        token: TokenId,
    },
    /// An agency, by its own signature: that the statement is signed with this key has been checked by
    /// who read it; whether the key counts for the agency is a rule.
    Signed {
        /// The agency (`iss`).
        agency: AgencyId,
        /// Thumbprint of the key it is signed with.
        kid: Kid,
        /// The ledger it is meant for.
        aud: Arc<str>,
        /// When it was signed, in seconds since 1970.
        iat: i64,
    },
    /// An agency, by the operator's bulk load.
    Import {
        /// The agency.
        agency: AgencyId,
    },
    /// The ledger itself.
    Ledger(Voice),
    /// Nobody: what came without a name is read for its form, and never admitted.
    Nobody,
}

/// By which of its duties the ledger speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// `init`
    Init,
    /// A day has come.
    Clock,
    /// What the ledger knows of its subjects.
    Index,
    /// The operator changed the ledger's key.
    Rotate,
    /// The operator added or revoked a token.
    Token,
}

impl Voice {
    /// As written in the entry.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Clock => "clock",
            Self::Index => "index",
            Self::Rotate => "rotate",
            Self::Token => "token",
        }
    }

    /// The voice of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Init, Self::Clock, Self::Index, Self::Rotate, Self::Token];
        all.into_iter().find(|voice| voice.as_str() == text)
    }
}

/// On whose word a statement stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assurance {
    /// The speaker's own signature.
    Signed,
    /// The operator's word for the agency.
    #[default]
    Attested,
    /// The ledger's own.
    Ledger,
}

impl Assurance {
    /// Whether it is the operator's word, as most are.
    #[must_use]
    pub fn is_attested(&self) -> bool {
        *self == Self::Attested
    }
}

impl Speaker {
    /// On whose word it stands.
    #[must_use]
    pub fn assurance(&self) -> Assurance {
        match self {
            Self::Signed { .. } => Assurance::Signed,
            Self::Token { .. } | Self::Import { .. } | Self::Nobody => Assurance::Attested,
            Self::Ledger(_) => Assurance::Ledger,
        }
    }

    /// The agency that speaks; `None` for the ledger.
    #[must_use]
    pub fn agency(&self) -> Option<&AgencyId> {
        match self {
            Self::Token { agency, .. } | Self::Signed { agency, .. } | Self::Import { agency } => {
                Some(agency)
            }
            Self::Ledger(_) | Self::Nobody => None,
        }
    }

    /// The name under which its jtis are unique: the agency's id, or `ledger:` (no id has a colon).
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Token { agency, .. } | Self::Signed { agency, .. } | Self::Import { agency } => {
                agency.as_str()
            }
            Self::Ledger(_) => "ledger:",
            Self::Nobody => "nobody:",
        }
    }
}

/// A statement the ledger admitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Instant,
    /// Who said it.
    pub speaker: Speaker,
    /// What.
    pub statement: Statement,
    /// The event a `record.withdrawn` takes back, so that to fold it in reads nothing.
    pub withdraws: Option<Arc<Event>>,
}

impl Event {
    /// The entry that a `record.withdrawn` takes back.
    #[must_use]
    pub fn takes_back(&self) -> Option<Seq> {
        self.statement.takes_back()
    }
}

/// An earlier entry, as the rules look back at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Earlier {
    /// What it says.
    pub event: Event,
    /// For each subject it links, the entry before it that links the subject.
    pub links: BTreeMap<Subject, Option<Seq>>,
}

/// What lies behind a statement: the entries before it, along their links. Handed to the rules by who
/// has the log.
pub trait Past {
    /// The last entry that links a subject: its ordinal there, and its seq.
    fn last(&self, subject: &Subject) -> Option<(u64, Seq)>;
    /// An entry.
    fn entry(&self, seq: Seq) -> Option<Earlier>;
}

/// The past of a ledger's first entries, which look back at nothing.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Past for Nothing {
    fn last(&self, _: &Subject) -> Option<(u64, Seq)> {
        None
    }
    fn entry(&self, _: Seq) -> Option<Earlier> {
        None
    }
}

/// Why bytes are no statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// `malformed`, `unknown-type`, `unknown-field`, `bad-id` or `bad-date`.
    pub code: Code,
    /// What was found and expected.
    pub detail: String,
    /// Where, such as `data.responsibility`.
    pub field: Option<String>,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl std::error::Error for Unreadable {}

impl Unreadable {
    /// An error of `malformed`, not about one field.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self { code: Code::Malformed, detail: detail.into(), field: None }
    }

    fn of(error: &serde_path_to_error::Error<serde_json::Error>, under: &str) -> Self {
        let path = error.path().to_string();
        let field = match (under, path.as_str()) {
            ("", "." | "") => None,
            ("", path) => Some(path.to_owned()),
            (under, "." | "") => Some(under.to_owned()),
            (under, path) => Some(format!("{under}.{path}")),
        };
        let text = error.inner().to_string();
        let (code, detail) =
            match text.split_once(": ").and_then(|(head, rest)| Some((Code::parse(head)?, rest))) {
                Some((code, rest)) => (code, rest.to_owned()),
                None if text.starts_with("unknown field") => (Code::UnknownField, text),
                None => (Code::Malformed, text),
            };
        // serde_json appends the place in the bytes; the field says it better
        let detail = detail.split(" at line ").next().unwrap_or_default().to_owned();
        Self { code, detail, field }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims<D> {
    jti: Jti,
    #[serde(rename = "type")]
    type_name: String,
    data: D,
    #[serde(default)]
    after: BTreeMap<Subject, u64>,
    #[serde(default)]
    corrects: Option<Seq>,
    /// Digests: who keeps the details reads them.
    #[serde(default, rename = "details")]
    _details: IgnoredAny,
}

/// The claims of a signed statement that are about its sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Who signed it.
    pub iss: AgencyId,
    /// The ledger it is meant for.
    pub aud: Arc<str>,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedClaims<'a> {
    iss: AgencyId,
    aud: Arc<str>,
    iat: i64,
    jti: Jti,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(borrow)]
    data: &'a serde_json::value::RawValue,
    #[serde(default)]
    after: Option<BTreeMap<Subject, u64>>,
    #[serde(default)]
    corrects: Option<Seq>,
    #[serde(default, rename = "details")]
    _details: IgnoredAny,
    #[serde(default)]
    _sd_alg: IgnoredAny,
}

impl Statement {
    /// The entry that a `record.withdrawn` takes back.
    #[must_use]
    pub fn takes_back(&self) -> Option<Seq> {
        self.data.takes_back()
    }

    /// The entry that the data names by its seq.
    #[must_use]
    pub fn about_entry(&self) -> Option<Seq> {
        self.data.of_entry()
    }

    /// Reads a statement that [`strict`](super::strict::parse) has let through.
    ///
    /// # Errors
    /// The code and the field at fault.
    pub fn read(value: &Value) -> Result<Self, Unreadable> {
        // what cannot be read is read once more, to say where it is wrong
        let claims = match Claims::<IgnoredAny>::deserialize(value) {
            Ok(claims) => claims,
            Err(_) => path_error(value, "")?,
        };
        let data = value.get("data").unwrap_or(&Value::Null);
        let read = Self::typed(claims, |type_name, _| {
            if let Ok(read) = Data::read(type_name, data)? {
                return Some(Ok(read));
            }
            let mut track = serde_path_to_error::Track::new();
            let from = serde_path_to_error::Deserializer::new(data, &mut track);
            let read = Data::read(type_name, from)?;
            let under = |error| serde_path_to_error::Error::new(track.path(), error);
            Some(read.map_err(|error| Unreadable::of(&under(error), "data")))
        })?;
        named(data, &read.data)?;
        Ok(read)
    }

    /// Reads a statement from the bytes of an entry: what was admitted before, so without the
    /// bookkeeping for helpful errors.
    ///
    /// # Errors
    /// As [`Statement::read`], without the field.
    pub fn from_entry(json: &str) -> Result<Self, Unreadable> {
        let plain = |error: serde_json::Error| Unreadable::malformed(error.to_string());
        let claims: Claims<&serde_json::value::RawValue> = serde_json::from_str(json).map_err(plain)?;
        Self::typed(claims, |type_name, data| {
            let mut from = serde_json::Deserializer::from_str(data.get());
            Data::read(type_name, &mut from).map(|read| read.map_err(plain))
        })
    }

    /// [`Statement::from_entry`] for the claims of a signed statement.
    ///
    /// # Errors
    /// As [`Statement::from_entry`].
    pub fn from_signed(json: &[u8]) -> Result<(Envelope, Self), Unreadable> {
        let plain = |error: serde_json::Error| Unreadable::malformed(error.to_string());
        let claims: SignedClaims<'_> = serde_json::from_slice(json).map_err(plain)?;
        let SignedClaims { iss, aud, iat, jti, type_name, data, after, corrects, .. } = claims;
        let after = after.unwrap_or_default();
        let claims = Claims { jti, type_name, data, after, corrects, _details: IgnoredAny };
        let statement = Self::typed(claims, |type_name, data| {
            let mut from = serde_json::Deserializer::from_str(data.get());
            Data::read(type_name, &mut from).map(|read| read.map_err(plain))
        })?;
        Ok((Envelope { iss, aud, iat }, statement))
    }

    fn typed<D>(
        claims: Claims<D>,
        read: impl FnOnce(&str, D) -> Option<Result<Data, Unreadable>>,
    ) -> Result<Self, Unreadable> {
        let Claims { jti, type_name, data, after, corrects, .. } = claims;
        let data = read(&type_name, data).unwrap_or_else(|| {
            Err(Unreadable {
                code: Code::UnknownType,
                detail: format!("no event type {:?}", type_name.chars().take(60).collect::<String>()),
                field: Some("type".to_owned()),
            })
        })?;
        dating::form(&data)?;
        Ok(Self { jti, data, after, corrects })
    }
}

/// Whether objects are written as objects: serde takes a list of a struct's fields for it, too, which would
/// be a second spelling without their names.
fn named(given: &Value, read: &Data) -> Result<(), Unreadable> {
    if !has_list(given) {
        return Ok(());
    }
    let read = serde_json::to_value(read).map_err(|error| Unreadable::malformed(error.to_string()))?;
    let mut path = "data".to_owned();
    if !is_listed(given, &read, &mut path) {
        return Ok(());
    }
    let detail = "an object of named fields, not a list of them";
    Err(Unreadable { field: Some(path), ..Unreadable::malformed(detail) })
}

fn has_list(value: &Value) -> bool {
    match value {
        Value::Array(_) => true,
        Value::Object(object) => object.values().any(has_list),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Whether a list stands for an object, and where.
fn is_listed(given: &Value, read: &Value, path: &mut String) -> bool {
    let length = path.len();
    let mut inside = |name: &str, given: &Value, read: &Value| {
        path.truncate(length);
        path.push_str(name);
        is_listed(given, read, path)
    };
    match (given, read) {
        (Value::Array(_), Value::Object(_)) => true,
        (Value::Array(given), Value::Array(read)) => {
            (0..).zip(given.iter().zip(read)).any(|(n, (given, read))| inside(&format!("[{n}]"), given, read))
        }
        (Value::Object(given), Value::Object(read)) => given
            .iter()
            .any(|(name, given)| read.get(name).is_some_and(|read| inside(&format!(".{name}"), given, read))),
        _ => false,
    }
}

fn path_error<'de, T, D>(from: D, under: &str) -> Result<T, Unreadable>
where
    T: Deserialize<'de>,
    D: Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(from).map_err(|error| Unreadable::of(&error, under))
}
