//! Forums, commitments and programmes.

use serde_json::{Value, json};

use super::super::book::Entry;
use super::super::line::Line;
use super::Pen;

impl Pen<'_> {
    pub(super) fn undertaking(&mut self, kind: &'static str) -> Option<Line> {
        match kind.split('.').next()? {
            "forum" => self.forum(kind),
            "commitment" => self.commitment(kind),
            _ => self.programme(kind),
        }
    }

    fn forum(&mut self, kind: &'static str) -> Option<Line> {
        if kind == "forum.formed" {
            let convener = self.anyone();
            let by = self.dice.one(&["reg".to_owned(), convener.clone()]);
            let mut data =
                json!({"forum": format!("f{}", self.n), "convener": convener, "members": self.group()});
            data["rule"] = json!(self.dice.one(&["consensus", "majority", "two-thirds"]));
            if self.dice.percent(30) {
                data["quorum"] = json!(1);
            }
            return Some(self.line(&by, kind, data));
        }
        let id = self.object("forum.formed", "forum")?;
        let by = self.dice.one(&["reg".to_owned(), self.convener(&id)]);
        let mut data = json!({"forum": id});
        if kind == "forum.met" {
            data["held_on"] = json!(self.near(5, 0));
            data["present"] = json!(self.group());
        } else if self.dice.percent(50) {
            data["convener"] = json!(self.anyone());
        } else {
            data["members"] = json!(self.group());
            data["rule"] = json!(self.dice.one(&["consensus", "majority"]));
            data["quorum"] = json!(1);
        }
        Some(self.line(&by, kind, data))
    }

    pub(super) fn group(&mut self) -> Vec<String> {
        let living = self.living();
        self.dice.some(&living, 4)
    }

    fn commitment(&mut self, kind: &'static str) -> Option<Line> {
        if kind == "commitment.made" {
            let under = self.subject(&["f", "d", "p"])?;
            let leader = self.leader(&under)?;
            let by = self.anyone();
            let says = if self.dice.percent(30) { by.clone() } else { leader };
            let data = json!({"commitment": format!("m{}", self.n), "by": by, "under": under,
                "due": self.near(2, 15), "on": self.on(10)});
            return Some(self.line(&says, kind, data));
        }
        let open = |entry: &Entry| {
            let id = entry.text("commitment").unwrap();
            let said = |kind| self.book.has(kind, "commitment", id);
            let again = kind == "commitment.confirmed" && said(kind);
            !again && !said("commitment.fulfilled") && !said("commitment.dropped")
        };
        let made: Vec<_> = self.book.all("commitment.made").filter(|entry| open(entry)).cloned().collect();
        let entry = self.dice.pick(&made)?;
        let id = entry.text("commitment")?;
        let mut data = json!({"commitment": id, "on": self.on(10)});
        let by = match kind {
            "commitment.confirmed" | "commitment.fulfilled" => entry.text("by")?.to_owned(),
            _ => {
                let all = &self.book.entries;
                let first =
                    all.iter().find(|e| e.line.kind == "commitment.made" && e.text("commitment") == Some(id));
                first?.line.agency()?.to_owned()
            }
        };
        if kind == "commitment.changed" {
            data["due"] = json!(self.near(0, 20));
        }
        Some(self.line(&by, kind, data))
    }

    /// The convener, coordinator or decider of what a commitment is made under.
    fn leader(&self, under: &str) -> Option<String> {
        let (kind, id) = under.split_once(':')?;
        match kind {
            "f" => Some(self.convener(id)),
            "p" => Some(self.coordinator(id)),
            _ => {
                let decision = self.book.about("decision.recorded", "decision", id).next()?;
                Some(self.decider(decision.text("decided_by")?))
            }
        }
    }

    fn coordinator(&self, id: &str) -> String {
        let said = ["programme.started", "programme.changed"];
        let found = self.book.newest(id, said, "programme", "coordinator");
        found.and_then(|id| id.as_str().map(str::to_owned)).unwrap_or_else(|| "a".to_owned())
    }

    fn programme(&mut self, kind: &'static str) -> Option<Line> {
        if kind == "programme.started" {
            let coordinator = self.anyone();
            let duties = self.duties();
            let data = json!({"programme": format!("p{}", self.n), "coordinator": coordinator,
                "members": self.group(), "responsibilities": self.dice.some(&duties, 2),
                "goals": self.goals()});
            return Some(self.line(&coordinator, kind, data));
        }
        let mut all = self.book.ids("programme.started", "programme");
        all.retain(|id| !self.book.has("programme.ended", "programme", id));
        let id = self.dice.pick(&all)?;
        let mut by = self.coordinator(&id);
        let mut data = json!({"programme": id});
        match kind {
            "programme.changed" => match self.dice.roll(3) {
                0 => data["coordinator"] = json!(self.anyone()),
                1 => data["members"] = json!(self.group()),
                _ => data["goals"] = self.goals(),
            },
            "programme.reported" => {
                let said = ["programme.started", "programme.changed"];
                let goals = self.book.newest(&id, said, "programme", "goals")?;
                let goal = self.dice.pick(goals.as_array()?)?;
                by = goal["by"].as_str()?.to_owned();
                data["goal"] = goal["goal"].clone();
                data["value"] = json!(self.dice.roll(90).to_string());
                data["on"] = json!(self.near(3, 0));
            }
            _ => data["effective"] = json!(self.near(3, 6)),
        }
        Some(self.line(&by, kind, data))
    }

    pub(super) fn goals(&mut self) -> Value {
        let by = self.anyone();
        let due = self.near(0, 30);
        json!([{"goal": "g1", "by": by, "unit": "houses", "direction": "up", "target": "100", "due": due}])
    }
}
