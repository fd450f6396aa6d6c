//! Assignments: by law, delegated under holdings of the same and of other duties, mandates, caretakers,
//! supporters; some of what is held already; and how they end.

use serde_json::{Value, json};

use super::super::super::super::super::event::assignment::{HoldingRole, Mode};
use super::super::super::super::super::timeline;
use super::super::super::super::super::{AssignmentId, Date, ResponsibilityId};
use super::super::line::{Line, date};
use super::super::seam;
use super::Pen;

/// A holding that is alive on a day.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) id: String,
    pub(super) of: String,
    pub(super) agency: String,
    pub(super) role: HoldingRole,
    delegated: bool,
    sub_delegable: bool,
    /// What it stands under.
    pub(super) under: Option<AssignmentId>,
    /// Who holds what it stands under.
    pub(super) giver: Option<String>,
}

impl Pen<'_> {
    /// Every holding that is alive on a day.
    pub(super) fn held_on(&self, day: i64) -> Vec<Held> {
        let day = Date::parse(&date(day)).unwrap();
        let mut all = Vec::new();
        for id in seam::responsibilities(self.world) {
            all.extend(self.held_of(&id, day));
        }
        all
    }

    fn held_of(&self, id: &ResponsibilityId, day: Date) -> Vec<Held> {
        let Some(on) = timeline::on(self.world, id, day) else { return Vec::new() };
        let own =
            on.accountable.into_iter().chain(on.executors).chain(on.others).filter(|one| one.via.is_none());
        own.map(|one| Held {
            id: one.holding.assignment.to_string(),
            of: id.to_string(),
            agency: one.holding.agency.to_string(),
            role: one.holding.role,
            delegated: one.holding.mode == Some(Mode::Delegation),
            sub_delegable: one.holding.sub_delegable,
            under: one.under.clone(),
            giver: one.under.as_ref().and_then(|under| seam::agency_of(self.world, under)),
        })
        .collect()
    }

    /// Some holding of a day that fits.
    pub(super) fn holding(&mut self, day: i64, fits: impl Fn(&Held) -> bool) -> Option<Held> {
        let all: Vec<_> = self.held_on(day).into_iter().filter(fits).collect();
        self.dice.pick(&all)
    }

    /// Some holding of a day that fits: rather one that others stand under, or that nobody named.
    pub(super) fn weighty(&mut self, day: i64, fits: impl Fn(&Held) -> bool) -> Option<Held> {
        let all: Vec<_> = self.held_on(day).into_iter().filter(fits).collect();
        let above = self.book.ids("assignment.made", "under");
        let heavy = |held: &&Held| above.contains(&held.id) || held.id.starts_with("as-");
        let heavy: Vec<_> = all.iter().filter(heavy).cloned().collect();
        if self.dice.percent(60) && !heavy.is_empty() { self.dice.pick(&heavy) } else { self.dice.pick(&all) }
    }

    /// The duty and those that lie in it.
    pub(super) fn within(&self, id: &str) -> Vec<String> {
        let mut all = vec![id.to_owned()];
        let mut at = 0;
        while at < all.len() {
            let parent = all[at].clone();
            let below = self.book.about("responsibility.defined", "parent", &parent);
            let below: Vec<_> = below.filter_map(|entry| entry.text("responsibility")).collect();
            let new: Vec<_> = below.into_iter().filter(|id| !all.iter().any(|known| known == id)).collect();
            all.extend(new.into_iter().map(str::to_owned));
            at += 1;
        }
        all
    }

    pub(super) fn assignment(&mut self, kind: &'static str) -> Option<Line> {
        match kind {
            "assignment.ended" => self.ended(kind),
            "assignment.changed" => self.rebased(kind),
            _ => self.made(kind),
        }
    }

    fn rebased(&mut self, kind: &'static str) -> Option<Line> {
        let day = self.dice.near(self.today, 6, 6);
        let held = self.weighty(day, |_| true)?;
        let data = json!({"assignment": held.id, "effective": date(day), "basis": self.basis()});
        Some(self.line("reg", kind, data))
    }

    fn made(&mut self, kind: &'static str) -> Option<Line> {
        let from = self.dice.near(self.today, 6, 6);
        let accountable = |held: &Held| held.role == HoldingRole::Accountable;
        let mut by = "reg".to_owned();
        let mut data = json!({"role": "accountable"});
        match self.dice.roll(16) {
            0..5 => data["responsibility"] = json!(self.free(from)?),
            5..8 => {
                let above = self.weighty(from, |held| accountable(held) && !held.delegated)?;
                data = self.under(&above, true);
                by = self.dice.one(&[above.agency, by]);
            }
            8 => {
                let above = self.holding(from, |held| held.delegated && held.sub_delegable)?;
                data = self.under(&above, true);
                by = self.dice.one(&[above.agency, by]);
            }
            9 | 10 => {
                let above = self.weighty(from, accountable)?;
                data = self.under(&above, false);
                by = self.dice.one(&[above.agency, by]);
            }
            11 => {
                let components = self.dice.some(&["budget", "asset", "staff"], 2);
                data = json!({"role": "caretaker", "components": components, "responsibility": self.duty()?});
            }
            12 => {
                let held = self.holding(from, accountable)?;
                data = json!({"role": "supporter", "responsibility": held.of});
                by = self.dice.one(&[held.agency, by]);
            }
            13 => data["responsibility"] = json!(self.holding(from, accountable)?.of),
            _ => {
                let old = self.holding(from, accountable)?;
                data = json!({"role": "accountable", "responsibility": old.of, "supersedes": old.id});
            }
        }
        self.rest_of_made(&mut data, from);
        Some(self.line(&by, kind, data))
    }

    /// A duty that nobody is accountable for on a day, by a holding of its own.
    fn free(&mut self, day: i64) -> Option<String> {
        let held = self.held_on(day);
        let mut all = self.duties();
        all.retain(|id| !held.iter().any(|held| held.of == *id && held.role == HoldingRole::Accountable));
        self.dice.pick(&all)
    }

    fn under(&mut self, above: &Held, delegated: bool) -> Value {
        let within = self.within(&above.of);
        let of = if self.dice.percent(80) {
            self.dice.one(&within[1.min(within.len() - 1)..])
        } else {
            above.of.clone()
        };
        let mut data = json!({"role": "executor", "responsibility": of, "under": above.id});
        if delegated {
            data["role"] = json!("accountable");
            data["mode"] = json!("delegation");
        }
        data
    }

    fn rest_of_made(&mut self, data: &mut Value, from: i64) {
        let until = if self.dice.percent(25) { Some(date(self.dice.near(from, -1, 15))) } else { None };
        data["assignment"] = if self.dice.percent(45) { Value::Null } else { json!(format!("x{}", self.n)) };
        data["agency"] = json!(self.anyone());
        data["valid"] = match until {
            Some(to) => json!({"from": date(from), "to": to}),
            None if self.dice.percent(4) => json!({"from": "unknown"}),
            None => json!({"from": date(from)}),
        };
        if self.dice.percent(40) {
            data["sub_delegable"] = json!(true);
        }
        if self.dice.percent(15) {
            data["ends_when"] = self.some_step();
        }
        if self.dice.percent(15) {
            data["time"] = self.hour();
        }
        data["basis"] = self.basis();
    }

    pub(super) fn hour(&mut self) -> Value {
        json!(format!("2024-01-01T{:02}:00:00+07:00", self.dice.roll(24)))
    }

    /// A step of a handoff that is not ended.
    pub(super) fn some_step(&mut self) -> Value {
        let proposed: Vec<_> = self.book.all("handoff.proposed").cloned().collect();
        let steps = proposed.iter().flat_map(|entry| {
            let steps = entry.line.data["steps"].as_array().cloned().unwrap_or_default();
            steps.into_iter().map(|step| json!({"handoff": entry.line.data["handoff"], "step": step["step"]}))
        });
        let steps: Vec<_> = steps.collect();
        self.dice.pick(&steps).unwrap_or(Value::Null)
    }

    fn ended(&mut self, kind: &'static str) -> Option<Line> {
        let day = self.dice.near(self.today, 5, 5);
        let held = self.weighty(day, |_| true)?;
        let reason = self.dice.one(&["expired", "revoked", "superseded", "annulled"]);
        let mut data = json!({"effective": date(day), "reason": reason, "basis": self.basis()});
        if self.dice.percent(60) {
            data["assignment"] = json!(held.id);
        } else {
            let role = format!("{:?}", held.role).to_lowercase();
            data["responsibility"] = json!(held.of);
            data["agency"] = json!(held.agency);
            data["role"] = json!(role);
        }
        if self.dice.percent(15) {
            data["time"] = self.hour();
        }
        let by = held.giver.filter(|_| self.dice.percent(50)).unwrap_or_else(|| "reg".to_owned());
        Some(self.line(&by, kind, data))
    }
}
