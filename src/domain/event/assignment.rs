//! Assignments and the holdings they make (DOMAIN sections 2 and 4).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::{
    AgencyId, AssignmentId, Bound, Date, HandoffId, Name, Period, ResponsibilityId, Time, basis::Basis,
};
use super::data;
use super::saying::{Correctable, Fresh, Holdings, SaidBy, Saying, Slot, agencies, basis, nowhere};
use crate::domain::rules::{Case, Refusal, assignment};
use crate::domain::state::fact::Fact;
use crate::domain::state::responsibility::Responsibility;
use crate::domain::{Event, Seq, State, Subject};

data! {
    /// An agency begins to hold a responsibility.
    AssignmentMade {
        /// Its id; absent = `as-<seq>`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignment: Option<AssignmentId>,
        /// What is held.
        responsibility: ResponsibilityId,
        /// Who holds it.
        agency: AgencyId,
        /// As what.
        role: HoldingRole,
        /// Of accountable holdings: attribution (default) or delegation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<Mode>,
        /// The holding it derives from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        under: Option<AssignmentId>,
        /// What a caretaker answers for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        components: Vec<Component>,
        /// When.
        valid: Period,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// The step whose confirmation ends it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_when: Option<EndsWhen>,
        /// Whether it may be delegated further.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sub_delegable: Option<bool>,
        /// The assignment that ends when this begins.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        supersedes: Option<AssignmentId>,
        /// Legal basis (rule 7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// A holding ends.
    AssignmentEnded {
        /// Which; or the three fields below, if exactly one fits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignment: Option<AssignmentId>,
        /// What was held.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        responsibility: Option<ResponsibilityId>,
        /// By whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agency: Option<AgencyId>,
        /// As what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<HoldingRole>,
        /// First day it is not held.
        effective: Bound,
        /// When it was seen to be so, beside an unknown date; absent = the record day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// Why.
        reason: EndReason,
        /// Legal basis (rule 7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// A holding has another basis from a day on.
    AssignmentChanged {
        /// Which.
        assignment: AssignmentId,
        /// First day.
        effective: Date,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// The whole of it from then on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

/// As what an agency holds a responsibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HoldingRole {
    /// Answers for it.
    Accountable,
    /// Acts on behalf of the accountable, by mandate.
    Executor,
    /// Answers for named components only.
    Caretaker,
    /// Helps.
    Supporter,
}

/// How an accountable holding came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// By law.
    Attribution,
    /// From another holder.
    Delegation,
}

/// What belongs to a responsibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Component {
    Budget,
    Asset,
    Staff,
    Record,
    System,
    Contract,
    Pending,
}

/// A step of a handoff whose confirmation ends a holding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndsWhen {
    /// The handoff.
    pub handoff: HandoffId,
    /// The step in it.
    pub step: Name,
}

/// Why an assignment is ended by statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndReason {
    /// Its time was over.
    Expired,
    /// It was taken back.
    Revoked,
    /// Another took its place.
    Superseded,
    /// Its authority was void.
    Annulled,
}

/// A row of the table written out: the statement need not name the holding that the object keeps it by.
impl Saying for AssignmentMade {
    type Object = Responsibility;
    type Stored = Self;

