//! Acts and decisions: in all capacities, of agencies and of forums with votes, with relations to others.

use serde_json::{Value, json};

use super::super::super::super::super::event::assignment::HoldingRole;
use super::super::line::Line;
use super::Pen;

impl Pen<'_> {
    pub(super) fn decision(&mut self, kind: &'static str) -> Option<Line> {
        match kind {
            "act.recorded" => self.act(kind),
            "decision.recorded" => Some(self.recorded(kind)),
            "decision.voted" => self.voted(kind),
            _ => {
                let all: Vec<_> = self.book.all("decision.recorded").cloned().collect();
                let entry = self.dice.pick(&all)?;
                let by = self.decider(entry.text("decided_by")?);
                let to = self.anyone();
                let data = json!({"decision": entry.text("decision"), "to": to, "on": self.near(2, 0)});
                Some(self.line(&by, kind, data))
            }
        }
    }

    fn act(&mut self, kind: &'static str) -> Option<Line> {
        let on = self.near(4, 0);
        let mut data = json!({"act": format!("x{}", self.n), "code": {"scheme": "act", "value": "permit"},
            "capacity": "own", "on": on});
        let agency = match self.mandate(30) {
            Some((mandate, of, agency)) => {
                data.as_object_mut().unwrap().extend(mandate.as_object().unwrap().clone());
                data["responsibility"] = json!(of);
                agency
            }
            None => {
                data["responsibility"] = json!(self.duty()?);
                let today = self.today;
                let holder = self.holding(today, |held| held.role == HoldingRole::Accountable);
                holder.filter(|_| self.dice.percent(60)).map_or_else(|| self.anyone(), |held| held.agency)
            }
        };
        data["agency"] = json!(agency);
        if self.dice.percent(15) {
            data["officer"] = json!("post1");
        }
        if self.dice.percent(10) {
            data["time"] = self.hour();
        }
        Some(self.line(&agency, kind, data))
    }

    /// Somebody that acts under a mandate: what it says of that, of what, and who it is.
    fn mandate(&mut self, share: usize) -> Option<(Value, String, String)> {
        if !self.dice.percent(share) {
            return None;
        }
        let today = self.today;
        let held = self.holding(today, |held| held.role == HoldingRole::Executor && held.giver.is_some())?;
        let data = json!({"capacity": "mandate", "under": held.id, "on_behalf_of": held.giver});
        Some((data, held.of, held.agency))
    }

    fn recorded(&mut self, kind: &'static str) -> Line {
        let forum = if self.dice.percent(35) { self.object("forum.formed", "forum") } else { None };
        let decided_by = match &forum {
            Some(id) => format!("f:{id}"),
            None if self.dice.percent(25) => self.dice.one(&["over", "court", "a"]).to_owned(),
            None => self.anyone(),
        };
        let mut data = json!({"decision": format!("d{}", self.n), "decided_by": decided_by,
            "decided_on": self.near(3, 0), "capacity": "own", "basis": self.basis()});
        if forum.is_none()
            && let Some((mandate, _, agency)) = self.mandate(15)
        {
            data.as_object_mut().unwrap().extend(mandate.as_object().unwrap().clone());
            data["decided_by"] = json!(agency);
        }
        let count = self.dice.roll(3);
        let about: Vec<_> = (0..count).filter_map(|_| self.subject(&["r", "r", "h", "c", "p"])).collect();
        data["about"] = json!(about);
        if let Some(id) = &forum {
            data["votes"] = self.votes(id);
        }
        data["in_force"] = self.in_force();
        if self.dice.percent(50) {
            data["relations"] = self.relations();
        }
        let by = self.decider(data["decided_by"].as_str().unwrap());
        self.line(&by, kind, data)
    }

    pub(super) fn in_force(&mut self) -> Value {
        let from = self.near(3, 5);
        if self.dice.percent(20) {
            json!({"from": from, "to": self.near(-6, 20)})
        } else {
            json!({"from": from})
        }
    }

    pub(super) fn votes(&mut self, forum: &str) -> Value {
        let members = self.members(forum);
        let mut votes: Vec<_> = members.iter().map(|id| json!({"agency": id, "vote": "for"})).collect();
        if votes.len() > 2 && self.dice.percent(40) {
            votes.pop();
        }
        if self.dice.percent(20) {
            let vote = self.dice.one(&["against", "abstain", "recused"]);
            votes[0]["vote"] = json!(vote);
        }
        json!(votes)
    }

    pub(super) fn members(&self, forum: &str) -> Vec<String> {
        let said = self.book.newest(forum, ["forum.formed", "forum.changed"], "forum", "members");
        let said = said.and_then(|members| members.as_array().cloned()).unwrap_or_default();
        said.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect()
    }

    pub(super) fn relations(&mut self) -> Value {
        let Some(decision) = self.object("decision.recorded", "decision") else { return Value::Null };
        let verbs = [
            "supersedes",
            "partly_supersedes",
            "amends",
            "revokes",
            "annuls",
            "annuls",
            "suspends",
            "reinstates",
            "implements",
            "cites",
        ];
        let verb = self.dice.one(&verbs);
        let mut relation = json!({"verb": verb, "decision": decision});
        if verb == "annuls" {
            relation["effect"] = json!(self.dice.one(&["from_now", "from_start"]));
            relation["ground"] = json!(self.dice.one(&["authority", "procedure", "substance"]));
        }
        json!([relation])
    }

    /// Who speaks for who decided.
    pub(super) fn decider(&self, decided_by: &str) -> String {
        match decided_by.strip_prefix("f:") {
            Some(forum) => self.convener(forum),
            None => decided_by.to_owned(),
        }
    }

    pub(super) fn convener(&self, forum: &str) -> String {
        let said = self.book.newest(forum, ["forum.formed", "forum.changed"], "forum", "convener");
        said.and_then(|id| id.as_str().map(str::to_owned)).unwrap_or_else(|| "reg".to_owned())
    }

    fn voted(&mut self, kind: &'static str) -> Option<Line> {
        let all = self.book.all("decision.recorded");
        let forums = all.filter_map(|entry| {
            let forum = entry.text("decided_by")?.strip_prefix("f:")?;
            Some((entry.text("decision")?.to_owned(), self.members(forum)))
        });
        let (decision, members) = self.dice.pick(&forums.collect::<Vec<_>>())?;
        let voted: Vec<_> =
            self.book.about(kind, "decision", &decision).filter_map(|entry| entry.line.agency()).collect();
        let left: Vec<_> = members.into_iter().filter(|id| !voted.contains(&id.as_str())).collect();
        let by = self.dice.pick(&left)?;
        let vote = self.dice.one(&["for", "against", "abstain"]);
        Some(self.line(&by, kind, json!({"decision": decision, "vote": vote})))
    }
}
