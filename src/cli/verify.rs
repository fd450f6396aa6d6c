//! `verify DIR | URL | BUNDLE | EVIDENCE`: everything that can be checked without the server that wrote it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::log::proof::BUNDLE_BYTES_MAX;
use crate::log::{self, CosignerVkey, Vkey};
use crate::peer::client::{Base, Deadlines};
use crate::peer::source;
use crate::peer::tiles::Server;
use crate::verify::{self, Options, Outcome, Report, Unjudged};

use super::arguments::Verify;
use super::file;
use super::output::{Output, say};
use super::text::{field, list, plain};
use super::{Error, OK, Result};

/// Exit code of what does not verify.
pub(super) const FAILED: u8 = 3;
/// Exit code of what holds as far as it is signed, with entries behind that nobody signed.
const UNSIGNED_TAIL: u8 = 11;

pub(super) fn run(arguments: &Verify, output: &mut Output) -> Result<u8> {
    let (vkeys, cosigners) = keys(&arguments.vkey)?;
    let text = |path: &Path| fs::read_to_string(path).map_err(Error::file(path));
    let options = Options {
        vkeys,
        cosigners,
        receipts: arguments.receipt.iter().map(|path| text(path)).collect::<Result<_>>()?,
        since: arguments.since.as_deref().map(text).transpose()?,
        no_signatures: arguments.no_signatures,
        no_rules: arguments.no_rules,
        threads: arguments.threads,
    };
    let report = report(arguments, &options)?;
    let exit = match report.result {
        Outcome::Intact => OK,
        Outcome::UnsignedTail => UNSIGNED_TAIL,
        Outcome::Failed => FAILED,
    };
    if output.json {
        output.value(&report)?;
        return Ok(exit);
    }
    let shown =
        serde_json::to_value(&report).map_err(|error| Error::usage("the report", error.to_string()))?;
    for line in lines(&shown) {
        output.line(&line)?;
    }
    output.flush()?;
    advise(&shown, &report, !arguments.path.is_file());
    Ok(exit)
}

/// Keys of the ledger, and those of witnesses that must have signed.
fn keys(texts: &[String]) -> Result<(Vec<Vkey>, Vec<CosignerVkey>)> {
    let (mut vkeys, mut cosigners) = (Vec::new(), Vec::new());
    for text in texts {
        match (Vkey::parse(text), CosignerVkey::parse(text)) {
            (Ok(vkey), _) => vkeys.push(vkey),
            (Err(_), Ok(cosigner)) => cosigners.push(cosigner),
            (Err(bad), Err(_)) => return Err(Error::usage("--vkey", bad.to_string())),
        }
    }
    Ok((vkeys, cosigners))
}

/// The report on what a path holds (a directory is a ledger's, a file a bundle or evidence), or on the
/// ledger behind an address.
fn report(arguments: &Verify, options: &Options) -> Result<Report> {
    let path = arguments.path.as_path();
    if let Some(url) =
        path.to_str().filter(|text| text.starts_with("http://") || text.starts_with("https://"))
    {
        let found = source::verify(&server(url)?, options)?;
        if let (Some(out), Some(evidence)) = (&arguments.evidence, &found.evidence) {
            file::create(out, evidence.as_bytes()).map_err(Error::file(out))?;
            say(&format!("the ledger has forked: both checkpoints are in {}", out.display()));
        }
        return Ok(found.report);
    }
    if arguments.evidence.is_some() {
        return Err(Error::usage(
            "--evidence",
            "it is made of what a server shows: give the ledger's address",
        ));
    }
    let about = fs::metadata(path).map_err(Error::file(path))?;
    if about.is_dir() {
        fs::read_dir(path).map_err(Error::file(path))?;
        return Ok(verify::directory(path, options)?);
    }
    if about.len() > BUNDLE_BYTES_MAX {
        let why = format!("{} bytes; a bundle has at most {}", about.len(), BUNDLE_BYTES_MAX);
        return Err(Error::usage(path.display().to_string(), why));
    }
    let bytes = fs::read(path).map_err(Error::file(path))?;
    verify::file(&bytes, options).map_err(|why| unjudged(&path.display().to_string(), why))
}

