//! What witnesses signed of the log: the lines that are kept or served, judged by the witnesses that the
//! log itself names at the size they speak of, and by those that the asker trusts.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{State, Subject};
use crate::log::{Checkpoint, CosignerVkey, Entry, Hash, NoteError, note};
use crate::seal;

use super::report::{Bad, CheckName, Verdict};

/// That those whom the asker trusts have signed.
pub(super) const BY_ALL_GIVEN: &str = "cosigned by every witness that was given";

/// The witnesses that entries name, and the notes with their lines.
#[derive(Debug, Default)]
pub(super) struct Witnesses {
    /// Of what the ledger says of itself, and nothing else.
    state: State,
    /// Each with what it is called in reports.
    notes: Vec<(String, String)>,
}

/// The root of a log at a size, where it is known.
pub(super) type RootAt<'a> = dyn Fn(u64) -> Option<Hash> + 'a;

/// What is found of the lines.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) bad: Vec<Bad>,
    pub(super) told: (Verdict, String),
}

/// Who has signed a note: names that count by what the log says, and places among those that are trusted.
/// A name alone makes nobody trusted: the log may name another key under it.
#[derive(Default)]
struct Signers<'a> {
    named: Vec<&'a str>,
    trusted: Vec<usize>,
}

impl Witnesses {
    /// Of these notes; what the log says comes entry by entry.
    pub(super) fn of(notes: Vec<(String, String)>) -> Self {
        Self { state: State::default(), notes }
    }

    /// Sizes the notes speak of.
    pub(super) fn sizes(&self) -> impl Iterator<Item = u64> {
        self.notes.iter().filter_map(|(_, text)| Some(note::peek(text).ok()?.size))
    }

    /// Takes an entry; most say nothing of witnesses and policy.
    pub(super) fn take(&mut self, entry: &Entry<'_>) {
        if entry.link(Subject::ledger().as_str()).is_none() {
            return;
        }
        // one that cannot be read is told by the rules
        if let Ok(event) = seal::event(entry) {
            drop(self.state.evolve(&event));
        }
    }

    /// Judges every line by the roots of a log of `size` entries, as far as they are known. `trusted` are
    /// witnesses that must have signed, whoever the log names.
    pub(super) fn judge(
        &self,
        (size, root_at): (u64, &RootAt<'_>),
        origin: Option<&str>,
        trusted: &[CosignerVkey],
    ) -> Judged {
        let (mut bad, mut signed) = (Vec::new(), BTreeMap::<u64, BTreeSet<&str>>::new());
        // the largest size that each of those that are trusted has signed
        let mut reached: Vec<Option<u64>> = vec![None; trusted.len()];
        for (file, text) in &self.notes {
            let found = self.signers(text, origin, trusted).and_then(|(checkpoint, signers)| {
                if !signers.named.is_empty() || !signers.trusted.is_empty() {
                    extends(size, root_at, &checkpoint)?;
                }
                Ok((checkpoint.size, signers))
            });
            match found {
                Ok((size, Signers { named, trusted })) => {
                    if !named.is_empty() {
                        signed.entry(size).or_default().extend(named);
                    }
                    for place in trusted {
                        if let Some(reached) = reached.get_mut(place) {
                            *reached = (*reached).max(Some(size));
                        }
                    }
                }
                Err(detail) => bad.push(failed(file, detail)),
            }
        }
        for (vkey, _) in trusted.iter().zip(&reached).filter(|(_, reached)| reached.is_none()) {
            bad.push(failed("cosigned", format!("nothing here is cosigned by {}", vkey.name())));
        }
        let by_all = reached.into_iter().collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min());
        let by_all = by_all.map(|at| (at, trusted.iter().map(CosignerVkey::name).collect()));
        Judged { bad, told: self.told(&signed, size, by_all) }
    }

    /// Who has signed a note.
    fn signers<'a>(
        &'a self,
        text: &str,
        origin: Option<&str>,
        trusted: &'a [CosignerVkey],
    ) -> Result<(Checkpoint, Signers<'a>), String> {
        let checkpoint = note::peek(text).map_err(|why| why.to_string())?;
        if origin.is_some_and(|origin| origin != checkpoint.origin) {
            return Err(format!("a checkpoint of {:?}", checkpoint.origin));
        }
        let named = self.state.witnesses.values().filter(|witness| witness.counts_at(checkpoint.size));
        let named = named.filter_map(|witness| {
            let data = &witness.registered.data;
            Some((data.name.as_str(), CosignerVkey::parse(data.vkey.as_str()).ok()?, None))
        });
        let trusted = trusted.iter().enumerate().map(|(n, vkey)| (vkey.name(), vkey.clone(), Some(n)));
        let mut signers = Signers::default();
        for (name, vkey, place) in named.chain(trusted) {
            match (note::cosignature(text, &vkey), place) {
                (Ok(_), None) => signers.named.push(name),
                (Ok(_), Some(place)) => signers.trusted.push(place),
                (Err(NoteError::Unsigned), _) => {}
                (Err(why), _) => return Err(format!("size {}, {name}: {why}", checkpoint.size)),
            }
        }
        Ok((checkpoint, signers))
    }

    /// Those whom the asker trusts come first: what the log says of its witnesses is the operator's word.
    fn told(
        &self,
        signed: &BTreeMap<u64, BTreeSet<&str>>,
        size: u64,
        by_all: Option<(u64, BTreeSet<&str>)>,
    ) -> (Verdict, String) {
        let behind = |at: u64| match size.saturating_sub(at) {
            0 => String::new(),
            more => format!("; {more} entries after it are not"),
        };
        let names = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
        if let Some((at, by)) = by_all {
            return (Verdict::Ok, format!("size {at} is {BY_ALL_GIVEN}, {}{}", names(&by), behind(at)));
        }
        let quorum = |size: u64| self.state.quorum_at(size);
        let enough = |(size, names): &(&u64, &BTreeSet<&str>)| names.len() as u64 >= quorum(**size);
        if let Some((at, by)) = signed.iter().rev().find(enough) {
            let (of, behind) = (quorum(*at), behind(*at));
            let detail = format!("size {at} is cosigned by {}, a quorum of {of}{behind}", names(by));
            return (Verdict::Ok, detail);
        }
        let detail = match signed.last_key_value() {
            Some((at, by)) => {
                let (found, of) = (by.len(), quorum(*at));
                format!("size {at} is cosigned by {}: {found} of the {of} that policy asks for", names(by))
            }
            None if self.state.witnesses.is_empty() => "no witness is registered".to_owned(),
            None => "no cosignature of a registered witness is here".to_owned(),
        };
        (Verdict::Skipped, detail)
    }
}

/// Whether the log begins with what was signed.
fn extends(held: u64, root_at: &RootAt<'_>, checkpoint: &Checkpoint) -> Result<(), String> {
    let Checkpoint { size, root, .. } = checkpoint;
    let other =
        |found: Hash| format!("a witness has signed another root at size {size}: {root}, not {found}");
    match root_at(*size) {
        Some(found) if found == *root => Ok(()),
        Some(found) => Err(other(found)),
        None => Err(format!("a witness has signed {size} entries; the log holds {held}")),
    }
}

fn failed(file: &str, detail: String) -> Bad {
    Bad { seq: None, file: file.to_owned(), check: CheckName::Witnesses, detail }
}
