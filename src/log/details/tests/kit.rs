//! Small stores to test with.

use std::path::Path;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};

use super::super::{Details, Kept, Opened, Reader, Sealed};
use crate::log::{RealFiles, Result, Storage};

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

pub(super) fn text(n: u64) -> String {
    format!("rahasia nomor {n} {}", "x".repeat(usize::try_from(n % 40).unwrap()))
}

pub(super) fn sealed(n: u64) -> Sealed {
    let (text, key) = (text(n), hash(&format!("key {n}")));
    let (digest, nonce) = (hash(&text), *hash(&format!("nonce {n}")).first_chunk::<24>().unwrap());
    let payload = Payload { msg: text.as_bytes(), aad: &digest };
    let cipher = XChaCha20Poly1305::new(&Key::from(key));
    Sealed { digest, key, nonce, ciphertext: cipher.encrypt(&XNonce::from(nonce), payload).unwrap() }
}

pub(super) fn digest(n: u64) -> [u8; 32] {
    hash(&text(n))
}

pub(super) fn all(range: std::ops::Range<u64>) -> Vec<Sealed> {
    range.map(sealed).collect()
}

/// What a detail says, if it opens.
pub(super) fn plain(sealed: &Sealed) -> Option<String> {
    let payload = Payload { msg: &sealed.ciphertext, aad: &sealed.digest };
    let cipher = XChaCha20Poly1305::new(&Key::from(sealed.key));
    let bytes = cipher.decrypt(&XNonce::from(sealed.nonce), payload).ok()?;
    Some(String::from_utf8(bytes).unwrap())
}

/// Whether a detail is there and says what it should; it never says anything else.
pub(super) fn says(reader: &Reader, n: u64) -> bool {
    match reader.get(&digest(n)) {
        Ok(Kept::Present(sealed)) => {
            let plain = plain(&sealed);
            assert!(plain.as_ref().is_none_or(|plain| *plain == text(n)));
            plain.is_some()
        }
        Ok(Kept::Erased | Kept::Absent) | Err(_) => false,
    }
}

pub(super) fn open(storage: Arc<dyn Storage>, dir: &Path, below: u64) -> Result<(Details, Opened)> {
    let referred: Vec<_> = (0..below).map(digest).collect();
    Details::open(storage, dir, |digest| referred.contains(digest))
}

/// A store with details `0..count`, closed.
pub(super) fn start(count: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (mut details, opened) = open(Arc::new(RealFiles), dir.path(), count).unwrap();
    assert_eq!(opened, Opened::default());
    details.append(&all(0..count)).unwrap();
    details.sync().unwrap();
    dir
}

pub(super) fn detached(dir: &Path) -> Reader {
    Reader::open(Arc::new(RealFiles), dir).unwrap()
}

pub(super) fn records(dir: &Path) -> std::path::PathBuf {
    dir.join("details/records")
}

pub(super) fn keys(dir: &Path) -> std::path::PathBuf {
    dir.join("details/keys/0")
}

fn every_byte(dir: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            every_byte(&path, into);
        } else {
            // a key file ends in thousands of free slots
            let mut bytes = std::fs::read(path).unwrap();
            bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
            into.extend(bytes);
        }
    }
}

/// Whether a detail's text, ciphertext or key stands in any file.
pub(super) fn traces(dir: &Path, n: u64) -> bool {
    let (sealed, text, mut bytes) = (sealed(n), text(n), Vec::new());
    every_byte(dir, &mut bytes);
    let middle = sealed.ciphertext.len() / 2;
    let needles = [text.as_bytes(), &sealed.ciphertext[..8], &sealed.ciphertext[middle..], &sealed.key];
    needles.iter().any(|needle| bytes.windows(needle.len()).any(|window| window == *needle))
}

/// Nothing is left half done.
pub(super) fn tidy(dir: &Path) {
    for folder in ["details", "details/keys"] {
        for entry in std::fs::read_dir(dir.join(folder)).unwrap() {
            let name = entry.unwrap().file_name();
            assert!(!name.to_str().unwrap().contains('.'), "{name:?}");
        }
    }
}
