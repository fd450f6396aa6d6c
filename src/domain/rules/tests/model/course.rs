//! Where a handoff stands (DOMAIN section 6), read off the list of statements.

use super::days::parts;
use super::said::{Day, Follow, GRACE, Id, Model, Proposed, Regime, Said, What};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Proposed,
    Accepted,
    /// Declined, withdrawn or lapsed.
    Void,
    Effective,
    Closed,
    Reversed,
}

#[derive(Clone, Debug)]
pub(super) struct StepOn {
    pub(super) step: Id,
    pub(super) by: Id,
    pub(super) after: Option<Id>,
    pub(super) done: Option<Day>,
    pub(super) confirmed: Option<Day>,
    pub(super) dropped: Option<Day>,
}

/// A handoff, with everything that followed.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) seq: u64,
    pub(super) proposed: Proposed,
    pub(super) why: bool,
    pub(super) proposed_on: Day,
    pub(super) effective: Day,
    pub(super) due: Option<Day>,
    /// When the due was set.
    due_on: Day,
    pub(super) accepted: Option<(u64, Day)>,
    pub(super) acknowledged: bool,
    pub(super) void: Option<Day>,
    /// The giver's closing, which withdraws what it has only proposed (rule 10).
    pub(super) closing: Option<Day>,
    pub(super) closed: Option<Day>,
    pub(super) reversed: Option<(u64, Day)>,
    pub(super) steps: Vec<StepOn>,
    /// Whether the reservation, if one was made, is lifted.
    pub(super) reservation: Option<bool>,
}

impl Course {
    /// The day it moves its holdings, if it does.
    pub(super) fn moves(&self) -> Option<Day> {
        match (self.void, self.proposed.regime) {
            (Some(_), _) => None,
            (None, Regime::Agreed) => self.accepted.map(|(_, on)| on.max(self.effective)),
            (None, Regime::Law | Regime::Observed) => Some(self.effective),
        }
    }

    /// The entry that makes the new holdings.
    pub(super) fn makes(&self) -> u64 {
        self.accepted.map_or(self.seq, |(seq, _)| seq)
    }

    /// The name of the holding it gives.
    pub(super) fn gives(&self, of: Id) -> String {
        let mut all = self.proposed.of.clone();
        all.sort_unstable();
        match all.as_slice() {
            [_] => format!("as-{}", self.makes()),
            all => format!("as-{}.{}", self.makes(), 1 + all.iter().position(|id| *id == of).unwrap()),
        }
    }

    pub(super) fn phase(&self, today: Day) -> Phase {
        let moved = self.moves().is_some_and(|day| day <= today);
        if self.void_by(today).is_some() {
            Phase::Void
        } else if self.reversed.is_some_and(|(_, day)| day <= today) {
            Phase::Reversed
        } else if self.closed.is_some() {
            Phase::Closed
        } else if moved {
            Phase::Effective
        } else if self.accepted.is_some() {
            Phase::Accepted
        } else {
            Phase::Proposed
        }
    }

    /// The day it ended without a move, as far as a day knows.
    fn void_by(&self, today: Day) -> Option<Day> {
        let proposed = self.proposed.regime == Regime::Agreed && self.accepted.is_none();
        let closing = self.closing.filter(|_| proposed);
        self.void.into_iter().chain(closing).filter(|day| *day <= today).min()
    }

    /// The day on which it expires if nothing else comes of it.
    pub(super) fn expires(&self) -> Option<Day> {
        let due = self.due.filter(|_| self.accepted.is_none() && self.void.is_none())?;
        let day = (due + GRACE).max(self.due_on);
        Some(day).filter(|day| self.closing.is_none_or(|closing| closing > *day))
    }

    /// Whether it is an agreement that somebody may still lose on a day.
    pub(super) fn may_be_overtaken(&self, day: Day) -> bool {
        self.proposed.regime == Regime::Agreed && self.proposed_on <= day && self.void_by(day).is_none()
    }

    pub(super) fn open(&self, today: Day) -> bool {
        matches!(self.phase(today), Phase::Proposed | Phase::Accepted)
    }

    pub(super) fn step(&self, name: Id) -> Option<&StepOn> {
        self.steps.iter().find(|step| step.step == name)
    }

    /// The day a holding ends that ends with a step.
    pub(super) fn step_end(&self, name: Id) -> Option<Day> {
        let step = self.step(name).and_then(|step| step.confirmed.or(step.dropped));
        let ends = [step, self.void_by(Day::MAX), self.closed, self.reversed.map(|(_, day)| day)];
        ends.into_iter().flatten().min()
    }

    /// The own date of the proposal.
    pub(super) fn own_date(&self) -> Day {
        match self.proposed.regime {
            Regime::Agreed => self.proposed_on,
            Regime::Law | Regime::Observed => self.proposed_on.min(self.proposed.effective),
        }
    }

    fn begin(said: &Said, proposed: &Proposed) -> Self {
        let step = |step, by, after| StepOn { step, by, after, done: None, confirmed: None, dropped: None };
        let mut steps = Vec::new();
        if proposed.steps {
            steps = vec![step("one", proposed.from, None), step("two", proposed.to, Some("one"))];
        }
        Self {
            seq: said.seq,
            proposed: proposed.clone(),
            why: said.basis == super::said::Basis::Why,
            proposed_on: said.happened(),
            effective: proposed.effective,
            due: proposed.due,
            due_on: said.happened(),
            accepted: None,
            acknowledged: false,
            void: None,
            closing: None,
            // observed: effective and closed by its own entry
            closed: (proposed.regime == Regime::Observed).then(|| said.happened()),
            reversed: None,
            steps,
            reservation: None,
        }
    }

