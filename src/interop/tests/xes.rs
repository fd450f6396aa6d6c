//! XES: the same statements as from a table, and what of XML is refused.

use super::super::{Format, Map};
use super::kit::{MAP, made_with, of, refused};

/// The map of the table tests, its columns named as those of a log.
fn map() -> Map {
    let mut text = MAP.to_owned();
    for (column, key) in [("\"case\"", "\"case:concept:name\""), ("\"owner\"", "\"case:group\"")] {
        text = text.replace(column, key);
    }
    let case = [("start = \"start\"\n", ""), ("end = \"end\"\n", ""), ("\"due\"", "\"case:deadline\"")];
    let row = [("\"at\"", "\"time:timestamp\""), ("\"group\"\nofficer", "\"org:group\"\nofficer")];
    for (from, to) in case.into_iter().chain(row) {
        text = text.replace(from, to);
    }
    text = text.replace("\"who\"", "\"org:resource\"").replace("\"what\"", "\"concept:name\"");
    Map::parse(&text.replace("details = [\"channel\"]\n", "")).unwrap()
}

const LOG: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <global scope="trace"><string key="concept:name" value="unknown"/></global>
  <classifier name="Activity" keys="concept:name"/>
  <string key="origin" value="desk &amp; counter"/>
  <trace>
    <string key="concept:name" value="c 1"/>
    <string key="group" value="Group &#49;"><string key="deeper" value="not a column"/></string>
    <date key="deadline" value="2011-11-30T12:00:00.000+01:00"/>
    <event><date key="time:timestamp" value="2011-10-11T09:00:00.000+02:00"/><string key="org:group" value="Group 1"/>
      <string key="org:resource" value="Ann"/><string key="concept:name" value="T1"/></event>
    <event><date key="time:timestamp" value="2011-10-12T09:00:00.000+02:00"/><string key="org:group" value="EMPTY"/>
      <list key="ignored"><values><string key="org:group" value="deeper"/></values></list>
      <string key="concept:name" value="T2"/></event>
  </trace>
  <trace><string key="concept:name" value="c 2"/></trace>
</log>
"#;

fn read(text: &str) -> String {
    match made_with(map(), Format::Xes, text.as_bytes()) {
        Ok((_, problems)) => format!("{problems:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn traces_and_events_become_rows() {
    let (said, problems) = made_with(map(), Format::Xes, LOG.as_bytes()).unwrap();
    assert_eq!(problems, []);
    let [defined] = of(&said, "responsibility.defined")[..] else { panic!("{said:?}") };
    assert_eq!(
        (&defined["responsibility"], &defined["due"]),
        (&"desk-c-1".into(), &"2011-11-30T12:00:00.000+01:00".into())
    );
    let [handoff] = of(&said, "handoff.proposed")[..] else { panic!("{said:?}") };
    assert_eq!((&handoff["from"], &handoff["to"]), (&"group-1".into(), &"empty".into()));
    let acts = of(&said, "act.recorded");
    assert_eq!((acts.len(), &acts[1]["source"]["row"]), (2, &"2".into()));
    assert_eq!(said.iter().find(|said| said.row == 2).map(|said| said.line), Some(13));
}

#[test]
fn a_row_of_a_log_that_cannot_be_read_is_told_and_the_rest_stands() {
    let bad = LOG.replace("2011-10-12T09", "12.10.2011 09");
    assert!(read(&bad).contains("line: 13, column: 12, field: Some(\"time:timestamp\")"), "{}", read(&bad));
    let twice = LOG.replace(
        "<string key=\"org:resource\" value=\"Ann\"/>",
        "<string key=\"org:group\" value=\"Group 1\"/>",
    );
    let twice = twice.replace(
        "<list key=\"ignored\">",
        "<string key=\"org:resource\" value=\"Bob\"/><list key=\"ignored\">",
    );
    assert!(read(&twice).contains("stands twice"), "{}", read(&twice));
}

#[test]
fn a_log_that_is_none_is_refused_with_its_place() {
    let deep = format!("<trace>{}", "<list>".repeat(40));
    let long = format!("<string key=\"x\" value=\"{}\"/><trace>", "x".repeat(70_000));
    for (from, to, said) in [
        (
            "<!-- a comment -->",
            "<!DOCTYPE log [<!ENTITY a \"b\">]>",
            "line 2, column 1: a DOCTYPE is not read",
        ),
        ("value=\"Ann\"", "value=\"&outside;\"", "line 12, column 7: no XML"),
        ("<!-- a comment -->", "&outside;", "the entity \"outside\" is not read"),
        ("UTF-8", "ISO-8859-1", "the encoding \"ISO-8859-1\" is not read"),
        ("</event>\n  </trace>", "</event>\n  </log>", "line 16, column 3: no XML"),
        ("<log ", "<html ", "line 3, column 1: the first element is no <log>"),
        ("<trace>", deep.as_str(), "nested too deep"),
        ("<trace>", long.as_str(), "longer than 65536 bytes"),
        ("<trace>", "<event/><trace>", "belongs to no case"),
        ("<event>", "<event><event/>", "nowhere else"),
        (
            "<trace><string key=\"concept:name\" value=\"c 2\"/>",
            "<trace><string value=\"c 2\"/>",
            "has no key or no value",
        ),
        (
            "</trace>\n  <trace>",
            "<string key=\"group\" value=\"late\"/></trace>\n<trace>",
            "stands behind events",
        ),
        ("org:resource", "org:person", "no column \"org:resource\"; its columns are \"case:concept:name\""),
        ("</log>\n", "</log><log/>", "something follows the log"),
        ("</log>\n", "", "the log breaks off"),
        ("value=\"Ann\"", "value=\"Ann", "no XML"),
    ] {
        assert!(LOG.contains(from), "{from}");
        let found = read(&LOG.replacen(from, to, 1));
        assert!(found.contains(said), "{to}: {found}");
    }
    assert!(refused(Format::Xes, b"").contains("there is no <log>"));
    assert!(refused(Format::Xes, b"<log>\xff\xfe</log>").contains("line 1"));
}
