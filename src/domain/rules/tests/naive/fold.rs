//! Works out all holdings from the list, day by day, for all responsibilities together.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{Change, What};
use super::handoff::agreed;
use super::holding::Holding;
use super::said::{Day, Fact, OPEN, Record, UNKNOWN};

/// Everything that is held, and what was noticed on the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Fold {
    /// In the order in which they began.
    pub(super) all: Vec<Holding>,
    /// Handoffs that lapsed: on which day, by which rule.
    pub(super) lapsed: BTreeMap<String, (Day, &'static str)>,
    /// Tags of rules that made a difference.
    pub(super) tags: BTreeSet<&'static str>,
    /// Pairs that a split passes on: its place, the part, the old holding, its name there.
    pub(super) passed: Vec<(usize, String, String, String)>,
    /// What stood under a split holding from another responsibility: the place of the split, the holding.
    pub(super) guests: Vec<(usize, String)>,
    /// Lapses that end holdings.
    ending: BTreeMap<String, Day>,
    /// Handoffs that moved.
    moved: BTreeSet<String>,
    /// What ended on the day: responsibility, agency, role.
    ended: Vec<(String, String, String)>,
}

impl Record {
    pub(super) fn fold(&self) -> Fold {
        let mut ending = BTreeMap::new();
        for _ in 0..8 {
            let fold = self.fold_where(&ending);
            let named = |(handoff, _): &(&String, &(Day, &str))| {
                let when = |fact: &Fact| fact.w.ends_when.as_ref().is_some_and(|w| w.handoff == **handoff);
                self.of("assignment.made").any(when)
            };
            let lapsed: BTreeMap<String, Day> =
                fold.lapsed.iter().filter(named).map(|(id, (day, _))| (id.clone(), *day)).collect();
            if lapsed == ending {
                return fold;
            }
            ending = lapsed;
        }
        let mut fold = self.fold_where(&ending);
        fold.tags.insert("ends-when-lapsed");
        fold
    }

    /// The fold where these lapses end what `ends_when` says.
    fn fold_where(&self, ending: &BTreeMap<String, Day>) -> Fold {
        let mut fold = Fold { ending: ending.clone(), ..Fold::default() };
        let mut changes = self.all_changes();
        let ends = self.of("assignment.made").map(|fact| fold.planned(self, fact));
        let mut days: BTreeSet<Day> = ends.chain(changes.iter().map(|change| change.day)).collect();
        days.remove(&OPEN);
        let mut done = UNKNOWN;
        for day in days {
            fold.expire(self, done, day);
            fold.ended.clear();
            fold.by_itself(day);
            let today: Vec<Change> = changes.extract_if(.., |change| change.day == day).collect();
            for change in today {
                fold.apply(self, &change);
            }
            fold.overtake(self, day);
            done = day;
        }
        fold.expire(self, done, OPEN);
        fold
    }

    /// Where an assignment ends by itself.
    pub(super) fn planned(&self, made: &Fact) -> Day {
        let when = made.w.ends_when.as_ref().and_then(|when| self.step_over(&when.handoff, &when.step));
        made.w.valid().end().min(when.unwrap_or(OPEN))
    }

    /// The day from which an unanswered proposal is expired.
    pub(super) fn expiry(&self, proposal: &Fact) -> Option<Day> {
        let handoff = proposal.w.handoff();
        let answered = self.answered(handoff).is_some() || self.step("handoff.accepted", handoff).is_some();
        let set = self.due(proposal).filter(|_| agreed(&proposal.w) && !answered)?;
        Some((set.w.due? + 30).max(set.on()))
    }
}

impl Fold {
    /// Where an assignment ends by itself, by a lapse too.
    fn planned(&self, record: &Record, made: &Fact) -> Day {
        let lapse = made.w.ends_when.as_ref().and_then(|when| self.ending.get(&when.handoff));
        record.planned(made).min(lapse.copied().unwrap_or(OPEN))
    }

