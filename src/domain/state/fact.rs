//! A fact: what one admitted entry says about an object, at its place in the order.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::{AgencyId, Assurance, Date, Event, Instant, Seq, Zone};

/// What an entry says, at its place. A correction takes the place and keeps it (DOMAIN rule 8).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// Its place in the order: the entry that first said it.
    pub seq: Seq,
    /// The entry whose words stand: `seq`, or the last correction.
    pub by: Seq,
    /// Record instant of the place.
    pub at: Instant,
    /// Record day of the place, in the ledger's zone.
    pub day: Date,
    /// Who said what stands; absent for the ledger.
    pub agency: Option<AgencyId>,
    /// On whose word it stands.
    #[serde(default, skip_serializing_if = "Assurance::is_attested")]
    pub assurance: Assurance,
    /// What stands.
    pub data: Arc<T>,
}

impl<T> Fact<T> {
    /// The fact an event states, at the event's own place.
    pub fn of(event: &Event, zone: &Zone, data: T) -> Self {
        Self {
            seq: event.seq,
            by: event.seq,
            at: event.at,
            day: event.at.date_in(zone),
            agency: event.speaker.agency().cloned(),
            assurance: event.speaker.assurance(),
            data: Arc::new(data),
        }
    }

    /// Whether the other is the same fact: the same place, and the words of the same entry.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        (self.seq, self.by) == (other.seq, other.by)
    }

    /// The entries that prove it: the place and what stands there.
    pub fn evidence(&self) -> impl Iterator<Item = Seq> + use<T> {
        let corrected = (self.by != self.seq).then_some(self.by);
        std::iter::once(self.seq).chain(corrected)
    }
}
