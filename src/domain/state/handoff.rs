//! A handoff as the record has it, and where it stands on a day (DOMAIN section 6).

use serde::{Deserialize, Serialize};

use super::super::basis::Basis;
use super::super::event::assignment::HoldingRole;
use super::super::event::handoff::{HandoffChanged, HandoffProposed, Regime, Reservation, Step};
use super::super::{AssignmentId, Date, HandoffId, Instant, Name, ResponsibilityId, Seq};
use super::fact::Fact;
pub use super::followed::Followed;
use super::lapse::Lapse;
use super::sure::{Sure as _, names};

/// A handoff and what was said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handoff {
    /// How it began.
    pub proposed: Fact<HandoffProposed>,
    /// What followed, by place.
    pub followed: Vec<Fact<Followed>>,
    /// The giver's closing, place and day: it withdraws what is still only proposed (rule 10). The door
    /// keeps it equal to what the giver's record says, while [`Handoff::is_pending`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<(Seq, Date)>,
    /// When and why it lapses, as far as the record goes, be the day still to come (DOMAIN section 6,
    /// "Lapse"). It follows from the record; the door keeps it so ([`super::lapse`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<Lapse>,
}

/// The state of a handoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum HandoffState {
    Proposed,
    Accepted,
    Declined,
    Withdrawn,
    Lapsed,
    Effective,
    Closed,
    Reversed,
}

/// A step and how far it is.
#[derive(Clone, Debug, PartialEq)]
pub struct StepOn {
    /// The step.
    pub step: Step,
    /// When it was added; `None` where the proposal names it.
    pub added: Option<Date>,
    /// Who said it was done.
    pub done: Option<(Seq, Date)>,
    /// Who said it was confirmed.
    pub confirmed: Option<(Seq, Date)>,
    /// Who dropped it.
    pub dropped: Option<(Seq, Date)>,
}

/// A reservation and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReservedOn {
    /// The reservation.
    pub reservation: Reservation,
    /// When it was made.
    pub on: Date,
    /// Where and when it was lifted.
    pub lifted: Option<(Seq, Date)>,
}

/// Where a handoff stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its state on the day.
    pub state: HandoffState,
    /// The acceptance: place and `on`.
    pub accepted: Option<(Seq, Date)>,
    /// The acknowledgement.
    pub acknowledged: Option<(Seq, Date)>,
    /// Agreed or ordained day.
    pub effective: Date,
    /// Due date.
    pub due: Option<Date>,
    /// Steps in order of appearance.
    pub steps: Vec<StepOn>,
    /// Reservations in order of appearance.
    pub reservations: Vec<ReservedOn>,
    /// Declined, withdrawn, lapsed: place and day; the handoff moves nothing.
    pub void: Option<(Seq, Date)>,
    /// Closed: place and day.
    pub closed: Option<(Seq, Date)>,
    /// Reversed: place and effective day.
    pub reversed: Option<(Seq, Date)>,
    /// The day the holding moves; absent while nothing moves it.
    pub moves_on: Option<Date>,
    /// Entries folded in.
    pub evidence: Vec<Seq>,
}

/// A move of holdings that a handoff makes, and its reversal.
#[derive(Clone, Debug)]
pub struct Move<'a> {
    /// The handoff.
    pub handoff: &'a Handoff,
    /// The entry that names the new holdings: the acceptance, otherwise the proposal.
    pub seq: Seq,
    /// The day.
    pub day: Date,
    /// Order within the day.
    pub time: Option<Instant>,
    /// The acceptance, where it is one by agreement.
    accepted: Option<&'a Fact<Followed>>,
    /// Undone: place, words, effective day, order, day it was said.
    pub reversed: Option<(Seq, Seq, Date, Option<Instant>, Date)>,
}

