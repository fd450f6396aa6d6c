//! Decides a statement by what was said, as DOMAIN section 5 orders it: "What is asked, in which order".

use std::collections::BTreeSet;

use super::fold::Fold;
use super::holding::Holding;
use super::said::{Day, Fact, OPEN, Record, UNKNOWN};

/// Admitted, or the code of the refusal.
pub(super) type Verdict = Result<(), &'static str>;

/// A statement, and all that it is judged by.
pub(super) struct Judge {
    /// What it says, at its place; `by` is its author.
    pub(super) fact: Fact,
    /// What stands without the corrected entry.
    pub(super) record: Record,
    pub(super) fold: Fold,
    /// The same with the statement.
    pub(super) then: Record,
    pub(super) later: Fold,
    /// Whether it corrects.
    pub(super) corrects: bool,
    /// All that was said, whether it stands or not.
    pub(super) all: Vec<Fact>,
    /// Entries that a withdrawal has named.
    pub(super) withdrawn: BTreeSet<usize>,
    /// Ids that were ever taken by another place, with their kind.
    pub(super) taken: BTreeSet<(String, String)>,
    pub(super) tags: BTreeSet<&'static str>,
}

pub(super) fn ensure(holds: bool, code: &'static str) -> Verdict {
    if holds { Ok(()) } else { Err(code) }
}

impl Judge {
    pub(super) fn decide(&mut self) -> Verdict {
        match self.fact.kind.as_str() {
            "agency.registered" | "agency.changed" | "territory.registered" | "territory.changed" => {
                self.register()
            }
            "agency.closed" => self.closing(),
            "responsibility.defined" => self.defined(),
            "responsibility.changed" | "responsibility.retired" => self.changed(),
            "responsibility.split" => self.split(),
            "assignment.made" => self.made(),
            "assignment.ended" => self.ended(),
            "assignment.changed" => self.rebased(),
            "decision.recorded" => self.decided(),
            "claim.raised" | "claim.withdrawn" | "claim.resolved" => self.claim(),
            "handoff.proposed" => self.proposed(),
            "handoff.reversed" => self.reversed(),
            _ => self.step(),
        }
    }

    pub(super) fn registrar(&self) -> Verdict {
        ensure(self.record.has_power(&self.fact.by, "registrar"), "not-entitled")
    }

    pub(super) fn overseen(&self) -> bool {
        self.fact.approved.iter().any(|one| self.record.has_power(one, "overseer"))
    }

    pub(super) fn is_taken(&self, kind: &str, id: &str) -> Verdict {
        ensure(!self.taken.contains(&(kind.to_owned(), id.to_owned())), "id-taken")
    }

    pub(super) fn basis(&self) -> Verdict {
        ensure(self.fact.w.basis.is_some(), "basis-missing")
    }

    fn register(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let is_agency = self.fact.kind.starts_with("agency");
        let new = self.fact.kind.ends_with("registered");
        let agency = w.agency.iter().filter(|_| !new).chain(w.parents.iter().flatten());
        let found = agency.clone().all(|id| self.record.agency(id).is_some());
        let known = |id: &String| self.record.territory(id).is_some();
        let territory = w.territory.iter().filter(|_| is_agency || !new).chain(&w.within);
        ensure(found && territory.clone().all(known), "not-found")?;
        self.registrar()?;
        ensure(w.powers.is_empty() || self.overseen(), "approval-missing")?;
        ensure(self.fact.on() <= self.fact.day, "bad-date")?;
        if new {
            let (kind, id) = if is_agency { ("a", &w.agency) } else { ("t", &w.territory) };
            self.is_taken(kind, id.as_deref().unwrap_or_default())?;
        }
        self.no_circle()
    }

    pub(super) fn no_circle(&self) -> Verdict {
        ensure(!self.then.has_circle(), "wrong-state")
    }

    fn closing(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let found = |id: &String| self.record.agency(id).is_some();
        ensure(w.agency.iter().chain(&w.successors).all(found), "not-found")?;
        self.registrar()?;
        self.basis()?;
        ensure(self.record.closing(w.agency()).is_none(), "wrong-state")?;
        ensure(self.fact.on() <= self.fact.day, "bad-date")?;
        ensure(w.winding_up_until.is_none_or(|until| until >= w.effective()), "bad-date")
    }

