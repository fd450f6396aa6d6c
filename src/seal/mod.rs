//! Statements on their way in and out: bytes to what an agency says, its canonical form and its
//! hashes (FORMAT section 1, "Attested"). Bytes in, verdict out; nothing is written or decided here.

mod jwk;

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::domain::statement::Unreadable;
use crate::domain::{
    AgencyId, Code, Data, Digest, Event, Jti, Seq, Speaker, Statement, TokenId, Voice, strict,
};
use crate::log::{Body, Entry};

pub use jwk::{kid, public_key};

/// Largest canonical statement, in bytes: with its links it still fits an entry.
pub const STATEMENT_BYTES_MAX: usize = 40_000;

/// A statement that could be read, with everything that has to be hashed about it.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Who says it.
    pub speaker: Speaker,
    /// What.
    pub statement: Statement,
    /// RFC 8785 text of {after?, corrects?, data, jti, type}: what the entry stores.
    pub canonical: Box<str>,
    /// SHA-256 of the canonical text; found again in the file before anything is answered.
    pub sha256: [u8; 32],
    /// What an approval of it approves; taken where the data names approvals.
    pub approval: Option<Digest>,
}

/// Reads a statement sent as plain JSON, on the operator's word that `speaker` says it.
///
/// # Errors
/// `malformed`, `unknown-type`, `unknown-field`, `bad-id`, `bad-date` or `too-large`.
pub fn attested(bytes: &[u8], speaker: Speaker) -> Result<Submission, Unreadable> {
    let mut value = strict::parse(bytes)?;
    let statement = Statement::read(&value)?;
    if let Some(object) = value.as_object_mut() {
        // Absent and empty say the same: one form of it is stored and compared.
        if statement.after.is_empty() {
            object.remove("after");
        }
        if statement.corrects.is_none() {
            object.remove("corrects");
        }
    }
    let canonical = canonical(&value)?;
    if canonical.len() > STATEMENT_BYTES_MAX {
        let found = canonical.len();
        let detail = format!("a statement of {found} bytes; at most {STATEMENT_BYTES_MAX}");
        return Err(Unreadable { code: Code::TooLarge, detail, field: None });
    }
    let approval = approval_of(&statement, || Ok(value))?;
    sealed(speaker, statement, canonical, approval)
}

/// A statement of the ledger itself; its jti is `<voice>-<seq>`.
///
/// # Errors
/// `malformed` when the data has no canonical form.
pub fn own(voice: Voice, data: Data, seq: Seq) -> Result<Submission, Unreadable> {
    #[derive(Serialize)]
    struct Own<'a> {
        data: &'a Data,
        jti: &'a str,
        #[serde(rename = "type")]
        type_name: &'static str,
    }
    let jti = own_jti(voice, seq)?;
    let parts = Own { data: &data, jti: jti.as_str(), type_name: data.type_name() };
    let canonical = canonical(&parts)?;
    let statement = Statement { jti, data, after: std::collections::BTreeMap::new(), corrects: None };
    sealed(Speaker::Ledger(voice), statement, canonical, None)
}

/// The jti of the ledger's own statement at a seq.
///
/// # Errors
/// None in practice: every voice and seq give a jti.
pub fn own_jti(voice: Voice, seq: Seq) -> Result<Jti, Unreadable> {
    Jti::parse(&format!("{}-{seq}", voice.as_str())).map_err(|e| Unreadable::malformed(e.to_string()))
}

/// The event an entry records.
///
/// # Errors
/// What the entry says instead, and what was expected.
pub fn event(entry: &Entry<'_>) -> Result<Event, Unreadable> {
    let statement = Statement::from_entry(entry.body.statement())?;
    Ok(Event { seq: entry.seq, at: entry.at, speaker: speaker(&entry.body)?, statement })
}

/// The name under which an entry's jti is unique, and that jti.
#[must_use]
pub fn ids(entry: &Entry<'_>) -> Option<(String, String)> {
    #[derive(serde::Deserialize)]
    struct Ids<'a> {
        #[serde(borrow)]
        jti: std::borrow::Cow<'a, str>,
    }
    let ids: Ids<'_> = serde_json::from_str(entry.body.statement()).ok()?;
    let speaker = speaker(&entry.body).ok()?;
    Some((speaker.key().to_owned(), ids.jti.into_owned()))
}

/// Digest that approvals of this statement name: of the RFC 8785 form of {type, data without
/// approvals, corrects?}. `None` where the statement names no approvals and so needs none.
///
/// # Errors
/// `malformed` when the text is no statement.
pub fn approval(statement: &Statement, canonical: &str) -> Result<Option<Digest>, Unreadable> {
    let bad = |e: serde_json::Error| Unreadable::malformed(e.to_string());
    approval_of(statement, || serde_json::from_str(canonical).map_err(bad))
}

/// Whether a stored statement has exactly the form it would be stored in again.
#[must_use]
pub fn is_canonical(text: &str) -> bool {
    strict::parse(text.as_bytes()).is_ok_and(|value| canonical(&value).is_ok_and(|again| &*again == text))
}

fn speaker(body: &Body<'_>) -> Result<Speaker, Unreadable> {
    let bad = |what: String| Unreadable::malformed(what);
    match *body {
        Body::Signed { .. } => Err(bad("a signed statement; this version reads attested ones".to_owned())),
        Body::Attested { agency, via, .. } => {
            let agency = AgencyId::parse(agency).map_err(|e| bad(e.to_string()))?;
            match via.strip_prefix("token:") {
                Some(token) => {
                    let token = TokenId::parse(token).map_err(|e| bad(e.to_string()))?;
                    Ok(Speaker::Token { agency, token })
                }
                None if via == "import" => Ok(Speaker::Import { agency }),
                None => Err(bad(format!("expected via token:<id> or import, found {via:?}"))),
            }
        }
        Body::Ledger { voice, .. } => {
            let found = Voice::parse(voice).ok_or_else(|| bad(format!("no voice of the ledger: {voice:?}")));
            found.map(Speaker::Ledger)
        }
    }
}

fn sealed(
    speaker: Speaker,
    statement: Statement,
    canonical: Box<str>,
    approval: Option<Digest>,
) -> Result<Submission, Unreadable> {
    jwk::check(&statement.data)?;
    let sha256 = Sha256::digest(canonical.as_bytes()).into();
    Ok(Submission { speaker, statement, canonical, sha256, approval })
}

fn canonical(value: &impl Serialize) -> Result<Box<str>, Unreadable> {
    let text = serde_json_canonicalizer::to_string(value);
    text.map(String::into_boxed_str).map_err(|e| Unreadable::malformed(e.to_string()))
}

fn approval_of(
    statement: &Statement,
    value: impl FnOnce() -> Result<Value, Unreadable>,
) -> Result<Option<Digest>, Unreadable> {
    if statement.data.approvals().is_empty() {
        return Ok(None);
    }
    let mut value = value()?;
    let mut form = Map::new();
    for name in ["type", "data", "corrects"] {
        if let Some(part) = value.get_mut(name).map(Value::take).filter(|part| !part.is_null()) {
            form.insert(name.to_owned(), part);
        }
    }
    if let Some(data) = form.get_mut("data").and_then(Value::as_object_mut) {
        data.remove("approvals");
    }
    let hash: [u8; 32] = Sha256::digest(canonical(&form)?.as_bytes()).into();
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = Digest::parse(&format!("sha-256:{hex}"));
    digest.map(Some).map_err(|e| Unreadable::malformed(e.to_string()))
}
