//! What can be said: one file per family, one struct per event type (DOMAIN section 4), and beside each
//! its row of the table in `saying.rs`.
//! Every struct refuses unknown fields and may carry `approvals`, `source` and `unverified`.

pub mod act;
pub mod agency;
pub mod assignment;
pub mod claim;
pub mod commitment;
pub(super) mod dating;
pub mod decision;
pub mod forum;
pub mod handoff;
pub mod ledger;
pub mod programme;
pub mod record;
pub mod register;
pub mod responsibility;
pub(crate) mod saying;

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};

use std::collections::BTreeSet;

use super::rules::{Case, Refusal};
use super::{Event, Name, Seq, State, Subject};
use saying::{Correctable, Holdings, SaidBy, Saying, Visit};

/// Where an imported statement came from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Digest of the source.
    pub digest: super::Digest,
    /// The row in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<super::text::Text>,
}

/// Defines the data of an event type: its own fields and those any data may carry.
macro_rules! data {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $type,)*
            /// Seqs of the approvals this rests on.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            pub approvals: Vec<crate::domain::Seq>,
            /// Where it was imported from.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub source: Option<crate::domain::event::Source>,
            /// Names of fields that are not sure.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            pub unverified: Vec<crate::domain::Name>,
        }
    };
}
pub(crate) use data;

macro_rules! types {
    ($($text:literal => $variant:ident($type:ty);)*) => {
        /// The data of a statement, by its event type.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Data { $(#[doc = $text] $variant($type),)* }

        impl Data {
            /// Every event type the ledger admits.
            pub const TYPES: &'static [&'static str] = &[$($text,)*];

            /// The event type.
            #[must_use]
            pub fn type_name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $text,)* }
            }

            /// Reads the data of a type; `None` when there is no such type.
            ///
            /// # Errors
            /// Those of the deserializer; the message of a form error begins with its code.
            pub fn read<'de, D: Deserializer<'de>>(type_name: &str, from: D) -> Option<Result<Self, D::Error>> {
                match type_name {
                    $($text => Some(<$type>::deserialize(from).map(Self::$variant)),)*
                    _ => None,
                }
            }

            /// Seqs of the approvals this rests on.
            #[must_use]
            pub fn approvals(&self) -> &[Seq] {
                match self { $(Self::$variant(data) => &data.approvals,)* }
            }

            /// Where it was imported from.
            #[must_use]
            pub fn source(&self) -> Option<&Source> {
                match self { $(Self::$variant(data) => data.source.as_ref(),)* }
            }

            /// Names of fields that are not sure.
            #[must_use]
            pub fn unverified(&self) -> &[Name] {
                match self { $(Self::$variant(data) => &data.unverified,)* }
            }

            /// Does with the data what the visitor does with data of its type.
            pub(crate) fn visit<V: Visit>(&self, visitor: V) -> V::Out {
                match self { $(Self::$variant(data) => visitor.visit(data),)* }
            }

            /// Whether both are of one type and about the same object, by the ids that name it.
            pub(crate) fn same(&self, other: &Self) -> bool {
                match (self, other) {
                    $((Self::$variant(data), Self::$variant(other)) => data.same(other),)*
                    _ => false,
                }
            }

            /// As [`Saying::makes`].
            pub(crate) fn makes(&self) -> Option<String> {
                match self { $(Self::$variant(data) => data.makes(),)* }
            }

            /// As [`Saying::correctable`].
            pub(crate) fn correctable(&self) -> Correctable {
                match self { $(Self::$variant(data) => data.correctable(),)* }
            }

            /// As [`Saying::said_by`].
            pub(crate) fn said_by(&self) -> SaidBy {
                match self { $(Self::$variant(data) => data.said_by(),)* }
            }

            /// As [`Saying::holdings`].
            pub(crate) fn holdings(&self, state: &State, seq: Seq) -> Holdings {
                match self { $(Self::$variant(data) => data.holdings(state, seq),)* }
            }

            /// As [`Saying::continues`].
            pub(crate) fn continues(&self, state: &State, seq: Seq, links: &mut BTreeSet<Subject>) {
                match self { $(Self::$variant(data) => data.continues(state, seq, links),)* }
            }

            /// As [`Saying::names`].
            pub(crate) fn names(&self, links: &mut BTreeSet<Subject>) {
                match self { $(Self::$variant(data) => data.names(links),)* }
            }

            /// As [`Saying::leads`].
            pub(crate) fn leads(&self, subject: &Subject, event: &Event, found: &mut Vec<Subject>) {
                match self { $(Self::$variant(data) => data.leads(subject, event, found),)* }
            }

            /// The entry that it takes back.
            #[must_use]
            pub fn takes_back(&self) -> Option<Seq> {
                if let Self::RecordWithdrawn(data) = self { Some(data.seq) } else { None }
            }

            /// The entry that it names by its seq.
            #[must_use]
            pub fn of_entry(&self) -> Option<Seq> {
                match self { $(Self::$variant(data) => data.of_entry(),)* }
            }

            /// As [`Saying::judge`].
            pub(crate) fn judge(&self, case: &Case<'_>) -> Result<(), Refusal> {
                match self { $(Self::$variant(data) => data.judge(case),)* }
            }
        }

        impl Serialize for Data {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(data) => data.serialize(to),)* }
            }
        }
    };
}

