//! Details of a submission: the entry commits to them by digests, and they are kept apart, each under
//! a key of its own (FORMAT sections 1 and 8).

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::statement::Unreadable;
use crate::domain::{Code, Seq};
use crate::log::details::{Kept, Sealed};
use crate::log::{self, Entry};

use super::disclosure::{self, Disclosure};
use super::{aead, canonical, claims};

/// Fills bytes with random ones, from who has them.
pub type Draw = fn(&mut [u8]) -> std::io::Result<()>;

/// Claim that holds the digests.
const DETAILS: &str = "details";
/// Claim that names their hash.
const SD_ALG: &str = "_sd_alg";

/// What a statement commits to, and what came with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// SHA-256 of each disclosure, in the order of the statement.
    pub digests: Vec<[u8; 32]>,
    /// The disclosures that were handed in; none for a statement that was read from its entry.
    pub disclosures: Vec<Disclosure>,
    /// The same, as they will be kept: once the statement is on its way to the writer.
    pub sealed: Vec<Sealed>,
}

impl Details {
    /// What an entry says of its details.
    pub(super) fn committed(digests: Vec<[u8; 32]>) -> Self {
        Self { digests, ..Self::default() }
    }

    /// Takes what came with the statement.
    ///
    /// # Errors
    /// `malformed` unless each digest has its one disclosure and none is left over.
    pub(super) fn hand_in(&mut self, disclosures: Vec<Disclosure>) -> Result<(), Unreadable> {
        disclosure::check(&self.digests, &disclosures)?;
        self.disclosures = disclosures;
        Ok(())
    }

    /// Puts each disclosure under a random key.
    ///
    /// # Errors
    /// `read-only` without random bytes.
    pub fn seal(&mut self, draw: Draw) -> Result<(), Unreadable> {
        if self.sealed.len() == self.disclosures.len() {
            return Ok(());
        }
        let mut random = vec![[0; 32 + 24]; self.disclosures.len()];
        drawn(draw, random.as_flattened_mut())?;
        let too_large = |_| Unreadable { code: Code::TooLarge, ..bad("a detail that cannot be kept") };
        let sealed = self.disclosures.iter().zip(&random).map(|(disclosure, random)| {
            let (key, nonce) = random.split_first_chunk().unwrap_or((&[0; 32], &[]));
            let nonce = nonce.first_chunk().unwrap_or(&[0; 24]);
            aead::encrypt(disclosure, *key, *nonce).map_err(too_large)
        });
        self.sealed = sealed.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Whether every detail came with the statement and is sealed.
    #[must_use]
    pub fn are_sealed(&self) -> bool {
        self.digests.len() == self.sealed.len()
    }

    /// Bytes they take in memory, roughly.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let taken = |one: &Disclosure| 4 * one.text.len() + 2 * size_of::<Disclosure>();
        self.disclosures.iter().map(taken).sum()
    }
}

/// Takes what is said of details out of the claims of a signed statement.
///
/// # Errors
/// As [`disclosure::digests`].
pub(super) fn take(claims: &mut Map<String, Value>) -> Result<Vec<[u8; 32]>, Unreadable> {
    let (details, alg) = (claims.remove(DETAILS), claims.remove(SD_ALG));
    alg.as_ref().map_or(Ok(()), disclosure::alg)?;
    details.map_or_else(|| Ok(Vec::new()), |details| disclosure::digests(&details))
}

/// What a stored attested statement says of its details.
///
/// # Errors
/// As [`disclosure::digests`].
pub(super) fn stored(statement: &Value) -> Result<Vec<[u8; 32]>, Unreadable> {
    statement.get(DETAILS).map_or_else(|| Ok(Vec::new()), disclosure::digests)
}

/// Puts digests in the place of the details of a statement; answers the disclosures. Details that are
/// empty say nothing and go.
///
/// # Errors
/// As [`disclosure::attested`]; `malformed` for details that are no object.
pub(super) fn salt(statement: &mut Value, draw: Draw) -> Result<Vec<Disclosure>, Unreadable> {
    let Some(object) = statement.as_object_mut() else { return Ok(Vec::new()) };
    let details = match object.remove(DETAILS) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(details)) if details.is_empty() => return Ok(Vec::new()),
        Some(Value::Object(details)) => details,
        Some(_) => return Err(bad("details are an object of names and what they say")),
    };
    let mut salts = vec![[0; 16]; details.len().min(disclosure::DETAILS_MAX)];
    drawn(draw, salts.as_flattened_mut())?;
    let (digests, disclosures) = disclosure::attested(&details, &salts)?;
    object.insert(DETAILS.to_owned(), digests);
    Ok(disclosures)
}

