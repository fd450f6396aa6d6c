//! Details under their keys: XChaCha20-Poly1305 with the digest as associated data (FORMAT section 8,
//! draft-irtf-cfrg-xchacha), so that no ciphertext passes for another detail's. What is encrypted is
//! the text of the disclosure.

#[cfg(test)]
mod tests;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use crate::log::details::Sealed;

use super::disclosure::Disclosure;

/// A detail does not open: its key, nonce or ciphertext is another's or was altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the detail does not open with its key")]
pub struct Closed;

/// Encrypts a disclosure under a random key and nonce, of this disclosure alone.
///
/// # Errors
/// [`Closed`] for a text beyond what the cipher takes, which no disclosure has.
pub fn encrypt(disclosure: &Disclosure, key: [u8; 32], nonce: [u8; 24]) -> Result<Sealed, Closed> {
    let payload = Payload { msg: disclosure.text.as_bytes(), aad: &disclosure.digest };
    let ciphertext = cipher(&key).encrypt(&XNonce::from(nonce), payload).map_err(|_| Closed)?;
    Ok(Sealed { digest: disclosure.digest, key, nonce, ciphertext })
}

/// The disclosure of a detail.
///
/// # Errors
/// [`Closed`].
pub fn decrypt(sealed: &Sealed) -> Result<Disclosure, Closed> {
    let payload = Payload { msg: &sealed.ciphertext, aad: &sealed.digest };
    let plain = cipher(&sealed.key).decrypt(&XNonce::from(sealed.nonce), payload).map_err(|_| Closed)?;
    let text = String::from_utf8(plain).map_err(|_| Closed)?;
    let disclosure = Disclosure::parse(&text).map_err(|_| Closed)?;
    if disclosure.digest == sealed.digest { Ok(disclosure) } else { Err(Closed) }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key))
}
