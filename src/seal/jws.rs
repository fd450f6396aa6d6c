//! Signed statements: a JWT (RFC 7519) in JWS compact form (RFC 7515), as strictly as FORMAT section 1
//! has it, so that one statement has one reading and one spelling.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::domain::statement::Unreadable;
use crate::domain::{AgencyId, Code, Kid, Speaker, State, Statement, strict};

use super::details::{self, Details, Draw};
use super::disclosure::{self, Disclosure};
use super::key::{Alg, KeyPair, PublicKey, bad_signature};
use super::{Submission, approval, canonical, is_null_or_empty, registered, sha256};

/// Longest JWT, in bytes, without its disclosures.
pub const JWT_BYTES_MAX: usize = 40_000;
/// The media type in the header.
const TYP: &str = "estafet+jwt";

/// What is known of a statement's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// It is that of the speaker's key; or there is none to check (the statement is attested).
    Checked,
    /// Nobody has checked it yet: the key was not registered when it was read.
    Unchecked(Unchecked),
}

/// A signature to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    alg: Alg,
    bytes: [u8; 64],
}

impl Submission {
    /// Whether its agency signed it.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        matches!(self.speaker, Speaker::Signed { .. })
    }

    /// Whether the signature is that of the key which the state has for the speaker; false when it has
    /// no such key (yet).
    ///
    /// # Errors
    /// `bad-signature`, `alg-refused`.
    pub fn holds(&self, state: &State) -> Result<bool, Unreadable> {
        let (Signature::Unchecked(_), Speaker::Signed { agency, kid, .. }) = (&self.signature, &self.speaker)
        else {
            return Ok(true);
        };
        match state.keys.get(&(agency.clone(), kid.clone())) {
            Some(key) => self.signed_with(&PublicKey::of(&key.registered.data.jwk)?).map(|()| true),
            None => Ok(false),
        }
    }

    /// [`Submission::holds`], remembered.
    ///
    /// # Errors
    /// As [`Submission::holds`].
    pub fn check(&mut self, state: &State) -> Result<(), Unreadable> {
        if self.holds(state)? {
            self.signature = Signature::Checked;
        }
        Ok(())
    }

    /// Whether the signature, where there is one, is that of a key.
    ///
    /// # Errors
    /// `bad-signature`, `alg-refused`.
    pub fn signed_with(&self, key: &PublicKey) -> Result<(), Unreadable> {
        let Signature::Unchecked(Unchecked { alg, bytes }) = &self.signature else { return Ok(()) };
        let message = self.canonical.rsplit_once('.').map_or("", |(message, _)| message);
        key.verify(*alg, message.as_bytes(), bytes)
    }
}

/// Reads a signed statement as its author sends it: the JWT and, each ended by `~`, its disclosures
/// (RFC 9901 section 4). Its signature is left [`Signature::Unchecked`]: the key is the ledger's to
/// find.
///
/// # Errors
/// As [`signed`]; `malformed`, `too-large` for the disclosures.
pub fn presented(text: &str) -> Result<Submission, Unreadable> {
    let Some((jwt, behind)) = text.split_once('~') else { return with(text, [].into_iter()) };
    if behind.is_empty() {
        return with(jwt, [].into_iter());
    }
    let disclosures = behind.strip_suffix('~').ok_or_else(|| {
        bad("each disclosure ends in ~, and no key-binding JWT stands behind the last".to_owned())
    })?;
    with(jwt, disclosures.split('~'))
}

/// [`presented`] for disclosures that come apart from the JWT.
pub(super) fn with<'a>(
    jwt: &str,
    disclosures: impl Iterator<Item = &'a str>,
) -> Result<Submission, Unreadable> {
    bounded(jwt)?;
    // one more than there may be, so that too many are found without reading them all
    let disclosures = disclosures.take(disclosure::DETAILS_MAX + 1).map(Disclosure::parse);
    let disclosures = disclosures.collect::<Result<Vec<_>, _>>()?;
    read(jwt, |details| details.hand_in(disclosures))
}

