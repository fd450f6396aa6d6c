//! Stories that once made the rules and this model differ, each shrunk to the lines that it needs. They are
//! told from the text, so that they stay when the drawing changes.

use serde_json::Value;

use super::ledger::Line;
use super::run::Run;
use super::said::day;

/// Each story begins with `# expected: title`, where `expected` is how its last line is decided. A line
/// bears the number by which others refer to it (`@n`).
const FOUND: &str = include_str!("found.txt");

fn line(text: &str) -> (usize, Line) {
    let mut words = text.splitn(5, ' ');
    let mut next = || words.next().unwrap().to_owned();
    let (n, date) = (next().parse().unwrap(), next());
    let (who, kind) = (next(), next());
    let data: Value = serde_json::from_str(&next()).unwrap();
    (n, Line { day: day(&date), who, kind, data })
}

#[test]
fn what_once_differed_is_decided_alike() {
    let mut told = 0;
    for story in FOUND.split("# ").filter(|story| !story.is_empty()) {
        let (title, lines) = story.split_once('\n').unwrap();
        let (expected, title) = title.split_once(": ").unwrap();
        let (mut run, mut last) = (Run::new(), None::<String>);
        for (n, line) in lines.lines().filter(|text| !text.is_empty()).map(line) {
            assert!(
                last.as_deref().is_none_or(|decided| decided == "ok"),
                "{title}: {last:?} before line {n}"
            );
            run.seqs.resize(n, None);
            let decided = run.step(&line).unwrap_or_else(|why| panic!("{title}: line {n}: {why}"));
            last = Some(decided.unwrap_or_else(|| panic!("{title}: line {n} is not told")));
        }
        assert_eq!(last.as_deref(), Some(expected), "{title}");
        told += 1;
    }
    assert!(told > 14, "{told} stories");
}
