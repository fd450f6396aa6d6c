//! From bytes to statements, and back: canonical form, digests, stored entries (FORMAT section 1).

pub mod aead;
pub mod details;
pub mod disclosure;
pub mod jwk;
pub mod jws;
pub mod key;
mod registered;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::domain::statement::{Envelope, Unreadable};
use crate::domain::{
    AgencyId, Code, Data, Digest, Earlier, Event, Seq, Speaker, Statement, Subject, TokenId, Voice, strict,
};
use crate::log::{Body, Entry, LinkTriple};

pub use details::{Details, Draw, digests, erases};
pub use disclosure::Disclosure;
pub use jws::{JWT_BYTES_MAX, Signature, presented, sign, signed};
pub use key::{Alg, KeyPair, PublicKey};

/// Longest canonical statement, in bytes.
pub const STATEMENT_BYTES_MAX: usize = 40_000;

/// A statement ready for the writer.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Who says it.
    pub speaker: Speaker,
    /// What.
    pub statement: Statement,
    /// As the entry stores it: the JWT, or the RFC 8785 form.
    pub canonical: Box<str>,
    /// SHA-256 of the stored form.
    pub sha256: [u8; 32],
    /// What approvals of it must approve; only where its data names approvals.
    pub approval: Option<Digest>,
    /// What is known of its signature.
    pub signature: Signature,
    /// What it commits to beside its data.
    pub details: Details,
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

/// Reads an attested statement as its author says it, under a token or by import; its details are
/// salted.
///
/// # Errors
/// As [`attested`].
pub fn said(mut statement: Value, speaker: Speaker, draw: Draw) -> Result<Submission, Unreadable> {
    let disclosures = details::salt(&mut statement, draw)?;
    let mut submission = value(statement, speaker)?;
    submission.details.hand_in(disclosures)?;
    Ok(submission)
}

/// Reads an attested statement as it is stored.
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
    registered::check(&statement.data)?;
    let details = Details::committed(details::stored(&value)?);
    if let Some(object) = value.as_object_mut() {
        // Absent and empty say the same: one form of it is stored and compared.
        object.retain(|name, value| !(matches!(&**name, "after" | "corrects") && is_null_or_empty(value)));
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
    let (canonical, signature) = (canonical.into(), Signature::Checked);
    Ok(Submission { speaker, statement, canonical, sha256, approval, signature, details })
}

fn is_null_or_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}

/// Reads a line of a batch or of a bulk load: `{"jwt", "disclosures"?}` for a signed statement, or an
/// attested one.
///
/// # Errors
/// As [`presented`] and [`said`].
pub fn line(mut value: Value, speaker: Speaker, draw: Draw) -> Result<Submission, Unreadable> {
    let Some(object) = value.as_object_mut().filter(|object| object.contains_key("jwt")) else {
        return said(value, speaker, draw);
    };
    let (jwt, handed) = (object.remove("jwt"), object.remove("disclosures"));
    if let Some(name) = object.keys().next() {
        let name: String = name.chars().take(60).collect();
        let detail =
            format!("a line with a jwt has its disclosures beside it and nothing else; found {name:?}");
        return Err(Unreadable { code: Code::UnknownField, detail, field: Some(name) });
    }
    let bad = |field: &str, detail: &str| Unreadable {
        field: Some(field.to_owned()),
        ..Unreadable::malformed(detail)
    };
    let Some(Value::String(jwt)) = jwt else { return Err(bad("jwt", "expected a JWT")) };
    let texts: Vec<String> = match handed {
        None => Vec::new(),
        Some(handed) => {
            let texts = serde_json::from_value(handed);
            texts.map_err(|_| bad("disclosures", "expected an array of disclosures, each a string"))?
        }
    };
    jws::with(&jwt, texts.iter().map(String::as_str))
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
        jti: Cow<'a, str>,
        #[serde(borrow, default)]
        iss: Cow<'a, str>,
    }
    let claims = claims(&entry.body).ok()?;
    let ids: Ids<'_> = serde_json::from_slice(&claims).ok()?;
    let speaker = match entry.body {
        Body::Signed { .. } => ids.iss.into_owned(),
        Body::Attested { .. } | Body::Ledger { .. } => speaker(&entry.body).ok()?.key().to_owned(),
    };
    Some((speaker, ids.jti.into_owned()))
}

/// What an entry says, as JSON: the claims of the JWT, or the statement.
fn claims<'a>(body: &Body<'a>) -> Result<Cow<'a, [u8]>, Unreadable> {
    match body {
        Body::Signed { jwt } => jws::claims(jwt).map(Cow::Owned),
        Body::Attested { statement, .. } | Body::Ledger { statement, .. } => {
            Ok(Cow::Borrowed(statement.as_bytes()))
        }
    }
}

/// What an entry says, as JSON on one line, to be shown.
///
/// # Errors
/// `malformed`.
pub fn shown<'a>(body: &Body<'a>) -> Result<Cow<'a, str>, Unreadable> {
    match body {
        Body::Signed { jwt } => canonical(&strict::parse(&jws::claims(jwt)?)?).map(Cow::Owned),
        Body::Attested { statement, .. } | Body::Ledger { statement, .. } => Ok(Cow::Borrowed(statement)),
    }
}

/// Reads the statement of an entry as it would be read from its author again: the stored text must be
/// the JWT, or the canonical form of what it says. A signature is left to be checked.
///
/// # Errors
/// As [`signed`] or [`attested`]; `malformed` for a text that is not its own canonical form.
pub fn again(entry: &Entry<'_>) -> Result<Submission, Unreadable> {
    if let Body::Signed { jwt } = entry.body {
        return signed(jwt);
    }
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

/// The event an entry records; what it takes back is for its reader to look up.
///
/// # Errors
/// `malformed` and the other codes of [`Statement::from_entry`].
pub fn event(entry: &Entry<'_>) -> Result<Event, Unreadable> {
    let (seq, at) = (entry.seq, entry.at);
    if let Body::Signed { jwt } = entry.body {
        let (Envelope { iss, aud, iat }, statement) = Statement::from_signed(&jws::claims(jwt)?)?;
        let speaker = Speaker::Signed { agency: iss, kid: jws::kid(jwt)?, aud, iat };
        return Ok(Event { seq, at, speaker, statement, withdraws: None });
    }
    let statement = Statement::from_entry(entry.body.statement())?;
    Ok(Event { seq, at, speaker: speaker(&entry.body)?, statement, withdraws: None })
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

/// [`earlier`] of an entry's bytes; `None` for bytes that are no entry or record no statement.
#[must_use]
pub fn earlier_in(bytes: &[u8]) -> Option<Earlier> {
    earlier(&Entry::decode(bytes).ok()?).ok()
}

/// Who says it, where the entry names the speaker beside the statement.
fn speaker(body: &Body<'_>) -> Result<Speaker, Unreadable> {
    let bad = |what: String| Unreadable::malformed(what);
    match *body {
        Body::Signed { .. } => Err(bad("a signed statement names its speaker itself".to_owned())),
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
