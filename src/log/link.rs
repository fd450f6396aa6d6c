//! The hash chain: each entry carries the link of the one before it (FORMAT section 2).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a link's BLAKE3 is derived under, so that no other hash of the same bytes is a link.
const CHAIN: &str = "estafet 2026-11 chain v1";
/// What the link before entry 0 is derived under.
const GENESIS: &str = "estafet 2026-11 genesis v1";

/// What the link of a line of the access log is derived under.
const ACCESS: &str = "estafet 2026-11 access v1";

/// A value of the BLAKE3 chain, written as base64url without padding (43 characters).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Link(pub [u8; 32]);

impl Link {
    /// What entry 0 of the ledger with this origin carries as `prev`.
    #[must_use]
    pub fn genesis(origin: &str) -> Self {
        Self(blake3::derive_key(GENESIS, origin.as_bytes()))
    }

    /// The link of an entry: over its stored bytes, never over a re-serialisation.
    #[must_use]
    pub fn of(entry_bytes: &[u8]) -> Self {
        thread_local! {
            // Deriving the context key costs as much as hashing an entry: done once a thread.
            static HASHER: blake3::Hasher = blake3::Hasher::new_derive_key(CHAIN);
        }
        HASHER.with(|hasher| Self(*hasher.clone().update(entry_bytes).finalize().as_bytes()))
    }

    /// The link of a line of the access log.
    pub(crate) fn of_access(line: &[u8]) -> Self {
        Self(blake3::derive_key(ACCESS, line))
    }

    /// Takes 43 base64url characters whose spare bits are zero.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 43 {
            return None;
        }
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == 32).then_some(Self(bytes))
    }

    /// Appends the written form.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut text = [0; 43];
        if URL_SAFE_NO_PAD.encode_slice(self.0, &mut text).is_ok() {
            out.extend_from_slice(&text);
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}
