//! Nobody accountable on a day: a responsibility, or what one leaves out and no other covers.

use std::collections::BTreeSet;

use super::super::event::assignment::HoldingRole;
use super::super::event::responsibility::Nature;
use super::super::scope::{CarveOut, SchemeCode};
use super::super::state::State;
use super::super::state::fold::Fold;
use super::super::state::responsibility::Responsibility;
use super::super::timeline::{self, Status};
use super::super::{AgencyId, Date, ResponsibilityId, Seq, Subject};
use super::{Finding, Kind, Severity, counted, severity, since};

/// Orphans of a day.
#[must_use]
pub fn findings(state: &State, day: Date) -> Vec<Finding> {
    let mut all = Vec::new();
    for (id, of) in &state.responsibilities {
        if !timeline::exists_on(state, of, day) {
            continue;
        }
        let Some(on) = timeline::on(state, id, day) else { continue };
        if on.status == Status::Orphan {
            let (since, days) = counted(since(state, id, Status::Orphan, day), day);
            all.push(Finding {
                kind: Kind::Orphan,
                key: format!("orphan:{id}"),
                about: vec![Subject::responsibility(id)],
                agencies: last_holders(&state.fold(id), day).into_iter().collect(),
                since,
                days,
                waiting_on: None,
                median_days: None,
                evidence: on.evidence,
                severity: severity(of),
            });
        }
        all.extend(left_out(state, id, of, day));
    }
    all
}

/// Who answered last: now or at the latest end before.
fn last_holders(fold: &Fold, day: Date) -> BTreeSet<AgencyId> {
    let spans =
        fold.holdings.iter().filter(|holding| holding.role == HoldingRole::Accountable).flat_map(|h| {
            h.spans.iter().filter(|span| span.from <= day).map(move |span| (span.until.min(day), &h.agency))
        });
    let spans: Vec<_> = spans.collect();
    let last = spans.iter().map(|(until, _)| *until).max();
    spans.into_iter().filter(|(until, _)| Some(*until) == last).map(|(_, agency)| agency.clone()).collect()
}

/// Carve-outs of a standing responsibility that nothing covers on the day.
fn left_out(state: &State, id: &ResponsibilityId, of: &Responsibility, day: Date) -> Vec<Finding> {
    if of.defined.data.nature.unwrap_or_default() != Nature::Standing {
        return Vec::new();
    }
    let mut all = Vec::new();
    for out in of.on(day).carve_outs {
        let others = covering(state, of, out);
        if is_covered(state, &others, of, out, day) {
            continue;
        }
        let code = match (&out.code, &out.territory) {
            (Some(code), _) => code.value.as_str(),
            (None, Some(territory)) => territory.as_str(),
            (None, None) => continue,
        };
        let (since, days) = counted(Some(open_since(state, &others, of, out, day)), day);
        all.push(Finding {
            kind: Kind::Orphan,
            key: format!("orphan:{id}/{code}"),
            about: vec![Subject::responsibility(id)],
            agencies: Vec::new(),
            since,
            days,
            waiting_on: None,
            median_days: None,
            evidence: carved_by(of, out),
            severity: Severity::Medium,
        });
    }
    all
}

/// The entries that say it is left out.
fn carved_by(of: &Responsibility, out: &CarveOut) -> Vec<Seq> {
    let mut seqs = Vec::new();
    if of.defined.data.carve_outs.contains(out) {
        seqs.extend(of.defined.evidence());
    }
    for fact in &of.changed {
        if fact.data.carve_outs.as_ref().is_some_and(|outs| outs.contains(out)) {
            seqs.extend(fact.evidence());
        }
    }
    seqs.sort_unstable();
    seqs
}

/// The standing responsibilities whose code ever contained what another leaves out.
fn covering<'a>(state: &'a State, of: &Responsibility, out: &CarveOut) -> Vec<&'a Responsibility> {
    let codes = |of: &'_ Responsibility| -> Vec<SchemeCode> {
        let changed = of.changed.iter().filter_map(|fact| fact.data.code.clone());
        std::iter::once(of.defined.data.code.clone()).chain(changed).collect()
    };
    let left: Vec<SchemeCode> = out.code.clone().map_or_else(|| codes(of), |code| vec![code]);
    let covers = |other: &&Responsibility| {
        other.id() != of.id()
            && other.defined.data.nature.unwrap_or_default() == Nature::Standing
            && codes(other).iter().any(|code| left.iter().any(|left| code.contains(left)))
    };
    state.responsibilities.values().map(|other| &**other).filter(covers).collect()
}

/// Whether one of them exists on the day and covers then what is left out.
fn is_covered(
    state: &State,
    others: &[&Responsibility],
    of: &Responsibility,
    out: &CarveOut,
    day: Date,
) -> bool {
    let here = of.on(day);
    let code = out.code.as_ref().unwrap_or(here.code);
    let territory = out.territory.as_ref().or(here.territory);
    others.iter().filter(|other| timeline::exists_on(state, other, day)).any(|other| {
        let there = other.on(day);
        there.code.contains(code)
            && state.territory_contains(there.territory, territory, day)
            && !state.leaves_out(there.carve_outs, code, territory, day)
    })
}

/// First day of the unbroken time, up to the day, in which it was left out and not covered. Only
/// days on which it or what may cover it begins, changes or ends can begin it.
fn open_since(
    state: &State,
    others: &[&Responsibility],
    of: &Responsibility,
    out: &CarveOut,
    day: Date,
) -> Date {
    let mut days = BTreeSet::new();
    for one in others.iter().copied().chain([of]) {
        let (from, to) = timeline::period(state, one);
        days.extend([from, to]);
        days.extend(one.changed.iter().map(|fact| fact.data.effective));
    }
    let is_open = |day: Date| {
        timeline::exists_on(state, of, day)
            && of.on(day).carve_outs.contains(out)
            && !is_covered(state, others, of, out, day)
    };
    days.range(..=day).rev().copied().take_while(|day| is_open(*day)).last().unwrap_or(day)
}
