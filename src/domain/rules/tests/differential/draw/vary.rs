//! What a correction says otherwise than what it corrects: mostly something that moves or ends holdings, or
//! points elsewhere; sometimes nothing that matters.

use serde_json::{Value, json};

use super::super::book::Entry;
use super::super::line::date;
use super::Pen;

impl Pen<'_> {
    /// Changes data of a type.
    pub(super) fn vary(&mut self, kind: &str, data: &mut Value, entry: &Entry) {
        if self.dice.percent(20) {
            data["unverified"] = json!(["basis"]);
            return;
        }
        match kind.split('.').next().unwrap() {
            "agency" | "territory" | "instrument" => self.vary_register(kind, data),
            "responsibility" => self.vary_responsibility(kind, data),
            "assignment" => self.vary_assignment(kind, data, entry),
            "handoff" => self.vary_handoff(kind, data, entry),
            "act" | "decision" => self.vary_decision(kind, data, entry),
            "claim" => self.vary_claim(kind, data, entry),
            _ => self.vary_undertaking(kind, data, entry),
        }
        // what knows the day says nothing of when it was seen
        let dated = match kind {
            "agency.closed" | "agency.changed" | "assignment.ended" => "effective",
            "decision.recorded" => "decided_on",
            _ => return,
        };
        if data[dated] == "unknown" {
            data["time"] = Value::Null;
        } else {
            data["on"] = Value::Null;
        }
    }

    /// A day around the one that a field names.
    fn moved(&mut self, data: &Value, field: &str, before: i64, after: i64) -> Value {
        let day = data[field].as_str().and_then(super::super::line::day_of).unwrap_or(self.today);
        json!(date(self.dice.near(day, before, after)))
    }

    fn vary_register(&mut self, kind: &str, data: &mut Value) {
        match kind {
            "agency.changed" => {
                let id = data["agency"].as_str().unwrap_or_default().to_owned();
                if self.dice.percent(60) {
                    data["parents"] = json!([self.other(&[&id])]);
                }
                data["effective"] = self.moved(data, "effective", 4, 4);
            }
            "agency.closed" => {
                let effective = self.moved(data, "effective", 4, 4);
                data["effective"] = effective.clone();
                data["winding_up_until"] = if self.dice.percent(50) { effective } else { Value::Null };
                if self.dice.percent(40) {
                    let id = data["agency"].as_str().unwrap_or_default().to_owned();
                    data["successors"] = json!([self.other(&[&id])]);
                }
            }
            "instrument.recorded" => {
                data["in_force"] = self.moved(data, "in_force", 4, 4);
                data["repeals"] = json!(self.dice.some(&["id/uu/4", "id/uu/5"], 2));
            }
            _ => {
                let id = data["territory"].as_str().unwrap_or_default().to_owned();
                let other = self.object("territory.registered", "territory").filter(|other| *other != id);
                data["within"] = json!(other);
                if kind == "territory.changed" {
                    data["effective"] = self.moved(data, "effective", 4, 4);
                }
            }
        }
    }

    fn vary_responsibility(&mut self, kind: &str, data: &mut Value) {
        let id = data["responsibility"].as_str().unwrap_or_default().to_owned();
        match kind {
            "responsibility.defined" => match self.dice.roll(4) {
                0 => data["parent"] = json!(self.duty().filter(|other| *other != id)),
                1 => {
                    data["code"] =
                        json!({"scheme": "cofog", "value": self.dice.one(&["06", "06.1", "06.1.1"])})
                }
                2 => data["valid"] = json!({"from": self.near(40, 0)}),
                _ => data["name"] = json!({"en": format!("n{}", self.n)}),
            },
            "responsibility.changed" => {
                data["effective"] = self.moved(data, "effective", 4, 4);
                if self.dice.percent(30) {
                    data["territory"] = json!(self.object("territory.registered", "territory"));
                }
            }
            "responsibility.split" => {
                if self.dice.percent(70) {
                    self.vary_parts(data, &id);
                    let parts = data["into"].clone();
                    let is_part =
                        |part: &str| parts.as_array().is_some_and(|all| all.iter().any(|one| one == part));
                    if let Some(carries) = data["carries"].as_object_mut() {
                        carries.retain(|part, _| is_part(part));
                    }
                }
                if self.dice.percent(25) {
                    data["effective"] = self.moved(data, "effective", 4, 4);
                }
            }
            _ => {
                data["effective"] = self.moved(data, "effective", 4, 4);
                let into = self.duty().filter(|other| *other != id);
                data["into"] = json!(into.into_iter().collect::<Vec<_>>());
            }
        }
    }

    /// Other parts, or those that an earlier word of the same split had.
    fn vary_parts(&mut self, data: &mut Value, id: &str) {
        let kind = "responsibility.split";
        let mut all = self.book.entries.iter().filter(|entry| entry.line.kind == kind);
        let first = all.find(|entry| entry.text("responsibility") == Some(id)).map(|e| e.line.data.clone());
        if let Some(first) = first.filter(|first| first["into"] != data["into"])
            && self.dice.percent(60)
        {
            (data["into"], data["remainder"]) = (first["into"].clone(), first["remainder"].clone());
            return;
        }
        let kept = data["into"][0].clone();
        let Some((mut into, remainder)) = self.parts(id) else { return };
        if let Some(kept) = kept.as_str()
            && !into.iter().any(|part| part == kept)
            && remainder != kept
            && self.dice.percent(60)
        {
            into.insert(0, kept.to_owned());
        }
        (data["into"], data["remainder"]) = (json!(into), json!(remainder));
    }

    fn vary_assignment(&mut self, kind: &str, data: &mut Value, entry: &Entry) {
        if kind != "assignment.made" {
            data["effective"] = self.moved(data, "effective", 3, 3);
            return;
        }
        let from = data["valid"].get("from").and_then(Value::as_str).unwrap_or_default().to_owned();
        match self.dice.roll(6) {
            0 => data["agency"] = json!(self.anyone()),
            1 | 2 => {
                let from = super::super::line::day_of(&from).unwrap_or(entry.day);
                data["valid"] = json!({"from": date(self.dice.near(from, 4, 4))});
            }
            3 => {
                let from = super::super::line::day_of(&from).unwrap_or(entry.day);
                data["valid"]["to"] = json!(date(self.dice.near(from, -1, 15)));
            }
            4 => data["sub_delegable"] = json!(!data["sub_delegable"].as_bool().unwrap_or_default()),
            _ => {
                let ends = if data["ends_when"].is_object() { Value::Null } else { self.some_step() };
                data["ends_when"] = ends;
            }
        }
    }

    fn vary_handoff(&mut self, kind: &str, data: &mut Value, entry: &Entry) {
        let day = entry.day;
        match kind {
            "handoff.proposed" => match self.dice.roll(10) {
                0..5 => data["effective"] = self.moved(data, "effective", 4, 5),
                5..7 => data["due"] = self.moved(data, "due", 3, 6),
                7 => {
                    let from = data["from"].as_str().unwrap_or_default().to_owned();
                    data["to"] = json!(self.other(&[&from]));
                }
                8 => data["instead_of"] = self.withdrawn_proposal().map_or(Value::Null, |old| json!(old.seq)),
                _ => data["steps"] = json!([{"step": "one", "kind": "asset", "by": data["to"]}]),
            },
            "handoff.changed" => {
                if data["effective"].is_string() {
                    data["effective"] = self.moved(data, "effective", 3, 4);
                }
                data["due"] = json!(self.near(2, 8));
            }
            "handoff.reversed" => data["effective"] = self.moved(data, "effective", 2, 4),
            "handoff.accepted" | "handoff.acknowledged" if self.dice.percent(50) => {
                let some = data["reservations"].as_array().is_some_and(|all| !all.is_empty());
                data["reservations"] = if some { json!([]) } else { json!([{"reservation": "keys"}]) };
            }
            _ => data["on"] = json!(date(self.dice.near(day, 2, 0))),
        }
    }

    fn vary_decision(&mut self, kind: &str, data: &mut Value, entry: &Entry) {
        let day = entry.day;
        match kind {
            "act.recorded" => {
                data["on"] = json!(date(self.dice.near(day, 4, 0)));
                if self.dice.percent(30) {
                    data["responsibility"] = json!(self.duty().unwrap_or_else(|| "w1".to_owned()));
                }
            }
            "decision.delivered" => data["on"] = json!(date(self.dice.near(day, 3, 0))),
            _ => match self.dice.roll(4) {
                0 => data["in_force"] = self.in_force(),
                1 => {
                    let id = data["decision"].clone();
                    let relations = self.relations();
                    data["relations"] = if relations[0]["decision"] == id { Value::Null } else { relations };
                }
                2 => {
                    data["about"] = json!(self.subject(&["r", "h", "c", "p"]).into_iter().collect::<Vec<_>>())
                }
                _ => data["decided_on"] = json!(date(self.dice.near(day, 3, 0))),
            },
        }
    }

    fn vary_claim(&mut self, kind: &str, data: &mut Value, entry: &Entry) {
        let day = entry.day;
        match kind {
            "claim.raised" if self.dice.percent(60) => {
                data["about"] = json!(self.subject(&["r", "as", "h", "d"]).into_iter().collect::<Vec<_>>());
            }
            "claim.raised" => {
                let raiser = entry.line.agency().unwrap_or_default().to_owned();
                data["against"] = json!([self.other(&[&raiser])]);
            }
            "claim.resolved" if self.dice.percent(60) => {
                data["outcome"] = json!(self.dice.one(&["upheld", "moot", "settled"]));
            }
            _ => data["on"] = json!(date(self.dice.near(day, 2, 0))),
        }
    }

    fn vary_undertaking(&mut self, kind: &str, data: &mut Value, entry: &Entry) {
        let day = entry.day;
        match kind {
            "forum.formed" => data["members"] = json!(self.group()),
            "forum.changed" | "forum.met" if self.dice.percent(50) => {
                let field = if kind == "forum.met" { "present" } else { "members" };
                data[field] = json!(self.group());
                if kind == "forum.changed" {
                    data["quorum"] = json!(1);
                }
            }
            "forum.met" => data["held_on"] = json!(date(self.dice.near(day, 3, 0))),
            "commitment.made" | "commitment.changed" => {
                data["due"] = self.moved(data, "due", 2, 5);
                if kind == "commitment.made" && self.dice.percent(50) {
                    data["by"] = json!(self.anyone());
                }
            }
            "programme.started" | "programme.changed" if self.dice.percent(50) => {
                data["members"] = json!(self.group());
            }
            "programme.started" => {
                let duties = self.duties();
                data["responsibilities"] = json!(self.dice.some(&duties, 2));
            }
            "programme.reported" => data["value"] = json!(self.dice.roll(90).to_string()),
            "programme.ended" => data["effective"] = self.moved(data, "effective", 3, 4),
            "finding.tolerated" => data["until"] = json!(date(self.dice.near(day, -1, 40))),
            "commitment.confirmed" | "commitment.fulfilled" | "commitment.dropped" => {
                data["on"] = json!(date(self.dice.near(day, 2, 0)));
            }
            _ => data["unverified"] = json!(["basis"]),
        }
    }
}
