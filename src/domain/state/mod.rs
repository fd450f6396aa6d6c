//! The fold of all events: everything the rules and the answers need to know.

pub mod agency;
pub mod decision;
pub mod fact;
pub mod fold;
pub mod handoff;
pub mod key;
pub mod register;
pub mod responsibility;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::event::agency::KeyRegistered;
use super::event::ledger::{ApprovalGiven, LedgerOpened, PolicyChanged, TokenRegistered, TokenRevoked};
use super::{
    AgencyId, AssignmentId, DecisionId, Event, HandoffId, InstrumentRef, Instant, Kid, ResponsibilityId, Seq,
    TerritoryId, TokenId,
};
use agency::Agency;
use decision::Decision;
use fact::Fact;
use handoff::Handoff;
pub use key::Key;
use register::{Instrument, Territory};
use responsibility::Responsibility;

/// Everything admitted so far, folded. Cheap to clone: maps share their structure.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Entries folded in; the next seq.
    pub size: u64,
    /// Instant of the last entry.
    pub at: Instant,
    /// How the ledger was opened, and its policy since.
    pub ledger: Arc<Ledger>,
    /// By id.
    pub agencies: OrdMap<AgencyId, Arc<Agency>>,
    /// By name.
    pub tokens: OrdMap<TokenId, Arc<Token>>,
    /// By agency and thumbprint.
    pub keys: OrdMap<(AgencyId, Kid), Arc<Fact<KeyRegistered>>>,
    /// By id.
    pub territories: OrdMap<TerritoryId, Arc<Territory>>,
    /// By reference.
    pub instruments: OrdMap<InstrumentRef, Arc<Instrument>>,
    /// By id.
    pub responsibilities: OrdMap<ResponsibilityId, Arc<Responsibility>>,
    /// By id.
    pub handoffs: OrdMap<HandoffId, Arc<Handoff>>,
    /// By id.
    pub decisions: OrdMap<DecisionId, Arc<Decision>>,
    /// By the seq of the entry that gives it.
    pub approvals: OrdMap<Seq, Arc<Approval>>,
    /// Index: which responsibility a holding belongs to.
    pub holdings: OrdMap<AssignmentId, ResponsibilityId>,
    /// Index: responsibilities in whose holdings an agency occurs.
    pub held: OrdSet<(AgencyId, ResponsibilityId)>,
    /// Index: handoffs an agency is party to that are not ended.
    pub open: OrdSet<(AgencyId, HandoffId)>,
    /// Index: responsibilities whose holdings depend on those of the first (stand under them, or
    /// were split from it).
    pub dependents: OrdSet<(ResponsibilityId, ResponsibilityId)>,
    /// Index: decisions with a relation to the first.
    pub relations: OrdSet<(DecisionId, DecisionId)>,
    /// Objects changed since [`State::take_touched`].
    touched: Vec<Key>,
}

/// The ledger's own record.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Ledger {
    /// Entry 0.
    pub opened: Option<Fact<LedgerOpened>>,
    /// Policy changes, by place.
    pub policy: Vec<Fact<PolicyChanged>>,
}

/// An API token.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Token {
    /// How it began.
    pub registered: Fact<TokenRegistered>,
    /// How it ended.
    pub revoked: Option<Fact<TokenRevoked>>,
}

/// An approval.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Approval {
    /// Who gives it, and to what.
    pub given: Fact<ApprovalGiven>,
    /// The entry that rests on it; it counts once.
    pub used_by: Option<Seq>,
}
