//! Handoffs: a holding passes on as a protocol of steps (DOMAIN sections 4 to 6).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::{
    AgencyId, Bound, Date, DecisionId, Digest, HandoffId, Name, ResponsibilityId, Seq, Time, basis::Basis,
    text::Text,
};
use super::assignment::HoldingRole;
use super::data;
use super::saying::{Fresh, Holdings, agencies, basis, nowhere, saying};
use crate::domain::rules::{handoff, step};
use crate::domain::state::handoff::{Followed, Handoff};
use crate::domain::{State, Subject, Voice};

/// Most responsibilities in one handoff.
pub const RESPONSIBILITIES_MAX: usize = 64;

/// Defines a handoff event: its own fields and the `on` and `time` every one may carry.
macro_rules! handoff_data {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        data! {
            $(#[$doc])*
            $name {
                /// The handoff.
                handoff: HandoffId,
                $($(#[$fdoc])* $field: $type,)*
                /// When the act happened; absent = the record day.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                on: Option<Date>,
                /// Order within the day.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                time: Option<Time>,
            }
        }
    };
}

handoff_data! {
    /// A handoff begins.
    HandoffProposed {
        /// What passes, 1 to 64.
        responsibilities: Vec<ResponsibilityId>,
        /// Who gives.
        from: AgencyId,
        /// Who receives.
        to: AgencyId,
        /// Which holding passes; accountable by default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<HoldingRole>,
        /// By what.
        regime: Regime,
        /// The withdrawn proposal that this one corrects.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<Seq>,
        /// From when; unknown only by law and observed.
        effective: Bound,
        /// When it should be accepted or acknowledged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Date>,
        /// What is to be done.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        steps: Vec<Step>,
        /// Legal basis (rule 7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

handoff_data! {
    /// The receiver accepts.
    HandoffAccepted {
        /// With what reserved.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reservations: Vec<Reservation>,
        /// The minutes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<Minutes>,
    }
}

handoff_data! {
    /// The receiver of a handoff by law acknowledges it.
    HandoffAcknowledged {
        /// With what reserved.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reservations: Vec<Reservation>,
        /// The minutes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minutes: Option<Minutes>,
    }
}

handoff_data! {
    /// The receiver declines.
    HandoffDeclined {}
}

handoff_data! {
    /// The proposal is taken back.
    HandoffWithdrawn {}
}

handoff_data! {
    /// Its dates or steps change.
    HandoffChanged {
        /// New day of the move.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effective: Option<Date>,
        /// New due date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Date>,
        /// Steps that fall away.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dropped: Vec<Name>,
        /// Legal basis (rule 7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

handoff_data! {
    /// A step is added.
    HandoffStepAdded {
        /// Its id.
        step: Name,
        /// What it is about.
        kind: StepKind,
        /// Who does it.
        by: AgencyId,
        /// By when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Date>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

handoff_data! {
    /// A step is done.
    HandoffStepDone {
        /// Its id.
        step: Name,
        /// Digests of what shows it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Digest>,
    }
}

handoff_data! {
    /// The receiver confirms a step.
    HandoffStepConfirmed {
        /// Its id.
        step: Name,
    }
}

handoff_data! {
    /// The receiver lifts a reservation.
    HandoffReservationLifted {
        /// Its id.
        reservation: Name,
    }
}

handoff_data! {
    /// The receiver closes the handoff.
    HandoffClosed {}
}

handoff_data! {
    /// The ledger's clock ends an open handoff.
    HandoffLapsed {
        /// Which rule ended it.
        rule: LapseRule,
    }
}

handoff_data! {
    /// The move is undone.
    HandoffReversed {
        /// From when.
        effective: Date,
        /// The decision that says so.
        decision: DecisionId,
    }
}

/// By what a handoff moves a holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Both agree: acceptance moves it.
    ByAgreement,
    /// The law moves it on the day.
    ByLaw,
    /// It was seen to have moved.
    Observed,
}

/// A step of a handoff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id in the handoff.
    pub step: Name,
    /// What it is about.
    pub kind: StepKind,
    /// Who does it.
    pub by: AgencyId,
    /// Steps that are done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Name>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
}

/// What a step is about: a component, or one of four others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum StepKind {
    Budget,
    Asset,
    Staff,
    Record,
    System,
    Contract,
    Pending,
    Authority,
    Dispute,
    Audit,
    Notice,
}

/// What a receiver reserves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reservation {
    /// Its id in the handoff.
    pub reservation: Name,
    /// The responsibility it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responsibility: Option<ResponsibilityId>,
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Name>,
    /// When it should be lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
}

/// The minutes of a handover (berita acara serah terima).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// Their number.
    pub number: Text,
    /// Their date.
    pub on: Date,
    /// Their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Text>,
    /// Digest of the signed paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// Which rule lapses a handoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LapseRule {
    /// Proposed and long past due.
    Expired,
    /// Something else ended the giver's holding.
    Overtaken,
}

impl HandoffProposed {
    /// What passes, from whom to whom, as what, and by what: a correction keeps these (DOMAIN rule 8).
    fn passing(&self) -> (BTreeSet<&ResponsibilityId>, [&AgencyId; 2], HoldingRole, Regime) {
        let role = self.role.unwrap_or(HoldingRole::Accountable);
        (self.responsibilities.iter().collect(), [&self.from, &self.to], role, self.regime)
    }
}

/// What every event of a handoff may change: the holdings of the responsibilities that it names, and those
/// that end with one of its steps.
fn moved(id: &HandoffId, state: &State) -> Holdings {
    let named = state.handoffs.get(id).into_iter().flat_map(|there| &there.proposed.data.responsibilities);
    Holdings { of: named.chain(state.ended_by(id)).cloned().collect(), linked: true, fresh: Fresh::None }
}

/// An acceptance begins a holding of each responsibility.
fn accepted(id: &HandoffId, state: &State) -> Holdings {
    let there = state.handoffs.get(id);
    let moves = there
        .filter(|there| there.proposed.data.regime == Regime::ByAgreement)
        .and_then(|there| there.moves());
    let begun = |of: &ResponsibilityId| {
        moves.as_ref().map(|moves| (of.clone(), moves.handoff.holding(moves.seq, of)))
    };
    let named = there.into_iter().flat_map(|there| &there.proposed.data.responsibilities);
    Holdings { fresh: Fresh::Named(named.filter_map(begun).collect()), ..moved(id, state) }
}

/// Another day of the move changes the days of what it gives.
fn put_off(id: &HandoffId, state: &State) -> Holdings {
    let there = state.handoffs.get(id).filter(|there| there.proposed.data.regime == Regime::ByAgreement);
    let named = there.into_iter().flat_map(|there| there.proposed.data.responsibilities.clone());
    Holdings { fresh: Fresh::Differing(named.collect()), ..moved(id, state) }
}

saying! {
    HandoffProposed of Handoff by handoff keeping passing, of entry instead_of;
    kept: first proposed begins |proposed, _, _| Handoff::new(proposed);
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| {
        links.insert(Subject::handoff(&data.handoff));
        links.extend(data.responsibilities.iter().map(Subject::responsibility));
        agencies(links, data.steps.iter().map(|step| &step.by).chain([&data.from, &data.to]));
        basis(links, data.basis.as_ref());
    };
    leads: |data, _, _, found| {
        // what is agreed of several responsibilities lapses as one
        if data.regime == Regime::ByAgreement {
            found.extend(data.responsibilities.iter().map(Subject::responsibility));
        }
    };
    judged: handoff::proposed;
}

saying! {
    HandoffAccepted of Handoff by handoff;
    kept: steps followed as Followed::Accepted;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: |data, state, _| accepted(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff)]);
    leads: nowhere;
    judged: handoff::accepted;
}

saying! {
    HandoffAcknowledged of Handoff by handoff;
    kept: steps followed as Followed::Acknowledged;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Winding;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff)]);
    leads: nowhere;
    judged: handoff::acknowledged;
}

