//! What refuses a statement, rule by rule (DOMAIN section 5): every rule is asked, whatever the
//! others say; the order of API section 2 says which of the answers may be given.

use super::days::{Days, parts};
use super::said::{
    Basis, Day, Follow, Id, LAST, LATE, Made, Model, PAST, Rest, Role, Said, What, duty, is_part,
};

// the places of API section 2, "where several apply"
pub(super) const FORM: u8 = 0;
const FOUND: u8 = 1;
const MAY: u8 = 2;
const WHEN: u8 = 4;
const RULE: u8 = 5;

/// Everything that is wrong with a statement.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    wrong: Vec<(u8, &'static str)>,
    /// Wrong too, said at whatever place.
    pub(super) anywhere: Vec<&'static str>,
    /// Not wrong by itself, but an answer where something is.
    pub(super) else_: Vec<&'static str>,
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

    pub(super) fn unless(&mut self, holds: bool, place: u8, code: &'static str) {
        if !holds {
            self.wrong.push((place, code));
        }
    }
}

/// One statement before the model.
pub(super) struct Judge<'a> {
    pub(super) model: &'a Model,
    pub(super) said: &'a Said,
    pub(super) days: Days,
    pub(super) verdict: Verdict,
}

/// What is wrong with a statement; where only an overseer's approval keeps the registrar from standing
/// in for who is gone, that is what is wrong (rule 10).
pub(super) fn judge(model: &Model, said: &Said) -> Verdict {
    let mut verdict = asked(model, said);
    if said.by == "reg" && !said.approved_by.contains(&"over") {
        let mut granted = said.clone();
        granted.approved_by.push("over");
        let granted = asked(model, &granted);
        let refused = verdict.wrong.iter_mut().filter(|wrong| wrong.0 == MAY);
        refused.filter(|wrong| !granted.wrong.contains(wrong)).for_each(|wrong| wrong.1 = "approval-missing");
        let besides = verdict.else_.iter_mut().filter(|code| !granted.else_.contains(code));
        besides.for_each(|code| *code = "approval-missing");
    }
    verdict
}

fn asked(model: &Model, said: &Said) -> Verdict {
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
    pub(super) fn found(&mut self, there: bool) {
        self.verdict.unless(there, FOUND, "not-found");
    }

    pub(super) fn may(&mut self, may: bool, code: &'static str) {
        self.verdict.unless(may, MAY, code);
    }

    pub(super) fn rule(&mut self, holds: bool, code: &'static str) {
        self.verdict.unless(holds, RULE, code);
    }

    pub(super) fn based(&mut self) {
        self.rule(self.said.basis != Basis::Absent, "basis-missing");
    }

    pub(super) fn approved(&self, by: Id) -> bool {
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
    pub(super) fn acts_for(&self, agency: Id) -> bool {
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
    pub(super) fn happened(&mut self, follows: Day) {
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
        let (named, old) = (under.flatten(), old.flatten());
        // who gives is who stands in the place of the named one on the first day
        let under = named.as_ref().and_then(|named| {
            let stands = self.days.stands(&named.id, made.of, from);
            self.days.get(&stands).cloned()
        });
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
                let named = named.as_ref().map_or(&under.id, |named| &named.id);
                let stands = self.days.stands(named, made.of, day);
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
        if let Some(under) = under.as_ref().filter(|_| made.delegated) {
            let stands = self.days.stands(&under.id, made.of, from);
            let myself = self.days.get(&stands).is_some_and(|above| above.agency == made.agency);
            self.rule(!myself, "wrong-state");
        }
        self.rule(old.is_none_or(|old| old.of == made.of), "wrong-state");
        let (first, end) = (duty(made.of).3, self.model.duty_ends(made.of));
        self.rule(from < end && first < to, "wrong-state");
        let id = made.id.clone().unwrap();
        let taken = self.days.get(&id).is_some();
        self.rule(!taken, "id-taken");
        if taken {
            // asked of a holding that cannot be named: whichever is said first
            self.verdict.else_.push("already-accountable");
        } else {
            let after = self.model.with(self.said).days();
            let meets = made.role == Role::Accountable && meets(&after, made.of, &id);
            self.rule(!meets, "already-accountable");
            let superseded = |other: &&str| made.supersedes.as_deref() != Some(*other);
            self.once(made.role, after.doubles(&id).iter().any(superseded));
        }
    }

    /// No agency holds twice in one role.
    pub(super) fn once(&mut self, role: Role, twice: bool) {
        let code = if role == Role::Accountable { "already-accountable" } else { "wrong-state" };
        self.rule(!twice, code);
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
pub(super) fn meets(days: &Days, of: Id, id: &str) -> bool {
    (PAST..=LAST).any(|day| {
        let awake = days.awake(of, day);
        awake.iter().find(|h| h.id == id).is_some_and(|mine| awake.iter().any(|h| h.agency != mine.agency))
    })
}
