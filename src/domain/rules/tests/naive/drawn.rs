//! Draws what is said of agencies, territories, responsibilities, assignments and claims.

use serde_json::{Value, json};

use super::drawer::{Drawer, Seen};
use super::on;
use super::said::{OPEN, text};

/// Who says what.
pub(super) type Said = (String, &'static str, Value);

fn reg(kind: &'static str, data: Value) -> Said {
    ("reg".to_owned(), kind, data)
}

impl Drawer {
    /// The first lines: agencies and responsibilities.
    pub(super) fn beginning(&mut self, seen: &Seen<'_>) -> Said {
        let names = ["a", "b", "c", "d", "e"];
        if let Some(id) = names.get(seen.n) {
            return reg("agency.registered", json!({"agency": id, "name": {"en": id}, "kind": "ministry"}));
        }
        let n = seen.n - names.len();
        let code = ["06", "07", "06.1", "06.2"][n];
        let mut data = json!({"responsibility": format!("r{n}"), "name": {"en": "r"},
            "code": {"scheme": "cofog", "value": code}});
        if n > 1 && self.chance(70) {
            data["parent"] = json!("r0");
        }
        reg("responsibility.defined", data)
    }

    pub(super) fn agency(&mut self, seen: &Seen<'_>) -> Said {
        let id = if self.chance(5) { "a".to_owned() } else { format!("n{}", seen.n) };
        let mut data = json!({"agency": id, "name": {"en": "n"}, "kind": "ministry"});
        if self.chance(40) {
            data["valid"] = json!({"from": text(self.near(seen))});
        }
        reg("agency.registered", data)
    }

    pub(super) fn agency_changed(&mut self, seen: &Seen<'_>) -> Said {
        let mut data = json!({"agency": self.an_agency(seen), "effective": text(self.near(seen))});
        if self.chance(40) && on("agency-valid-by-day") {
            data["valid"] = json!({"from": text(self.near(seen) - 30), "to": text(self.near(seen) + 100)});
        } else if on("circles") || self.chance(30) {
            let parent = if on("circles") { self.an_agency(seen) } else { "over".to_owned() };
            data["parents"] = json!([parent]);
        } else {
            data["name"] = json!({"en": "other"});
        }
        self.unknown(&mut data, 10);
        reg("agency.changed", data)
    }

    pub(super) fn agency_closed(&mut self, seen: &Seen<'_>) -> Said {
        let day = self.near(seen);
        let mut data = json!({"agency": self.an_agency(seen), "how": "dissolved", "successors": [],
            "effective": text(day)});
        if self.chance(50) {
            data["successors"] = json!([self.an_agency(seen)]);
        }
        if self.chance(50) {
            data["winding_up_until"] = json!(text(day + self.below(40) as i32 - 2));
        }
        self.basis(&mut data);
        self.time(&mut data, day);
        self.unknown(&mut data, 15);
        reg("agency.closed", data)
    }

    pub(super) fn territory(&mut self, seen: &Seen<'_>) -> Said {
        let all: Vec<String> =
            seen.record.of("territory.registered").filter_map(|fact| fact.w.territory.clone()).collect();
        let other = self.pick(&all);
        if let (Some(one), true) = (self.pick(&all), on("circles") && self.chance(40)) {
            let data = json!({"territory": one, "within": other, "effective": text(self.near(seen))});
            return reg("territory.changed", data);
        }
        let mut data = json!({"territory": format!("t{}", seen.n), "name": {"en": "t"}});
        if let Some(other) = other {
            data["within"] = json!(other);
        }
        reg("territory.registered", data)
    }

    pub(super) fn defined(&mut self, seen: &Seen<'_>) -> Said {
        let parent = self.a_responsibility(seen);
        let scope = seen.record.scope(&parent, self.today).unwrap_or_default();
        let code = format!("{}.{}", scope.code.value, self.below(3));
        let mut data = json!({"responsibility": format!("r{}", seen.n), "name": {"en": "r"},
            "code": {"scheme": "cofog", "value": code}});
        if self.chance(60) {
            data["parent"] = json!(parent);
        }
        if self.chance(25) {
            data["valid"] = json!({"from": text(self.near(seen) - 20)});
            if self.chance(40) {
                data["valid"]["to"] = json!(text(self.near(seen) + 60));
            }
        }
        if on("children") && self.chance(20) {
            data["carve_outs"] = json!([{"code": {"scheme": "cofog", "value": format!("{code}.1")}}]);
        }
        let territories: Vec<String> =
            seen.record.of("territory.registered").filter_map(|fact| fact.w.territory.clone()).collect();
        if let Some(territory) = self.pick(&territories).filter(|_| on("children") && self.chance(30)) {
            data["territory"] = json!(territory);
        }
        reg("responsibility.defined", data)
    }

    pub(super) fn changed(&mut self, seen: &Seen<'_>) -> Said {
        let id = self.a_responsibility(seen);
        let mut data = json!({"responsibility": id, "effective": text(self.near(seen)), "name": {"en": "x"}});
        if on("children") {
            let scope = seen.record.scope(&id, self.today).unwrap_or_default();
            match self.below(4) {
                0 => data["parent"] = json!(self.a_responsibility(seen)),
                1 => data["code"] = json!({"scheme": "cofog", "value": format!("{}.1", scope.code.value)}),
                2 => {
                    data["carve_outs"] =
                        json!([{"code": {"scheme": "cofog", "value": format!("{}.1", scope.code.value)}}]);
                }
                _ => {}
            }
        }
        self.basis(&mut data);
        reg("responsibility.changed", data)
    }

    pub(super) fn split(&mut self, seen: &Seen<'_>) -> Said {
        let of = self.a_responsibility(seen);
        let day = self.near(seen);
        let all = self.responsibilities(seen);
        let mut inside: Vec<String> =
            all.iter().filter(|id| **id != of && seen.record.lies_inside(id, &of, day)).cloned().collect();
        if inside.is_empty() || self.chance(5) {
            inside = all;
        }
        let mut into = Vec::new();
        for _ in 0..=self.below(3) {
            into.extend(self.pick(&inside));
        }
        if self.chance(95) {
            into.sort();
            into.dedup();
        }
        let remainder = match self.below(4) {
            0 | 1 => "none".to_owned(),
            2 => "unassigned".to_owned(),
            _ => self.pick(&inside).filter(|id| !into.contains(id)).unwrap_or_else(|| "none".to_owned()),
        };
        let mut data =
            json!({"responsibility": of, "into": into, "remainder": remainder, "effective": text(day)});
        self.carries(seen, &mut data, day);
        self.basis(&mut data);
        self.time(&mut data, day);
        reg("responsibility.split", data)
    }

    /// Under which parts stands what stands under a split responsibility from others.
    fn carries(&mut self, seen: &Seen<'_>, data: &mut Value, day: i32) {
        let of = data["responsibility"].as_str().unwrap_or_default().to_owned();
        let above = |id: &str| seen.fold.get(id).is_some_and(|above| above.of == of);
        let named = |id: &str| {
            !id.contains('?') && (on("names") || !seen.record.names.iter().any(|given| given.name == id))
        };
        let guests: Vec<(String, String)> = seen
            .fold
            .all
            .iter()
            .filter(|one| {
                named(&one.id)
                    && one.of != of
                    && one.held(day - 1)
                    && one.under_on(day - 1).is_some_and(above)
            })
            .map(|one| (one.id.clone(), one.of.clone()))
            .collect();
        let parts: Vec<String> = data["into"]
            .as_array()
            .cloned()
            .unwrap_or_default()
            .iter()
            .chain([&data["remainder"]])
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        for (id, of) in guests {
            let fit: Vec<String> =
                parts.iter().filter(|part| seen.record.lies_inside(&of, part, day)).cloned().collect();
            let (said, fitting) = (self.chance(if fit.len() > 1 { 85 } else { 15 }), self.chance(95));
            if let Some(part) = self.pick(if fitting { &fit } else { &parts }).filter(|_| said) {
                let mut named = data["carries"][&part].as_array().cloned().unwrap_or_default();
                named.push(json!(id));
                data["carries"][&part] = json!(named);
            }
        }
        if self.chance(2) {
            let any = seen.fold.all.iter().map(|one| one.id.clone());
            let any: Vec<String> = any.filter(|id| named(id)).collect();
            if let (Some(part), Some(id)) = (self.pick(&parts), self.pick(&any)) {
                data["carries"] = json!({part: [id]});
            }
        }
    }

    pub(super) fn retired(&mut self, seen: &Seen<'_>) -> Said {
        let day = self.near(seen);
        let mut data = json!({"responsibility": self.a_responsibility(seen), "effective": text(day)});
        self.time(&mut data, day);
        reg("responsibility.retired", data)
    }

    /// A holding of a day, mostly one held then.
    pub(super) fn a_holding(
        &mut self,
        seen: &Seen<'_>,
        day: i32,
        role: &str,
    ) -> Option<super::holding::Holding> {
        let all: Vec<_> = seen.fold.all.iter().filter(|one| role.is_empty() || one.role == role).collect();
        let held: Vec<_> = all.iter().copied().filter(|one| one.held(day)).collect();
        let from = if self.chance(92) { held } else { all };
        self.pick(&from).cloned()
    }

    pub(super) fn made(&mut self, seen: &Seen<'_>) -> Said {
        let first = self.near(seen);
        let mut of = self.a_responsibility(seen);
        let role =
            ["accountable", "accountable", "accountable", "executor", "executor", "caretaker", "supporter"];
        let role = role[self.below(7)];
        if role == "accountable" && self.chance(70) {
            let free = |id: &String| {
                !seen.fold.all.iter().any(|one| one.of == *id && one.role == "accountable" && one.alive)
            };
            let all: Vec<String> = self.responsibilities(seen).into_iter().filter(free).collect();
            of = self.pick(&all).unwrap_or(of);
        }
        let mut data = json!({"responsibility": of, "agency": self.an_agency(seen), "role": role,
            "valid": {"from": text(first)}});
        if self.chance(3) {
            data["valid"]["from"] = json!("unknown");
        }
        let mut by = "reg".to_owned();
        let delegated = role == "accountable" && self.chance(40);
        if delegated || role == "executor" {
            let above_role = if self.chance(95) { "accountable" } else { "" };
            let above = self.a_holding(seen, first, above_role);
            if let Some(above) = above {
                data["under"] = json!(above.id);
                let below: Vec<String> = self
                    .responsibilities(seen)
                    .into_iter()
                    .filter(|id| seen.record.descends(id, &above.of, first))
                    .collect();
                let across = self.across && self.chance(60);
                data["responsibility"] =
                    json!(if across { self.pick(&below).unwrap_or(above.of) } else { above.of });
                if self.chance(30) {
                    by = above.agency;
                }
                if above.planned < OPEN {
                    data["valid"]["to"] = json!(text(above.planned));
                }
            }
        }
        if delegated {
            data["mode"] = json!("delegation");
            data["sub_delegable"] = json!(self.chance(50));
        }
        if role == "caretaker" {
            let kinds = ["budget", "asset", "staff"];
            data["components"] = json!([kinds[self.below(3)]]);
        }
        self.made_further(seen, &mut data, first);
        (by, "assignment.made", data)
    }

    fn made_further(&mut self, seen: &Seen<'_>, data: &mut Value, first: i32) {
        if self.chance(85) {
            data["assignment"] = json!(format!("x{}", seen.n));
        }
        if self.chance(20) {
            data["valid"]["to"] = json!(text(first + self.below(60) as i32));
        }
        if self.chance(12) {
            let of = data["responsibility"].as_str().unwrap_or_default().to_owned();
            let held = seen.fold.all.iter().filter(|one| one.of == of && one.held(first));
            let ids: Vec<String> = held.map(|one| one.id.clone()).filter(|id| !id.contains('?')).collect();
            if let Some(id) = self.pick(&ids) {
                data["supersedes"] = json!(id);
            } else if let Some(one) = self.a_holding(seen, first, "").filter(|one| one.of == of) {
                data["supersedes"] = json!(one.id);
            }
        }
        let steps: Vec<(String, String)> = seen
            .record
            .of("handoff.proposed")
            .flat_map(|fact| fact.w.steps.iter().map(|step| (fact.w.handoff().to_owned(), step.step.clone())))
            .collect();
        if self.chance(15)
            && let Some((handoff, step)) = self.pick(&steps)
        {
            data["ends_when"] = json!({"handoff": handoff, "step": step});
        }
        self.basis(data);
        self.time(data, first);
    }

    pub(super) fn ended(&mut self, seen: &Seen<'_>) -> Said {
        let day = self.near(seen);
        let mut data = json!({"effective": text(day), "reason": "revoked"});
        let one = self.a_holding(seen, day, "");
        let mut by = "reg".to_owned();
        if let Some(one) = &one {
            let above = one.under_on(day).and_then(|id| seen.fold.get(id));
            by = above.map(|above| above.agency.clone()).filter(|_| self.chance(40)).unwrap_or(by);
        }
        match one {
            Some(one) if self.chance(60) => data["assignment"] = json!(one.id),
            Some(one) => {
                data["responsibility"] = json!(one.of);
                data["agency"] = json!(one.agency);
                data["role"] = json!(one.role);
            }
            None => {
                data["responsibility"] = json!(self.a_responsibility(seen));
                data["agency"] = json!(self.an_agency(seen));
                data["role"] = json!("accountable");
            }
        }
        self.basis(&mut data);
        self.time(&mut data, day);
        self.unknown(&mut data, 15);
        (by, "assignment.ended", data)
    }

    pub(super) fn rebased(&mut self, seen: &Seen<'_>) -> Said {
        let day = self.near(seen);
        let Some(one) = self.a_holding(seen, day, "") else { return self.made(seen) };
        let mut data = json!({"assignment": one.id, "effective": text(day)});
        if self.chance(95) {
            data["basis"] = json!({"ref": format!("id/pp/{}", seen.n)});
        }
        reg("assignment.changed", data)
    }

    pub(super) fn claim(&mut self, seen: &Seen<'_>) -> Said {
        let open: Vec<(String, String)> = seen
            .record
            .of("claim.raised")
            .map(|fact| (fact.by.clone(), fact.w.claim.clone().unwrap_or_default()))
            .collect();
        let Some((by, claim)) = self.pick(&open).filter(|_| self.chance(40)) else {
            let data = json!({"claim": format!("c{}", seen.n), "kind": "overlap",
                "about": [format!("r:{}", self.a_responsibility(seen))], "against": [self.an_agency(seen)]});
            return (self.an_agency(seen), "claim.raised", data);
        };
        if self.chance(50) {
            return (by, "claim.withdrawn", json!({"claim": claim}));
        }
        ("over".to_owned(), "claim.resolved", json!({"claim": claim, "outcome": "settled"}))
    }
}