    fn about(&self, _: &State, _: Seq) -> Option<ResponsibilityId> {
        Some(self.responsibility.clone())
    }
    fn stored(&self, state: &State, event: &Event) -> Self {
        let there = state.responsibilities.get(&self.responsibility);
        let corrected =
            there.and_then(|there| there.made.iter().find(|fact| Some(fact.by) == event.statement.corrects));
        let named = corrected.and_then(|fact| fact.data.assignment.clone());
        let derived = || named.unwrap_or_else(|| AssignmentId::derived(event.seq, None));
        Self { assignment: Some(self.assignment.clone().unwrap_or_else(derived)), ..self.clone() }
    }
    fn begin(_: Fact<Self>, _: &State, _: &Event) -> Option<Responsibility> {
        None
    }
    fn slot(object: &mut Responsibility) -> Slot<'_, Self> {
        Slot::List(&mut object.made)
    }
    fn facts(object: &Responsibility) -> &[Fact<Self>] {
        &object.made
    }
    fn makes(&self) -> Option<String> {
        self.assignment.as_ref().map(|id| format!("as:{id}"))
    }
    fn dated(&self) -> Option<Date> {
        Some(self.valid.start())
    }
    fn correctable(&self) -> Correctable {
        Correctable::Yes
    }
    fn same(&self, other: &Self) -> bool {
        (&self.assignment, &self.responsibility) == (&other.assignment, &other.responsibility)
    }
    fn said_by(&self) -> SaidBy {
        SaidBy::Agencies
    }
    fn holdings(&self, state: &State, seq: Seq) -> Holdings {
        let there = state.responsibilities.get(&self.responsibility);
        let made = there.and_then(|there| there.made.iter().rev().find(|fact| fact.by == seq));
        let named = made.and_then(|fact| Some((self.responsibility.clone(), fact.data.assignment.clone()?)));
        let fresh = Fresh::Named(named.into_iter().collect());
        Holdings { of: vec![self.responsibility.clone()], linked: true, fresh }
    }
    fn continues(&self, _: &State, _: Seq, _: &mut BTreeSet<Subject>) {}
    fn names(&self, links: &mut BTreeSet<Subject>) {
        links.insert(Subject::responsibility(&self.responsibility));
        agencies(links, [&self.agency]);
        let holdings = self.assignment.iter().chain(&self.under).chain(&self.supersedes);
        links.extend(holdings.map(Subject::assignment));
        links.extend(self.ends_when.iter().map(|ends| Subject::handoff(&ends.handoff)));
        basis(links, self.basis.as_ref());
    }
    fn of_entry(&self) -> Option<Seq> {
        None
    }
    fn leads(&self, subject: &Subject, event: &Event, found: &mut Vec<Subject>) {
        let of = Subject::responsibility(&self.responsibility);
        if subject.is_a("as") {
            // a correction keeps the ids of what it corrects, which may be derived from another seq
            let derived = AssignmentId::derived(event.seq, None);
            let own = Subject::assignment(self.assignment.as_ref().unwrap_or(&derived)) == *subject;
            if !own && event.statement.corrects.is_none() {
                return;
            }
            found.push(of);
        } else if of != *subject {
            return;
        }
        found.extend(self.under.iter().map(Subject::assignment));
        found.extend(self.ends_when.iter().map(|ends| Subject::handoff(&ends.handoff)));
    }
    fn judge(&self, case: &Case<'_>) -> Result<(), Refusal> {
        assignment::made(case, self)
    }
}

impl AssignmentEnded {
    /// The holding that it means: the one that it names; that which the ending it corrects has meant; or the
    /// one of the responsibility, agency and role that is held just before.
    fn holding(&self, state: &State, event: &Event) -> Option<AssignmentId> {
        if self.assignment.is_some() {
            return self.assignment.clone();
        }
        let id = self.responsibility.as_ref()?;
        let there = state.responsibilities.get(id)?;
        if let Some(corrects) = event.statement.corrects {
            return there.ended_by(corrects).cloned();
        }
        let day = self.dated().unwrap_or_else(|| event.at.date_in(&state.zone()));
        let fold = state.fold(id);
        let fits = fold.holdings.iter().find(|holding| {
            Some(&holding.agency) == self.agency.as_ref()
                && Some(holding.role) == self.role
                && holding.spans.iter().any(|span| span.contains(day))
        });
        fits.map(|holding| holding.assignment.clone())
    }
}

/// A row of the table written out: the statement need not name the holding, nor the responsibility.
impl Saying for AssignmentEnded {
    type Object = Responsibility;
    type Stored = Self;

