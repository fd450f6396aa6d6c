//! Details of events, as far as who asks may see them: the agencies named in the entry's links and
//! auditors; of restricted ones, those of them that give a cause (API section 2).

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::domain::state::record::DetailsNow;
use crate::domain::{AgencyId, Seq, Subject};
use crate::log::access::Fields;
use crate::log::{self, Entry, details};
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
    kept: details::Reader,
    /// Says what is restricted.
    snapshot: Option<Arc<Snapshot>>,
    who: Who,
    has_cause: bool,
    seen: RefCell<Seen>,
    looked: Cell<bool>,
}

/// A detail as it is shown.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Detail {
    /// What it says.
    Told(Value),
    /// Why it is not shown.
    Kept {
        /// `hidden`: not for who asks; `restricted`: for want of a cause; `missing`: it is lost, and
        /// stands under its digest.
        state: &'static str,
        /// The entry that says so.
        by: Option<Seq>,
    },
}

/// The details of an event by name.
#[derive(Debug, Default)]
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
    /// For nobody who may see details.
    #[must_use]
    pub fn anybody(kept: details::Reader) -> Self {
        Self {
            kept,
            snapshot: None,
            who: Who::Anybody,
            has_cause: false,
            seen: RefCell::default(),
            looked: Cell::new(false),
        }
    }

    /// For somebody, by what a snapshot says is restricted.
    #[must_use]
    pub fn of(who: Who, has_cause: bool, kept: details::Reader, snapshot: Arc<Snapshot>) -> Self {
        Self {
            kept,
            snapshot: Some(snapshot),
            who,
            has_cause,
            seen: RefCell::default(),
            looked: Cell::new(false),
        }
    }

    /// What was seen since this was asked last.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.take()
    }

    /// Whether it came by details at all, shown or not.
    #[must_use]
    pub fn has_looked(&self) -> bool {
        self.looked.get()
    }

    /// The details of an entry.
    ///
    /// # Errors
    /// [`Error::Entry`] for an entry whose details cannot be told; those of reading them.
    pub fn details(&self, entry: &Entry<'_>) -> Result<Details> {
        let digests = seal::digests(entry).map_err(|why| Error::Entry { seq: entry.seq, why })?;
        if digests.is_empty() {
            return Ok(Details::default());
        }
        self.looked.set(true);
        let sees = match &self.who {
            Who::Anybody => false,
            Who::Auditor => true,
            Who::Agency(agency) => entry.link(Subject::agency(agency).as_str()).is_some(),
        };
        let now = self.now(entry.seq);
        let (mut told, mut shown, mut withheld) = (Vec::new(), Vec::new(), Vec::new());
        for digest in digests {
            let Some(Disclosure { name, value, .. }) = self.open(entry.seq, &digest)? else {
                let name = URL_SAFE_NO_PAD.encode(digest);
                told.push((name, Detail::Kept { state: "missing", by: None }));
                continue;
            };
            let detail = match now.restricted.get(&name) {
                _ if !sees => Detail::Kept { state: "hidden", by: None },
                Some(by) if !self.has_cause => {
                    withheld.push(name.clone());
                    Detail::Kept { state: "restricted", by: Some(*by) }
                }
                _ => {
                    shown.push(name.clone());
                    Detail::Told(value)
                }
            };
            told.push((name, detail));
        }
        told.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.remember(entry.seq, shown, withheld);
        Ok(Details(told))
    }

    fn now(&self, seq: Seq) -> DetailsNow {
        let said = self.snapshot.as_ref().and_then(|snapshot| snapshot.state.details.get(&seq));
        said.map(|said| said.now()).unwrap_or_default()
    }

    /// A detail; `None` for one that is lost or damaged, which `verify` says.
    fn open(&self, seq: Seq, digest: &[u8; 32]) -> Result<Option<Disclosure>> {
        let kept = match self.kept.get(digest) {
            Err(damaged @ log::Error::Corrupt { .. }) => {
                tracing::error!(seq = seq.0, %damaged, "a detail cannot be shown");
                return Ok(None);
            }
            other => other?,
        };
        Ok(seal::details::open(&kept).unwrap_or_else(|why| {
            tracing::error!(seq = seq.0, %why, "a detail cannot be shown");
            None
        }))
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
