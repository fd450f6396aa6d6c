//! Decides what is said of handoffs.

use std::collections::BTreeSet;

use super::handoff::{Now, agreed};
use super::judge::{Judge, Verdict, ensure};
use super::said::{Day, Fact, OPEN, Record};

impl Judge {
    /// Whether the author speaks for an agency: as itself, or for one that is closed.
    fn speaks_for(&self, agency: &str) -> Result<bool, &'static str> {
        if self.fact.by == agency {
            return Ok(true);
        }
        let Some(closing) = self.record.closing(agency) else { return Ok(false) };
        let over = closing.w.winding_up_until.unwrap_or(closing.w.effective()) < self.fact.day;
        let late = self.late_for(agency);
        if !over && !late {
            return Ok(false);
        }
        let alive = |id: &&String| self.record.active(id, self.fact.day);
        let mut successors = closing.w.successors.iter().filter(alive);
        if successors.clone().any(|id| *id == self.fact.by) {
            return ensure(!late || self.overseen(), "approval-missing").map(|()| true);
        }
        if successors.next().is_some() || self.registrar().is_err() {
            return Ok(false);
        }
        ensure(self.overseen(), "approval-missing").map(|()| true)
    }

    /// Whether it is said of a day before the closing of an agency, after it.
    fn late_for(&self, agency: &str) -> bool {
        let closed = self.record.closing(agency).map_or(OPEN, |closing| closing.w.effective());
        self.fact.by != agency && closed <= self.fact.day && self.fact.w.on.is_some_and(|on| on < closed)
    }

    pub(super) fn proposed(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let once: BTreeSet<&String> = w.responsibilities.iter().collect();
        let form = once.len() == w.responsibilities.len() && (1..=64).contains(&once.len()) && w.from != w.to;
        ensure(form && ["accountable", "executor"].contains(&w.role()), "malformed")?;
        let agencies = [w.from(), w.to()].into_iter().chain(w.steps.iter().map(|step| step.by.as_str()));
        let known = once.iter().all(|id| self.record.defined(id).is_some());
        ensure(known && agencies.into_iter().all(|id| self.record.agency(id).is_some()), "not-found")?;
        let old = w.instead_of.map(|seq| self.said_at(seq)).transpose()?;
        if agreed(&w) {
            ensure(self.fact.by == w.from(), "not-a-party")?;
        } else {
            let may =
                ["registrar", "overseer"].iter().any(|power| self.record.has_power(&self.fact.by, power));
            ensure(may, "not-entitled")?;
        }
        ensure(self.fact.on() <= self.fact.day, "bad-date")?;
        let day = w.effective();
        let from = self.record.active(w.from(), day) || self.record.active(w.from(), day - 1);
        ensure(self.record.active(w.to(), day) && from, "agency-not-active")?;
        if agreed(&w) {
            let on = day.max(self.fact.on());
            self.gives(&w.responsibilities, on)?;
            self.given_leave(&w.responsibilities, on)?;
            ensure(!self.open_already(&w.responsibilities), "handoff-open")?;
        }
        self.basis()?;
        let outside = w.responsibilities.iter().any(|of| !self.record.exists_on(of, day));
        ensure(w.regime() == "observed" || !outside, "wrong-state")?;
        let again = self.record.of("handoff.proposed").any(|one| one.w.instead_of == w.instead_of);
        let gone = |old: &Fact| old.kind == "handoff.proposed" && self.withdrawn.contains(&old.seq);
        ensure(old.is_none_or(|old| gone(&old) && !again), "wrong-state")?;
        self.is_taken("h", w.handoff())
    }

    /// What an entry said, whether it stands or not.
    fn said_at(&self, seq: usize) -> Result<Fact, &'static str> {
        self.all.iter().find(|fact| fact.seq == seq).cloned().ok_or("not-found")
    }

    fn parties(&self) -> (String, String, String) {
        let proposal = self.then.proposal(self.fact.w.handoff());
        let w = &proposal.unwrap_or(&self.fact).w;
        (w.from().to_owned(), w.to().to_owned(), w.role().to_owned())
    }

    /// The giver holds the role on the day.
    fn gives(&self, of: &[String], day: Day) -> Verdict {
        let (from, _, role) = self.parties();
        let holds = |of: &String| !self.fold.holders(of, &from, &role, day).is_empty();
        ensure(of.iter().all(holds), "not-accountable")
    }

    /// Who stands above a delegated or mandated holding approves, unless it is a party.
    fn given_leave(&self, of: &[String], day: Day) -> Verdict {
        let (from, to, role) = self.parties();
        let held = of.iter().flat_map(|of| self.fold.holders(of, &from, &role, day));
        let given = held.filter(|one| one.delegated || one.role == "executor");
        let givers: Vec<String> =
            given.filter_map(|one| Some(self.fold.get(one.under_on(day)?)?.agency.clone())).collect();
        let leave = |giver: &String| self.fact.approved.contains(giver) || *giver == from || *giver == to;
        ensure(givers.iter().all(leave), "not-sub-delegable")
    }

    /// Whether another handoff of one of these is open.
    fn open_already(&self, of: &[String]) -> bool {
        let (.., role) = self.parties();
        self.record.of("handoff.proposed").any(|other| {
            let same = other.w.role() == role && other.w.responsibilities.iter().any(|id| of.contains(id));
            let now = self.record.now(&self.fold, other.w.handoff(), self.fact.day);
            same && agreed(&other.w) && matches!(now, Some(Now::Proposed | Now::Accepted))
        })
    }

    pub(super) fn step(&mut self) -> Verdict {
        let handoff = self.fact.w.handoff().to_owned();
        let before = self.record.before(self.fact.place);
        let proposal = self.record.proposal(&handoff).ok_or("not-found")?.clone();
        let now = before.now(&self.fold, &handoff, self.fact.day).unwrap_or(Now::Void);
        if proposal.w.responsibilities.iter().any(|of| self.record.defined(of).is_none()) {
            self.tags.insert("responsibility-gone");
        }
        match self.fact.kind.as_str() {
            "handoff.accepted" => self.accepted(&proposal, now),
            "handoff.acknowledged" => self.acknowledged(&before, &proposal, now),
            "handoff.declined" | "handoff.withdrawn" => self.taken_back(&proposal, now),
            "handoff.changed" => self.rescheduled(&before, &proposal, now),
            "handoff.closed" => self.closed(&before, &proposal, now),
            _ => self.step_said(&before, &proposal, now),
        }
    }

    /// `on` is neither after the record day nor before a day.
    fn on_time(&self, follows: Day) -> Verdict {
        ensure(self.fact.on() <= self.fact.day && follows <= self.fact.on(), "bad-date")
    }

    fn reservations(&self, proposal: &Fact) -> Verdict {
        let steps = self.record.steps(proposal.w.handoff());
        for one in &self.fact.w.reservations {
            let about = one.responsibility.iter().all(|of| proposal.w.responsibilities.contains(of));
            let step = one.step.iter().all(|id| steps.iter().any(|(step, ..)| step == id));
            ensure(about && step, "not-found")?;
        }
        let ids: BTreeSet<&String> = self.fact.w.reservations.iter().map(|one| &one.reservation).collect();
        ensure(ids.len() == self.fact.w.reservations.len(), "malformed")
    }

    fn accepted(&mut self, proposal: &Fact, now: Now) -> Verdict {
        let (w, of) = (&proposal.w, &proposal.w.responsibilities);
        ensure(self.speaks_for(w.to())? && agreed(w), "not-a-party")?;
        self.on_time(proposal.on())?;
        self.reservations(proposal)?;
        let second = self.record.step("handoff.accepted", w.handoff());
        ensure(second.is_none_or(|fact| fact.on() > self.fact.day), "wrong-state")?;
        let expired = self.record.expiry(proposal).is_some_and(|day| day <= self.fact.day);
        let lapsed = self.fold.lapsed.contains_key(w.handoff()) || expired;
        let closed = self.record.giver_closed(proposal).is_some();
        let kept = self.late_for(w.to()) && closed && self.record.answered(w.handoff()).is_none() && !lapsed;
        let proposed = ensure(now == Now::Proposed || kept, "wrong-state");
        let day = self.record.effective(proposal, self.fact.day).max(self.fact.on());
        if proposed.is_err() {
            self.alone_on_move(w.role())?;
        }
        proposed?;
        ensure(self.record.active(w.to(), day), "agency-not-active")?;
        self.alone_on_move(w.role())?;
        self.gives(of, day)?;
        let outside = of.iter().any(|of| !self.record.exists_on(of, day));
        ensure(!outside, "wrong-state")
    }

    fn alone_on_move(&mut self, role: &str) -> Verdict {
        let executor = role == "executor";
        self.alone().map_err(|code| match code {
            "twice" if executor => "wrong-state",
            "twice" => "already-accountable",
            code => code,
        })
    }

    fn acknowledged(&mut self, before: &Record, proposal: &Fact, now: Now) -> Verdict {
        ensure(self.speaks_for(proposal.w.to())? && proposal.w.regime() == "by_law", "not-a-party")?;
        let effective = self.record.effective(proposal, self.fact.day);
        self.on_time(Record::own_date(proposal).min(effective))?;
        self.reservations(proposal)?;
        let already = before.step("handoff.acknowledged", proposal.w.handoff()).is_some();
        ensure(matches!(now, Now::Proposed | Now::Effective) && !already, "wrong-state")
    }

    fn taken_back(&mut self, proposal: &Fact, now: Now) -> Verdict {
        let w = &proposal.w;
        let declined = self.fact.kind == "handoff.declined";
        if declined {
            ensure(self.speaks_for(w.to())? && agreed(w), "not-a-party")?;
        } else if w.regime() == "by_law" {
            ensure(self.registrar().is_ok(), "not-entitled")?;
        } else {
            let (from, to) = (self.speaks_for(w.from())?, self.speaks_for(w.to())?);
            let alone = self.record.step("handoff.accepted", w.handoff()).is_none();
            ensure(from || to && !alone, "not-a-party")?;
            ensure(alone || self.other_approves(from, w.from(), w.to()), "approval-missing")?;
        }
        self.on_time(Record::own_date(proposal))?;
        let open = now == Now::Proposed || (!declined && now == Now::Accepted);
        ensure(open && w.regime() != "observed", "wrong-state")
    }

    fn other_approves(&self, by_from: bool, from: &str, to: &str) -> bool {
        let other = if by_from { to } else { from };
        self.fact.approved.iter().any(|one| one == other)
    }

    fn rescheduled(&mut self, before: &Record, proposal: &Fact, now: Now) -> Verdict {
        let (w, fact) = (&proposal.w, self.fact.clone());
        let steps = before.steps(w.handoff());
        let known = fact.w.dropped.iter().all(|id| steps.iter().any(|(step, ..)| step == id));
        ensure(known, "not-found")?;
        ensure(w.regime() != "observed", "wrong-state")?;
        if agreed(w) {
            let (from, to) = (self.speaks_for(w.from())?, self.speaks_for(w.to())?);
            ensure(from || to, "not-a-party")?;
            ensure(self.other_approves(from, w.from(), w.to()), "approval-missing")?;
        } else {
            self.registrar()?;
        }
        self.on_time(Record::own_date(proposal))?;
        if let Some(day) = fact.w.effective {
            let from = self.record.active(w.from(), day) || self.record.active(w.from(), day - 1);
            ensure(self.record.active(w.to(), day) && from, "agency-not-active")?;
        }
        let open = matches!(now, Now::Proposed | Now::Accepted);
        ensure(open || (now == Now::Effective && fact.w.effective.is_none()), "wrong-state")?;
        if agreed(w) && now == Now::Accepted && fact.w.effective.is_some() {
            self.alone_on_move(w.role())?;
        }
        self.basis()?;
        let outside = |day: Day| w.responsibilities.iter().any(|of| !self.record.exists_on(of, day));
        ensure(!fact.w.effective.is_some_and(outside), "wrong-state")
    }

    fn closed(&mut self, before: &Record, proposal: &Fact, now: Now) -> Verdict {
        let handoff = proposal.w.handoff();
        ensure(self.speaks_for(proposal.w.to())?, "not-a-party")?;
        let moved = before.move_day(proposal, OPEN - 1).map_or(self.fact.on(), |(_, day)| day);
        let _ = moved;
        self.on_time(Record::own_date(proposal))?;
        ensure(now == Now::Effective, "wrong-state")?;
        let over = |step: &str| {
            before.dropped(handoff, step)
                || before.step_day("handoff.step_confirmed", handoff, step).is_some()
        };
        ensure(before.steps(handoff).iter().all(|(step, ..)| over(step)), "step-open")?;
        ensure(before.reserved(handoff).is_empty(), "reservation-open")
    }

    fn step_said(&mut self, before: &Record, proposal: &Fact, now: Now) -> Verdict {
        let (w, handoff) = (self.fact.w.clone(), proposal.w.handoff());
        let id = w.step.clone().unwrap_or_default();
        let steps = before.steps(handoff);
        let known = steps.iter().find(|(step, ..)| *step == id);
        let done = before.step_day("handoff.step_done", handoff, &id);
        let confirmed = before.step_day("handoff.step_confirmed", handoff, &id).is_some();
        let open = matches!(now, Now::Proposed | Now::Accepted | Now::Effective);
        let follows = Record::own_date(proposal);
        match self.fact.kind.as_str() {
            "handoff.step_added" => {
                ensure(self.record.agency(w.by.as_deref().unwrap_or_default()).is_some(), "not-found")?;
                let itself = [proposal.w.from(), proposal.w.to()].contains(&self.fact.by.as_str());
                let party =
                    itself || self.speaks_for(proposal.w.from())? || self.speaks_for(proposal.w.to())?;
                ensure(party || self.registrar().is_ok(), "not-a-party")?;
                self.on_time(follows)?;
                ensure(open, "wrong-state")?;
                ensure(known.is_none(), "id-taken")
            }
            "handoff.step_done" => {
                let (_, by, after) = known.ok_or("not-found")?;
                ensure(self.speaks_for(by)?, "not-a-party")?;
                self.on_time(follows)?;
                let dropped = before.dropped(handoff, &id);
                ensure(open && done.is_none() && !confirmed && !dropped, "wrong-state")?;
                let ready = |step: &String| {
                    before.dropped(handoff, step)
                        || before.step_day("handoff.step_done", handoff, step).is_some()
                };
                ensure(after.iter().all(ready), "wrong-state")
            }
            "handoff.step_confirmed" => {
                known.ok_or("not-found")?;
                ensure(self.speaks_for(proposal.w.to())?, "not-a-party")?;
                self.on_time(done.unwrap_or(follows))?;
                ensure(open && done.is_some() && !confirmed && !before.dropped(handoff, &id), "wrong-state")
            }
            _ => {
                let reservation = w.reservation.clone().unwrap_or_default();
                let said =
                    [before.step("handoff.accepted", handoff), before.step("handoff.acknowledged", handoff)];
                let mut said = said.into_iter().flatten().flat_map(|fact| &fact.w.reservations);
                ensure(said.any(|one| one.reservation == reservation), "not-found")?;
                ensure(self.speaks_for(proposal.w.to())?, "not-a-party")?;
                self.on_time(follows)?;
                ensure(open && before.reserved(handoff).contains(&reservation), "wrong-state")
            }
        }
    }

    pub(super) fn reversed(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let proposal = self.record.proposal(w.handoff()).ok_or("not-found")?.clone();
        let decision = self.record.of("decision.recorded").any(|fact| fact.w.decision == w.decision);
        ensure(decision, "not-found")?;
        let may = ["overseer", "court"].iter().any(|power| self.record.has_power(&self.fact.by, power));
        ensure(may, "not-entitled")?;
        self.on_time(Record::own_date(&proposal))?;
        let before = self.record.before(self.fact.place);
        let now = before.now(&self.fold, w.handoff(), self.fact.day).unwrap_or(Now::Void);
        ensure(matches!(now, Now::Effective | Now::Closed), "wrong-state")?;
        ensure(self.record.step("handoff.reversed", w.handoff()).is_none(), "wrong-state")?;
        let (place, day) = self.record.move_day(&proposal, OPEN - 1).ok_or("wrong-state")?;
        let made = super::changes::made_by(&proposal, place);
        let made: Vec<_> = made.iter().filter_map(|(_, id)| self.fold.get(id)).collect();
        ensure(!made.is_empty(), "wrong-state")?;
        ensure(day <= w.effective(), "bad-date")?;
        ensure(made.iter().all(|one| one.passed_on().is_none()), "wrong-state")
    }
}