impl Move<'_> {
    /// Whether the other is the same move, said by the same entries.
    #[must_use]
    pub fn is(&self, other: &Move<'_>) -> bool {
        (self.seq, self.day, self.time, self.reversed) == (other.seq, other.day, other.time, other.reversed)
            && self.evidence() == other.evidence()
    }

    /// Entries that prove it.
    #[must_use]
    pub fn evidence(&self) -> Vec<Seq> {
        let mut evidence: Vec<Seq> = self.handoff.proposed.evidence().collect();
        evidence.extend(self.accepted.iter().flat_map(|fact| fact.evidence()));
        let dated = |fact: &&Fact<Followed>| matches!(&*fact.data, Followed::Changed(data) if data.effective.is_some());
        evidence.extend(self.handoff.followed.iter().filter(dated).flat_map(Fact::evidence));
        evidence
    }
}

impl Handoff {
    /// A handoff just proposed.
    #[must_use]
    pub fn new(proposed: Fact<HandoffProposed>) -> Self {
        Self { proposed, followed: Vec::new(), closing: None, lapsed: None }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &HandoffId {
        &self.proposed.data.handoff
    }

    /// The role it moves.
    #[must_use]
    pub fn role(&self) -> HoldingRole {
        self.proposed.data.role.unwrap_or(HoldingRole::Accountable)
    }

    /// When the proposal was made: `on`, by default the record day.
    #[must_use]
    pub fn proposed_on(&self) -> Date {
        self.proposed.data.on.unwrap_or(self.proposed.day)
    }

    /// The day that the proposal says; where that is unknown, the one from which it counts (DOMAIN section 3,
    /// "Unknown dates").
    #[must_use]
    pub fn effective(&self) -> Date {
        self.proposed.data.effective.known().unwrap_or_else(|| self.proposed_on())
    }

    /// The proposal's own date (DOMAIN section 3).
    #[must_use]
    pub fn own_date(&self) -> Date {
        match self.proposed.data.regime {
            Regime::ByAgreement => self.proposed_on(),
            Regime::ByLaw | Regime::Observed => self.proposed_on().min(self.effective()),
        }
    }

    /// Whether the day of its move is known and verified: as the proposal, or a later change of it, and the
    /// acceptance say it.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        let changed = self
            .followed
            .iter()
            .rev()
            .find(|fact| matches!(&*fact.data, Followed::Changed(data) if data.effective.is_some()));
        let day = match changed {
            Some(fact) => !names(fact.data.unverified(), &["effective"]),
            None => self.proposed.data.is_sure(),
        };
        let accepted = self.followed.iter().filter(|fact| matches!(*fact.data, Followed::Accepted(_)));
        day && !accepted.into_iter().any(|fact| names(fact.data.unverified(), &["on"]))
    }

    /// Whether the day of its reversal is verified.
    #[must_use]
    pub fn reversal_is_sure(&self) -> bool {
        let mut reversed = self.followed.iter().filter(|fact| matches!(*fact.data, Followed::Reversed(_)));
        !reversed.any(|fact| names(fact.data.unverified(), &["effective"]))
    }

