//! Public keys as JWK: which are taken, and their RFC 7638 thumbprints.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::domain::event::agency::Jwk;
use crate::domain::statement::Unreadable;
use crate::domain::{Kid, strict};

use super::key::PublicKey;

/// Reads a public key file: an Ed25519 or P-256 key as RFC 7517 JSON. Members that say how the key
/// is used (`kid`, `alg`, `use`, `key_ops`) are passed over; a private key is refused.
///
/// # Errors
/// `malformed`, saying what is wrong with it.
pub fn parse(bytes: &[u8]) -> Result<(Jwk, Kid), Unreadable> {
    let value = strict::parse(bytes)?;
    if value.get("d").is_some() {
        return Err(bad("a private key: give the public one, without the member \"d\""));
    }
    read(value)
}

/// [`parse`] for what has been parsed.
pub(super) fn read(mut value: Value) -> Result<(Jwk, Kid), Unreadable> {
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| !["kid", "alg", "use", "key_ops"].contains(&name.as_str()));
    }
    let jwk: Jwk = serde_json::from_value(value).map_err(|e| bad(&e.to_string()))?;
    let kid = kid(&jwk)?;
    Ok((jwk, kid))
}

/// The RFC 7638 SHA-256 thumbprint of a key that may sign.
///
/// # Errors
/// As [`PublicKey::of`].
pub fn kid(jwk: &Jwk) -> Result<Kid, Unreadable> {
    PublicKey::of(jwk)?;
    let Jwk { crv, kty, x, y } = jwk;
    let y = y.as_ref().map(|y| format!(",\"y\":\"{y}\"")).unwrap_or_default();
    let form = format!("{{\"crv\":\"{crv}\",\"kty\":\"{kty}\",\"x\":\"{x}\"{y}}}");
    let text = URL_SAFE_NO_PAD.encode(Sha256::digest(form.as_bytes()));
    Kid::parse(&text).map_err(|e| bad(&e.to_string()))
}

fn bad(detail: &str) -> Unreadable {
    Unreadable::malformed(detail)
}
