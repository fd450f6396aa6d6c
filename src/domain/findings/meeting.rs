//! Which standing responsibilities meet on a day though different agencies answer for them
//! (DOMAIN section 3, "meet"): what overlap and duplication have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::super::event::responsibility::Nature;
use super::super::state::State;
use super::super::state::responsibility::Responsibility;
use super::super::timeline::{self, OnDay, via};
use super::super::{AgencyId, AssignmentId, Date, ResponsibilityId, Seq, Subject, TerritoryId};
use super::{Finding, Kind, Severity, counted};

/// Longest chain of holdings followed.
const UNDER_MAX: usize = 256;

/// How the codes of two scopes meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// The codes are equal.
    Equal,
    /// One contains the other; the outer is no parent of the inner.
    Contained,
}

/// Two responsibilities, in the order of their ids.
pub(super) type Pair = (ResponsibilityId, ResponsibilityId);

/// Scopes of a day by scheme and code, then by territory: only what can meet is compared.
type Scopes<'a> = BTreeMap<(&'a str, &'a str), BTreeMap<Option<&'a TerritoryId>, Vec<&'a Responsibility>>>;

/// Every two standing responsibilities that meet on the day, with how, and with different agencies.
pub(super) fn pairs(state: &State, day: Date) -> BTreeMap<Pair, Meeting> {
    let standing: Vec<&Responsibility> =
        state.responsibilities.values().map(|of| &**of).filter(|of| is_standing(state, of, day)).collect();
    let (mut exact, mut below) = (Scopes::new(), Scopes::new());
    for of in &standing {
        let on = of.on(day);
        let (scheme, code) = (on.code.scheme.as_str(), on.code.value.as_str());
        exact.entry((scheme, code)).or_default().entry(on.territory).or_default().push(of);
        for outer in outers(code) {
            below.entry((scheme, outer)).or_default().entry(on.territory).or_default().push(of);
        }
    }
    let mut found = BTreeMap::new();
    let mut answering: BTreeMap<ResponsibilityId, Option<Answering>> = BTreeMap::new();
    for of in standing {
        for other in near(state, of, day, &exact, &below) {
            let pair = if of.id() < other.id() { (of, other) } else { (other, of) };
            let ids = (pair.0.id().clone(), pair.1.id().clone());
            if of.id() == other.id() || found.contains_key(&ids) {
                continue;
            }
            let Some(meeting) = meet(state, pair, day) else { continue };
            let mut who = |of: &Responsibility| {
                answering.entry(of.id().clone()).or_insert_with(|| Answering::of(state, of, day)).clone()
            };
            if let (Some(a), Some(b)) = (who(pair.0), who(pair.1))
                && differ(&a, &b)
            {
                found.insert(ids, meeting);
            }
        }
    }
    found
}

fn is_standing(state: &State, of: &Responsibility, day: Date) -> bool {
    of.defined.data.nature.unwrap_or_default() == Nature::Standing && timeline::exists_on(state, of, day)
}

/// The codes that contain a code, itself left out.
fn outers(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices('.').filter_map(|(at, _)| code.get(..at))
}

/// Responsibilities whose code meets this one's and whose territory is this one's or contains it.
fn near<'a>(
    state: &'a State,
    of: &'a Responsibility,
    day: Date,
    exact: &Scopes<'a>,
    below: &Scopes<'a>,
) -> Vec<&'a Responsibility> {
    let on = of.on(day);
    let (scheme, code) = (on.code.scheme.as_str(), on.code.value.as_str());
    let mut by_code: Vec<_> =
        outers(code).chain([code]).filter_map(|code| exact.get(&(scheme, code))).collect();
    by_code.extend(below.get(&(scheme, code)));
    // the whole is around every territory
    let around = state.territories_around(on.territory, day).map(Some).chain([None]);
    around.flat_map(|at| by_code.iter().filter_map(move |by| by.get(&at)).flatten().copied()).collect()
}

/// How the scopes of two meet on a day; `None` where they do not, or where it is said that one is a
/// part of the other.
fn meet(state: &State, (a, b): (&Responsibility, &Responsibility), day: Date) -> Option<Meeting> {
    let (on_a, on_b) = (a.on(day), b.on(day));
    let holds = |outer, inner| state.territory_contains(outer, inner, day);
    let wider = holds(on_a.territory, on_b.territory);
    let narrower = holds(on_b.territory, on_a.territory);
    let codes = on_a.code.contains(on_b.code) || on_b.code.contains(on_a.code);
    if !codes
        || !(wider || narrower)
        || state.leaves_out(on_b.carve_outs, on_a.code, on_a.territory, day)
        || state.leaves_out(on_a.carve_outs, on_b.code, on_b.territory, day)
    {
        return None;
    }
    let part = via::leads_to(state, a.id(), b.id(), day) || via::leads_to(state, b.id(), a.id(), day);
    match on_a.code == on_b.code {
        // a part of the same code is a smaller territory
        true => (!(part && wider != narrower)).then_some(Meeting::Equal),
        false => (!part).then_some(Meeting::Contained),
    }
}

