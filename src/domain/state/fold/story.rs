//! States for tests, told fact by fact: what the rules let through, without the rules.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::super::event::handoff::{
    HandoffAccepted, HandoffProposed, HandoffReversed, HandoffStepConfirmed,
};
use super::super::super::event::responsibility::ResponsibilitySplit;
use super::super::super::{AssignmentId, Assurance, Date, HandoffId, Instant, ResponsibilityId, Seq};
use super::super::State;
use super::super::agency::Agency;
use super::super::fact::Fact;
use super::super::handoff::{Followed, Handoff};
use super::super::responsibility::Responsibility;
use super::Holding;

/// A state that grows.
pub(crate) struct Story {
    pub(crate) state: State,
    /// The record day of what is told next.
    pub(crate) today: Date,
    next: u64,
}

pub(crate) fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

pub(crate) fn r(id: &str) -> ResponsibilityId {
    ResponsibilityId::parse(id).unwrap()
}

impl Story {
    pub(crate) fn new() -> Self {
        Self { state: State::default(), today: day("2024-01-01"), next: 3 }
    }

    fn fact<T: DeserializeOwned>(&mut self, data: Value) -> Fact<T> {
        let data = serde_json::from_value(data).unwrap();
        self.place(data)
    }

    fn place<T>(&mut self, data: T) -> Fact<T> {
        let seq = Seq(self.next);
        self.next += 1;
        Fact {
            seq,
            by: seq,
            at: Instant::default(),
            day: self.today,
            agency: None,
            assurance: Assurance::Ledger,
            data: Arc::new(data),
        }
    }

    pub(crate) fn agency(&mut self, id: &str, kind: &str) {
        let registered = self.fact(json!({"agency": id, "name": {"en": id}, "kind": kind}));
        let agency = Agency { registered, changed: Vec::new(), closed: None };
        let id = agency.id().clone();
        self.state.change(&id, Some(Arc::new(agency)));
        self.state.settle();
    }

    pub(crate) fn closed(&mut self, data: Value) -> Seq {
        let fact: Fact<crate::domain::event::agency::AgencyClosed> = self.fact(data);
        let mut agency = Agency::clone(self.state.agencies.get(&fact.data.agency).unwrap());
        let seq = fact.seq;
        agency.closed = Some(fact);
        let id = agency.id().clone();
        self.state.change(&id, Some(Arc::new(agency)));
        self.state.settle();
        seq
    }

    pub(crate) fn defined(&mut self, id: &str, more: Value) {
        let mut data =
            json!({"responsibility": id, "name": {"en": id}, "code": {"scheme": "s", "value": id}});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let fact = self.fact(data);
        self.state.change(&r(id), Some(Arc::new(Responsibility::new(fact))));
        self.state.settle();
    }

    fn change(&mut self, id: &ResponsibilityId, change: impl FnOnce(&mut Responsibility)) {
        let mut of = Responsibility::clone(self.state.responsibilities.get(id).unwrap());
        change(&mut of);
        self.state.change(id, Some(Arc::new(of)));
        self.state.settle();
    }

    /// Defaults: accountable, open, `valid.from` as given.
    pub(crate) fn made(
        &mut self,
        responsibility: &str,
        agency: &str,
        from: &str,
        more: Value,
    ) -> AssignmentId {
        let mut data = json!({"assignment": format!("as-{}", self.next), "responsibility": responsibility,
            "agency": agency, "role": "accountable", "valid": {"from": from}, "basis": {"unknown": true}});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let fact: Fact<crate::domain::event::assignment::AssignmentMade> = self.fact(data);
        let id = fact.data.assignment.clone().unwrap();
        self.change(&r(responsibility), |of| of.made.push(fact));
        id
    }

    pub(crate) fn ended(&mut self, responsibility: &str, assignment: &AssignmentId, on: &str, reason: &str) {
        self.ended_at(responsibility, assignment, on, None, reason);
    }

    pub(crate) fn ended_at(
        &mut self,
        responsibility: &str,
        assignment: &AssignmentId,
        on: &str,
        time: Option<&str>,
        reason: &str,
    ) {
        let mut data = json!({"assignment": assignment, "effective": on, "reason": reason});
        if let Some(time) = time {
            data["time"] = time.into();
        }
        let fact = self.fact(data);
        self.change(&r(responsibility), |of| of.ended.push(fact));
    }

