//! The first reading of a table: every row is judged, and what must be known before the first
//! statement is gathered: the cases, the groups, the officers, the activities.

use std::collections::{HashMap, HashSet};

use crate::domain::Code;
use crate::domain::text::TEXT_CHARS_MAX;

use super::ids::Ids;
use super::map::Map;
use super::stamp::Stamp;
use super::{Cell, Error, Problem, Result, Row, Rows};

/// Where something stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) row: u64,
    pub(super) line: u64,
}

/// What every row of a case says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The case's key, verbatim.
    pub(super) key: String,
    /// The accountable group, verbatim; empty when none is recorded.
    pub(super) accountable: String,
    pub(super) start: Option<Stamp>,
    pub(super) end: Option<Stamp>,
    pub(super) deadline: Option<Stamp>,
    /// Of the columns told in its details, in the map's order.
    pub(super) details: Vec<String>,
}

/// What a row tells.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) place: Place,
    pub(super) facts: Facts,
    pub(super) time: Stamp,
    /// The executing group, verbatim; empty when none is recorded.
    pub(super) executor: String,
    pub(super) officer: Option<String>,
    pub(super) activity: String,
    pub(super) details: Vec<String>,
}

/// A case, as its first row tells it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) first: Step,
}

/// Names, in the order in which they first occur.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) order: Vec<(String, Place)>,
    known: HashSet<String>,
}

impl Names {
    fn meet(&mut self, name: &str, place: Place) {
        if self.known.insert(name.to_owned()) {
            self.order.push((name.to_owned(), place));
        }
    }

    fn ids(&self, ids: &mut Ids, prefix: &str) -> HashMap<String, String> {
        ids.of(prefix, self.order.iter().map(|(name, _)| name.as_str()))
    }
}

/// What the first reading found.
#[derive(Debug, Default)]
pub(super) struct Cases {
    pub(super) cases: Vec<Case>,
    /// Place of each case by its key.
    pub(super) by_key: HashMap<String, usize>,
    pub(super) groups: Names,
    pub(super) officers: Names,
    activities: Names,
    pub(super) rows: u64,
    pub(super) problems: Vec<Problem>,
    /// Ids by verbatim name.
    pub(super) group_ids: HashMap<String, String>,
    pub(super) officer_ids: HashMap<String, String>,
    pub(super) case_ids: HashMap<String, String>,
    pub(super) activity_codes: HashMap<String, String>,
}

impl Cases {
    /// Reads every row.
    pub(super) fn read(map: &Map, rows: &mut dyn Rows) -> Result<Self> {
        let (mut cases, columns) = (Self::default(), Columns::new(map));
        while let Some(row) = rows.next()? {
            match row.and_then(|row| columns.step(row)).and_then(|step| cases.take(step)) {
                Ok(()) => {}
                Err(problem) => cases.problems.push(problem),
            }
        }
        cases.rows = rows.met();
        if let Some((column, there)) = rows.missing() {
            return Err(Error::no_column(&column, &there));
        }
        cases.name(map);
        Ok(cases)
    }

    fn take(&mut self, step: Step) -> std::result::Result<(), Problem> {
        if let Some(case) = self.case(&step.facts.key)
            && let Some(differs) = case.first.facts.differs(&step.facts)
        {
            let first = case.first.place;
            let detail = format!(
                "the case's {differs} differs from that of its first row, line {}; every row of a case says the same of it",
                first.line
            );
            return Err(Problem::malformed(step.place.line, 1, detail));
        }
        let place = step.place;
        self.groups.meet(&step.facts.accountable, place);
        self.groups.meet(&step.executor, place);
        if let Some(officer) = &step.officer {
            self.officers.meet(officer, place);
        }
        self.activities.meet(&step.activity, place);
        if !self.by_key.contains_key(&step.facts.key) {
            self.by_key.insert(step.facts.key.clone(), self.cases.len());
            self.cases.push(Case { first: step });
        }
        Ok(())
    }

    pub(super) fn case(&self, key: &str) -> Option<&Case> {
        self.by_key.get(key).and_then(|place| self.cases.get(*place))
    }

