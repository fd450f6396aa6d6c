//! `import`: bulk load by the operator. Every rule applies; a rerun adds nothing. What a file holds
//! is read by lines.rs and table.rs; here statements go to the ledger and the report is made.

mod lines;
mod table;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::domain::statement::Unreadable;
use crate::domain::{AgencyId, Code, Data, Seq};
use crate::interop::Format;
use crate::ledger::{self, Ledger};
use crate::log::Entry;
use crate::seal::{self, Submission};

use super::arguments::{Import, ImportFormat};
use super::opening;
use super::output::{Output, say};
use super::settings::Settings;
use super::text::plain;
use super::{Error, OK, Result};

/// Exit code when a line was refused.
const REFUSED: u8 = 1;
/// Statements in flight: enough to fill group commits, few enough that memory stays flat.
const FLIGHT: usize = 1_024;
/// A line that was not admitted.
#[derive(Debug, Serialize)]
struct Refused {
    line: u64,
    code: &'static str,
    detail: String,
    seq: Option<Seq>,
    field: Option<String>,
}

/// What became of the file.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Of JSON lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<u64>,
    /// Of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    admitted: u64,
    repeated: u64,
    refused: Vec<Refused>,
    size: u64,
    events_per_s: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_per_s: Option<u64>,
    seconds: f64,
}

/// A statement of a file.
struct Said {
    line: u64,
    /// Its type, where one line of the file makes several statements.
    type_name: Option<String>,
    submission: std::result::Result<Submission, Unreadable>,
}

/// The statements of a file, in its order.
trait Statements {
    /// The next one; an error ends the import.
    fn next(&mut self) -> Result<Option<Said>>;

    /// Tells how far the import is.
    fn bar(&self) -> &ProgressBar;
}

pub(super) fn run(arguments: &Import, settings: &Settings, output: &mut Output) -> Result<u8> {
    match &arguments.format {
        ImportFormat::Jsonl { file, data, atomic } => lines::run(file, data, *atomic, settings, output),
        ImportFormat::Csv(table) => table::run(table, Format::Csv, settings, output),
        ImportFormat::Xes(table) => table::run(table, Format::Xes, settings, output),
    }
}

/// Opens the ledger, and names who speaks where a statement does not say it.
pub(super) fn open_ledger(settings: &Settings, dir: &Path) -> Result<(Ledger, AgencyId)> {
    let ledger = opening::open(settings, dir)?;
    let registrar = registrar(&ledger)?;
    Ok((ledger, registrar))
}

/// Hands statements to the ledger, closes it, and completes the report.
fn import(
    ledger: &Ledger,
    statements: &mut dyn Statements,
    atomic: bool,
    mut report: Report,
) -> Result<Report> {
    let begun = Instant::now();
    let done = if atomic {
        all_or_nothing(ledger, statements, &mut report)
    } else {
        one_by_one(ledger, statements, &mut report)
    };
    statements.bar().finish_and_clear();
    let closed = ledger.close();
    done?;
    closed?;
    report.refused.sort_by_key(|refused| refused.line);
    report.size = ledger.reader().size();
    report.seconds = begun.elapsed().as_secs_f64();
    report.events_per_s = rate(report.admitted, begun.elapsed());
    Ok(report)
}

/// Tells what became of the file; the exit code.
fn conclude(report: &Report, output: &mut Output) -> Result<u8> {
    tell(report, output)?;
    Ok(if report.refused.is_empty() { OK } else { REFUSED })
}

/// The agency a ledger was founded with: its second entry.
fn registrar(ledger: &Ledger) -> Result<AgencyId> {
    let bytes = ledger.reader().entry(Seq(1))?;
    let event = Entry::decode(&bytes).ok().and_then(|entry| seal::event(&entry).ok());
    match event.map(|event| event.statement.data) {
        Some(Data::AgencyRegistered(registered)) => Ok(registered.agency),
        _ => Err(Error::usage("the directory", "entry 1 does not register the registrar")),
    }
}

fn rate(events: u64, in_time: Duration) -> u64 {
    let millis = u64::try_from(in_time.as_millis()).unwrap_or(u64::MAX).max(1);
    events.saturating_mul(1_000) / millis
}

fn tell(report: &Report, output: &mut Output) -> Result<()> {
    for Refused { line, code, detail, field, .. } in &report.refused {
        let field = field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
        say(&plain(&format!("line {line}: {code}: {field}{detail}")));
    }
    if output.json {
        return output.value(report);
    }
    let Report { lines, rows, admitted, repeated, refused, size, events_per_s, rows_per_s, .. } = report;
    let read = match (lines, rows) {
        (_, Some(rows)) => format!("{rows} rows"),
        (lines, _) => format!("{} lines", lines.unwrap_or_default()),
    };
    let rows_per_s = rows_per_s.map(|rate| format!("{rate} rows/s, ")).unwrap_or_default();
    output.line(&format!(
        "{read}: {admitted} admitted, {repeated} repeated, {} refused; {rows_per_s}{events_per_s} events/s; the ledger holds {size}",
        refused.len()
    ))
}

