//! CSV: what is read, and where what cannot be read is said to be.

use proptest::prelude::*;

use super::super::csv::Table;
use super::super::{Format, Problem, Rows};
use super::kit::{HEADER, made, opened, refused};

/// Rows of a table with the columns a and b: their cells, or the problem.
fn read(text: &[u8]) -> Vec<Result<Vec<String>, Problem>> {
    let mut table = Table::open(opened(text), &["a".to_owned(), "b".to_owned()], b',').unwrap();
    let mut rows = Vec::new();
    while let Some(row) = table.next().unwrap() {
        rows.push(row.map(|row| row.cells.into_iter().map(|cell| cell.text).collect()));
    }
    rows
}

fn cells(text: &str) -> Vec<Vec<String>> {
    read(text.as_bytes()).into_iter().map(Result::unwrap).collect()
}

#[test]
fn quotes_line_ends_and_a_mark_at_the_beginning_are_read() {
    assert_eq!(cells("a,b\n1,2\n"), [["1", "2"]]);
    assert_eq!(cells("\u{feff}a,b\r\n1,2\r\n\r\n3,"), [["1", "2"], ["3", ""]]);
    assert_eq!(cells("b,x,a\n\"2, \"\"two\"\"\",x,\"1\nand more\"\n"), [["1\nand more", "2, \"two\""]]);
    assert_eq!(cells("a,b\n"), Vec::<Vec<String>>::new());
}

proptest! {
    #[test]
    fn what_another_writer_writes_is_read_the_same(
        rows in prop::collection::vec(("[a-zé\",;\r\n ]{0,6}", "[a-z\",\n]{0,6}"), 0..8)
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["a", "b"]).unwrap();
        for (a, b) in &rows {
            writer.write_record([a, b]).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let expected: Vec<_> = rows.into_iter().map(|(a, b)| vec![a, b]).collect();
        let found: Vec<_> = read(&text).into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in prop::collection::vec(prop_oneof![
        Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(0xff), any::<u8>()], 0..200)) {
        let mut text = b"a,b\n".to_vec();
        text.extend(bytes);
        let _ = read(&text);
    }
}

/// Line, column and the beginning of what is wrong, of each row that is not read.
fn wrong(text: &[u8]) -> Vec<(u64, u64, String)> {
    let problems = read(text).into_iter().filter_map(Result::err);
    problems.map(|p| (p.line, p.column, p.detail.chars().take(10).collect())).collect()
}

#[test]
fn a_fault_costs_its_row_and_is_told_where_it_is() {
    for (text, line, column, detail) in [
        ("a,b\n1,2\n3,4,5\n6,7\n", 3, 1, "3 cells, a"),
        ("a,b\n1,2\n3\n6,7\n", 3, 1, "1 cells, a"),
        ("a,b\n1,2\né,x\"y\n6,7\n", 3, 4, "a quote in"),
        ("a,b\n1,2\n3,\"x\"y\n6,7\n", 3, 6, "something "),
        // left open to the end of the file, and until the next quote
        ("a,b\n1,2\n3,\"x\n6,7\n", 3, 3, "this quote"),
        ("a,b\n1,2\n3,\"x\n6,\"7\"\n", 3, 3, "this quote"),
    ] {
        assert_eq!(wrong(text.as_bytes()), [(line, column, detail.to_owned())], "{text}");
        let good: Vec<_> = read(text.as_bytes()).into_iter().filter_map(Result::ok).collect();
        assert_eq!(good, [["1", "2"], ["6", "7"]], "{text}");
    }
    assert_eq!(wrong(b"a,b\n1,\xff\n"), [(2, 3, "the cell i".to_owned())]);
}

#[test]
fn an_open_quote_does_not_swallow_a_long_table() {
    let text = format!("a,b\n1,\"open\n{}", "3,4\n".repeat(5_000));
    assert_eq!(wrong(text.as_bytes()), [(2, 3, "this quote".to_owned())]);
    assert_eq!(read(text.as_bytes()).len(), 5_001);
}

#[test]
fn a_table_that_is_none_is_refused_with_what_to_do() {
    for (text, said) in [
        ("".to_owned(), "line 1, column 1: the table is empty"),
        ("a,b\n1,2\n".to_owned(), "the table has no column \"case\"; its columns are \"a\", \"b\""),
        (HEADER.replace("owner", "case"), "two columns are named \"case\""),
        (HEADER.replace("owner", "\"ow\"ner"), "line 1, column 10: something follows"),
        (format!("{HEADER}{}", "x".repeat(300_000)), "line 2, column 1: the line is longer"),
    ] {
        let found = refused(Format::Csv, text.as_bytes());
        assert!(found.contains(said), "{said}: {found}");
    }
}

#[test]
fn a_bad_date_far_down_is_told_with_line_column_and_what_to_do() {
    let row = |n: u32, at: &str| format!("c-{n},Group 1,2011-10-01,,,web,{at},Group 2,Ann,Check\n");
    let good = "2011-10-11 13:45:40+02:00";
    let mut text: String = (1..5_000).map(|n| row(n, good)).collect();
    text += &row(5_000, "11/10/2011");
    text += &row(5_001, good);
    let (said, problems) = made(&text);
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!((problem.line, problem.column, problem.field.as_deref()), (5_001, 33, Some("at")));
    assert_eq!(problem.code.as_str(), "bad-date");
    assert!(
        problem.detail.contains("such as 2011-10-11") && problem.detail.contains("11/10/2011"),
        "{problem:?}"
    );
    assert_eq!(said.iter().filter(|said| said.value["type"] == "act.recorded").count(), 5_000);
}
