//! The naive ledger: takes statements, keeps the list, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use super::fold::Fold;
use super::judge::{Judge, Verdict, ensure};
use super::said::{Day, Fact, Given, Record, UNKNOWN, Words};

/// A statement as told: the day it is recorded, who says it, its type and its data, which may carry
/// `corrects` and `approved_by`.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) day: Day,
    pub(super) who: String,
    pub(super) kind: String,
    pub(super) data: Value,
}

/// All that was said, and the names that were given.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) all: Vec<Fact>,
    pub(super) names: Vec<Given>,
    /// Entries that a withdrawal has named.
    pub(super) withdrawn: BTreeSet<usize>,
}

/// What the ledger would do with a statement.
pub(super) struct Told {
    pub(super) verdict: Verdict,
    /// Tags of the rules that made a difference.
    pub(super) tags: BTreeSet<&'static str>,
    /// The ledger afterwards, if it is admitted.
    pub(super) ledger: Option<Ledger>,
}

impl Ledger {
    pub(super) fn record(&self) -> Record {
        Record::standing(&self.all, &self.names)
    }

    pub(super) fn fact(&self, seq: usize) -> Option<&Fact> {
        self.all.iter().find(|fact| fact.seq == seq)
    }

    fn without(&self, seq: usize) -> Self {
        let mut ledger = self.clone();
        for fact in ledger.all.iter_mut().filter(|fact| fact.seq == seq) {
            fact.over = true;
        }
        ledger
    }

    /// Judges a statement that would become an entry.
    pub(super) fn tell(&self, line: &Line, seq: usize) -> Told {
        let w: Words = serde_json::from_value(line.data.clone()).unwrap();
        let list = |key: &str| line.data.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let approved = list("approved_by").iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        let corrects = line.data.get("corrects").and_then(Value::as_u64).map(|seq| seq as usize);
        let fact = Fact {
            seq,
            place: seq,
            day: line.day,
            by: line.who.clone(),
            issuer: line.who.clone(),
            kind: line.kind.clone(),
            w: Rc::new(w),
            meant: None,
            approved,
            over: false,
        };
        let mut tags = BTreeSet::new();
        let told = self.speaks(&fact).and_then(|()| match corrects.or(fact.w.seq) {
            Some(target) => self.correct(fact, target, &mut tags),
            None => self.judge(fact, None, &mut tags),
        });
        let (verdict, ledger) = match told {
            Ok(ledger) => (Ok(()), Some(ledger.named())),
            Err(code) => (Err(code), None),
        };
        Told { verdict, tags, ledger }
    }

    /// Rule 1, for who speaks: it is not closed, or winds up what began before.
    fn speaks(&self, fact: &Fact) -> Verdict {
        let record = self.record();
        let known = record.agency(&fact.issuer).is_some();
        ensure(known, "not-found")?;
        let winds_up = record.closing(&fact.issuer).is_some_and(|closing| {
            let Some(until) = closing.w.winding_up_until else { return false };
            let kinds = ["acknowledged", "closed", "step_confirmed", "step_done", "reservation_lifted"];
            let kind = fact.kind.strip_prefix("handoff.").unwrap_or_default();
            let began = record.proposal(fact.w.handoff());
            let began = began.is_some_and(|fact| Record::own_date(fact) < closing.w.effective());
            fact.day <= until && kinds.contains(&kind) && began
        });
        let closed = record.closing(&fact.issuer).is_some_and(|closing| closing.w.effective() <= fact.day);
        ensure(!closed || winds_up, "agency-not-active")
    }

