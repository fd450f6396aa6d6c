//! What is kept beside the objects so that nothing is searched for. Every entry of an index is given by an
//! object, and follows from it alone: the door takes an entry away with the last object that gives it.

use std::collections::BTreeSet;

use imbl::OrdMap;

use super::super::basis::Basis;
use super::super::{
    AgencyId, AssignmentId, ClaimId, CommitmentId, Date, DecisionId, HandoffId, InstrumentRef,
    ResponsibilityId, Seq, Subject,
};
use super::act::Act;
use super::agency::{Agency, SigningKey};
use super::claim::Claim;
use super::commitment::Commitment;
use super::decision::Decision;
use super::forum::Forum;
use super::handoff::Handoff;
use super::programme::Programme;
use super::record::{Details, Tolerated, Withdrawn};
use super::register::{Instrument, Territory};
use super::responsibility::Responsibility;
use super::witness::Witness;
use super::words::Words;
use super::{Approval, Ledger, State, Token};

/// One entry of one index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    /// A holding of this name, if there is one, is of a responsibility.
    Holding(AssignmentId, ResponsibilityId),
    /// A handoff names a responsibility, and from some day on it is decided what becomes of it
    /// ([`Handoff::decided_by`]).
    Named(ResponsibilityId, (Date, HandoffId)),
    /// A handoff that names a responsibility lapses on a day, and no entry says so yet.
    Unsaid(ResponsibilityId, (Date, HandoffId)),
    /// An agency is party to a handoff that no entry has ended.
    Party(AgencyId, HandoffId),
    /// A proposal stands in for a withdrawn one, whose entry this is.
    Instead(Seq, HandoffId),
    /// A responsibility came out of the split of another.
    Part(ResponsibilityId, ResponsibilityId),
    /// A decision has a relation to another, which stands first.
    Relation(DecisionId, DecisionId),
    /// What was recorded last of an instrument, the second, says that it repeals the first.
    Repealed(InstrumentRef, InstrumentRef),
    /// Something names a decision in its basis.
    Rests(DecisionId, Rests),
    /// A commitment is an agency's to fulfil.
    Promised(AgencyId, CommitmentId),
    /// An agency, the second, has ever had the first among its parents.
    Below(AgencyId, AgencyId),
    /// A claim is about a subject.
    Claimed(Subject, ClaimId),
    /// The making of an id (`kind:id`) was taken back by an entry; the id stays taken (DOMAIN section 3).
    Taken(String, Seq),
}

/// What can name a decision in its basis.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rests {
    /// Assignments of a responsibility.
    Responsibility(ResponsibilityId),
    /// A handoff.
    Handoff(HandoffId),
    /// A decision.
    Decision(DecisionId),
}

impl Rests {
    /// Gives an entry for each decision that a basis names.
    pub(super) fn on<'a>(self, basis: impl IntoIterator<Item = &'a Basis>, give: &mut Vec<Entry>) {
        let named = basis.into_iter().flat_map(Basis::decisions);
        give.extend(named.map(|decision| Entry::Rests(decision.clone(), self.clone())));
    }
}

/// Pairs, each with how many objects give it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pairs<A: Ord, B: Ord>(OrdMap<(A, B), u32>);

impl<A: Ord, B: Ord> Default for Pairs<A, B> {
    fn default() -> Self {
        Self(OrdMap::new())
    }
}

impl<A: Ord + Clone, B: Ord + Clone> Pairs<A, B> {
    /// Nearly always one object gives a pair: then the way down is gone once.
    fn give(&mut self, a: A, b: B) {
        let pair = (a, b);
        if let Some(given) = self.0.insert(pair.clone(), 1) {
            self.0.insert(pair, given + 1);
        }
    }

    fn take(&mut self, a: A, b: B) {
        let pair = (a, b);
        if let Some(given) = self.0.remove(&pair).filter(|given| *given > 1) {
            self.0.insert(pair, given - 1);
        }
    }

    /// The seconds of all pairs with this first, in order; `least` sorts before every second.
    fn of(&self, first: &A, least: B) -> impl Iterator<Item = &B> + use<'_, A, B> {
        let first = first.clone();
        self.0
            .range((first.clone(), least)..)
            .map(|(pair, _)| pair)
            .take_while(move |(a, _)| *a == first)
            .map(|(_, b)| b)
    }
}

