//! Keys that check signatures and keys that make them: Ed25519 (RFC 8032) and P-256 with SHA-256
//! (FIPS 186-5), read from and written as JWK (RFC 7517, RFC 8037).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;

use crate::domain::event::agency::Jwk;
use crate::domain::statement::Unreadable;
use crate::domain::{Code, Kid, strict};

use super::jwk;

/// The points of small order as a signature may encode them, the sign bit left out: 0, 1, the two of
/// order 8, p-1, p and p+1. As R they make a signature that fits many messages.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    low(1),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    high(0xec),
    high(0xed),
    high(0xee),
];

const fn low(first: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    let [byte, ..] = &mut bytes;
    *byte = first;
    bytes
}

const fn high(first: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    let [byte, .., last] = &mut bytes;
    (*byte, *last) = (first, 0x7f);
    bytes
}

/// What a statement may be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alg {
    /// `Ed25519` (RFC 9864); `EdDSA` is taken for it.
    Ed25519,
    /// `ES256` (RFC 7518).
    Es256,
}

impl Alg {
    /// As written in a header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Ed25519" | "EdDSA" => Some(Self::Ed25519),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// A key that checks signatures. It pins the algorithm.
#[derive(Clone, Debug)]
pub enum PublicKey {
    /// Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey),
    /// P-256.
    P256(p256::ecdsa::VerifyingKey),
}

impl PublicKey {
    /// The key of a JWK.
    ///
    /// # Errors
    /// `malformed` for a key of another kind, one that is no point or written otherwise, or a weak one.
    pub fn of(jwk: &Jwk) -> Result<Self, Unreadable> {
        match (jwk.kty.as_str(), jwk.crv.as_str(), &jwk.y) {
            ("OKP", "Ed25519", None) => {
                let bytes = coordinate(&jwk.x)?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes);
                let key = key.map_err(|_| bad("x is no Ed25519 key"))?;
                if key.is_weak() {
                    return Err(bad("a weak Ed25519 key: its signatures prove nothing"));
                }
                // one key has one thumbprint
                if key.to_edwards().compress().to_bytes() != bytes {
                    return Err(bad("x is an Ed25519 key, written in another way than RFC 8032's"));
                }
                Ok(Self::Ed25519(key))
            }
            ("EC", "P-256", Some(y)) => {
                let mut point = vec![4];
                point.extend_from_slice(&coordinate(&jwk.x)?);
                point.extend_from_slice(&coordinate(y)?);
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point);
                key.map(Self::P256).map_err(|_| bad("x and y are no point of P-256"))
            }
            _ => Err(bad("expected an Ed25519 key (kty OKP) or a P-256 key (kty EC)")),
        }
    }

    /// The algorithm it signs with.
    #[must_use]
    pub fn alg(&self) -> Alg {
        match self {
            Self::Ed25519(_) => Alg::Ed25519,
            Self::P256(_) => Alg::Es256,
        }
    }

    /// Checks a signature: Ed25519 strictly, ES256 as r||s with either s.
    ///
    /// # Errors
    /// `alg-refused` when the algorithm is not the key's, `bad-signature`.
    pub fn verify(&self, alg: Alg, message: &[u8], signature: &[u8; 64]) -> Result<(), Unreadable> {
        if alg != self.alg() {
            let detail =
                format!("signed with {}; the registered key is for {}", alg.as_str(), self.alg().as_str());
            return Err(Unreadable { code: Code::AlgRefused, detail, field: None });
        }
        let holds = match self {
            Self::Ed25519(key) => {
                let signature = ed25519_dalek::Signature::from_bytes(signature);
                !is_small_order(signature.r_bytes()) && key.verify_strict(message, &signature).is_ok()
            }
            Self::P256(key) => {
                use p256::ecdsa::signature::Verifier as _;
                let signature = p256::ecdsa::Signature::from_slice(signature);
                signature.is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
        };
        if holds {
            Ok(())
        } else {
            Err(bad_signature("the signature is not that of the key it names; sign it again"))
        }
    }
}

/// Whether 32 bytes encode a point of small order, canonically or not.
pub(super) fn is_small_order(point: &[u8; 32]) -> bool {
    let mut plain = *point;
    let [.., last] = &mut plain;
    *last &= 0x7f;
    SMALL_ORDER.contains(&plain)
}

