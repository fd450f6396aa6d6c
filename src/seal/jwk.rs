//! Public keys as JWK: which are taken, and their RFC 7638 thumbprints.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::domain::event::agency::Jwk;
use crate::domain::statement::Unreadable;
use crate::domain::{Data, Kid, strict};

/// Reads a public key file: an Ed25519 or P-256 key as RFC 7517 JSON. Members that say how the key
/// is used (`kid`, `alg`, `use`, `key_ops`) are passed over; a private key is refused.
///
/// # Errors
/// `malformed`, saying what is wrong with it.
pub fn parse(bytes: &[u8]) -> Result<(Jwk, Kid), Unreadable> {
    let mut value = strict::parse(bytes)?;
    if let Some(object) = value.as_object_mut() {
        if object.contains_key("d") {
            return Err(bad("a private key: give the public one, without the member \"d\""));
        }
        object.retain(|name, _| !["kid", "alg", "use", "key_ops"].contains(&name.as_str()));
    }
    let jwk: Jwk = serde_json::from_value(value).map_err(|e| bad(&e.to_string()))?;
    let kid = kid(&jwk)?;
    Ok((jwk, kid))
}

/// The RFC 7638 SHA-256 thumbprint of a key that may sign.
///
/// # Errors
/// `malformed` for a key of another kind, one that is no point, or a weak one.
pub fn kid(jwk: &Jwk) -> Result<Kid, Unreadable> {
    let form = match (jwk.kty.as_str(), jwk.crv.as_str(), &jwk.y) {
        ("OKP", "Ed25519", None) => {
            let key = ed25519_dalek::VerifyingKey::from_bytes(&coordinate(&jwk.x)?);
            if key.map_err(|_| bad("x is no Ed25519 key"))?.is_weak() {
                return Err(bad("a weak Ed25519 key: its signatures prove nothing"));
            }
            format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{}\"}}", jwk.x)
        }
        ("EC", "P-256", Some(y)) => {
            let mut point = vec![4];
            point.extend_from_slice(&coordinate(&jwk.x)?);
            point.extend_from_slice(&coordinate(y)?);
            p256::PublicKey::from_sec1_bytes(&point).map_err(|_| bad("x and y are no point of P-256"))?;
            format!("{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{}\",\"y\":\"{y}\"}}", jwk.x)
        }
        _ => return Err(bad("expected an Ed25519 key (kty OKP) or a P-256 key (kty EC)")),
    };
    let text = URL_SAFE_NO_PAD.encode(Sha256::digest(form.as_bytes()));
    Kid::parse(&text).map_err(|e| bad(&e.to_string()))
}

/// What the rules cannot judge, since they do not hash: that a registered key is one, and has the
/// name it is given.
pub(super) fn check(data: &Data) -> Result<(), Unreadable> {
    let Data::KeyRegistered(key) = data else { return Ok(()) };
    let at = |field: &str, why: Unreadable| Unreadable { field: Some(field.to_owned()), ..why };
    let found = kid(&key.jwk).map_err(|why| at("data.jwk", why))?;
    if found == key.kid {
        return Ok(());
    }
    Err(at("data.kid", bad(&format!("the key's thumbprint is {found}"))))
}

fn coordinate(text: &str) -> Result<[u8; 32], Unreadable> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| bad("expected 32 bytes as base64url without padding"))
}

fn bad(detail: &str) -> Unreadable {
    Unreadable::malformed(detail)
}
