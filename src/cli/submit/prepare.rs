//! Completing and signing: every line gets a jti and, with a key, an issue time and a signature.

use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::statement::Unreadable;
use crate::domain::{Statement, strict};
use crate::seal;

use super::super::file::Replacing;
use super::super::init::random;
use super::super::output::say;
use super::super::question::now;
use super::super::{Error, Result};
use super::{Author, beside};

/// A line that is signed.
#[derive(Serialize)]
struct Ready<'a> {
    jwt: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    disclosures: Vec<&'a str>,
}

/// The file of lines ready to be sent: those it has already stay as they are, what is new is added.
pub(super) fn lines(from: &Path, author: &Author, origin: &str) -> Result<PathBuf> {
    let to = beside(from);
    let mut before = match File::open(&to) {
        Ok(file) => Some(BufReader::new(file).lines()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::file(&to)(error)),
    };
    let source = BufReader::new(File::open(from).map_err(Error::file(from))?);
    let mut signed = Replacing::begin(&to).map_err(Error::file(&to))?;
    let (mut kept, mut new) = (0_u64, 0_u64);
    for (number, line) in (1_u64..).zip(source.lines()) {
        let line = line.map_err(Error::file(from))?;
        if line.trim().is_empty() {
            continue;
        }
        let bad =
            |why: Unreadable| Error::usage(format!("{} line {number}", from.display()), why.to_string());
        let value = strict::parse(line.trim().as_bytes()).map_err(bad)?;
        let ready = match next(&mut before, &to)? {
            Some(ready) => {
                if !stands_for(&ready, &value) {
                    return Err(changed(from, &to, number));
                }
                kept += 1;
                ready
            }
            None => {
                new += 1;
                complete(value, author, origin).map_err(bad)?
            }
        };
        signed.line(ready.as_bytes()).map_err(Error::file(&to))?;
    }
    if next(&mut before, &to)?.is_some() {
        return Err(changed(from, &to, kept + 1));
    }
    signed.end().map_err(Error::file(&to))?;
    if kept > 0 {
        say(&format!("{}: {kept} lines from before, {new} new", to.display()));
    }
    Ok(to)
}

fn next(before: &mut Option<Lines<BufReader<File>>>, path: &Path) -> Result<Option<String>> {
    before.as_mut().and_then(Iterator::next).transpose().map_err(Error::file(path))
}

fn changed(from: &Path, to: &Path, line: u64) -> Error {
    let hint = "put new statements behind the old ones, or into a file of their own";
    let why = format!("is not what was signed before, in {}", to.display());
    Error::hinted(format!("{} line {line}", from.display()), why, hint)
}

/// Whether a line that was made ready says what the source says now.
fn stands_for(ready: &str, source: &Value) -> bool {
    let Ok(ready) = strict::parse(ready.as_bytes()) else { return false };
    let said = match ready.get("jwt").and_then(Value::as_str) {
        Some(jwt) => seal::signed(jwt).map(|signed| signed.statement),
        None => Statement::read(&ready),
    };
    let details =
        |value: &Value| value.get("details").and_then(Value::as_object).cloned().unwrap_or_default();
    let told = match ready.get("disclosures") {
        Some(disclosures) => disclosed(disclosures),
        None if ready.get("jwt").is_some() => Some(Map::new()),
        None => Some(details(&ready)),
    };
    if told != Some(details(source)) {
        return false;
    }
    let wanted = with_jti(source.clone(), || "-".to_owned()).and_then(|value| Statement::read(&value));
    let own = source.get("jti").is_some();
    match (said, wanted) {
        (Ok(said), Ok(wanted)) => {
            said.data == wanted.data
                && said.after == wanted.after
                && said.corrects == wanted.corrects
                && (!own || said.jti == wanted.jti)
        }
        _ => false,
    }
}

/// What disclosures say, by name.
fn disclosed(disclosures: &Value) -> Option<Map<String, Value>> {
    let read = |text: &Value| seal::Disclosure::parse(text.as_str()?).ok();
    disclosures.as_array()?.iter().map(|text| read(text).map(|told| (told.name, told.value))).collect()
}

fn with_jti(mut value: Value, jti: impl FnOnce() -> String) -> std::result::Result<Value, Unreadable> {
    let object =
        value.as_object_mut().ok_or_else(|| Unreadable::malformed("a statement is a JSON object"))?;
    if !object.contains_key("jti") {
        object.insert("jti".to_owned(), jti().into());
    }
    Ok(value)
}

fn complete(value: Value, author: &Author, origin: &str) -> std::result::Result<String, Unreadable> {
    let drawn = random().map_err(|error| Unreadable::malformed(error.to_string()))?;
    let value = with_jti(value, || seal::hex(drawn.get(..16).unwrap_or_default()))?;
    match author {
        Author::Key { pair, iss } => {
            let iat = now().micros.div_euclid(1_000_000);
            let signed = seal::sign(pair, iss, origin, iat, &value, crate::ledger::random)?;
            let disclosures = signed.details.disclosures.iter().map(|one| &*one.text).collect();
            let line = Ready { jwt: &signed.canonical, disclosures };
            serde_json::to_string(&line).map_err(|error| Unreadable::malformed(error.to_string()))
        }
        Author::Token(_) => {
            Statement::read(&value)?;
            Ok(value.to_string())
        }
    }
}
