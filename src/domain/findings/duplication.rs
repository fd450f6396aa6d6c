//! Two standing responsibilities of one code that different agencies answer for, and two running
//! programmes of different coordinators on such.

use std::collections::{BTreeMap, BTreeSet};

use super::super::state::State;
use super::super::state::dated::Told as _;
use super::super::state::fact::Fact;
use super::super::state::programme::Programme;
use super::super::{Date, ProgrammeId, ResponsibilityId, Seq, Subject};
use super::meeting::{self, Meeting, Pair};
use super::{Finding, Kind, Severity, counted};

/// Duplications of a day, among what meets.
pub(super) fn findings<'a>(
    state: &State,
    pairs: impl Iterator<Item = (&'a Pair, &'a Meeting)>,
    day: Date,
) -> Vec<Finding> {
    let equal: Vec<_> = pairs.filter(|(_, meeting)| **meeting == Meeting::Equal).collect();
    let told = (Kind::Duplication, Severity::High);
    let mut all: Vec<_> = equal
        .iter()
        .filter_map(|(pair, meeting)| meeting::finding(state, told, pair, **meeting, day))
        .collect();
    let duplicated: BTreeMap<&Pair, Option<Date>> =
        equal.iter().map(|(pair, _)| *pair).zip(all.iter().map(|finding| finding.since)).collect();
    all.extend(programmes(state, &duplicated, day));
    all
}

/// Two running programmes with different coordinators, each on one of two responsibilities that
/// duplicate each other.
fn programmes(state: &State, duplicated: &BTreeMap<&Pair, Option<Date>>, day: Date) -> Vec<Finding> {
    let running = state.programmes.values().filter(|there| there.ended_by(day).is_none());
    let running: Vec<Programme> = running.map(|there| there.on(day)).collect();
    let mut on: BTreeMap<&ResponsibilityId, Vec<&Programme>> = BTreeMap::new();
    for there in &running {
        for id in there.responsibilities() {
            on.entry(id).or_default().push(there);
        }
    }
    let mut found: BTreeMap<(&ProgrammeId, &ProgrammeId), Finding> = BTreeMap::new();
    for (pair, since) in duplicated {
        for one in on.get(&pair.0).into_iter().flatten() {
            for other in on.get(&pair.1).into_iter().flatten() {
                let (mut a, mut b) = (*one, *other);
                if a.started.data.programme > b.started.data.programme {
                    std::mem::swap(&mut a, &mut b);
                }
                let ids = (&a.started.data.programme, &b.started.data.programme);
                if ids.0 != ids.1 && a.coordinator() != b.coordinator() {
                    let next = of_programmes((a, b), pair, *since, day);
                    let first = found.entry(ids).or_insert_with(|| next.clone());
                    first.about.extend(next.about.iter().filter(|s| s.as_str().starts_with("r:")).cloned());
                    first.about.sort_unstable();
                    first.about.dedup();
                    (first.since, first.days) = counted(first.since.min(next.since), day);
                }
            }
        }
    }
    found.into_values().collect()
}

fn of_programmes((a, b): (&Programme, &Programme), pair: &Pair, since: Option<Date>, day: Date) -> Finding {
    let (one, other) = (&a.started.data.programme, &b.started.data.programme);
    let agencies = BTreeSet::from([a.coordinator().clone(), b.coordinator().clone()]);
    let said = |of: &Programme| {
        of.started.evidence().chain(of.changed.iter().flat_map(Fact::evidence)).collect::<Vec<_>>()
    };
    let evidence: BTreeSet<Seq> = [a, b].into_iter().flat_map(said).collect();
    // programmes have no day of their own on which they begin
    let (since, days) = counted(since, day);
    Finding {
        kind: Kind::Duplication,
        key: format!("duplication:{one},{other}"),
        about: vec![
            Subject::programme(one),
            Subject::programme(other),
            Subject::responsibility(&pair.0),
            Subject::responsibility(&pair.1),
        ],
        agencies: agencies.into_iter().collect(),
        since,
        days,
        waiting_on: None,
        median_days: None,
        evidence: evidence.into_iter().collect(),
        severity: Severity::Medium,
    }
}