/// Why a file is not judged; what it is called.
pub(super) fn unjudged(name: &str, why: Unjudged) -> Error {
    match why {
        Unjudged::OtherRules { found } => log::Error::OtherRules { found }.into(),
        other => Error::usage(name, other.to_string()),
    }
}

/// Somebody's ledger, to be read by its tiles.
pub(super) fn server(url: &str) -> Result<Server> {
    let base = Base::parse(url).map_err(|bad| Error::usage(url, bad.to_string()))?;
    Ok(Server::new(base, Deadlines::default())?)
}

fn lines(report: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for check in list(report, "/checks") {
        let (name, result, detail) =
            (field(check, "/check"), field(check, "/result"), field(check, "/detail"));
        lines.push(format!("{name:<11} {result:<8} {detail}").trim_end().to_owned());
    }
    if let Some(bad) = report.pointer("/first_bad").filter(|bad| !bad.is_null()) {
        let seq = match field(bad, "/seq") {
            seq if seq.is_empty() => String::new(),
            seq => format!(", entry {seq} and whatever rests on it"),
        };
        lines.push(format!("first bad   {}{seq}: {}", field(bad, "/file"), field(bad, "/detail")));
    }
    let count = |path: &str| field(report, path);
    lines.push(format!(
        "entries     {} ({} attested: the operator's word; {} signed)",
        count("/size"),
        count("/attested"),
        count("/signed")
    ));
    for erased in list(report, "/erased") {
        let [seq, name, by] = ["/seq", "/field", "/by"].map(|path| field(erased, path));
        lines.push(plain(&format!("erased      {name} of entry {seq}, by entry {by}")));
    }
    lines.extend(unsigned(report));
    if count("/torn_bytes") != "0" && !count("/torn_bytes").is_empty() {
        lines.push(format!(
            "torn        {} bytes of a commit that was not finished; opening cuts them",
            count("/torn_bytes")
        ));
    }
    lines.push(format!("root        {}", count("/root")));
    let trusted = report.pointer("/trusted") == Some(&Value::Bool(true));
    let trust = if trusted { "signed by the key you gave" } else { "self-consistent only" };
    lines.push(format!("result      {}, {trust}", count("/result")));
    lines
}

/// What stands behind the signed part.
fn unsigned(report: &Value) -> Option<String> {
    let tail = report.pointer("/unsigned").filter(|tail| !tail.is_null())?;
    let number = |path: &str| tail.pointer(path).and_then(Value::as_u64);
    let (from, count) = (number("/from")?, number("/count")?);
    let signed = from.checked_sub(1).map_or_else(
        || "nothing is signed".to_owned(),
        |last| format!("intact up to entry {last}, as signed"),
    );
    let behind = match count {
        0 => "what stands behind it is signed by nobody".to_owned(),
        1 => format!("entry {from} is signed by nobody"),
        _ => format!("entries {from} to {} are signed by nobody", from + count - 1),
    };
    let bad = tail.pointer("/first_bad").filter(|bad| !bad.is_null());
    let bad = bad.map(|bad| format!("; bad there: {}: {}", field(bad, "/file"), field(bad, "/detail")));
    let bad = bad.unwrap_or_default();
    Some(format!("unsigned    {signed}; {behind}: open the ledger, or ask for its checkpoint{bad}"))
}

fn advise(shown: &Value, report: &Report, is_ledger: bool) {
    if report.result == Outcome::UnsignedTail {
        say("hint: what is signed holds; do not rely on what stands behind it");
    } else if !report.is_intact() && !is_ledger {
        say("hint: keep it, and ask for another one, also from somebody else who has the log");
    } else if !report.is_intact() {
        say("hint: change nothing; keep a copy, and restore from a backup or a mirror that verifies");
    } else if shown.pointer("/trusted") != Some(&Value::Bool(true)) {
        say(
            "hint: give --vkey with the key the ledger has published, and --receipt with receipts people kept",
        );
    } else {
        say(&plain(
            "a chain that somebody rewrote from an entry on also verifies: only receipts and checkpoints kept elsewhere show that",
        ));
    }
}
