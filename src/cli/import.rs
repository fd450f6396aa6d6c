//! `import jsonl FILE`: bulk load by the operator. Every rule applies; a rerun adds nothing.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::Value;

use crate::domain::statement::Unreadable;
use crate::domain::{AgencyId, Code, Data, Seq, Speaker, strict};
use crate::ledger::{self, Ledger};
use crate::log::Entry;
use crate::seal::{self, Submission};

use super::arguments::{Import, ImportFormat};
use super::output::{Output, say};
use super::settings::Settings;
use super::text::plain;
use super::{Error, OK, Result};

/// Exit code when a line was refused.
const REFUSED: u8 = 1;
/// Statements in flight: enough to fill group commits, few enough that memory stays flat.
const FLIGHT: usize = 1_024;
/// Longest line read; a statement is far shorter, and no file without line ends may fill memory.
const LINE_BYTES_MAX: u64 = 1 << 20;

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
    lines: u64,
    admitted: u64,
    repeated: u64,
    refused: Vec<Refused>,
    size: u64,
    events_per_s: u64,
    seconds: f64,
}

pub(super) fn run(arguments: &Import, settings: &Settings, output: &mut Output) -> Result<u8> {
    let ImportFormat::Jsonl { file, data, atomic } = &arguments.format;
    let (reader, bytes) = open(file)?;
    let (ledger, _) = Ledger::open(&settings.data(data)?, ledger::Config::default())?;
    let registrar = registrar(&ledger)?;
    let mut lines = Lines { reader, ledger: ledger.clone(), registrar, number: 0, bar: bar(bytes) };
    let begun = Instant::now();
    let done = if *atomic { all_or_nothing(&ledger, &mut lines) } else { one_by_one(&ledger, &mut lines) };
    lines.bar.finish_and_clear();
    let closed = ledger.close();
    let mut report = done?;
    closed?;
    report.lines = lines.number;
    report.size = ledger.reader().size();
    report.seconds = begun.elapsed().as_secs_f64();
    report.events_per_s = rate(report.admitted, begun.elapsed());
    tell(&report, output)?;
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
    let Report { lines, admitted, repeated, refused, size, events_per_s, .. } = report;
    output.line(&format!(
        "{lines} lines: {admitted} admitted, {repeated} repeated, {} refused; {events_per_s} events/s; the ledger holds {size}",
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

fn bar(bytes: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = bytes.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {msg} {eta}");
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

/// The statements of a file.
struct Lines {
    reader: Box<dyn BufRead>,
    /// Whose keys check the signatures.
    ledger: Ledger,
    registrar: AgencyId,
    /// Number of the line read last, from 1.
    number: u64,
    bar: ProgressBar,
}

impl Lines {
    /// The next line that is not empty, sealed or not readable; `None` at the end.
    fn next(&mut self) -> Result<Option<std::result::Result<Submission, Unreadable>>> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let failed = Error::file(Path::new("the file"));
            let read =
                (&mut self.reader).take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line).map_err(failed)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.bar.inc(read as u64);
            if read as u64 > LINE_BYTES_MAX {
                let hint = "the file holds one statement a line";
                return Err(Error::hinted(
                    format!("line {}", self.number),
                    "longer than any statement",
                    hint,
                ));
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some(self.seal(line.trim_ascii())));
            }
        }
    }

    /// `agency` names the speaker and the rest is the statement; or `jwt` is the whole of it.
    fn seal(&self, line: &[u8]) -> std::result::Result<Submission, Unreadable> {
        let mut value = strict::parse(line)?;
        if value.get("jwt").is_some() {
            let mut signed = seal::line(value, Speaker::Import { agency: self.registrar.clone() })?;
            signed.check(&self.ledger.views().current().state)?;
            return Ok(signed);
        }
        let named = value.as_object_mut().and_then(|object| object.remove("agency"));
        let bad = |detail: String| Unreadable { code: Code::BadId, detail, field: Some("agency".to_owned()) };
        let agency = match named {
            None => self.registrar.clone(),
            Some(Value::String(id)) => AgencyId::parse(&id).map_err(|why| bad(why.to_string()))?,
            Some(other) => return Err(bad(format!("expected an agency's id, found {other}"))),
        };
        seal::value(value, Speaker::Import { agency })
    }
}

impl Report {
    /// Counts an outcome; an error that is not about the line ends the import.
    fn count(
        &mut self,
        line: u64,
        outcome: std::result::Result<ledger::Outcome, ledger::Error>,
    ) -> Result<()> {
        match outcome {
            Ok(outcome) if outcome.repeated => self.repeated += 1,
            Ok(outcome) => self.admitted += outcome.receipts.len() as u64,
            Err(error) => self.refused.push(refused(line, error)?),
        }
        Ok(())
    }

    fn unreadable(&mut self, line: u64, why: Unreadable) {
        let Unreadable { code, detail, field } = why;
        self.refused.push(Refused { line, code: code.as_str(), detail, seq: None, field });
    }
}

/// A refusal of a line, or the error that ends the import.
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

/// Lines are independent: many are in flight, in the order of the file.
fn one_by_one(ledger: &Ledger, lines: &mut Lines) -> Result<Report> {
    let mut report = Report::default();
    let mut flight = VecDeque::with_capacity(FLIGHT);
    while let Some(line) = lines.next()? {
        match line {
            Ok(submission) => flight.push_back((lines.number, ledger.enqueue(vec![submission])?)),
            Err(why) => report.unreadable(lines.number, why),
        }
        if flight.len() >= FLIGHT
            && let Some((line, pending)) = flight.pop_front()
        {
            report.count(line, pending.wait())?;
            lines.bar.set_message(format!("{} events", report.admitted));
        }
    }
    for (line, pending) in flight {
        report.count(line, pending.wait())?;
    }
    report.refused.sort_by_key(|refused| refused.line);
    Ok(report)
}

/// One batch: the writer decides every line before it writes any.
fn all_or_nothing(ledger: &Ledger, lines: &mut Lines) -> Result<Report> {
    let (mut report, before) = (Report::default(), ledger.reader().size());
    let (mut submissions, mut numbers) = (Vec::new(), Vec::new());
    while let Some(line) = lines.next()? {
        match line {
            Ok(submission) => {
                submissions.push(submission);
                numbers.push(lines.number);
            }
            Err(why) => report.unreadable(lines.number, why),
        }
    }
    if !report.refused.is_empty() {
        return Ok(report);
    }
    if submissions.is_empty() {
        return Ok(report);
    }
    let outcome = ledger.submit_blocking(submissions);
    match outcome {
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
            let line = numbers.get(index).copied().unwrap_or_default();
            report.refused.push(refused(line, error)?);
        }
    }
    Ok(report)
}
