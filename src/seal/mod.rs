//! From bytes to statements, and back: canonical form, digests, stored entries (FORMAT section 1).

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::domain::statement::Unreadable;
use crate::domain::{
    AgencyId, Code, Data, Digest, Event, Jti, Seq, Speaker, Statement, TokenId, Voice, strict,
};
use crate::log::{Body, Entry};

/// Longest canonical statement, in bytes.
pub const STATEMENT_BYTES_MAX: usize = 40_000;

/// A statement ready for the writer.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Who says it.
    pub speaker: Speaker,
    /// What.
    pub statement: Statement,
    /// Its RFC 8785 form, as the entry stores it.
    pub canonical: Box<str>,
    /// SHA-256 of the canonical form.
    pub sha256: [u8; 32],
    /// What approvals of it must approve; only where its data names approvals.
    pub approval: Option<Digest>,
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Reads an attested statement: plain JSON under a token or by import.
///
/// # Errors
/// `malformed`, `unknown-type`, `unknown-field`, `bad-id`, `bad-date`, `too-large`.
pub fn attested(bytes: &[u8], speaker: Speaker) -> Result<Submission, Unreadable> {
    sealed(&strict::parse(bytes)?, speaker)
}

/// [`attested`] for a value that has been parsed strictly.
///
/// # Errors
/// As [`attested`].
pub fn sealed(value: &Value, speaker: Speaker) -> Result<Submission, Unreadable> {
    let statement = Statement::read(value)?;
    let canonical = canonical(value)?;
    if canonical.len() > STATEMENT_BYTES_MAX {
        let detail = format!("{} bytes; a statement has at most {STATEMENT_BYTES_MAX}", canonical.len());
        return Err(Unreadable { code: Code::TooLarge, detail, field: None });
    }
    let approval = match statement.data.approvals() {
        [] => None,
        _ => Some(approval(value)?),
    };
    let sha256 = sha256(canonical.as_bytes());
    Ok(Submission { speaker, statement, canonical: canonical.into(), sha256, approval })
}

/// A statement of the ledger itself; its jti is `<voice>-<seq>`.
///
/// # Errors
/// `malformed` where the data cannot be written as JSON.
pub fn own(voice: Voice, data: &Data, seq: Seq) -> Result<Submission, Unreadable> {
    let jti = Jti::parse(&format!("{}-{seq}", voice.as_str())).map_err(|e| Unreadable::malformed(e.to_string()))?;
    let type_name = data.type_name();
    let data = serde_json::to_value(data).map_err(|e| Unreadable::malformed(e.to_string()))?;
    let value = serde_json::json!({ "jti": jti.as_str(), "type": type_name, "data": data });
    sealed(&value, Speaker::Ledger(voice))
}

/// What an approval of a statement approves: the digest of {type, data without approvals, corrects?}
/// in RFC 8785 form (DOMAIN section 4).
///
/// # Errors
/// `malformed` where the value is no statement.
pub fn approval(value: &Value) -> Result<Digest, Unreadable> {
    let mut subject = Map::new();
    for key in ["type", "data", "corrects"] {
        if let Some(part) = value.get(key) {
            subject.insert(key.to_owned(), part.clone());
        }
    }
    if let Some(Value::Object(data)) = subject.get_mut("data") {
        data.remove("approvals");
    }
    let hash = sha256(canonical(&Value::Object(subject))?.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Digest::parse(&format!("sha-256:{hex}")).map_err(|e| Unreadable::malformed(e.to_string()))
}

fn canonical(value: &Value) -> Result<String, Unreadable> {
    serde_json_canonicalizer::to_string(value).map_err(|e| Unreadable::malformed(e.to_string()))
}

/// The event an entry records.
///
/// # Errors
/// `malformed` and the other codes of [`Statement::from_entry`].
pub fn event(entry: &Entry<'_>) -> Result<Event, Unreadable> {
    let bad = |what: &str| Unreadable::malformed(what);
    let speaker = match entry.body {
        Body::Signed { .. } => return Err(bad("a signed statement; this version reads attested ones")),
        Body::Attested { agency, via, .. } => {
            let agency = AgencyId::parse(agency).map_err(|e| bad(&e.to_string()))?;
            match via.strip_prefix("token:") {
                Some(token) => {
                    let token = TokenId::parse(token).map_err(|e| bad(&e.to_string()))?;
                    Speaker::Token { agency, token }
                }
                None if via == "import" => Speaker::Import { agency },
                None => return Err(bad("expected via token:<id> or import")),
            }
        }
        Body::Ledger { voice, .. } => {
            Speaker::Ledger(Voice::parse(voice).ok_or_else(|| bad("no voice of the ledger"))?)
        }
    };
    let statement = Statement::from_entry(entry.body.statement())?;
    Ok(Event { seq: entry.seq, at: entry.at, speaker, statement })
}
