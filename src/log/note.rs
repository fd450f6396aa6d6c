//! Checkpoints as C2SP signed notes (FORMAT section 5): text, Ed25519 signature lines, keys.

pub(super) mod cose;
mod cosignature;
mod rotation;

#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

pub use cosignature::{Cosigner, CosignerVkey, cosignature, cosignature_under, cosigned};

use super::segment::CommitKey;
use super::tree::Hash;

/// Signature type of an Ed25519 signature over the note's text.
const ED25519: u8 = 0x01;
/// Longest name of a key, in bytes (tlog-cosignature).
const NAME_BYTES_MAX: usize = 255;

/// What a ledger has committed to: its first `size` entries have this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The ledger.
    pub origin: String,
    /// Count of entries.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed: three lines, no extension lines.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    /// Takes exactly what [`Self::encode`] gives.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] for any other text.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let found = Self::parse_extended(text)?;
        if found.encode() == text { Ok(found) } else { Err(NoteError::Malformed) }
    }

    /// Takes the checkpoint of any C2SP log: extension lines may follow the three, and say nothing here.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] for any other text.
    pub fn parse_extended(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.strip_suffix('\n').ok_or(NoteError::Malformed)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Malformed);
        };
        let size = size.parse().map_err(|_| NoteError::Malformed)?;
        let root = Hash::parse(root).ok_or(NoteError::Malformed)?;
        let found = Self { origin: origin.to_owned(), size, root };
        // one spelling of each number and hash
        if origin.is_empty() || !text.starts_with(&found.encode()) || lines.any(str::is_empty) {
            return Err(NoteError::Malformed);
        }
        Ok(found)
    }
}

/// A name and an Ed25519 key that signs under it.
#[derive(Clone)]
pub struct Signer {
    name: String,
    key: SigningKey,
    id: [u8; 4],
}

impl Signer {
    /// A signer from its 32-byte seed.
    #[must_use]
    pub fn new(name: &str, seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let id = key_id(name, ED25519, key.verifying_key().as_bytes());
        Self { name: name.to_owned(), key, id }
    }

    /// The name it signs under, a ledger's origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key to check its signatures with.
    #[must_use]
    pub fn vkey(&self) -> Vkey {
        Vkey { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// The note: the text, an empty line, the signature line.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        format!("{text}\n{}", self.line(text))
    }

    /// The signature line under a text.
    pub(super) fn line(&self, text: &str) -> String {
        signature_line(&self.name, self.id, &self.key.sign(text.as_bytes()).to_bytes())
    }

    /// The key under which the ledger's commits bear their MAC while this one signs.
    pub(crate) fn commit_key(&self) -> CommitKey {
        CommitKey::of_seed(&self.key.to_bytes())
    }

    /// The secret, as the key file holds it: base64 and a line feed.
    pub(crate) fn secret(&self) -> String {
        format!("{}\n", STANDARD.encode(self.key.to_bytes()))
    }

    /// A signer from what [`Self::secret`] gives.
    pub(crate) fn from_secret(name: &str, text: &str) -> Option<Self> {
        let seed = STANDARD.decode(text.strip_suffix('\n')?).ok()?;
        Some(Self::new(name, &seed.try_into().ok()?))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.vkey())
    }
}

/// A verifier key of one signature type, written `<name>+<8 hex of key id>+<base64(type || key)>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey<const TYPE: u8> {
    name: String,
    key: VerifyingKey,
}

/// A ledger's verifier key.
pub type Vkey = VerifierKey<ED25519>;

impl<const TYPE: u8> VerifierKey<TYPE> {
    /// Takes a verifier key in its written form; only Ed25519 keys of this type that are not weak.
    ///
    /// # Errors
    /// [`NoteError::BadKey`] for any other form, a key id that does not fit, or a weak key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::BadKey);
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoteError::BadKey)?;
        let key = bytes.split_first().filter(|(found, _)| **found == TYPE).map(|(_, key)| key);
        let key: [u8; 32] = key.and_then(|key| key.try_into().ok()).ok_or(NoteError::BadKey)?;
        let found = VerifyingKey::from_bytes(&key).map_err(|_| NoteError::BadKey)?;
        if !is_name(name) || found.is_weak() || hex(key_id(name, TYPE, &key)) != id {
            return Err(NoteError::BadKey);
        }
        Ok(Self { name: name.to_owned(), key: found })
    }

    /// The name it verifies for.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First four bytes of SHA-256 over name, line feed, type and key.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, TYPE, self.key.as_bytes())
    }
}

impl<const TYPE: u8> fmt::Display for VerifierKey<TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.name, self.id(), TYPE, self.key.as_bytes()))
    }
}

impl Vkey {
    /// Checks a signature of a text; `signature` is what follows the key id in its line.
    fn verify(&self, text: &str, signature: &[u8]) -> Result<(), NoteError> {
        let signature = Signature::from_slice(signature).map_err(|_| NoteError::BadSignature)?;
        self.key.verify_strict(text.as_bytes(), &signature).map_err(|_| NoteError::BadSignature)
    }
}

/// Checks a note and gives the checkpoint in it. Lines by unknown keys are ignored; a line by the
/// known key that does not verify refuses the note as a whole.
///
/// # Errors
/// [`NoteError`]: malformed, not signed by this key, or a signature that fails.
pub fn open(note: &str, vkey: &Vkey) -> Result<Checkpoint, NoteError> {
    open_any(note, std::slice::from_ref(vkey))
}

