//! The fold of all events: everything the rules and the answers need to know.

pub mod act;
pub mod agency;
mod authority;
pub mod claim;
pub mod commitment;
pub mod dated;
pub mod decision;
mod evolve;
pub mod fact;
pub mod fold;
mod followed;
pub mod forum;
pub mod handoff;
mod index;
pub mod key;
mod object;
pub mod programme;
pub mod record;
pub mod register;
pub mod responsibility;
pub mod withdrawn;
pub mod without;
pub mod witness;

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::event::agency::Power;
use super::event::ledger::{
    ApprovalGiven, LedgerIndex, LedgerKeyRotated, LedgerOpened, PolicyChanged, Public, RequireSigned,
    TokenRegistered, TokenRevoked,
};
use super::{
    ActId, AgencyId, AssignmentId, ClaimId, CommitmentId, Date, DecisionId, FindingKey, ForumId, HandoffId,
    Instant, InstrumentRef, Kid, ProgrammeId, ResponsibilityId, Seq, Subject, TerritoryId, TokenId,
    WitnessName, Zone,
};
use act::Act;
use agency::{Agency, SigningKey};
use claim::Claim;
use commitment::Commitment;
use decision::Decision;
use fact::Fact;
use fold::Fold;
use forum::Forum;
use handoff::Handoff;
pub use key::Key;
use programme::Programme;
use record::{Details, Tolerated, Withdrawn};
use register::{Instrument, Territory};
use responsibility::Responsibility;
use witness::Witness;

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
    /// By name, retired ones too.
    pub witnesses: OrdMap<WitnessName, Arc<Witness>>,
    /// By agency and thumbprint.
    pub keys: OrdMap<(AgencyId, Kid), Arc<SigningKey>>,
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
    /// By id.
    pub acts: OrdMap<ActId, Arc<Act>>,
    /// By id.
    pub claims: OrdMap<ClaimId, Arc<Claim>>,
    /// By id.
    pub forums: OrdMap<ForumId, Arc<Forum>>,
    /// By id.
    pub commitments: OrdMap<CommitmentId, Arc<Commitment>>,
    /// By id.
    pub programmes: OrdMap<ProgrammeId, Arc<Programme>>,
    /// By key.
    pub tolerated: OrdMap<FindingKey, Arc<Tolerated>>,
    /// By the entry they belong to.
    pub details: OrdMap<Seq, Arc<Details>>,
    /// What was taken back, by its seq.
    pub withdrawn: OrdMap<Seq, Arc<Withdrawn>>,
    /// By the seq of the entry that gives it.
    pub approvals: OrdMap<Seq, Arc<Approval>>,
    /// Index: which responsibility a holding belongs to.
    pub holdings: OrdMap<AssignmentId, ResponsibilityId>,
    /// Index: responsibilities in whose holdings an agency occurs.
    pub held: OrdSet<(AgencyId, ResponsibilityId)>,
    /// Index: responsibilities with a holding that ends with a step of a handoff.
    pub ends: OrdSet<(HandoffId, ResponsibilityId)>,
    /// Index: handoffs an agency is party to that are not ended.
    pub open: OrdSet<(AgencyId, HandoffId)>,
    /// Index: responsibilities whose holdings depend on those of the first (stand under them, or
    /// were split from it).
    pub dependents: OrdSet<(ResponsibilityId, ResponsibilityId)>,
    /// Index: decisions with a relation to the first.
    pub relations: OrdSet<(DecisionId, DecisionId)>,
    /// Index: commitments that were ever an agency's to fulfil.
    pub promised: OrdSet<(AgencyId, CommitmentId)>,
    /// Index: agencies that ever had the first among their parents.
    pub below: OrdSet<(AgencyId, AgencyId)>,
    /// Index: claims about a subject.
    pub claimed: OrdSet<(Subject, ClaimId)>,
    /// Index: ids whose making was taken back, as `kind:id`; they stay taken (DOMAIN section 3).
    pub taken: OrdSet<String>,
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
    /// The newest index root.
    pub index: Option<Fact<LedgerIndex>>,
    /// The keys after the first, by place.
    pub rotated: Vec<Fact<LedgerKeyRotated>>,
    /// Entries the ledger itself said.
    pub own: u64,
    /// Entries their agency signed.
    pub signed: u64,
}

impl Ledger {
    /// The number, from 1, and the verification key of the key that signs by now; none before entry 0.
    #[must_use]
    pub fn key(&self) -> Option<(usize, &str)> {
        let first = self.opened.as_ref().map(|fact| fact.data.vkey.as_str());
        let newest = self.rotated.last().map(|fact| fact.data.vkey.as_str());
        newest.or(first).map(|vkey| (self.rotated.len() + 1, vkey))
    }
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

/// The policy in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Policy {
    pub iat_past_s: u64,
    pub iat_future_s: u64,
    pub stalled_days: u64,
    pub bounce_days: u64,
    pub late_days: u64,
    pub lapse_days_after_due: u64,
    pub median_window_days: u64,
    pub require_signed: RequireSigned,
    pub public: Public,
    pub index_every: u64,
    pub witness_quorum: u64,
}

impl State {
    fn touched(&mut self, key: Key) {
        self.touched.push(key);
    }

    /// Entries that rest on the operator's word.
    #[must_use]
    pub fn attested(&self) -> u64 {
        self.size.saturating_sub(self.ledger.own).saturating_sub(self.ledger.signed)
    }

