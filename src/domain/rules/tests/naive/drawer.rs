//! Draws statements that are likely to be admitted, and some that are not; the same for the same seed.

use serde_json::{Value, json};

use super::fold::Fold;
use super::ledger::{Ledger, Line};
use super::said::{Day, Record, day, text};

/// Draws a story.
pub(super) struct Drawer {
    state: u64,
    /// The record day.
    pub(super) today: Day,
    /// Whether statements of this story have times.
    pub(super) timed: bool,
    /// Whether holdings stand under those of other responsibilities.
    pub(super) across: bool,
    /// Admitted lines by entry, to be corrected.
    pub(super) admitted: Vec<(usize, Line)>,
}

/// What stands, as the drawer looks at it.
pub(super) struct Seen<'a> {
    pub(super) record: &'a Record,
    pub(super) fold: &'a Fold,
    /// The number of the line.
    pub(super) n: usize,
}

impl Drawer {
    pub(super) fn new(seed: u64) -> Self {
        let state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678_9ABC_DEF1;
        let mut drawer =
            Self { state, today: day("2024-01-01"), timed: false, across: false, admitted: Vec::new() };
        drawer.timed = drawer.chance(25);
        drawer.across = !drawer.timed && drawer.chance(60);
        drawer
    }

    /// A number below another.
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        ((self.state >> 20) % n.max(1) as u64) as usize
    }

    /// True so many times of a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let n = self.below(from.len());
        from.get(n).cloned()
    }

    /// A day near today; often one that something has already.
    pub(super) fn near(&mut self, seen: &Seen<'_>) -> Day {
        let known: Vec<Day> = seen.fold.all.iter().flat_map(|one| &one.spans).map(|span| span.0).collect();
        let known: Vec<Day> =
            known.into_iter().filter(|day| (self.today - 90..self.today + 90).contains(day)).collect();
        match self.below(10) {
            0..=2 => self.today,
            3..=5 => self.pick(&known).unwrap_or(self.today),
            6..=7 => self.today + self.below(40) as Day,
            _ => self.today - self.below(40) as Day,
        }
    }

    pub(super) fn agencies(&self, seen: &Seen<'_>) -> Vec<String> {
        let all = seen.record.of("agency.registered").map(|fact| fact.w.agency().to_owned());
        all.filter(|id| id != "reg" && id != "over").collect()
    }

    pub(super) fn an_agency(&mut self, seen: &Seen<'_>) -> String {
        let all = self.agencies(seen);
        let here = all.iter().filter(|id| seen.record.active(id, self.today)).cloned().collect::<Vec<_>>();
        let from = if self.chance(93) { here } else { all };
        self.pick(&from).unwrap_or_else(|| "a".to_owned())
    }

    pub(super) fn responsibilities(&self, seen: &Seen<'_>) -> Vec<String> {
        seen.record.of("responsibility.defined").map(|fact| fact.w.responsibility().to_owned()).collect()
    }

    /// Mostly one that exists today.
    pub(super) fn a_responsibility(&mut self, seen: &Seen<'_>) -> String {
        let all = self.responsibilities(seen);
        let here: Vec<String> =
            all.iter().filter(|id| seen.record.exists_on(id, self.today)).cloned().collect();
        let from = if self.chance(90) { here } else { all };
        self.pick(&from).unwrap_or_else(|| "r0".to_owned())
    }

    /// A basis, mostly.
    pub(super) fn basis(&mut self, data: &mut Value) {
        if !self.chance(3) {
            data["basis"] = json!({"ref": "id/uu/1"});
        }
    }

    /// A time of a day, in stories that have them.
    pub(super) fn time(&mut self, data: &mut Value, day: Day) {
        if self.timed && self.chance(85) {
            let hour = 8 + self.below(9);
            data["time"] = json!(format!("{}T{hour:02}:00:00+07:00", text(day)));
        }
    }

    /// Sometimes nobody knows the day, and maybe says when it was seen.
    pub(super) fn unknown(&self, data: &mut Value, share: usize) {
        // drawn from the data itself, so that the story stays the same but for this
        let dice: usize = data.to_string().bytes().map(usize::from).sum::<usize>() * 7919 % 10_007;
        if dice % 100 >= share {
            return;
        }
        data["effective"] = json!("unknown");
        data.as_object_mut().unwrap().remove("time");
        if dice % 10 < 6 {
            data["on"] = json!(text(self.today + 1 - (dice / 100 % 14) as Day));
        }
    }

    /// The next line.
    pub(super) fn line(&mut self, ledger: &Ledger, n: usize) -> Line {
        if n > 8 && self.chance(60) {
            self.today += self.below(7) as Day;
        }
        let record = ledger.record();
        let fold = record.fold();
        let seen = Seen { record: &record, fold: &fold, n };
        let (who, kind, data) = self.said(&seen);
        let kind = kind.to_owned();
        let (who, data) =
            if n > 12 && self.chance(13) { self.amend(&seen).unwrap_or((who, data)) } else { (who, data) };
        let kind = match (data.get("kind!"), data.get("seq").is_some()) {
            (Some(kind), _) => kind.as_str().unwrap_or_default().to_owned(),
            (None, true) => "record.withdrawn".to_owned(),
            _ => kind,
        };
        let mut data = data;
        data.as_object_mut().unwrap().remove("kind!");
        // a correction that knows the day says nothing of when it was seen
        let dated = ["agency.closed", "agency.changed", "assignment.ended"].contains(&kind.as_str());
        if dated && data.get("effective").is_some_and(|day| day != "unknown") {
            data.as_object_mut().unwrap().remove("on");
        }
        if data.get("effective").is_some_and(|day| day == "unknown") {
            data.as_object_mut().unwrap().remove("time");
        }
        Line { day: self.today, who, kind, data }
    }

    /// What became of the line.
    pub(super) fn told(&mut self, seq: Option<usize>, line: &Line, _code: &str) {
        if let Some(seq) = seq {
            self.admitted.push((seq, line.clone()));
        }
    }

    fn said(&mut self, seen: &Seen<'_>) -> (String, &'static str, Value) {
        if seen.n < 9 {
            return self.beginning(seen);
        }
        if self.across && self.chance(7) {
            return self.split(seen);
        }
        match self.below(100) {
            0..=1 => self.agency(seen),
            2..=3 => self.agency_changed(seen),
            4..=5 => self.agency_closed(seen),
            6..=7 => self.territory(seen),
            8..=11 => self.defined(seen),
            12..=13 => self.changed(seen),
            14..=16 => self.split(seen),
            17 => self.retired(seen),
            18..=33 => self.made(seen),
            34..=41 => self.ended(seen),
            42 | 43 => self.claim(seen),
            44 => self.rebased(seen),
            45..=59 => self.proposed(seen),
            60..=63 => self.reversed(seen),
            _ => self.step(seen),
        }
    }

    /// A correction or a withdrawal of something that stands.
    fn amend(&mut self, seen: &Seen<'_>) -> Option<(String, Value)> {
        let (seq, line) = self.pick(&self.admitted.clone())?;
        let fact = seen.record.facts.iter().find(|fact| fact.seq == seq)?;
        if line.kind == "agency.registered" && self.chance(90) {
            return None;
        }
        let mut who = fact.issuer.clone();
        if self.chance(20) {
            who = "reg".to_owned();
        }
        let mut approved: Vec<String> = vec!["over".to_owned()];
        let old = line.data.get("approved_by").and_then(Value::as_array).cloned().unwrap_or_default();
        approved.extend(old.iter().filter_map(Value::as_str).filter(|one| *one != "over").map(str::to_owned));
        if self.chance(35) {
            return Some((who, json!({"seq": seq, "approved_by": ["over"]})));
        }
        let mut data = line.data.clone();
        self.mutate(seen, &line.kind, &mut data);
        data["approved_by"] = json!(approved);
        data["corrects"] = json!(seq);
        data["kind!"] = json!(line.kind);
        Some((who, data))
    }

    fn mutate(&mut self, seen: &Seen<'_>, kind: &str, data: &mut Value) {
        let new = text(self.near(seen));
        for key in ["effective", "due"] {
            if data.get(key).is_some() && self.chance(60) {
                data[key] = json!(new);
            }
        }
        if kind == "assignment.made" {
            if self.chance(50) {
                data["valid"]["from"] = json!(new);
            }
            if self.chance(30) {
                data["agency"] = json!(self.an_agency(seen));
            }
            if self.chance(30) {
                data["valid"]["to"] = json!(text(self.near(seen) + 30));
            }
        }
        if kind.starts_with("handoff") && data.get("on").is_some() && self.chance(50) {
            data["on"] = json!(new);
        }
        if kind == "handoff.proposed" && self.chance(15) {
            data["to"] = json!(self.an_agency(seen));
        }
        if self.timed && data.get("time").is_some() {
            let said = data.get("effective").or(data["valid"].get("from")).and_then(Value::as_str);
            let day = said.filter(|day| *day != "unknown").map_or(self.today, day);
            self.time(data, day);
        }
    }
}
