//! What is made of a process log: order, ids, dates, and statements the ledger can read.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::{Format, Map};
use super::kit::{HEADER, MAP, made, made_with, map, of, refused};
use crate::domain::{AgencyId, Speaker};
use crate::seal;

const ROWS: &str = "\
c/1,Group 1,2011-10-11 08:00:00.5+02:00,2011-12-01 10:00:00+01:00,2011-11-30 12:00+01:00,web,2011-10-11 09:00:00+02:00,Group 1,Ann,T1 Check
c/1,Group 1,2011-10-11 08:00:00.5+02:00,2011-12-01 10:00:00+01:00,2011-11-30 12:00+01:00,web,2011-10-12 00:30:00+02:00,EMPTY,test,T2
c/2,,,,,,2011-10-13,,TEST,T2
c/1,Group 1,2011-10-11 08:00:00.5+02:00,2011-12-01 10:00:00+01:00,2011-11-30 12:00+01:00,web,2011-10-14T10:00:00Z,EMPTY,,T2
";

#[test]
fn rows_become_statements_in_an_order_the_rules_admit() {
    let (said, problems) = made(ROWS);
    assert_eq!(problems, []);
    let types: Vec<_> = said.iter().map(|said| said.value["type"].as_str().unwrap()).collect();
    let mut expected = vec!["agency.registered"; 6];
    expected.extend(["responsibility.defined"; 2]);
    expected.extend(["assignment.made"; 4]);
    expected.extend(["act.recorded", "handoff.proposed", "act.recorded", "act.recorded", "act.recorded"]);
    expected.push("responsibility.retired");
    assert_eq!(types, expected);
    let registrar = Speaker::Import { agency: AgencyId::parse("registrar").unwrap() };
    let mut jtis = BTreeSet::new();
    for one in &said {
        let read = seal::said(one.value.clone(), registrar.clone(), |_| Ok(()));
        let read = read.unwrap_or_else(|why| panic!("{why}: {}", one.value));
        assert!(jtis.insert(read.statement.jti), "{}", one.value);
        let source = read.statement.data.source().expect("a source");
        assert_eq!(source.row.as_ref().map(|row| row.as_str().to_owned()), Some(one.row.to_string()));
    }
    assert_eq!(made(ROWS), (said, problems), "the same file, the same statements");
}

#[test]
fn groups_keep_their_names_and_nobody_is_an_agency_of_its_own() {
    let (said, _) = made(ROWS);
    let agencies: Vec<_> = of(&said, "agency.registered")
        .into_iter()
        .map(|data| {
            let text = |field: &str| data[field].as_str().unwrap().to_owned();
            (text("agency"), data["name"]["en"].as_str().unwrap().to_owned(), text("kind"))
        })
        .collect();
    let expected = [
        ("group-1", "Group 1", "group"),
        ("empty", "EMPTY", "unrecorded"),
        ("unrecorded", "unrecorded", "unrecorded"),
        ("officer-ann", "officer-ann", "post"),
        ("officer-test", "officer-test", "post"),
        ("officer-test-94ee05", "officer-test-94ee05", "post"),
    ];
    let expected = expected.map(|(id, name, kind)| (id.to_owned(), name.to_owned(), kind.to_owned()));
    assert_eq!(agencies, expected);
}

#[test]
fn dates_stay_those_of_the_source_and_times_keep_their_offset() {
    let (said, _) = made(ROWS);
    let defined = of(&said, "responsibility.defined");
    assert_eq!(defined[0]["due"], "2011-11-30T12:00:00+01:00");
    assert_eq!((&defined[0]["name"], &defined[0]["nature"]), (&json!({"en": "c/1"}), &json!("case")));
    assert!(defined[1].get("due").is_none() && defined[0].get("valid").is_none());
    let made = of(&said, "assignment.made");
    assert_eq!(
        (&made[0]["valid"], &made[0]["time"]),
        (&json!({"from": "2011-10-11"}), &json!("2011-10-11T08:00:00.5+02:00"))
    );
    assert_eq!(
        (&made[1]["role"], &made[1]["time"]),
        (&json!("executor"), &json!("2011-10-11T09:00:00+02:00"))
    );
    assert_eq!((&made[2]["valid"], &made[2]["agency"]), (&json!({"from": "unknown"}), &json!("unrecorded")));
    assert!(made.iter().all(|data| data.get("under").is_none() && data["basis"] == json!({"unknown": true})));
    let acts = of(&said, "act.recorded");
    // half past midnight here, the day before in Greenwich
    assert_eq!(
        (&acts[1]["on"], &acts[1]["time"]),
        (&json!("2011-10-12"), &json!("2011-10-12T00:30:00+02:00"))
    );
    assert_eq!(acts[0]["code"], json!({"scheme": "desk-activity", "value": "t1-check"}));
    assert_eq!((&acts[0]["capacity"], &acts[0]["officer"]), (&json!("own"), &json!("officer-ann")));
    assert!(acts[3].get("officer").is_none());
    let handoff = of(&said, "handoff.proposed")[0];
    assert_eq!(
        (&handoff["from"], &handoff["to"], &handoff["regime"]),
        (&json!("group-1"), &json!("empty"), &json!("observed"))
    );
    let retired = of(&said, "responsibility.retired")[0];
    assert_eq!(
        (&retired["effective"], &retired["time"]),
        (&json!("2011-12-02"), &json!("2011-12-01T10:00:00+01:00"))
    );
}

