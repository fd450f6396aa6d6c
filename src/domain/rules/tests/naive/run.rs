//! Tells a story to the naive ledger and to the real rules at once, compares, and shrinks what fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;

use serde_json::{Value, json};

use super::super::told::Told;
use super::drawer::Drawer;
use super::ledger::{Ledger, Line};
use super::said::{Day, Fact, OPEN, Record, UNKNOWN, Words, text};
use super::{on, real};

/// Lines that name earlier lines by their number: `@3` the entry of line 3, `as-@3` what it made.
#[derive(Clone)]
pub(super) struct Story {
    pub(super) lines: Vec<Line>,
}

/// How often what was told, and how it was decided.
#[derive(Default)]
pub(super) struct Count {
    kinds: BTreeMap<(String, String), usize>,
    stories: usize,
    days: usize,
}

impl Count {
    pub(super) fn add(&mut self, other: &Self) {
        for (kind, n) in &other.kinds {
            *self.kinds.entry(kind.clone()).or_default() += n;
        }
        self.stories += other.stories;
        self.days += other.days;
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} stories, {} days compared", self.stories, self.days)?;
        self.kinds.iter().try_for_each(|((kind, code), n)| writeln!(f, "{n:7} {kind} {code}"))
    }
}

/// Both ledgers, and the entries of the lines.
pub(super) struct Run {
    pub(super) ledger: Ledger,
    told: Told,
    /// The entry of each line.
    pub(super) seqs: Vec<Option<usize>>,
    /// Days compared.
    days: usize,
}

fn agency(id: &str, powers: &[&str]) -> Value {
    json!({"agency": id, "name": {"en": id}, "kind": "ministry", "powers": powers})
}

impl Run {
    pub(super) fn new() -> Self {
        let mut told = Told::default();
        let opened = json!({"origin": "test", "zone": "Asia/Jakarta", "vkey": "v", "policy": {}});
        told.own(super::super::super::super::Voice::Init, "ledger.opened", opened).unwrap();
        let registrar = agency("reg", &["registrar"]);
        told.own(super::super::super::super::Voice::Init, "agency.registered", registrar.clone()).unwrap();
        let overseer = agency("over", &["overseer"]);
        told.ok(("2024-01-01", "reg", "agency.registered", overseer.clone()));
        let fact = |seq, data: Value| Fact {
            seq,
            place: seq,
            day: super::said::day("2024-01-01"),
            by: "reg".to_owned(),
            issuer: "reg".to_owned(),
            kind: "agency.registered".to_owned(),
            w: Rc::new(serde_json::from_value::<Words>(data).unwrap()),
            meant: None,
            approved: Vec::new(),
            over: false,
        };
        let ledger = Ledger { all: vec![fact(1, registrar), fact(2, overseer)], ..Ledger::default() };
        Self { ledger, told, seqs: Vec::new(), days: 0 }
    }

    /// The line with entries for numbers of lines; `None` where one of them is no entry.
    fn concrete(&self, line: &Line) -> Option<Line> {
        let seq = |n: &str| self.seqs.get(n.parse::<usize>().unwrap()).copied().flatten();
        let mut lost = false;
        let mut line = line.clone();
        walk(&mut line.data, &mut |value| {
            let Value::String(text) = &*value else { return };
            let Some((head, tail)) = text.split_once('@') else { return };
            let (n, rest) = tail.split_at(tail.find('.').unwrap_or(tail.len()));
            match seq(n) {
                Some(seq) if head.is_empty() => *value = json!(seq),
                Some(seq) => *value = json!(format!("{head}{seq}{rest}")),
                None => lost = true,
            }
        });
        (!lost).then_some(line)
    }

    /// The line with numbers of lines for entries.
    fn symbolic(&self, line: &Line) -> Line {
        let mut line = line.clone();
        let number = |seq: usize| self.seqs.iter().position(|one| *one == Some(seq));
        for key in ["corrects", "seq", "instead_of"] {
            if let Some(n) = line.data.get(key).and_then(Value::as_u64).and_then(|seq| number(seq as usize)) {
                line.data[key] = json!(format!("@{n}"));
            }
        }
        walk(&mut line.data, &mut |value| {
            let Some(tail) = value.as_str().and_then(|text| text.strip_prefix("as-")) else { return };
            let (seq, rest) = tail.split_at(tail.find('.').unwrap_or(tail.len()));
            if let Some(n) = seq.parse().ok().and_then(number) {
                *value = json!(format!("as-@{n}{rest}"));
            }
        });
        line
    }

