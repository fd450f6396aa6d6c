//! A process log as statements (docs/maps/README.md): agencies first, then the cases as
//! responsibilities, who held them, what was done row by row, and at last which are over.

use std::collections::VecDeque;

use serde_json::{Map as Object, Value, json};

use crate::seal;

use super::cases::{Case, Cases, Columns, Place, Step};
use super::map::Map;
use super::{Error, Problem, Result, Rows, Source, rows};

/// Digits of the file's digest in a jti: enough to tell the files of one map apart.
const DIGEST_DIGITS: usize = 12;

/// A statement and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Row of the table, from 1.
    pub row: u64,
    /// Line of the file, from 1.
    pub line: u64,
    /// `{jti, type, data, details?}`.
    pub value: Value,
}

/// A process log that has been read once: what is wrong with it is known.
#[derive(Debug)]
pub struct Process {
    map: Map,
    digest: String,
    cases: Cases,
}

impl Process {
    /// Reads a table from its beginning to its end.
    ///
    /// # Errors
    /// When nothing of it can be imported.
    pub fn read(map: Map, source: &Source<'_>) -> Result<Self> {
        let digest = seal::hex(&seal::sha256_of(&mut (source.open)()?)?);
        let cases = Cases::read(&map, &mut *rows(source, &map.columns(), map.separator())?)?;
        Ok(Self { map, digest, cases })
    }

    /// Rows that cannot be imported, in the order of the file.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.cases.problems
    }

    /// Rows there are, those that cannot be read among them.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.cases.rows
    }

    /// Reads the table again; its statements in the order in which they are admitted.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn statements(&self, source: &Source<'_>) -> Result<Statements<'_>> {
        let rows = rows(source, &self.map.columns(), self.map.separator())?;
        let executors = self.cases.cases.iter().map(Running::new).collect();
        let (ready, columns) = (VecDeque::new(), Columns::new(&self.map));
        Ok(Statements { of: self, rows, columns, executors, ready, phase: Phase::Agencies(0) })
    }
}

/// What goes on in a case while its rows are read.
struct Running {
    /// Who executes, verbatim.
    executor: String,
    /// Rows of it so far.
    rows: u64,
}

impl Running {
    fn new(case: &Case) -> Self {
        Self { executor: case.first.executor.clone(), rows: 0 }
    }
}

#[derive(Clone, Copy)]
enum Phase {
    Agencies(usize),
    Officers(usize),
    Responsibilities(usize),
    Assignments(usize),
    Rows,
    Retirements(usize),
}

/// Statements, in the order in which they are admitted.
pub struct Statements<'a> {
    of: &'a Process,
    rows: Box<dyn Rows>,
    columns: Columns<'a>,
    /// Of each case, in the order of the cases.
    executors: Vec<Running>,
    ready: VecDeque<Said>,
    phase: Phase,
}