/// [`salt`] for claims that will be signed, which name the hash.
///
/// # Errors
/// As [`salt`].
pub(super) fn salt_claims(claims: &mut Value, draw: Draw) -> Result<Vec<Disclosure>, Unreadable> {
    let disclosures = salt(claims, draw)?;
    if let (false, Some(object)) = (disclosures.is_empty(), claims.as_object_mut()) {
        object.insert(SD_ALG.to_owned(), disclosure::SHA_256.into());
    }
    Ok(disclosures)
}

fn drawn(draw: Draw, bytes: &mut [u8]) -> Result<(), Unreadable> {
    let failed = |error: std::io::Error| Unreadable {
        code: Code::ReadOnly,
        detail: format!("no random bytes: {error}"),
        field: None,
    };
    draw(bytes).map_err(failed)
}

/// The digests of an entry's details.
///
/// # Errors
/// `malformed`.
pub fn digests(entry: &Entry<'_>) -> Result<Vec<[u8; 32]>, Unreadable> {
    #[derive(serde::Deserialize)]
    struct Said {
        #[serde(default)]
        details: Option<Value>,
    }
    let claims = claims(&entry.body)?;
    // nearly all entries have none, and need not be parsed to know it; a key may be written with escapes
    if !claims.contains(&b'\\') && !claims.windows(DETAILS.len() + 2).any(|at| at == b"\"details\"") {
        return Ok(Vec::new());
    }
    let said: Said = serde_json::from_slice(&claims).map_err(|e| Unreadable::malformed(e.to_string()))?;
    said.details.map_or_else(|| Ok(Vec::new()), |details| disclosure::digests(&details))
}

/// Whether an entry may be one that erases details: nearly all say by their bytes that they are not.
#[must_use]
pub fn erases(entry: &Entry<'_>) -> bool {
    let claims = claims(&entry.body).unwrap_or_default();
    let type_name = b"details.erased";
    claims.contains(&b'\\') || claims.windows(type_name.len()).any(|at| at == type_name)
}

/// Whether a stored attested statement says what another does, its details being compared by what
/// they say (DOMAIN rule 11). `open` opens one of the stored, where it can still be read: the others
/// were erased, or lost, and are left out.
///
/// # Errors
/// Those of `open`.
pub fn same<E>(
    stored: &str,
    said: &super::Submission,
    mut open: impl FnMut(&[u8; 32]) -> Result<Option<Disclosure>, E>,
) -> Result<bool, E> {
    if *stored == *said.canonical {
        return Ok(true);
    }
    // what was stored and what was read are statements
    let (Ok((digests, one)), Ok((_, other))) = (plain(stored), plain(&said.canonical)) else {
        return Ok(false);
    };
    if one != other || said.details.disclosures.len() > digests.len() {
        return Ok(false);
    }
    let handed = said.details.disclosures.iter();
    let mut handed: BTreeMap<&str, &Value> = handed.map(|one| (one.name.as_str(), &one.value)).collect();
    let mut unknown = 0;
    for digest in &digests {
        match open(digest)? {
            None => unknown += 1,
            Some(known) if handed.remove(known.name.as_str()) == Some(&known.value) => {}
            Some(_) => return Ok(false),
        }
    }
    Ok(handed.len() <= unknown)
}

/// The digests of a statement, and the rest of it.
fn plain(statement: &str) -> Result<(Vec<[u8; 32]>, String), Unreadable> {
    let mut value: Value =
        serde_json::from_str(statement).map_err(|e| Unreadable::malformed(e.to_string()))?;
    let digests = stored(&value)?;
    if let Some(object) = value.as_object_mut() {
        object.remove(DETAILS);
    }
    Ok((digests, canonical(&value)?))
}

/// A detail of an entry, where it can be read; one that is damaged is lost, which is traced and which
/// `verify` tells.
///
/// # Errors
/// What keeps it from being read at all.
pub fn known(seq: Seq, kept: log::Result<Kept>) -> log::Result<Option<Disclosure>> {
    let damaged = |why: &dyn std::fmt::Display| tracing::error!(seq = seq.0, %why, "a detail is damaged");
    match kept {
        Err(why @ log::Error::Corrupt { .. }) => damaged(&why),
        Err(why) => return Err(why),
        Ok(kept) => match open(&kept) {
            Ok(known) => return Ok(known),
            Err(why) => damaged(&why),
        },
    }
    Ok(None)
}

/// The disclosure of what is kept; `None` for what is erased or lost.
///
/// # Errors
/// [`aead::Closed`] for a detail that was altered.
pub fn open(kept: &Kept) -> Result<Option<Disclosure>, aead::Closed> {
    match kept {
        Kept::Present(sealed) => aead::decrypt(sealed).map(Some),
        Kept::Erased | Kept::Absent => Ok(None),
    }
}

fn bad(detail: &str) -> Unreadable {
    Unreadable { field: Some(DETAILS.to_owned()), ..Unreadable::malformed(detail) }
}