    /// Tells one line to both; the code, or `None` where it is not told, or what differs.
    pub(super) fn step(&mut self, line: &Line) -> Result<Option<String>, String> {
        self.seqs.push(None);
        let Some(mut line) = self.concrete(line) else { return Ok(None) };
        let record = self.ledger.record();
        if let Some(approvers) = line.data.get_mut("approved_by").and_then(Value::as_array_mut) {
            approvers.retain(|one| record.active(one.as_str().unwrap(), line.day));
        }
        let approvals = line.data.get("approved_by").and_then(Value::as_array).map_or(0, Vec::len);
        let mut seq = self.told.events.len() + approvals;
        let guess = self.ledger.tell(&line, seq);
        if guess.tags.iter().any(|tag| !on(tag)) || (guess.verdict.is_ok() && unheld(guess.ledger.as_ref())) {
            return Ok(None);
        }
        // what the rules hold against themselves (holdings kept, holdings folded anew) is a difference too
        let told = std::panic::AssertUnwindSafe(|| real::tell(&mut self.told, &line));
        let (result, lapses) = std::panic::catch_unwind(told).map_err(|_| "the rules panic".to_owned())?;
        seq += lapses.len();
        let fold = self.ledger.fold();
        for (handoff, rule, day) in &lapses {
            let known = fold.lapsed.get(handoff).map(|(day, rule)| (*day, (*rule).to_owned()));
            if known != Some((*day, rule.clone())) || *day > line.day {
                return Err(format!(
                    "lapse of {handoff}: the rules say {rule} {}, the model {known:?}",
                    text(*day)
                ));
            }
        }
        let model = if lapses.is_empty() { guess } else { self.ledger.tell(&line, seq) };
        let (model_says, real_says) = (model.verdict.err(), result.clone().err());
        if model_says != real_says.as_deref() {
            let say = |code: Option<&str>| code.unwrap_or("admitted").to_owned();
            return Err(format!("the model: {}, the rules: {}", say(model_says), say(real_says.as_deref())));
        }
        if let Some(ledger) = model.ledger {
            self.ledger = ledger;
            *self.seqs.last_mut().unwrap() = Some(seq);
            self.compare()?;
        }
        Ok(Some(real_says.unwrap_or_else(|| "ok".to_owned())))
    }

    /// Both name the same holders of every responsibility on every day that matters.
    fn compare(&mut self) -> Result<(), String> {
        let record = self.ledger.record();
        let fold = record.fold();
        let all: BTreeSet<String> =
            record.of("responsibility.defined").map(|fact| fact.w.responsibility().to_owned()).collect();
        for of in &all {
            let (model, rules) = (real::naive_spans(&fold, of), real::spans(&self.told, of));
            let ends = model.iter().chain(&rules).flat_map(|span| [span.3, span.4]);
            let edges: BTreeSet<Day> = ends.filter(|day| *day != UNKNOWN && *day != OPEN).collect();
            let mut days: BTreeSet<Day> = edges.iter().flat_map(|day| [day - 1, *day, day + 1]).collect();
            days.insert(super::said::day("2024-01-01"));
            if let Some(why) = real::days_differ(&self.told, of, &days) {
                return Err(why);
            }
            for day in days {
                self.days += 1;
                let held = |spans: &[(String, String, bool, Day, Day)]| {
                    let spans = spans.iter().filter(|span| span.3 <= day && day < span.4);
                    let mut held: Vec<_> = spans.map(|one| (one.0.clone(), one.1.clone(), one.2)).collect();
                    held.sort();
                    held
                };
                let (model, rules) = (held(&model), held(&rules));
                if model != rules {
                    let day = text(day);
                    return Err(format!("{of} on {day}\n  the model: {model:?}\n  the rules: {rules:?}"));
                }
                self.compare_above(&record, (&all, of), day, &fold)?;
            }
        }
        self.compare_via(&record, &all, &fold)
    }

