//! What refuses a statement, rule by rule (DOMAIN section 5): every rule is asked, whatever the
//! others say; the order of API section 2 says which of the answers may be given.

use super::course::{Course, Phase};
use super::days::{Days, parts};
use super::said::{
    Basis, Day, Follow, Id, LAST, LATE, Made, Model, PAST, Proposed, Regime, Rest, Role, Said, What, duty,
    is_part,
};

// the places of API section 2, "where several apply"
const FORM: u8 = 0;
const FOUND: u8 = 1;
const MAY: u8 = 2;
const WHEN: u8 = 4;
const RULE: u8 = 5;

/// Everything that is wrong with a statement.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    wrong: Vec<(u8, &'static str)>,
    /// Wrong too, said at whatever place.
    anywhere: Vec<&'static str>,
    /// Not wrong by itself, but an answer where something is.
    else_: Vec<&'static str>,
}

impl Verdict {
    /// Whether that is the answer: admitted, or refused with a code.
    pub(super) fn is(&self, answer: Option<&str>) -> bool {
        let Some(code) = answer else { return self.wrong.is_empty() && self.anywhere.is_empty() };
        let first = self.wrong.iter().map(|wrong| wrong.0).min();
        let wrong = first.is_some() || !self.anywhere.is_empty();
        let ranked = self.wrong.iter().any(|wrong| Some(wrong.0) == first && wrong.1 == code);
        ranked || self.anywhere.contains(&code) || wrong && self.else_.contains(&code)
    }

    fn unless(&mut self, holds: bool, place: u8, code: &'static str) {
        if !holds {
            self.wrong.push((place, code));
        }
    }
}

/// One statement before the model.
struct Judge<'a> {
    model: &'a Model,
    said: &'a Said,
    days: Days,
    verdict: Verdict,
}

pub(super) fn judge(model: &Model, said: &Said) -> Verdict {
    let mut judge = Judge { model, said, days: model.days(), verdict: Verdict::default() };
    judge.verdict.unless(said.basis != Basis::NoDecision, FOUND, "not-found");
    judge.speaker();
    match &said.what {
        What::Made(made) => judge.made(made),
        What::Ended { id, fit, effective, .. } => judge.ended(id.as_deref(), *fit, *effective),
        What::Proposed(id, proposed) => judge.proposed(id, proposed),
        What::Follow(id, follow) => match model.course(id) {
            Some(course) => judge.follow(&course, follow),
            None => judge.verdict.unless(false, FOUND, "not-found"),
        },
        What::Split { of, into, rest, effective } => judge.split(of, into, *rest, *effective),
        What::Retired { of, .. } => {
            judge.may(said.by == "reg", "not-entitled");
            judge.rule(!judge.over(of), "wrong-state");
        }
        What::Named { of, .. } => {
            judge.may(said.by == "reg", "not-entitled");
            judge.based();
            judge.rule(!judge.over(of), "wrong-state");
        }
        What::Closed { agency, effective, until, .. } => judge.closed(agency, *effective, *until),
        What::Approval => {}
    }
    judge.verdict
}

