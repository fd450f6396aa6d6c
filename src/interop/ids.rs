//! Ids of what a table only names: the name in small letters, and something of its own behind it
//! where two names would come to the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::seal;

/// Longest slug: room for a prefix before it and for what tells apart behind it.
const SLUG_MAX: usize = 48;

/// Ids that differ from one another.
#[derive(Debug, Default)]
pub(super) struct Ids {
    taken: BTreeSet<String>,
}

impl Ids {
    /// Keeps an id for something else.
    pub(super) fn keep(&mut self, id: &str) {
        self.taken.insert(id.to_owned());
    }

    /// An id for each name. Of names with one slug, the one written like the slug has it as it is, or
    /// else the first in the order of their bytes; the others bear a part of their digest. So an id
    /// rests on the names of the file and not on the order of its rows.
    pub(super) fn of<'a>(
        &mut self,
        prefix: &str,
        names: impl Iterator<Item = &'a str>,
    ) -> HashMap<String, String> {
        let mut by_slug: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for name in names {
            by_slug.entry(slug(name)).or_default().push(name);
        }
        let mut ids = HashMap::new();
        for (slug, mut names) in by_slug {
            names.sort_unstable_by_key(|name| (*name != slug, *name));
            names.dedup();
            for (place, name) in names.into_iter().enumerate() {
                let id = self.free(&format!("{prefix}{slug}"), name, place > 0);
                ids.insert(name.to_owned(), id);
            }
        }
        ids
    }

    fn free(&mut self, plain: &str, name: &str, apart: bool) -> String {
        let hash = seal::hex(&seal::sha256(name.as_bytes()));
        let longer = [6, 12, 24, 40].map(|digits| format!("{plain}-{}", hash.get(..digits).unwrap_or(&hash)));
        let plain = (!apart).then(|| plain.to_owned());
        let id = plain.into_iter().chain(longer).find(|id| !self.taken.contains(id));
        let id = id.unwrap_or(hash);
        self.keep(&id);
        id
    }
}

/// Small letters and digits of ASCII, joined by hyphens.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == SLUG_MAX {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "x".to_owned() } else { slug.to_owned() }
}
