//! A ledger's key vouches for the next one: what `ledger.key_rotated` carries (DOMAIN section 4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;

use super::{NoteError, Signer, Vkey};

fn text(old: &Vkey, new: &Vkey) -> String {
    format!("estafet key rotation\n{}\n{old}\n{new}\n", old.name())
}

impl Signer {
    /// The signature, base64, by which this key says that another follows it.
    #[must_use]
    pub fn vouch(&self, new: &Vkey) -> String {
        STANDARD.encode(self.key.sign(text(&self.vkey(), new).as_bytes()).to_bytes())
    }
}

impl Vkey {
    /// The key that follows this one, in its written form, if this one vouches for it.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] for no key of the same ledger, [`NoteError::BadSignature`].
    pub fn followed_by(&self, new: &str, signature: &str) -> Result<Vkey, NoteError> {
        let new = Vkey::parse(new)?;
        if new.name() != self.name() {
            return Err(NoteError::BadKey);
        }
        let signature = STANDARD.decode(signature).map_err(|_| NoteError::BadSignature)?;
        self.verify(&text(self, &new), &signature).map(|()| new)
    }
}
