//! Handoffs of all three regimes, of one or several duties, with steps, reservations, changes, lapses and
//! reversals.

use serde_json::{Value, json};

use super::super::super::super::super::event::assignment::HoldingRole;
use super::super::book::Entry;
use super::super::line::{Line, date};
use super::Pen;
use super::assignment::Held;

/// A handoff as the book has it.
pub(super) struct Course {
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) regime: String,
    effective: i64,
    /// What was said of it, and stands.
    said: Vec<Entry>,
    /// Its steps, with who does each.
    steps: Vec<(String, String)>,
}

impl Course {
    fn of(pen: &Pen<'_>, proposed: &Entry) -> Self {
        let id = proposed.text("handoff").unwrap().to_owned();
        let all = pen.book.entries.iter().filter(|entry| entry.stands);
        let said =
            all.filter(|entry| entry.text("handoff") == Some(&id) && entry.line.kind.starts_with("handoff."));
        let mut course = Self {
            from: proposed.text("from").unwrap().to_owned(),
            to: proposed.text("to").unwrap().to_owned(),
            regime: proposed.text("regime").unwrap().to_owned(),
            effective: proposed.date("effective").unwrap_or(pen.today),
            said: said.cloned().collect(),
            steps: Vec::new(),
            id,
        };
        let step = |data: &Value| Some((data["step"].as_str()?.to_owned(), data["by"].as_str()?.to_owned()));
        let first = proposed.line.data["steps"].as_array().cloned().unwrap_or_default();
        let added = course.said.iter().filter(|entry| entry.line.kind == "handoff.step_added");
        let steps: Vec<_> =
            first.iter().chain(added.map(|entry| &entry.line.data)).filter_map(step).collect();
        course.steps = steps;
        course
    }

    fn has(&self, kind: &str) -> bool {
        self.said.iter().any(|entry| entry.line.kind == kind)
    }

    fn has_step(&self, kind: &str, step: &str) -> bool {
        let mut all = self.said.iter().filter(|entry| entry.line.kind == kind);
        all.any(|entry| entry.text("step") == Some(step))
    }

    fn dropped(&self, step: &str) -> bool {
        self.said.iter().any(|entry| entry.texts("dropped").iter().any(|dropped| dropped == step))
    }

    fn agreed(&self) -> bool {
        self.regime == "by_agreement"
    }

    fn over(&self) -> bool {
        ["handoff.declined", "handoff.withdrawn", "handoff.lapsed", "handoff.reversed"]
            .iter()
            .any(|k| self.has(k))
    }

    fn moved(&self, today: i64) -> bool {
        let mut changed: Vec<_> = self.said.iter().filter(|e| e.line.kind == "handoff.changed").collect();
        changed.sort_by_key(|entry| entry.place);
        let effective = changed.iter().rev().find_map(|e| e.date("effective")).unwrap_or(self.effective);
        !self.over() && effective <= today && (!self.agreed() || self.has("handoff.accepted"))
    }

    /// Steps that are neither confirmed nor dropped.
    fn open_steps(&self) -> Vec<(String, String)> {
        let open = |step: &str| !self.has_step("handoff.step_confirmed", step) && !self.dropped(step);
        self.steps.iter().filter(|(step, _)| open(step)).cloned().collect()
    }

    fn open_reservations(&self) -> Vec<String> {
        let said =
            self.said.iter().flat_map(|e| e.line.data["reservations"].as_array().into_iter().flatten());
        let lifted = |name: &str| self.said.iter().any(|entry| entry.text("reservation") == Some(name));
        let names = said.filter_map(|one| one["reservation"].as_str());
        names.filter(|name| !lifted(name)).map(str::to_owned).collect()
    }
}

