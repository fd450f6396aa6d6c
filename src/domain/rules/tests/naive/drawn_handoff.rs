//! Draws what is said of handoffs.

use serde_json::{Value, json};

use super::drawer::{Drawer, Seen};
use super::drawn::Said;
use super::handoff::Now;
use super::on;
use super::said::{Day, Fact, text};

impl Drawer {
    /// When it happened, sometimes.
    fn on(&mut self, data: &mut Value, earliest: Day) {
        if self.chance(20) {
            let back = (self.today - earliest + 2).max(1) as usize;
            data["on"] = json!(text(self.today + 1 - self.below(back) as Day));
        }
    }

    pub(super) fn proposed(&mut self, seen: &Seen<'_>) -> Said {
        let day = self.near(seen);
        let regime =
            ["by_agreement", "by_agreement", "by_agreement", "by_law", "by_law", "observed"][self.below(6)];
        let role = if self.chance(80) { "accountable" } else { "executor" };
        let held = seen.fold.all.iter().filter(|one| one.role == role && one.held(day));
        let held: Vec<_> = held.collect();
        let one = self.pick(&held);
        let from = one.map_or_else(|| self.an_agency(seen), |one| one.agency.clone());
        let mut of = vec![one.map_or_else(|| self.a_responsibility(seen), |one| one.of.clone())];
        while self.chance(25) {
            let more: Vec<String> = held
                .iter()
                .filter(|one| one.agency == from && !of.contains(&one.of))
                .map(|one| one.of.clone())
                .collect();
            of.push(self.pick(&more).unwrap_or_else(|| self.a_responsibility(seen)));
        }
        if self.chance(97) {
            of.sort();
            of.dedup();
        }
        let to = self.an_agency(seen);
        let by = if regime == "by_agreement" { from.clone() } else { "reg".to_owned() };
        let mut data = json!({"handoff": format!("h{}", seen.n), "responsibilities": of, "from": from, "to": to,
            "regime": regime, "effective": text(day)});
        if role == "executor" {
            data["role"] = json!(role);
        }
        let given = held.iter().filter(|one| one.agency == from && of.contains(&one.of));
        let givers = given.filter_map(|one| Some(seen.fold.get(one.under_on(day)?)?.agency.clone()));
        let mut givers: Vec<String> = givers.collect();
        givers.sort();
        givers.dedup();
        if regime == "by_agreement" && !givers.is_empty() && self.chance(90) {
            data["approved_by"] = json!(givers);
        }
        if self.chance(30) {
            data["steps"] = json!([{"step": "s1", "kind": "asset", "by": from},
                {"step": "s2", "kind": "audit", "by": to, "after": ["s1"]}]);
        }
        if self.chance(30) && (on("lapse") || regime != "by_agreement") {
            data["due"] = json!(text(day + self.below(30) as Day));
        }
        let proposals = self.proposals(seen);
        if let Some(seq) = self.pick(&proposals).filter(|_| self.chance(15)) {
            data["instead_of"] = json!(seq);
        }
        self.on(&mut data, self.today - 20);
        self.basis(&mut data);
        self.time(&mut data, day);
        if regime != "by_agreement" {
            self.unknown(&mut data, 15);
        }
        (by, "handoff.proposed", data)
    }

    /// Entries of proposals, mostly of those that do not stand.
    fn proposals(&mut self, seen: &Seen<'_>) -> Vec<usize> {
        let stands = |seq: usize| seen.record.facts.iter().any(|fact| fact.seq == seq);
        let all =
            self.admitted.iter().filter(|(_, line)| line.kind == "handoff.proposed").map(|(seq, _)| *seq);
        let (standing, gone): (Vec<usize>, Vec<usize>) = all.partition(|seq| stands(*seq));
        if self.chance(90) { gone } else { standing }
    }

    /// A handoff in some state.
    fn a_handoff(&mut self, seen: &Seen<'_>, in_state: &[Now]) -> Option<Fact> {
        let all: Vec<&Fact> = seen.record.of("handoff.proposed").collect();
        let here = |fact: &&&Fact| {
            let now = seen.record.now(seen.fold, fact.w.handoff(), self.today);
            now.is_some_and(|now| in_state.contains(&now))
        };
        let some: Vec<&Fact> = all.iter().filter(here).copied().collect();
        let from = if self.chance(93) { some } else { all };
        self.pick(&from).cloned()
    }