    /// Names of fields that its own events do not vouch for, as far as they count on a day.
    #[must_use]
    pub fn unverified(&self, day: Date) -> Vec<Name> {
        let said = self.followed.iter().filter(|fact| fact.own_date() <= day);
        let mut all = self.proposed.data.unverified.clone();
        all.extend(said.flat_map(|fact| fact.data.unverified()).cloned());
        if !self.is_sure() {
            all.extend(Name::parse("effective"));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether an entry has ended it. One that only the giver's closing withdraws, or that lapses, is not: the
    /// record may be corrected.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.followed.iter().any(|fact| fact.data.ends())
    }

    /// Whether it is a proposal by agreement that nothing has answered, so that the giver's closing
    /// withdraws it (rule 10).
    #[must_use]
    pub fn is_pending(&self) -> bool {
        let answered =
            |fact: &Fact<Followed>| fact.data.ends() || matches!(*fact.data, Followed::Accepted(_));
        self.proposed.data.regime == Regime::ByAgreement && !self.followed.iter().any(answered)
    }

    /// Legal basis.
    #[must_use]
    pub fn basis(&self) -> Option<&Basis> {
        self.proposed.data.basis.as_ref()
    }

    /// The name of the holding a move gives for a responsibility (DOMAIN section 3).
    #[must_use]
    pub fn holding(&self, seq: Seq, responsibility: &ResponsibilityId) -> AssignmentId {
        let all = &self.proposed.data.responsibilities;
        let n = (all.len() > 1).then(|| 1 + all.iter().filter(|id| *id < responsibility).count());
        AssignmentId::derived(seq, n.and_then(|n| u32::try_from(n).ok()))
    }

    /// Where it stands on a day, by what counts then.
    #[must_use]
    pub fn standing(&self, day: Date) -> Standing {
        let mut on = self.fold(day, |fact| fact.own_date() <= day);
        self.lapse(&mut on, day);
        let moved = on.moves_on.is_some_and(|moves| moves <= day);
        on.state = match &on {
            on if on.void.is_some() => on.state,
            on if on.reversed.is_some() => HandoffState::Reversed,
            on if on.closed.is_some() => HandoffState::Closed,
            _ if moved => HandoffState::Effective,
            on if on.accepted.is_some() => HandoffState::Accepted,
            _ => HandoffState::Proposed,
        };
        on
    }

    /// The step's end as far as a holding that ends with it is concerned: its confirmation or
    /// drop, or the handoff's end (DOMAIN section 6, `ends_when`).
    #[must_use]
    pub fn step_end(&self, step: &Name) -> Option<(Date, Seq)> {
        let mut on = self.fold(Date::MAX, |_| true);
        self.lapse(&mut on, Date::MAX);
        let of_step = on.steps.iter().find(|s| s.step.step == *step);
        let of_step = of_step.into_iter().flat_map(|s| [s.confirmed, s.dropped]);
        let ends = of_step.chain([on.void, on.closed, on.reversed]).flatten();
        ends.map(|(seq, day)| (day, seq)).min()
    }

    /// The move it makes, as the record stands.
    #[must_use]
    pub fn moves(&self) -> Option<Move<'_>> {
        if self.lapsed.is_some() { None } else { self.planned() }
    }

    /// The move it makes unless it is overtaken: what the fold of the holdings carries out or finds
    /// overtaken.
    #[must_use]
    pub fn planned(&self) -> Option<Move<'_>> {
        let course = self.course(Date::MAX, |_| true);
        let (day, accepted) = (course.moves_on(self.proposed.data.regime)?, course.accepted);
        let time = match accepted.map(|fact| &*fact.data) {
            Some(Followed::Accepted(data)) if data.time.is_some() => data.time.as_ref(),
            _ => self.proposed.data.time.as_ref(),
        };
        let reversed = self.followed.iter().find_map(|fact| {
            let Followed::Reversed(data) = &*fact.data else { return None };
            Some((fact.seq, fact.by, data.effective, data.time.as_ref().map(|t| t.instant), fact.on()))
        });
        Some(Move {
            handoff: self,
            seq: accepted.map_or(self.proposed.seq, |fact| fact.seq),
            day,
            time: time.map(|t| t.instant),
            accepted,
            reversed,
        })
    }

    fn fold(&self, day: Date, counts: impl Fn(&Fact<Followed>) -> bool) -> Standing {
        let data = &self.proposed.data;
        let since = self.proposed_on();
        let open = |step: &Step| StepOn {
            step: step.clone(),
            added: None,
            done: None,
            confirmed: None,
            dropped: None,
        };
        let course = self.course(day, &counts);
        let mut on = Standing {
            state: course.void.map_or(HandoffState::Proposed, |(state, _)| state),
            accepted: course.accepted.map(|fact| (fact.seq, fact.on())),
            acknowledged: None,
            effective: course.effective,
            due: course.due,
            steps: data.steps.iter().map(open).collect(),
            reservations: Vec::new(),
            void: course.void.map(|(_, at)| at),
            // rule 3: closed by its own entry
            closed: (data.regime == Regime::Observed && self.own_date() <= day)
                .then_some((self.proposed.seq, since)),
            reversed: None,
            moves_on: course.moves_on(data.regime),
            evidence: self.proposed.evidence().chain(course.withdrawn_by).collect(),
        };
        for fact in self.followed.iter().filter(|fact| counts(fact)) {
            on.evidence.extend(fact.evidence());
            on.follow(fact);
        }
        on.evidence.sort_unstable();
        on
    }
}

