//! Who holds what, day by day: every change of a day is applied to one heap of holdings, and what
//! must not live any more is swept out after each.

use std::collections::{BTreeMap, BTreeSet};

use super::course::Course;
use super::said::{AGENCIES, DUTIES, Day, Id, LAST, Made, Model, OPEN, PAST, Rest, Role, What, duty};

/// A holding on a day, or over time.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) id: String,
    pub(super) of: Id,
    pub(super) agency: Id,
    pub(super) role: Role,
    pub(super) delegated: bool,
    pub(super) sub: bool,
    pub(super) under: Option<String>,
    /// Where it ends by itself.
    planned: Day,
    /// The day it ended, while it is not alive.
    ended: Option<Day>,
    pub(super) dormant: bool,
}

/// That a holding stands in the place of another: old, duty of the new, new.
type Heir = (String, Id, String);

/// Every day that is looked at.
pub(super) struct Days {
    days: Vec<(Vec<Held>, Vec<Heir>)>,
    end: Heap,
}

#[derive(Clone, Default)]
struct Heap {
    held: Vec<Held>,
    heirs: Vec<Heir>,
    /// Of two holdings of one agency, which took the place of which.
    twice: Vec<(String, String)>,
    /// Handoffs that lapse, and when.
    lapsed: BTreeMap<String, Day>,
    /// Handoffs that moved.
    moved: BTreeSet<String>,
}