/// All indexes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Indexes {
    holdings: Pairs<AssignmentId, ResponsibilityId>,
    named: Pairs<ResponsibilityId, (Date, HandoffId)>,
    unsaid: Pairs<ResponsibilityId, (Date, HandoffId)>,
    party: Pairs<AgencyId, HandoffId>,
    instead: Pairs<Seq, HandoffId>,
    parts: Pairs<ResponsibilityId, ResponsibilityId>,
    relations: Pairs<DecisionId, DecisionId>,
    repealed: Pairs<InstrumentRef, InstrumentRef>,
    rests: Pairs<DecisionId, Rests>,
    promised: Pairs<AgencyId, CommitmentId>,
    below: Pairs<AgencyId, AgencyId>,
    claimed: Pairs<Subject, ClaimId>,
    taken: Pairs<String, Seq>,
}

/// Calls a method of the index that an entry belongs to.
macro_rules! in_its_index {
    ($indexes:expr, $entry:expr, $method:ident) => {
        match $entry {
            Entry::Holding(a, b) => $indexes.holdings.$method(a, b),
            Entry::Named(a, b) => $indexes.named.$method(a, b),
            Entry::Unsaid(a, b) => $indexes.unsaid.$method(a, b),
            Entry::Party(a, b) => $indexes.party.$method(a, b),
            Entry::Instead(a, b) => $indexes.instead.$method(a, b),
            Entry::Part(a, b) => $indexes.parts.$method(a, b),
            Entry::Relation(a, b) => $indexes.relations.$method(a, b),
            Entry::Repealed(a, b) => $indexes.repealed.$method(a, b),
            Entry::Rests(a, b) => $indexes.rests.$method(a, b),
            Entry::Promised(a, b) => $indexes.promised.$method(a, b),
            Entry::Below(a, b) => $indexes.below.$method(a, b),
            Entry::Claimed(a, b) => $indexes.claimed.$method(a, b),
            Entry::Taken(a, b) => $indexes.taken.$method(a, b),
        }
    };
}

impl Indexes {
    pub(super) fn give(&mut self, entry: Entry) {
        in_its_index!(self, entry, give);
    }

    pub(super) fn take(&mut self, entry: Entry) {
        in_its_index!(self, entry, take);
    }
}

impl State {
    /// The responsibility that a holding is of.
    #[must_use]
    pub fn responsibility_of(&self, id: &AssignmentId) -> Option<&ResponsibilityId> {
        self.indexes.holdings.of(id, ResponsibilityId::least()).next()
    }

    /// Every holding that there is, after an id.
    pub fn holdings_after(&self, after: Option<&str>) -> impl Iterator<Item = &AssignmentId> + use<'_> {
        let after = after.and_then(|id| AssignmentId::parse(id).ok());
        let from = (after.clone().unwrap_or_else(AssignmentId::least), ResponsibilityId::least());
        let ids = self.indexes.holdings.0.range(from..).map(|((id, _), _)| id);
        ids.filter(move |id| Some(*id) != after.as_ref())
    }

    /// Every handoff that names a responsibility.
    pub fn handoffs_of(&self, id: &ResponsibilityId) -> impl Iterator<Item = &HandoffId> + use<'_> {
        self.decided_from(id, Date::MIN)
    }

    /// Handoffs that name a responsibility and of which it is not decided before a day what becomes of them.
    pub fn decided_from(
        &self,
        id: &ResponsibilityId,
        day: Date,
    ) -> impl Iterator<Item = &HandoffId> + use<'_> {
        self.indexes.named.of(id, (day, HandoffId::least())).map(|(_, handoff)| handoff)
    }

    /// Handoffs that name a responsibility, have lapsed by a day, and of which no entry says so.
    pub(in crate::domain) fn unsaid_of(
        &self,
        id: &ResponsibilityId,
        by: Date,
    ) -> impl Iterator<Item = &HandoffId> + use<'_> {
        let all = self.indexes.unsaid.of(id, (Date::MIN, HandoffId::least()));
        all.take_while(move |(day, _)| *day <= by).map(|(_, handoff)| handoff)
    }

    /// Whether an entry says of every handoff that lapses by what the record says, that it does.
    pub(in crate::domain) fn says_every_lapse(&self) -> bool {
        self.indexes.unsaid.0.is_empty()
    }

    /// Handoffs an agency is party to that no entry has ended; those that have lapsed are among them.
    pub fn open_with(&self, id: &AgencyId) -> impl Iterator<Item = &HandoffId> + use<'_> {
        self.indexes.party.of(id, HandoffId::least())
    }

    /// The handoff whose proposal stands in for a withdrawn one (DOMAIN rule 8).
    #[must_use]
    pub fn instead_of(&self, withdrawn: Seq) -> Option<&Handoff> {
        let id = self.indexes.instead.of(&withdrawn, HandoffId::least()).next()?;
        self.handoffs.get(id).map(|handoff| &**handoff)
    }

    /// The responsibilities out of whose splits this one came.
    pub fn split_from(&self, id: &ResponsibilityId) -> impl Iterator<Item = &ResponsibilityId> + use<'_> {
        self.indexes.parts.of(id, ResponsibilityId::least())
    }

    /// Decisions with a relation to this one.
    pub fn relations_to(&self, id: &DecisionId) -> impl Iterator<Item = &DecisionId> + use<'_> {
        self.indexes.relations.of(id, DecisionId::least())
    }

    /// Instruments that say they repeal this one, each by what was recorded of it last.
    pub fn repealing(&self, id: &InstrumentRef) -> impl Iterator<Item = &InstrumentRef> + use<'_> {
        self.indexes.repealed.of(id, InstrumentRef::least())
    }

    /// What names a decision in its basis.
    pub(crate) fn resting_on(&self, id: &DecisionId) -> impl Iterator<Item = &Rests> + use<'_> {
        self.indexes.rests.of(id, Rests::Responsibility(ResponsibilityId::least()))
    }

    /// Commitments that are an agency's to fulfil, ended or not.
    pub fn promised_by(&self, id: &AgencyId) -> impl Iterator<Item = &CommitmentId> + use<'_> {
        self.indexes.promised.of(id, CommitmentId::least())
    }

    /// Agencies that have one among their parents, on some day.
    pub fn below(&self, id: &AgencyId) -> impl Iterator<Item = &AgencyId> + use<'_> {
        self.indexes.below.of(id, AgencyId::least())
    }

    /// Claims about a subject, open or not.
    pub fn claims_on(&self, subject: &Subject) -> impl Iterator<Item = &ClaimId> + use<'_> {
        self.indexes.claimed.of(subject, ClaimId::least())
    }

    /// Whether the making of an id (`kind:id`) was taken back; such an id stays taken.
    #[must_use]
    pub fn is_taken(&self, id: &str) -> bool {
        self.taken_by(id).is_some()
    }

    /// The entry that took back the making of an id.
    pub(super) fn taken_by(&self, id: &str) -> Option<Seq> {
        self.indexes.taken.of(&id.to_owned(), Seq(0)).next().copied()
    }
}

