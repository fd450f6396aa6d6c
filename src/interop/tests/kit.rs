//! A map, tables as text, and what is made of them.

use std::io::{BufRead, Cursor};

use serde_json::Value;

use super::super::{Error, Format, Map, Problem, Process, Said, Source};

pub(super) const MAP: &str = r#"
name = "desk"
language = "en"
[case]
id = "case"
prefix = "desk-"
code = { scheme = "desk", value = "permit" }
accountable = "owner"
start = "start"
end = "end"
deadline = "due"
details = ["channel"]
[row]
time = "at"
executor = "group"
officer = "who"
activity = "what"
scheme = "desk-activity"
[agencies]
kind = "group"
unrecorded = ["EMPTY"]
[officers]
prefix = "officer-"
"#;

pub(super) const HEADER: &str = "case,owner,start,end,due,channel,at,group,who,what\n";

pub(super) fn map() -> Map {
    Map::parse(MAP).unwrap()
}

pub(super) fn opened(text: &[u8]) -> Box<dyn BufRead> {
    Box::new(Cursor::new(text.to_vec()))
}

pub(super) fn made_with(map: Map, format: Format, text: &[u8]) -> Result<(Vec<Said>, Vec<Problem>), Error> {
    let open = || Ok(opened(text));
    let source = Source { format, open: &open };
    let process = Process::read(map, &source)?;
    let said = process.statements(&source)?.collect::<Result<Vec<_>, _>>()?;
    Ok((said, process.problems().to_vec()))
}

/// Statements and problems of a table, its header before it.
pub(super) fn made(rows: &str) -> (Vec<Said>, Vec<Problem>) {
    made_with(map(), Format::Csv, format!("{HEADER}{rows}").as_bytes()).unwrap()
}

/// Why nothing can be made of a text.
pub(super) fn refused(format: Format, text: &[u8]) -> String {
    match made_with(map(), format, text) {
        Ok((said, problems)) => panic!("{said:?} {problems:?}"),
        Err(error) => error.to_string(),
    }
}

/// Data of the statements of a type.
pub(super) fn of<'a>(said: &'a [Said], type_name: &str) -> Vec<&'a Value> {
    said.iter().filter(|said| said.value["type"] == type_name).map(|said| &said.value["data"]).collect()
}