enum Change<'a> {
    Made(&'a Made),
    Ended(Option<&'a String>, (Id, Id, Role)),
    Moved(&'a String, &'a Course),
    Reversed(&'a Course),
}

/// What is answered about a duty on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) accountable: BTreeSet<String>,
    pub(super) dormant: BTreeSet<String>,
    pub(super) executors: BTreeSet<String>,
}

impl Days {
    fn at(&self, day: Day) -> &(Vec<Held>, Vec<Heir>) {
        &self.days[usize::try_from(day.clamp(PAST, LAST) - PAST).unwrap()]
    }

    /// What is held on a day.
    pub(super) fn on(&self, day: Day) -> &[Held] {
        &self.at(day).0
    }

    /// A holding that there is or was.
    pub(super) fn get(&self, id: &str) -> Option<&Held> {
        self.end.held.iter().find(|h| h.id == id)
    }

    pub(super) fn all(&self) -> &[Held] {
        &self.end.held
    }

    pub(super) fn moved_on(&self, id: &str) -> bool {
        self.end.heirs.iter().any(|heir| heir.0 == id)
    }

    /// Handoffs that lapse, and when.
    pub(super) fn lapsed(&self) -> &BTreeMap<String, Day> {
        &self.end.lapsed
    }

    /// Holdings that their agency would have twice with this one.
    pub(super) fn doubles(&self, id: &str) -> Vec<&str> {
        let pairs = self.end.twice.iter().flat_map(|(one, other)| [(one, other), (other, one)]);
        pairs.filter(|(one, _)| *one == id).map(|(_, other)| other.as_str()).collect()
    }

    /// Who stands in the place of a holding on a day, seen from a duty.
    pub(super) fn stands(&self, id: &str, from: Id, day: Day) -> String {
        stand(&self.at(day).1, id, from)
    }

    /// The holdings of an agency in a role.
    pub(super) fn holders(&self, of: Id, agency: Id, role: Role, day: Day) -> Vec<Held> {
        self.on(day).iter().filter(|h| (h.of, h.agency, h.role) == (of, agency, role)).cloned().collect()
    }

    /// Own accountable holdings of a duty that are not dormant.
    pub(super) fn awake(&self, of: Id, day: Day) -> Vec<&Held> {
        let fits = |h: &&Held| h.of == of && h.role == Role::Accountable && !h.dormant;
        self.on(day).iter().filter(fits).collect()
    }

    pub(super) fn answer(&self, model: &Model, of: Id, day: Day) -> Answer {
        let own = |of: Id, role| -> Vec<&Held> {
            self.on(day).iter().filter(|h| h.of == of && h.role == role).collect()
        };
        let mut accountable = own(of, Role::Accountable);
        let mut above = duty(of).2;
        while let Some(parent) = above.filter(|_| accountable.is_empty()) {
            if model.duty_exists(parent, day) {
                accountable = own(parent, Role::Accountable);
            }
            above = duty(parent).2;
        }
        let names = |of: &[&Held], dormant: bool| -> BTreeSet<String> {
            of.iter().filter(|h| h.dormant == dormant).map(|h| h.agency.to_owned()).collect()
        };
        let awake = names(&accountable, false);
        let somebody = awake.iter().filter(|agency| *agency != "void").count();
        let status = match somebody {
            _ if !model.duty_exists(of, day) => "outside",
            0 => "orphan",
            1 => "held",
            _ => "conflict",
        };
        Answer {
            status,
            dormant: names(&accountable, true),
            accountable: awake,
            executors: names(&own(of, Role::Executor), false),
        }
    }
}

fn stand(heirs: &[Heir], id: &str, from: Id) -> String {
    let mut at = id.to_owned();
    loop {
        let mut next = heirs.iter().filter(|heir| heir.0 == at);
        let first = next.clone().next();
        match next.find(|heir| heir.1 == from).or(first) {
            Some(heir) => at.clone_from(&heir.2),
            None => return at,
        }
    }
}

impl Heap {
    fn get(&mut self, id: &str) -> Option<&mut Held> {
        self.held.iter_mut().find(|h| h.id == id)
    }

    fn alive(&self) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(|h| h.ended.is_none())
    }

    /// Ends what has no place to live any more: its time is over, its agency is closed since before
    /// that day, what it stands under has ended.
    fn sweep(&mut self, model: &Model, day: Day) {
        loop {
            let over = |h: &&mut Held| {
                h.ended.is_none() && (h.planned <= day || model.closed_on(h.agency, day - 1) && day > PAST)
            };
            self.held.iter_mut().filter(over).for_each(|h| h.ended = Some(day));
            let gone = |h: &Held| {
                let above = h.under.as_ref().map(|under| stand(&self.heirs, under, h.of));
                above.is_some_and(|id| self.held.iter().any(|o| o.id == id && o.ended.is_some()))
            };
            let dead: Vec<String> = self.alive().filter(|h| gone(h)).map(|h| h.id.clone()).collect();
            if dead.is_empty() {
                break;
            }
            self.held.iter_mut().filter(|h| dead.contains(&h.id)).for_each(|h| h.ended = Some(day));
        }
        let dormant: Vec<bool> = self.held.iter().map(|h| self.delegates(h)).collect();
        self.held.iter_mut().zip(dormant).for_each(|(h, dormant)| h.dormant = dormant);
    }

    /// Whether somebody else holds the same duty by delegation of this holding.
    fn delegates(&self, giver: &Held) -> bool {
        giver.role == Role::Accountable
            && self.alive().any(|h| {
                let above = h.under.as_ref().map(|under| stand(&self.heirs, under, h.of));
                h.of == giver.of && h.delegated && h.id != giver.id && above.as_ref() == Some(&giver.id)
            })
    }

    fn end(&mut self, id: &str, day: Day) {
        if let Some(held) = self.get(id).filter(|h| h.ended.is_none()) {
            held.ended = Some(day);
        }
    }

    /// A holding has begun, or is revived: of two of one agency the older makes way for it.
    fn settle(&mut self, model: &Model, id: &str, day: Day) {
        self.sweep(model, day);
        let Some(new) = self.alive().find(|h| h.id == id).cloned() else { return };
        let above = |heap: &Self, h: &Held| h.under.as_ref().map(|under| stand(&heap.heirs, under, h.of));
        let same = |h: &&Held| {
            let one_place = new.role == Role::Accountable || above(self, h) == above(self, &new);
            h.id != new.id && (h.of, h.agency, h.role) == (new.of, new.agency, new.role) && one_place
        };
        let older: Vec<Held> = self.alive().filter(same).cloned().collect();
        for old in older {
            let mut at = above(self, &new);
            while let Some(under) = at.clone().filter(|under| *under != old.id) {
                at = self.held.iter().find(|h| h.id == under).and_then(|h| above(self, h));
            }
            if at.is_some() {
                let new = self.get(id).unwrap();
                (new.delegated, new.sub, new.planned) = (old.delegated, old.sub, old.planned);
                new.under.clone_from(&old.under);
            }
            self.end(&old.id, day);
            self.heirs.push((old.id.clone(), old.of, id.to_owned()));
            self.twice.push((old.id, id.to_owned()));
        }
        self.sweep(model, day);
    }

    fn split(&mut self, model: &Model, seq: u64, of: Id, parts: &[Id], day: Day) {
        let passed: Vec<Held> = self.alive().filter(|h| h.of == of).cloned().collect();
        for part in parts {
            for old in &passed {
                let name = model.names.iter().find(|n| (n.0, n.1, &n.2) == (seq, *part, &old.id));
                let id = name.map_or_else(|| format!("{seq}/{part}/{}", old.id), |name| name.3.clone());
                self.heirs.push((old.id.clone(), part, id.clone()));
                self.held.push(Held { id: id.clone(), of: part, ..old.clone() });
                self.settle(model, &id, day);
            }
        }
        passed.iter().for_each(|old| self.end(&old.id, day));
    }

    /// Whether a handoff has lapsed by now; notes that what ended on the day overtakes it.
    fn overtaken(&mut self, id: &String, course: &Course, day: Day) -> bool {
        if self.lapsed.contains_key(id) {
            return true;
        }
        let given = &course.proposed;
        let lost = |of: &Id| {
            let is = |h: &&Held| (h.of, h.agency, h.role) == (*of, given.from, given.role);
            let held = || self.held.iter().filter(is);
            held().any(|h| h.ended == Some(day)) && held().all(|h| h.ended.is_some())
        };
        let overtaken = course.may_be_overtaken(day) && given.of.iter().any(lost);
        if overtaken {
            self.lapsed.insert(id.clone(), day);
        }
        overtaken
    }

    fn change(
        &mut self,
        (model, ending): (&Model, &BTreeMap<String, Day>),
        of: Id,
        day: Day,
        change: &Change<'_>,
    ) {
        match change {
            Change::Made(made) => {
                // of another duty is refused, and ends nothing while that is found out
                let superseded =
                    made.supersedes.as_ref().filter(|id| self.get(id).is_some_and(|h| h.of == of));
                if let Some(old) = superseded {
                    self.end(old, day);
                    // what stood under it is gone before the new one is there
                    self.sweep(model, day);
                }
                let bare = model.bare_courses();
                let step = made.ends_when.as_ref().and_then(|(id, step)| {
                    let course = &bare.iter().find(|(other, _)| other == id)?.1;
                    course.step_end(step).into_iter().chain(ending.get(id).copied()).min()
                });
                self.held.push(Held {
                    id: made.id.clone().unwrap(),
                    of,
                    agency: made.agency,
                    role: made.role,
                    delegated: made.delegated,
                    sub: made.sub,
                    under: made.under.clone(),
                    planned: made.to.unwrap_or(OPEN).min(step.unwrap_or(OPEN)),
                    ended: None,
                    dormant: false,
                });
                self.settle(model, made.id.as_ref().unwrap(), day);
            }
            Change::Ended(Some(id), _) => self.end(id, day),
            Change::Ended(None, (of, agency, role)) => {
                let id = self.alive().find(|h| (h.of, h.agency, h.role) == (*of, *agency, *role));
                if let Some(id) = id.map(|h| h.id.clone()) {
                    self.end(&id, day);
                }
            }
            Change::Moved(id, course) => {
                let agreed = course.proposed.regime == super::said::Regime::Agreed;
                if !agreed || self.moved.contains(*id) || !self.overtaken(id, course, day) {
                    self.moved.insert((*id).clone());
                    self.moved(model, course, of, day);
                }
            }
            Change::Reversed(course) => self.reversed(model, course, of, day),
        }
    }

    fn moved(&mut self, model: &Model, course: &Course, of: Id, day: Day) {
        let given = &course.proposed;
        let mut fit: Vec<Held> = self
            .alive()
            .filter(|h| (h.of, h.agency, h.role) == (of, given.from, given.role))
            .cloned()
            .collect();
        fit.sort_by_key(|h| h.dormant);
        let new = Held {
            id: course.gives(of),
            of,
            agency: given.to,
            role: given.role,
            delegated: false,
            sub: false,
            under: None,
            planned: OPEN,
            ended: None,
            dormant: false,
        };
        let id = new.id.clone();
        for old in &fit {
            self.end(&old.id, day);
            self.heirs.push((old.id.clone(), of, id.clone()));
        }
        self.held.push(match fit.first() {
            Some(old) => Held { id: new.id, agency: new.agency, ..old.clone() },
            None => new,
        });
        self.settle(model, &id, day);
    }

    fn reversed(&mut self, model: &Model, course: &Course, of: Id, day: Day) {
        let id = course.gives(of);
        // void while what was given has moved on
        if self.heirs.iter().any(|heir| heir.0 == id) {
            return;
        }
        self.end(&id, day);
        let (back, rest): (Vec<Heir>, _) = self.heirs.drain(..).partition(|heir| heir.2 == id);
        self.heirs = rest;
        let retired = model.said.iter().any(
            |said| matches!(said.what, What::Retired { of: other, effective } if other == of && effective < day),
        );
        for (giver, ..) in &back {
            self.get(giver).unwrap().ended = retired.then_some(day);
        }
        for (giver, ..) in &back {
            self.settle(model, giver, day);
        }
    }
}

