//! Tells a story to the three ways of having a state, and compares them after every statement.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::super::*;
use super::super::super::Refusal;
use super::dice::Dice;
use super::line::{Line, date};
use super::seam::{self, Difference};
use super::teller::{Heard, Teller};

/// How much is read between statements.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reads {
    Nothing,
    Some,
    All,
}

impl Reads {
    pub(super) fn of(seed: u64) -> Self {
        [Self::Some, Self::Nothing, Self::All][usize::try_from(seed % 3).unwrap()]
    }
}

/// A ledger, and the same folded anew.
pub(super) struct Telling {
    pub(super) teller: Teller,
    pub(super) anew: State,
    /// The same loaded, as of the last comparison.
    loaded: State,
    seed: u64,
    reads: Reads,
}

impl Telling {
    pub(super) fn new(seed: u64) -> Self {
        let (anew, loaded) = (State::default(), State::default());
        Self { teller: Teller::default(), anew, loaded, seed, reads: Reads::of(seed) }
    }

    /// Tells a line without comparing.
    pub(super) fn tell(&mut self, line: &Line, judged: bool) -> Heard {
        let others = [("loaded", &self.loaded), ("anew", &self.anew)];
        self.teller.tell(line, if judged { &others } else { &[] })
    }

    /// The live state stands for the one folded anew, where they are not compared.
    pub(super) fn take_over(&mut self) {
        self.anew = self.teller.state.clone();
    }

    /// Compares the live state with the two others.
    pub(super) fn compare(&mut self) -> Vec<Difference> {
        let teller = &self.teller;
        self.anew = seam::anew(&teller.events);
        let live = &teller.state;
        self.loaded = seam::loaded(live.size, live.at, &teller.kept);
        let mut found = seam::differences(("live", live), ("loaded", &self.loaded));
        found.extend(seam::differences(("live", live), ("anew", &self.anew)));
        found
    }

    /// Compares what a statement that was refused might have changed.
    pub(super) fn unchanged(&self) -> Vec<Difference> {
        seam::differences(("refused", &self.teller.state), ("before", &self.anew))
    }

    /// Reads of the live state, as many as this story has between statements: the same for a line whatever
    /// lines are left out before it.
    pub(super) fn read(&self, line: usize, today: i64) {
        let state = &self.teller.state;
        let each = match self.reads {
            Reads::Nothing => return,
            Reads::Some => 8,
            Reads::All => 1,
        };
        for id in seam::responsibilities(state) {
            let hash = id.as_str().bytes().fold(line as u64, |sum, byte| sum * 31 + u64::from(byte));
            let mut dice = Dice::new(self.seed ^ hash);
            if dice.roll(each) == 0 {
                let day = Date::parse(&date(dice.near(today, 20, 20))).unwrap();
                drop(timeline::on(state, &id, day));
            }
        }
        if Dice::new(self.seed ^ line as u64).percent(if each == 1 { 20 } else { 3 }) {
            drop(findings::findings(state, Date::parse(&date(today)).unwrap()));
        }
    }
}

/// Tells some lines of a story again, and compares at the end; what they name of each other is renumbered.
/// `all` are the numbers of the whole story: a line that names one that is left out is left out, too.
pub(super) fn again(
    seed: u64,
    lines: &[(usize, Line)],
    all: &BTreeSet<u64>,
    judged: bool,
) -> Vec<Difference> {
    let mut telling = Telling::new(seed);
    let mut now = BTreeMap::new();
    let mut found = Vec::new();
    for (n, (place, line)) in lines.iter().enumerate() {
        let Some(line) = line.renumbered(&now, all) else { continue };
        let last = n + 1 == lines.len();
        if judged && last {
            // for the states that judge it
            drop(telling.compare());
        }
        let heard = telling.tell(&line, judged && last);
        if let (Some(was), Ok(seq)) = (line.was, &heard.verdict) {
            now.insert(was, *seq);
        }
        found = heard.differences;
        if !last {
            telling.read(*place, line.day);
        }
    }
    found.extend(telling.compare());
    found
}

/// What became of a line, in words.
pub(super) fn verdict(verdict: &Result<u64, Refusal>) -> String {
    match verdict {
        Ok(seq) => format!("admitted as {seq}"),
        Err(refusal) => refusal.to_string(),
    }
}
