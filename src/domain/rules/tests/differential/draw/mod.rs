//! Draws the next statement of a story out of what was said before: mostly plausible, sometimes not, and
//! rather of a kind that this story has had little of.

mod agency;
mod assignment;
mod claim;
mod correction;
mod decision;
mod handoff;
mod ledger;
mod motif;
mod opening;
mod record;
mod responsibility;
mod spoil;
mod undertaking;
mod vary;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::super::super::*;
use super::book::{Book, Entry};
use super::counts::{Cell, Counts, correctable};
use super::dice::Dice;
use super::line::{Line, date};
pub(super) use motif::Motif;
pub(super) use opening::opening;

/// Draws statements.
pub(super) struct Pen<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) book: &'a Book,
    /// A state of the story that nobody else reads.
    pub(super) world: &'a State,
    pub(super) today: i64,
    /// A number that no other statement of this story has.
    pub(super) n: usize,
}

/// What a story has said so far, and what it tried in vain.
pub(super) struct Tried<'a> {
    pub(super) counts: &'a Counts,
    pub(super) tried: &'a BTreeMap<(&'static str, Cell), usize>,
    /// The story turns to these types more than others.
    pub(super) focus: &'a [&'static str],
}

/// Types that come by themselves, or only once.
const UNDRAWN: &[&str] = &["ledger.opened", "handoff.lapsed", "record.withdrawn"];

/// How often a type is drawn beside others: what others rest on, and what has many forms, more often.
fn base(kind: &str) -> f64 {
    match kind {
        "assignment.made" => 8.0,
        "handoff.proposed" => 9.0,
        "responsibility.defined" | "responsibility.split" | "decision.recorded" => 4.0,
        "commitment.made" | "claim.raised" => 4.0,
        "handoff.accepted" | "handoff.acknowledged" => 6.0,
        "handoff.closed" => 7.0,
        "handoff.step_done" | "handoff.step_confirmed" | "handoff.step_added" => 5.0,
        "decision.voted" => 4.0,
        "handoff.reservation_lifted" | "handoff.declined" | "handoff.withdrawn" => 5.0,
        "handoff.reversed" | "programme.started" | "forum.formed" | "agency.registered" => 2.5,
        "agency.closed" | "approval.given" | "policy.changed" | "responsibility.retired" => 0.7,
        "ledger.index" | "ledger.key_rotated" => 0.5,
        "token.revoked" | "witness.retired" => 1.0,
        "key.registered" => 0.6,
        "token.registered" | "witness.registered" => 0.8,
        _ if !correctable(kind) => 0.8,
        _ => 2.0,
    }
}

/// How much more often a correction is drawn of a type of which there are few to correct.
fn rare(kind: &str) -> f64 {
    match kind {
        "handoff.reservation_lifted" => 8.0,
        "handoff.declined" | "handoff.closed" | "handoff.accepted" | "handoff.acknowledged" => 4.0,
        "claim.referred" | "commitment.confirmed" | "commitment.fulfilled" => 3.0,
        "handoff.withdrawn" | "handoff.step_confirmed" | "handoff.step_done" | "handoff.reversed" => 2.5,
        "claim.withdrawn" | "claim.resolved" | "commitment.dropped" | "commitment.changed" => 1.8,
        "programme.reported" | "programme.ended" | "programme.changed" | "claim.answered" => 1.8,
        "handoff.changed" | "handoff.step_added" => 1.8,
        _ => 1.0,
    }
}

