//! One truth: after every statement of random stories of every type, the state that lives, the state loaded
//! from its encoded objects and the state folded anew from all entries are the same, and decide the same.
//!
//! `ESTAFET_SEEDS=a..b` tells other stories than the 200, `ESTAFET_TABLE=1` prints what they said of each
//! type, `ESTAFET_THOROUGH=1` lets all three states judge every statement, `ESTAFET_STORY=seed` prints one
//! story line by line, and `ESTAFET_SURVEY=n` goes on after a difference, names every kind found, and
//! shrinks a story of the first n. `ESTAFET_ONLY_TOLD=1` compares nothing, which is quick, and then fails: it is for
//! the table.

mod book;
mod counts;
mod dice;
mod draw;
pub(crate) mod entries;
mod line;
mod seam;
mod shrink;
mod story;
mod teller;
mod told;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::iter;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::super::super::state::broken::{self, Broken};
use counts::Counts;
use line::Line;
use story::{Found, How, Story, tell};

/// Stories that are told when nothing else is said.
const STORIES: Range<u64> = 0..200;
/// Least of each legal cell in that many stories.
const LEAST: usize = 20;
/// Ways to break the door after which a state is no longer what it is when it is loaded or folded anew, and a
/// story that finds it; where the stories have changed, another one of them does.
const FOUND_BY: [(Broken, u64); 8] = [
    (Broken::ReaderSeen, 0),
    (Broken::SettledUnlisted, 12),
    (Broken::ChangeUnlisted, 0),
    (Broken::EntryKept, 0),
    (Broken::EntryForgotten, 0),
    (Broken::DependentForgotten, 0),
    (Broken::ClosingForgotten, 3),
    (Broken::MoveForgotten, 0),
];
/// Kinds of differences that are shrunk in one run.
const SHRUNK: usize = 6;

/// The first story of each kind of difference.
type Kinds = BTreeMap<String, (u64, Vec<Line>, Found, usize)>;

fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

fn seeds() -> Range<u64> {
    let Some(text) = set("ESTAFET_SEEDS") else { return STORIES };
    let (from, to) = text.split_once("..").expect("ESTAFET_SEEDS is from..to");
    from.parse().unwrap()..to.parse().unwrap()
}

/// Tells the stories of all seeds on as many threads as there are cores.
fn tell_all(seeds: &Range<u64>, how: How) -> (Counts, Kinds) {
    let next = AtomicU64::new(seeds.start);
    let all = Mutex::new((Counts::default(), Kinds::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let Story { lines, counts, found, .. } = tell(seed, how);
            let mut all = all.lock().unwrap();
            all.0.merge(&counts);
            for one in found {
                let first = all.1.entry(one.difference.kind.clone());
                let first = first.or_insert_with(|| (seed, lines.clone(), one.clone(), 0));
                first.3 += 1;
                if seed < first.0 {
                    *first = (seed, lines.clone(), one, first.3);
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    all.into_inner().unwrap()
}

/// The kinds of differences, each with the shortest story found.
fn told_shortly(kinds: &Kinds, shrunk: usize) -> String {
    let mut text = String::new();
    let mut first: Vec<_> = kinds.iter().collect();
    first.sort_by_key(|(_, (seed, ..))| *seed);
    for (n, (kind, (seed, lines, found, stories))) in first.into_iter().enumerate() {
        writeln!(text, "\n{kind}\n  in {stories} stories, first of seed {seed} after {}", found.after)
            .unwrap();
        writeln!(text, "  {}", found.difference.words).unwrap();
        if n < shrunk {
            for line in shrink::shrunk(*seed, &lines[..=found.line], kind) {
                writeln!(text, "  {}", line.to_json()).unwrap();
            }
        }
    }
    text
}

#[test]
fn each_way_to_break_the_door_is_found() {
    let next = Mutex::new(FOUND_BY.into_iter());
    let work = || {
        while let Some((way, first)) = { next.lock().unwrap().next() } {
            broken::switch(Some(way));
            let told = |seed| (seed, tell(seed, How::default()));
            let found = iter::once(first).chain(STORIES).map(told).find(|(_, story)| !story.found.is_empty());
            broken::switch(None);
            let (seed, story) = found.unwrap_or_else(|| panic!("{way:?} is not found in {STORIES:?}"));
            let found = story.found.first().unwrap();
            println!(
                "{way:?} by {seed}, line {}, after {}: {}",
                found.line, found.after, found.difference.kind
            );
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
}

#[test]
fn live_loaded_and_folded_anew_are_one() {
    let mut how = How { thorough: set("ESTAFET_THOROUGH").is_some(), ..How::default() };
    how.only_told = set("ESTAFET_ONLY_TOLD").is_some();
    let survey = set("ESTAFET_SURVEY");
    how.survey = survey.is_some();
    let shrunk = survey.and_then(|text| text.parse().ok()).unwrap_or(SHRUNK);
    if let Some(seed) = set("ESTAFET_STORY") {
        let story = tell(seed.parse().unwrap(), How { print: true, ..how });
        for found in &story.found {
            println!("line {}: {}\n  {}", found.line, found.difference.kind, found.difference.words);
        }
        return;
    }
    let seeds = seeds();
    let (counts, kinds) = tell_all(&seeds, how);
    if set("ESTAFET_TABLE").is_some() {
        println!("{}", counts.table());
    }
    assert!(!how.only_told, "nothing was compared");
    assert!(kinds.is_empty(), "{} kinds of differences{}", kinds.len(), told_shortly(&kinds, shrunk));
    assert!(2 * counts.admitted >= counts.told, "{} of {} admitted", counts.admitted, counts.told);
    if seeds.end - seeds.start >= STORIES.end {
        let lacking = counts.lacking(LEAST);
        assert!(lacking.is_empty(), "fewer than {LEAST}: {}\n{}", lacking.join(", "), counts.table());
    }
}
