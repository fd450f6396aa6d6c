//! From bytes to statements, and back: canonical form, digests, stored entries (FORMAT section 1).

pub mod jwk;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::domain::statement::Unreadable;
use crate::domain::{
    AgencyId, Code, Data, Digest, Earlier, Event, Seq, Speaker, Statement, Subject, TokenId, Voice, strict,
};
use crate::log::{Body, Entry, LinkTriple};

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

/// SHA-256 of everything a reader has.
///
/// # Errors
/// Those of the reader.
pub fn sha256_of(reader: &mut dyn std::io::Read) -> std::io::Result<[u8; 32]> {
    let (mut digest, mut piece) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(digest.finalize().into()),
            Ok(read) => digest.update(piece.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Bytes in lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads an attested statement: plain JSON under a token or by import.
///
/// # Errors
/// `malformed`, `unknown-type`, `unknown-field`, `bad-id`, `bad-date`, `too-large`.
pub fn attested(bytes: &[u8], speaker: Speaker) -> Result<Submission, Unreadable> {
    value(strict::parse(bytes)?, speaker)
}

/// [`attested`] for a value that has been parsed strictly.
///
/// # Errors
/// As [`attested`].
pub fn value(mut value: Value, speaker: Speaker) -> Result<Submission, Unreadable> {
    let statement = Statement::read(&value)?;
    jwk::check(&statement.data)?;
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
        let detail = format!("{} bytes; a statement has at most {STATEMENT_BYTES_MAX}", canonical.len());
        return Err(Unreadable { code: Code::TooLarge, detail, field: None });
    }
    let approval = match statement.data.approvals() {
        [] => None,
        _ => Some(approval(&value)?),
    };
    let sha256 = sha256(canonical.as_bytes());
    Ok(Submission { speaker, statement, canonical: canonical.into(), sha256, approval })
}

/// A statement of the ledger itself; its jti is `<voice>-<seq>`.
///
/// # Errors
/// `malformed` where the data cannot be written as JSON.
pub fn own(voice: Voice, data: &Data, seq: Seq) -> Result<Submission, Unreadable> {
    let type_name = data.type_name();
    let data = serde_json::to_value(data).map_err(|e| Unreadable::malformed(e.to_string()))?;
    let own = serde_json::json!({ "jti": own_jti(voice, seq), "type": type_name, "data": data });
    value(own, Speaker::Ledger(voice))
}

/// The jti of the ledger's own statement at a seq.
#[must_use]
pub fn own_jti(voice: Voice, seq: Seq) -> String {
    format!("{}-{seq}", voice.as_str())
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
    Some((speaker(&entry.body).ok()?.key().to_owned(), ids.jti.into_owned()))
}

/// Reads the statement of an entry as it would be read from its author again: the stored text must be
/// the canonical form of what it says.
///
/// # Errors
/// As [`attested`]; `malformed` for a text that is not its own canonical form.
pub fn again(entry: &Entry<'_>) -> Result<Submission, Unreadable> {
    let text = entry.body.statement();
    let read = attested(text.as_bytes(), speaker(&entry.body)?)?;
    if *read.canonical == *text {
        return Ok(read);
    }
    Err(Unreadable::malformed("the stored statement is not in canonical form"))
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
    Digest::parse(&format!("sha-256:{}", hex(&hash))).map_err(|e| Unreadable::malformed(e.to_string()))
}

/// The RFC 8785 form. It differs from what serde_json writes of a sorted map in numbers that are no
/// integers, which the strict parser refuses, and in the order of keys beyond ASCII.
fn canonical(value: &Value) -> Result<String, Unreadable> {
    let written = if is_plain(value) {
        serde_json::to_string(value)
    } else {
        serde_json_canonicalizer::to_string(value)
    };
    written.map_err(|e| Unreadable::malformed(e.to_string()))
}

/// Whether every key is ASCII and every number an integer.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().all(|(key, value)| key.is_ascii() && is_plain(value)),
        Value::Array(array) => array.iter().all(is_plain),
        Value::Number(number) => !number.is_f64(),
        _ => true,
    }
}

/// The event an entry records.
///
/// # Errors
/// `malformed` and the other codes of [`Statement::from_entry`].
pub fn event(entry: &Entry<'_>) -> Result<Event, Unreadable> {
    let statement = Statement::from_entry(entry.body.statement())?;
    Ok(Event { seq: entry.seq, at: entry.at, speaker: speaker(&entry.body)?, statement })
}

/// The event an entry records, and where its subjects' histories go on behind it.
///
/// # Errors
/// As [`event`].
pub fn earlier(entry: &Entry<'_>) -> Result<Earlier, Unreadable> {
    let link = |(name, [_, prev, _]): &(&str, LinkTriple)| {
        let subject = Subject::parse(name).map_err(|e| Unreadable::malformed(e.to_string()))?;
        Ok((subject, u64::try_from(*prev).ok().map(Seq)))
    };
    Ok(Earlier { event: event(entry)?, links: entry.links.iter().map(link).collect::<Result<_, _>>()? })
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