/// What an object gives to the indexes.
pub(crate) trait Gives: Sized {
    /// The entries it gives; one twice counts once.
    fn entries(&self, give: &mut Vec<Entry>);
    /// Whether nothing is left of it, once a fact was taken back.
    fn is_gone(&self) -> bool;
    /// Adds the subjects that it names, for the links of entries that continue it (DOMAIN section 4).
    fn continued(&self, links: &mut BTreeSet<Subject>);
    /// When it began, for what may be wound up (DOMAIN rule 10).
    fn began(&self) -> Option<Date>;
}

macro_rules! gives_nothing {
    ($($kind:ident)*) => { $(
        impl Gives for $kind {
            fn entries(&self, _: &mut Vec<Entry>) {}
            fn is_gone(&self) -> bool {
                false
            }
            fn continued(&self, _: &mut BTreeSet<Subject>) {}
            fn began(&self) -> Option<Date> {
                None
            }
        }
    )* };
}

gives_nothing! { Ledger Token Witness SigningKey Territory Act Forum Programme Approval Words }

impl Gives for Instrument {
    fn entries(&self, give: &mut Vec<Entry>) {
        let Some(latest) = self.recorded.last().map(|fact| &fact.data) else { return };
        let repeals = latest.repeals.iter().map(|repeal| repeal.reference.clone());
        give.extend(repeals.map(|id| Entry::Repealed(id, latest.reference.clone())));
    }
    fn is_gone(&self) -> bool {
        self.recorded.is_empty()
    }
    fn continued(&self, _: &mut BTreeSet<Subject>) {}
    fn began(&self) -> Option<Date> {
        None
    }
}

impl Gives for Tolerated {
    fn entries(&self, _: &mut Vec<Entry>) {}
    fn is_gone(&self) -> bool {
        self.tolerated.is_empty()
    }
    fn continued(&self, _: &mut BTreeSet<Subject>) {}
    fn began(&self) -> Option<Date> {
        None
    }
}

impl Gives for Details {
    fn entries(&self, _: &mut Vec<Entry>) {}
    fn is_gone(&self) -> bool {
        self.said.is_empty()
    }
    fn continued(&self, _: &mut BTreeSet<Subject>) {}
    fn began(&self) -> Option<Date> {
        None
    }
}

impl Gives for Withdrawn {
    fn entries(&self, give: &mut Vec<Entry>) {
        let by = self.withdrawn.by;
        give.extend(self.made.iter().map(|id| Entry::Taken(id.clone(), by)));
    }
    fn is_gone(&self) -> bool {
        false
    }
    fn continued(&self, _: &mut BTreeSet<Subject>) {}
    fn began(&self) -> Option<Date> {
        None
    }
}

