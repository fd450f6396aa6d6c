//! Cosignatures of witnesses (FORMAT section 5, `cosignature/v1`): a line by a witness's key that says
//! at which time the checkpoint was the largest it had seen of that log.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey};

use super::{Checkpoint, NoteError, VerifierKey, by_keys, hex, is_name, signature_line, split, written};

/// Signature type of an Ed25519 signature over time and text.
const COSIGNATURE: u8 = 0x04;
/// What a secret begins with, as other programs for signed notes write it.
const SECRET: &str = "PRIVATE+KEY";

/// A witness's name and its key.
#[derive(Clone)]
pub struct Cosigner {
    name: String,
    key: SigningKey,
}

impl Cosigner {
    /// A cosigner from its 32-byte seed.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] for a name that keys cannot have: empty, long, with spaces or `+`.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::BadKey);
        }
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// The name it signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key to check its cosignatures with.
    #[must_use]
    pub fn vkey(&self) -> CosignerVkey {
        CosignerVkey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The signature line over a checkpoint's text, made at a time in POSIX seconds.
    #[must_use]
    pub fn cosign(&self, text: &str, time_s: u64) -> String {
        let mut blob = time_s.to_be_bytes().to_vec();
        blob.extend_from_slice(&self.key.sign(message(text, time_s).as_bytes()).to_bytes());
        signature_line(&self.name, self.vkey().id(), &blob)
    }

    /// The secret, as the key file holds it: `PRIVATE+KEY+<name>+<8 hex of key id>+<base64(type ||
    /// seed)>` and a line feed.
    #[must_use]
    pub fn secret(&self) -> String {
        let secret = written(&self.name, self.vkey().id(), COSIGNATURE, &self.key.to_bytes());
        format!("{SECRET}+{secret}\n")
    }

    /// A cosigner from what [`Self::secret`] gives.
    #[must_use]
    pub fn from_secret(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(SECRET)?.strip_prefix('+')?.strip_suffix('\n')?.splitn(3, '+');
        let (name, id, key) = (parts.next()?, parts.next()?, STANDARD.decode(parts.next()?).ok()?);
        let seed = key.strip_prefix(&[COSIGNATURE])?.try_into().ok()?;
        let found = Self::new(name, &seed).ok()?;
        (hex(found.vkey().id()) == id).then_some(found)
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cosigner({})", self.vkey())
    }
}

/// A witness's verifier key, written as a ledger's, with type 0x04.
pub type CosignerVkey = VerifierKey<COSIGNATURE>;

impl CosignerVkey {
    /// The time a cosignature of this text was made, in POSIX seconds; `signature` is what follows the
    /// key id in its line.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when it does not verify.
    pub fn verify(&self, text: &str, signature: &[u8]) -> Result<u64, NoteError> {
        let bad = NoteError::BadSignature;
        let (time, signature) = signature.split_first_chunk::<8>().ok_or(bad)?;
        let time_s = u64::from_be_bytes(*time);
        let signature = Signature::from_slice(signature).map_err(|_| bad)?;
        let signed = self.key.verify_strict(message(text, time_s).as_bytes(), &signature);
        if signed.is_err() || i64::try_from(time_s).is_err() { Err(bad) } else { Ok(time_s) }
    }
}

/// The line of a note by which a witness cosigned it, and when, in POSIX seconds (of several lines by
/// its key the latest). Lines by unknown keys are ignored; a line by the known key that does not
/// verify refuses the note as a whole. Whether the log itself signed is not asked here.
///
/// # Errors
/// [`NoteError`]: malformed, not cosigned by this key, or a signature that fails.
pub fn cosignature(note: &str, vkey: &CosignerVkey) -> Result<(String, u64), NoteError> {
    let (text, lines) = split(note)?;
    let mut newest = None;
    for line in by_keys(lines, std::slice::from_ref(vkey)) {
        let signature = line?.1;
        newest = newest.max(Some((vkey.verify(text, &signature)?, signature)));
    }
    let (time_s, signature) = newest.ok_or(NoteError::Unsigned)?;
    Ok((signature_line(vkey.name(), vkey.id(), &signature), time_s))
}

/// [`cosignature`] for lines that a witness answered with: they must be lines under exactly this text
/// (with its last line feed), and nothing that moves where it ends.
///
/// # Errors
/// As [`cosignature`].
pub fn cosignature_under(text: &str, lines: &str, vkey: &CosignerVkey) -> Result<(String, u64), NoteError> {
    let note = format!("{text}\n{lines}");
    if split(&note)?.0 == text { cosignature(&note, vkey) } else { Err(NoteError::Malformed) }
}

/// The checkpoint of a note that a witness cosigned, and when, as [`cosignature`] finds it.
///
/// # Errors
/// As [`cosignature`].
pub fn cosigned(note: &str, vkey: &CosignerVkey) -> Result<(Checkpoint, u64), NoteError> {
    let (_, time_s) = cosignature(note, vkey)?;
    Ok((Checkpoint::parse_extended(split(note)?.0)?, time_s))
}

fn message(text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}