    /// Gives a holding another basis.
    pub(crate) fn rebased(&mut self, responsibility: &str, assignment: &str, on: &str, basis: Value) {
        let fact = self.fact(json!({"assignment": assignment, "effective": on, "basis": basis}));
        self.change(&r(responsibility), |of| of.rebased.push(fact));
    }

    pub(crate) fn retired(&mut self, responsibility: &str, on: &str) {
        self.retires(json!({"responsibility": responsibility, "effective": on}));
    }

    pub(crate) fn retires(&mut self, data: Value) {
        let responsibility = data["responsibility"].as_str().unwrap().to_owned();
        let fact = self.fact(data);
        self.change(&r(&responsibility), |of| of.retired = Some(fact));
    }

    pub(crate) fn split(&mut self, data: Value) -> Seq {
        let fact: Fact<ResponsibilitySplit> = self.fact(data);
        let of = fact.data.responsibility.clone();
        let seq = fact.seq;
        self.change(&of, |r| r.split = Some(fact));
        seq
    }

    /// Defaults: by law, no steps.
    pub(crate) fn handoff(
        &mut self,
        id: &str,
        of: &[&str],
        from: &str,
        to: &str,
        on: &str,
        more: Value,
    ) -> Seq {
        let mut data = json!({"handoff": id, "responsibilities": of, "from": from, "to": to,
            "regime": "by_law", "effective": on, "basis": {"ref": "law/1"}});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let proposed: Fact<HandoffProposed> = self.fact(data);
        let handoff = Handoff { proposed, followed: Vec::new(), closing: None, lapsed: None };
        let (id, seq) = (handoff.id().clone(), handoff.proposed.seq);
        self.state.change(&id, Some(Arc::new(handoff)));
        self.state.settle();
        seq
    }

    fn follow(&mut self, id: &str, data: Followed) -> Seq {
        let id = HandoffId::parse(id).unwrap();
        let mut handoff = Handoff::clone(self.state.handoffs.get(&id).unwrap());
        let fact = self.place(data);
        let seq = fact.seq;
        handoff.followed.push(fact);
        self.state.change(&id, Some(Arc::new(handoff)));
        self.state.settle();
        seq
    }

    pub(crate) fn accepted(&mut self, id: &str, on: &str) -> Seq {
        let data: HandoffAccepted = serde_json::from_value(json!({"handoff": id, "on": on})).unwrap();
        self.follow(id, Followed::Accepted(data))
    }

    pub(crate) fn reversed(&mut self, id: &str, on: &str) -> Seq {
        let data = json!({"handoff": id, "effective": on, "decision": "court-1"});
        let data: HandoffReversed = serde_json::from_value(data).unwrap();
        self.follow(id, Followed::Reversed(data))
    }

    pub(crate) fn confirmed(&mut self, id: &str, step: &str, on: &str) -> Seq {
        let data = json!({"handoff": id, "step": step, "on": on});
        let data: HandoffStepConfirmed = serde_json::from_value(data).unwrap();
        self.follow(id, Followed::StepConfirmed(data))
    }

    /// Agencies and spans of a responsibility: `agency from..until reason`, in creation order.
    pub(crate) fn tell(&self, id: &str) -> Vec<String> {
        let fold = self.state.fold(&r(id));
        fold.holdings.iter().map(|holding| tell(holding)).collect()
    }

    pub(crate) fn get(&self, id: &str, assignment: &AssignmentId) -> Arc<Holding> {
        Arc::clone(self.state.fold(&r(id)).get(assignment).unwrap())
    }
}

fn tell(holding: &Holding) -> String {
    let mut text = holding.agency.to_string();
    for span in &holding.spans {
        let day = |day: Date| match day {
            Date::MIN | Date::MAX => String::new(),
            day => day.to_string(),
        };
        text += &format!(" {}..{}", day(span.from), day(span.until));
        if let Some(end) = span.ended {
            let reason = serde_json::to_value(end.reason).unwrap();
            text += &format!(" {}{}", reason.as_str().unwrap(), if end.cascade { "*" } else { "" });
        }
    }
    text
}