    /// The step of a name: none on a day before it was added.
    fn named(&mut self, name: Id) -> impl Iterator<Item = &mut StepOn> {
        self.steps.iter_mut().filter(move |step| step.step == name)
    }

    fn follow(&mut self, said: &Said, follow: &Follow) {
        let on = said.happened();
        match *follow {
            Follow::Accepted(reserved) => {
                self.accepted = Some((said.seq, on));
                self.reservation = reserved.then_some(false);
            }
            Follow::Acknowledged(reserved) => {
                self.acknowledged = true;
                self.reservation = reserved.then_some(false);
            }
            Follow::Declined | Follow::Withdrawn => self.void = Some(on),
            // evidence only
            Follow::Lapsed => {}
            Follow::Changed { effective, due, dropped } => {
                self.effective = effective.unwrap_or(self.effective);
                if due.is_some() {
                    (self.due, self.due_on) = (due, on);
                }
                for step in self.steps.iter_mut().filter(|s| Some(s.step) == dropped) {
                    step.dropped = Some(on);
                }
            }
            Follow::StepAdded { step, by } => {
                let (done, confirmed, dropped) = (None, None, None);
                self.steps.push(StepOn { step, by, after: None, done, confirmed, dropped });
            }
            Follow::StepDone(name) => self.named(name).for_each(|step| step.done = Some(on)),
            Follow::StepConfirmed(name) => self.named(name).for_each(|step| step.confirmed = Some(on)),
            Follow::Lifted => self.reservation = Some(true),
            Follow::Closed => self.closed = Some(on),
            Follow::Reversed { effective } => self.reversed = Some((said.seq, effective)),
        }
    }
}

impl Model {
    /// Every handoff, with its id.
    pub(super) fn courses(&self) -> Vec<(String, Course)> {
        let mut all = self.bare_courses();
        for (id, course) in &mut all {
            let lapsed = self.lapsed.get(id).copied();
            course.void = course.void.into_iter().chain(lapsed).min();
        }
        all
    }

    /// Every handoff, lapses left out.
    pub(super) fn bare_courses(&self) -> Vec<(String, Course)> {
        let mut all: Vec<(String, Course)> = Vec::new();
        for said in &self.said {
            match &said.what {
                What::Proposed(id, proposed) => {
                    let course = Course::begin(said, proposed);
                    let closing = self.closing(proposed.from).map(|closing| closing.0);
                    all.push((id.clone(), Course { closing, ..course }));
                }
                What::Follow(id, follow) => {
                    let found = all.iter_mut().find(|(other, _)| other == id);
                    found.unwrap().1.follow(said, follow);
                }
                _ => {}
            }
        }
        all
    }

    pub(super) fn course(&self, id: &str) -> Option<Course> {
        self.courses().into_iter().find(|(other, _)| other == id).map(|(_, course)| course)
    }

    /// The first handoff of which the ledger says that it has lapsed before something is decided, and the
    /// day on which it did.
    pub(super) fn lapse(&self, what: &What, today: Day) -> Option<(String, Day)> {
        let (handoffs, mut duties) = self.concerns(what);
        let named: Vec<_> = handoffs.iter().filter_map(|id| self.course(id)).collect();
        if matches!(what, What::Proposed(..) | What::Follow(..)) {
            duties.extend(named.iter().flat_map(|course| course.proposed.of.iter().copied()));
        }
        let concerned = |id: &String| {
            handoffs.contains(id)
                || self.course(id).is_some_and(|c| c.proposed.of.iter().any(|of| duties.contains(of)))
        };
        let is_said = |id: &String, day: Day| {
            self.said.iter().any(|said| match &said.what {
                What::Follow(of, Follow::Lapsed) => of == id && said.on == Some(day),
                _ => false,
            })
        };
        let mut due = self.lapsed.iter().filter(|(id, day)| **day <= today && !is_said(id, **day));
        due.find(|(id, _)| concerned(id)).map(|(id, day)| (id.clone(), *day))
    }

    /// The handoffs and the duties that something names.
    fn concerns(&self, what: &What) -> (Vec<String>, Vec<Id>) {
        match what {
            What::Made(made) => (made.ends_when.iter().map(|(id, _)| id.clone()).collect(), vec![made.of]),
            What::Ended { id: None, fit, .. } => (vec![], vec![fit.0]),
            What::Ended { id: Some(id), .. } => {
                (vec![], self.days().get(id).map(|held| held.of).into_iter().collect())
            }
            What::Proposed(id, proposed) => (vec![id.clone()], proposed.of.clone()),
            What::Follow(id, _) => (vec![id.clone()], vec![]),
            What::Split { of, .. } => (vec![], parts(what).into_iter().chain([*of]).collect()),
            What::Retired { of, .. } | What::Named { of, .. } => (vec![], vec![of]),
            What::Closed { .. } | What::Approval => (vec![], vec![]),
        }
    }
}
