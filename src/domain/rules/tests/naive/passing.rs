//! How holdings pass on: moves, splits, reversals, and the second of two (DOMAIN section 5).

use std::collections::{BTreeMap, BTreeSet};

use super::fold::Fold;
use super::holding::Holding;
use super::said::{Day, Fact, OPEN, Record};
use super::scope::parts;

impl Fold {
    /// Whether an accountable holding is dormant now.
    fn dormant(&self, n: usize) -> bool {
        let one = &self.all[n];
        one.role == "accountable"
            && self.all.iter().any(|other| {
                other.alive
                    && other.role == "accountable"
                    && other.delegated
                    && other.of == one.of
                    && other.under() == Some(&one.id)
            })
    }

    /// A move of one responsibility.
    pub(super) fn shift(
        &mut self,
        record: &Record,
        proposal: &Fact,
        (of, made): (&str, &str),
        day: Day,
        place: usize,
    ) {
        let w = &proposal.w;
        let is = |one: &Holding| one.alive && one.of == of && one.agency == w.from() && one.role == w.role();
        let taken: Vec<usize> = (0..self.all.len()).filter(|n| is(&self.all[*n])).collect();
        let kept = taken.iter().find(|n| !self.dormant(**n)).or(taken.first()).map(|n| &self.all[*n]);
        let mut one = Holding {
            id: made.to_owned(),
            of: of.to_owned(),
            agency: w.to().to_owned(),
            role: w.role().to_owned(),
            delegated: kept.is_some_and(|kept| kept.delegated),
            trail: kept.map(|kept| kept.trail.clone()).unwrap_or_default(),
            above: Vec::new(),
            basis: w.basis.clone(),
            components: kept.map(|kept| kept.components.clone()).unwrap_or_default(),
            sub_delegable: kept.is_some_and(|kept| kept.sub_delegable),
            planned: kept.map_or(OPEN, |kept| kept.planned),
            made: place,
            spans: Vec::new(),
            alive: false,
            heirs: Vec::new(),
            took: taken.iter().map(|n| self.all[*n].id.clone()).collect(),
            displaced: Vec::new(),
        };
        one.above.push((day, one.trail.last().cloned()));
        for n in &taken {
            self.stop(*n, day);
            self.succeed(*n, made, day);
        }
        self.begin(record, one, day);
    }

    /// Somebody takes the place of a holding: what stands under it goes there.
    fn succeed(&mut self, n: usize, heir: &str, day: Day) {
        let id = self.all[n].id.clone();
        self.all[n].heirs.push((day, OPEN, heir.to_owned()));
        for other in 0..self.all.len() {
            if self.all[other].under() == Some(&id) {
                self.put_under(other, heir, day);
            }
        }
    }

    /// Whether a holding stands under another now, be it by way of others.
    fn stands_under(&self, n: usize, above: &str) -> bool {
        let mut at = self.all[n].under();
        for _ in 0..self.all.len() {
            match at {
                Some(id) if id == above => return true,
                Some(id) => at = self.get(id).and_then(Holding::under),
                None => break,
            }
        }
        false
    }

    /// The second of two takes the place of the older.
    pub(super) fn displace(&mut self, n: usize, day: Day) {
        let older = |m: usize| {
            let (one, other) = (&self.all[n], &self.all[m]);
            let under = one.role != "executor" || one.under() == other.under();
            m != n && other.alive && one.alike(other) && under
        };
        let older: Vec<usize> = (0..self.all.len()).filter(|m| older(*m)).collect();
        let id = self.all[n].id.clone();
        for m in older {
            let old = self.all[m].clone();
            if self.stands_under(n, &old.id) {
                let one = &mut self.all[n];
                (one.delegated, one.sub_delegable, one.planned) =
                    (old.delegated, old.sub_delegable, old.planned);
                one.trail.clone_from(&old.trail);
                one.above.push((day, old.trail.last().cloned()));
            }
            self.stop(m, day);
            self.succeed(m, &id, day);
            self.all[n].displaced.push(old.id);
        }
    }

    /// A split passes on what is held.
    pub(super) fn split(&mut self, record: &Record, fact: &Fact, day: Day) {
        let of = fact.w.responsibility();
        let held: Vec<usize> =
            (0..self.all.len()).filter(|n| self.all[*n].alive && self.all[*n].of == of).collect();
        let ids: Vec<String> = held.iter().map(|n| self.all[*n].id.clone()).collect();
        let from_elsewhere = |one: &Holding| {
            one.alive && one.of != of && one.under().is_some_and(|above| ids.iter().any(|id| id == above))
        };
        let guests: Vec<usize> = (0..self.all.len()).filter(|n| from_elsewhere(&self.all[*n])).collect();
        let choices: Vec<Option<String>> = guests
            .iter()
            .map(|n| record.part_for(fact, &self.all[*n].of, Some(&self.all[*n].id)).unwrap_or(None))
            .collect();
        for n in &held {
            self.stop(*n, day);
        }
        let mut names = BTreeMap::new();
        for part in parts(fact) {
            for old in &ids {
                let name = record.name_of(fact.place, &part, old);
                self.passed.push((fact.place, part.clone(), old.clone(), name.clone()));
                names.insert((part.clone(), old.clone()), name);
            }
        }
        // what stands under a part stands there when what that part inherits begins
        for (n, part) in guests.into_iter().zip(choices) {
            self.guests.push((fact.place, self.all[n].id.clone()));
            let above = self.all[n].under().unwrap_or_default().to_owned();
            match part.and_then(|part| names.get(&(part, above))) {
                Some(name) => self.put_under(n, &name.clone(), day),
                None => self.end(n, day),
            }
        }
        for part in parts(fact) {
            for n in &held {
                let old = self.all[*n].clone();
                let name = names[&(part.clone(), old.id.clone())].clone();
                let mut trail = old.trail.clone();
                if let Some(inherited) = old.under().and_then(|id| names.get(&(part.clone(), id.to_owned())))
                {
                    trail.push(inherited.clone());
                }
                let above = vec![(day, trail.last().cloned())];
                self.all[*n].heirs.push((day, OPEN, name.clone()));
                let one = Holding {
                    id: name,
                    of: part.clone(),
                    basis: old.basis_on(record, day),
                    trail,
                    above,
                    made: fact.place,
                    spans: Vec::new(),
                    alive: false,
                    heirs: Vec::new(),
                    took: Vec::new(),
                    displaced: Vec::new(),
                    ..old
                };
                self.begin(record, one, day);
            }
        }
    }