    fn decided(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        ensure(w.about.iter().all(|about| self.exists(about)), "not-found")?;
        ensure(w.decided_by.as_deref() == Some(&self.fact.by), "not-entitled")?;
        self.is_taken("d", w.decision.as_deref().unwrap_or_default())
    }

    /// Whether an object named with its kind exists.
    fn exists(&self, about: &str) -> bool {
        let (kind, id) = about.split_once(':').unwrap_or_default();
        match kind {
            "r" => self.record.defined(id).is_some(),
            "h" => self.record.proposal(id).is_some(),
            "as" => self.fold.get(id).is_some(),
            "c" => self.record.of("claim.raised").any(|fact| fact.w.claim.as_deref() == Some(id)),
            _ => true,
        }
    }

    fn claim(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let claim = w.claim.as_deref().unwrap_or_default();
        if self.fact.kind == "claim.raised" {
            let found = w.about.iter().all(|about| self.exists(about));
            ensure(found && w.against.iter().all(|id| self.record.agency(id).is_some()), "not-found")?;
            ensure(self.fact.on() <= self.fact.day, "bad-date")?;
            return self.is_taken("c", claim);
        }
        let raised = self.record.of("claim.raised").find(|fact| fact.w.claim.as_deref() == Some(claim));
        let raised = raised.ok_or("not-found")?;
        if self.fact.kind == "claim.withdrawn" {
            ensure(raised.by == self.fact.by, "not-a-party")?;
        } else {
            ensure(self.record.has_power(&self.fact.by, "overseer"), "not-entitled")?;
            let party = raised.by == self.fact.by || raised.w.against.contains(&self.fact.by);
            ensure(!party, "party-in-own-cause")?;
        }
        ensure(self.fact.on() <= self.fact.day && self.fact.on() >= raised.on(), "bad-date")?;
        let before = self.record.before(self.fact.place);
        ensure(before.open_claim(claim), "wrong-state")
    }

    /// Whether an open claim on a responsibility names both agencies.
    pub(super) fn disputed(&self, of: &str, one: &str, other: &str) -> bool {
        let by_record = |record: &Record| {
            record.of("claim.raised").any(|fact| {
                let names = |agency: &str| fact.by == agency || fact.w.against.iter().any(|id| id == agency);
                let open = record.open_claim(fact.w.claim.as_deref().unwrap_or_default());
                open && fact.w.about.iter().any(|about| *about == format!("r:{of}"))
                    && names(one)
                    && names(other)
            })
        };
        by_record(&self.record) || (self.corrects && by_record(&self.record.before(self.fact.place)))
    }

    /// Rule 2 and "Twice", for the holdings that the statement makes.
    pub(super) fn alone(&mut self) -> Verdict {
        let place = self.fact.place;
        let made_here = |one: &Holding| {
            let changed = self.fold.get(&one.id).is_none_or(|old| old.spans != one.spans);
            one.made == place || (self.fact.kind == "handoff.changed" && changed && self.passes(&one.of))
        };
        let mut twice = false;
        for one in self.later.all.iter().filter(|one| made_here(one)) {
            for other in self.later.all.iter().filter(|other| other.id != one.id && other.of == one.of) {
                if self.corrects && other.made > place {
                    continue;
                }
                let both =
                    one.role == "accountable" && other.role == "accountable" && one.agency != other.agency;
                if both && self.meet_apart(one, other) && !self.disputed(&one.of, &one.agency, &other.agency)
                {
                    return Err("already-accountable");
                }
            }
            let both = |fold: &Fold, old: &Holding| {
                let displaced =
                    |a: &str, b: &str| fold.get(a).is_some_and(|a| a.displaced.iter().any(|id| id == b));
                displaced(&one.id, &old.id) || displaced(&old.id, &one.id)
            };
            for old in self.later.all.iter().filter(|old| old.alike(one) && !self.supersedes(&old.id)) {
                let lower = !self.corrects || old.made < place;
                twice |= lower && both(&self.later, old) && !both(&self.fold, old);
            }
        }
        ensure(!twice, "twice")
    }

    fn supersedes(&self, id: &str) -> bool {
        self.fact.w.supersedes.as_deref() == Some(id)
    }

