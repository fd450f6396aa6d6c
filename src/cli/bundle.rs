//! `export bundle`: what an auditor takes along, from a directory or a server.

use std::io;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::domain::{Seq, Subject};
use crate::log::cosigned;
use crate::verify::{self, Unjudged};
use crate::views::bundle::{About, Bundle};
use crate::views::{self, Offline};

use super::arguments::ExportBundle;
use super::file::Replacing;
use super::output::{Output, say};
use super::question::Source;
use super::settings::Settings;
use super::url::Server;
use super::verify::unjudged;
use super::{Error, OK, Result, seen};

#[derive(Debug, Serialize)]
struct Exported {
    /// Entries it holds.
    entries: u64,
    /// Size below which its subjects are proved to be whole.
    complete_below: Option<u64>,
    /// Length of the file.
    bytes: u64,
}

pub(super) fn run(arguments: &ExportBundle, settings: &Settings, output: &mut Output) -> Result<u8> {
    let subject = arguments.subject.as_deref().map(Subject::parse).transpose();
    let subject = subject.map_err(|bad| Error::usage("--subject", bad.to_string()))?;
    let about = match (subject, arguments.seq) {
        (Some(subject), None) => About::Subject(subject),
        (None, Some(seq)) => About::Entry(Seq(seq)),
        _ => return Err(Error::usage("--subject, --seq", "one of them names what the bundle is about")),
    };
    let done = match Source::open(&arguments.from, settings)? {
        Source::Directory(offline) => from_directory(&offline, &about, arguments)?,
        Source::Server(server) => from_server(&server, &about, arguments)?,
    };
    if output.json {
        output.value(&done)?;
    } else {
        let Exported { entries, complete_below, bytes } = done;
        let whole = complete_below.map_or_else(
            || "no index root proves that nothing is left out".to_owned(),
            |size| format!("complete below entry {size}"),
        );
        output.line(&format!("{entries} entries, {whole}, {bytes} bytes"))?;
    }
    say(&format!("hint: `estafet verify {} --vkey ..` checks it anywhere", arguments.out.display()));
    Ok(OK)
}

fn from_directory(offline: &Offline, about: &About, arguments: &ExportBundle) -> Result<Exported> {
    if arguments.fresh {
        return Err(Error::usage("--fresh", "a directory is only read: ask the server with --url"));
    }
    let settled = Bundle::settle(offline.reader(), offline.dir(), about)?;
    let nothing = || Error::NotFound { what: "no entry is about that subject".to_owned() };
    let mut bundle = settled.ok_or_else(nothing)?;
    let cosigned = cosigned::published(offline.dir()).map_err(Error::file(offline.dir()))?;
    if let Some(note) = cosigned {
        bundle.cosigned(&note);
    }
    if let Some(path) = &arguments.since {
        let kept = std::fs::read_to_string(path).map_err(Error::file(path))?;
        let size = seen::extended(offline.reader(), path, &kept)?;
        bundle.since(&kept, size)?;
    }
    // nobody who may see details: it is recorded nowhere
    let look = offline.look();
    let mut done =
        Exported { entries: bundle.entries() as u64, complete_below: bundle.complete_below(), bytes: 0 };
    write(&arguments.out, || {
        let mut piece = Vec::new();
        let more = bundle.piece(&look, &mut piece)?;
        done.bytes += piece.len() as u64;
        Ok((piece, more))
    })?;
    Ok(done)
}

/// A server's bundle is written only if it verifies: a connection that broke leaves no half of one.
fn from_server(server: &Server, about: &About, arguments: &ExportBundle) -> Result<Exported> {
    if arguments.since.is_some() {
        return Err(Error::usage(
            "--since",
            "a server does not take it: export from the directory with --data",
        ));
    }
    let mut query = match about {
        About::Subject(subject) => vec![("subject", subject.as_str().to_owned())],
        About::Entry(seq) => vec![("seq", seq.to_string())],
    };
    if arguments.fresh {
        query.push(("fresh", "1".to_owned()));
    }
    let bytes = server.get("/v1/audit/bundle", &query)?;
    let unsound = |why: String| Error::Server { url: server.to_string(), why };
    let report = verify::file(&bytes, &verify::Options::default()).map_err(|why| match why {
        Unjudged::OtherRules { .. } => unjudged(&server.to_string(), why),
        other => unsound(format!("did not answer with a bundle: {other}")),
    })?;
    if let Some(bad) = report.first_bad {
        return Err(unsound(format!("answered with a bundle that does not verify: {}", bad.detail)));
    }
    let said: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if !is_about(&said, about) {
        return Err(unsound("answered with a bundle about something else than was asked for".to_owned()));
    }
    let entries = said.get("entries").and_then(Value::as_array).map_or(0, |entries| entries.len() as u64);
    let done = Exported { entries, complete_below: report.complete_below, bytes: bytes.len() as u64 };
    let mut all = Some(bytes);
    write(&arguments.out, || Ok((all.take().unwrap_or_default(), false)))?;
    Ok(done)
}

/// Whether a bundle lists the subject, or carries the entry.
fn is_about(said: &Value, about: &About) -> bool {
    let any = |list: &str, is: &dyn Fn(&Value) -> bool| {
        said.get(list).and_then(Value::as_array).is_some_and(|all| all.iter().any(is))
    };
    match about {
        About::Subject(subject) => {
            any("subjects", &|one| one.get("name").and_then(Value::as_str) == Some(subject.as_str()))
        }
        About::Entry(seq) => any("entries", &|one| one.get("seq").and_then(Value::as_u64) == Some(seq.0)),
    }
}

/// Writes a file in pieces; it takes its place when it is complete.
fn write(path: &Path, mut next: impl FnMut() -> views::Result<(Vec<u8>, bool)>) -> Result<()> {
    let failed = |error: io::Error| Error::file(path)(error);
    let mut file = Replacing::begin(path).map_err(failed)?;
    loop {
        let (piece, more) = next()?;
        file.bytes(&piece).map_err(failed)?;
        if !more {
            return file.end().map_err(failed);
        }
    }
}
