//! `who RESPONSIBILITY`: who answers for it, on a day, as known at an entry, with the evidence.

use serde_json::Value;

use super::arguments::Who;
use super::output::Output;
use super::question::{Asked, Source};
use super::settings::Settings;
use super::text::{basis, field, joined, list, name};
use super::{OK, Result};

pub(super) fn run(arguments: &Who, settings: &Settings, output: &mut Output) -> Result<u8> {
    let source = Source::open(&arguments.from, settings)?;
    let asked = Asked {
        valid_at: arguments.valid_at.as_deref(),
        time: arguments.time.as_deref(),
        known_at: arguments.known_at.as_deref(),
    };
    let answer = source.responsibility(&arguments.responsibility, &asked)?;
    if output.json {
        output.bytes(&answer)?;
        output.line("")?;
        return Ok(OK);
    }
    for line in lines(&source.read(&answer)?) {
        output.line(&line)?;
    }
    Ok(OK)
}

fn lines(answer: &Value) -> Vec<String> {
    let mut status = field(answer, "/status");
    if answer.pointer("/disputed") == Some(&Value::Bool(true)) {
        status.push_str(", disputed");
    }
    let known = format!("entry {} of {}", field(answer, "/known_at/seq"), field(answer, "/known_at/at"));
    let mut lines = vec![
        format!("{}  {}", field(answer, "/responsibility"), name(answer.pointer("/name").unwrap_or(answer))),
        format!("{}, as known at {known}: {status}", when(answer)),
    ];
    for (part, role) in [("/accountable", "accountable"), ("/executors", "executor"), ("/others", "")] {
        for holding in list(answer, part) {
            lines.extend(held(holding, role));
        }
    }
    if list(answer, "/accountable").is_empty() {
        lines.push("  accountable  nobody".to_owned());
    }
    for (label, path) in [("handoffs", "/handoffs"), ("unverified", "/unverified"), ("evidence", "/evidence")]
    {
        let words = joined(answer, path);
        if !words.is_empty() {
            lines.push(format!("  {label:<12} {words}"));
        }
    }
    if answer.pointer("/final") == Some(&Value::Bool(false)) {
        lines.push("  not final: a later entry may still belong to the moment asked about".to_owned());
    }
    let (size, root) = (field(answer, "/position/size"), field(answer, "/position/root"));
    lines.push(format!("  position     size {size}, root {root}"));
    lines
}

/// The day or the time asked about, and what an answer about a time goes by.
fn when(answer: &Value) -> String {
    match (field(answer, "/time"), field(answer, "/by").as_str()) {
        (time, "time") => format!("at {time}, by the times of the day"),
        (time, "day") => format!("at {time}, by the end of the day"),
        _ => format!("on {}", field(answer, "/valid_at")),
    }
}

fn held(holding: &Value, role: &str) -> Vec<String> {
    let role = if role.is_empty() { field(holding, "/role") } else { role.to_owned() };
    let until = match field(holding, "/until") {
        until if until.is_empty() => String::new(),
        until => format!(" until {until}"),
    };
    let mut first = format!("  {role:<12} {}", field(holding, "/agency"));
    first.push_str(&format!("  since {}{until}", field(holding, "/since")));
    for (before, path) in [("", "/mode"), ("under ", "/under"), ("via ", "/via"), ("for ", "/components")] {
        let words = if path == "/components" { joined(holding, path) } else { field(holding, path) };
        if !words.is_empty() {
            first.push_str(&format!("  {before}{words}"));
        }
    }
    if holding.pointer("/dormant") == Some(&Value::Bool(true)) {
        first.push_str("  dormant");
    }
    let mut lines = vec![first];
    for (label, words) in [
        ("basis", basis(holding, "/basis")),
        ("unverified", joined(holding, "/unverified")),
        ("by entries", joined(holding, "/evidence")),
    ] {
        if !words.is_empty() {
            lines.push(format!("    {label:<10} {words}"));
        }
    }
    lines
}
