//! Claims: raised about anything, rather often about holdings, then answered, referred, withdrawn, resolved.

use serde_json::json;

use super::super::book::Entry;
use super::super::line::Line;
use super::Pen;

impl Pen<'_> {
    pub(super) fn claim(&mut self, kind: &'static str) -> Option<Line> {
        if kind == "claim.raised" {
            let mut about: Vec<_> = Vec::new();
            for _ in 0..=self.dice.roll(2) {
                about.extend(self.subject(&["r", "as", "as", "h", "d", "f", "m", "p", "c"]));
            }
            let by = self.anyone();
            let against = [self.other(&[&by])];
            let of = self.dice.one(&["overlap", "duplication", "gap", "authority", "handoff", "decision"]);
            let data = json!({"claim": format!("c{}", self.n), "kind": of, "about": about, "against": against,
                "basis": self.basis(), "on": self.on(30)});
            return Some(self.line(&by, kind, data));
        }
        let raised: Vec<_> = self.book.all("claim.raised").cloned().collect();
        let open = |entry: &Entry| {
            let id = entry.text("claim").unwrap();
            !self.book.has("claim.resolved", "claim", id) && !self.book.has("claim.withdrawn", "claim", id)
        };
        let open: Vec<_> = raised.into_iter().filter(open).collect();
        let entry = self.dice.pick(&open)?;
        let id = entry.text("claim")?.to_owned();
        let raiser = self.raiser(&id)?;
        let parties: Vec<_> = entry.texts("against").into_iter().chain([raiser.clone()]).collect();
        let mut data = json!({"claim": id, "on": self.on(10)});
        let by = match kind {
            "claim.answered" => self.dice.one(&parties),
            "claim.referred" => {
                data["forum"] = json!(self.object("forum.formed", "forum")?);
                self.dice.one(&parties)
            }
            "claim.withdrawn" => raiser,
            _ => {
                data["outcome"] = json!(self.dice.one(&["upheld", "rejected", "settled", "moot"]));
                if self.dice.percent(30) {
                    data["keeps"] = json!(self.anyone());
                }
                let parties: Vec<_> = parties.iter().map(String::as_str).collect();
                self.overseer(&parties)?
            }
        };
        Some(self.line(&by, kind, data))
    }

    /// Who raised a claim first.
    fn raiser(&self, id: &str) -> Option<String> {
        let mut all = self.book.entries.iter().filter(|e| e.line.kind == "claim.raised");
        all.find(|entry| entry.text("claim") == Some(id))
            .and_then(|entry| entry.line.agency().map(str::to_owned))
    }
}
