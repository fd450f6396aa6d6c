//! `show SEQ`: one entry with its bytes, its links and the proof that the ledger holds it.

use serde_json::Value;
use serde_json::value::RawValue;

use super::arguments::Show;
use super::output::Output;
use super::question::Source;
use super::settings::Settings;
use super::text::{bare, field, list, plain};
use super::{Error, OK, Result};

#[derive(serde::Serialize)]
struct Shown<'a> {
    #[serde(borrow)]
    event: &'a RawValue,
    receipt: &'a RawValue,
}

pub(super) fn run(arguments: &Show, settings: &Settings, output: &mut Output) -> Result<u8> {
    let source = Source::open(&arguments.from, settings)?;
    let (event, receipt) = (source.event(arguments.seq)?, source.receipt(arguments.seq)?);
    if output.json {
        let raw = |json| serde_json::from_slice::<&RawValue>(json);
        let shown = raw(&event).and_then(|event| Ok(Shown { event, receipt: raw(&receipt)? }));
        output.value(&shown.map_err(|error| Error::usage("the answer", error.to_string()))?)?;
        return Ok(OK);
    }
    for line in lines(&source.read(&event)?, &source.read(&receipt)?) {
        output.line(&line)?;
    }
    Ok(OK)
}

fn lines(event: &Value, receipt: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for part in ["seq", "at", "type", "agency", "assurance", "kid", "jti", "corrects"] {
        let words = field(event, &format!("/{part}"));
        if !words.is_empty() {
            lines.push(format!("{part:<11} {words}"));
        }
    }
    for (label, part) in [("corrected", "corrected_by"), ("withdrawn", "withdrawn_by")] {
        let by = field(event, &format!("/{part}"));
        if !by.is_empty() {
            lines.push(format!("{label:<11} by entry {by}"));
        }
    }
    let data = event.pointer("/data").and_then(|data| serde_json::to_string_pretty(data).ok());
    for (n, line) in data.unwrap_or_default().lines().enumerate() {
        lines.push(format!("{:<11} {}", if n == 0 { "data" } else { "" }, plain(line)));
    }
    let details = event.pointer("/details").and_then(Value::as_object);
    for (n, (name, detail)) in details.into_iter().flatten().enumerate() {
        // no detail has this form: it would not have been admitted
        let kept = detail.as_object().filter(|object| object.len() == 2 && object.contains_key("by"));
        let detail = match kept.and_then(|kept| kept.get("state")).and_then(Value::as_str) {
            Some(state) => format!("({state})"),
            None => bare(detail),
        };
        let first = if n == 0 { "details" } else { "" };
        lines.push(plain(&format!("{first:<11} {name}: {detail}")));
    }
    let links = event.pointer("/links").and_then(Value::as_object);
    for (n, (subject, link)) in links.into_iter().flatten().enumerate() {
        let ordinal = field(link, "/0");
        let before = match field(link, "/1").as_str() {
            "-1" => String::new(),
            seq => format!(", the one before is entry {seq}"),
        };
        lines.push(format!(
            "{:<11} {} number {ordinal}{before}",
            if n == 0 { "links" } else { "" },
            plain(subject)
        ));
    }
    lines.push(format!("{:<11} {}", "leaf", field(event, "/leaf")));
    lines.push(format!("{:<11} {}", "entry", field(event, "/entry")));
    for (n, hash) in list(receipt, "/proof").iter().enumerate() {
        lines.push(format!("{:<11} {}", if n == 0 { "proof" } else { "" }, field(hash, "")));
    }
    let note = receipt.pointer("/checkpoint").and_then(Value::as_str).unwrap_or_default();
    for (n, line) in note.lines().enumerate() {
        lines.push(format!("{:<11} {}", if n == 0 { "checkpoint" } else { "" }, plain(line)));
    }
    lines
}