/// Reads a JWT as an entry stores it.
///
/// # Errors
/// `too-large`; `malformed` and the other codes of [`Statement::read`]; then `alg-refused` for a header
/// that is not taken, `bad-signature` for what can be none.
pub fn signed(text: &str) -> Result<Submission, Unreadable> {
    read(text, |_| Ok(()))
}

/// Reads a JWT; what its details lack is handed in before anything is said of its header.
fn read(
    text: &str,
    hand_in: impl FnOnce(&mut Details) -> Result<(), Unreadable>,
) -> Result<Submission, Unreadable> {
    bounded(text)?;
    let (header, payload, signature) = parts(text)?;
    let header = object(header, "header")?;
    let mut claims = object(payload, "claims")?;
    let signature = decode(signature, "signature")?;
    let (agency, aud, iat) = envelope(&mut claims)?;
    let mut details = Details::committed(details::take(&mut claims)?);
    claims.retain(|name, value| !(matches!(name.as_str(), "after" | "corrects") && is_null_or_empty(value)));
    let claims = Value::Object(claims);
    let statement = Statement::read(&claims)?;
    registered::check(&statement.data)?;
    hand_in(&mut details)?;
    let approval = match statement.data.approvals() {
        [] => None,
        _ => Some(approval(&claims)?),
    };
    let (alg, kid) = taken(&header)?;
    let bytes =
        signature.try_into().map_err(|_| bad_signature("a signature has 64 bytes (RFC 8037, RFC 7518)"))?;
    Ok(Submission {
        speaker: Speaker::Signed { agency, kid, aud, iat },
        statement,
        canonical: text.into(),
        sha256: sha256(text.as_bytes()),
        approval,
        signature: Signature::Unchecked(Unchecked { alg, bytes }),
        details,
    })
}

fn bounded(jwt: &str) -> Result<(), Unreadable> {
    if jwt.len() <= JWT_BYTES_MAX {
        return Ok(());
    }
    let detail = format!("{} bytes; a JWT has at most {JWT_BYTES_MAX}", jwt.len());
    Err(Unreadable { code: Code::TooLarge, detail, field: None })
}

/// Signs a statement `{type, jti, data, details?, after?, corrects?}` for a ledger, its details salted,
/// and reads it again.
///
/// # Errors
/// As [`presented`], for what the ledger could not read.
pub fn sign(
    pair: &KeyPair,
    iss: &AgencyId,
    aud: &str,
    iat: i64,
    statement: &Value,
    draw: Draw,
) -> Result<Submission, Unreadable> {
    let mut claims = statement.clone();
    let disclosures = details::salt_claims(&mut claims, draw)?;
    let object = claims.as_object_mut().ok_or_else(|| bad("a statement is a JSON object".to_owned()))?;
    for (name, value) in [("iss", Value::from(iss.as_str())), ("aud", aud.into()), ("iat", iat.into())] {
        object.insert(name.to_owned(), value);
    }
    let header =
        format!("{{\"alg\":\"{}\",\"kid\":\"{}\",\"typ\":\"{TYP}\"}}", pair.alg().as_str(), pair.kid());
    let jwt = compact(pair, header.as_bytes(), canonical(&claims)?.as_bytes());
    read(&jwt, |details| details.hand_in(disclosures))
}

/// Signs the bytes of a header and of claims, whatever they are.
#[must_use]
pub fn compact(pair: &KeyPair, header: &[u8], claims: &[u8]) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = pair.sign(message.as_bytes());
    format!("{message}.{}", encode(&signature))
}

/// The claims of a stored JWT, as JSON.
///
/// # Errors
/// `malformed`.
pub(super) fn claims(jwt: &str) -> Result<Vec<u8>, Unreadable> {
    let (_, payload, _) = parts(jwt)?;
    decode(payload, "claims")
}

