//! Duties: defined with parents, changed, split into others, retired.

use serde_json::{Value, json};

use super::super::line::Line;
use super::{Pen, opening::defined};

const CODES: &[&str] = &["06", "06", "06.1", "06.1", "06.2", "06.1.1", "07"];

impl Pen<'_> {
    pub(super) fn responsibility(&mut self, kind: &'static str) -> Option<Line> {
        let data = match kind {
            "responsibility.defined" => self.defined(),
            "responsibility.changed" => {
                let id = self.duty()?;
                let mut data =
                    json!({"responsibility": id, "effective": self.near(6, 6), "basis": self.basis()});
                match self.dice.roll(7) {
                    5 | 6 => data["parent"] = json!(self.duty().filter(|parent| *parent != id)?),
                    0 => data["code"] = json!({"scheme": "cofog", "value": self.dice.one(CODES)}),
                    1 => data["territory"] = json!(self.object("territory.registered", "territory")),
                    2 => data["carve_outs"] = json!([{"code": {"scheme": "cofog", "value": "06.1.1"}}]),
                    3 => data["due"] = json!(self.near(0, 20)),
                    _ => data["name"] = json!({"en": format!("n{}", self.n)}),
                }
                data
            }
            "responsibility.split" => {
                let id = self.duties().into_iter().filter(|id| !self.book.has(kind, "responsibility", id));
                let id = self.dice.pick(&id.collect::<Vec<_>>())?;
                let (into, remainder) = self.parts(&id)?;
                let carries = self.carries(&id, &into, &remainder);
                json!({"responsibility": id, "into": into, "remainder": remainder, "carries": carries,
                    "effective": self.near(6, 6), "basis": self.basis()})
            }
            _ => {
                let id = self.duty()?;
                let into = if self.dice.percent(30) { self.duty() } else { None }.filter(|into| *into != id);
                let into: Vec<_> = into.into_iter().collect();
                json!({"responsibility": id, "into": into, "effective": self.near(6, 8),
                    "basis": self.basis()})
            }
        };
        Some(self.line("reg", kind, data))
    }

    fn defined(&mut self) -> Value {
        let code = self.dice.one(CODES);
        let parent = if self.dice.percent(60) { self.duty() } else { None };
        let around = |parent: &String| {
            let outer = self.code(parent);
            code == outer || code.starts_with(&format!("{outer}."))
        };
        let parent = parent.filter(around);
        let mut data = defined(&format!("r{}", self.n), code, parent.as_deref());
        match self.dice.roll(10) {
            0 => data["territory"] = json!(self.object("territory.registered", "territory")),
            1 => data["valid"] = json!({"from": self.near(30, 0), "to": self.near(0, 30)}),
            2 => data["nature"] = json!("case"),
            3 => data["carve_outs"] = json!([{"code": {"scheme": "cofog", "value": "06.2"}}]),
            _ => {}
        }
        data["basis"] = self.basis();
        data
    }

    /// Duties that are neither retired nor split for good.
    pub(super) fn duties(&self) -> Vec<String> {
        let all = self.book.ids("responsibility.defined", "responsibility").into_iter();
        all.filter(|id| {
            let mut split = self.book.about("responsibility.split", "responsibility", id);
            let over = split.any(|entry| entry.text("remainder") != Some("unassigned"));
            !over && !self.book.has("responsibility.retired", "responsibility", id)
        })
        .collect()
    }

    /// A duty, rarely one that is over.
    pub(super) fn duty(&mut self) -> Option<String> {
        let all = if self.dice.percent(4) {
            self.book.ids("responsibility.defined", "responsibility")
        } else {
            self.duties()
        };
        self.dice.pick(&all)
    }

    pub(super) fn code(&self, id: &str) -> String {
        let said = ["responsibility.defined", "responsibility.changed"];
        let code = self.book.newest(id, said, "responsibility", "code").unwrap_or_default();
        code["value"].as_str().unwrap_or_default().to_owned()
    }

    /// Parts that fit into a duty, and what becomes of the rest.
    pub(super) fn parts(&mut self, id: &str) -> Option<(Vec<String>, String)> {
        let whole = self.code(id);
        let mut fit = self.duties();
        let inside = |code: String| code == whole || code.starts_with(&format!("{whole}."));
        fit.retain(|part| part != id && inside(self.code(part)) && !self.came_out(id, part));
        // What came out of a split is split again rather often.
        let into = self.dice.some(&fit, 3);
        if into.is_empty() {
            return None;
        }
        fit.retain(|part| !into.contains(part));
        let remainder = match self.dice.roll(10) {
            0..4 => None,
            4..6 => Some("unassigned".to_owned()),
            _ => self.dice.pick(&fit),
        };
        Some((into, remainder.unwrap_or_else(|| "none".to_owned())))
    }

    /// Under which part each holding stands that others have under one of a duty: where more than one fits,
    /// the first.
    pub(super) fn carries(&self, id: &str, into: &[String], remainder: &str) -> Value {
        let mut carries = json!({});
        for held in self.held_on(self.today) {
            let above = held.under.as_ref().and_then(|under| self.world.responsibility_of(under));
            if held.of == id || above.is_none_or(|above| above.as_str() != id) {
                continue;
            }
            let code = self.code(&held.of);
            let fits = |part: &&String| {
                let outer = self.code(part);
                code == outer || code.starts_with(&format!("{outer}."))
            };
            let parts: Vec<&String> = into.iter().filter(fits).collect();
            if let [part, _, ..] = parts.as_slice()
                && *part != remainder
            {
                let mut named = carries[*part].as_array().cloned().unwrap_or_default();
                named.push(json!(held.id));
                carries[*part] = json!(named);
            }
        }
        carries
    }

    /// Whether a duty came out of another by splits.
    fn came_out(&self, id: &str, of: &str) -> bool {
        let mut waiting = vec![id.to_owned()];
        let mut seen: Vec<String> = Vec::new();
        while let Some(id) = waiting.pop() {
            if id == of {
                return true;
            }
            if seen.contains(&id) {
                continue;
            }
            let splits = self.book.all("responsibility.split");
            let from = splits.filter(|e| e.texts("into").contains(&id) || e.text("remainder") == Some(&id));
            waiting.extend(from.filter_map(|entry| entry.text("responsibility").map(str::to_owned)));
            seen.push(id);
        }
        false
    }
}