    /// The zone of the record day; UTC before the ledger is opened.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.ledger.opened.as_ref().map_or_else(Zone::utc, |fact| fact.data.zone.clone())
    }

    /// The record day of an instant.
    #[must_use]
    pub fn today(&self, at: Instant) -> Date {
        at.date_in(&self.zone())
    }

    /// The policy in force: what was said last of each key, by default DOMAIN section 5's.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let said = self.ledger.policy.iter().rev().map(|fact| &*fact.data);
        let patches: Vec<&PolicyChanged> =
            said.chain(self.ledger.opened.iter().map(|fact| &fact.data.policy)).collect();
        let number = |of: fn(&PolicyChanged) -> Option<u64>, default| {
            patches.iter().find_map(|patch| of(patch)).unwrap_or(default)
        };
        Policy {
            iat_past_s: number(|p| p.iat_past_s, 604_800),
            iat_future_s: number(|p| p.iat_future_s, 300),
            stalled_days: number(|p| p.stalled_days, 30),
            bounce_days: number(|p| p.bounce_days, 30),
            late_days: number(|p| p.late_days, 14),
            lapse_days_after_due: number(|p| p.lapse_days_after_due, 30),
            median_window_days: number(|p| p.median_window_days, 365),
            index_every: number(|p| p.index_every, 4096),
            witness_quorum: number(|p| p.witness_quorum, 0),
            require_signed: patches.iter().find_map(|p| p.require_signed.clone()).unwrap_or_default(),
            public: patches.iter().find_map(|p| p.public).unwrap_or_default(),
        }
    }

    /// Whether an agency has a power, as the record stands.
    #[must_use]
    pub fn has_power(&self, agency: &AgencyId, power: Power) -> bool {
        self.agencies.get(agency).is_some_and(|agency| agency.powers().contains(&power))
    }

    /// Whether an overseer exists on a day.
    #[must_use]
    pub fn has_overseer(&self, day: Date) -> bool {
        self.agencies.values().any(|a| a.powers().contains(&Power::Overseer) && a.exists_on(day))
    }

    /// The holdings of a responsibility over time.
    #[must_use]
    pub fn fold(&self, id: &ResponsibilityId) -> Arc<Fold> {
        self.fold_at(id, 0)
    }

    /// [`State::fold`] at a depth of recursion.
    pub(super) fn fold_at(&self, id: &ResponsibilityId, depth: u32) -> Arc<Fold> {
        let Some(responsibility) = self.responsibilities.get(id) else {
            return Arc::default();
        };
        if let Some(fold) = responsibility.fold.get() {
            return Arc::clone(fold);
        }
        let fold = Arc::new(fold::fold(self, id, depth));
        Arc::clone(responsibility.fold.get_or_init(|| fold))
    }

    /// A holding, with the responsibility it belongs to.
    #[must_use]
    pub fn holding(&self, id: &AssignmentId) -> Option<(Arc<Responsibility>, Arc<fold::Holding>)> {
        self.holding_at(id, 0)
    }

    /// [`State::holding`] at a depth of recursion.
    pub(super) fn holding_at(
        &self,
        id: &AssignmentId,
        depth: u32,
    ) -> Option<(Arc<Responsibility>, Arc<fold::Holding>)> {
        let responsibility = self.responsibilities.get(self.holdings.get(id)?)?;
        let fold = self.fold_at(responsibility.id(), depth);
        let holding = fold.get(id)?;
        Some((Arc::clone(responsibility), Arc::clone(holding)))
    }

    /// Decisions with a relation to this one.
    pub fn relations_to(&self, id: &DecisionId) -> impl Iterator<Item = &DecisionId> {
        pairs(&self.relations, id, DecisionId::least())
    }

    /// Claims about a subject, open or not.
    pub fn claims_on(&self, subject: &Subject) -> impl Iterator<Item = &ClaimId> {
        pairs(&self.claimed, subject, ClaimId::least())
    }

    /// Responsibilities in whose holdings an agency occurs.
    pub fn held_by(&self, id: &AgencyId) -> impl Iterator<Item = &ResponsibilityId> {
        pairs(&self.held, id, ResponsibilityId::least())
    }

    /// Handoffs an agency is party to that are not ended.
    pub fn open_with(&self, id: &AgencyId) -> impl Iterator<Item = &HandoffId> {
        pairs(&self.open, id, HandoffId::least())
    }

    /// Commitments that are an agency's to fulfil, or were before a correction, ended or not.
    pub fn promised_by(&self, id: &AgencyId) -> impl Iterator<Item = &CommitmentId> {
        pairs(&self.promised, id, CommitmentId::least())
    }

    /// Agencies that have one among their parents, on some day.
    pub fn below(&self, id: &AgencyId) -> impl Iterator<Item = &AgencyId> {
        pairs(&self.below, id, AgencyId::least())
    }

    /// Responsibilities with a holding that ends with a step of this handoff.
    pub fn ended_by(&self, id: &HandoffId) -> impl Iterator<Item = &ResponsibilityId> {
        pairs(&self.ends, id, ResponsibilityId::least())
    }

    /// Responsibilities whose holdings depend on those of this one.
    pub fn dependents_of(&self, id: &ResponsibilityId) -> impl Iterator<Item = &ResponsibilityId> {
        pairs(&self.dependents, id, ResponsibilityId::least())
    }
}

/// The seconds of all pairs with this first, in order.
fn pairs<'a, A: Ord + Clone, B: Ord + Clone>(
    set: &'a OrdSet<(A, B)>,
    first: &A,
    least: B,
) -> impl Iterator<Item = &'a B> + use<'a, A, B> {
    let first = first.clone();
    set.range((first.clone(), least)..).take_while(move |(a, _)| *a == first).map(|(_, b)| b)
}
