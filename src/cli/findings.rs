//! `findings`: what is wrong on a day, as known at an entry, with the evidence.

use serde_json::Value;

use super::arguments::Findings;
use super::output::Output;
use super::question::{Source, Told};
use super::settings::Settings;
use super::text::{field, joined, list};
use super::{OK, Result};

pub(super) fn run(arguments: &Findings, settings: &Settings, output: &mut Output) -> Result<u8> {
    let source = Source::open(&arguments.from, settings)?;
    let told = Told {
        kind: arguments.kind.clone(),
        valid_at: arguments.valid_at.clone(),
        known_at: arguments.known_at.clone(),
    };
    let mut first = true;
    source.findings(told, |page| {
        if output.json {
            output.bytes(page)?;
            return output.line("");
        }
        let page = source.read(page)?;
        if std::mem::take(&mut first) {
            let (seq, at) = (field(&page, "/known_at/seq"), field(&page, "/known_at/at"));
            let day = field(&page, "/valid_at");
            let none = if list(&page, "/findings").is_empty() { ": nothing found" } else { "" };
            output.line(&format!("on {day}, as known at entry {seq} of {at}{none}"))?;
        }
        for finding in list(&page, "/findings") {
            lines(finding).iter().try_for_each(|line| output.line(line))?;
        }
        Ok(())
    })?;
    Ok(OK)
}

fn lines(finding: &Value) -> Vec<String> {
    let since = match field(finding, "/since") {
        since if since.is_empty() => "always".to_owned(),
        since => format!("since {since}, {} days", field(finding, "/days")),
    };
    let (key, severity) = (field(finding, "/finding"), field(finding, "/severity"));
    let mut lines = vec![format!("{key}  {severity}, {since}")];
    for (label, words) in [
        ("about", joined(finding, "/about")),
        ("agencies", joined(finding, "/agencies")),
        ("waiting on", field(finding, "/waiting_on")),
        ("median", field(finding, "/median_days")),
        ("tolerated by", field(finding, "/tolerated_by")),
        ("evidence", joined(finding, "/evidence")),
    ] {
        if !words.is_empty() {
            lines.push(format!("  {label:<12} {words}"));
        }
    }
    lines
}