    pub(super) fn step(&mut self, seen: &Seen<'_>) -> Said {
        let (kind, states): (&'static str, &[Now]) = match self.below(20) {
            0..=8 => ("handoff.accepted", &[Now::Proposed]),
            9 => ("handoff.acknowledged", &[Now::Effective]),
            10 => ("handoff.declined", &[Now::Proposed]),
            11 => ("handoff.withdrawn", &[Now::Proposed, Now::Accepted]),
            12 | 13 => ("handoff.changed", &[Now::Proposed, Now::Accepted, Now::Effective]),
            14 => ("handoff.closed", &[Now::Effective]),
            15 => ("handoff.step_added", &[Now::Accepted, Now::Effective]),
            16 | 17 => ("handoff.step_done", &[Now::Accepted, Now::Effective]),
            18 => ("handoff.step_confirmed", &[Now::Accepted, Now::Effective]),
            _ => ("handoff.reservation_lifted", &[Now::Accepted, Now::Effective]),
        };
        let mut open = None;
        for _ in 0..4 {
            open = self.a_handoff(seen, states).or(open);
            if open
                .as_ref()
                .is_some_and(|fact| kind != "handoff.accepted" || fact.w.regime() == "by_agreement")
            {
                break;
            }
        }
        let Some(proposal) = open else { return self.made(seen) };
        let (from, to) = (proposal.w.from().to_owned(), proposal.w.to().to_owned());
        let mut data = json!({"handoff": proposal.w.handoff()});
        self.on(&mut data, proposal.on());
        self.time(&mut data, self.today);
        let steps = seen.record.steps(proposal.w.handoff());
        let (step, by, _) = self.pick(&steps).unwrap_or(("s9".to_owned(), from.clone(), Vec::new()));
        let mut who = to.clone();
        match kind {
            "handoff.accepted" | "handoff.acknowledged" if self.chance(30) => {
                data["reservations"] = json!([{"reservation": "v1"}]);
            }
            "handoff.withdrawn" => {
                who = from;
                if proposal.w.regime() == "by_law" {
                    who = "reg".to_owned();
                } else if self.chance(60) {
                    data["approved_by"] = json!([to]);
                }
            }
            "handoff.changed" => {
                who = from;
                data["approved_by"] = json!([to]);
                if proposal.w.regime() != "by_agreement" {
                    who = "reg".to_owned();
                    data.as_object_mut().unwrap().remove("approved_by");
                }
                if self.chance(70) {
                    data["effective"] = json!(text(self.near(seen)));
                } else if on("lapse") {
                    data["due"] = json!(text(self.near(seen)));
                }
                if self.chance(20) && !steps.is_empty() {
                    data["dropped"] = json!([step]);
                }
                self.basis(&mut data);
            }
            "handoff.step_added" => {
                (data["step"], data["kind"], data["by"]) = (json!("s5"), json!("audit"), json!(from));
            }
            "handoff.step_done" => {
                who = by;
                data["step"] = json!(step);
            }
            "handoff.step_confirmed" => data["step"] = json!(step),
            "handoff.reservation_lifted" => data["reservation"] = json!("v1"),
            _ => {}
        }
        if self.chance(4) {
            who = self.an_agency(seen);
        }
        (who, kind, data)
    }

    pub(super) fn reversed(&mut self, seen: &Seen<'_>) -> Said {
        let decisions: Vec<String> =
            seen.record.of("decision.recorded").filter_map(|fact| fact.w.decision.clone()).collect();
        let Some(decision) = self.pick(&decisions).filter(|_| self.chance(90)) else {
            let data = json!({"decision": format!("d{}", seen.n), "decided_by": "over",
                "decided_on": text(self.today), "capacity": "own", "basis": {"ref": "id/uu/1"},
                "in_force": {"from": text(self.today)}});
            return ("over".to_owned(), "decision.recorded", data);
        };
        let Some(proposal) = self.a_handoff(seen, &[Now::Effective, Now::Closed]) else {
            return self.made(seen);
        };
        let day = self.near(seen);
        let mut data = json!({"handoff": proposal.w.handoff(), "effective": text(day), "decision": decision});
        self.on(&mut data, self.today - 5);
        self.time(&mut data, day);
        let who = if self.chance(90) { "over".to_owned() } else { self.an_agency(seen) };
        (who, "handoff.reversed", data)
    }
}
