//! `import csv` and `import xes`: a table of rows, and a map that says what its columns mean. The
//! registrar speaks.

use std::fs;
use std::path::Path;
use std::time::Instant;

use indicatif::ProgressBar;

use crate::domain::{AgencyId, Speaker};
use crate::interop::{self, Format, Map, Problem, Process, Source};
use crate::ledger::random;
use crate::seal;

use super::super::arguments::Table;
use super::super::output::Output;
use super::super::settings::Settings;
use super::super::{Error, Result};
use super::{Refused, Report, Said, Statements, bar, conclude, import, open, open_ledger, rate};

/// Longest map read.
const MAP_BYTES_MAX: u64 = 1 << 20;

pub(super) fn run(table: &Table, format: Format, settings: &Settings, output: &mut Output) -> Result<u8> {
    let Table { map, file, data, atomic } = table;
    let dir = settings.data(data)?;
    if file == Path::new("-") {
        let hint = "write it to a file: a table is read once to learn what is in it, and once more";
        return Err(Error::hinted("FILE", "a table is not read from stdin", hint));
    }
    let map = read_map(map)?;
    let (file_of, begun) = (|error| unreadable(file, error), Instant::now());
    open(file)?;
    let again = || {
        let file = fs::File::open(file)?;
        let read: Box<dyn std::io::BufRead> = Box::new(std::io::BufReader::with_capacity(1 << 20, file));
        Ok(read)
    };
    let source = Source { format, open: &again };
    let process = Process::read(map, &source).map_err(file_of)?;
    let mut report = Report { rows: Some(process.rows()), ..Report::default() };
    report.refused.extend(process.problems().iter().map(refused));
    let (ledger, registrar) = open_ledger(settings, &dir)?;
    let mut rows = Rows {
        file,
        statements: process.statements(&source).map_err(file_of)?,
        registrar,
        bar: bar(Some(process.rows()), "{wide_bar} {pos}/{len} rows {msg} {eta}"),
    };
    let mut report = import(&ledger, &mut rows, *atomic, report)?;
    report.rows_per_s = Some(rate(process.rows(), begun.elapsed()));
    conclude(&report, output)
}

fn read_map(path: &Path) -> Result<Map> {
    let length = fs::metadata(path).map_err(Error::file(path))?.len();
    if length > MAP_BYTES_MAX {
        let hint = "docs/maps/README.md says what a map holds";
        return Err(Error::hinted(path.display().to_string(), "too long for a map", hint));
    }
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    Map::parse(&text).map_err(|error| unreadable(path, error))
}

/// What is wrong with a file, with its name.
fn unreadable(path: &Path, error: interop::Error) -> Error {
    match error {
        interop::Error::Io(source) => Error::file(path)(source),
        interop::Error::Unreadable { place, why, hint } => {
            Error::hinted(format!("{}: {place}", path.display()), why, hint)
        }
    }
}

/// A row that cannot be read, as the report has it.
fn refused(problem: &Problem) -> Refused {
    let Problem { line, column, field, code, detail } = problem.clone();
    let detail = format!("column {column}: {detail}");
    Refused { line, code: code.as_str(), detail, seq: None, field }
}

/// The statements of a table.
struct Rows<'a> {
    file: &'a Path,
    statements: interop::Statements<'a>,
    registrar: AgencyId,
    bar: ProgressBar,
}

impl Statements for Rows<'_> {
    fn next(&mut self) -> Result<Option<Said>> {
        let Some(said) = self.statements.next() else { return Ok(None) };
        let interop::Said { row, line, value } = said.map_err(|error| unreadable(self.file, error))?;
        self.bar.set_position(row);
        let type_name = value.get("type").and_then(|name| name.as_str()).map(str::to_owned);
        let submission = seal::said(value, Speaker::Import { agency: self.registrar.clone() }, random);
        Ok(Some(Said { line, type_name, submission }))
    }

    fn bar(&self) -> &ProgressBar {
        &self.bar
    }
}