impl Gives for Agency {
    fn entries(&self, give: &mut Vec<Entry>) {
        let changed = self.changed.iter().filter_map(|fact| fact.data.parents.as_deref());
        let parents = changed.chain([self.registered.data.parents.as_slice()]).flatten();
        give.extend(parents.map(|parent| Entry::Below(parent.clone(), self.id().clone())));
    }
    fn is_gone(&self) -> bool {
        false
    }
    fn continued(&self, _: &mut BTreeSet<Subject>) {}
    fn began(&self) -> Option<Date> {
        None
    }
}

impl Gives for Decision {
    fn entries(&self, give: &mut Vec<Entry>) {
        let data = &self.recorded.data;
        let to = data.relations.iter().map(|relation| &relation.decision);
        give.extend(to.map(|decision| Entry::Relation(decision.clone(), data.decision.clone())));
        Rests::Decision(data.decision.clone()).on(&data.basis, give);
    }
    fn is_gone(&self) -> bool {
        false
    }
    fn continued(&self, links: &mut BTreeSet<Subject>) {
        links.extend(self.recorded.data.about.iter().cloned());
        links.insert(self.recorded.data.decided_by.subject());
    }
    fn began(&self) -> Option<Date> {
        None
    }
}

impl Gives for Claim {
    fn entries(&self, give: &mut Vec<Entry>) {
        let data = &self.raised.data;
        give.extend(data.about.iter().map(|subject| Entry::Claimed(subject.clone(), data.claim.clone())));
    }
    fn is_gone(&self) -> bool {
        false
    }
    fn continued(&self, links: &mut BTreeSet<Subject>) {
        links.extend(self.raised.data.about.iter().cloned());
        links.extend(self.parties().map(Subject::agency));
    }
    fn began(&self) -> Option<Date> {
        None
    }
}

impl Gives for Commitment {
    fn entries(&self, give: &mut Vec<Entry>) {
        let data = &self.made.data;
        give.push(Entry::Promised(data.by.clone(), data.commitment.clone()));
    }
    fn is_gone(&self) -> bool {
        false
    }
    fn continued(&self, links: &mut BTreeSet<Subject>) {
        links.extend([Subject::agency(&self.made.data.by), self.made.data.under.clone()]);
    }
    fn began(&self) -> Option<Date> {
        Some(self.own_date())
    }
}

impl Gives for Handoff {
    fn entries(&self, give: &mut Vec<Entry>) {
        let data = &self.proposed.data;
        let id = &data.handoff;
        Rests::Handoff(id.clone()).on(self.basis(), give);
        give.extend(data.instead_of.map(|withdrawn| Entry::Instead(withdrawn, id.clone())));
        // by name, be it overtaken: whether there is such a holding, the fold says
        let planned = self.planned();
        let (decided, unsaid) = (self.decided_by(planned.as_ref()), self.unsaid_lapse());
        for of in &data.responsibilities {
            give.push(Entry::Named(of.clone(), (decided, id.clone())));
            give.extend(unsaid.map(|lapse| Entry::Unsaid(of.clone(), (lapse.day, id.clone()))));
            if let Some(seq) = planned.as_ref().map(|moves| moves.seq) {
                give.push(Entry::Holding(self.holding(seq, of), of.clone()));
            }
        }
        if !self.is_ended() {
            give.extend([&data.from, &data.to].map(|party| Entry::Party(party.clone(), id.clone())));
        }
    }
    fn is_gone(&self) -> bool {
        false
    }
    fn continued(&self, links: &mut BTreeSet<Subject>) {
        let data = &self.proposed.data;
        links.extend(data.responsibilities.iter().map(Subject::responsibility));
        links.extend([&data.from, &data.to].map(Subject::agency));
    }
    fn began(&self) -> Option<Date> {
        Some(self.own_date())
    }
}

impl Gives for Responsibility {
    fn entries(&self, give: &mut Vec<Entry>) {
        let named = self.made.iter().filter_map(|fact| fact.data.assignment.as_ref());
        give.extend(named.map(|id| Entry::Holding(id.clone(), self.id().clone())));
        let bases = self.made.iter().filter_map(|fact| fact.data.basis.as_ref());
        let bases = bases.chain(self.rebased.iter().filter_map(|fact| fact.data.basis.as_ref()));
        Rests::Responsibility(self.id().clone()).on(bases, give);
        for part in self.parts() {
            give.push(Entry::Part(part.clone(), self.id().clone()));
        }
        give.extend(self.names().map(|name| Entry::Holding(name.new.clone(), name.part.clone())));
    }
    fn is_gone(&self) -> bool {
        false
    }
    fn continued(&self, _: &mut BTreeSet<Subject>) {}
    fn began(&self) -> Option<Date> {
        None
    }
}
