//! Index roots (FORMAT section 7): the subjects below a size, told from the links met so far.

use std::collections::BTreeMap;

use crate::domain::{Data, Seq, Voice};
use crate::log::{Body, Entry, Hash, SubjectLast, Subjects};
use crate::seal;

use super::judge::Broken;
use super::links::Links;
use super::report::CheckName;

/// Index roots that hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Roots {
    /// How many.
    pub(super) count: u64,
    /// Entries the newest covers.
    pub(super) size: u64,
    /// One does not hold: what the log says of its subjects is not gone on with.
    failed: bool,
}

impl Roots {
    /// An entry, before its own links are taken; what is not an index root passes. `again` reads an
    /// entry before it.
    pub(super) fn take(
        &mut self,
        entry: &Entry<'_>,
        links: &Links,
        again: impl Fn(Seq) -> Option<Vec<u8>>,
    ) -> Result<(), Broken> {
        if self.failed {
            return Ok(());
        }
        let checked = self.check(entry, links, again);
        self.failed = checked.is_err();
        checked
    }

    fn check(
        &mut self,
        entry: &Entry<'_>,
        links: &Links,
        again: impl Fn(Seq) -> Option<Vec<u8>>,
    ) -> Result<(), Broken> {
        let index = Voice::Index.as_str();
        if !matches!(entry.body, Body::Ledger { voice, .. } if voice == index) {
            return Ok(());
        }
        let broken = |detail: String| Err(Broken::new(CheckName::Index, detail));
        let data = seal::again(entry).map(|said| said.statement.data);
        let Ok(Data::LedgerIndex(data)) = data else { return broken("no index root".to_owned()) };
        if data.size > entry.seq.0 {
            return broken(format!("it covers {} entries; {} are there before it", data.size, entry.seq));
        }
        if data.size <= self.size {
            return broken(format!("it covers {} entries; the one before covers {}", data.size, self.size));
        }
        let Some(found) = below(data.size, entry.seq, links, again) else {
            return broken("the entries before it cannot be read again".to_owned());
        };
        let (root, said) = (found.root(), Hash::parse(data.root.as_str()));
        if said != Some(root) {
            let said = said.map_or("no hash".to_owned(), |said| said.to_string());
            return broken(format!("the subjects below entry {} give {root}, not {said}", data.size));
        }
        *self = Self { count: self.count + 1, size: data.size, failed: false };
        Ok(())
    }
}

/// The subjects of the first `size` entries, when links are known up to `now`: what entries since then
/// added is taken back, by what their own links point to.
fn below(size: u64, now: Seq, links: &Links, again: impl Fn(Seq) -> Option<Vec<u8>>) -> Option<Subjects> {
    let mut since: BTreeMap<String, Option<SubjectLast>> = BTreeMap::new();
    for seq in (size..now.0).map(Seq) {
        let bytes = again(seq)?;
        for (subject, [ordinal, prev, _]) in Entry::decode(&bytes).ok()?.links {
            if since.contains_key(subject) {
                continue;
            }
            let before = u64::try_from(ordinal - 1).ok().zip(u64::try_from(prev).ok());
            let before = before.map(|(ordinal, seq)| SubjectLast { ordinal, seq: Seq(seq) });
            since.insert(subject.to_owned(), before);
        }
    }
    let mut all: Vec<_> = links
        .iter()
        .filter_map(|(subject, last)| Some((subject, since.get(subject).copied().unwrap_or(Some(last))?)))
        .collect();
    all.sort_unstable_by_key(|(subject, _)| *subject);
    Some(Subjects::sorted(size, all))
}