impl Handoff {
    /// What changed its day or due, by place.
    pub(super) fn changes(
        &self,
        counts: impl Fn(&Fact<Followed>) -> bool,
    ) -> Vec<(&Fact<Followed>, &HandoffChanged)> {
        let changed = |fact: &'_ &Fact<Followed>| counts(fact);
        let mut changes: Vec<_> = self
            .followed
            .iter()
            .filter(changed)
            .filter_map(
                |fact| if let Followed::Changed(data) = &*fact.data { Some((fact, data)) } else { None },
            )
            .collect();
        changes.sort_by_key(|(fact, _)| fact.seq);
        changes
    }
}

impl Standing {
    fn follow(&mut self, fact: &Fact<Followed>) {
        let here = Some((fact.seq, fact.on()));
        let reserve = |list: &mut Vec<ReservedOn>, new: &[Reservation]| {
            let on = fact.on();
            let reserved = new.iter().map(|one| ReservedOn { reservation: one.clone(), on, lifted: None });
            list.extend(reserved);
        };
        match &*fact.data {
            Followed::Accepted(data) => reserve(&mut self.reservations, &data.reservations),
            Followed::Acknowledged(data) => {
                self.acknowledged = here;
                reserve(&mut self.reservations, &data.reservations);
            }
            // what decides on the move is said by the course, and that it has lapsed by the record
            Followed::Declined(_) | Followed::Withdrawn(_) | Followed::Lapsed(_) => {}
            Followed::Changed(data) => {
                for step in self.steps.iter_mut().filter(|s| data.dropped.contains(&s.step.step)) {
                    step.dropped = here;
                }
            }
            Followed::StepAdded(data) => self.steps.push(StepOn {
                step: Step {
                    step: data.step.clone(),
                    kind: data.kind,
                    by: data.by.clone(),
                    after: Vec::new(),
                    due: data.due,
                },
                added: Some(fact.on()),
                done: None,
                confirmed: None,
                dropped: None,
            }),
            Followed::StepDone(data) => {
                for step in self.steps.iter_mut().filter(|s| s.step.step == data.step) {
                    step.done = here;
                }
            }
            Followed::StepConfirmed(data) => {
                for step in self.steps.iter_mut().filter(|s| s.step.step == data.step) {
                    step.confirmed = here;
                }
            }
            Followed::ReservationLifted(data) => {
                let of_name = |one: &&mut ReservedOn| one.reservation.reservation == data.reservation;
                for reserved in self.reservations.iter_mut().filter(of_name) {
                    reserved.lifted = here;
                }
            }
            Followed::Closed(_) => self.closed = here,
            Followed::Reversed(data) => self.reversed = Some((fact.seq, data.effective)),
        }
    }

    /// Whether it is withdrawn, and by nothing but its giver's closing.
    #[must_use]
    pub fn is_withdrawn_by_closing(&self, handoff: &Handoff) -> bool {
        self.state == HandoffState::Withdrawn && self.void == handoff.closing
    }

    /// Whether every step is confirmed or dropped.
    #[must_use]
    pub fn open_step(&self) -> Option<&Step> {
        self.steps.iter().find(|s| s.confirmed.is_none() && s.dropped.is_none()).map(|s| &s.step)
    }

    /// A reservation that is not lifted.
    #[must_use]
    pub fn open_reservation(&self) -> Option<&Reservation> {
        self.reservations.iter().find(|one| one.lifted.is_none()).map(|one| &one.reservation)
    }

    /// Whether it still can move its holding by agreement: proposed, or accepted and not yet
    /// effective.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, HandoffState::Proposed | HandoffState::Accepted)
    }
}