impl Iterator for Statements<'_> {
    type Item = Result<Said>;

    fn next(&mut self) -> Option<Result<Said>> {
        loop {
            if let Some(said) = self.ready.pop_front() {
                return Some(Ok(said));
            }
            match self.more() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Statements<'_> {
    /// Makes some more statements ready, perhaps none; whether there may be more behind them.
    fn more(&mut self) -> Result<bool> {
        let cases = &self.of.cases;
        let (ready, next) = match self.phase {
            Phase::Agencies(at) => match cases.groups.order.get(at) {
                Some((name, place)) => (vec![self.of.group(at, name, *place)], Phase::Agencies(at + 1)),
                None => (vec![], Phase::Officers(0)),
            },
            Phase::Officers(at) => match cases.officers.order.get(at) {
                Some((name, place)) => (vec![self.of.officer(name, *place)], Phase::Officers(at + 1)),
                None => (vec![], Phase::Responsibilities(0)),
            },
            Phase::Responsibilities(at) => match cases.cases.get(at) {
                Some(case) => (vec![self.of.responsibility(case)], Phase::Responsibilities(at + 1)),
                None => (vec![], Phase::Assignments(0)),
            },
            Phase::Assignments(at) => match cases.cases.get(at) {
                Some(case) => (self.of.assignments(case).into(), Phase::Assignments(at + 1)),
                None => (vec![], Phase::Rows),
            },
            Phase::Rows => match self.rows.next()? {
                Some(row) => (self.row(row.and_then(|row| self.columns.step(row)))?, Phase::Rows),
                None => (vec![], Phase::Retirements(0)),
            },
            Phase::Retirements(at) => match cases.cases.get(at) {
                Some(case) => (self.of.retirement(case).into_iter().collect(), Phase::Retirements(at + 1)),
                None => return Ok(false),
            },
        };
        (self.ready, self.phase) = (ready.into(), next);
        Ok(true)
    }

    /// What a row tells: that the executor changed, and what was done.
    fn row(&mut self, step: std::result::Result<Step, Problem>) -> Result<Vec<Said>> {
        // what is wrong with a row was found when it was read first
        let Ok(step) = step else { return Ok(vec![]) };
        let changed = || {
            Error::of(
                format!("line {}", step.place.line),
                "the file changed while it was read",
                "import it again when nobody writes to it; what was admitted is not added twice",
            )
        };
        let place = self.of.cases.by_key.get(&step.facts.key).copied().ok_or_else(changed)?;
        let running = self.executors.get_mut(place).ok_or_else(changed)?;
        let case = self.of.cases.cases.get(place).ok_or_else(changed)?;
        if case.first.facts != step.facts {
            return Ok(vec![]);
        }
        running.rows += 1;
        let mut said = Vec::with_capacity(2);
        if running.executor != step.executor {
            said.push(self.of.handoff(&step, running));
            running.executor.clone_from(&step.executor);
        }
        said.push(self.of.act(&step, running.rows));
        Ok(said)
    }
}

impl Process {
    /// Completes a statement: where it comes from, under which jti, with which details.
    fn said(&self, place: Place, what: &str, type_name: &str, mut data: Value, details: Value) -> Said {
        let Place { row, line } = place;
        if let Some(data) = data.as_object_mut() {
            data.insert(
                "source".to_owned(),
                json!({"digest": format!("sha-256:{}", self.digest), "row": row.to_string()}),
            );
            data.retain(|_, value| !value.is_null());
        }
        let file = self.digest.get(..DIGEST_DIGITS).unwrap_or(&self.digest);
        let jti = format!("{}:{file}:{row}:{what}", self.map.name);
        let mut value = json!({"jti": jti, "type": type_name, "data": data});
        if let (true, Some(object)) = (details != json!({}), value.as_object_mut()) {
            object.insert("details".to_owned(), details);
        }
        Said { row, line, value }
    }

    fn name(&self, name: &str) -> Value {
        json!({ self.map.language.key(): name })
    }

    /// A row may be the first to name two groups, so they are counted.
    fn group(&self, at: usize, name: &str, place: Place) -> Said {
        let agencies = &self.map.agencies;
        let nobody = name.is_empty() || agencies.unrecorded.iter().any(|unrecorded| unrecorded == name);
        let id = id(&self.cases.group_ids, name);
        let named = if name.is_empty() { id } else { name };
        let kind = if nobody { "unrecorded" } else { agencies.kind.as_str() };
        let data = json!({"agency": id, "name": self.name(named), "kind": kind});
        self.said(place, &format!("agency-{}", at + 1), "agency.registered", data, json!({}))
    }

    /// Its label is somebody's and belongs in the details; its id stands for it.
    fn officer(&self, name: &str, place: Place) -> Said {
        let id = id(&self.cases.officer_ids, name);
        let data = json!({"agency": id, "name": self.name(id), "kind": "post"});
        self.said(place, "officer", "agency.registered", data, json!({"label": name}))
    }

    fn responsibility(&self, case: &Case) -> Said {
        let facts = &case.first.facts;
        let code = &self.map.case.code;
        let data = json!({
            "responsibility": id(&self.cases.case_ids, &facts.key),
            "name": self.name(&facts.key),
            "code": {"scheme": code.scheme, "value": code.value},
            "nature": "case",
            "due": facts.deadline.as_ref().map(|due| due.text()),
        });
        let details = told(&self.map.case.details, &facts.details);
        self.said(case.first.place, "case", "responsibility.defined", data, details)
    }

    fn assignments(&self, case: &Case) -> [Said; 2] {
        let Step { facts, time, executor, place, .. } = &case.first;
        let of = id(&self.cases.case_ids, &facts.key);
        let start = facts.start.as_ref();
        let made = |role: &str, agency: &str, from: Value, time: Option<&String>| {
            json!({
                "assignment": format!("{of}.{role}"),
                "responsibility": of,
                "agency": id(&self.cases.group_ids, agency),
                "role": role,
                "valid": {"from": from},
                "time": time,
                "basis": {"unknown": true},
            })
        };
        let from = start.map_or(json!("unknown"), |start| json!(start.date));
        let since = start.and_then(|start| start.time.as_ref());
        let accountable = made("accountable", &facts.accountable, from, since);
        let executes = made("executor", executor, json!(time.date), time.time.as_ref());
        [
            self.said(*place, "accountable", "assignment.made", accountable, json!({})),
            self.said(*place, "executor", "assignment.made", executes, json!({})),
        ]
    }

    fn handoff(&self, step: &Step, running: &Running) -> Said {
        let of = id(&self.cases.case_ids, &step.facts.key);
        let data = json!({
            "handoff": format!("{of}.{}", running.rows),
            "responsibilities": [of],
            "from": id(&self.cases.group_ids, &running.executor),
            "to": id(&self.cases.group_ids, &step.executor),
            "role": "executor",
            "regime": "observed",
            "effective": step.time.date,
            "time": step.time.time,
            "basis": {"unknown": true},
        });
        self.said(step.place, "handoff", "handoff.proposed", data, json!({}))
    }

    /// In its own capacity: docs/decisions/0011-imported-acts.md.
    fn act(&self, step: &Step, ordinal: u64) -> Said {
        let of = id(&self.cases.case_ids, &step.facts.key);
        let officer = step.officer.as_ref().map(|officer| id(&self.cases.officer_ids, officer));
        let data = json!({
            "act": format!("{of}.{ordinal}"),
            "code": {"scheme": self.map.row.scheme, "value": id(&self.cases.activity_codes, &step.activity)},
            "responsibility": of,
            "agency": id(&self.cases.group_ids, &step.executor),
            "officer": officer,
            "capacity": "own",
            "on": step.time.date,
            "time": step.time.time,
        });
        let mut details = told(&self.map.row.details, &step.details);
        if let Some(details) = details.as_object_mut() {
            details.insert(self.map.row.activity.clone(), json!(step.activity));
        }
        self.said(step.place, "act", "act.recorded", data, details)
    }

    /// The first day on which the case is no more.
    fn retirement(&self, case: &Case) -> Option<Said> {
        let Step { facts, place, .. } = &case.first;
        let end = facts.end.as_ref()?;
        let data = json!({
            "responsibility": id(&self.cases.case_ids, &facts.key),
            "effective": end.date.plus_days(1),
            "time": end.time,
        });
        Some(self.said(*place, "retired", "responsibility.retired", data, json!({})))
    }
}

/// The id of a name of the table; each got one when the table was read.
fn id<'a>(ids: &'a std::collections::HashMap<String, String>, name: &str) -> &'a str {
    ids.get(name).map_or("", String::as_str)
}

/// Columns and what stands in them, empty ones left out.
fn told(columns: &[String], cells: &[String]) -> Value {
    let cells = columns.iter().zip(cells).filter(|(_, cell)| !cell.trim().is_empty());
    Value::Object(cells.map(|(name, cell)| (name.clone(), json!(cell))).collect::<Object<_, _>>())
}