impl Pen<'_> {
    pub(super) fn handoff(&mut self, kind: &'static str) -> Option<Line> {
        match kind {
            "handoff.proposed" => self.proposed(kind),
            _ => self.follow(kind),
        }
    }

    /// A proposal that was withdrawn.
    pub(super) fn withdrawn_proposal(&mut self) -> Option<Entry> {
        let gone: Vec<_> =
            self.book.all("record.withdrawn").filter_map(|e| e.line.data["seq"].as_u64()).collect();
        let of = |entry: &&Entry| entry.line.kind == "handoff.proposed" && gone.contains(&entry.seq);
        let all: Vec<_> = self.book.entries.iter().filter(of).cloned().collect();
        self.dice.pick(&all)
    }

    /// A proposal that stands in for a withdrawn one.
    fn instead(&mut self, kind: &'static str) -> Option<Line> {
        let old = self.withdrawn_proposal()?;
        let mut data = old.line.data.clone();
        (data["handoff"], data["instead_of"]) = (json!(format!("h{}", self.n)), json!(old.seq));
        if self.dice.percent(40) {
            let from = data["from"].as_str().unwrap_or_default().to_owned();
            data["to"] = json!(self.other(&[&from]));
        }
        let by = old.line.agency()?.to_owned();
        let mut line = self.line(&by, kind, data);
        line.approved_by = old.line.approved_by;
        Some(line)
    }

    fn proposed(&mut self, kind: &'static str) -> Option<Line> {
        if self.dice.percent(15)
            && let Some(line) = self.instead(kind)
        {
            return Some(line);
        }
        let regime = self.dice.one(&["by_agreement", "by_agreement", "by_agreement", "by_law", "observed"]);
        let agreed = regime == "by_agreement";
        let effective = self.dice.near(self.today, if agreed { 2 } else { 6 }, 6);
        let fits = |held: &Held| matches!(held.role, HoldingRole::Accountable | HoldingRole::Executor);
        let held = self.weighty(effective, fits)?;
        let alike: Vec<_> = self
            .held_on(effective)
            .into_iter()
            .filter(|one| one.agency == held.agency && one.role == held.role && one.of != held.of)
            .collect();
        let mut of = vec![held.of.clone()];
        if self.dice.percent(40) {
            of.extend(self.dice.some(&alike, 2).into_iter().map(|one| one.of));
        }
        if !agreed && self.dice.percent(30) {
            of.extend(self.duty());
        }
        of.sort_unstable();
        of.dedup();
        let to = self.other(&[&held.agency]);
        let mut data = json!({"handoff": format!("h{}", self.n), "responsibilities": of, "from": held.agency,
            "to": to, "regime": regime, "effective": date(effective), "basis": self.basis()});
        if held.role == HoldingRole::Executor {
            data["role"] = json!("executor");
        }
        if self.dice.percent(60) {
            let (from, to) = (held.agency.clone(), to.clone());
            data["steps"] =
                json!([{"step": "one", "kind": "audit", "by": self.dice.one(&[from, to.clone()])}]);
            if self.dice.percent(50) {
                let two = json!({"step": "two", "kind": "budget", "by": to, "after": ["one"]});
                data["steps"].as_array_mut().unwrap().push(two);
            }
        }
        if self.dice.percent(40) {
            data["due"] = json!(self.near(3, 6));
        }
        data["on"] = self.on(15);
        if self.dice.percent(10) {
            data["time"] = self.hour();
        }
        let by = if agreed { held.agency.clone() } else { self.dice.one(&["reg", "over"]).to_owned() };
        let mut line = self.line(&by, kind, data);
        if agreed {
            let givers = alike.iter().filter(|one| of.contains(&one.of)).chain([&held]);
            line.approved_by.extend(givers.filter_map(|one| one.giver.clone()).filter(|giver| *giver != by));
            line.approved_by.sort_unstable();
            line.approved_by.dedup();
        }
        Some(line)
    }

    /// Whether a handoff is where it may be followed by a statement of a kind.
    fn may_follow(&self, course: &Course, kind: &str) -> bool {
        let (agreed, moved) = (course.agreed(), course.moved(self.today));
        let waits = agreed && !course.has("handoff.accepted") && !course.over();
        let lives = !course.over() && !course.has("handoff.closed") && course.regime != "observed";
        match kind {
            "handoff.accepted" | "handoff.declined" => waits,
            "handoff.acknowledged" => {
                course.regime == "by_law"
                    && !course.has(kind)
                    && !course.over()
                    && !course.has("handoff.closed")
            }
            "handoff.withdrawn" => waits || lives && !moved,
            "handoff.changed" | "handoff.step_added" => lives,
            "handoff.step_done" => lives && course.steps.iter().any(|(step, _)| !course.has_step(kind, step)),
            "handoff.step_confirmed" => {
                lives && course.open_steps().iter().any(|(s, _)| course.has_step("handoff.step_done", s))
            }
            "handoff.reservation_lifted" => lives && !course.open_reservations().is_empty(),
            "handoff.closed" => {
                lives && moved && course.open_steps().is_empty() && course.open_reservations().is_empty()
            }
            _ => moved,
        }
    }

    fn follow(&mut self, kind: &'static str) -> Option<Line> {
        let all: Vec<_> = self.book.all("handoff.proposed").map(|entry| Course::of(self, entry)).collect();
        let fit: Vec<_> = all.iter().filter(|course| self.may_follow(course, kind)).collect();
        let course = self.dice.pick(&fit)?;
        let mut data = json!({"handoff": course.id, "on": self.on(10)});
        let mut by = course.to.clone();
        let mut approved_by = Vec::new();
        match kind {
            "handoff.accepted" | "handoff.acknowledged" => {
                let reserved = self.dice.percent(50).then(|| json!({"reservation": "keys"}));
                data["reservations"] = reserved.into_iter().collect();
            }
            "handoff.withdrawn" | "handoff.changed" => {
                (by, approved_by) = self.movers(course, kind);
                if kind == "handoff.changed" {
                    self.changes(course, &mut data);
                }
            }
            "handoff.step_added" => {
                by = self.dice.one(&[course.from.clone(), course.to.clone(), "reg".to_owned()]);
                let who = self.dice.one(&[course.from.clone(), course.to.clone()]);
                let more = json!({"step": format!("s{}", self.n), "kind": "staff", "by": who});
                data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            }
            "handoff.step_done" => {
                let open: Vec<_> = course.open_steps();
                let new: Vec<_> = open.iter().filter(|(s, _)| !course.has_step(kind, s)).cloned().collect();
                let (step, who) = new.first().cloned()?;
                data["step"] = json!(step);
                by = who;
            }
            "handoff.step_confirmed" => {
                let open = course.open_steps().into_iter();
                let done: Vec<_> = open.filter(|(s, _)| course.has_step("handoff.step_done", s)).collect();
                data["step"] = json!(self.dice.pick(&done)?.0);
            }
            "handoff.reservation_lifted" => data["reservation"] = json!(course.open_reservations()[0]),
            "handoff.reversed" => {
                by = self.dice.one(&["over", "court"]).to_owned();
                data["decision"] = json!(self.object("decision.recorded", "decision")?);
                data["effective"] = json!(self.near(2, 4));
            }
            _ => {}
        }
        let mut line = self.line(&by, kind, data);
        line.approved_by.extend(approved_by);
        Some(line)
    }

    /// Who changes or withdraws a handoff, and who approves it.
    pub(super) fn movers(&mut self, course: &Course, kind: &str) -> (String, Vec<String>) {
        if !course.agreed() {
            return ("reg".to_owned(), Vec::new());
        }
        let (from, to) = (course.from.clone(), course.to.clone());
        if kind == "handoff.withdrawn" && !course.has("handoff.accepted") {
            return (from, Vec::new());
        }
        let (by, other) = if self.dice.percent(50) { (from, to) } else { (to, from) };
        (by, vec![other])
    }

    fn changes(&mut self, course: &Course, data: &mut Value) {
        if !course.moved(self.today) && self.dice.percent(60) {
            data["effective"] = json!(self.near(3, 6));
        }
        if self.dice.percent(40) {
            data["due"] = json!(self.near(4, 8));
        }
        let open = course.open_steps();
        if !open.is_empty() && self.dice.percent(40) {
            data["dropped"] = json!([self.dice.one(&open).0]);
        }
        data["basis"] = self.basis();
    }
}
