//! Details of a statement: salted, so that the entry holds digests and each text can be erased
//! (RFC 9901, as strictly as FORMAT section 1 has it).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::domain::statement::Unreadable;
use crate::domain::text::{TEXT_CHARS_MAX, Text};
use crate::domain::{Code, strict};

use super::{hex, sha256};

/// Largest detail, in bytes of its decoded disclosure.
pub const DETAIL_BYTES_MAX: usize = 8_192;
/// Most details of a statement.
pub const DETAILS_MAX: usize = 64;
/// Shortest salt, in characters: 128 bits in base64url.
const SALT_CHARS_MIN: usize = 22;
/// Member that holds the digests (RFC 9901 section 4.2.4.1).
const SD: &str = "_sd";
/// Key of a digest in an array (RFC 9901 section 4.2.4.2).
const DOTS: &str = "...";
/// The only hash there is (RFC 9901 section 4.1.1).
pub(super) const SHA_256: &str = "sha-256";

/// One detail with its salt (RFC 9901 section 4.2.1). `Debug` shows its digest only: details never
/// enter traces.
#[derive(Clone, PartialEq)]
pub struct Disclosure {
    /// base64url, as it travels.
    pub text: Box<str>,
    /// SHA-256 of the text.
    pub digest: [u8; 32],
    /// What the detail is called.
    pub name: String,
    /// What it says.
    pub value: Value,
}

impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disclosure({})", hex(&self.digest))
    }
}

impl Disclosure {
    /// Reads a disclosure as it travels. No error quotes it.
    ///
    /// # Errors
    /// `too-large`, `malformed`.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        // 4 characters for 3 bytes: what is longer need not be decoded to be refused
        if text.len() > DETAIL_BYTES_MAX.div_ceil(3) * 4 {
            return Err(large(format!("a disclosure has at most {DETAIL_BYTES_MAX} bytes")));
        }
        let bytes = URL_SAFE_NO_PAD.decode(text);
        let bytes = bytes
            .map_err(|_| bad("a disclosure: base64url without padding and with zero spare bits expected"))?;
        if bytes.len() > DETAIL_BYTES_MAX {
            let found = bytes.len();
            return Err(large(format!("{found} bytes; a disclosure has at most {DETAIL_BYTES_MAX}")));
        }
        let (name, value) = read(&bytes)?;
        Ok(Self { text: text.into(), digest: sha256(text.as_bytes()), name, value })
    }

    /// Makes a disclosure of a detail; the salt is 16 random bytes or more.
    ///
    /// # Errors
    /// As [`Disclosure::parse`], for what it would not read again.
    pub fn make(salt: &[u8], name: &str, value: &Value) -> Result<Self, Unreadable> {
        let array = json!([URL_SAFE_NO_PAD.encode(salt), name, value]);
        Self::parse(&URL_SAFE_NO_PAD.encode(array.to_string()))
    }
}

/// Name and value of `[salt, name, value]`.
fn read(bytes: &[u8]) -> Result<(String, Value), Unreadable> {
    let Value::Array(parts) = strict::parse(bytes).map_err(|_| {
        bad("a disclosure: strict JSON expected: no key twice, integers only, at most 32 levels deep")
    })?
    else {
        return Err(bad("a disclosure is an array: salt, name, value"));
    };
    let Ok([salt, name, value]) = <[Value; 3]>::try_from(parts) else {
        return Err(bad("a disclosure is an array of three: salt, name, value"));
    };
    if salt.as_str().is_none_or(|salt| salt.chars().count() < SALT_CHARS_MIN) {
        return Err(bad(format!(
            "the salt of a disclosure is a string of {SALT_CHARS_MIN} characters or more"
        )));
    }
    let Value::String(name) = name else { return Err(bad("the name of a detail is a string")) };
    if is_reserved(&name) || Text::parse(&name).is_err() {
        let detail =
            format!("the name of a detail has 1 to {TEXT_CHARS_MAX} characters and is not _sd and not ...");
        return Err(bad(detail));
    }
    if holds_reserved(&value) {
        return Err(bad("a detail has no key _sd and no key ... in it"));
    }
    if is_state(&value) {
        return Err(bad("a detail of exactly state and by would read as one that is not shown"));
    }
    Ok((name, value))
}

fn is_reserved(name: &str) -> bool {
    name == SD || name == DOTS
}

/// Whether a value has the form in which an answer says that a detail is not shown.
fn is_state(value: &Value) -> bool {
    let object = value.as_object().filter(|object| object.len() == 2);
    object.is_some_and(|object| object.contains_key("state") && object.contains_key("by"))
}