fn open(path: &Path) -> Result<(Box<dyn BufRead>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::new(io::stdin())), None));
    }
    let file = File::open(path).map_err(Error::file(path))?;
    let metadata = file.metadata().map_err(Error::file(path))?;
    if metadata.is_dir() {
        return Err(Error::file(path)(io::ErrorKind::IsADirectory.into()));
    }
    Ok((Box::new(BufReader::with_capacity(1 << 20, file)), Some(metadata.len())))
}

/// A bar on a terminal, of so much of a unit; without a length something that turns.
fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let style = ProgressStyle::with_template(template);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

impl Report {
    /// Counts an outcome; an error that is not about the statement ends the import.
    fn count(
        &mut self,
        (line, type_name): (u64, Option<String>),
        outcome: std::result::Result<ledger::Outcome, ledger::Error>,
    ) -> Result<()> {
        match outcome {
            Ok(outcome) if outcome.repeated => self.repeated += 1,
            Ok(outcome) => self.admitted += outcome.receipts.len() as u64,
            Err(error) => self.refused.push(refused(line, error)?.of(type_name)),
        }
        Ok(())
    }

    fn unreadable(&mut self, (line, type_name): (u64, Option<String>), why: Unreadable) {
        let Unreadable { code, detail, field } = why;
        self.refused.push(Refused { line, code: code.as_str(), detail, seq: None, field }.of(type_name));
    }
}

impl Refused {
    /// Says which of the statements of a line it was.
    fn of(self, type_name: Option<String>) -> Self {
        let detail = match type_name {
            Some(type_name) => format!("{type_name}: {}", self.detail),
            None => self.detail,
        };
        Self { detail, ..self }
    }
}

/// A refusal of a statement, or the error that ends the import.
fn refused(line: u64, error: ledger::Error) -> Result<Refused> {
    match error {
        ledger::Error::Refused { refusal, .. } => Ok(Refused {
            line,
            code: refusal.code.as_str(),
            detail: refusal.detail,
            seq: refusal.seq,
            field: refusal.field.map(str::to_owned),
        }),
        ledger::Error::TooLarge => {
            let (code, detail) = (Code::TooLarge.as_str(), error.to_string());
            Ok(Refused { line, code, detail, seq: None, field: None })
        }
        other => Err(other.into()),
    }
}

/// Statements are independent: many are in flight, in the order of the file.
fn one_by_one(ledger: &Ledger, statements: &mut dyn Statements, report: &mut Report) -> Result<()> {
    let mut flight = VecDeque::with_capacity(FLIGHT);
    while let Some(Said { line, type_name, submission }) = statements.next()? {
        match submission {
            Ok(submission) => flight.push_back(((line, type_name), ledger.enqueue(vec![submission])?)),
            Err(why) => report.unreadable((line, type_name), why),
        }
        if flight.len() >= FLIGHT
            && let Some((said, pending)) = flight.pop_front()
        {
            report.count(said, pending.wait())?;
            statements.bar().set_message(format!("{} events", report.admitted));
        }
    }
    flight.into_iter().try_for_each(|(said, pending)| report.count(said, pending.wait()))
}

/// One batch: the writer decides every statement before it writes any.
fn all_or_nothing(ledger: &Ledger, statements: &mut dyn Statements, report: &mut Report) -> Result<()> {
    let before = ledger.reader().size();
    let (mut submissions, mut said) = (Vec::new(), Vec::new());
    while let Some(Said { line, type_name, submission }) = statements.next()? {
        match submission {
            Ok(submission) => {
                submissions.push(submission);
                said.push((line, type_name));
            }
            Err(why) => report.unreadable((line, type_name), why),
        }
    }
    if !report.refused.is_empty() || submissions.is_empty() {
        return Ok(());
    }
    match ledger.submit_blocking(submissions) {
        Ok(outcome) => {
            let size = outcome.receipts.len() as u64;
            let new = outcome.receipts.iter().filter(|receipt| receipt.seq.0 >= before).count() as u64;
            report.admitted = new;
            report.repeated = size - new;
        }
        Err(ledger::Error::TooLarge) => {
            let hint = "what is written whole or not at all fits one commit of 16 MiB: split the file";
            return Err(Error::hinted("--atomic", "the file is larger than one commit", hint));
        }
        Err(error) => {
            let index = if let ledger::Error::Refused { index, .. } = &error { *index } else { 0 };
            let (line, type_name) = said.into_iter().nth(index).unwrap_or_default();
            report.refused.push(refused(line, error)?.of(type_name));
        }
    }
    Ok(())
}
