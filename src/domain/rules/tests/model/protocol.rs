//! What refuses a statement of the handoff protocol (DOMAIN rules 3, 4 and 8, section 6).

use super::course::{Course, Phase};
use super::days::Days;
use super::said::{Day, Follow, Id, LAST, PAST, Proposed, Regime, Role, What};
use super::verdict::{FORM, Judge, meets};

impl Judge<'_> {
    pub(super) fn proposed(&mut self, id: &str, data: &Proposed) {
        self.verdict.unless(data.from != data.to, FORM, "malformed");
        let agreed = data.regime == Regime::Agreed;
        let by = self.said.by;
        match data.regime {
            Regime::Agreed => self.may(self.acts_for(data.from), "not-a-party"),
            _ => self.may(by == "reg" || by == "over", "not-entitled"),
        }
        self.happened(Day::MIN);
        self.exist(data, data.effective);
        self.based();
        if agreed {
            self.gives(data, self.said.happened().max(data.effective));
            let open = self.model.courses().into_iter().any(|(_, other)| {
                other.proposed.regime == Regime::Agreed
                    && other.proposed.role == data.role
                    && other.open(self.said.day)
                    && other.proposed.of.iter().any(|of| data.of.contains(of))
            });
            self.rule(!open, "handoff-open");
        }
        if data.regime != Regime::Observed {
            self.in_period(data, data.effective);
        }
        self.rule(self.model.course(id).is_none(), "id-taken");
    }

    /// `to` exists on the day, `from` on that day or the day before.
    fn exist(&mut self, data: &Proposed, day: Day) {
        let exists = |id: Id, day: Day| self.model.agency_exists(id, day);
        let both = exists(data.to, day) && (exists(data.from, day) || exists(data.from, day - 1));
        self.rule(both, "agency-not-active");
    }

    fn in_period(&mut self, data: &Proposed, day: Day) {
        self.rule(data.of.iter().all(|of| self.model.duty_exists(of, day)), "wrong-state");
    }

    /// `from` holds the role; what is derived needs its giver's approval.
    fn gives(&mut self, data: &Proposed, day: Day) {
        for of in &data.of {
            let held = self.days.holders(of, data.from, data.role, day);
            self.rule(!held.is_empty(), "not-accountable");
            for held in held.iter().filter(|h| h.delegated || h.role == Role::Executor) {
                let above = held.under.as_ref().map(|under| self.days.stands(under, of, day));
                if let Some(giver) = above.and_then(|id| self.days.get(&id)).map(|above| above.agency) {
                    self.rule(giver == data.from || self.approved(giver), "not-sub-delegable");
                }
            }
        }
    }

    pub(super) fn follow(&mut self, course: &Course, follow: &Follow) {
        let (data, phase, on) = (&course.proposed, course.phase(self.said.day), self.said.happened());
        let agreed = data.regime == Regime::Agreed;
        let alive = matches!(phase, Phase::Proposed | Phase::Accepted | Phase::Effective);
        let receiver = self.acts_for(data.to);
        match *follow {
            Follow::Accepted(_) => {
                self.may(receiver && agreed, "not-a-party");
                self.happened(course.own_date());
                self.rule(phase == Phase::Proposed, "wrong-state");
                if phase == Phase::Proposed && agreed {
                    self.accepted(course, on.max(course.effective));
                } else {
                    // a second acceptance may fall under rule 2, which comes first
                    self.verdict.else_.push("already-accountable");
                }
            }
            Follow::Acknowledged(_) => {
                self.may(receiver && data.regime == Regime::Law, "not-a-party");
                self.happened(course.own_date().min(course.effective));
                self.rule(matches!(phase, Phase::Proposed | Phase::Effective), "wrong-state");
                self.rule(!course.acknowledged, "wrong-state");
            }
            Follow::Declined => {
                self.may(receiver && agreed, "not-a-party");
                self.happened(course.own_date());
                self.rule(phase == Phase::Proposed, "wrong-state");
            }
            Follow::Withdrawn => self.withdrawn(course),
            Follow::Changed { effective, dropped, .. } => self.changed(course, phase, effective, dropped),
            Follow::StepAdded { step, .. } => {
                let party = receiver || self.acts_for(data.from) || self.said.by == "reg";
                self.may(party, "not-a-party");
                self.happened(course.own_date());
                self.rule(alive, "wrong-state");
                self.rule(course.step(step).is_none(), "id-taken");
            }
            Follow::StepDone(name) | Follow::StepConfirmed(name) => {
                self.found(course.step(name).is_some());
                self.rule(alive, "wrong-state");
                if let Some(step) = course.step(name) {
                    self.step(course, step, matches!(follow, Follow::StepDone(_)));
                }
            }
            Follow::Lifted => {
                self.found(course.reservation.is_some());
                self.may(receiver, "not-a-party");
                self.happened(course.own_date());
                self.rule(alive && course.reservation != Some(true), "wrong-state");
            }
            Follow::Closed => {
                self.may(receiver, "not-a-party");
                self.happened(course.own_date().min(course.effective));
                self.rule(phase == Phase::Effective, "wrong-state");
                let steps = course.steps.iter().all(|step| step.confirmed.or(step.dropped).is_some());
                self.rule(steps, "step-open");
                self.rule(course.reservation != Some(false), "reservation-open");
            }
            Follow::Reversed { effective } => self.reversed(course, phase, effective),
            Follow::Lapsed => self.may(false, "not-entitled"),
        }
    }

    fn step(&mut self, course: &Course, step: &super::course::StepOn, done: bool) {
        if done {
            let by = self.acts_for(step.by);
            self.may(by, "not-a-party");
            self.happened(course.own_date());
            let first = step.after.and_then(|name| course.step(name));
            self.rule(first.is_none_or(|first| first.done.or(first.dropped).is_some()), "wrong-state");
            self.rule(step.done.or(step.dropped).is_none(), "wrong-state");
        } else {
            let receiver = self.acts_for(course.proposed.to);
            self.may(receiver, "not-a-party");
            self.happened(step.done.unwrap_or_else(|| course.own_date()));
            self.rule(step.done.is_some() && step.confirmed.or(step.dropped).is_none(), "wrong-state");
        }
    }

    fn accepted(&mut self, course: &Course, day: Day) {
        let data = &course.proposed;
        self.rule(self.model.agency_exists(data.to, day), "agency-not-active");
        let holds = |of: &Id| !self.days.holders(of, data.from, data.role, day).is_empty();
        self.rule(data.of.iter().all(holds), "not-accountable");
        self.in_period(data, day);
        let model = self.model.with(self.said);
        let (after, What::Follow(id, _)) = (model.days(), &self.said.what) else { return };
        let course = model.course(id).unwrap();
        let mut all = data.of.iter();
        let meets = |of: &Id| data.role == Role::Accountable && meets(&after, of, &course.gives(of));
        self.rule(!all.clone().any(meets), "already-accountable");
        self.once(data.role, all.any(|of| !after.doubles(&course.gives(of)).is_empty()));
    }

    fn withdrawn(&mut self, course: &Course) {
        let (from, to) = (course.proposed.from, course.proposed.to);
        if course.proposed.regime == Regime::Law {
            self.may(self.said.by == "reg", "not-entitled");
        } else if course.accepted.is_some() {
            self.together(from, to);
        } else {
            let giver = self.acts_for(from);
            if course.open(self.said.day) {
                self.may(giver, "not-a-party");
            } else if !giver {
                self.verdict.else_.push("not-a-party");
            }
        }
        self.happened(course.own_date());
        self.rule(course.open(self.said.day), "wrong-state");
    }

    /// A party, approved by the other.
    fn together(&mut self, from: Id, to: Id) {
        let other = if self.acts_for(from) {
            Some(to)
        } else if self.acts_for(to) {
            Some(from)
        } else {
            None
        };
        self.may(other.is_some(), "not-a-party");
        if let Some(other) = other {
            self.may(self.approved(other), "approval-missing");
        }
    }

    fn changed(&mut self, course: &Course, phase: Phase, effective: Option<Day>, dropped: Option<Id>) {
        let data = &course.proposed;
        self.found(dropped.is_none_or(|name| course.step(name).is_some()));
        match data.regime {
            Regime::Agreed => self.together(data.from, data.to),
            Regime::Law => self.may(self.said.by == "reg", "not-entitled"),
            Regime::Observed => return self.verdict.anywhere.push("wrong-state"),
        }
        self.happened(course.own_date());
        self.based();
        self.rule(matches!(phase, Phase::Proposed | Phase::Accepted | Phase::Effective), "wrong-state");
        let Some(day) = effective else { return };
        self.rule(phase != Phase::Effective, "wrong-state");
        self.exist(data, day);
        self.in_period(data, day);
        if phase != Phase::Accepted {
            // as with a second acceptance
            self.verdict.else_.push("already-accountable");
        } else {
            let (before, after) = (&self.days, self.model.with(self.said).days());
            let lives = |days: &Days, id: &str, day| days.on(day).iter().any(|h| h.id == id);
            let moved = |id: &str| (PAST..=LAST).any(|day| lives(before, id, day) != lives(&after, id, day));
            let moved: Vec<_> =
                after.all().iter().filter(|h| data.of.contains(&h.of) && moved(&h.id)).collect();
            let meets = moved.iter().any(|h| h.role == Role::Accountable && meets(&after, h.of, &h.id));
            let new = |id: &str| after.doubles(id).iter().any(|other| !before.doubles(id).contains(other));
            let twice: Vec<Role> = moved.iter().filter(|h| new(&h.id)).map(|h| h.role).collect();
            self.rule(!meets, "already-accountable");
            twice.into_iter().for_each(|role| self.once(role, true));
        }
    }

    fn reversed(&mut self, course: &Course, phase: Phase, effective: Day) {
        let (by, today) = (self.said.by, self.said.day);
        let heir = self.model.closing("a").filter(|(closing, ..)| *closing <= today);
        let heir = heir.is_some_and(|(_, _, successor)| successor == Some(by));
        self.may(by == "over" || course.why && (by == "a" || heir), "not-entitled");
        self.happened(course.own_date());
        self.rule(matches!(phase, Phase::Effective | Phase::Closed), "wrong-state");
        self.rule(course.reversed.is_none(), "wrong-state");
        let Some(day) = course.moves() else { return };
        self.rule(effective >= day, "bad-date");
        let stands = course.proposed.of.iter().any(|of| self.days.moved_on(&course.gives(of)));
        self.rule(!stands, "wrong-state");
    }
}
