//! The changes of all responsibilities in their order (DOMAIN section 5, "The fold").

use std::collections::{BTreeMap, BTreeSet};

use super::handoff::agreed;
use super::said::{Day, Fact, OPEN, Record, UNKNOWN};

/// What a change does.
#[derive(Clone, Debug)]
pub(super) enum What {
    Split,
    Begin,
    /// Ends the holding of a name.
    End(String),
    /// Moves a responsibility of a handoff, as the holding of a name.
    Move {
        of: String,
        made: String,
        handoff: String,
    },
    /// Reverses what made the holding of a name.
    Reverse {
        of: String,
        made: String,
    },
    Close,
    WoundUp,
    Retire,
}

/// One change.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) day: Day,
    pub(super) class: u8,
    pub(super) place: usize,
    pub(super) time: Option<String>,
    pub(super) what: What,
    pub(super) fact: Fact,
}

impl Change {
    fn responsibility(&self) -> Option<String> {
        match &self.what {
            What::Move { of, .. } | What::Reverse { of, .. } => Some(of.clone()),
            What::Begin => self.fact.w.responsibility.clone(),
            _ => None,
        }
    }
}

/// The name of what a handoff makes of each of its responsibilities.
pub(super) fn made_by(proposal: &Fact, place: usize) -> Vec<(String, String)> {
    let mut all = proposal.w.responsibilities.clone();
    all.sort();
    let one = all.len() == 1;
    let name = |n: usize| if one { format!("as-{place}") } else { format!("as-{place}.{}", n + 1) };
    all.into_iter().enumerate().map(|(n, of)| (of, name(n))).collect()
}

impl Record {
    /// What each holding of a name is of, and the day on which it begins.
    pub(super) fn named(&self) -> BTreeMap<String, (String, Day)> {
        let mut named = BTreeMap::new();
        for fact in self.of("assignment.made") {
            named.insert(fact.assignment(), (fact.w.responsibility().to_owned(), fact.w.valid().first()));
        }
        for fact in self.of("handoff.proposed") {
            let Some((place, day)) = self.move_day(fact, OPEN - 1) else { continue };
            for (of, name) in made_by(fact, place) {
                named.insert(name, (of, day));
            }
        }
        for given in &self.names {
            let split = self.of("responsibility.split").find(|fact| fact.place == given.split);
            if let Some(split) = split {
                named.insert(given.name.clone(), (given.part.clone(), split.w.effective()));
            }
        }
        named
    }

    /// All changes, in order.
    pub(super) fn all_changes(&self) -> Vec<Change> {
        let named = self.named();
        let mut all: Vec<Change> = Vec::new();
        for fact in &self.facts {
            let mut put = |day, class, what| {
                let time = fact.w.time.clone();
                all.push(Change { day, class, place: fact.place, time, what, fact: fact.clone() });
            };
            let day = fact.w.effective();
            match fact.kind.as_str() {
                "responsibility.split" => put(day, 1, What::Split),
                "assignment.made" => put(fact.w.valid().first(), 2, What::Begin),
                "responsibility.retired" => put(day, 3, What::Retire),
                "agency.closed" => {
                    put(day, 3, What::Close);
                    put(fact.w.winding_up_until.unwrap_or(day), 3, What::WoundUp);
                }
                "assignment.ended" => {
                    let Some(id) = fact.w.assignment.clone().or(fact.meant.clone()) else { continue };
                    let begins = named.get(&id).map_or(UNKNOWN, |(_, begins)| *begins);
                    put(day.max(begins), 2, What::End(id));
                    if day < begins {
                        all.last_mut().unwrap().time = None;
                    }
                }
                "handoff.proposed" => self.moves(fact, &mut all),
                _ => {}
            }
        }
        all.sort_by_key(|change| (change.day, change.class, change.place));
        self.by_time(&mut all);
        all
    }

    /// The moves of a handoff, and their reversal.
    fn moves(&self, proposal: &Fact, all: &mut Vec<Change>) {
        let Some((place, day)) = self.move_day(proposal, OPEN - 1) else { return };
        let handoff = proposal.w.handoff();
        let accepted = self.step("handoff.accepted", handoff).filter(|_| agreed(&proposal.w));
        let time = accepted.and_then(|fact| fact.w.time.clone()).or(proposal.w.time.clone());
        let reversed = self.step("handoff.reversed", handoff);
        for (of, made) in made_by(proposal, place) {
            if self.defined(&of).is_none() {
                continue;
            }
            if let Some(fact) = reversed {
                let what = What::Reverse { of: of.clone(), made: made.clone() };
                let (day, time) = (fact.w.effective(), fact.w.time.clone());
                all.push(Change { day, class: 2, place: fact.place, time, what, fact: fact.clone() });
            }
            let what = What::Move { of, made, handoff: handoff.to_owned() };
            all.push(Change { day, class: 2, place, time: time.clone(), what, fact: proposal.clone() });
        }
    }

    /// Orders the middle class of a responsibility and day by time, where all have one.
    fn by_time(&self, all: &mut [Change]) {
        let named = self.named();
        let of = |change: &Change| match &change.what {
            What::End(id) => named.get(id).map(|(of, _)| of.clone()),
            _ => change.responsibility(),
        };
        let days: BTreeSet<(Day, Option<String>)> =
            all.iter().filter(|change| change.class == 2).map(|change| (change.day, of(change))).collect();
        let mut timed = Vec::new();
        for (day, responsibility) in days {
            let joined = joined(all, day, &responsibility);
            let within = |n: &usize| all[*n].class == 2 && all[*n].day == day;
            let here = |n: &usize| within(n) && of(&all[*n]) == responsibility;
            let at: Vec<usize> = (0..all.len()).filter(here).collect();
            let mut there = (0..all.len()).filter(within).filter(|n| joined.contains(&of(&all[*n])));
            if at.len() > 1 && there.all(|n| all[n].time.is_some()) {
                timed.push(at);
            }
        }
        for at in timed {
            let mut sorted: Vec<Change> = at.iter().map(|n| all[*n].clone()).collect();
            sorted.sort_by_key(|change| (change.time.clone(), change.place));
            for (n, change) in at.into_iter().zip(sorted) {
                all[n] = change;
            }
        }
    }
}

/// A responsibility, and those that agreements moving on a day name together with it.
fn joined(all: &[Change], day: Day, of: &Option<String>) -> BTreeSet<Option<String>> {
    let mut joined = BTreeSet::from([of.clone()]);
    let mut before = 0;
    while before < joined.len() {
        before = joined.len();
        for change in all.iter().filter(|change| change.day == day) {
            let What::Move { of, .. } = &change.what else { continue };
            if agreed(&change.fact.w) && joined.contains(&Some(of.clone())) {
                joined.extend(change.fact.w.responsibilities.iter().cloned().map(Some));
            }
        }
    }
    joined
}