    pub(super) fn get(&self, id: &str) -> Option<&Holding> {
        self.all.iter().find(|one| one.id == id)
    }

    pub(super) fn at(&self, id: &str) -> Option<usize> {
        self.all.iter().position(|one| one.id == id)
    }

    /// Proposals whose day has come after one day, up to another.
    fn expire(&mut self, record: &Record, _after: Day, until: Day) {
        for proposal in record.of("handoff.proposed") {
            let closed = record.giver_closed(proposal).unwrap_or(OPEN);
            let day = record.expiry(proposal).filter(|day| *day <= until && *day < closed);
            if let Some(day) = day {
                self.lapsed.entry(proposal.w.handoff().to_owned()).or_insert((day, "expired"));
            }
        }
    }

    /// What ends by itself.
    fn by_itself(&mut self, day: Day) {
        for n in 0..self.all.len() {
            if self.all[n].alive && self.all[n].planned <= day {
                self.end(n, day);
            }
        }
    }

    /// Handoffs that the day's endings overtook.
    fn overtake(&mut self, record: &Record, day: Day) {
        for proposal in record.of("handoff.proposed") {
            if record.move_day(proposal, OPEN - 1).is_none_or(|(_, on)| on > day) {
                self.overtaken(record, proposal, day);
            }
        }
    }

    /// Whether an ending of the day overtakes an open handoff.
    fn overtaken(&mut self, record: &Record, proposal: &Fact, day: Day) -> bool {
        let w = &proposal.w;
        let void = [record.answered(w.handoff()), record.giver_closed(proposal)];
        let open = agreed(w) && !self.moved.contains(w.handoff()) && proposal.on() <= day;
        if self.lapsed.contains_key(w.handoff()) {
            return true;
        }
        if !open || void.into_iter().flatten().any(|since| since <= day) {
            return false;
        }
        let lost = |of: &String| {
            let is = |one: &Holding| one.of == *of && one.agency == w.from() && one.role == w.role();
            self.ended.iter().any(|(r, a, role)| r == of && a == w.from() && role == w.role())
                && !self.all.iter().any(|one| one.alive && is(one))
        };
        if w.responsibilities.iter().any(lost) {
            self.lapsed.insert(w.handoff().to_owned(), (day, "overtaken"));
        }
        self.lapsed.contains_key(w.handoff())
    }

    fn apply(&mut self, record: &Record, change: &Change) {
        let (day, fact) = (change.day, &change.fact);
        match &change.what {
            What::Split => self.split(record, fact, day),
            What::Begin => self.begin_assignment(record, fact, day),
            What::End(id) => {
                if let Some(n) = self.at(id).filter(|n| self.all[*n].alive) {
                    self.end(n, day);
                }
            }
            What::Move { of, made, handoff } => {
                if self.moved.contains(handoff) || !self.overtaken(record, fact, day) {
                    self.moved.insert(handoff.clone());
                    self.shift(record, fact, (of, made), day, change.place);
                }
            }
            What::Reverse { of, made } => self.reverse(record, of, made, day),
            What::Close => self.end_all(day, |one| one.agency == fact.w.agency() && one.role != "caretaker"),
            What::WoundUp => {
                self.end_all(day, |one| one.agency == fact.w.agency() && one.role == "caretaker");
            }
            What::Retire => self.end_all(day, |one| one.of == fact.w.responsibility()),
        }
    }

    fn end_all(&mut self, day: Day, which: impl Fn(&Holding) -> bool) {
        for n in 0..self.all.len() {
            if self.all[n].alive && which(&self.all[n]) {
                self.end(n, day);
            }
        }
    }

    /// Ends a holding alone; what stands under it is for others to care for.
    pub(super) fn stop(&mut self, n: usize, day: Day) {
        let one = &mut self.all[n];
        one.alive = false;
        if let Some(span) = one.spans.last_mut() {
            span.1 = day;
        }
        self.ended.push((one.of.clone(), one.agency.clone(), one.role.clone()));
    }