impl Pen<'_> {
    /// The next statement.
    pub(super) fn next(&mut self, so_far: &Tried<'_>) -> (Line, Cell) {
        let (choices, weights) = self.choices(so_far);
        loop {
            let Some(at) = self.dice.weighted(&weights) else { continue };
            let (kind, cell) = choices[at];
            let drawn = match cell {
                Cell::Admitted => self.draw(kind).map(|line| self.undated(line)),
                _ => self.correction(kind, cell),
            };
            let Some(mut line) = drawn else { continue };
            if self.dice.percent(10) {
                self.spoil(&mut line);
            }
            return (line, cell);
        }
    }

    fn choices(&self, so_far: &Tried<'_>) -> (Vec<(&'static str, Cell)>, Vec<f64>) {
        let mut choices = Vec::new();
        let mut weights = Vec::new();
        for kind in Data::TYPES.iter().copied() {
            for cell in Cell::ALL {
                let open = match cell {
                    Cell::Admitted => !UNDRAWN.contains(&kind),
                    _ => correctable(kind) && !self.targets(kind, cell).is_empty(),
                };
                if !open {
                    continue;
                }
                let had = so_far.counts.of(kind, cell);
                let tried = so_far.tried.get(&(kind, cell)).copied().unwrap_or_default();
                // Sequences bring handoffs by law; those by agreement are drawn beside them.
                let parts = if (kind, cell) == ("handoff.proposed", Cell::Admitted) { 3 } else { 1 };
                let (had, tried) = (had / parts, tried / parts);
                let much = 1.0 + small(had) + 0.4 * small(tried - had.min(tried));
                let first = match cell {
                    Cell::Admitted => base(kind),
                    Cell::Corrected => 1.5 * rare(kind),
                    Cell::Again => 4.0 * rare(kind),
                    Cell::Withdrawn => 0.8 * rare(kind).sqrt(),
                };
                let focus = if so_far.focus.contains(&kind) { 4.0 } else { 1.0 };
                choices.push((kind, cell));
                weights.push(first * focus / much.powf(1.3));
            }
        }
        (choices, weights)
    }

    /// A statement of a type; none where what it needs is not there.
    fn draw(&mut self, kind: &'static str) -> Option<Line> {
        let family = kind.split('.').next().unwrap();
        match family {
            "ledger" | "token" | "witness" | "policy" | "approval" | "key" => self.ledger(kind),
            "agency" | "territory" | "instrument" => self.agency(kind),
            "responsibility" => self.responsibility(kind),
            "assignment" => self.assignment(kind),
            "handoff" => self.handoff(kind),
            "act" | "decision" => self.decision(kind),
            "claim" => self.claim(kind),
            "forum" | "commitment" | "programme" => self.undertaking(kind),
            _ => self.record(kind),
        }
    }

    /// Sometimes nobody knows the day, and maybe says when it was seen.
    fn undated(&mut self, mut line: Line) -> Line {
        let field = match line.kind {
            "agency.closed" | "agency.changed" | "assignment.ended" => "effective",
            "handoff.proposed" if line.data["regime"] != "by_agreement" => "effective",
            "decision.recorded" => "decided_on",
            _ => return line,
        };
        if self.dice.percent(8) {
            line.data[field] = json!("unknown");
            line.data["time"] = Value::Null;
            line.data["on"] = self.on(50);
        }
        line
    }

    /// A line of today by an agency, or by who stands in for it.
    pub(super) fn line(&mut self, by: &str, kind: &'static str, data: Value) -> Line {
        let by = self.voice(by);
        let mut line = Line::new(self.today, by.clone(), kind, data);
        if by == "reg" && self.dice.percent(15) {
            line.approved_by.extend(self.overseer(&[]));
        }
        self.spoken(&mut line);
        line
    }

    /// Some agencies speak under a token, or sign.
    fn spoken(&mut self, line: &mut Line) {
        if !self.dice.percent(25) {
            return;
        }
        let by = line.by.clone();
        let token = self.book.about("token.registered", "agency", &by).find(|entry| {
            let writes = matches!(entry.text("role"), Some("recorder" | "overseer"));
            writes && !self.book.has("token.revoked", "token", entry.text("token").unwrap())
        });
        let key = self.book.about("key.registered", "agency", &by).find(|entry| {
            let revoked =
                |kid| self.book.about("key.revoked", "agency", &by).any(|e| e.text("kid") == Some(kid));
            entry.text("kid").is_some_and(|kid| !revoked(kid))
        });
        let token = token.map(|entry| format!("token:{by}:{}", entry.text("token").unwrap()));
        let key = key.map(|entry| format!("signed:{by}:{}", entry.text("kid").unwrap()));
        let ways: Vec<String> = token.into_iter().chain(key).collect();
        if let Some(way) = self.dice.pick(&ways) {
            line.by = way;
        }
    }

    pub(super) fn basis(&mut self) -> Value {
        let decisions = self.book.ids("decision.recorded", "decision");
        match self.dice.roll(10) {
            0 => json!({"unknown": true}),
            1 | 2 => self
                .dice
                .pick(&decisions)
                .map_or(json!({"unknown": true}), |id| json!({"ref": format!("d:{id}")})),
            3 => json!([{"ref": "id/uu/1", "article": "3"}, {"ref": "id/pp/2"}]),
            _ => json!({"ref": "id/uu/1"}),
        }
    }

    pub(super) fn near(&mut self, before: i64, after: i64) -> String {
        date(self.dice.near(self.today, before, after))
    }

    /// A day not after today, or nothing.
    pub(super) fn on(&mut self, share: usize) -> Value {
        if self.dice.percent(share) { json!(self.near(3, 0)) } else { Value::Null }
    }

    /// The first day on which an agency is closed.
    pub(super) fn closed<'b>(&'b self, id: &'b str) -> Option<&'b Entry> {
        self.book.about("agency.closed", "agency", id).next()
    }

    fn speaks_today(&self, id: &str) -> bool {
        self.closed(id).and_then(|entry| entry.date("effective")).is_none_or(|day| day > self.today)
    }

    /// Who speaks for an agency today.
    pub(super) fn voice(&self, id: &str) -> String {
        if self.speaks_today(id) {
            return id.to_owned();
        }
        let until = self.closed(id).and_then(|entry| entry.date("winding_up_until"));
        if until.is_some_and(|until| until >= self.today) {
            return id.to_owned();
        }
        let successors = self.closed(id).map(|entry| entry.texts("successors")).unwrap_or_default();
        successors.into_iter().find(|id| self.speaks_today(id)).unwrap_or_else(|| "reg".to_owned())
    }

    /// Agencies that are not closed by any day.
    pub(super) fn living(&self) -> Vec<String> {
        let all = self.book.ids("agency.registered", "agency");
        all.into_iter().filter(|id| self.closed(id).is_none() && !id.starts_with("post")).collect()
    }

    /// Any agency that may hold something, rarely a closed one.
    pub(super) fn anyone(&mut self) -> String {
        let all =
            if self.dice.percent(4) { self.book.ids("agency.registered", "agency") } else { self.living() };
        self.dice.one(&all)
    }

    /// Another agency than these.
    pub(super) fn other(&mut self, than: &[&str]) -> String {
        let mut all = self.living();
        all.retain(|id| !than.contains(&id.as_str()));
        self.dice.one(&all)
    }

    /// An overseer that is none of the parties.
    pub(super) fn overseer(&self, parties: &[&str]) -> Option<String> {
        ["over", "over2"]
            .into_iter()
            .find(|id| !parties.contains(id) && self.speaks_today(id))
            .map(str::to_owned)
    }

    /// An object of a kind that stands.
    pub(super) fn object(&mut self, kind: &str, field: &str) -> Option<String> {
        let all = self.book.ids(kind, field);
        self.dice.pick(&all)
    }

    /// A subject of one of these kinds.
    pub(super) fn subject(&mut self, kinds: &[&str]) -> Option<String> {
        let kind = self.dice.one(kinds);
        let (maker, field) = match kind {
            "r" => ("responsibility.defined", "responsibility"),
            "h" => ("handoff.proposed", "handoff"),
            "d" => ("decision.recorded", "decision"),
            "c" => ("claim.raised", "claim"),
            "f" => ("forum.formed", "forum"),
            "m" => ("commitment.made", "commitment"),
            "p" => ("programme.started", "programme"),
            _ if self.dice.percent(20) => {
                // What a statement once made may be gone.
                let made = self.book.entries.iter().filter(|entry| {
                    matches!(entry.line.kind, "handoff.proposed" | "handoff.accepted" | "assignment.made")
                });
                let gone: Vec<_> = made.filter(|entry| !entry.stands).map(|entry| entry.place).collect();
                return self.dice.pick(&gone).map(|seq| format!("as:as-{seq}"));
            }
            _ => {
                let day = self.today;
                let held = self.held_on(day);
                return self.dice.pick(&held).map(|held| format!("as:{}", held.id));
            }
        };
        self.object(maker, field).map(|id| format!("{kind}:{id}"))
    }
}

fn small(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