    /// Judges a statement against what stands without what it corrects.
    fn judge(
        &self,
        fact: Fact,
        target: Option<usize>,
        tags: &mut BTreeSet<&'static str>,
    ) -> Result<Self, &'static str> {
        let fact = counted(fact);
        let mut base = target.map_or_else(|| self.clone(), |seq| self.without(seq));
        let record = base.record();
        let fold = record.fold();
        let then = record.with(fact.clone());
        let later = then.fold();
        let taken = self.taken(fact.place);
        let corrects = target.is_some();
        let tags_now = BTreeSet::new();
        let (all, withdrawn) = (self.all.clone(), self.withdrawn.clone());
        let mut judge =
            Judge { fact, record, fold, then, later, corrects, all, withdrawn, taken, tags: tags_now };
        let verdict = judge.decide();
        tags.extend(&judge.tags);
        let fact = judge.fact;
        if verdict.is_ok() {
            base.all.push(fact);
            tags.extend(base.record().fold().tags);
        }
        verdict.map(|()| base)
    }

    /// Ids taken by facts of other places, with their kind.
    fn taken(&self, place: usize) -> BTreeSet<(String, String)> {
        let ids = self.all.iter().filter(|fact| fact.place != place).filter_map(|fact| {
            let (kind, id) = match fact.kind.as_str() {
                "agency.registered" => ("a", fact.w.agency.clone()),
                "territory.registered" => ("t", fact.w.territory.clone()),
                "responsibility.defined" => ("r", fact.w.responsibility.clone()),
                "assignment.made" => ("as", fact.w.assignment.clone()),
                "handoff.proposed" => ("h", fact.w.handoff.clone()),
                "decision.recorded" => ("d", fact.w.decision.clone()),
                "claim.raised" => ("c", fact.w.claim.clone()),
                _ => return None,
            };
            Some((kind.to_owned(), id?))
        });
        ids.collect()
    }

    /// A correction, or a withdrawal.
    fn correct(
        &self,
        mut fact: Fact,
        target: usize,
        tags: &mut BTreeSet<&'static str>,
    ) -> Result<Self, &'static str> {
        let old = self.fact(target).ok_or("not-found")?.clone();
        let record = self.record();
        let registrar = record.has_power(&fact.issuer, "registrar") && old.issuer != fact.issuer;
        ensure(registrar || old.issuer == fact.issuer, "not-entitled")?;
        let stands = record.facts.iter().any(|one| one.seq == target);
        let fixed = ["agency.registered", "record.withdrawn", "approval.given"].contains(&old.kind.as_str());
        ensure(stands && !fixed && old.w.powers.is_empty(), "wrong-state")?;
        let party = |one: &String| registrar && is_party(&record, &old, one);
        let approves = |one: &String| record.has_power(one, "overseer") && !party(one);
        ensure(fact.approved.iter().any(approves), "approval-missing")?;
        if fact.kind == "record.withdrawn" {
            let mut ledger = self.without(target);
            ledger.withdrawn.insert(target);
            if old.kind == "responsibility.defined" {
                let part = record.came_out_of(old.w.responsibility());
                ensure(part.is_empty(), "wrong-state")?;
            }
            ensure(!ledger.record().has_circle(), "wrong-state")?;
            tags.extend(ledger.record().fold().tags);
            return Ok(ledger);
        }
        (fact.place, fact.day, fact.by) = (old.place, old.day, old.by.clone());
        fact.meant.clone_from(&old.meant);
        ensure(within(&old, &fact), "wrong-state")?;
        let ledger = self.judge(fact, Some(target), tags)?;
        let meant = |fact: &Fact| fact.w.assignment.clone().or(fact.meant.clone());
        if old.kind == "assignment.ended" {
            ensure(ledger.all.last().and_then(meant) == meant(&old), "wrong-state")?;
        }
        Ok(ledger)
    }

    /// Gives names to what splits pass on, where there is none yet.
    fn named(mut self) -> Self {
        // as many rounds as splits may stand one behind the other
        for _ in 0..self.all.len() {
            let mut new = self.record().fold().unnamed(&self.record());
            new.sort();
            if new.is_empty() {
                return self;
            }
            let mut count: BTreeMap<usize, usize> = BTreeMap::new();
            for given in &self.names {
                *count.entry(given.split).or_default() += 1;
            }
            let first: BTreeSet<usize> =
                new.iter().map(|one| one.0).filter(|split| !count.contains_key(split)).collect();
            let alone = |split: usize| new.iter().filter(|one| one.0 == split).count() == 1;
            let mut names = Vec::new();
            for (split, part, old) in &new {
                let n = count.entry(*split).or_default();
                *n += 1;
                let single = first.contains(split) && alone(*split);
                let name = if single { format!("as-{split}") } else { format!("as-{split}.{n}") };
                names.push(Given { split: *split, part: part.clone(), old: old.clone(), name });
            }
            self.names.extend(names);
        }
        self
    }

    pub(super) fn fold(&self) -> Fold {
        self.record().fold()
    }
}

/// What has an unknown date counts from its `on`, else from the record day of its place.
fn counted(mut fact: Fact) -> Fact {
    let on = fact.on();
    let dated = ["agency.closed", "agency.changed", "assignment.ended", "handoff.proposed"];
    if dated.contains(&fact.kind.as_str()) && fact.w.effective == Some(UNKNOWN) {
        Rc::make_mut(&mut fact.w).effective = Some(on);
    }
    fact
}

/// Whether an agency is a party to a statement that somebody else corrects.
fn is_party(record: &Record, old: &Fact, agency: &str) -> bool {
    let named = [&old.w.agency, &old.w.decided_by].into_iter().flatten().any(|one| one == agency);
    let handoff = record.proposal(old.w.handoff());
    let gives = handoff.is_some_and(|fact| [fact.w.from(), fact.w.to()].contains(&agency));
    old.issuer == agency || named || gives
}

/// Whether a correction stays within what it may change.
fn within(old: &Fact, new: &Fact) -> bool {
    let (a, b) = (&old.w, &new.w);
    let same = a.handoff == b.handoff && a.agency() == b.agency() || old.kind.starts_with("assignment");
    let proposal = |w: &Words| {
        let mut of = w.responsibilities.clone();
        of.sort();
        (w.from.clone(), w.to.clone(), of, w.role().to_owned(), w.regime.clone())
    };
    match old.kind.as_str() {
        "assignment.made" => a.assignment == b.assignment && a.responsibility == b.responsibility,
        "assignment.ended" => true,
        "assignment.changed" => a.assignment == b.assignment,
        "handoff.proposed" => same && proposal(a) == proposal(b),
        _ => {
            same && a.responsibility == b.responsibility && a.territory == b.territory
                || old.kind.contains("changed")
        }
    }
}
