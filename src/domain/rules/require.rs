//! Conditions that several families ask for, each with its refusal.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::basis::{Basis, Reference};
use super::super::event::Data;
use super::super::event::agency::Power;
use super::super::event::saying::{Saying, Visit};
use super::super::state::dated::Told as _;
use super::super::state::fold::Holding;
use super::super::state::handoff::Handoff;
use super::super::state::responsibility::Responsibility;
use super::super::{
    AgencyId, AssignmentId, Bound, Code, Date, ForumId, HandoffId, ResponsibilityId, Seq, Speaker, Subject,
    TerritoryId,
};
use super::{Case, Refusal};

/// The day that data names as the one on which it happened.
struct SaidOn;

impl Visit for SaidOn {
    type Out = Option<Date>;

    fn visit<T: Saying>(self, data: &T) -> Option<Date> {
        data.dated()
    }
}

impl Case<'_> {
    /// The speaking agency; the ledger has passed its own check before any family is asked.
    pub(super) fn agency(&self) -> Option<&AgencyId> {
        self.speaker.agency()
    }

    /// Whether the speaker is the agency, or may do what only it may do (rule 10).
    pub(super) fn is(&self, agency: &AgencyId) -> bool {
        self.agency() == Some(agency) || self.follows(agency)
    }

    /// Rule 10: when a closed agency has been wound up, its successors stand in for it; where none of
    /// them exists any more, the registrar does, with approval. What happened before the closing either may
    /// enter at any time after it, with approval.
    fn follows(&self, gone: &AgencyId) -> bool {
        let closed = self.state.agencies.get(gone).and_then(|agency| agency.closed.as_ref());
        let (Some(speaker), Some(closed)) = (self.agency(), closed) else { return false };
        let wound_up = closed.data.winding_up_until.is_none_or(|until| until < self.today);
        let late = self.is_late_for(gone);
        if self.today < closed.own_date() || !(wound_up || late) {
            return false;
        }
        let exists =
            |id: &AgencyId| self.state.agencies.get(id).is_some_and(|agency| agency.exists_on(self.today));
        let successors = &closed.data.successors;
        let approved = || self.granted || self.approved_by_overseer(&self.parties(speaker, gone)).is_ok();
        if successors.iter().any(exists) {
            return successors.contains(speaker) && (!late || approved());
        }
        self.has(Power::Registrar) && approved()
    }

    /// Whether it is said for a closed agency of a day before its closing (DOMAIN rule 10, "Late for the
    /// closed"): that day must be said.
    pub(super) fn is_late_for(&self, gone: &AgencyId) -> bool {
        let family = self.statement.data.type_name().split('.').next();
        let on = self.statement.data.visit(SaidOn).filter(|_| {
            matches!(family, Some("handoff" | "claim" | "commitment"))
                && !matches!(self.statement.data, Data::HandoffReversed(_))
        });
        let closing = self.state.agencies.get(gone).map_or(Date::MAX, |agency| agency.closing());
        self.agency() != Some(gone) && closing <= self.today && on.is_some_and(|on| on < closing)
    }

    /// Who is no overseer in this: who speaks, for whom, and the agencies of what it is about.
    fn parties<'p>(&'p self, speaker: &'p AgencyId, gone: &'p AgencyId) -> BTreeSet<&'p AgencyId> {
        let mut links = BTreeSet::new();
        self.statement.data.continues(self.state, self.context.seq, &mut links);
        let named =
            links.iter().filter_map(|link| self.state.agencies.get(link.as_str().strip_prefix("a:")?));
        named.map(|agency| agency.id()).chain([speaker, gone]).collect()
    }

    /// Who might stand in for a closed agency lacks an approval, not the right.
    pub(super) fn unapproved(&self, refusal: Refusal) -> Refusal {
        let lacks = matches!(refusal.code, Code::NotAParty | Code::NotEntitled | Code::NotAMember);
        if !lacks {
            return refusal;
        }
        match self.statement.data.judge(&Case { granted: true, ..*self }) {
            Err(again) if again.code == refusal.code => refusal,
            _ => approval("an overseer that is no party"),
        }
    }

    /// The other party of a handoff, where the speaker is one or stands in for one.
    pub(super) fn counterpart<'h>(&self, handoff: &'h Handoff) -> Option<&'h AgencyId> {
        let data = &handoff.proposed.data;
        if self.is(&data.from) {
            Some(&data.to)
        } else if self.is(&data.to) {
            Some(&data.from)
        } else {
            None
        }
    }

    /// The place the statement takes in the order: its own, or that of what it corrects.
    pub(super) fn place(&self) -> Seq {
        let corrected = self.statement.corrects;
        let stands = corrected.and_then(|seq| self.whole.standing(&self.statement.data, seq));
        stands.map_or(self.context.seq, |fact| fact.place)
    }

    /// The convener of a forum, as the record stands.
    pub(super) fn convener(&self, id: &ForumId) -> Option<AgencyId> {
        self.state.forums.get(id).map(|forum| forum.before(self.place()).convener().clone())
    }

    /// An object that is named as a subject, of one of these kinds, exists.
    pub(super) fn subject_known(
        &self,
        subject: &Subject,
        kinds: &[&str],
        field: &'static str,
    ) -> Result<(), Refusal> {
        let (kind, id) = subject.as_str().split_once(':').unwrap_or_default();
        let there = kinds.contains(&kind)
            && match kind {
                "r" => self.state.responsibilities.contains_key(id),
                "as" => AssignmentId::parse(id).is_ok_and(|id| self.state.holding(&id).is_some()),
                "h" => self.state.handoffs.contains_key(id),
                "d" => self.state.decisions.contains_key(id),
                "c" => self.state.claims.contains_key(id),
                "f" => self.state.forums.contains_key(id),
                "m" => self.state.commitments.contains_key(id),
                "p" => self.state.programmes.contains_key(id),
                _ => false,
            };
        known(there, "subject", subject.as_str(), field)
    }

    pub(super) fn has(&self, power: Power) -> bool {
        self.agency().is_some_and(|agency| self.state.has_power(agency, power))
            || matches!(self.speaker, Speaker::Ledger(_))
    }

    pub(super) fn registrar(&self) -> Result<(), Refusal> {
        self.entitled(self.has(Power::Registrar), "the registrar")
    }

    pub(super) fn entitled(&self, may: bool, who: &str) -> Result<(), Refusal> {
        let detail = || format!("only {who} may say {}; ask it to", self.statement.data.type_name());
        if may { Ok(()) } else { Err(Refusal::new(Code::NotEntitled, detail())) }
    }

    pub(super) fn party(&self, may: bool, who: &str) -> Result<(), Refusal> {
        let detail = || format!("only {who} may say {}; ask it to", self.statement.data.type_name());
        if may { Ok(()) } else { Err(Refusal::new(Code::NotAParty, detail())) }
    }

    pub(super) fn agency_known(&self, id: &AgencyId, field: &'static str) -> Result<(), Refusal> {
        known(self.state.agencies.contains_key(id), "agency", id.as_str(), field)
    }

    pub(super) fn territory_known(
        &self,
        id: Option<&TerritoryId>,
        field: &'static str,
    ) -> Result<(), Refusal> {
        id.map_or(Ok(()), |id| {
            known(self.state.territories.contains_key(id), "territory", id.as_str(), field)
        })
    }

    pub(super) fn responsibility(
        &self,
        id: &ResponsibilityId,
        field: &'static str,
    ) -> Result<&Arc<Responsibility>, Refusal> {
        self.state.responsibilities.get(id).ok_or_else(|| missing("responsibility", id.as_str(), field))
    }

    pub(super) fn handoff(&self, id: &HandoffId) -> Result<&Arc<Handoff>, Refusal> {
        self.state.handoffs.get(id).ok_or_else(|| missing("handoff", id.as_str(), "data.handoff"))
    }

    pub(super) fn assignment(
        &self,
        id: &AssignmentId,
        field: &'static str,
    ) -> Result<(Arc<Responsibility>, Arc<Holding>), Refusal> {
        self.state.holding(id).ok_or_else(|| missing("assignment", id.as_str(), field))
    }

    /// Rule 7, and decisions a basis refers to exist.
    pub(super) fn basis(&self, basis: Option<&Basis>) -> Result<(), Refusal> {
        let Some(basis) = basis else {
            let detail = "say the legal basis, or that it is not known: \"basis\":{\"unknown\":true}";
            return Err(Refusal::new(Code::BasisMissing, detail).field("data.basis"));
        };
        self.basis_known(Some(basis))
    }

    /// Decisions a basis refers to exist.
    pub(super) fn basis_known(&self, basis: Option<&Basis>) -> Result<(), Refusal> {
        for item in basis.map(Basis::items).unwrap_or_default() {
            if let Reference::Decision(id) = &item.reference {
                known(self.state.decisions.contains_key(id), "decision", id.as_str(), "data.basis")?;
            }
        }
        Ok(())
    }

    /// The author's ordinals are the present ones: asked after who may, before the rules (API
    /// section 2).
    pub(super) fn after(&self) -> Result<(), Refusal> {
        for (subject, said) in &self.statement.after {
            let present = self.context.past.last(subject).map_or(0, |(ordinal, _)| ordinal);
            if present != *said {
                let detail = format!(
                    "{subject} has moved on: its ordinal is {present}, not {said}; read it and decide again"
                );
                let refusal = Refusal::new(Code::Conflict, detail).field("after");
                return Err(Refusal { ordinal: Some(present), ..refusal });
            }
        }
        Ok(())
    }

    /// The days from `from` to `until` meet the responsibility's period (rule 9).
    pub(super) fn in_period(
        &self,
        of: &Responsibility,
        (from, until): (Date, Date),
        field: &'static str,
    ) -> Result<(), Refusal> {
        let (first, end) = of.period();
        if from < end && first < until {
            return Ok(());
        }
        let detail = format!("{} does not exist then; its period is from {first} to {end}", of.id());
        let by = of.retired.as_ref().map(|fact| fact.by).or(of.split.as_ref().map(|fact| fact.by));
        Err(wrong(detail).seq(by.unwrap_or(of.defined.by)).field(field))
    }

    /// A free id (unique per kind for ever).
    pub(super) fn free(&self, taken: bool, id: &str, field: &'static str) -> Result<(), Refusal> {
        if !taken {
            return Ok(());
        }
        Err(Refusal::new(Code::IdTaken, format!("{id} is taken; choose another id")).field(field))
    }

    /// An id whose making was withdrawn stays taken.
    pub(super) fn never_made(&self) -> Result<(), Refusal> {
        let made = self.statement.data.makes().filter(|_| self.statement.corrects.is_none());
        let Some(id) = made.filter(|id| self.state.is_taken(id)) else { return Ok(()) };
        let detail = format!("{id} was withdrawn, and its id stays taken; choose another id");
        Err(Refusal::new(Code::IdTaken, detail))
    }

    /// The agency exists in law on a day (rule 1).
    pub(super) fn active_on(&self, id: &AgencyId, day: Date, field: &'static str) -> Result<(), Refusal> {
        let exists = self.state.agencies.get(id).is_some_and(|agency| agency.exists_on(day));
        let detail = || format!("{id} does not exist on {day}; check the date, or register its period");
        if exists { Ok(()) } else { Err(Refusal::new(Code::AgencyNotActive, detail()).field(field)) }
    }

    /// The day from which something counts whose date may be unknown (DOMAIN section 3, "Unknown dates").
    pub(super) fn counts_from(&self, date: Bound, on: Option<Date>) -> Date {
        date.known().or(on).unwrap_or(self.today)
    }

    /// What stands beside an unknown date is not after the record day.
    pub(super) fn seen_on(&self, on: Option<Date>) -> Result<(), Refusal> {
        on.map_or(Ok(()), |on| self.on(Some(on), Date::MIN))
    }

    /// `on` is not after the record day, nor before what it follows.
    pub(super) fn on(&self, on: Option<Date>, follows: Date) -> Result<(), Refusal> {
        let on = on.unwrap_or(self.today);
        if on > self.today {
            let detail =
                format!("{on} is after the record day {}; record it when it has happened", self.today);
            return Err(Refusal::new(Code::BadDate, detail).field("data.on"));
        }
        if on < follows {
            let detail = format!("{on} is before {follows}, the date of what it follows");
            return Err(Refusal::new(Code::BadDate, detail).field("data.on"));
        }
        Ok(())
    }

    /// Approval by an overseer that is no party; passes while no overseer exists.
    pub(super) fn approved_by_overseer(&self, parties: &BTreeSet<&AgencyId>) -> Result<(), Refusal> {
        let by =
            |agency: &AgencyId| self.state.has_power(agency, Power::Overseer) && !parties.contains(agency);
        if self.approvers().any(by) || !self.state.has_overseer(self.today) {
            return Ok(());
        }
        Err(approval("an overseer that is no party"))
    }

    /// Approval by a named agency, never waived.
    pub(super) fn approved_by(&self, agency: &AgencyId) -> Result<(), Refusal> {
        if self.approvers().any(|by| by == agency) { Ok(()) } else { Err(approval(agency.as_str())) }
    }

    pub(super) fn approvers(&self) -> impl Iterator<Item = &AgencyId> {
        let given = self.statement.data.approvals().iter().filter_map(|seq| self.state.approvals.get(seq));
        given.filter_map(|approval| approval.given.agency.as_ref())
    }
}

fn approval(who: &str) -> Refusal {
    let detail = format!(
        "this needs the approval of {who}: it records approval.given with the digest of this statement, and its seq goes into data.approvals"
    );
    Refusal::new(Code::ApprovalMissing, detail).field("data.approvals")
}

pub(super) fn known(there: bool, kind: &str, id: &str, field: &'static str) -> Result<(), Refusal> {
    if there { Ok(()) } else { Err(missing(kind, id, field)) }
}

pub(super) fn missing(kind: &str, id: &str, field: &'static str) -> Refusal {
    Refusal::new(Code::NotFound, format!("no {kind} {id}; record it first, or check the id")).field(field)
}

/// A refusal of `wrong-state`.
pub(super) fn wrong(detail: impl Into<String>) -> Refusal {
    Refusal::new(Code::WrongState, detail)
}
