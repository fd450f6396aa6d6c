//! Agencies, territories and instruments: what the registrar keeps.

use serde_json::{Value, json};

use super::super::line::{Line, date};
use super::Pen;

impl Pen<'_> {
    pub(super) fn agency(&mut self, kind: &'static str) -> Option<Line> {
        let data = match kind {
            "agency.registered" => return self.registered(kind),
            "agency.changed" => return self.agency_changed(kind),
            "agency.closed" => return self.agency_closed(kind),
            "territory.registered" => {
                let within = self.object("territory.registered", "territory");
                json!({"territory": format!("t{}", self.n), "name": {"en": "t"}, "within": within,
                    "basis": self.basis()})
            }
            "territory.changed" => {
                let id = self.object("territory.registered", "territory")?;
                let within = self.object("territory.registered", "territory").filter(|other| *other != id);
                json!({"territory": id, "name": {"en": format!("n{}", self.n)}, "within": within,
                    "effective": self.near(6, 6)})
            }
            _ => {
                let (this, other) = (self.dice.one(&["id/uu/1", "id/pp/2", "id/uu/3"]), "id/uu/4");
                let repeals = match self.dice.percent(30) {
                    true if self.dice.percent(50) => vec![json!({"ref": other, "articles": ["1"]})],
                    true => vec![json!(other)],
                    false => Vec::new(),
                };
                json!({"ref": this, "rank": "uu", "signed": self.near(9, 0), "in_force": self.near(5, 5),
                    "status": self.dice.one(&["verified", "unverified"]), "repeals": repeals})
            }
        };
        Some(self.line("reg", kind, data))
    }

    fn registered(&mut self, kind: &'static str) -> Option<Line> {
        let kinds = ["ministry", "ministry", "agency", "post", "unrecorded"];
        let of = self.dice.one(&kinds);
        let id = if of == "post" { format!("post{}", self.n) } else { format!("a{}", self.n) };
        let mut data = json!({"agency": id, "name": {"en": "n"}, "kind": of});
        if self.dice.percent(40) {
            data["parents"] = json!([self.anyone()]);
        }
        if self.dice.percent(20) {
            data["territory"] = json!(self.object("territory.registered", "territory"));
        }
        if self.dice.percent(20) {
            data["valid"] = json!({"from": self.near(9, 2)});
        }
        let powers = self.dice.percent(15);
        if powers {
            data["powers"] = json!([self.dice.one(&["registrar", "court", "overseer"])]);
        }
        let mut line = self.line("reg", kind, data);
        if powers {
            line.approved_by = self.overseer(&[]).into_iter().collect();
        }
        Some(line)
    }

    fn agency_changed(&mut self, kind: &'static str) -> Option<Line> {
        let id = self.anyone();
        let mut data = json!({"agency": id, "effective": self.near(6, 6)});
        match self.dice.roll(6) {
            0..3 => data["parents"] = json!([self.other(&[&id])]),
            3 => data["territory"] = json!(self.object("territory.registered", "territory")),
            4 => data["valid"] = json!({"from": self.near(20, 0)}),
            _ => data["name"] = json!({"en": format!("n{}", self.n)}),
        }
        let mut line = self.line("reg", kind, data);
        if self.dice.percent(6) && !["reg", "over", "over2"].contains(&id.as_str()) {
            line.data["powers"] = json!([self.dice.one(&["court", "registrar"])]);
            line.approved_by = self.overseer(&[&id]).into_iter().collect();
        }
        Some(line)
    }

    fn agency_closed(&mut self, kind: &'static str) -> Option<Line> {
        let mut all = self.living();
        let few = all.len() < 9;
        all.retain(|id| !["reg", "reg2", "over", "over2", "court"].contains(&id.as_str()));
        let id = self.dice.pick(&all).filter(|_| !few)?;
        let effective = self.dice.near(self.today, 6, 6);
        let until = self.dice.percent(50).then(|| date(self.dice.near(effective, 0, 12)));
        let successors = if self.dice.percent(70) { vec![self.other(&[&id])] } else { Vec::new() };
        let how = self.dice.one(&["merged", "split", "replaced", "dissolved", "devolved"]);
        let data = json!({"agency": id, "how": how, "successors": successors, "effective": date(effective),
            "winding_up_until": until.map_or(Value::Null, Value::from), "basis": self.basis()});
        let mut line = self.line("reg", kind, data);
        line.approved_by = self.overseer(&[&id]).into_iter().collect();
        Some(line)
    }
}