/// The thumbprint of the key a stored JWT names.
///
/// # Errors
/// `malformed`.
pub fn kid(jwt: &str) -> Result<Kid, Unreadable> {
    #[derive(serde::Deserialize)]
    struct Header {
        kid: Kid,
    }
    let (header, _, _) = parts(jwt)?;
    let header: Header =
        serde_json::from_slice(&decode(header, "header")?).map_err(|e| bad(e.to_string()))?;
    Ok(header.kid)
}

fn parts(text: &str) -> Result<(&str, &str, &str), Unreadable> {
    let mut parts = text.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None) => Ok((header, payload, signature)),
        _ => Err(bad("a signed statement is a JWT in compact form: header.claims.signature".to_owned())),
    }
}

/// base64url without padding and with zero spare bits: bytes have one spelling.
fn decode(part: &str, name: &str) -> Result<Vec<u8>, Unreadable> {
    let bytes = URL_SAFE_NO_PAD.decode(part);
    bytes.map_err(|e| bad(format!("the {name} of the JWT: base64url without padding expected: {e}")))
}

fn object(part: &str, name: &str) -> Result<Map<String, Value>, Unreadable> {
    match strict::parse(&decode(part, name)?) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(bad(format!("the {name} of the JWT: a JSON object expected"))),
        Err(why) => Err(bad(format!("the {name} of the JWT: {}", why.detail))),
    }
}

/// Takes `iss`, `aud` and `iat` out of the claims.
fn envelope(claims: &mut Map<String, Value>) -> Result<(AgencyId, Arc<str>, i64), Unreadable> {
    let at =
        |field: &str, code: Code, detail: String| Unreadable { code, detail, field: Some(field.to_owned()) };
    let missing = |field: &str, what: &str, found: Option<Value>| {
        let found = found.map_or("nothing".to_owned(), |value| shorten(&value.to_string()));
        at(field, Code::Malformed, format!("expected {what}, found {found}"))
    };
    let iss = match claims.remove("iss") {
        Some(Value::String(iss)) => {
            AgencyId::parse(&iss).map_err(|e| at("iss", Code::BadId, e.to_string()))?
        }
        found => return Err(missing("iss", "the id of the agency that signs", found)),
    };
    let aud = match claims.remove("aud") {
        Some(Value::String(aud)) => aud.into(),
        found => return Err(missing("aud", "one string, the ledger's origin", found)),
    };
    let found = claims.remove("iat");
    let Some(iat) = found.as_ref().and_then(Value::as_i64) else {
        return Err(missing("iat", "seconds since 1970, a whole number", found));
    };
    Ok((iss, aud, iat))
}

/// The algorithm and key of a header that has exactly `alg`, `kid` and `typ`.
fn taken(header: &Map<String, Value>) -> Result<(Alg, Kid), Unreadable> {
    let refused = |detail: String| Unreadable { code: Code::AlgRefused, detail, field: None };
    if let Some(name) = header.keys().find(|name| !matches!(name.as_str(), "alg" | "kid" | "typ")) {
        let name = shorten(name);
        return Err(refused(format!("the header has exactly alg, kid and typ; found {name:?}")));
    }
    let text = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default();
    let alg = Alg::parse(text("alg"));
    let alg = alg.ok_or_else(|| {
        refused(format!("alg is Ed25519 (or EdDSA) or ES256; found {:?}", shorten(text("alg"))))
    })?;
    if text("typ") != TYP {
        return Err(refused(format!("typ is {TYP}; found {:?}", shorten(text("typ")))));
    }
    let kid = Kid::parse(text("kid"));
    let kid = kid.map_err(|_| refused("kid is the key's RFC 7638 SHA-256 thumbprint".to_owned()))?;
    Ok((alg, kid))
}

/// The beginning of what somebody sent, for an answer.
fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

fn bad(detail: String) -> Unreadable {
    Unreadable::malformed(detail)
}
