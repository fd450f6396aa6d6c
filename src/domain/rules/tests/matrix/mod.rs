//! The full matrix: every agency of the cast says every type of event about an object of another.
//! Who may, may; everybody else gets the code. The expectations are those of DOMAIN section 4.

mod cast;
mod causes;
mod holdings;
mod registers;
mod row;
mod succession;
mod world;

use std::collections::BTreeSet;

use serde_json::json;

use super::super::super::Data;
use cast::{CAST, active};
use row::Row;
use world::{DAY, World, world};

/// The whole table.
fn table(world: &World) -> Vec<Row> {
    let rows = [registers::rows(world), holdings::rows(), causes::rows(world), succession::rows()];
    rows.into_iter().flatten().collect()
}

fn everyone() -> impl Iterator<Item = &'static str> {
    CAST.iter().map(|(id, _)| *id)
}

/// What the agency is answered, with approvals of these: `ok` or a code.
fn said(world: &World, row: &Row, who: &'static str, approvals: &[&str]) -> &'static str {
    let mut data = row.said_by(who);
    if !approvals.is_empty() {
        data["approved_by"] = json!(approvals);
    }
    let refused = world.told.clone().tell((DAY, who, row.kind, data)).err();
    refused.map_or("ok", |refusal| refusal.code.as_str())
}

/// Cells that answer otherwise than the table, and how many were asked.
#[derive(Default)]
struct Cells {
    wrong: Vec<String>,
    asked: usize,
}

impl Cells {
    fn ask(&mut self, world: &World, row: &Row, who: &'static str, approvals: &[&str], then: &str) {
        self.asked += 1;
        let got = said(world, row, who, approvals);
        if got != then {
            let (kind, what) = (row.kind, &row.what);
            self.wrong
                .push(format!("{kind} ({what}) by {who}, approved by {approvals:?}: {got}, not {then}"));
        }
    }

    fn agree(self, least: usize) {
        assert!(self.wrong.is_empty(), "{} of {}:\n{}", self.wrong.len(), self.asked, self.wrong.join("\n"));
        assert!(self.asked >= least, "only {} cells", self.asked);
    }
}

#[test]
fn every_type_has_a_row_and_every_role_is_in_the_cast() {
    let rows = table(&world(true));
    let said: BTreeSet<_> = rows.iter().map(|row| row.kind).collect();
    assert_eq!(said, Data::TYPES.iter().copied().collect(), "every type has a row");
    let cast: BTreeSet<_> = everyone().collect();
    assert_eq!(cast.len(), CAST.len(), "each agency once");
    for row in &rows {
        let unknown: Vec<_> = row.named().filter(|who| !cast.contains(who)).collect();
        assert!(unknown.is_empty(), "{} ({}) names {unknown:?}", row.kind, row.what);
    }
}

#[test]
fn d1_who_may_may_and_everyone_else_gets_the_code() {
    let world = world(true);
    let mut cells = Cells::default();
    for row in table(&world) {
        for who in everyone() {
            cells.ask(&world, &row, who, &[], row.answer(who, &[]));
        }
    }
    cells.agree(CAST.len() * Data::TYPES.len());
}

#[test]
fn d1_an_approval_helps_only_who_needs_it() {
    let world = world(true);
    let mut cells = Cells::default();
    for row in table(&world).iter().filter(|row| !row.approved.is_empty()) {
        let approvers = row.approvers();
        for who in everyone() {
            cells.ask(&world, row, who, &approvers, row.answer(who, &approvers));
        }
    }
    cells.agree(CAST.len() * 20);
}

#[test]
fn d1_only_the_approval_of_whom_the_rule_names_counts() {
    let world = world(true);
    let mut cells = Cells::default();
    for row in table(&world).iter().filter(|row| !row.approved.is_empty()) {
        for who in row.may.iter().copied() {
            for by in active() {
                cells.ask(&world, row, who, &[by], row.answer(who, &[by]));
            }
        }
    }
    cells.agree(CAST.len() * 20);
}

#[test]
fn d1_without_an_overseer_only_the_approvals_of_named_agencies_are_asked_for() {
    let world = world(false);
    let mut cells = Cells::default();
    for row in &table(&world) {
        for (who, by) in &row.approved {
            let named = row.never_waived(by);
            cells.ask(&world, row, who, &[], if named.is_empty() { "ok" } else { row.answer(who, &[]) });
            cells.ask(&world, row, who, &named, "ok");
        }
    }
    cells.agree(20);
}
