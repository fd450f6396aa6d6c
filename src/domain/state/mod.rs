//! The fold of all events: everything the rules and the answers need to know.

pub mod act;
pub mod agency;
mod alone;
mod authority;
pub(crate) mod broken;
pub mod claim;
pub mod commitment;
mod course;
pub mod dated;
pub mod decision;
mod door;
mod evolve;
pub mod fact;
pub mod fold;
mod folds;
mod followed;
pub mod forum;
pub(crate) mod guests;
pub mod handoff;
mod index;
mod inside;
mod kept;
pub mod key;
pub mod lapse;
pub mod programme;
mod readers;
pub mod record;
pub mod register;
pub mod responsibility;
pub(crate) mod sure;
pub mod witness;
pub mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::OrdMap;

use super::event::agency::Power;
use super::event::ledger::{
    ApprovalGiven, LedgerIndex, LedgerKeyRotated, LedgerOpened, PolicyChanged, Public, RequireSigned,
    TokenRegistered, TokenRevoked,
};
use super::{
    ActId, AgencyId, AssignmentId, ClaimId, CommitmentId, Date, DecisionId, Event, FindingKey, ForumId,
    HandoffId, Instant, InstrumentRef, Kid, ProgrammeId, ResponsibilityId, Seq, TerritoryId, TokenId,
    WitnessName, Zone,
};
use act::Act;
use agency::{Agency, SigningKey};
use alone::Alone;
use claim::Claim;
use commitment::Commitment;
use decision::Decision;
pub use door::{Change, Evolved};
use fact::Fact;
use fold::{Fold, Folded};
use forum::Forum;
use handoff::Handoff;
use index::Indexes;
pub(crate) use index::{Gives, Rests};
pub(crate) use kept::Kept;
pub use kept::{Key, Object};
use programme::Programme;
use readers::Readers;
use record::{Details, Tolerated, Withdrawn};
use register::{Instrument, Territory};
use responsibility::Responsibility;
use witness::Witness;
use words::Words;

/// Everything admitted so far, folded. Cheap to clone: maps share their structure.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Entries folded in; the next seq.
    pub size: u64,
    /// Instant of the last entry.
    pub at: Instant,
    /// How the ledger was opened, and its policy since.
    pub ledger: Alone,
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
    /// What became of the words of entries, by their seq.
    pub words: OrdMap<Seq, Arc<Words>>,
    /// By the seq of the entry that gives it.
    pub approvals: OrdMap<Seq, Arc<Approval>>,
    /// What spares a search; follows from the objects.
    indexes: Indexes,
    /// The holdings of each responsibility; follow from the objects.
    folds: OrdMap<ResponsibilityId, Folded>,
    /// Which folds have read what.
    readers: Readers,
    /// Changes of the event that is folded in, which the folds follow already.
    settled: Vec<Change>,
    /// Those that they do not follow yet.
    unsettled: Vec<Change>,
    /// The folds that the event has changed, as they were.
    folds_before: BTreeMap<ResponsibilityId, Option<Folded>>,
    /// Holdings that are of another responsibility now, or of none, which the folds do not follow yet.
    holdings_moved: Vec<AssignmentId>,
    /// What readers were shown, for the test that breaks this.
    #[cfg(test)]
    seen: Arc<std::sync::Mutex<std::collections::BTreeMap<ResponsibilityId, Arc<Fold>>>>,
}

/// The ledger's own record.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
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
    /// The ledger as its first entry opens it. The day of that entry is already one of the zone it names.
    pub(in crate::domain) fn opened(data: &LedgerOpened, event: &Event) -> Self {
        Self { opened: Some(Fact::of(event, &data.zone, data.clone())), ..Self::default() }
    }

    /// The number, from 1, and the verification key of the key that signs by now; none before entry 0.
    #[must_use]
    pub fn key(&self) -> Option<(usize, &str)> {
        let first = self.opened.as_ref().map(|fact| fact.data.vkey.as_str());
        let newest = self.rotated.last().map(|fact| fact.data.vkey.as_str());
        newest.or(first).map(|vkey| (self.rotated.len() + 1, vkey))
    }
}

/// An API token.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Token {
    /// How it began.
    pub registered: Fact<TokenRegistered>,
    /// How it ended.
    pub revoked: Option<Fact<TokenRevoked>>,
}

/// An approval.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Approval {
    /// Who gives it, and to what.
    pub given: Fact<ApprovalGiven>,
    /// The entry that rests on it; it counts once.
    pub used_by: Option<Seq>,
}

/// Days after `due` at which a proposal lapses, where no policy says another number.
const LAPSE_DAYS_AFTER_DUE: u64 = 30;

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
            lapse_days_after_due: number(|p| p.lapse_days_after_due, LAPSE_DAYS_AFTER_DUE),
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

    /// The holdings of a responsibility over time. They are folded where an object changes, never here.
    #[must_use]
    pub fn fold(&self, id: &ResponsibilityId) -> Arc<Fold> {
        let fold = self.folds.get(id).map(|folded| Arc::clone(&folded.fold)).unwrap_or_default();
        #[cfg(test)]
        if broken::is(broken::Broken::ReaderSeen) {
            let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            return Arc::clone(seen.entry(id.clone()).or_insert(fold));
        }
        fold
    }

    /// A holding, with the responsibility it belongs to.
    #[must_use]
    pub fn holding(&self, id: &AssignmentId) -> Option<(Arc<Responsibility>, Arc<fold::Holding>)> {
        let responsibility = self.responsibilities.get(self.responsibility_of(id)?)?;
        let holding = self.folds.get(responsibility.id())?.fold.get(id).cloned()?;
        Some((Arc::clone(responsibility), holding))
    }
}