saying! {
    HandoffDeclined of Handoff by handoff;
    kept: steps followed as Followed::Declined;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff)]);
    leads: nowhere;
    judged: handoff::declined;
}

saying! {
    HandoffWithdrawn of Handoff by handoff;
    kept: steps followed as Followed::Withdrawn;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff)]);
    leads: nowhere;
    judged: handoff::withdrawn;
}

saying! {
    HandoffChanged of Handoff by handoff;
    kept: steps followed as Followed::Changed;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: |data, state, _| put_off(&data.handoff, state);
    names: |data, links| {
        links.insert(Subject::handoff(&data.handoff));
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: handoff::changed;
}

saying! {
    HandoffStepAdded of Handoff by handoff;
    kept: steps followed as Followed::StepAdded;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| {
        links.extend([Subject::handoff(&data.handoff), Subject::agency(&data.by)]);
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: step::added;
}

saying! {
    HandoffStepDone of Handoff by handoff;
    kept: steps followed as Followed::StepDone;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Winding;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff)]);
    leads: nowhere;
    judged: step::done;
}

saying! {
    HandoffStepConfirmed of Handoff by handoff;
    kept: steps followed as Followed::StepConfirmed;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Winding;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff)]);
    leads: nowhere;
    judged: step::confirmed;
}

saying! {
    HandoffReservationLifted of Handoff by handoff;
    kept: steps followed as Followed::ReservationLifted;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Winding;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff)]);
    leads: nowhere;
    judged: step::lifted;
}

saying! {
    HandoffClosed of Handoff by handoff;
    kept: steps followed as Followed::Closed;
    dated: |data| data.on;
    corrected: |_| Yes;
    said by: |_| Winding;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff)]);
    leads: nowhere;
    judged: handoff::closed;
}

saying! {
    HandoffLapsed of Handoff by handoff;
    kept: steps followed as Followed::Lapsed;
    dated: |data| data.on;
    corrected: |_| No;
    said by: |_| Ledger(Voice::Clock);
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff)]);
    leads: nowhere;
    judged: handoff::lapsed;
}

saying! {
    HandoffReversed of Handoff by handoff;
    kept: steps followed as Followed::Reversed;
    dated: |data| Some(data.effective);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: |data, state, _| moved(&data.handoff, state);
    names: |data, links| links.extend([Subject::handoff(&data.handoff), Subject::decision(&data.decision)]);
    leads: nowhere;
    judged: handoff::reversed;
}
