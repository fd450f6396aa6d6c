//! Details of events, as far as who asks may see them: the agencies named in the entry's links and
//! auditors; of restricted ones, those of them that give a cause (API section 2).

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::domain::state::record::DetailsNow;
use crate::domain::{AgencyId, Seq, Subject};
use crate::log::access::Fields;
use crate::log::{self, Entry, RealFiles, details};
use crate::seal::{self, Disclosure};

use super::super::{Error, Result, Snapshot};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody who may see details.
    Anybody,
    /// An agency.
    Agency(AgencyId),
    /// An auditor.
    Auditor,
}

/// What was seen of details, and what was not for want of a cause.
#[derive(Debug, Default)]
pub struct Seen {
    /// What was shown.
    pub shown: Vec<Fields>,
    /// Restricted ones that would have been shown with a cause.
    pub withheld: Vec<Fields>,
}

/// One reader's view of details; it remembers what was seen.
#[derive(Debug)]
pub struct Look {
    place: Place,
    /// Says what is restricted.
    snapshot: Option<Arc<Snapshot>>,
    who: Who,
    has_cause: bool,
    seen: RefCell<Seen>,
}

/// Where details are kept.
#[derive(Debug)]
enum Place {
    /// In a ledger that is open.
    Open(details::Reader),
    /// In a directory, opened when the first is met; nothing where that is not allowed.
    Directory(PathBuf, OnceCell<Option<details::Reader>>),
}

impl Place {
    fn reader(&self) -> log::Result<Option<&details::Reader>> {
        let (dir, opened) = match self {
            Self::Open(reader) => return Ok(Some(reader)),
            Self::Directory(dir, opened) => (dir, opened),
        };
        if opened.get().is_none() {
            let found = match details::Reader::open(Arc::new(RealFiles), dir) {
                Err(log::Error::Io { source, .. }) if source.kind() == ErrorKind::PermissionDenied => None,
                other => Some(other?),
            };
            opened.get_or_init(|| found);
        }
        Ok(opened.get().and_then(Option::as_ref))
    }
}

/// What becomes of a detail that is kept.
enum Fate {
    Shown,
    Hidden,
    Restricted(Seq),
    Erased(Seq),
}

/// What is kept of an entry's details.
struct Found {
    known: Vec<(Disclosure, Fate)>,
    /// Digests of those that are not there.
    lost: Vec<[u8; 32]>,
    /// Names that were erased and are not among the known, with the entry that says so.
    erased: BTreeMap<String, Seq>,
}

/// A detail as it is shown.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Detail {
    /// What it says.
    Told(Value),
    /// Why it is not shown.
    Kept {
        /// `hidden`: not for who asks; `restricted`: for want of a cause; `erased`; `missing`: it is lost. One whose
        /// name is not known stands under its digest.
        state: &'static str,
        /// The entry that says so.
        by: Option<Seq>,
    },
}

/// The details of an event by name.
#[derive(Default)]
pub struct Details(Vec<(String, Detail)>);

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, detail) in &self.0 {
            map.serialize_entry(name, detail)?;
        }
        map.end()
    }
}

impl Look {
    /// For whoever reads a directory: nobody who may see details, since it is recorded nowhere.
    #[must_use]
    pub fn anybody(dir: &Path) -> Self {
        let place = Place::Directory(dir.to_owned(), OnceCell::new());
        Self { place, snapshot: None, who: Who::Anybody, has_cause: false, seen: RefCell::default() }
    }

    /// For somebody, by what a snapshot says is restricted.
    #[must_use]
    pub fn of(who: Who, has_cause: bool, kept: details::Reader, snapshot: Arc<Snapshot>) -> Self {
        Self { place: Place::Open(kept), snapshot: Some(snapshot), who, has_cause, seen: RefCell::default() }
    }

