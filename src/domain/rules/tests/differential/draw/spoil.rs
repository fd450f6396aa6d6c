//! Makes a plausible statement doubtful: another speaker, no approvals, ids that are taken or unknown, days
//! far away, a place that is taken already.

use serde_json::{Value, json};

use super::super::line::{Line, date};
use super::Pen;

impl Pen<'_> {
    pub(super) fn spoil(&mut self, line: &mut Line) {
        if line.by.starts_with("ledger:") {
            line.data["size"] = if line.data.get("size").is_some() { json!(1) } else { return };
            return;
        }
        match self.dice.roll(8) {
            0 | 1 => line.by = self.anyone(),
            2 => line.approved_by.clear(),
            3 => self.spoil_id(line, false),
            4 => self.spoil_id(line, true),
            5 => {
                let far = date(self.dice.near(self.today, 60, 60));
                for field in ["effective", "on", "decided_on", "held_on"] {
                    if line.data[field].is_string() {
                        line.data[field] = json!(far);
                    }
                }
            }
            6 if self.dice.percent(50) => {
                let alike: Vec<u64> = self.book.entries.iter().filter(|e| !e.stands).map(|e| e.seq).collect();
                if let Some(seq) = self.dice.pick(&alike) {
                    line.corrects = Some(seq);
                }
            }
            6 => {
                let all: Vec<u64> = self.book.entries.iter().map(|entry| entry.seq).collect();
                let seq = self.dice.one(&all);
                *line = Line::new(
                    self.today,
                    line.agency().unwrap().to_owned(),
                    "record.withdrawn",
                    json!({"seq": seq}),
                );
            }
            _ => drop(line.data.as_object_mut().unwrap().remove("basis")),
        }
    }

    /// Another id where one is named.
    fn spoil_id(&mut self, line: &mut Line, unknown: bool) {
        let fields =
            ["handoff", "responsibility", "assignment", "agency", "decision", "claim", "under", "act"];
        let named: Vec<_> = fields.into_iter().filter(|field| line.data[*field].is_string()).collect();
        let Some(field) = self.dice.pick(&named) else { return };
        let said = self.book.entries.iter().filter_map(|entry| entry.text(field).map(str::to_owned));
        let all: Vec<_> = said.collect();
        let other = if unknown { Some("zz".to_owned()) } else { self.dice.pick(&all) };
        line.data[field] = other.map_or(Value::Null, Value::from);
    }
}
