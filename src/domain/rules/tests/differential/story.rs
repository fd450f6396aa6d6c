//! One story of a seed: drawn and told, line by line.

use std::collections::BTreeMap;

use super::super::super::super::{Data, Event, Subject};
use super::book::Book;
use super::counts::{Cell, Counts, correctable};
use super::dice::Dice;
use super::draw::{Motif, Pen, Tried, opening};
use super::line::Line;
use super::seam::Difference;
use super::told::{Telling, verdict};

/// Statements of a story, beside those that every story begins with.
const STATEMENTS: usize = 150;
/// How many statements pass until one is judged by the other states, too.
const JUDGED: usize = 4;

/// A difference, and the line after which it was first seen.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) line: usize,
    pub(super) after: String,
    pub(super) difference: Difference,
}

/// How a story is told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct How {
    /// Every statement is judged by all three states.
    pub(super) thorough: bool,
    /// The story goes on after a difference.
    pub(super) survey: bool,
    /// Every line is printed.
    pub(super) print: bool,
    /// The story is only told: no states are compared.
    pub(super) only_told: bool,
}

/// A story told.
pub(super) struct Story {
    pub(super) lines: Vec<Line>,
    /// Its entries: what was admitted, what was said, and what it links.
    pub(super) told: Vec<(Event, String, Vec<Subject>)>,
    pub(super) counts: Counts,
    pub(super) found: Vec<Found>,
}

struct Telly {
    story: Story,
    telling: Telling,
    book: Book,
    how: How,
    tried: BTreeMap<(&'static str, Cell), usize>,
}

/// Tells the story of a seed.
pub(super) fn tell(seed: u64, how: How) -> Story {
    let story = Story { lines: Vec::new(), told: Vec::new(), counts: Counts::default(), found: Vec::new() };
    let telling = Telling::new(seed);
    let mut told = Telly { story, telling, book: Book::default(), how, tried: BTreeMap::new() };
    for line in opening() {
        told.said(line, false);
        assert!(told.story.lines.last().unwrap().was.is_some(), "{:?}", told.story.lines.last());
    }
    told.story.counts = Counts::default();
    told.story.counts.add("ledger.opened", Cell::Admitted);
    told.compare("the opening", true);
    let mut dice = Dice::new(seed);
    let focus =
        dice.some(&Data::TYPES.iter().copied().filter(|kind| correctable(kind)).collect::<Vec<_>>(), 5);
    let mut motif: Option<Motif> = None;
    let mut today = 3;
    for n in 0..STATEMENTS {
        today += dice.one(&[0, 0, 1, 1, 1, 2, 3, 5]);
        let so_far = Tried { counts: &told.story.counts, tried: &told.tried, focus: &focus };
        let world = &told.telling.anew;
        let mut pen = Pen { dice: &mut dice, book: &told.book, world, today, n };
        let sequence = pen.dice.percent(if motif.is_some() { 60 } else { 3 });
        let drawn = if sequence { pen.motif(&mut motif) } else { None };
        let (line, cell) = drawn.map_or_else(|| pen.next(&so_far), |line| (line, Cell::Admitted));
        *told.tried.entry((line.kind, cell)).or_default() += 1;
        told.said(line, !how.only_told && (how.thorough || n % JUDGED == 0));
        if !told.story.found.is_empty() && !how.survey {
            break;
        }
    }
    told.story.told = told.telling.teller.told();
    told.story
}

impl Telly {
    fn said(&mut self, mut line: Line, judged: bool) {
        let place = self.story.lines.len();
        let heard = self.telling.tell(&line, judged);
        for before in &heard.before {
            self.story.counts.add(before.kind, Cell::Admitted);
            self.book.admitted(before.was.unwrap(), before);
        }
        line.was = heard.verdict.as_ref().ok().copied();
        self.story.counts.told += 1;
        let mut what = line.kind.to_owned();
        match &heard.verdict {
            Ok(seq) => {
                self.story.counts.admitted += 1;
                let was = self.book.admitted(*seq, &line);
                what = self.count(&line, was);
            }
            Err(refusal) => {
                *self.story.counts.refused.entry((line.kind, refusal.code.as_str())).or_default() += 1;
            }
        }
        if self.how.print {
            println!("{} {}", line.to_json(), verdict(&heard.verdict));
        }
        let (day, admitted) = (line.day, line.was.is_some() || !heard.before.is_empty());
        self.story.lines.push(line);
        self.found(&what, heard.differences);
        if day > 0 {
            self.compare(&what, admitted);
            self.telling.read(place, day);
        }
    }

    /// Counts an admitted line, and says what it is.
    fn count(&mut self, line: &Line, was: Option<(&'static str, usize)>) -> String {
        let counts = &mut self.story.counts;
        match (line.corrects, was) {
            (Some(_), Some((kind, depth))) => {
                counts.add(kind, if depth == 0 { Cell::Corrected } else { Cell::Again });
                format!("correction of {kind}")
            }
            (None, Some((kind, _))) => {
                counts.add(line.kind, Cell::Admitted);
                counts.add(kind, Cell::Withdrawn);
                format!("withdrawal of {kind}")
            }
            _ => {
                counts.add(line.kind, Cell::Admitted);
                line.kind.to_owned()
            }
        }
    }

    fn compare(&mut self, what: &str, admitted: bool) {
        if self.how.only_told {
            self.telling.take_over();
            return;
        }
        let differences = if admitted { self.telling.compare() } else { self.telling.unchanged() };
        self.found(what, differences);
    }

    /// Keeps what is found the first time in this story.
    fn found(&mut self, after: &str, differences: Vec<Difference>) {
        let line = self.story.lines.len() - 1;
        for difference in differences {
            if self.story.found.iter().all(|one| one.difference.kind != difference.kind) {
                self.story.found.push(Found { line, after: after.to_owned(), difference });
            }
        }
    }
}