types! {
    "ledger.opened" => LedgerOpened(ledger::LedgerOpened);
    "ledger.index" => LedgerIndex(ledger::LedgerIndex);
    "ledger.key_rotated" => LedgerKeyRotated(ledger::LedgerKeyRotated);
    "token.registered" => TokenRegistered(ledger::TokenRegistered);
    "token.revoked" => TokenRevoked(ledger::TokenRevoked);
    "witness.registered" => WitnessRegistered(ledger::WitnessRegistered);
    "witness.retired" => WitnessRetired(ledger::WitnessRetired);
    "policy.changed" => PolicyChanged(ledger::PolicyChanged);
    "approval.given" => ApprovalGiven(ledger::ApprovalGiven);
    "agency.registered" => AgencyRegistered(agency::AgencyRegistered);
    "agency.changed" => AgencyChanged(agency::AgencyChanged);
    "agency.closed" => AgencyClosed(agency::AgencyClosed);
    "key.registered" => KeyRegistered(agency::KeyRegistered);
    "key.revoked" => KeyRevoked(agency::KeyRevoked);
    "territory.registered" => TerritoryRegistered(register::TerritoryRegistered);
    "territory.changed" => TerritoryChanged(register::TerritoryChanged);
    "instrument.recorded" => InstrumentRecorded(register::InstrumentRecorded);
    "responsibility.defined" => ResponsibilityDefined(responsibility::ResponsibilityDefined);
    "responsibility.changed" => ResponsibilityChanged(responsibility::ResponsibilityChanged);
    "responsibility.split" => ResponsibilitySplit(responsibility::ResponsibilitySplit);
    "responsibility.retired" => ResponsibilityRetired(responsibility::ResponsibilityRetired);
    "assignment.made" => AssignmentMade(assignment::AssignmentMade);
    "assignment.ended" => AssignmentEnded(assignment::AssignmentEnded);
    "assignment.changed" => AssignmentChanged(assignment::AssignmentChanged);
    "handoff.proposed" => HandoffProposed(handoff::HandoffProposed);
    "handoff.accepted" => HandoffAccepted(handoff::HandoffAccepted);
    "handoff.acknowledged" => HandoffAcknowledged(handoff::HandoffAcknowledged);
    "handoff.declined" => HandoffDeclined(handoff::HandoffDeclined);
    "handoff.withdrawn" => HandoffWithdrawn(handoff::HandoffWithdrawn);
    "handoff.changed" => HandoffChanged(handoff::HandoffChanged);
    "handoff.step_added" => HandoffStepAdded(handoff::HandoffStepAdded);
    "handoff.step_done" => HandoffStepDone(handoff::HandoffStepDone);
    "handoff.step_confirmed" => HandoffStepConfirmed(handoff::HandoffStepConfirmed);
    "handoff.reservation_lifted" => HandoffReservationLifted(handoff::HandoffReservationLifted);
    "handoff.closed" => HandoffClosed(handoff::HandoffClosed);
    "handoff.lapsed" => HandoffLapsed(handoff::HandoffLapsed);
    "handoff.reversed" => HandoffReversed(handoff::HandoffReversed);
    "act.recorded" => ActRecorded(act::ActRecorded);
    "decision.recorded" => DecisionRecorded(decision::DecisionRecorded);
    "decision.voted" => DecisionVoted(decision::DecisionVoted);
    "decision.delivered" => DecisionDelivered(decision::DecisionDelivered);
    "claim.raised" => ClaimRaised(claim::ClaimRaised);
    "claim.answered" => ClaimAnswered(claim::ClaimAnswered);
    "claim.referred" => ClaimReferred(claim::ClaimReferred);
    "claim.withdrawn" => ClaimWithdrawn(claim::ClaimWithdrawn);
    "claim.resolved" => ClaimResolved(claim::ClaimResolved);
    "forum.formed" => ForumFormed(forum::ForumFormed);
    "forum.changed" => ForumChanged(forum::ForumChanged);
    "forum.met" => ForumMet(forum::ForumMet);
    "commitment.made" => CommitmentMade(commitment::CommitmentMade);
    "commitment.confirmed" => CommitmentConfirmed(commitment::CommitmentConfirmed);
    "commitment.changed" => CommitmentChanged(commitment::CommitmentChanged);
    "commitment.fulfilled" => CommitmentFulfilled(commitment::CommitmentFulfilled);
    "commitment.dropped" => CommitmentDropped(commitment::CommitmentDropped);
    "programme.started" => ProgrammeStarted(programme::ProgrammeStarted);
    "programme.changed" => ProgrammeChanged(programme::ProgrammeChanged);
    "programme.reported" => ProgrammeReported(programme::ProgrammeReported);
    "programme.ended" => ProgrammeEnded(programme::ProgrammeEnded);
    "finding.tolerated" => FindingTolerated(record::FindingTolerated);
    "record.withdrawn" => RecordWithdrawn(record::RecordWithdrawn);
    "details.restricted" => DetailsRestricted(record::DetailsRestricted);
    "details.held" => DetailsHeld(record::DetailsHeld);
    "details.released" => DetailsReleased(record::DetailsReleased);
    "details.erased" => DetailsErased(record::DetailsErased);
}