impl Model {
    /// Changes of a day: a duty's by `time` where all of them have it, then all by seq.
    fn changes<'a>(&'a self, courses: &'a [(String, Course)], day: Day) -> Vec<(Id, Change<'a>)> {
        let mut all: Vec<(Id, Option<u8>, u64, Change<'a>)> = Vec::new();
        for said in &self.said {
            match &said.what {
                What::Made(made) if made.from.unwrap_or(PAST) == day => {
                    all.push((made.of, made.time, said.seq, Change::Made(made)));
                }
                What::Ended { id, fit, effective, time } if *effective == day => {
                    all.push((fit.0, *time, said.seq, Change::Ended(id.as_ref(), *fit)));
                }
                _ => {}
            }
        }
        for (id, course) in courses {
            for of in &course.proposed.of {
                if course.moves() == Some(day) {
                    all.push((of, course.proposed.time, course.makes(), Change::Moved(id, course)));
                }
                if let Some((seq, _)) = course.reversed.filter(|(_, on)| *on == day) {
                    all.push((of, None, seq, Change::Reversed(course)));
                }
            }
        }
        let mut queues: Vec<Vec<_>> = Vec::new();
        for (id, ..) in DUTIES {
            let (mine, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|change| change.0 == *id);
            all = rest;
            let mut mine = mine;
            let timed = mine.iter().all(|change| change.1.is_some());
            mine.sort_by_key(|change| (change.1.filter(|_| timed), change.2));
            mine.reverse();
            queues.push(mine);
        }
        let mut sorted = Vec::new();
        while let Some(queue) = queues
            .iter_mut()
            .filter(|queue| !queue.is_empty())
            .min_by_key(|queue| queue.last().map(|change| change.2))
        {
            let (of, _, _, change) = queue.pop().unwrap();
            sorted.push((of, change));
        }
        sorted
    }

    /// Plays everything that was said, day by day.
    pub(super) fn days(&self) -> Days {
        let mut ending = BTreeMap::new();
        for _ in 0..8 {
            let days = self.days_where(&ending);
            if days.end.lapsed == ending {
                return days;
            }
            ending.clone_from(&days.end.lapsed);
        }
        self.days_where(&ending)
    }

    /// The same where these lapses end what ends with a handoff.
    fn days_where(&self, ending: &BTreeMap<String, Day>) -> Days {
        let courses = self.bare_courses();
        let (mut heap, mut days) = (Heap::default(), Vec::new());
        let agreed = |course: &Course| course.proposed.regime == super::said::Regime::Agreed;
        for day in PAST..=LAST {
            for (id, course) in courses.iter().filter(|(_, course)| agreed(course)) {
                if course.expires().is_some_and(|expires| expires <= day) {
                    heap.lapsed.entry(id.clone()).or_insert(day.max(course.expires().unwrap_or(day)));
                }
            }
            heap.sweep(self, day);
            for said in &self.said {
                if let What::Split { of, effective, .. } = &said.what
                    && *effective == day
                {
                    heap.split(self, said.seq, of, &parts(&said.what), day);
                    heap.sweep(self, day);
                }
            }
            for (of, change) in self.changes(&courses, day) {
                heap.change((self, ending), of, day, &change);
                heap.sweep(self, day);
            }
            for agency in AGENCIES {
                if self.closing(agency).is_some_and(|(closing, ..)| closing == day) {
                    heap.held.iter_mut().filter(|h| h.agency == *agency && h.ended.is_none()).for_each(|h| {
                        h.ended = Some(day);
                    });
                }
            }
            for said in &self.said {
                if let What::Retired { of, effective } = said.what
                    && effective == day
                {
                    let ends = |h: &&mut Held| h.of == of && h.ended.is_none();
                    heap.held.iter_mut().filter(ends).for_each(|h| h.ended = Some(day));
                }
            }
            heap.sweep(self, day);
            for (id, course) in &courses {
                if !heap.moved.contains(id) && course.moves().is_none_or(|moves| moves > day) {
                    heap.overtaken(id, course, day);
                }
            }
            days.push((heap.alive().cloned().collect(), heap.heirs.clone()));
        }
        Days { days, end: heap }
    }
}

/// The parts a split passes holdings on to.
pub(super) fn parts(what: &What) -> Vec<Id> {
    let What::Split { into, rest, .. } = what else { return Vec::new() };
    let mut parts = into.clone();
    if let Rest::Into(id) = rest {
        parts.push(id);
    }
    parts.sort_unstable();
    parts.dedup();
    parts
}
