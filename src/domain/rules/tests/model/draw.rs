//! Draws statements, legal and illegal, out of bytes: what the story so far has is picked more often
//! than what it lacks, and zeros draw what is simplest.

use super::course::{Course, Phase};
use super::days::{Days, Held};
use super::dice::Dice;
use super::said::{
    AGENCIES, Basis, DUTIES, Day, Follow, Id, LAST, Made, Model, PAST, Proposed, Regime, Rest, Role, Said,
    What, is_part,
};
use super::tell::has_basis;

/// Bytes of one statement.
pub(super) const BYTES: usize = 28;
const IDS: &[&str] = &["x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9"];
const HANDOFFS: &[&str] = &["h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8"];
const SPEAKERS: &[Id] = &["reg", "over", "a", "b", "c", "late", "void"];

/// One statement of a day, as the story stands.
pub(super) struct Draw<'a> {
    dice: Dice<'a>,
    model: &'a Model,
    days: Days,
    today: Day,
    /// Who may say it, and who must approve it.
    by: Id,
    approved_by: Vec<Id>,
}

/// The days that pass before the next statement.
pub(super) fn pause(byte: u8) -> Day {
    [0, 0, 1, 1, 1, 2, 3, 5][usize::from(byte) % 8]
}

pub(super) fn said(bytes: &[u8], model: &Model, today: Day) -> Said {
    let dice = Dice { bytes };
    let mut draw = Draw { dice, model, days: model.days(), today, by: "reg", approved_by: Vec::new() };
    let what = draw.what();
    let dice = &mut draw.dice;
    let mut by = draw.by;
    if dice.rarely(12) {
        by = dice.pick(SPEAKERS);
    }
    let mut approved_by = draw.approved_by.clone();
    if dice.rarely(8) {
        approved_by = [vec![], vec!["over"], vec!["a", "b"], vec!["c"]][dice.roll(4)].clone();
    }
    // an agency that is closed approves nothing any more
    approved_by.retain(|id| !model.closed_on(id, today));
    let mut basis = Basis::Law;
    if has_basis(&what) {
        basis = match dice.roll(48) {
            0..32 => Basis::Law,
            32..36 => Basis::Unknown,
            36..46 => Basis::Why,
            46 => Basis::NoDecision,
            _ => Basis::Absent,
        };
    }
    let mut on = None;
    if matches!(what, What::Proposed(..) | What::Follow(..)) && dice.rarely(4) {
        on = Some((today - [0, 1, 2, 4, 8, -1][dice.roll(6)]).max(0));
    }
    Said { seq: 0, day: today, by, what, basis, on, approved_by }
}

