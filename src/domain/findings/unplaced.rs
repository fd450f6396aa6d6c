//! What stood under a split holding from another responsibility and ended with the split, because no part
//! takes it.

use std::collections::BTreeSet;

use super::super::state::State;
use super::super::state::fold::Ended;
use super::super::state::guests::Guest;
use super::super::{Date, Seq, Subject};
use super::{Finding, Kind, Severity, counted};

/// What was left unplaced by a day and would not have ended by itself since.
#[must_use]
pub fn findings(state: &State, day: Date) -> Vec<Finding> {
    let mut all = Vec::new();
    let splits = state.responsibilities.values().filter_map(|of| of.split.as_ref());
    for split in splits.filter(|split| split.data.effective <= day) {
        for Guest { of, holding, above } in state.guests(split) {
            let ended = holding.spans.last().and_then(|span| span.ended);
            let with_it = ended.is_some_and(|end| end.by == split.seq && end.reason == Ended::Expired);
            if !with_it || holding.limit() <= day {
                continue;
            }
            let (since, days) = counted(Some(split.data.effective), day);
            let agencies = BTreeSet::from([holding.agency.clone(), above.agency.clone()]);
            let mut evidence: BTreeSet<Seq> = holding.evidence().into_iter().collect();
            evidence.extend(above.evidence());
            evidence.extend(split.evidence());
            all.push(Finding {
                kind: Kind::Unplaced,
                key: format!("unplaced:{}", holding.assignment),
                about: vec![Subject::assignment(&holding.assignment), Subject::responsibility(&of)],
                agencies: agencies.into_iter().collect(),
                since,
                days,
                waiting_on: None,
                median_days: None,
                evidence: evidence.into_iter().collect(),
                severity: Severity::Medium,
            });
        }
    }
    all
}
