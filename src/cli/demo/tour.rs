//! The six lines: each a question that coordination fails on, answered from the record.

use std::path::Path;

use tempfile::TempDir;

use crate::domain::findings::{self, Finding, Kind};
use crate::domain::timeline::{self, Status};
use crate::domain::{Date, ResponsibilityId, Seq, State};
use crate::log::Vkey;
use crate::verify::{self, Options};

use super::super::question::now;
use super::super::{Error, Result};
use super::altered;

/// The day of the flood.
pub(super) const DAY: &str = "2025-04-02";

/// The tour; `next` is where its last line leads.
pub(super) fn lines(state: &State, dir: &Path, vkey: &str, next: &str) -> Result<Vec<String>> {
    let today = state.today(now());
    let found = findings::findings(state, today);
    let first = |kind: Kind| found.iter().find(|finding| finding.kind == kind);
    let lines = [
        gap(state)?,
        first(Kind::Overlap).map_or_else(none, overlap),
        first(Kind::Stalled).map_or_else(none, stalled),
        intact(dir, vkey)?,
        caught(state, dir, vkey)?,
        format!("Where to look next: {next}"),
    ];
    Ok(lines.iter().enumerate().map(|(n, line)| format!("{}. {line}", n + 1)).collect())
}

fn none() -> String {
    "Nothing found".to_owned()
}

fn gap(state: &State) -> Result<String> {
    let id = ResponsibilityId::parse("drainage").map_err(|bad| Error::usage("the tour", bad.to_string()))?;
    let day = Date::parse(DAY).map_err(|bad| Error::usage("the tour", bad.to_string()))?;
    let periods = timeline::periods(state, &id);
    let period = periods.iter().find(|period| period.from <= day && day < period.to);
    let Some(gap) = period.filter(|period| period.status == Status::Orphan) else { return Ok(none()) };
    let evidence = timeline::on(state, &id, day).map(|on| on.evidence).unwrap_or_default();
    Ok(format!(
        "Who answered for urban drainage on {day}, the day of the flood? Nobody: a gap of {} days, {} to {}{}",
        gap.to.days_since(gap.from),
        gap.from,
        gap.to,
        entries(&evidence)
    ))
}

fn overlap(finding: &Finding) -> String {
    let about: Vec<_> = finding.about.iter().map(|subject| subject.as_str().to_owned()).collect();
    let agencies: Vec<_> = finding.agencies.iter().map(ToString::to_string).collect();
    format!(
        "Overlap: {} lie one inside the other and belong to {}{}{}",
        about.join(" and "),
        agencies.join(" and "),
        finding.days.map(|days| format!(", for {days} days")).unwrap_or_default(),
        entries(&finding.evidence)
    )
}

fn stalled(finding: &Finding) -> String {
    let handoff = finding.key.split_once(':').map_or("", |(_, id)| id);
    let on = finding.waiting_on.as_ref().map(ToString::to_string).unwrap_or_default();
    format!(
        "Stalled: the handoff {handoff} has waited on {on} for {} days longer than it may{}",
        finding.days.unwrap_or_default(),
        entries(&finding.evidence)
    )
}

fn entries(seqs: &[Seq]) -> String {
    let seqs: Vec<_> = seqs.iter().map(ToString::to_string).collect();
    if seqs.is_empty() { String::new() } else { format!(" (entries {})", seqs.join(", ")) }
}

fn options(vkey: &str) -> Result<Options> {
    let vkey = Vkey::parse(vkey).map_err(|bad| Error::usage("the key", bad.to_string()))?;
    Ok(Options { vkeys: vec![vkey], ..Options::default() })
}

fn intact(dir: &Path, vkey: &str) -> Result<String> {
    let report = verify::directory(dir, &options(vkey)?)?;
    let verdict = if report.is_intact() { "intact" } else { "NOT intact" };
    Ok(format!(
        "Verified without the server: {verdict}, {} entries replayed by the rules, root {}",
        report.size, report.root
    ))
}

fn caught(state: &State, dir: &Path, vkey: &str) -> Result<String> {
    let place = TempDir::new().map_err(Error::file(&std::env::temp_dir()))?;
    let copy = place.path().join("copy");
    let seq = Seq(state.size / 2);
    altered::copy(dir, &copy, seq)?;
    let report = verify::directory(&copy, &options(vkey)?)?;
    let found = report.first_bad.as_ref().and_then(|bad| bad.seq);
    Ok(match found {
        Some(found) => {
            format!("A copy with one byte altered in entry {seq}: caught at entry {found}, not intact")
        }
        None => format!("A copy with one byte altered in entry {seq}: NOT caught"),
    })
}