/// [`open`] with several known keys, one of which must have signed.
///
/// # Errors
/// As [`open`].
pub fn open_any(note: &str, vkeys: &[Vkey]) -> Result<Checkpoint, NoteError> {
    let (text, lines) = split(note)?;
    let mut signed = false;
    for line in by_keys(lines, vkeys) {
        let (vkey, signature) = line?;
        vkey.verify(text, &signature)?;
        signed = true;
    }
    if signed { Checkpoint::parse(text) } else { Err(NoteError::Unsigned) }
}

/// The checkpoint in a note whose signatures are **not** checked.
///
/// # Errors
/// [`NoteError::Malformed`] when it is no note with a checkpoint.
pub fn peek(note: &str) -> Result<Checkpoint, NoteError> {
    let (text, lines) = split(note)?;
    for line in lines {
        line?;
    }
    Checkpoint::parse(text)
}

/// The lines of a note that trusted keys signed, as they stand in it, one for each key. Lines by
/// unknown keys are ignored; a line by a trusted key that does not verify refuses the note as a whole.
///
/// # Errors
/// [`NoteError`]: malformed, signed by none of these keys, or a signature that fails.
pub fn signed_by(note: &str, trusted: &[Vkey]) -> Result<Vec<String>, NoteError> {
    let (text, lines) = split(note)?;
    let mut signed = Vec::new();
    for line in by_keys(lines, trusted) {
        let (vkey, signature) = line?;
        vkey.verify(text, &signature)?;
        let line = signature_line(&vkey.name, vkey.id(), &signature);
        if !signed.contains(&line) {
            signed.push(line);
        }
    }
    if signed.is_empty() { Err(NoteError::Unsigned) } else { Ok(signed) }
}

/// The text of a note (with its last line feed) and the count of its signature lines, none of which
/// is checked.
///
/// # Errors
/// [`NoteError::Malformed`] when it is no note.
pub fn text(note: &str) -> Result<(&str, usize), NoteError> {
    let (text, lines) = split(note)?;
    let count = lines.map(|line| line.map(|_| 1)).sum::<Result<usize, _>>()?;
    Ok((text, count))
}

/// Why a note, checkpoint or key was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not the form of a signed checkpoint.
    #[error("no signed checkpoint")]
    Malformed,
    /// No line by the key.
    #[error("not signed by the expected key")]
    Unsigned,
    /// A line by the key that does not verify.
    #[error("the signature does not verify")]
    BadSignature,
    /// No verifier key.
    #[error("no verifier key of the form <name>+<id>+<key>")]
    BadKey,
}

type Line<'a> = Result<(&'a str, Vec<u8>), NoteError>;

/// The signed text (with its last line feed) and the signature lines.
fn split(note: &str) -> Result<(&str, impl Iterator<Item = Line<'_>>), NoteError> {
    if note.contains(|c: char| c < ' ' && c != '\n') {
        return Err(NoteError::Malformed);
    }
    let place = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
    let (text, rest) = note.split_at_checked(place + 1).ok_or(NoteError::Malformed)?;
    let lines = rest.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n'));
    let lines = lines.ok_or(NoteError::Malformed)?.split('\n').map(|line| {
        let rest = line.strip_prefix("\u{2014} ").ok_or(NoteError::Malformed)?;
        let (name, blob) = rest.split_once(' ').ok_or(NoteError::Malformed)?;
        let blob = STANDARD.decode(blob).map_err(|_| NoteError::Malformed)?;
        if name.is_empty() || blob.len() < 5 { Err(NoteError::Malformed) } else { Ok((name, blob)) }
    });
    Ok((text, lines))
}

/// Lines by keys that are known, each with its key and what follows the key id; lines by others are
/// ignored.
fn by_keys<'a, 'k, const TYPE: u8>(
    lines: impl Iterator<Item = Line<'a>>,
    known: &'k [VerifierKey<TYPE>],
) -> impl Iterator<Item = Result<(&'k VerifierKey<TYPE>, Vec<u8>), NoteError>> {
    lines.filter_map(move |line| {
        let (name, blob) = match line {
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        let Some((id, signature)) = blob.split_first_chunk::<4>() else {
            return Some(Err(NoteError::Malformed));
        };
        let vkey = known.iter().find(|vkey| vkey.name == name && vkey.id() == *id)?;
        Some(Ok((vkey, signature.to_vec())))
    })
}

fn signature_line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    let mut blob = id.to_vec();
    blob.extend_from_slice(signature);
    format!("\u{2014} {name} {}\n", STANDARD.encode(blob))
}

/// Whether keys may have that name: what stands in a signature line and in a verifier key.
fn is_name(name: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&name.len())
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// The written form of a verifier key.
fn written(name: &str, id: [u8; 4], kind: u8, key: &[u8]) -> String {
    let mut bytes = vec![kind];
    bytes.extend_from_slice(key);
    format!("{name}+{}+{}", hex(id), STANDARD.encode(bytes))
}

fn key_id(name: &str, kind: u8, key: &[u8]) -> [u8; 4] {
    let mut hash = Sha256::new();
    hash.update(name);
    hash.update([b'\n', kind]);
    hash.update(key);
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    [a, b, c, d]
}

fn hex(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}