    fn about(&self, state: &State, _: Seq) -> Option<ResponsibilityId> {
        let named = self.assignment.as_ref().and_then(|id| state.responsibility_of(id));
        named.or(self.responsibility.as_ref()).cloned()
    }
    fn stored(&self, state: &State, event: &Event) -> Self {
        Self { assignment: self.holding(state, event), ..self.clone() }
    }
    fn begin(_: Fact<Self>, _: &State, _: &Event) -> Option<Responsibility> {
        None
    }
    fn slot(object: &mut Responsibility) -> Slot<'_, Self> {
        Slot::List(&mut object.ended)
    }
    fn facts(object: &Responsibility) -> &[Fact<Self>] {
        &object.ended
    }
    fn makes(&self) -> Option<String> {
        None
    }
    fn dated(&self) -> Option<Date> {
        self.effective.known().or(self.on)
    }
    fn correctable(&self) -> Correctable {
        Correctable::Yes
    }
    fn same(&self, other: &Self) -> bool {
        (&self.assignment, &self.responsibility) == (&other.assignment, &other.responsibility)
            && (&self.agency, self.role) == (&other.agency, other.role)
    }
    fn said_by(&self) -> SaidBy {
        SaidBy::Agencies
    }
    fn holdings(&self, state: &State, _: Seq) -> Holdings {
        let named = self.assignment.as_ref().and_then(|id| state.responsibility_of(id));
        let of = named.into_iter().chain(&self.responsibility).cloned().collect();
        Holdings { of, linked: true, fresh: Fresh::None }
    }
    fn continues(&self, state: &State, _: Seq, links: &mut BTreeSet<Subject>) {
        self.assignment.iter().for_each(|id| continues_holding(id, state, links));
    }
    fn names(&self, links: &mut BTreeSet<Subject>) {
        links.extend(self.assignment.iter().map(Subject::assignment));
        links.extend(self.responsibility.iter().map(Subject::responsibility));
        agencies(links, &self.agency);
        basis(links, self.basis.as_ref());
    }
    fn of_entry(&self) -> Option<Seq> {
        None
    }
    fn leads(&self, subject: &Subject, event: &Event, found: &mut Vec<Subject>) {
        nowhere(self, subject, event, found);
    }
    fn judge(&self, case: &Case<'_>) -> Result<(), Refusal> {
        assignment::ended(case, self)
    }
}

/// Adds what a holding is of, who holds it, and what it stands under.
fn continues_holding(id: &AssignmentId, state: &State, links: &mut BTreeSet<Subject>) {
    let Some((of, holding)) = state.holding(id) else { return };
    links.insert(Subject::responsibility(of.id()));
    agencies(links, [&holding.agency]);
    links.extend(holding.under.iter().map(Subject::assignment));
}

/// A row of the table written out: the statement names the holding, not the responsibility.
impl Saying for AssignmentChanged {
    type Object = Responsibility;
    type Stored = Self;

    fn about(&self, state: &State, _: Seq) -> Option<ResponsibilityId> {
        state.responsibility_of(&self.assignment).cloned()
    }
    fn stored(&self, _: &State, _: &Event) -> Self {
        self.clone()
    }
    fn begin(_: Fact<Self>, _: &State, _: &Event) -> Option<Responsibility> {
        None
    }
    fn slot(object: &mut Responsibility) -> Slot<'_, Self> {
        Slot::List(&mut object.rebased)
    }
    fn facts(object: &Responsibility) -> &[Fact<Self>] {
        &object.rebased
    }
    fn makes(&self) -> Option<String> {
        None
    }
    fn dated(&self) -> Option<Date> {
        Some(self.effective)
    }
    fn correctable(&self) -> Correctable {
        Correctable::Yes
    }
    fn same(&self, other: &Self) -> bool {
        self.assignment == other.assignment
    }
    fn said_by(&self) -> SaidBy {
        SaidBy::Agencies
    }
    fn holdings(&self, state: &State, seq: Seq) -> Holdings {
        Holdings::none(self, state, seq)
    }
    fn continues(&self, state: &State, _: Seq, links: &mut BTreeSet<Subject>) {
        continues_holding(&self.assignment, state, links);
    }
    fn names(&self, links: &mut BTreeSet<Subject>) {
        links.insert(Subject::assignment(&self.assignment));
        basis(links, self.basis.as_ref());
    }
    fn of_entry(&self) -> Option<Seq> {
        None
    }
    fn leads(&self, subject: &Subject, event: &Event, found: &mut Vec<Subject>) {
        nowhere(self, subject, event, found);
    }
    fn judge(&self, case: &Case<'_>) -> Result<(), Refusal> {
        assignment::changed(case, self)
    }
}
