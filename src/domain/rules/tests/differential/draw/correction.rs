//! Corrections, corrections of corrections, and withdrawals of both.

use serde_json::json;

use super::super::book::Entry;
use super::super::counts::Cell;
use super::super::line::Line;
use super::Pen;

impl Pen<'_> {
    /// What may be corrected or withdrawn of a type.
    pub(super) fn targets<'b>(&'b self, kind: &'b str, cell: Cell) -> Vec<&'b Entry> {
        let fits = |entry: &&Entry| {
            let deep = match cell {
                Cell::Admitted => false,
                Cell::Corrected => entry.depth == 0,
                Cell::Again => entry.depth > 0,
                Cell::Withdrawn => true,
            };
            deep && entry.line.data.get("powers").is_none() && self.book.is_about_something(entry)
        };
        self.book.all(kind).filter(fits).collect()
    }

    pub(super) fn correction(&mut self, kind: &'static str, cell: Cell) -> Option<Line> {
        let targets: Vec<Entry> = self.targets(kind, cell).into_iter().cloned().collect();
        // What was said lately is put right most, and what others stand under.
        let late = &targets[targets.len().saturating_sub(4)..];
        let above = self.book.ids("assignment.made", "under");
        let heavy = |entry: &&Entry| {
            let named = entry.text("assignment").map_or(format!("as-{}", entry.place), str::to_owned);
            above.iter().any(|id| *id == named || id.starts_with(&format!("as-{}.", entry.place)))
        };
        let heavy: Vec<Entry> = targets.iter().filter(heavy).cloned().collect();
        let entry = match self.dice.roll(10) {
            0..4 if !heavy.is_empty() => self.dice.pick(&heavy)?,
            0..7 => self.dice.pick(late)?,
            _ => self.dice.pick(&targets)?,
        };
        let issuer = entry.line.agency()?.to_owned();
        let by = if self.dice.percent(80) { self.voice(&issuer) } else { "reg".to_owned() };
        let overseer = self.overseer(&[&by, &issuer]);
        if cell == Cell::Withdrawn {
            let mut line = Line::new(self.today, by, "record.withdrawn", json!({"seq": entry.seq}));
            line.approved_by = overseer.into_iter().collect();
            return Some(line);
        }
        let mut data = entry.line.data.clone();
        self.vary(kind, &mut data, &entry);
        let mut line = Line::new(self.today, by, kind, data);
        line.corrects = Some(entry.seq);
        line.approved_by = entry.line.approved_by.into_iter().chain(overseer).collect();
        line.approved_by.sort_unstable();
        line.approved_by.dedup();
        Some(line)
    }
}