    /// Ends a holding and what stands under it.
    pub(super) fn end(&mut self, n: usize, day: Day) {
        self.stop(n, day);
        let id = self.all[n].id.clone();
        for other in 0..self.all.len() {
            if self.all[other].alive && self.all[other].under() == Some(&id) {
                self.end(other, day);
            }
        }
    }

    /// Puts a holding under another, from a day.
    pub(super) fn put_under(&mut self, n: usize, above: &str, day: Day) {
        self.all[n].trail.push(above.to_owned());
        self.all[n].above.push((day, Some(above.to_owned())));
    }

    fn begin_assignment(&mut self, record: &Record, fact: &Fact, day: Day) {
        let w = &fact.w;
        if let Some(n) = w.supersedes.as_ref().and_then(|id| self.at(id)).filter(|n| self.all[*n].alive) {
            self.end(n, day);
        }
        let mut trail: Vec<String> = w.under.iter().cloned().collect();
        let own = (w.responsibility(), fact.assignment());
        let next = |above: &String| self.next(record, above, (own.0, &own.1), OPEN - 1);
        while let Some(heir) = trail.last().and_then(next) {
            assert!(!trail.contains(&heir), "two holdings took each other's place");
            trail.push(heir);
        }
        let of = |id: &String| self.get(id).map(|above| above.of.as_str());
        let places: Vec<_> = trail.iter().filter_map(of).collect();
        if places.contains(&own.0) && places.last() != Some(&own.0) {
            self.tags.insert("under-own-part");
        }
        let later = w.under.as_ref().filter(|id| self.get(id).is_none());
        if later.is_some_and(|id| record.named().contains_key(id)) {
            self.tags.insert("child-before-parent");
        }
        let one = Holding {
            id: fact.assignment(),
            of: w.responsibility().to_owned(),
            agency: w.agency().to_owned(),
            role: w.role().to_owned(),
            delegated: w.mode.as_deref() == Some("delegation"),
            above: vec![(day, trail.last().cloned())],
            trail,
            components: w.components.clone(),
            basis: w.basis.clone(),
            sub_delegable: w.sub_delegable,
            planned: self.planned(record, fact),
            made: fact.place,
            spans: Vec::new(),
            alive: false,
            heirs: Vec::new(),
            took: Vec::new(),
            displaced: Vec::new(),
        };
        self.begin(record, one, day);
    }

    /// A holding begins.
    pub(super) fn begin(&mut self, record: &Record, one: Holding, day: Day) {
        self.all.push(one);
        self.live(record, self.all.len() - 1, day);
    }

    /// A holding begins, or is revived.
    pub(super) fn live(&mut self, record: &Record, n: usize, day: Day) {
        let falls = self.falls(record, n, day);
        self.all[n].alive = true;
        self.all[n].spans.push((day, OPEN));
        if falls {
            self.end(n, day);
        } else {
            self.displace(n, day);
        }
    }

    /// Whether a holding ends on the day on which it begins.
    pub(super) fn falls(&self, record: &Record, n: usize, day: Day) -> bool {
        let one = &self.all[n];
        let closed = record.closing(&one.agency).map(|fact| match fact.w.winding_up_until {
            Some(until) if one.role == "caretaker" => until,
            _ => fact.w.effective(),
        });
        let above = one.under().and_then(|id| self.get(id));
        // one that a move gives may stand under itself
        let fallen = above.is_some_and(|above| !above.alive && above.id != one.id);
        closed.is_some_and(|closed| closed < day) || one.planned <= day || fallen
    }

    /// Names of what a split passes on, for those that have none.
    pub(super) fn unnamed(&self, record: &Record) -> Vec<(usize, String, String)> {
        let named: BTreeSet<&str> = record.names.iter().map(|given| given.name.as_str()).collect();
        let known = |id: &str| !id.starts_with('?') || named.contains(id);
        let new = self.passed.iter().filter(|(_, _, old, name)| name.starts_with('?') && known(old));
        new.map(|(split, part, old, _)| (*split, part.clone(), old.clone())).collect()
    }
}
