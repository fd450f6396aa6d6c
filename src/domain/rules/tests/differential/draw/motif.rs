//! Sequences that chance alone hardly ever draws to their end: what stands under a holding that a correction
//! puts elsewhere, and parts that a split gives, takes and gives again.

use serde_json::json;

use super::super::super::super::super::event::assignment::HoldingRole;
use super::super::book::Entry;
use super::super::line::{Line, date};
use super::Pen;

/// A sequence that has begun.
#[derive(Clone, Debug)]
pub(in super::super) struct Motif {
    /// The first statement of it is about this: a handoff, or a duty that is split.
    id: String,
    of_split: bool,
    stage: usize,
}

impl Pen<'_> {
    /// The next statement of a sequence that has begun, or the first of a new one.
    pub(in super::super) fn motif(&mut self, going: &mut Option<Motif>) -> Option<Line> {
        let Some(mut motif) = going.take() else {
            let (motif, line) = if self.dice.percent(50) { self.moved_under()? } else { self.split_again()? };
            *going = Some(motif);
            return Some(line);
        };
        motif.stage += 1;
        let kind = if motif.of_split { "responsibility.split" } else { "handoff.proposed" };
        let field = if motif.of_split { "responsibility" } else { "handoff" };
        let entry = self.book.about(kind, field, &motif.id).next()?.clone();
        let line = match (motif.of_split, motif.stage) {
            (false, 1) => self.below(&entry),
            (false, 2 | 4) => self.elsewhere(&entry),
            (false, 3 | 5) => self.over(&entry),
            (true, 1..=3) => self.put_right(&entry),
            (true, 4) => self.covered(&entry).or_else(|| self.of_a_part(&entry)),
            (true, 5..=7) => self.of_a_part(&entry),
            _ => return None,
        };
        *going = Some(motif);
        line
    }

    fn moved_under(&mut self) -> Option<(Motif, Line)> {
        let today = self.today;
        let held = self.holding(today, |held| held.role == HoldingRole::Accountable)?;
        let id = format!("h{}", self.n);
        let data = json!({"handoff": id, "responsibilities": [held.of], "from": held.agency,
            "to": self.other(&[&held.agency]), "regime": self.dice.one(&["by_law", "observed"]),
            "effective": self.near(3, 0), "basis": {"unknown": true}});
        let line = self.line("reg", "handoff.proposed", data);
        Some((Motif { id, of_split: false, stage: 0 }, line))
    }

    /// Something under the holding that the handoff makes: of a duty inside, where there is one.
    fn below(&mut self, handoff: &Entry) -> Option<Line> {
        let of = handoff.texts("responsibilities").first()?.clone();
        let inside: Vec<_> = self.within(&of).into_iter().filter(|id| *id != of).collect();
        let of = self.dice.pick(&inside).unwrap_or(of);
        let role = self.dice.one(&["accountable", "executor"]);
        let mut data = json!({"responsibility": of, "agency": self.anyone(), "role": role,
            "under": format!("as-{}", handoff.place), "valid": {"from": date(self.today)},
            "basis": {"unknown": true}});
        if role == "accountable" {
            data["mode"] = json!("delegation");
        }
        Some(self.line("reg", "assignment.made", data))
    }

    /// The handoff was of another duty.
    fn elsewhere(&mut self, handoff: &Entry) -> Option<Line> {
        let mut line = self.put_right(handoff)?;
        let mut duties = self.duties();
        duties.retain(|id| !handoff.texts("responsibilities").contains(id));
        line.data = handoff.line.data.clone();
        line.data["responsibilities"] = json!([self.dice.pick(&duties)?]);
        Some(line)
    }

    /// The holding that the handoff made ends, one way or another.
    fn over(&mut self, handoff: &Entry) -> Option<Line> {
        let of = handoff.texts("responsibilities").first()?.clone();
        let (kind, data) = match self.dice.roll(3) {
            0 => {
                let data = json!({"assignment": format!("as-{}", handoff.place),
                    "effective": date(self.today), "reason": "revoked", "basis": {"unknown": true}});
                ("assignment.ended", data)
            }
            1 => {
                let from = handoff.text("to")?;
                let data = json!({"handoff": format!("h{}", self.n), "responsibilities": [of], "from": from,
                    "to": self.other(&[from]), "regime": "by_law", "effective": date(self.today),
                    "basis": {"unknown": true}});
                ("handoff.proposed", data)
            }
            _ => {
                let data =
                    json!({"responsibility": of, "effective": date(self.today), "basis": {"unknown": true}});
                ("responsibility.retired", data)
            }
        };
        Some(self.line("reg", kind, data))
    }

    fn split_again(&mut self) -> Option<(Motif, Line)> {
        let today = self.today;
        let held = self.holding(today, |held| held.role == HoldingRole::Accountable)?;
        let (into, remainder) = self.parts(&held.of)?;
        let carries = self.carries(&held.of, &into, &remainder);
        let data = json!({"responsibility": held.of, "into": into, "remainder": remainder, "carries": carries,
            "effective": date(self.today), "basis": {"unknown": true}});
        let line = self.line("reg", "responsibility.split", data);
        Some((Motif { id: held.of, of_split: true, stage: 0 }, line))
    }

    /// A correction of what stands, by who said it.
    fn put_right(&mut self, entry: &Entry) -> Option<Line> {
        let by = self.voice(entry.line.agency()?);
        let mut data = entry.line.data.clone();
        self.vary(entry.line.kind, &mut data, entry);
        let mut line = Line::new(self.today, by, entry.line.kind, data);
        line.corrects = Some(entry.seq);
        line.approved_by = self.overseer(&[]).into_iter().collect();
        Some(line)
    }

    /// A part, or what stands under what was split, covered something else before.
    fn covered(&mut self, split: &Entry) -> Option<Line> {
        let mut of = split.texts("into");
        let whole = split.text("responsibility")?;
        for held in self.held_on(split.date("effective")? - 1) {
            let above = held.under.as_ref().and_then(|under| self.world.responsibility_of(under));
            if held.of != whole && above.is_some_and(|above| above.as_str() == whole) {
                of.push(held.of);
            }
        }
        let back = self.dice.near(split.date("effective")?, 3, 0);
        let data = json!({"responsibility": self.dice.pick(&of)?, "effective": date(back),
            "code": {"scheme": "cofog", "value": self.dice.one(&["06", "06.1", "06.2", "06.1.1", "07"])},
            "basis": {"unknown": true}});
        Some(self.line("reg", "responsibility.changed", data))
    }

    /// A part passes on by law.
    fn of_a_part(&mut self, split: &Entry) -> Option<Line> {
        let parts = split.texts("into");
        let today = self.today;
        let held = self.holding(today, |held| parts.contains(&held.of))?;
        let data = json!({"handoff": format!("h{}", self.n), "responsibilities": [held.of],
            "from": held.agency, "to": self.other(&[&held.agency]), "regime": "by_law",
            "effective": date(today),
            "basis": {"unknown": true}});
        Some(self.line("reg", "handoff.proposed", data))
    }
}
