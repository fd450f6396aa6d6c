//! What is said about the record: findings tolerated, details restricted, held, released, erased.

use serde_json::json;

use super::super::line::Line;
use super::Pen;

impl Pen<'_> {
    pub(super) fn record(&mut self, kind: &'static str) -> Option<Line> {
        if kind == "finding.tolerated" {
            let (of, subject) = match self.dice.roll(5) {
                0 => ("orphan", "r"),
                1 => ("conflict", "r"),
                2 => ("stalled", "h"),
                3 => ("dispute", "c"),
                _ => ("broken-authority", "d"),
            };
            let subject = self.subject(&[subject])?;
            let id = subject.split_once(':')?.1;
            let by = self.dice.one(&["over", "over2"]);
            let data =
                json!({"finding": format!("{of}:{id}"), "until": self.near(-1, 30), "basis": self.basis()});
            return Some(self.line(by, kind, data));
        }
        let fields = [self.dice.one(&["reason", "names"])];
        let said = |kinds: &[&str]| -> Vec<u64> {
            let all = self.book.entries.iter().filter(|entry| kinds.contains(&entry.line.kind));
            let all = all.filter(|entry| entry.texts("fields") == fields);
            all.filter_map(|entry| entry.line.data["seq"].as_u64()).collect()
        };
        let seq = match kind {
            "details.released" => {
                let gone = said(&["details.released", "details.erased"]);
                let mut all = said(&["details.restricted", "details.held"]);
                all.retain(|seq| !gone.contains(seq));
                self.dice.pick(&all)?
            }
            _ => {
                let gone = said(&["details.restricted", "details.held", "details.erased"]);
                let all = self.book.entries.iter().map(|entry| entry.seq).filter(|seq| !gone.contains(seq));
                self.dice.pick(&all.collect::<Vec<_>>())?
            }
        };
        let data = json!({"seq": seq, "fields": fields, "basis": self.basis()});
        let mut line = self.line("reg", kind, data);
        if kind == "details.erased" {
            line.approved_by = self.overseer(&[]).into_iter().collect();
        }
        Some(line)
    }
}
