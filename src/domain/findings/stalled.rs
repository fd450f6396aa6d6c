//! Handoffs that do not move on: not accepted or acknowledged, or a step that stays open.

use super::super::event::handoff::Regime;
use super::super::state::State;
use super::super::state::handoff::{Handoff, HandoffState, Standing, StepOn};
use super::super::{AgencyId, Date, Subject};
use super::{Finding, Kind, Severity};

/// Fewest samples a median is taken of.
const SAMPLES_MIN: usize = 5;

/// What a handoff waits for, whom on, and since when it is too long.
struct Wait {
    stalled: Date,
    on: AgencyId,
    step: bool,
}

/// Stalled handoffs of a day: of each what has waited longest.
#[must_use]
pub fn findings(state: &State, day: Date) -> Vec<Finding> {
    let limit = i64::try_from(state.policy().stalled_days).unwrap_or(i64::MAX);
    let mut all = Vec::new();
    for (id, handoff) in &state.handoffs {
        if handoff.own_date() > day {
            continue;
        }
        let standing = handoff.standing(day);
        let mut waits = steps(handoff, &standing, limit);
        waits.extend(answer(handoff, &standing, limit));
        let Some(wait) = waits.into_iter().filter(|wait| wait.stalled <= day).min_by_key(|w| w.stalled)
        else {
            continue;
        };
        let data = &handoff.proposed.data;
        let mut agencies = vec![data.from.clone(), data.to.clone()];
        agencies.sort_unstable();
        agencies.dedup();
        all.push(Finding {
            kind: Kind::Stalled,
            key: format!("stalled:{id}"),
            about: vec![Subject::handoff(id)],
            agencies,
            since: Some(wait.stalled),
            days: Some(day.days_since(wait.stalled)),
            median_days: median(state, handoff, wait.step, day),
            waiting_on: Some(wait.on),
            evidence: standing.evidence,
            severity: Severity::Medium,
        });
    }
    all
}

/// The first day that is too late: after the due date, or after so many days.
fn too_late(due: Option<Date>, start: Date, limit: i64) -> Date {
    due.map_or_else(|| start.plus_days(limit.saturating_add(1)), |due| due.plus_days(1))
}

fn answer(handoff: &Handoff, on: &Standing, limit: i64) -> Option<Wait> {
    let data = &handoff.proposed.data;
    let waits = match data.regime {
        Regime::ByAgreement => on.state == HandoffState::Proposed,
        Regime::ByLaw => {
            on.acknowledged.is_none() && matches!(on.state, HandoffState::Proposed | HandoffState::Effective)
        }
        Regime::Observed => false,
    };
    let old = too_late(None, handoff.proposed_on(), limit);
    let stalled = on.due.map_or(old, |due| due.plus_days(1).min(old));
    waits.then(|| Wait { stalled, on: data.to.clone(), step: false })
}

fn steps(handoff: &Handoff, on: &Standing, limit: i64) -> Vec<Wait> {
    let data = &handoff.proposed.data;
    let opened = match (data.regime, on.state) {
        (Regime::ByAgreement, HandoffState::Accepted | HandoffState::Effective) => {
            on.accepted.map(|(_, day)| day)
        }
        (Regime::ByLaw, HandoffState::Proposed | HandoffState::Effective) => Some(handoff.proposed_on()),
        _ => None,
    };
    let Some(opened) = opened else { return Vec::new() };
    let open = on.steps.iter().filter(|step| step.confirmed.is_none() && step.dropped.is_none());
    open.filter_map(|step| {
        let start = could_start(&on.steps, step).map(|start| start.max(opened));
        let stalled = match (step.step.due, start) {
            (Some(due), _) => too_late(Some(due), opened, limit),
            (None, start) => too_late(None, start?, limit),
        };
        let by = if step.done.is_some() { &data.to } else { &step.step.by };
        Some(Wait { stalled, on: by.clone(), step: true })
    })
    .collect()
}

/// The day every step before it was done; `None` while one is not.
fn could_start(steps: &[StepOn], step: &StepOn) -> Option<Date> {
    let mut start = step.since;
    for before in steps.iter().filter(|before| step.step.after.contains(&before.step.step)) {
        let (_, day) = before.done.or(before.confirmed).or(before.dropped)?;
        start = start.max(day);
    }
    Some(start)
}

/// Lower median of the days that handoffs of the same path took: to the answer, or to the closing
/// when a step is what is waited for.
fn median(state: &State, of: &Handoff, step: bool, day: Date) -> Option<i64> {
    let window = i64::try_from(state.policy().median_window_days).unwrap_or(i64::MAX);
    let first = day.plus_days(window.saturating_neg());
    let mut samples: Vec<i64> = Vec::new();
    for other in state.handoffs.values() {
        let (a, b) = (&of.proposed.data, &other.proposed.data);
        if a.from != b.from || a.to != b.to || a.regime != b.regime || of.role() != other.role() {
            continue;
        }
        let on = other.standing(day);
        let reached = if step { on.closed } else { on.accepted.or(on.acknowledged) };
        let reached =
            reached.map(|(_, reached)| reached).filter(|reached| first <= *reached && *reached <= day);
        samples.extend(reached.map(|reached| reached.days_since(other.proposed_on())));
    }
    samples.sort_unstable();
    let lower = samples.len().saturating_sub(1) / 2;
    samples.get(lower).copied().filter(|_| samples.len() >= SAMPLES_MIN)
}
