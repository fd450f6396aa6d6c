//! Details of a submission: the entry commits to them by digests, and they are kept apart, each under
//! a key of its own (FORMAT sections 1 and 8).

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::Code;
use crate::domain::statement::Unreadable;
use crate::log::Entry;
use crate::log::details::{Kept, Sealed};

use super::disclosure::{self, Disclosure};
use super::{aead, canonical, claims};

/// Fills bytes with random ones, from who has them.
pub type Draw = fn(&mut [u8]) -> std::io::Result<()>;

/// Claim that holds the digests.
const DETAILS: &str = "details";
/// Claim that names their hash.
const SD_ALG: &str = "_sd_alg";

/// A detail that was handed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Handed {
    /// What it says.
    pub disclosure: Disclosure,
    /// The same, as it will be kept.
    pub sealed: Sealed,
}

/// What a statement commits to, and what came with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// SHA-256 of each disclosure, in the order of the statement.
    pub digests: Vec<[u8; 32]>,
    /// The disclosures; none for a statement that was read from its entry.
    pub handed: Vec<Handed>,
}

impl Details {
    /// What an entry says of its details.
    pub(super) fn committed(digests: Vec<[u8; 32]>) -> Self {
        Self { digests, handed: Vec::new() }
    }

    /// Puts each disclosure under a random key.
    ///
    /// # Errors
    /// `malformed` unless each digest has its one disclosure and none is left over.
    pub(super) fn hand_in(&mut self, disclosures: Vec<Disclosure>, draw: Draw) -> Result<(), Unreadable> {
        disclosure::check(&self.digests, &disclosures)?;
        for disclosure in disclosures {
            let (mut key, mut nonce) = ([0; 32], [0; 24]);
            drawn(draw, &mut key)?;
            drawn(draw, &mut nonce)?;
            let sealed = aead::encrypt(&disclosure, key, nonce)
                .map_err(|_| Unreadable { code: Code::TooLarge, ..bad("a detail that cannot be kept") })?;
            self.handed.push(Handed { disclosure, sealed });
        }
        Ok(())
    }

    /// Whether every detail came with the statement.
    #[must_use]
    pub fn are_handed_in(&self) -> bool {
        self.digests.len() == self.handed.len()
    }

    /// The disclosures as they travel.
    #[must_use]
    pub fn texts(&self) -> Vec<Box<str>> {
        self.handed.iter().map(|handed| handed.disclosure.text.clone()).collect()
    }

    /// What is to be kept.
    pub fn sealed(&self) -> impl Iterator<Item = &Sealed> + Clone {
        self.handed.iter().map(|handed| &handed.sealed)
    }

    /// Bytes that are to be kept.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sealed().map(|sealed| sealed.ciphertext.len()).sum()
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
    // nearly all entries have none, and need not be parsed to know it
    if !claims.windows(DETAILS.len() + 2).any(|at| at == b"\"details\"") {
        return Ok(Vec::new());
    }
    let said: Said = serde_json::from_slice(&claims).map_err(|e| Unreadable::malformed(e.to_string()))?;
    said.details.map_or_else(|| Ok(Vec::new()), |details| disclosure::digests(&details))
}

/// Whether a stored attested statement says what another does, its details being compared by what
/// they say (DOMAIN rule 11). `known` are those of the stored one that can still be read: the others
/// were erased, or lost, and are left out.
///
/// # Errors
/// `malformed` for a text that is no statement.
pub fn same(stored: &str, known: &[Disclosure], said: &super::Submission) -> Result<bool, Unreadable> {
    if *stored == *said.canonical {
        return Ok(true);
    }
    let (committed, stored) = plain(stored)?;
    let (_, other) = plain(&said.canonical)?;
    if stored != other {
        return Ok(false);
    }
    let handed = said.details.handed.iter().map(|handed| &handed.disclosure);
    let mut handed: BTreeMap<&str, &Value> = handed.map(|one| (one.name.as_str(), &one.value)).collect();
    let stands = known.iter().all(|known| handed.remove(known.name.as_str()) == Some(&known.value));
    Ok(stands && handed.len() <= committed.saturating_sub(known.len()))
}

/// A statement without its details, and how many it has.
fn plain(statement: &str) -> Result<(usize, String), Unreadable> {
    let mut value: Value =
        serde_json::from_str(statement).map_err(|e| Unreadable::malformed(e.to_string()))?;
    let count = stored(&value)?.len();
    if let Some(object) = value.as_object_mut() {
        object.remove(DETAILS);
    }
    Ok((count, canonical(&value)?))
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