    /// What was seen since this was asked last.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.take()
    }

    /// The details of an entry.
    ///
    /// # Errors
    /// [`Error::Entry`] for an entry whose details cannot be told; those of reading them.
    pub fn details(&self, entry: &Entry<'_>) -> Result<Details> {
        let Some(Found { known, lost, erased }) = self.find(entry)? else { return Ok(Details::default()) };
        let told = known.into_iter().map(|(Disclosure { name, value, .. }, fate)| {
            let detail = match fate {
                Fate::Shown => Detail::Told(value),
                Fate::Hidden => Detail::Kept { state: "hidden", by: None },
                Fate::Restricted(by) => Detail::Kept { state: "restricted", by: Some(by) },
                Fate::Erased(by) => Detail::Kept { state: "erased", by: Some(by) },
            };
            (name, detail)
        });
        let mut told: Vec<_> = told.collect();
        // which of the lost ones had an erased name nobody can tell any more
        let unexplained = lost.len().saturating_sub(erased.len());
        told.extend(
            erased.into_iter().map(|(name, by)| (name, Detail::Kept { state: "erased", by: Some(by) })),
        );
        // a directory does not say what was erased
        let state = if self.snapshot.is_some() { "missing" } else { "hidden" };
        for digest in lost.into_iter().take(unexplained) {
            told.push((URL_SAFE_NO_PAD.encode(digest), Detail::Kept { state, by: None }));
        }
        told.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Details(told))
    }

    /// The details of an entry that are shown, as they travel.
    ///
    /// # Errors
    /// As [`Look::details`].
    pub fn disclosures(&self, entry: &Entry<'_>) -> Result<Vec<Box<str>>> {
        if self.who == Who::Anybody {
            return Ok(Vec::new());
        }
        let Some(found) = self.find(entry)? else { return Ok(Vec::new()) };
        let shown = found.known.into_iter().filter(|(_, fate)| matches!(fate, Fate::Shown));
        Ok(shown.map(|(disclosure, _)| disclosure.text).collect())
    }

    /// What is kept of an entry's details and becomes of each; what is shown is remembered. `None` where it
    /// has none.
    fn find(&self, entry: &Entry<'_>) -> Result<Option<Found>> {
        let digests = seal::digests(entry).map_err(|why| Error::Entry { seq: entry.seq, why })?;
        if digests.is_empty() {
            return Ok(None);
        }
        let sees = match &self.who {
            Who::Anybody => false,
            Who::Auditor => true,
            Who::Agency(agency) => entry.link(Subject::agency(agency).as_str()).is_some(),
        };
        let (now, reader) = (self.now(entry.seq), self.place.reader()?);
        let mut found = Found { known: Vec::new(), lost: Vec::new(), erased: now.erased.clone() };
        let (mut shown, mut withheld) = (Vec::new(), Vec::new());
        for digest in digests {
            let known = match reader {
                Some(reader) => seal::details::known(entry.seq, reader.get(&digest))?,
                None => None,
            };
            let Some(known) = known else {
                found.lost.push(digest);
                continue;
            };
            let name = &known.name;
            let fate = match (found.erased.remove(name), now.restricted.get(name)) {
                (Some(by), _) => Fate::Erased(by),
                (None, _) if !sees => Fate::Hidden,
                (None, Some(by)) if !self.has_cause => {
                    withheld.push(name.clone());
                    Fate::Restricted(*by)
                }
                (None, _) => {
                    shown.push(name.clone());
                    Fate::Shown
                }
            };
            found.known.push((known, fate));
        }
        self.remember(entry.seq, shown, withheld);
        Ok(Some(found))
    }

    fn now(&self, seq: Seq) -> DetailsNow {
        self.snapshot.as_ref().map(|snapshot| snapshot.state.details_now(seq)).unwrap_or_default()
    }

    fn remember(&self, seq: Seq, shown: Vec<String>, withheld: Vec<String>) {
        let mut seen = self.seen.borrow_mut();
        let Seen { shown: all_shown, withheld: all_withheld } = &mut *seen;
        for (all, mut fields) in [(all_shown, shown), (all_withheld, withheld)] {
            if !fields.is_empty() {
                // the order of digests says nothing
                fields.sort_unstable();
                all.push(Fields { seq, fields });
            }
        }
    }
}