/// A key pair of an agency.
#[derive(Clone)]
pub struct KeyPair {
    secret: Secret,
    jwk: Jwk,
    kid: Kid,
}

#[derive(Clone)]
enum Secret {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
}

/// The secret is not shown.
impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl KeyPair {
    /// The pair of 256 random bits.
    ///
    /// # Errors
    /// `malformed` for the few bits that are no P-256 key: draw others.
    pub fn new(alg: Alg, seed: &[u8; 32]) -> Result<Self, Unreadable> {
        let secret = match alg {
            Alg::Ed25519 => Secret::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed)),
            Alg::Es256 => {
                let key = p256::ecdsa::SigningKey::from_slice(seed);
                Secret::P256(key.map_err(|_| bad("these 32 bytes are no P-256 key; draw others"))?)
            }
        };
        let jwk = secret.jwk();
        let kid = jwk::kid(&jwk)?;
        Ok(Self { secret, jwk, kid })
    }

    /// Reads a private key file: an Ed25519 or P-256 key as RFC 7517 JSON with the member `d`.
    ///
    /// # Errors
    /// `malformed`, saying what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        let mut value = strict::parse(bytes)?;
        let d = value.as_object_mut().and_then(|object| object.remove("d"));
        let d = d.as_ref().and_then(serde_json::Value::as_str);
        let d = d.ok_or_else(|| bad("a public key: signing needs the private one, with the member \"d\""))?;
        let seed = coordinate(d)?;
        let (jwk, _) = jwk::read(value)?;
        let pair = Self::new(PublicKey::of(&jwk)?.alg(), &seed)?;
        if pair.jwk == jwk { Ok(pair) } else { Err(bad("d and x are not of one key")) }
    }

    /// The private key as JWK.
    #[must_use]
    pub fn private_jwk(&self) -> String {
        let d = URL_SAFE_NO_PAD.encode(self.secret.bytes());
        let Jwk { crv, kty, x, y } = &self.jwk;
        let y = y.as_ref().map(|y| format!(",\"y\":\"{y}\"")).unwrap_or_default();
        format!(
            "{{\"crv\":\"{crv}\",\"d\":\"{d}\",\"kid\":\"{}\",\"kty\":\"{kty}\",\"x\":\"{x}\"{y}}}",
            self.kid
        )
    }

    /// The public key.
    #[must_use]
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Its RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// What it signs with.
    #[must_use]
    pub fn alg(&self) -> Alg {
        match self.secret {
            Secret::Ed25519(_) => Alg::Ed25519,
            Secret::P256(_) => Alg::Es256,
        }
    }

    /// Signs a message; the same one always in the same way (RFC 8032, RFC 6979).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        match &self.secret {
            Secret::Ed25519(key) => key.sign(message).to_bytes(),
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().into()
            }
        }
    }
}

impl Secret {
    fn bytes(&self) -> [u8; 32] {
        match self {
            Self::Ed25519(key) => key.to_bytes(),
            Self::P256(key) => key.to_bytes().into(),
        }
    }

    fn jwk(&self) -> Jwk {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Ed25519(key) => Jwk {
                crv: "Ed25519".to_owned(),
                kty: "OKP".to_owned(),
                x: text(key.verifying_key().as_bytes()),
                y: None,
            },
            Self::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let coordinate = |bytes: Option<&[u8]>| text(bytes.unwrap_or_default());
                Jwk {
                    crv: "P-256".to_owned(),
                    kty: "EC".to_owned(),
                    x: coordinate(point.x().map(|x| x.as_slice())),
                    y: Some(coordinate(point.y().map(|y| y.as_slice()))),
                }
            }
        }
    }
}

fn coordinate(text: &str) -> Result<[u8; 32], Unreadable> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| bad("expected 32 bytes as base64url without padding"))
}

pub(super) fn bad_signature(detail: &str) -> Unreadable {
    Unreadable { code: Code::BadSignature, detail: detail.to_owned(), field: None }
}

fn bad(detail: &str) -> Unreadable {
    Unreadable::malformed(detail)
}