impl Draw<'_> {
    fn what(&mut self) -> What {
        match self.dice.roll(32) {
            0..8 => self.made(),
            8..11 => self.ended(),
            11..17 => self.proposed(),
            17..28 => self.follow(),
            28 | 29 => self.split(),
            30 => self.over(),
            _ => self.closed(),
        }
    }

    fn duty(&mut self) -> Id {
        let at = self.dice.roll(8);
        DUTIES[at % DUTIES.len()].0
    }

    fn holding(&mut self, fits: impl Fn(&Held) -> bool) -> Option<Held> {
        let fit: Vec<_> = self.days.all().iter().filter(|h| fits(h)).cloned().collect();
        self.dice.pick_some(&fit)
    }

    fn made(&mut self) -> What {
        let (of, agency) = (self.duty(), self.dice.pick(AGENCIES));
        let mut role = if self.dice.roll(3) == 2 { Role::Executor } else { Role::Accountable };
        let mut delegated = role == Role::Accountable && self.dice.rarely(2);
        let mut under = None;
        if delegated || role == Role::Executor || self.dice.rarely(8) {
            under = match self.dice.roll(12) {
                0..10 => self.holding(|h| h.role == Role::Accountable && is_part(of, h.of)),
                10 => self.holding(|_| true),
                _ => None,
            };
        }
        if under.is_none() && !self.dice.rarely(12) {
            (role, delegated) = (Role::Accountable, false);
        }
        let mut from = Some(self.dice.near(self.today, 6, 6));
        let mut to = self.dice.rarely(3).then(|| from.unwrap() + 1);
        to = to.map(|to| self.dice.near(to, 1, 12));
        if let Some(under) = &under
            && !self.dice.rarely(6)
        {
            (from, to) = self.inside(&under.id, of, (from, to));
        }
        if self.dice.rarely(12) {
            from = None;
        }
        let mut supersedes = None;
        if self.dice.rarely(4) {
            supersedes = match self.dice.rarely(6) {
                true => self.holding(|_| true),
                false => self.holding(|h| h.of == of && h.role == role),
            };
        }
        let mut ends_when = None;
        if self.dice.rarely(8) {
            let steps = self.model.courses().into_iter();
            let steps: Vec<_> =
                steps.flat_map(|(id, c)| c.steps.into_iter().map(move |s| (id.clone(), s.step))).collect();
            ends_when = self.dice.pick_some(&steps);
            if self.dice.rarely(12) {
                ends_when = Some(("h1".to_owned(), "one"));
            }
        }
        if let Some(giver) = under.as_ref().map(|h| h.agency).filter(|_| self.dice.rarely(2)) {
            self.by = giver;
        }
        let unknown = self.dice.rarely(40).then(|| "zz".to_owned());
        What::Made(Made {
            id: match self.dice.roll(32) {
                0..14 => None,
                31 => Some("as-3".to_owned()),
                at => Some(IDS[at % IDS.len()].to_owned()),
            },
            of,
            agency,
            role,
            delegated,
            under: unknown.or(under.map(|h| h.id)),
            from,
            to,
            sub: self.dice.rarely(2),
            supersedes: supersedes.map(|h| h.id),
            ends_when,
            time: self.time(),
        })
    }

    fn time(&mut self) -> Option<u8> {
        self.dice.rarely(4).then(|| u8::try_from(1 + self.dice.roll(6)).unwrap())
    }

    /// Moves a period into the days on which a holding, or who stands in its place, lives.
    fn inside(&self, id: &str, of: Id, (from, to): (Option<Day>, Option<Day>)) -> (Option<Day>, Option<Day>) {
        let lives = |day: &Day| {
            let stands = self.days.stands(id, of, *day);
            self.days.on(*day).iter().any(|h| h.id == stands)
        };
        let wished = from.unwrap_or(0).max(0);
        let first = (wished..=LAST).chain(0..wished).find(lives);
        let Some(first) = first else { return (from, to) };
        let end = (first..=LAST).find(|day| !lives(day));
        let to = to.filter(|to| *to > first);
        (Some(first), to.into_iter().chain(end).min())
    }

    fn ended(&mut self) -> What {
        let held = self.holding(|_| true);
        if held.is_none() && !self.dice.rarely(12) {
            return self.made();
        }
        let of = self.duty();
        let fit = (of, self.dice.pick(AGENCIES), Role::Accountable);
        let fit = held.as_ref().map_or(fit, |h| (h.of, h.agency, h.role));
        let above = held.as_ref().and_then(|h| h.under.clone()).and_then(|id| self.days.get(&id).cloned());
        if let Some(above) = above.filter(|_| self.dice.rarely(2)) {
            self.by = above.agency;
        }
        let mut effective = self.dice.near(self.today, 6, 8);
        if let Some(held) = held.as_ref().filter(|_| !self.dice.rarely(6)) {
            let lives = |day: &Day| self.days.on(*day).iter().any(|h| h.id == held.id);
            effective = (effective..=LAST - 2).chain(0..effective).find(lives).unwrap_or(effective);
        }
        let id = match self.dice.roll(16) {
            0..10 => held.map(|h| h.id),
            10..15 => None,
            _ => Some("zz".to_owned()),
        };
        What::Ended { id, fit, effective, time: self.time() }
    }

    fn proposed(&mut self) -> What {
        let role = if self.dice.rarely(4) { Role::Executor } else { Role::Accountable };
        let mut effective = self.dice.near(self.today, 4, 8);
        let day = self.today.max(effective);
        let held: Vec<_> = self.days.on(day).iter().filter(|h| h.role == role).cloned().collect();
        let held = self.dice.pick_some(&held).filter(|_| !self.dice.rarely(16));
        if held.is_none() && !self.dice.rarely(4) {
            return self.made();
        }
        let (of, from) = match &held {
            Some(held) => (held.of, held.agency),
            None => (self.duty(), self.dice.pick(AGENCIES)),
        };
        let mut all = vec![of];
        if self.dice.rarely(4) {
            let both = |h: &&Held| h.agency == from && h.role == role && h.of != of;
            let other = self.days.on(day).iter().find(both).map(|h| h.of);
            let other = other.unwrap_or_else(|| self.duty());
            all.extend((other != of).then_some(other));
        }
        let regime = match self.dice.roll(10) {
            0..7 => Regime::Agreed,
            7..9 => Regime::Law,
            _ => Regime::Observed,
        };
        if regime == Regime::Agreed {
            self.by = from;
            let above = held.and_then(|h| h.under).and_then(|id| self.days.get(&id).cloned());
            self.approved_by.extend(above.map(|h| h.agency));
        } else if self.dice.rarely(3) {
            self.by = "over";
        }
        if regime == Regime::Observed {
            effective = effective.min(self.today);
        }
        let id = match self.dice.rarely(16) {
            true => self.dice.pick(HANDOFFS),
            false => HANDOFFS[self.model.courses().len() % HANDOFFS.len()],
        };
        let mut to = self.dice.pick(AGENCIES);
        if to == from && !self.dice.rarely(8) {
            to = if from == "a" { "b" } else { "a" };
        }
        let proposed = Proposed {
            of: all,
            from,
            to,
            role,
            regime,
            effective,
            due: self.dice.rarely(3).then(|| self.dice.near(self.today, 4, 6)),
            steps: self.dice.rarely(3),
            time: self.time(),
        };
        What::Proposed(id.to_owned(), proposed)
    }

    /// What a course allows next, mostly.
    fn follow(&mut self) -> What {
        let courses = self.model.courses();
        let moving = |c: &Course| matches!(c.phase(self.today), Phase::Proposed | Phase::Accepted);
        let mut some: Vec<_> = courses.iter().filter(|(_, c)| moving(c)).cloned().collect();
        if some.is_empty() || self.dice.rarely(3) {
            some = courses;
        }
        let Some((id, course)) = self.dice.pick_some(&some) else {
            return match self.dice.rarely(40) {
                true => What::Follow("h1".to_owned(), Follow::Accepted(false)),
                false => self.proposed(),
            };
        };
        let (from, to) = (course.proposed.from, course.proposed.to);
        let agreed = course.proposed.regime == Regime::Agreed;
        let reserved = self.dice.rarely(4);
        self.by = to;
        let usual = match course.phase(self.today) {
            Phase::Proposed if agreed => [0, 0, 0, 0, 0, 2, 3, 4],
            Phase::Accepted => [3, 4, 4, 5, 6, 7, 6, 8],
            Phase::Effective if agreed => [6, 7, 8, 9, 9, 5, 10, 10],
            Phase::Proposed | Phase::Effective => [1, 1, 3, 4, 6, 7, 9, 10],
            _ => [10, 10, 10, 9, 10, 0, 3, 4],
        };
        let open: Vec<_> = course.steps.iter().filter(|s| s.confirmed.or(s.dropped).is_none()).collect();
        let serves = |kind: &usize| match kind {
            6 | 7 => !open.is_empty(),
            8 => course.reservation == Some(false),
            9 => open.is_empty() && course.reservation != Some(false),
            _ => true,
        };
        let usual: Vec<_> = usual.into_iter().filter(serves).collect();
        let kind = if self.dice.rarely(10) { self.dice.roll(12) } else { self.dice.pick(&usual) };
        let done = open.iter().find(|step| step.done.is_some() == (kind == 7)).or(open.first());
        let mut step = self.dice.pick(&["one", "two", "new"]);
        if let Some(open) = done.filter(|_| !self.dice.rarely(6)) {
            step = open.step;
        }
        let dropping = !open.is_empty() && self.dice.rarely(3);
        let follow = match kind {
            0 => Follow::Accepted(reserved),
            1 => Follow::Acknowledged(reserved),
            2 => Follow::Declined,
            3 => Follow::Withdrawn,
            4 => Follow::Changed {
                effective: self.dice.rarely(2).then(|| self.dice.near(self.today, 3, 8)),
                due: self.dice.rarely(2).then(|| self.dice.near(self.today, 8, 4)),
                dropped: dropping.then_some(step),
            },
            5 => Follow::StepAdded { step: "new", by: self.dice.pick(AGENCIES) },
            6 => Follow::StepDone(step),
            7 => Follow::StepConfirmed(step),
            8 => Follow::Lifted,
            9 => Follow::Closed,
            10 => Follow::Reversed { effective: self.dice.near(self.today, 2, 4) },
            _ => Follow::Lapsed,
        };
        self.speakers(&course, &follow, (from, to));
        What::Follow(id, follow)
    }

    fn speakers(&mut self, course: &Course, follow: &Follow, (from, to): (Id, Id)) {
        match follow {
            Follow::Changed { .. } | Follow::Withdrawn if course.proposed.regime == Regime::Agreed => {
                let other = if self.dice.rarely(2) { (to, from) } else { (from, to) };
                (self.by, self.approved_by) = (other.0, vec![other.1]);
            }
            Follow::Changed { .. } | Follow::Withdrawn => self.by = "reg",
            Follow::StepAdded { .. } => self.by = self.dice.pick(&["reg", from, to]),
            Follow::StepDone(step) => self.by = course.step(step).map_or(to, |step| step.by),
            Follow::Reversed { .. } => {
                self.by = if course.why && self.dice.rarely(2) { "a" } else { "over" };
            }
            _ => {}
        }
        // somebody stands in for who is gone
        if let Some((closing, until, successor)) = self.model.closing(self.by)
            && until.is_none_or(|until| until < self.today)
            && closing <= self.today
        {
            self.by = successor.unwrap_or("reg");
            self.approved_by.push("over");
        }
    }

    fn split(&mut self) -> What {
        let of = self.dice.pick(&["whole", "top", "whole", "half-a"]);
        let parts: &[Id] = if of == "top" { &["part"] } else { &["half-a", "half-b"] };
        let mut into = vec![self.dice.pick(parts)];
        if self.dice.rarely(8) {
            into.push(self.duty());
        }
        let rest = match self.dice.roll(5) {
            0 | 1 => Rest::None,
            2 => Rest::Unassigned,
            3 => Rest::Into(parts.last().unwrap()),
            _ => Rest::Into(self.duty()),
        };
        if rest == Rest::Into("half-b") {
            into = vec!["half-a"];
        }
        let effective = self.dice.near(self.today, 6, 6);
        if self.model.said.iter().any(|said| derives_after(&said.what, of, effective)) {
            return self.over();
        }
        What::Split { of, into, rest, effective }
    }

    fn over(&mut self) -> What {
        let (of, effective) = (self.duty(), self.dice.near(self.today, 4, 6));
        match self.dice.rarely(2) {
            true => What::Retired { of, effective },
            false => What::Named { of, effective },
        }
    }

    fn closed(&mut self) -> What {
        let effective = self.dice.near(self.today, 5, 6);
        let agency = if self.dice.rarely(12) { "reg" } else { self.dice.pick(AGENCIES) };
        let until = self.dice.rarely(2).then(|| self.dice.near(effective, 1, 10).max(PAST));
        let successor = self.dice.rarely(2).then(|| self.dice.pick(AGENCIES));
        if agency == "reg" {
            self.approved_by = vec!["over"];
        }
        What::Closed { agency, effective, until, successor }
    }
}

/// What is to begin in a divided duty after its division, under a holding that the division passes on:
/// each duty's holdings would rest on the other's, and the rules do not follow that circle.
fn derives_after(what: &What, duty: Id, split: Day) -> bool {
    match what {
        What::Made(made) => made.of == duty && made.under.is_some() && made.from.unwrap_or(PAST) >= split,
        _ => false,
    }
}