/// Who answers for a responsibility by holdings of its own, and what those are and stand under.
#[derive(Clone, Debug)]
struct Answering {
    agencies: BTreeSet<AgencyId>,
    holdings: BTreeSet<AssignmentId>,
    above: BTreeSet<AssignmentId>,
}

impl Answering {
    /// `None` where nobody does; what a parent answers for is the parent's finding alone.
    fn of(state: &State, of: &Responsibility, day: Date) -> Option<Self> {
        let on = timeline::on(state, of.id(), day)?;
        let agencies = on.answering(state);
        if agencies.is_empty() || on.accountable.iter().any(|held| held.via.is_some()) {
            return None;
        }
        let holdings = on.accountable.iter().map(|held| held.holding.assignment.clone()).collect();
        Some(Self { agencies, holdings, above: above(state, &on, day) })
    }
}

/// What its accountable holdings stand under on the day, at any height.
fn above(state: &State, on: &OnDay, day: Date) -> BTreeSet<AssignmentId> {
    let mut all = BTreeSet::new();
    let mut waiting: Vec<AssignmentId> =
        on.accountable.iter().filter_map(|held| held.under.clone()).collect();
    while let Some(id) = waiting.pop() {
        if all.len() < UNDER_MAX && all.insert(id.clone()) {
            let Some((of, holding)) = state.holding(&id) else { continue };
            let next = holding.under.as_ref();
            waiting.extend(next.map(|next| timeline::resolve(state, next, day, holding.below(of.id()))));
        }
    }
    all
}

/// Different agencies answer, and neither acts under the other.
fn differ(a: &Answering, b: &Answering) -> bool {
    a.agencies != b.agencies && a.above.is_disjoint(&b.holdings) && b.above.is_disjoint(&a.holdings)
}

/// The finding of two responsibilities that meet in one way.
pub(super) fn finding(
    state: &State,
    (kind, severity): (Kind, Severity),
    pair: &Pair,
    meeting: Meeting,
    day: Date,
) -> Option<Finding> {
    let (a, b) = (state.responsibilities.get(&pair.0)?, state.responsibilities.get(&pair.1)?);
    let (on_a, on_b) = (timeline::on(state, a.id(), day)?, timeline::on(state, b.id(), day)?);
    let agencies: BTreeSet<_> = on_a.answering(state).into_iter().chain(on_b.answering(state)).collect();
    let evidence: BTreeSet<Seq> = on_a.evidence.into_iter().chain(on_b.evidence).collect();
    let (since, days) = counted(Some(since(state, (a, b), meeting, day)), day);
    Some(Finding {
        kind,
        key: format!("{}:{},{}", kind.as_str(), a.id(), b.id()),
        about: vec![Subject::responsibility(a.id()), Subject::responsibility(b.id())],
        agencies: agencies.into_iter().collect(),
        since,
        days,
        waiting_on: None,
        median_days: None,
        evidence: evidence.into_iter().collect(),
        severity,
    })
}

/// First day of the unbroken time, up to the day, in which two meet in that way. Only days on which one
/// of them begins, changes or passes on, or a territory changes, can begin it.
fn since(state: &State, (a, b): (&Responsibility, &Responsibility), meeting: Meeting, day: Date) -> Date {
    let mut days = BTreeSet::from([day]);
    for of in [a, b] {
        let (from, to) = timeline::period(state, of);
        days.extend([from, to]);
        days.extend(of.changed.iter().map(|fact| fact.data.effective));
        days.extend(timeline::periods(state, of.id()).iter().map(|period| period.from));
        days.extend(via::days(state, of));
        let around = state.territories_around(of.on(day).territory, day);
        let changed = around.filter_map(|id| state.territories.get(id)).flat_map(|there| &there.changed);
        days.extend(changed.map(|fact| fact.data.effective));
    }
    let meets = |day: Date| {
        is_standing(state, a, day)
            && is_standing(state, b, day)
            && meet(state, (a, b), day) == Some(meeting)
            && match (Answering::of(state, a, day), Answering::of(state, b, day)) {
                (Some(a), Some(b)) => differ(&a, &b),
                _ => false,
            }
    };
    days.range(..=day).rev().copied().take_while(|day| meets(*day)).last().unwrap_or(day)
}
