//! `import jsonl FILE`: one statement a line.

use std::io::{BufRead, Read};
use std::path::Path;

use indicatif::ProgressBar;
use serde_json::Value;

use crate::domain::statement::Unreadable;
use crate::domain::{AgencyId, Code, Speaker, strict};
use crate::ledger::{Ledger, random};
use crate::seal::{self, Submission};

use super::super::arguments::Data;
use super::super::output::Output;
use super::super::settings::Settings;
use super::super::{Error, Result};
use super::{Report, Said, Statements, bar, conclude, import, open, open_ledger};

/// Longest line read; a statement is far shorter, and no file without line ends may fill memory.
const LINE_BYTES_MAX: u64 = 1 << 20;

pub(super) fn run(
    file: &Path,
    data: &Data,
    atomic: bool,
    settings: &Settings,
    output: &mut Output,
) -> Result<u8> {
    let dir = settings.data(data)?;
    let (reader, bytes) = open(file)?;
    let (ledger, registrar) = open_ledger(settings, &dir)?;
    let bar = bar(bytes, "{wide_bar} {bytes}/{total_bytes} {msg} {eta}");
    let mut lines = Lines { reader, ledger: ledger.clone(), registrar, number: 0, bar };
    let mut report = import(&ledger, &mut lines, atomic, Report::default())?;
    report.lines = Some(lines.number);
    conclude(&report, output)
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

impl Statements for Lines {
    /// The next line that is not empty, sealed or not readable; `None` at the end.
    fn next(&mut self) -> Result<Option<Said>> {
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
                let submission = self.seal(line.trim_ascii());
                return Ok(Some(Said { line: self.number, type_name: None, submission }));
            }
        }
    }

    fn bar(&self) -> &ProgressBar {
        &self.bar
    }
}

impl Lines {
    /// `agency` names the speaker and the rest is the statement; or `jwt` is the whole of it.
    fn seal(&self, line: &[u8]) -> std::result::Result<Submission, Unreadable> {
        let mut value = strict::parse(line)?;
        if value.get("jwt").is_some() {
            let mut signed = seal::line(value, Speaker::Import { agency: self.registrar.clone() }, random)?;
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
        seal::said(value, Speaker::Import { agency }, random)
    }
}
