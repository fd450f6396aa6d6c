//! What can follow the proposal of a handoff.

use serde::{Deserialize, Serialize};

use super::super::event::handoff::{
    HandoffAccepted, HandoffAcknowledged, HandoffChanged, HandoffClosed, HandoffDeclined, HandoffLapsed,
    HandoffReservationLifted, HandoffReversed, HandoffStepAdded, HandoffStepConfirmed, HandoffStepDone,
    HandoffWithdrawn,
};
use super::super::{Date, Name};
use super::fact::Fact;
use super::handoff::HandoffState;

/// What can follow a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Followed {
    Accepted(HandoffAccepted),
    Acknowledged(HandoffAcknowledged),
    Declined(HandoffDeclined),
    Withdrawn(HandoffWithdrawn),
    Changed(HandoffChanged),
    StepAdded(HandoffStepAdded),
    StepDone(HandoffStepDone),
    StepConfirmed(HandoffStepConfirmed),
    ReservationLifted(HandoffReservationLifted),
    Closed(HandoffClosed),
    Lapsed(HandoffLapsed),
    Reversed(HandoffReversed),
}

impl Followed {
    /// When the act happened, where the statement says so.
    #[must_use]
    pub fn on(&self) -> Option<Date> {
        match self {
            Self::Accepted(data) => data.on,
            Self::Acknowledged(data) => data.on,
            Self::Declined(data) => data.on,
            Self::Withdrawn(data) => data.on,
            Self::Changed(data) => data.on,
            Self::StepAdded(data) => data.on,
            Self::StepDone(data) => data.on,
            Self::StepConfirmed(data) => data.on,
            Self::ReservationLifted(data) => data.on,
            Self::Closed(data) => data.on,
            Self::Lapsed(data) => data.on,
            Self::Reversed(data) => data.on,
        }
    }

    /// Names of fields that are not sure.
    #[must_use]
    pub fn unverified(&self) -> &[Name] {
        match self {
            Self::Accepted(data) => &data.unverified,
            Self::Acknowledged(data) => &data.unverified,
            Self::Declined(data) => &data.unverified,
            Self::Withdrawn(data) => &data.unverified,
            Self::Changed(data) => &data.unverified,
            Self::StepAdded(data) => &data.unverified,
            Self::StepDone(data) => &data.unverified,
            Self::StepConfirmed(data) => &data.unverified,
            Self::ReservationLifted(data) => &data.unverified,
            Self::Closed(data) => &data.unverified,
            Self::Lapsed(data) => &data.unverified,
            Self::Reversed(data) => &data.unverified,
        }
    }

    /// As what it gives up what was proposed, where it does.
    #[must_use]
    pub fn gives_up(&self) -> Option<HandoffState> {
        if matches!(self, Self::Declined(_)) {
            return Some(HandoffState::Declined);
        }
        matches!(self, Self::Withdrawn(_)).then_some(HandoffState::Withdrawn)
    }

    /// Whether it ends the handoff. That it has lapsed is not ended by the entry that says so.
    #[must_use]
    pub fn ends(&self) -> bool {
        matches!(self, Self::Declined(_) | Self::Withdrawn(_) | Self::Closed(_) | Self::Reversed(_))
    }
}

impl Fact<Followed> {
    /// When the act happened: `on`, by default the record day.
    #[must_use]
    pub fn on(&self) -> Date {
        self.data.on().unwrap_or(self.day)
    }

    /// Its own date: `effective` for a reversal, else `on` (DOMAIN section 3).
    #[must_use]
    pub fn own_date(&self) -> Date {
        if let Followed::Reversed(data) = &*self.data { data.effective } else { self.on() }
    }
}