    /// The same of who answers for what nobody holds, on days on which anything begins or changes.
    fn compare_via(
        &self,
        record: &Record,
        all: &BTreeSet<String>,
        fold: &super::fold::Fold,
    ) -> Result<(), String> {
        let begun = fold.all.iter().flat_map(|one| &one.spans).flat_map(|span| [span.0, span.1]);
        let scoped = ["responsibility", "territory"];
        let said = record.facts.iter().filter(|fact| scoped.iter().any(|kind| fact.kind.starts_with(kind)));
        let days: BTreeSet<Day> = begun.chain(said.filter_map(|fact| fact.w.effective)).collect();
        for day in days.into_iter().filter(|day| *day != UNKNOWN && *day != OPEN) {
            for of in all {
                let (model, rules) = (record.answered_via(fold, of, day), real::via(&self.told, of, day));
                if model != rules {
                    let day = text(day);
                    return Err(format!(
                        "{of} on {day}, answered via\n  the model: {model:?}\n  the rules: {rules:?}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The same with what each holding stands under.
    fn compare_above(
        &self,
        record: &Record,
        (all, of): (&BTreeSet<String>, &str),
        day: Day,
        fold: &super::fold::Fold,
    ) -> Result<(), String> {
        let outside = !record.exists_on(of, day);
        let model = real::naive(record, fold, of, day);
        let rules = real::holders(&self.told, all, of, day);
        if outside && !on("days") || rules.as_ref() == Some(&model) {
            return Ok(());
        }
        Err(format!(
            "{of} on {}, with what it is under\n  the model: {model:?}\n  the rules: {rules:?}",
            text(day)
        ))
    }
}

/// Whether an admitted statement leaves something that the real side does not hold yet.
fn unheld(ledger: Option<&Ledger>) -> bool {
    let Some(ledger) = ledger else { return false };
    !on("lapse") && !ledger.fold().lapsed.is_empty()
}

fn walk(value: &mut Value, each: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| walk(one, each)),
        Value::Object(all) => all.values_mut().for_each(|one| walk(one, each)),
        _ => each(value),
    }
}

/// Tells a story; what differs first.
pub(super) fn tell(lines: &[Line]) -> Result<(), String> {
    let mut run = Run::new();
    for (n, line) in lines.iter().enumerate() {
        run.step(line).map_err(|why| format!("line {n}: {why}"))?;
    }
    Ok(())
}

impl Story {
    /// Draws a story, telling it meanwhile.
    pub(super) fn draw(seed: u64, statements: usize, count: &mut Count) -> (Self, Result<(), String>) {
        let (mut run, mut drawer) = (Run::new(), Drawer::new(seed));
        let mut story = Self { lines: Vec::new() };
        let (mut told, mut tries) = (0, 0);
        while told < statements && tries < statements * 5 {
            tries += 1;
            let line = run.symbolic(&drawer.line(&run.ledger, story.lines.len()));
            story.lines.push(line.clone());
            match run.step(&line) {
                Ok(None) => {
                    story.lines.pop();
                    run.seqs.pop();
                }
                Ok(Some(code)) => {
                    told += 1;
                    drawer.told(run.seqs.last().copied().flatten(), &line, &code);
                    let corrects = if line.data.get("corrects").is_some() { " corrected" } else { "" };
                    *count.kinds.entry((format!("{}{corrects}", line.kind), code)).or_default() += 1;
                }
                Err(why) => return (story, Err(why)),
            }
        }
        count.stories += 1;
        count.days += run.days;
        (story, Ok(()))
    }

    /// Takes away what is not needed to fail in the same way.
    pub(super) fn shrink(&self, why: &str) -> Self {
        let class = |why: &str| why.split(['\n', '{', '[']).next().unwrap_or_default().split(" on ").count();
        let same = |lines: &[Line]| {
            tell(lines).is_err_and(|new| class(&new) == class(why) && kind(&new) == kind(why))
        };
        let mut small = self.clone();
        let mut again = true;
        while again {
            again = false;
            for n in (0..small.lines.len().saturating_sub(1)).rev() {
                let mut lines = small.lines.clone();
                // a line that says nothing keeps the numbers of the others
                if lines[n].kind == "none" {
                    continue;
                }
                lines[n] =
                    Line { kind: "none".to_owned(), data: json!({"gone": "@9999"}), ..lines[n].clone() };
                if same(&lines) {
                    small.lines = lines;
                    again = true;
                }
            }
        }
        small
    }

    pub(super) fn show(&self) -> String {
        let mut all = String::new();
        for (n, line) in self.lines.iter().enumerate().filter(|(_, line)| line.kind != "none") {
            writeln!(all, "  {n:3} {} {} {} {}", text(line.day), line.who, line.kind, line.data).unwrap();
        }
        all
    }
}

/// The part of a failure that stays when lines are taken away.
fn kind(why: &str) -> String {
    let why = why.strip_prefix("line ").and_then(|why| why.split_once(": ")).map_or(why, |(_, why)| why);
    if why.starts_with("the model: ") {
        why.to_owned()
    } else {
        why.split(' ').next().unwrap_or_default().len().min(1).to_string()
    }
}
