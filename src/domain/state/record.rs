//! What was said about the record itself: findings tolerated, records withdrawn, details restricted or
//! held.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::event::record::{
    DetailsErased, DetailsHeld, DetailsReleased, DetailsRestricted, FindingTolerated, RecordWithdrawn,
};
use super::super::text::Text;
use super::super::{Date, Seq};
use super::State;
use super::fact::Fact;

/// What was said of a finding, by place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tolerated {
    /// For how long it is borne with; the last counts.
    pub tolerated: Vec<Fact<FindingTolerated>>,
}

impl Tolerated {
    /// The entry by which it is borne with on a day; what was said last counts.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<Seq> {
        self.tolerated.last().filter(|fact| day < fact.data.until).map(|fact| fact.by)
    }
}

/// An entry that was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// By whom, and when.
    pub withdrawn: Fact<RecordWithdrawn>,
    /// The ids that it made, as `kind:id`.
    pub made: Vec<String>,
}

impl State {
    /// What stands of the details of an entry.
    #[must_use]
    pub fn details_now(&self, seq: Seq) -> DetailsNow {
        self.details.get(&seq).map(|said| said.now()).unwrap_or_default()
    }
}

/// What was said of the details of an entry, by place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// In the order it was said.
    pub said: Vec<DetailsSaid>,
}

/// One thing said of details.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetailsSaid {
    /// Only who gives a cause reads them.
    Restricted(Fact<DetailsRestricted>),
    /// They may not be erased.
    Held(Fact<DetailsHeld>),
    /// Neither any more.
    Released(Fact<DetailsReleased>),
    /// They are destroyed.
    Erased(Fact<DetailsErased>),
}

/// Details as they stand: each field with the entry that said so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DetailsNow {
    /// Read only by who gives a cause.
    pub restricted: BTreeMap<String, Seq>,
    /// Not to be erased.
    pub held: BTreeMap<String, Seq>,
    /// Destroyed.
    pub erased: BTreeMap<String, Seq>,
}

impl Details {
    /// Which fields are restricted, held or erased by now; a release ends the first two, and of what is
    /// erased nothing else is said.
    #[must_use]
    pub fn now(&self) -> DetailsNow {
        let mut now = DetailsNow::default();
        let named = |fields: &[Text], by: Seq| {
            fields.iter().map(move |field| (field.as_str().to_owned(), by)).collect::<Vec<_>>()
        };
        for said in &self.said {
            match said {
                DetailsSaid::Restricted(fact) => now.restricted.extend(named(&fact.data.fields, fact.by)),
                DetailsSaid::Held(fact) => now.held.extend(named(&fact.data.fields, fact.by)),
                DetailsSaid::Released(fact) => now.release(&fact.data.fields),
                DetailsSaid::Erased(fact) => {
                    now.release(&fact.data.fields);
                    now.erased.extend(named(&fact.data.fields, fact.by));
                }
            }
        }
        now
    }
}

impl DetailsNow {
    fn release(&mut self, fields: &[Text]) {
        for field in fields {
            self.restricted.remove(field.as_str());
            self.held.remove(field.as_str());
        }
    }
}