    /// A reversal of one move.
    pub(super) fn reverse(&mut self, record: &Record, of: &str, made: &str, day: Day) {
        let Some(n) = self.at(made) else { return };
        if self.all[n].passed_on().is_some() || self.all[n].of != of {
            return;
        }
        let back: Vec<String> = self.all[n].took.iter().chain(&self.all[n].displaced).cloned().collect();
        if self.all[n].alive {
            self.stop(n, day);
        }
        for other in 0..self.all.len() {
            if self.all[other].under() != Some(made) {
                continue;
            }
            let before = self.all[other].trail.iter().rev().nth(1).cloned();
            if let Some(before) = before.filter(|before| back.contains(before)) {
                self.all[other].trail.pop();
                self.all[other].above.push((day, Some(before)));
            } else if self.all[other].alive {
                self.end(other, day);
            }
        }
        let mut back: Vec<usize> = back.iter().filter_map(|id| self.at(id)).collect();
        for m in &back {
            for heir in self.all[*m].heirs.iter_mut().filter(|heir| heir.2 == made) {
                heir.1 = day;
            }
        }
        back.sort_unstable();
        let given = n;
        // what stands under another of them comes after it
        while !back.is_empty() {
            let above = |m: &usize| self.all[*m].under().and_then(|id| self.at(id));
            let n = back.iter().position(|m| above(m).is_none_or(|up| !back.contains(&up))).unwrap_or(0);
            let m = back.remove(n);
            // under which part it stands was chosen while the other held its place
            if self.all[given].trail.starts_with(&self.all[m].trail) {
                self.all[m].trail = self.all[given].trail.clone();
            }
            self.revive(record, m, day);
        }
    }

    fn revive(&mut self, record: &Record, n: usize, day: Day) {
        let of = self.all[n].of.clone();
        let id = self.all[n].id.clone();
        while let Some(heir) =
            self.all[n].under().and_then(|above| self.next(record, above, (&of, &id), OPEN - 1))
        {
            assert!(!self.all[n].trail.contains(&heir), "two holdings took each other's place");
            self.put_under(n, &heir, day);
        }
        let retired = record.retired(&self.all[n].of).is_some_and(|fact| fact.w.effective() < day);
        let falls = retired || self.falls(record, n, day);
        let ours = |m: &usize| !falls && self.all[*m].alive && self.all[n].alike(&self.all[*m]);
        let ours: Vec<usize> = (0..self.all.len()).filter(ours).collect();
        if let Some(m) = ours.into_iter().find(|m| self.stands_under(n, &self.all[*m].id)) {
            // its agency answers by what stands above it already
            let above = self.all[m].id.clone();
            self.succeed(n, &above, day);
            self.all[m].displaced.push(id);
        } else if retired {
            // it begins and ends at once, and takes nobody's place
            self.all[n].spans.push((day, day));
            self.end(n, day);
        } else {
            self.live(record, n, day);
        }
    }
}

impl Record {
    /// The name of what a part inherited; one that was not given yet begins with `?`.
    fn name_of(&self, split: usize, part: &str, old: &str) -> String {
        let is = |given: &&super::said::Given| given.split == split && given.part == part && given.old == old;
        let name = self.names.iter().find(is).map(|given| given.name.clone());
        name.unwrap_or_else(|| format!("?{split}/{part}/{old}"))
    }

    /// The part that something of another responsibility follows; an error where several fit.
    pub(super) fn part_for(
        &self,
        split: &Fact,
        of: &str,
        holding: Option<&str>,
    ) -> Result<Option<String>, Vec<String>> {
        let day = split.w.effective();
        let came = self.came_out_of(of);
        let all = parts(split);
        let named = |part: &&String| {
            let named = split.w.carries.get(*part);
            let named = named.is_some_and(|named| named.iter().any(|id| Some(id.as_str()) == holding));
            named && (*part == of || came.contains(*part) || self.lies_inside(of, part, day))
        };
        if let Some(part) = all.iter().find(named).or(all.iter().find(|part| *part == of)) {
            return Ok(Some(part.clone()));
        }
        let mut fit: Vec<String> = all.iter().filter(|part| came.contains(*part)).cloned().collect();
        if fit.is_empty() {
            fit = split.w.into.iter().filter(|part| self.lies_inside(of, part, day)).cloned().collect();
        }
        match fit.as_slice() {
            [part] => Ok(Some(part.clone())),
            [] => {
                let into: BTreeSet<&String> = split.w.into.iter().collect();
                let rest = parts(split).into_iter().find(|part| !into.contains(part));
                Ok(rest.filter(|rest| self.lies_inside(of, rest, day)))
            }
            _ => Err(fit),
        }
    }
}
