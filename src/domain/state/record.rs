//! What was said about the record itself: findings tolerated, records withdrawn, details restricted or
//! held.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::event::record::{
    DetailsErased, DetailsHeld, DetailsReleased, DetailsRestricted, FindingTolerated, RecordWithdrawn,
};
use super::super::text::Text;
use super::super::{AssignmentId, Data, Date, Event, Seq};
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

impl Withdrawn {
    /// What a withdrawal leaves: who took the entry back, and the ids that stay taken. The state still has
    /// what goes.
    pub(in crate::domain) fn new(withdrawn: Fact<RecordWithdrawn>, state: &State, event: &Event) -> Self {
        let gone = event.withdraws.as_ref().map(|gone| &gone.statement.data);
        let gone = gone.filter(|data| state.standing(data, withdrawn.data.seq).is_some());
        Self { withdrawn, made: gone.map(|data| made_by(state, data)).unwrap_or_default() }
    }
}

/// The ids that go with what data says: the one it makes, and those of the holdings of a responsibility.
fn made_by(state: &State, data: &Data) -> Vec<String> {
    let made = data.makes();
    let there = made.as_deref().and_then(|id| state.responsibilities.get(id.strip_prefix("r:")?));
    let named = there.into_iter().flat_map(|there| &there.made);
    let named = named.filter_map(|fact| fact.data.assignment.as_ref());
    let named = named.filter(|id| !AssignmentId::is_reserved(id)).map(|id| format!("as:{id}"));
    let named: Vec<_> = named.collect();
    made.into_iter().chain(named).collect()
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
    pub said: Vec<Fact<DetailsSaid>>,
}

/// One thing said of details.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetailsSaid {
    /// Only who gives a cause reads them.
    Restricted(DetailsRestricted),
    /// They may not be erased.
    Held(DetailsHeld),
    /// Neither any more.
    Released(DetailsReleased),
    /// They are destroyed.
    Erased(DetailsErased),
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
        for fact in &self.said {
            match &*fact.data {
                DetailsSaid::Restricted(data) => now.restricted.extend(named(&data.fields, fact.by)),
                DetailsSaid::Held(data) => now.held.extend(named(&data.fields, fact.by)),
                DetailsSaid::Released(data) => now.release(&data.fields),
                DetailsSaid::Erased(data) => {
                    now.release(&data.fields);
                    now.erased.extend(named(&data.fields, fact.by));
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