/// Whether a reserved key stands anywhere in the value. The strict parser has bounded its depth.
fn holds_reserved(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            object.iter().any(|(name, value)| is_reserved(name) || holds_reserved(value))
        }
        Value::Array(array) => array.iter().any(holds_reserved),
        _ => false,
    }
}

/// Whether `_sd_alg` names the hash there is.
///
/// # Errors
/// `malformed`.
pub(super) fn alg(named: &Value) -> Result<(), Unreadable> {
    if named.as_str() == Some(SHA_256) {
        return Ok(());
    }
    let detail = format!("the hash of details is {SHA_256}");
    Err(Unreadable { field: Some("_sd_alg".to_owned()), ..Unreadable::malformed(detail) })
}

/// The digests of `details`, in their order there.
///
/// # Errors
/// `malformed`; `too-large` for more than 64.
pub fn digests(details: &Value) -> Result<Vec<[u8; 32]>, Unreadable> {
    let array = details.as_object().filter(|object| object.len() == 1).and_then(|object| object.get(SD));
    let Some(Value::Array(array)) = array else {
        return Err(bad("details are {\"_sd\":[..]} and nothing else"));
    };
    bounded(array.len())?;
    let mut seen = BTreeSet::new();
    let mut digests = Vec::with_capacity(array.len());
    for (n, text) in array.iter().enumerate() {
        let bytes = text.as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let digest = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let digest = digest
            .ok_or_else(|| bad(format!("_sd[{n}]: a SHA-256 in 43 characters of base64url expected")))?;
        if !seen.insert(digest) {
            return Err(bad(format!("_sd[{n}]: the digest occurs twice")));
        }
        digests.push(digest);
    }
    Ok(digests)
}

/// Whether these are the disclosures of these digests: each has its one, and none is left over.
///
/// # Errors
/// `malformed`; `too-large` for more than 64.
pub fn check(digests: &[[u8; 32]], disclosures: &[Disclosure]) -> Result<(), Unreadable> {
    if digests.len() > DETAILS_MAX || disclosures.len() > DETAILS_MAX {
        return Err(large(format!("a statement has at most {DETAILS_MAX} details")));
    }
    let mut wanted: BTreeSet<&[u8; 32]> = digests.iter().collect();
    let mut names = BTreeSet::new();
    for (n, disclosure) in disclosures.iter().enumerate() {
        if !wanted.remove(&disclosure.digest) {
            let twice = digests.contains(&disclosure.digest);
            let what = if twice { "is there twice" } else { "has no digest in details" };
            return Err(bad(format!("disclosure {n} {what}")));
        }
        if !names.insert(disclosure.name.as_str()) {
            return Err(bad(format!("disclosure {n} has the name of one before it")));
        }
    }
    match wanted.len() {
        0 => Ok(()),
        missing => Err(bad(format!("{missing} of the digests in details have no disclosure"))),
    }
}

/// The digests and disclosures of an attested statement's details: what the entry stores as
/// `details`, sorted so that their order says nothing, and the disclosures in the same order. Each
/// detail takes one of the random salts.
///
/// # Errors
/// `malformed`, `too-large`.
pub fn attested(
    details: &Map<String, Value>,
    salts: &[[u8; 16]],
) -> Result<(Value, Vec<Disclosure>), Unreadable> {
    bounded(details.len())?;
    if salts.len() < details.len() {
        return Err(bad("a salt for each detail expected"));
    }
    let made = details.iter().zip(salts).map(|((name, value), salt)| Disclosure::make(salt, name, value));
    let mut made: Vec<_> = made
        .map(|made| made.map(|made| (URL_SAFE_NO_PAD.encode(made.digest), made)))
        .collect::<Result<_, _>>()?;
    made.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let (digests, disclosures): (Vec<_>, Vec<_>) = made.into_iter().unzip();
    Ok((json!({ SD: digests }), disclosures))
}

fn bounded(count: usize) -> Result<(), Unreadable> {
    match count {
        0 => Err(bad("details have at least one")),
        1..=DETAILS_MAX => Ok(()),
        _ => Err(large(format!("{count} details; a statement has at most {DETAILS_MAX}"))),
    }
}

fn bad(detail: impl Into<String>) -> Unreadable {
    Unreadable { field: Some("details".to_owned()), ..Unreadable::malformed(detail) }
}

fn large(detail: String) -> Unreadable {
    Unreadable { code: Code::TooLarge, ..bad(detail) }
}