#[test]
fn ids_rest_on_the_names_and_not_on_the_order_of_rows() {
    let row = |case: &str, who: &str| format!("{case},G,,,,,2011-10-13,G,{who},T\n");
    let ids = |rows: &str| {
        let (said, _) = made(rows);
        let mut ids: Vec<_> = of(&said, "agency.registered")
            .into_iter()
            .map(|data| data["agency"].as_str().unwrap().to_owned())
            .chain(
                of(&said, "responsibility.defined")
                    .into_iter()
                    .map(|data| data["name"]["en"].to_string() + data["responsibility"].as_str().unwrap()),
            )
            .collect();
        ids.sort();
        ids
    };
    let (one, two) = (row("A b", "Registrar"), row("a-b", "registrar"));
    assert_eq!(ids(&format!("{one}{two}")), ids(&format!("{two}{one}")));
    assert!(ids(&format!("{one}{two}")).contains(&"\"a-b\"desk-a-b".to_owned()));
    // names of nothing but signs, and names longer than an id
    let (said, problems) = made(&(row("???", "»«") + &row(&"x".repeat(200), "é")));
    assert_eq!(problems, []);
    let registrar = Speaker::Import { agency: AgencyId::parse("registrar").unwrap() };
    assert!(said.into_iter().all(|said| seal::said(said.value, registrar.clone(), |_| Ok(())).is_ok()));
}

#[test]
fn a_row_that_says_too_little_or_something_else_is_refused_and_the_rest_stands() {
    let good = "c,G,2011-10-01,,,web,2011-10-13 10:00:00+02:00,G,Ann,T\n";
    for (bad, field, code) in [
        (good.replace("c,G", ",G"), Some("case"), "malformed"),
        (good.replace(",T\n", ", \n"), Some("what"), "malformed"),
        (good.replace("2011-10-13 10:00:00+02:00", ""), Some("at"), "bad-date"),
        (good.replace("2011-10-13 10:00:00+02:00", "2011-10-13 10:00:00"), Some("at"), "bad-date"),
        (good.replace("2011-10-13 10:00:00+02:00", "2011-02-30 10:00:00+02:00"), Some("at"), "bad-date"),
        (good.replace("2011-10-13 10:00:00+02:00", "2011-10-13 25:00:00+02:00"), Some("at"), "bad-date"),
        (good.replace("2011-10-01", "first of October"), Some("start"), "bad-date"),
        (good.replace("Ann", &"n".repeat(201)), Some("who"), "malformed"),
        (good.replace("2011-10-01", "2011-10-02"), None, "malformed"),
        (good.replace("web", "post"), None, "malformed"),
    ] {
        let (said, problems) = made(&format!("{good}{bad}{good}"));
        let [problem] = problems.as_slice() else { panic!("{bad}: {problems:?}") };
        assert_eq!(
            (problem.line, problem.field.as_deref(), problem.code.as_str()),
            (3, field, code),
            "{bad}"
        );
        assert_eq!(of(&said, "act.recorded").len(), 2, "{bad}");
        assert_eq!(said.last().map(|said| said.row), Some(3), "rows that are refused are counted");
    }
}

#[test]
fn a_time_without_offset_takes_the_maps() {
    let map = Map::parse(&format!("offset = \"+07:00\"\nseparator = \";\"\n{MAP}")).unwrap();
    let text = format!("{HEADER}c,G,,,,,2011-10-13 10:00,G,Ann,T\n").replace(',', ";");
    let (said, _) = made_with(map, Format::Csv, text.as_bytes()).unwrap();
    assert_eq!(of(&said, "act.recorded")[0]["time"], "2011-10-13T10:00:00+07:00");
}

#[test]
fn a_map_that_is_none_is_told_where_it_is_wrong() {
    for (good, bad, said) in [
        ("name = \"desk\"", "name = \"Desk\"", "name: expected"),
        ("language = \"en\"", "language = \"nl\"", "line 3, column 12: unknown variant"),
        ("prefix = \"desk-\"", "prefix = \"-\"", "case.prefix: expected"),
        ("value = \"permit\"", "value = \"Permit\"", "case.code.value: expected"),
        ("executor = \"group\"", "", "missing field `executor`"),
        ("executor = \"group\"", "executor = \"group\"\ncolour = 1", "unknown field `colour`"),
        ("kind = \"group\"", "kind = \"a group\"", "agencies.kind: expected"),
        ("name = \"desk\"", "name = \"desk\"\noffset = \"7\"", "offset: expected"),
        ("name = \"desk\"", "name = \"desk\"\nseparator = \"\\n\"", "separator: expected"),
        ("[case]", "[case", "line 4, column"),
    ] {
        let found = Map::parse(&MAP.replacen(good, bad, 1)).map(|_| ()).unwrap_err().to_string();
        assert!(found.contains(said), "{bad}: {found}");
    }
    Map::parse(include_str!("../../../docs/maps/coselog.toml")).unwrap();
    drop(map());
}

#[test]
fn a_column_that_is_missing_is_named_with_those_there_are() {
    let found = refused(Format::Csv, HEADER.replace("group", "team").as_bytes());
    assert!(found.contains("no column \"group\"") && found.contains("\"team\""), "{found}");
}