    /// Gives everything its id.
    fn name(&mut self, map: &Map) {
        let mut agencies = Ids::default();
        agencies.keep(&map.agencies.blank);
        let named = self.groups.order.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty());
        self.group_ids = agencies.of(&map.agencies.prefix, named);
        self.group_ids.insert(String::new(), map.agencies.blank.clone());
        self.officer_ids = self.officers.ids(&mut agencies, &map.officers.prefix);
        self.activity_codes = self.activities.ids(&mut Ids::default(), "");
        let keys = self.cases.iter().map(|case| case.first.facts.key.as_str());
        self.case_ids = Ids::default().of(&map.case.prefix, keys);
    }
}

impl Facts {
    /// What differs, if anything does.
    fn differs(&self, other: &Self) -> Option<&'static str> {
        let Self { accountable, start, end, deadline, details, .. } = self;
        let pairs = [
            (*accountable == other.accountable, "accountable group"),
            (*start == other.start, "start"),
            (*end == other.end, "end"),
            (*deadline == other.deadline, "deadline"),
            (*details == other.details, "details"),
        ];
        pairs.into_iter().find(|(same, _)| !same).map(|(_, what)| what)
    }
}

/// Where each column that the map names stands among the cells of a row.
pub(super) struct Columns<'a> {
    map: &'a Map,
    places: HashMap<String, usize>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(map: &'a Map) -> Self {
        let places = map.columns().into_iter().enumerate().map(|(place, name)| (name, place)).collect();
        Self { map, places }
    }

    /// Reads a row.
    pub(super) fn step(&self, row: Row) -> std::result::Result<Step, Problem> {
        let (case, activity) = (&self.map.case, &self.map.row);
        let told =
            |columns: &[String]| columns.iter().map(|name| self.cell(&row, name).text.clone()).collect();
        let facts = Facts {
            key: self.needed(&row, &case.id)?,
            accountable: self.name(&row, &case.accountable)?,
            start: self.stamp(&row, case.start.as_ref())?,
            end: self.stamp(&row, case.end.as_ref())?,
            deadline: self.stamp(&row, case.deadline.as_ref())?,
            details: told(&case.details),
        };
        let time = self.stamp(&row, Some(&activity.time))?;
        let Some(time) = time else {
            return Err(self.problem(
                &row,
                &activity.time,
                Code::BadDate,
                "the cell is empty; a row has its time",
            ));
        };
        let officer = activity.officer.as_ref().map(|column| self.name(&row, column)).transpose()?;
        Ok(Step {
            place: Place { row: row.row, line: row.line },
            facts,
            time,
            executor: self.name(&row, &activity.executor)?,
            officer: officer.filter(|name| !name.is_empty()),
            activity: self.needed(&row, &activity.activity)?,
            details: told(&activity.details),
        })
    }

    fn cell<'r>(&self, row: &'r Row, column: &str) -> &'r Cell {
        const EMPTY: &Cell = &Cell { text: String::new(), line: 0, column: 0 };
        self.places.get(column).and_then(|place| row.cells.get(*place)).unwrap_or(EMPTY)
    }

    /// A name, verbatim; empty where the cell holds nothing but blanks.
    fn name(&self, row: &Row, column: &str) -> std::result::Result<String, Problem> {
        let text = &self.cell(row, column).text;
        if text.trim().is_empty() {
            return Ok(String::new());
        }
        let length = text.chars().count();
        if length > TEXT_CHARS_MAX {
            let detail = format!("{length} characters; a name has at most {TEXT_CHARS_MAX}");
            return Err(self.problem(row, column, Code::Malformed, &detail));
        }
        Ok(text.clone())
    }

    fn needed(&self, row: &Row, column: &str) -> std::result::Result<String, Problem> {
        let name = self.name(row, column)?;
        if name.is_empty() {
            let detail = "the cell is empty; every row names its case and what was done";
            return Err(self.problem(row, column, Code::Malformed, detail));
        }
        Ok(name)
    }

    fn stamp(&self, row: &Row, column: Option<&String>) -> std::result::Result<Option<Stamp>, Problem> {
        let Some(column) = column else { return Ok(None) };
        let text = &self.cell(row, column).text;
        if text.trim().is_empty() {
            return Ok(None);
        }
        let read = Stamp::parse(text, self.map.offset.as_deref()).map(Some);
        read.map_err(|why| self.problem(row, column, Code::BadDate, &why))
    }

    fn problem(&self, row: &Row, field: &str, code: Code, detail: &str) -> Problem {
        let Cell { line, column, .. } = *self.cell(row, field);
        let (line, column) = if line == 0 { (row.line, 1) } else { (line, column) };
        Problem { line, column, field: Some(field.to_owned()), code, detail: detail.to_owned() }
    }
}