    /// Whether the handoff that the statement is about passes a responsibility on.
    fn passes(&self, of: &str) -> bool {
        let proposal = self.then.proposal(self.fact.w.handoff());
        proposal.is_some_and(|fact| fact.w.responsibilities.iter().any(|id| id == of))
    }

    /// Whether two meet on a day on which neither stands under the other by delegation.
    fn meet_apart(&self, one: &Holding, other: &Holding) -> bool {
        let Some(_) = one.meets(other) else { return false };
        let firsts = one.spans.iter().chain(&other.spans).map(|span| span.0);
        let firsts = firsts.chain(one.above.iter().chain(&other.above).map(|above| above.0));
        let mut days: Vec<Day> = firsts.filter(|day| one.held(*day) && other.held(*day)).collect();
        days.dedup();
        days.into_iter()
            .any(|day| !self.later.delegates(one, other, day) && !self.later.delegates(other, one, day))
    }
}

impl Record {
    pub(super) fn open_claim(&self, claim: &str) -> bool {
        let about = |fact: &&Fact| fact.w.claim.as_deref() == Some(claim);
        !self.of("claim.withdrawn").chain(self.of("claim.resolved")).any(|fact| about(&fact))
    }
}

impl Fold {
    /// Whether one stands under another by delegations, on a day.
    fn delegates(&self, one: &Holding, other: &Holding, day: Day) -> bool {
        let mut at = Some(one);
        for _ in 0..self.all.len() {
            let Some(below) = at.filter(|below| below.delegated) else { break };
            let above = below.under_on(day);
            if above == Some(other.id.as_str()) {
                return true;
            }
            // what is not held that day makes nothing above it dormant
            at = above.and_then(|id| self.get(id)).filter(|above| above.held(day));
        }
        false
    }

    /// Who took the place of a holding by a day, for what stands under it: of which responsibility, and its
    /// name.
    pub(super) fn next(
        &self,
        record: &Record,
        id: &str,
        (of, below): (&str, &str),
        day: Day,
    ) -> Option<String> {
        let one = self.get(id)?;
        let heirs: Vec<&str> = one
            .heirs
            .iter()
            .filter(|heir| heir.0 <= day && day < heir.1)
            .map(|heir| heir.2.as_str())
            .collect();
        let of_heir = |id: &str| self.get(id).map(|heir| heir.of.clone());
        if let Some(moved) = heirs.iter().find(|heir| of_heir(heir).is_some_and(|other| other == one.of)) {
            return Some((*moved).to_owned());
        }
        let part = record.part_for(record.split(&one.of)?, of, Some(below)).ok()??;
        heirs.into_iter().find(|heir| of_heir(heir).as_ref() == Some(&part)).map(str::to_owned)
    }

    /// Who stands in the place of a holding on a day, for what is to stand under it.
    pub(super) fn stand_in(
        &self,
        record: &Record,
        id: &str,
        below: (&str, &str),
        day: Day,
    ) -> Option<&Holding> {
        let mut one = self.get(id)?;
        // a holding that somebody took and that took his in turn would be followed for ever
        for _ in 0..self.all.len() {
            match self.next(record, &one.id, below, day) {
                Some(heir) => one = self.get(&heir)?,
                None => break,
            }
        }
        Some(one)
    }

    /// When a holding, or who stands in its place, ends.
    pub(super) fn end_of(&self, record: &Record, id: &str, below: (&str, &str), from: Day) -> Day {
        let split = record.split(below.0).map(|split| split.w.effective());
        let until = |day: Day| {
            let one = self.stand_in(record, id, below, day)?;
            let end = one.span(day)?.1;
            // what stands in what is split is divided with it
            Some(if one.of == below.0 && split == Some(end) { OPEN } else { end })
        };
        let Some(mut end) = until(from) else { return UNKNOWN };
        while let Some(next) = until(end).filter(|_| end < OPEN) {
            end = next;
        }
        end
    }

    /// Who holds a responsibility in a role on a day.
    pub(super) fn holders<'a>(
        &'a self,
        of: &'a str,
        agency: &'a str,
        role: &'a str,
        day: Day,
    ) -> Vec<&'a Holding> {
        let is =
            move |one: &&Holding| one.of == of && one.agency == agency && one.role == role && one.held(day);
        self.all.iter().filter(is).collect()
    }
}
