//! What the entries of a bundle say: signatures with the keys that it carries, rules, details.

use std::collections::{BTreeSet, HashMap};

use crate::domain::statement::Unreadable;
use crate::domain::{Data, Kid, Seq, Speaker, Subject, Voice};
use crate::log::{Body, Entry, Hash};
use crate::seal::{self, Disclosure, PublicKey, Signature, Submission};

use super::super::Options;
use super::super::report::{CheckName, Erased};
use super::entries::Carried;
use super::rules::Judge;
use super::{Bundle, Counted};

/// A `ledger.index` entry.
pub(super) struct IndexRoot {
    pub(super) seq: Seq,
    pub(super) size: u64,
    pub(super) root: Hash,
}

/// Checks every statement; gives the index roots that the ledger says.
pub(super) fn check(
    bundle: &mut Bundle<'_>,
    carried: &[Carried<'_>],
    told: &[Entry<'_>],
    names: &BTreeSet<&str>,
    options: &Options,
    counted: &mut Counted,
) -> Vec<IndexRoot> {
    let mut keys = HashMap::new();
    let mut judge = Judge::new(told, names);
    let (mut indexes, mut erased) = (Vec::new(), Vec::new());
    for (entry, carried) in told.iter().zip(carried) {
        match entry.body {
            Body::Signed { .. } => counted.signed += 1,
            Body::Attested { .. } => counted.attested += 1,
            Body::Ledger { .. } => {}
        }
        let said = seal::again(entry);
        if !options.no_signatures
            && let Err(why) = signature(entry, &said, &keys, names)
        {
            bundle.found(CheckName::Signatures, Some(entry.seq), why);
        }
        if !options.no_rules
            && let Err((check, why)) = judge.take(entry, said.as_ref())
        {
            bundle.found(check, Some(entry.seq), why);
        }
        match disclosed(entry, &said, &carried.shown) {
            Ok(found) => erased.push((entry.seq, found)),
            Err(why) => bundle.found(CheckName::Details, Some(entry.seq), format!("a disclosure: {why}")),
        }
        counted.shown += carried.shown.len();
        if let Ok(said) = &said {
            take(entry.seq, said, &mut keys, &mut indexes);
        }
    }
    counted.rules = judge.finish();
    counted.erased = gone(told, &erased);
    indexes
}

/// Takes note of keys and index roots.
fn take(seq: Seq, said: &Submission, keys: &mut HashMap<Kid, PublicKey>, indexes: &mut Vec<IndexRoot>) {
    match (&said.statement.data, &said.speaker) {
        (Data::KeyRegistered(key), _) => {
            if let Ok(public) = PublicKey::of(&key.jwk) {
                keys.insert(key.kid.clone(), public);
            }
        }
        (Data::LedgerIndex(index), Speaker::Ledger(Voice::Index)) => {
            if let Some(root) = Hash::parse(index.root.as_str()) {
                indexes.push(IndexRoot { seq, size: index.size, root });
            }
        }
        _ => {}
    }
}

/// Whether a signed entry is signed with a key that an entry before registers, and whose history is
/// carried: without it nobody can tell whether the key was revoked.
fn signature(
    entry: &Entry<'_>,
    said: &Result<Submission, Unreadable>,
    keys: &HashMap<Kid, PublicKey>,
    names: &BTreeSet<&str>,
) -> Result<(), String> {
    let said = match said {
        Ok(said) => said,
        Err(why) if matches!(entry.body, Body::Signed { .. }) => return Err(why.to_string()),
        Err(_) => return Ok(()),
    };
    let Speaker::Signed { agency, kid, .. } = &said.speaker else { return Ok(()) };
    let key = keys.get(kid).ok_or_else(|| format!("no entry here registers the key {kid} before"))?;
    if said.signature != Signature::Checked {
        said.signed_with(key).map_err(|why| why.to_string())?;
    }
    let history = Subject::key(agency, kid);
    if names.contains(history.as_str()) {
        Ok(())
    } else {
        Err(format!("the history {history} of its key is not carried"))
    }
}

/// Names of the details that are shown, each of a digest of the entry. What is not shown is no damage.
fn disclosed(
    entry: &Entry<'_>,
    said: &Result<Submission, Unreadable>,
    shown: &[&str],
) -> Result<BTreeSet<String>, String> {
    let digests = match said {
        Ok(said) => Ok(said.details.digests.clone()),
        Err(_) => seal::digests(entry),
    };
    let mut open: BTreeSet<_> = digests.map_err(|why| why.to_string())?.into_iter().collect();
    let mut names = BTreeSet::new();
    for text in shown {
        let Disclosure { digest, name, .. } = Disclosure::parse(text).map_err(|why| why.to_string())?;
        if !open.remove(&digest) {
            return Err("it has no digest in the entry".to_owned());
        }
        names.insert(name);
    }
    Ok(names)
}

/// Details that entries here say were erased, and that are not shown.
fn gone(told: &[Entry<'_>], shown: &[(Seq, BTreeSet<String>)]) -> Vec<Erased> {
    let mut gone = Vec::new();
    for entry in told.iter().filter(|entry| seal::erases(entry)) {
        let Ok(event) = seal::event(entry) else { continue };
        let Data::DetailsErased(data) = &event.statement.data else { continue };
        let Some((seq, shown)) = shown.iter().find(|(seq, _)| *seq == data.seq) else { continue };
        let fields = data.fields.iter().map(|field| field.as_str()).filter(|field| !shown.contains(*field));
        gone.extend(fields.map(|field| Erased { seq: *seq, field: field.to_owned(), by: entry.seq }));
    }
    gone
}
