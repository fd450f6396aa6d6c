//! What stories said of each type: admitted, corrected, corrected again, withdrawn; and which of these are
//! legal at all (DOMAIN rule 8).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::super::super::Data;

/// What can become of a statement of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Admitted,
    Corrected,
    Again,
    Withdrawn,
}

impl Cell {
    pub(super) const ALL: [Self; 4] = [Self::Admitted, Self::Corrected, Self::Again, Self::Withdrawn];
}

/// Types that nobody corrects or withdraws.
const FINAL: &[&str] = &[
    "ledger.opened",
    "ledger.index",
    "ledger.key_rotated",
    "token.registered",
    "token.revoked",
    "witness.registered",
    "witness.retired",
    "policy.changed",
    "approval.given",
    "agency.registered",
    "key.registered",
    "key.revoked",
    "handoff.lapsed",
    "decision.voted",
    "record.withdrawn",
    "details.restricted",
    "details.held",
    "details.released",
    "details.erased",
];

/// Whether what was said of a type may be corrected and withdrawn.
pub(super) fn correctable(kind: &str) -> bool {
    !FINAL.contains(&kind)
}

/// Statements counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    cells: BTreeMap<(&'static str, Cell), usize>,
    /// Lines told, and those admitted.
    pub(super) told: usize,
    pub(super) admitted: usize,
    /// Refusals of each type, by code.
    pub(super) refused: BTreeMap<(&'static str, &'static str), usize>,
}

impl Counts {
    pub(super) fn add(&mut self, kind: &'static str, cell: Cell) {
        *self.cells.entry((kind, cell)).or_default() += 1;
    }

    pub(super) fn of(&self, kind: &'static str, cell: Cell) -> usize {
        self.cells.get(&(kind, cell)).copied().unwrap_or_default()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.told += other.told;
        self.admitted += other.admitted;
        for (cell, count) in &other.cells {
            *self.cells.entry(*cell).or_default() += count;
        }
        for (why, count) in &other.refused {
            *self.refused.entry(*why).or_default() += count;
        }
    }

    /// Legal cells that have fewer than the least, in words.
    pub(super) fn lacking(&self, least: usize) -> Vec<String> {
        let mut found = Vec::new();
        for kind in Data::TYPES {
            for cell in Cell::ALL {
                let legal = cell == Cell::Admitted || correctable(kind);
                let count = self.of(kind, cell);
                if legal && count < least {
                    found.push(format!("{kind} {cell:?}: {count}"));
                }
                assert!(legal || count == 0, "{kind} {cell:?} is not legal, and was admitted {count} times");
            }
        }
        found
    }

    /// The table, for who tunes the drawing.
    pub(super) fn table(&self) -> String {
        let mut text = format!("{} of {} admitted\n", self.admitted, self.told);
        for kind in Data::TYPES {
            let cells: Vec<_> = Cell::ALL.iter().map(|cell| self.of(kind, *cell)).collect();
            let refused: Vec<_> = self.refused.iter().filter(|((of, _), _)| of == kind).collect();
            let refused: Vec<_> = refused.iter().map(|((_, code), n)| format!("{code} {n}")).collect();
            writeln!(text, "{kind:28} {cells:5?}  {}", refused.join(", ")).unwrap();
        }
        text
    }
}