impl Judge<'_> {
    fn found(&mut self, there: bool) {
        self.verdict.unless(there, FOUND, "not-found");
    }

    fn may(&mut self, may: bool, code: &'static str) {
        self.verdict.unless(may, MAY, code);
    }

    fn rule(&mut self, holds: bool, code: &'static str) {
        self.verdict.unless(holds, RULE, code);
    }

    fn based(&mut self) {
        self.rule(self.said.basis != Basis::Absent, "basis-missing");
    }

    fn approved(&self, by: Id) -> bool {
        self.said.approved_by.contains(&by)
    }

    /// The duty was retired, or split with nothing left.
    fn over(&self, of: Id) -> bool {
        self.model.said.iter().any(|said| match &said.what {
            What::Retired { of: other, .. } => *other == of,
            What::Split { of: other, rest, .. } => *other == of && *rest != Rest::Unassigned,
            _ => false,
        })
    }

    /// A closed agency says nothing but what winds up what began before (rule 10).
    fn speaker(&mut self) {
        let winds_up = match &self.said.what {
            What::Follow(_, follow) => matches!(
                follow,
                Follow::Acknowledged(_)
                    | Follow::Closed
                    | Follow::StepDone(_)
                    | Follow::StepConfirmed(_)
                    | Follow::Lifted
            ),
            _ => false,
        };
        let today = self.said.day;
        let before = |closing| match &self.said.what {
            What::Follow(id, _) => self.model.course(id).is_some_and(|course| course.own_date() < closing),
            _ => false,
        };
        if let Some((closing, until, _)) = self.model.closing(self.said.by)
            && closing <= today
            && !(winds_up && before(closing) && until.is_some_and(|until| today <= until))
        {
            self.verdict.anywhere.push("agency-not-active");
        }
    }

    /// Whether the speaker is the agency, or does after its end what only it may do (rule 10); the
    /// registrar with approval where there is no successor.
    fn acts_for(&self, agency: Id) -> bool {
        let (by, today) = (self.said.by, self.said.day);
        let Some((closing, until, successor)) = self.model.closing(agency) else { return by == agency };
        let gone = closing <= today && until.is_none_or(|until| until < today);
        if by == agency || !gone {
            return by == agency;
        }
        match successor.filter(|id| self.model.agency_exists(id, today)) {
            Some(successor) => by == successor,
            None => by == "reg" && self.approved("over"),
        }
    }

    /// `on` is not after the record day, nor before what it follows.
    fn happened(&mut self, follows: Day) {
        let on = self.said.happened();
        self.verdict.unless(on <= self.said.day && on >= follows, WHEN, "bad-date");
    }

    fn made(&mut self, made: &Made) {
        let derived = made.delegated || made.role == Role::Executor;
        self.verdict.unless(!derived || made.under.is_some(), FORM, "malformed");
        let (from, to) = (made.from.unwrap_or(PAST), made.to.unwrap_or(LAST + 1));
        self.verdict.unless(from < to, FORM, "bad-date");
        let reserved = made.id.as_ref().is_some_and(|id| id.starts_with("as-"));
        let reserved = reserved && made.id.as_deref() != Some(&format!("as-{}", self.said.seq));
        self.verdict.unless(!reserved, FORM, "bad-id");
        let under = made.under.as_ref().map(|id| self.days.get(id).cloned());
        let old = made.supersedes.as_ref().map(|id| self.days.get(id).cloned());
        self.found(!matches!(under, Some(None)));
        self.found(!matches!(old, Some(None)));
        if let Some((id, step)) = &made.ends_when {
            self.found(self.model.course(id).is_some_and(|course| course.step(step).is_some()));
        }
        let (under, old) = (under.flatten(), old.flatten());
        let gives = under.as_ref().is_some_and(|under| self.acts_for(under.agency));
        self.may(self.said.by == "reg" || gives, "not-entitled");
        // a holding since an unknown day is judged on the agency's own first day
        let first = if made.agency == "late" { LATE } else { from };
        let day = made.from.unwrap_or(first);
        self.rule(self.model.agency_exists(made.agency, day), "agency-not-active");
        if let Some(under) = &under {
            let above = under.under.as_ref().and_then(|id| self.days.get(id));
            let second = above.is_some_and(|above| above.delegated);
            self.rule(under.role == Role::Accountable, "not-sub-delegable");
            let further = made.delegated && under.delegated;
            self.rule(!further || under.sub && !second, "not-sub-delegable");
            self.rule(is_part(made.of, under.of), "exceeds-parent");
            let lives = |day: Day| {
                let stands = self.days.stands(&under.id, made.of, day);
                self.days.on(day).iter().any(|h| h.id == stands)
            };
            // it is given by who holds that day, and outlives a transfer
            let gives = self.days.on(from).iter().any(|h| h.id == under.id);
            self.rule(gives && (from..to.min(LAST + 1)).all(lives), "exceeds-parent");
            // whom one outside its parent would meet is nobody's business: whichever is said first
            if !self.verdict.is(None) {
                self.verdict.else_.push("already-accountable");
            }
        }
        self.based();
        self.rule(old.is_none_or(|old| old.of == made.of), "wrong-state");
        let (first, end) = (duty(made.of).3, self.model.duty_ends(made.of));
        self.rule(from < end && first < to, "wrong-state");
        let id = made.id.clone().unwrap();
        let taken = self.days.get(&id).is_some();
        self.rule(!taken, "id-taken");
        if taken {
            // asked of a holding that cannot be named: whichever is said first
            self.verdict.else_.push("already-accountable");
        } else if made.role == Role::Accountable {
            let after = self.model.with(self.said).days();
            self.rule(!meets(&after, made.of, &id), "already-accountable");
        }
    }

    fn ended(&mut self, id: Option<&str>, (of, agency, role): (Id, Id, Role), effective: Day) {
        let fits = |h: &&super::days::Held| (h.of, h.agency, h.role) == (of, agency, role);
        let fit: Vec<_> = match id {
            Some(id) => self.days.get(id).into_iter().collect(),
            None => self.days.on(effective).iter().filter(fits).collect(),
        };
        let (several, held) = (fit.len() > 1, fit.first().copied().cloned());
        self.found(held.is_some());
        self.based();
        let Some(held) = held else { return };
        if several {
            self.verdict.anywhere.push("ambiguous");
            return;
        }
        let above = held.under.as_ref().map(|under| self.days.stands(under, held.of, effective));
        let giver = above.and_then(|id| self.days.get(&id)).map(|above| above.agency);
        self.may(self.said.by == "reg" || giver.is_some_and(|giver| self.acts_for(giver)), "not-entitled");
        self.rule(self.days.on(effective).iter().any(|h| h.id == held.id), "wrong-state");
    }

    fn proposed(&mut self, id: &str, data: &Proposed) {
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
            let held = self.days.holder(of, data.from, data.role, day).cloned();
            self.rule(held.is_some(), "not-accountable");
            let Some(held) = held.filter(|h| h.delegated || h.role == Role::Executor) else { continue };
            let above = held.under.as_ref().map(|under| self.days.stands(under, of, day));
            if let Some(giver) = above.and_then(|id| self.days.get(&id)).map(|above| above.agency) {
                self.rule(giver == data.from || self.approved(giver), "not-sub-delegable");
            }
        }
    }

    fn follow(&mut self, course: &Course, follow: &Follow) {
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
            Follow::Withdrawn => self.withdrawn(course, phase),
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
        let holds = |of: &Id| self.days.holder(of, data.from, data.role, day).is_some();
        self.rule(data.of.iter().all(holds), "not-accountable");
        self.in_period(data, day);
        if data.role == Role::Accountable {
            let model = self.model.with(self.said);
            let (after, What::Follow(id, _)) = (model.days(), &self.said.what) else { return };
            let course = model.course(id).unwrap();
            let meets = data.of.iter().any(|of| meets(&after, of, &course.gives(of)));
            self.rule(!meets, "already-accountable");
        }
    }

    fn withdrawn(&mut self, course: &Course, phase: Phase) {
        let (from, to) = (course.proposed.from, course.proposed.to);
        if course.proposed.regime == Regime::Law {
            self.may(self.said.by == "reg", "not-entitled");
        } else if phase == Phase::Accepted {
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
        } else if data.role == Role::Accountable {
            let (before, after) = (&self.days, self.model.with(self.said).days());
            let meets = data.of.iter().any(|of| {
                let lives = |days: &Days, id: &str, day| days.on(day).iter().any(|h| h.id == id);
                let moved =
                    |id: &str| (PAST..=LAST).any(|day| lives(before, id, day) != lives(&after, id, day));
                after.all().iter().any(|h| h.of == *of && moved(&h.id) && meets(&after, of, &h.id))
            });
            self.rule(!meets, "already-accountable");
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

    fn split(&mut self, of: Id, into: &[Id], rest: Rest, effective: Day) {
        self.may(self.said.by == "reg", "not-entitled");
        self.based();
        self.rule(!self.over(of), "wrong-state");
        let again = |said: &Said| matches!(said.what, What::Split { of: other, .. } if other == of);
        self.rule(!self.model.said.iter().any(again), "wrong-state");
        let mut all = into.to_vec();
        if let Rest::Into(id) = rest {
            all.push(id);
        }
        for (at, part) in all.iter().enumerate() {
            self.rule(*part != of && !all[..at].contains(part) && !self.came_from(of, part), "wrong-state");
            let (code, inner) = (duty(of).1, duty(part).1);
            self.rule(inner == code || inner.starts_with(&format!("{code}.")), "exceeds-parent");
            self.rule(self.model.duty_exists(part, effective), "wrong-state");
        }
        self.rule(self.model.duty_exists(of, effective), "wrong-state");
    }

    /// Whether a duty came out of another by splits.
    fn came_from(&self, id: Id, from: Id) -> bool {
        self.model.said.iter().any(|said| {
            let What::Split { of, .. } = said.what else { return false };
            parts(&said.what).contains(&id) && (of == from || self.came_from(of, from))
        })
    }

    fn closed(&mut self, agency: Id, effective: Day, until: Option<Day>) {
        self.may(self.said.by == "reg", "not-entitled");
        if agency == "reg" {
            self.may(self.approved("over"), "approval-missing");
            self.rule(false, "last-registrar");
        }
        self.based();
        self.rule(self.model.closing(agency).is_none(), "wrong-state");
        self.rule(until.is_none_or(|until| until >= effective), "bad-date");
    }
}

/// Whether a holding is awake on a day on which another agency's is, too.
fn meets(days: &Days, of: Id, id: &str) -> bool {
    (PAST..=LAST).any(|day| {
        let awake = days.awake(of, day);
        awake.iter().find(|h| h.id == id).is_some_and(|mine| awake.iter().any(|h| h.agency != mine.agency))
    })
}
