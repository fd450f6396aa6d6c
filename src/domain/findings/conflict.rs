//! Two or more agencies accountable for one responsibility on a day.

use super::super::state::State;
use super::super::timeline::{self, Status};
use super::super::{Date, Subject};
use super::{Finding, Kind, counted, severity, since};

/// Conflicts of a day. What a parent's holders leave undecided is the parent's finding alone.
#[must_use]
pub fn findings(state: &State, day: Date) -> Vec<Finding> {
    let mut all = Vec::new();
    for (id, of) in &state.responsibilities {
        let Some(on) = timeline::on(state, id, day) else { continue };
        if on.status != Status::Conflict || on.accountable.iter().any(|held| held.via.is_some()) {
            continue;
        }
        let (since, days) = counted(since(state, id, Status::Conflict, day), day);
        all.push(Finding {
            kind: Kind::Conflict,
            key: format!("conflict:{id}"),
            about: vec![Subject::responsibility(id)],
            agencies: on.answering(state).into_iter().collect(),
            since,
            days,
            waiting_on: None,
            median_days: None,
            evidence: on.evidence,
            severity: severity(of),
        });
    }
    all
}
